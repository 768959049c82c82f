"""The course of one patient: scores in time, rated or estimated, and what was found beside them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from typing import Any, Literal

from hybridmfp.clinical.bedside import BedsideFindings, check_days
from hybridmfp.clinical.fma_ue import FMA_UE, check_score, require_fma_ue
from hybridmfp.errors import ClinicalError, ScaleError
from hybridmfp.signals import Side

__all__ = ["PatientCourse", "ScoreSource", "Visit"]

ScoreSource = Literal["rated", "estimated"]
"""Who gave a score: a person by examination, or a model from recordings."""

_PSEUDONYM = re.compile(r"\w[\w.\-]*")


@dataclass(frozen=True)
class Visit:
    """Hold one score of one patient on one day, or that it was refused.

    A day on which the arm was both rated and estimated makes two visits: an estimate never
    stands in for a rating.

    Attributes
    ----------
    session : str
        Name of the session.
    days_post_stroke : float
        Days since the stroke, 0 or more.
    source : {"rated", "estimated"}
    score : float or None
        FMA-UE, 0 to 66 points; None where an estimate was refused.
    interval : tuple of float or None
        Prediction interval of an estimate, in points; None for a rating.
    level : float or None
        How often such intervals hold the score.
    side : {"left", "right"} or None
        The arm.
    items : mapping of str to float or None, or None
        Points by item; None for an item that was not rated or cannot be seen.
    biomarkers : mapping of str to float
        By feature name, each in the unit of that feature.
    healthy : mapping of str to tuple of float
        Healthy range of biomarkers, where it is known.
    drivers : tuple of mapping
        What drove an estimate, as in ``assess --json``.
    quality : {"green", "amber", "red"} or None
        Verdict on the signals of an estimate; None for a rating.
    reasons : tuple of str
        Why an estimate was refused.
    model : str or None
        Hash of the model that estimated.
    recordings : tuple of str
        SHA-256 of the files that were estimated from.
    synthetic : bool
        Whether recordings or training persons are simulated.

    Raises
    ------
    ClinicalError
        ``impossible_value``, also for an interval that leaves the scale or does not hold its score;
        ``contradictory_inputs`` for a rating with what belongs to an estimate, such as an
        interval; ``impossible_items``; ``unit_mix_up`` for days that cannot be days;
        ``missing_input`` for a rating without score or an estimate without interval.
    """

    session: str
    days_post_stroke: float
    source: ScoreSource
    score: float | None
    interval: tuple[float, float] | None = None
    level: float | None = None
    side: Side | None = None
    items: Mapping[str, float | None] | None = None
    biomarkers: Mapping[str, float] = field(default_factory=dict)
    healthy: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    drivers: tuple[Mapping[str, Any], ...] = ()
    quality: Literal["green", "amber", "red"] | None = None
    reasons: tuple[str, ...] = ()
    model: str | None = None
    recordings: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        check_days(self.days_post_stroke, whose=self.session)
        if self.source not in ("rated", "estimated"):
            raise ClinicalError(
                f"source of {self.session} must be rated or estimated; got {self.source!r}.",
                refusal="impossible_value",
            )
        self._check_kind()
        if self.score is None:
            self._check_refused()
        else:
            check_score(self.score, whose=self.session)
            self._check_interval(self.score)
        self._check_items()

    @property
    def weeks(self) -> float:
        """Weeks since the stroke."""
        return self.days_post_stroke / 7

    def _check_kind(self) -> None:
        named = ("interval", "level", "quality", "model", "recordings", "reasons", "drivers")
        given = [name for name in named if getattr(self, name)]
        if self.source == "rated" and given:
            raise ClinicalError(
                f"the rating of {self.session} must have no {', '.join(given)}: these belong to "
                "an estimate. Leave them out, or add the estimate as a visit of its own.",
                refusal="contradictory_inputs",
            )

    def _check_refused(self) -> None:
        if self.source == "rated":
            raise ClinicalError(
                f"the rating of {self.session} must have a score; got none. "
                "Rate all items, or leave the visit out.",
                refusal="missing_input",
            )

    def _check_interval(self, score: float) -> None:
        if self.source == "rated":
            return
        if self.interval is None or self.level is None:
            raise ClinicalError(
                f"the estimate of {self.session} must come with its interval and level; got none. "
                "Take both from `hybridmfp assess --json`.",
                refusal="missing_input",
            )
        low, high = self.interval
        if not (FMA_UE.minimum <= low <= high <= FMA_UE.maximum and 0 < self.level < 1):
            raise ClinicalError(
                f"the interval of {self.session} must ascend within 0 to 66 points and its level "
                f"lie between 0 and 1; got {low:g} to {high:g} at {self.level:g}.",
                refusal="impossible_value",
            )
        if not low <= score <= high:
            raise ClinicalError(
                f"the interval of {self.session} must hold its score; got {score:g} and {low:g} "
                f"to {high:g}. Take both from the same assessment.",
                refusal="impossible_value",
            )

    def _check_items(self) -> None:
        if self.source == "estimated" or not self.items:
            return
        rated = {name: points for name, points in self.items.items() if points is not None}
        try:
            FMA_UE.check_items(rated, score=self.score, whose=self.session)
        except ScaleError as error:
            raise ClinicalError(str(error), refusal="impossible_items") from error


@dataclass(frozen=True)
class PatientCourse:
    """Hold what is known of one patient's arm over time.

    Attributes
    ----------
    subject : str
        Pseudonym.
    visits : tuple of Visit
        In the order of time.
    affected_side : {"left", "right"} or None
    age_years : float or None
        At the stroke.
    bedside : tuple of BedsideFindings
        In the order of time.
    answers : mapping of str to bool
        To questions of the plan's rules, such as ``ischaemic_stroke``.
    scale : str, default "fma-ue"
        The scale of all scores.

    Raises
    ------
    ClinicalError
        ``other_scale``; ``dates_out_of_order`` if visits or findings go back in time, or a
        session is told twice; ``contradictory_inputs`` if two findings of one day differ;
        ``contradictory_sides`` if one was made on the other arm;
        ``impossible_value`` for an impossible age, or a subject that looks like a name.
    """

    subject: str
    visits: tuple[Visit, ...]
    affected_side: Side | None = None
    age_years: float | None = None
    bedside: tuple[BedsideFindings, ...] = ()
    answers: Mapping[str, bool] = field(default_factory=dict)
    scale: str = FMA_UE.name

    def __post_init__(self) -> None:
        require_fma_ue(self.scale, whose=self.subject)
        if not _PSEUDONYM.fullmatch(self.subject):
            raise ClinicalError(
                "the subject of a course must be a pseudonym: letters, digits, dots, hyphens and "
                f"underscores; got {self.subject!r}, which may be a name, an address or a path. "
                "Give the patient a pseudonym.",
                refusal="impossible_value",
            )
        if self.age_years is not None and not 0 <= self.age_years <= 130:
            raise ClinicalError(
                f"age_years of {self.subject} must lie between 0 and 130; got {self.age_years:g}.",
                refusal="impossible_value",
            )
        _check_order(self.subject, "visits", [one.days_post_stroke for one in self.visits])
        _check_order(
            self.subject, "bedside findings", [one.days_post_stroke for one in self.bedside]
        )
        self._check_once()
        self._check_findings()
        self._check_sides()

    @property
    def synthetic(self) -> bool:
        """Whether anything in it is simulated."""
        return any(one.synthetic for one in self.visits)

    def scored(self, source: ScoreSource) -> tuple[Visit, ...]:
        """Give the visits of one source that have a score, in the order of time."""
        return tuple(one for one in self.visits if one.source == source and one.score is not None)

    def of_source(self, source: ScoreSource) -> PatientCourse:
        """Give the course with the visits of one source alone, refused estimates included."""
        return replace(self, visits=tuple(one for one in self.visits if one.source == source))

    def finding(self, name: str, *, until_day: float = math.inf) -> Any:
        """Give the latest finding of that name that was examined; None if there is none."""
        for one in reversed(self.bedside):
            value = getattr(one, name)
            if value is not None and one.days_post_stroke <= until_day:
                return value
        return None

    def _check_once(self) -> None:
        named = [(one.session, one.source) for one in self.visits]
        twice = sorted({session for session, source in named if named.count((session, source)) > 1})
        if twice:
            raise ClinicalError(
                f"each session of {self.subject} must be told once per source; "
                f"got {', '.join(twice)} more than once. Name repeated visits differently.",
                refusal="contradictory_inputs",
            )

    def _check_findings(self) -> None:
        for before, after in combinations(self.bedside, 2):
            if before.days_post_stroke != after.days_post_stroke:
                continue
            for name in before.examined:
                values = getattr(before, name), getattr(after, name)
                if values[1] is not None and values[0] != values[1]:
                    raise ClinicalError(
                        f"{name} of {self.subject} on day {before.days_post_stroke:g} must be told "
                        f"once; got {_words(values[0])} and {_words(values[1])}. Keep the one that "
                        "holds; a later examination of the same day has a later day, such as "
                        f"{before.days_post_stroke + 0.5:g}.",
                        refusal="contradictory_inputs",
                    )

    def _check_sides(self) -> None:
        told = {
            self.affected_side,
            *(one.side for one in self.visits),
            *(one.side for one in self.bedside),
        }
        sides = sorted(side for side in told if side is not None)
        if len(sides) > 1:
            raise ClinicalError(
                f"all visits and findings of {self.subject} must be of the affected arm; got both "
                "left and right. Keep one course for each arm, or correct the side.",
                refusal="contradictory_sides",
            )


def _words(value: Any) -> str:
    return ", ".join(sorted(value)) or "none" if isinstance(value, frozenset) else str(value)


def _check_order(subject: str, what: str, days: Sequence[float]) -> None:
    for before, after in pairwise(days):
        if after < before:
            raise ClinicalError(
                f"{what} of {subject} must be in the order of time; day {after:g} follows day "
                f"{before:g}. Correct the days since the stroke, or sort them.",
                refusal="dates_out_of_order",
            )
