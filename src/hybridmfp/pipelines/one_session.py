"""The recordings of one visit of one person, checked before a model is asked about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hybridmfp.errors import CohortError, MontageError, ScaleError
from hybridmfp.pipelines.fitted_model import Vocabulary
from hybridmfp.signals import (
    Cohort,
    Problem,
    Recording,
    Scale,
    Side,
    SubjectSession,
    TrialKey,
    TrialSource,
)

__all__ = [
    "OneSession",
    "copies_among",
    "pick_session",
    "refuse_foreign_montage",
    "refuse_other_scale",
    "refuse_several",
    "side_of",
]


@dataclass(frozen=True, eq=False)
class OneSession:
    """Hold one visit of one person, not yet read.

    Attributes
    ----------
    row : SubjectSession
    trials : tuple of TrialSource
    synthetic : bool
    """

    row: SubjectSession
    trials: tuple[TrialSource, ...]
    synthetic: bool


def pick_session(
    cohort: Cohort, *, subject: str | None = None, session: str | None = None
) -> OneSession:
    """Find the one visit that is asked about.

    Parameters
    ----------
    cohort : Cohort
        Any folder of recordings.
    subject, session : str, optional
        Needed only where the folder holds several.

    Returns
    -------
    OneSession

    Raises
    ------
    CohortError
        If more or fewer than one session with trials is left.
    """
    held = {(trial.key.subject, trial.key.session) for trial in cohort.trials}
    left = [
        row
        for row in cohort.sessions
        if (row.subject, row.session) in held
        and subject in (None, row.subject)
        and session in (None, row.session)
    ]
    if len(left) != 1:
        raise CohortError(_not_one(cohort, left, subject, session))
    (row,) = left
    return OneSession(row, cohort.trials_of(row), cohort.synthetic)


def _not_one(
    cohort: Cohort, left: Sequence[SubjectSession], subject: str | None, session: str | None
) -> str:
    asked = " ".join(
        f"--{name} {value}" for name, value in (("subject", subject), ("session", session)) if value
    )
    rule = "recordings to assess must be of one session of one person"
    if not left:
        named = ", ".join(f"{row.subject}/{row.session}" for row in cohort.sessions[:8])
        why = f"none of those in {cohort.name} fits {asked or 'with a trial'}"
        return f"{rule}; {why}. There are: {named or 'none'}."
    named = ", ".join(f"{row.subject}/{row.session}" for row in left[:8])
    more = f" and {len(left) - 8} more" if len(left) > 8 else ""
    persons = len({row.subject for row in left})
    return (
        f"{rule}; {cohort.name} holds {len(left)} sessions of {persons} "
        f"person{'s' * (persons > 1)}: {named}{more}. Choose with --subject and --session."
    )


def refuse_other_scale(found: Scale | None, wanted: Scale) -> None:
    """Refuse recordings that were rated on another scale than the model's.

    Raises
    ------
    ScaleError
        If both are known and differ.
    """
    if found is not None and found.name != wanted.name:
        raise ScaleError(
            f"recordings must be rated on the scale of the model, {wanted.name}, or not at all; "
            f"these are rated on {found.name}. Use a model of that scale."
        )


def refuse_several(recordings: Sequence[Recording], row: SubjectSession) -> None:
    """Refuse recordings that are not all of one session of one person.

    Raises
    ------
    CohortError
        If there is none, or one is of somebody else or of another session.
    """
    if not recordings:
        raise CohortError(
            "recordings to assess must be at least one; got none. Name a folder with trials."
        )
    strange = [
        str(one.key)
        for one in recordings
        if (one.key.subject, one.key.session) != (row.subject, row.session)
    ]
    if strange:
        raise CohortError(
            f"recordings to assess must be of one session of one person, {row.subject}/"
            f"{row.session}; {strange[0]} is not. Assess each session on its own."
        )


def copies_among(recordings: Sequence[Recording]) -> dict[TrialKey, Problem]:
    """Find trials whose samples are those of an earlier one under another name.

    A trial that is given twice is no second trial: intervals would become narrower by it.

    Parameters
    ----------
    recordings : sequence of Recording

    Returns
    -------
    dict of TrialKey to Problem
        The later ones, with what is wrong.
    """
    copies: dict[TrialKey, Problem] = {}
    for at, one in enumerate(recordings):
        for other in recordings[:at]:
            if one.key != other.key and _same_samples(one, other):
                what = f"a trial must be a recording of its own; this is a copy of {other.key}"
                copies[one.key] = Problem(str(one.key), what, "trial left out")
                break
    return copies


def _same_samples(one: Recording, other: Recording) -> bool:
    return all(
        (a is None and b is None)
        or (
            a is not None
            and b is not None
            and a.channels == b.channels
            and np.array_equal(a.samples, b.samples, equal_nan=True)
        )
        for a, b in ((one.emg, other.emg), (one.kinematics, other.kinematics))
    )


def side_of(recordings: Sequence[Recording]) -> Side | None:
    """Give the arm that moved in all recordings; None if nobody noted it.

    Raises
    ------
    CohortError
        If both arms moved.
    """
    sides = {one.side: one.key for one in recordings if one.side is not None}
    if len(sides) > 1:
        raise CohortError(
            "recordings to assess must be of one arm; "
            + " and ".join(f"{key} is of the {side} one" for side, key in sides.items())
            + ". Assess each arm on its own."
        )
    return next(iter(sides), None)


def refuse_foreign_montage(recordings: Sequence[Recording], known: Vocabulary) -> tuple[str, ...]:
    """Refuse set-ups that the model has never met; say what of the others it cannot use.

    Parameters
    ----------
    recordings : sequence of Recording
    known : Vocabulary

    Returns
    -------
    tuple of str
        Notes about what is not used.

    Raises
    ------
    MontageError
        If the kinematics are of another montage, or none of the muscles is known.
    """
    notes = []
    found = dict.fromkeys(one.montage for one in recordings if one.kinematics is not None)
    strange = [name for name in found if name is not None and name not in known.montages]
    if strange and known.montages:
        raise MontageError(
            f"kinematics must be of a montage that the model learned from, "
            f"{', '.join(known.montages)}; got {', '.join(strange)}. Fit a model on recordings "
            "of this system."
        )
    if found and known.kinematics_seen == 0:
        notes.append("The model looks at EMG alone; kinematics were not used.")
    muscles = dict.fromkeys(
        name for one in recordings if one.emg is not None for name in one.emg.channels
    )
    unknown = [name for name in muscles if name not in known.muscles]
    if muscles and known.emg_seen == 0:
        notes.append("The model looks at kinematics alone; EMG was not used.")
    elif muscles and len(unknown) == len(muscles):
        raise MontageError(
            f"muscles must be among those the model learned from, {', '.join(known.muscles)}; got "
            f"{', '.join(unknown)}. Name the channels by muscle, or fit a model on this montage."
        )
    elif unknown:
        notes.append(f"Not known to the model and not used: {', '.join(unknown)}.")
    return tuple(notes)
