"""Review a course as the command line asks, and put it in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybridmfp.app.report.course_text import percent_text
from hybridmfp.clinical.change import RepeatError
from hybridmfp.clinical.course import ScoreSource
from hybridmfp.clinical.course_file import read_course
from hybridmfp.clinical.plan import Plan, plan_from_json, read_rules
from hybridmfp.clinical.rating import Keyform
from hybridmfp.clinical.review import CourseReview, ReviewSettings, review_course
from hybridmfp.errors import ReadError, SettingsError
from hybridmfp.io.hashing import read_bytes
from hybridmfp.io.strict_json import parse_json, pretty_json

__all__ = [
    "Reviewing",
    "plan_bytes",
    "prognosis_in_words",
    "read_plan",
    "review_of_file",
    "score_source_of",
]


@dataclass(frozen=True)
class Reviewing:
    """Hold what the command line says about a review.

    Attributes
    ----------
    source : str or None
    scheme : str
    keyform, plan, rules : Path or None
        Files.
    repeat_sd : float or None
        How repeated scores scatter, in points; see `classify_change`.
    """

    source: str | None = None
    scheme: str = "hoonhorst"
    keyform: Path | None = None
    plan: Path | None = None
    rules: Path | None = None
    repeat_sd: float | None = None

    def settings(self) -> ReviewSettings:
        """Read what the files hold.

        Raises
        ------
        ReadError, SettingsError
            As `review_of_file`.
        """
        return ReviewSettings(
            source=score_source_of(self.source),
            scheme=self.scheme,
            keyform=None if self.keyform is None else Keyform.load(self.keyform),
            rules=None if self.rules is None else read_rules(self.rules),
            repeat_error=None if self.repeat_sd is None else RepeatError(points=self.repeat_sd),
        )


def review_of_file(course: Path, how: Reviewing | None = None) -> CourseReview:
    """Read a course, and say what it means.

    Raises
    ------
    ReadError
        If a file is missing or not what it should be.
    SettingsError
        If the source is none.
    ClinicalError
        If the course breaks a rule.
    """
    asked = how or Reviewing()
    settings = asked.settings()
    plan = None if asked.plan is None else read_plan(asked.plan)
    return review_course(read_course(course), settings, plan=plan)


def score_source_of(word: str | None) -> ScoreSource | None:
    """Give which scores are asked for; None for None.

    Raises
    ------
    SettingsError
        For any other word than rated and estimated.
    """
    sources: dict[str | None, ScoreSource | None] = {
        None: None,
        "rated": "rated",
        "estimated": "estimated",
    }
    if word in sources:
        return sources[word]
    raise SettingsError(f"--source must be rated or estimated; got {word!r}.")


def read_plan(path: Path) -> Plan:
    """Read a plan from its file.

    Raises
    ------
    ReadError
        If the file is missing or no plan.
    ClinicalError
        ``unsigned``, if it was changed after it was signed.
    """
    data, _ = read_bytes(path)
    described = parse_json(data, what=str(path))
    if not isinstance(described, dict):
        raise ReadError(f"{path} must be a plan of `hybridmfp plan`; it is something else.")
    return plan_from_json(described, source=str(path))


def plan_bytes(plan: Plan) -> bytes:
    """Give a plan as it stands in its file."""
    return pretty_json(plan.as_json(), what="a plan")


def prognosis_in_words(described: Mapping[str, Any]) -> dict[str, str]:
    """Put a prognosis in words, with what it rests on and how wrong such ones were."""
    number, source = described["n_observations"], described["score_source"]
    rows = {"based on": f"{number} {source or ''} score{'' if number == 1 else 's'}"}
    if described["synthetic"]:
        rows["data"] = "SYNTHETIC, says nothing about patients"
    if described["refused"] is not None:
        rows["recovery"] = f"REFUSED ({described['refused']['refusal']})"
        rows["why"] = described["refused"]["message"]
    for one in described["at"]:
        rows[f"week {one['week']:g}"] = (
            f"{one['q50']:.0f} points; 50 % within {one['q25']:.0f} to {one['q75']:.0f}, "
            f"90 % within {one['q05']:.0f} to {one['q95']:.0f}"
        )
    for one in described["merged_groups"]:
        rows[f"recovery {one['label']}"] = percent_text(one["probability"])
    for rule in described["rules"]:
        told = rule["refused"]
        rows[rule["name"]] = (
            _answer_in_words(rule)
            if told is None
            else f"REFUSED ({told['refusal']}): {told['message']}"
        )
    return rows


def _answer_in_words(rule: Mapping[str, Any]) -> str:
    """Say what a rule answers, by which steps, and how often it was right elsewhere."""
    category = str(rule["category"]).replace("_", " ")
    elsewhere = " ".join(f"{one['text']} ({one['source_text']})" for one in rule["external"])
    steps = "; ".join(rule["steps"])
    return f"{category}: {rule['meaning']}. Because: {steps}. How right it was: {elsewhere}"
