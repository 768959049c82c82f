"""The page that a patient takes home: large letters, plain words, a range and no plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hybridmfp.app.report.assessment_wording import in_whole_points, is_refused
from hybridmfp.app.report.page import fill_template
from hybridmfp.app.report.patient_wording import ENGLISH, PatientWords
from hybridmfp.app.report.score_bar import score_bar

__all__ = ["patient_drivers", "render_patient_page"]

_MOST_PARTS = 3  # of each kind; more do not fit the page or anybody's memory


def render_patient_page(
    assessment: Mapping[str, Any], *, words: PatientWords = ENGLISH, n_parts: int = _MOST_PARTS
) -> str:
    """Write the patient's page.

    Parameters
    ----------
    assessment : mapping
        As `hybridmfp assess --json` gives it.
    words : PatientWords, default ENGLISH
        The language.
    n_parts : int, default 3
        How many things that went well, and how many that were harder, are named at most; with
        0 there is no such list.

    Returns
    -------
    str
        HTML without scripts or references, for one sheet of paper; the same for the same input.
        A refused assessment shows no number.
    """
    refused = is_refused(assessment)
    content = {} if refused else _about_the_range(assessment, words, n_parts)
    warning = words.synthetic if assessment["synthetic"] else ""
    if assessment["model"]["trained_on"]["synthetic"]:  # true of whoever the patient is
        warning = words.synthetic_model
    return fill_template(
        "patient.html",
        title=words.title,
        words=words,
        refused=refused,
        measured=_measured(assessment, words),
        warning=warning,
        whose=words.whose.format(subject=assessment["subject"], session=assessment["session"]),
        **content,
    )


def patient_drivers(
    drivers: Sequence[Mapping[str, Any]], words: PatientWords
) -> tuple[list[str], list[str]]:
    """Say what counted as going well, and what as harder.

    Drivers about the same thing are put together, so that nothing stands in both lists.

    Parameters
    ----------
    drivers : sequence of mapping
        Of an assessment.
    words : PatientWords
        The language; what it has no words for is not told.

    Returns
    -------
    list of str
        Went well, the strongest first.
    list of str
        Was harder, the strongest first.

    Examples
    --------
    >>> one = {"name": "triceps_brachii", "phase": "late", "points": -2.0}
    >>> two = {"name": "kin.sparc", "phase": None, "points": 0.5}
    >>> patient_drivers([one, two], ENGLISH)
    (['how smooth your movement was'], ['straightening your elbow, near the end'])
    """
    points: dict[str, float] = {}
    strongest: dict[str, Mapping[str, Any]] = {}
    for driver in drivers:
        part = words.parts.get(_about(driver["name"]))
        if part is not None:
            points[part] = points.get(part, 0.0) + driver["points"]
            known = strongest.setdefault(part, driver)
            strongest[part] = max(known, driver, key=lambda one: abs(float(one["points"])))
    told: tuple[list[str], list[str]] = ([], [])
    for part in sorted(points, key=lambda one: -abs(points[one])):
        phase = strongest[part]["phase"]
        when = words.phases.get(phase, "") if phase else ""
        if points[part]:
            with_time = words.part_when.format(part=part, when=when) if when else part
            told[points[part] < 0].append(with_time)
    return told


def _about(name: str) -> str:
    """Give the muscle, joint or feature that a driver is about."""
    _, dot, rest = name.partition(".")
    return rest.partition(".")[0] if dot else name


def _about_the_range(
    assessment: Mapping[str, Any], words: PatientWords, n_parts: int
) -> dict[str, Any]:
    low, high = in_whole_points(assessment["interval"])
    minimum, maximum = (f"{end:g}" for end in assessment["scale_range"])
    ends = {"low": low, "high": high, "minimum": minimum, "maximum": maximum}
    well, hard = patient_drivers(assessment["drivers"], words)
    level = f"{assessment['level']:g}"
    often = words.often.get(level) or words.often_other.format(percent=round(100 * float(level)))
    bar = score_bar(assessment)
    ticks = (bar.ticks[0], bar.ticks[-1])
    return {
        "range_words": words.range.format(**ends),
        "points": words.points.format(**ends),
        "certainty": words.certainty.format(often=often),
        "label": words.range_label.format(**ends),
        # the range alone: a single number would be read as a result
        "scale_bar": replace(bar, ticks=ticks, at=None),
        "well": well[:n_parts],
        "hard": hard[:n_parts],
        "nothing_told": not well and not hard,
    }


def _measured(assessment: Mapping[str, Any], words: PatientWords) -> str:
    modalities = {one["modality"] for one in assessment["quality"]["channels"]}
    arm = words.sides[assessment["side"] or ""]
    told = [words.measured.format(arm=arm, n_trials=assessment["n_trials"])]
    told += [words.emg] * ("emg" in modalities)
    told += [words.kinematics] * ("kinematics" in modalities)
    return words.between.join(told)
