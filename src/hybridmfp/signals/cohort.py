"""A cohort: many recordings, read one at a time, and the rated scores."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hybridmfp.errors import CohortError
from hybridmfp.signals.recording import Problem, Recording, Side, TrialKey
from hybridmfp.signals.scale import Scale

__all__ = ["Cohort", "Group", "SubjectSession", "TrialSource", "natural_order"]

Group = Literal["patient", "control"]


@dataclass(frozen=True)
class SubjectSession:
    """Describe one visit of one person: the row a score belongs to.

    Attributes
    ----------
    subject, session : str
        Who and which visit.
    group : {"patient", "control"}
        Stroke patient, or healthy person.
    score : float or None
        The rated score on the cohort's scale, in points; None if not rated.
    site : str or None
        Where it was recorded.
    age_years, chronicity_weeks : float or None
        Age, and time since the stroke.
    sex : str or None
        As the data set gives it, lower case.
    affected_side, dominant_side, tested_side : {"left", "right"} or None
        Sides.
    items : mapping of str to float
        Points of the rated items by identifier; an item that is missing was not rated.
    """

    subject: str
    session: str
    group: Group = "patient"
    score: float | None = None
    site: str | None = None
    age_years: float | None = None
    chronicity_weeks: float | None = None
    sex: str | None = None
    affected_side: Side | None = None
    dominant_side: Side | None = None
    tested_side: Side | None = None
    items: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", dict(self.items))


@dataclass(frozen=True)
class TrialSource:
    """Know where a trial lies without having read it.

    Attributes
    ----------
    key : TrialKey
        Which trial it is.
    files : tuple of Path
        The files it comes from.
    decoder : str
        Reader, version and every option that changes what is read; with the bytes of
        `files` it determines the recording.
    load : callable
        Reads the trial. Must be picklable, so that workers can call it.
    """

    key: TrialKey
    files: tuple[Path, ...]
    decoder: str
    load: Callable[[], Recording]


@dataclass(frozen=True, eq=False)
class Cohort:
    """Hold many trials lazily, in a fixed order, with the scores of their sessions.

    Iterating reads one trial after the other and keeps none.

    Parameters
    ----------
    name : str
        What to call it in reports.
    scale : Scale or None
        The scale of every score; None if nobody is rated.
    sessions : sequence of SubjectSession
        One row per subject and session.
    trials : sequence of TrialSource
        The trials; their order is made natural by subject, session, task, repetition.
    problems : sequence of Problem
        What was found wrong while listing.
    synthetic : bool
        Whether the recordings were simulated.
    oracle : mapping of (str, str) to float, optional
        For simulated sessions, by subject and session: the best estimate of the score that is
        possible, in points. It knows the true abilities; no model may see it.

    Raises
    ------
    CohortError
        If two sessions or two trials have the same name, a trial has no session, scores, items
        or oracle lack a scale, or an oracle is given for recorded persons or unknown sessions.
    ScaleError
        If a score or an oracle lies outside the scale, or items contradict the scale or score.
    """

    name: str
    scale: Scale | None
    sessions: tuple[SubjectSession, ...]
    trials: tuple[TrialSource, ...]
    problems: tuple[Problem, ...] = ()
    synthetic: bool = False
    oracle: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __init__(
        self,
        name: str,
        *,
        scale: Scale | None,
        sessions: Sequence[SubjectSession],
        trials: Sequence[TrialSource],
        problems: Sequence[Problem] = (),
        synthetic: bool = False,
        oracle: Mapping[tuple[str, str], float] | None = None,
    ) -> None:
        rows = sorted(sessions, key=lambda row: natural_order(row.subject, row.session))
        sources = sorted(
            trials,
            key=lambda trial: natural_order(
                trial.key.subject, trial.key.session, trial.key.task, trial.key.repetition
            ),
        )
        _refuse_doubles([f"{row.subject}/{row.session}" for row in rows], what="sessions")
        _refuse_doubles([str(trial.key) for trial in sources], what="trials")
        known = {(row.subject, row.session) for row in rows}
        for trial in sources:
            if (trial.key.subject, trial.key.session) not in known:
                raise CohortError(
                    f"each trial must belong to a session of the cohort; {trial.key} does not. "
                    "Add the subject to the participants table."
                )
        for row in rows:
            _check_rating(row, scale)
        estimates = {key: float(points) for key, points in (oracle or {}).items()}
        if estimates:
            _check_oracle(estimates, scale, known, synthetic=synthetic)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "sessions", tuple(rows))
        object.__setattr__(self, "trials", tuple(sources))
        object.__setattr__(self, "problems", tuple(problems))
        object.__setattr__(self, "synthetic", bool(synthetic))
        object.__setattr__(self, "oracle", estimates)

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[Recording]:
        return (trial.load() for trial in self.trials)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The persons, in order."""
        return tuple(dict.fromkeys(row.subject for row in self.sessions))

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks, in order."""
        return tuple(sorted({trial.key.task for trial in self.trials}, key=natural_order))

    def trials_of(self, row: SubjectSession) -> tuple[TrialSource, ...]:
        """Give the trials of one session, in order."""
        return tuple(
            trial
            for trial in self.trials
            if (trial.key.subject, trial.key.session) == (row.subject, row.session)
        )

    def select(
        self,
        *,
        subjects: Collection[str] | None = None,
        sessions: Collection[str] | None = None,
        sites: Collection[str] | None = None,
        tasks: Collection[str] | None = None,
        groups: Collection[Group] | None = None,
    ) -> Cohort:
        """Keep part of the cohort; what is not named is not restricted.

        Raises
        ------
        CohortError
            If nothing is left, or if a single text stands where a list of names belongs.
        """
        _refuse_single_texts(
            subjects=subjects, sessions=sessions, sites=sites, tasks=tasks, groups=groups
        )
        rows = [
            row
            for row in self.sessions
            if (subjects is None or row.subject in subjects)
            and (sessions is None or row.session in sessions)
            and (sites is None or row.site in sites)
            and (groups is None or row.group in groups)
        ]
        kept = {(row.subject, row.session) for row in rows}
        trials = [
            trial
            for trial in self.trials
            if (trial.key.subject, trial.key.session) in kept
            and (tasks is None or trial.key.task in tasks)
        ]
        if not trials:
            raise CohortError(
                f"a selection must leave at least one trial of {self.name}; this one leaves "
                f"none of {len(self.trials)}. Its subjects are {', '.join(self.subjects[:8])}, "
                f"its tasks {', '.join(self.tasks[:8])}."
            )
        return Cohort(
            self.name,
            scale=self.scale,
            sessions=rows,
            trials=trials,
            problems=self.problems,
            synthetic=self.synthetic,
            oracle={key: points for key, points in self.oracle.items() if key in kept},
        )


def natural_order(*names: str) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """Sort key under which S2 comes before S10.

    Examples
    --------
    >>> sorted(["S10", "S2", "H1"], key=natural_order)
    ['H1', 'S2', 'S10']
    """
    return tuple(
        tuple(
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", name)
            if part
        )
        for name in names
    )


def _check_rating(row: SubjectSession, scale: Scale | None) -> None:
    """Check that score and items of a session are possible on the scale."""
    if scale is not None:
        if row.score is not None:
            scale.check(row.score, whose=row.subject)
        scale.check_items(row.items, score=row.score, whose=row.subject)
    elif row.score is not None or row.items:
        rated = "rated items" if row.score is None else f"{row.score:g} points"
        raise CohortError(
            f"scale must be named where scores are rated; {row.subject} has {rated} of an "
            "unknown scale. Name it with --scale."
        )


def _check_oracle(
    oracle: Mapping[tuple[str, str], float],
    scale: Scale | None,
    known: Collection[tuple[str, str]],
    *,
    synthetic: bool,
) -> None:
    if not synthetic or scale is None:
        raise CohortError(
            "an oracle must be given for simulated scores only, because nobody knows the true "
            f"abilities of real persons; got one for {len(oracle)} sessions of a cohort that is "
            f"{'without a scale' if synthetic else 'not synthetic'}. Leave it out."
        )
    for (subject, session), points in oracle.items():
        if (subject, session) not in known:
            raise CohortError(
                f"an oracle must belong to a session of the cohort; {subject}, session {session}, "
                "does not. Leave it out."
            )
        scale.check(points, whose=f"the oracle of {subject}")


def _refuse_single_texts(**selections: Collection[str] | None) -> None:
    """Refuse "S10" for ["S10"]: it would match S1 as well, letter by letter."""
    for what, wanted in selections.items():
        if isinstance(wanted, str):
            raise CohortError(
                f"{what} must be a list of names; got the single text {wanted!r}. "
                f"Write [{wanted!r}]."
            )


def _refuse_doubles(names: Sequence[str], *, what: str) -> None:
    counted = Counter(names)
    doubled = sorted(name for name, times in counted.items() if times > 1)
    if doubled:
        raise CohortError(
            f"{what} of a cohort must be unique; got {', '.join(doubled[:8])} more than once."
        )
