"""From sessions to the arrays a network reads, learning names and timing from those given."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError, SignalError
from hybridmfp.features.session import SessionDigest
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.preprocessing.dtw import apply_warp
from hybridmfp.preprocessing.template_aligner import TemplateAligner
from hybridmfp.signals import MONTAGES

__all__ = [
    "CONTEXT",
    "OTHER_TASK",
    "BagReader",
    "Bags",
    "UnknownTaskWarning",
    "bag_of",
    "check_seen",
    "read_bags",
]

OTHER_TASK = 0
"""The number of every task that was not met in training."""

CONTEXT = ("log_duration", "warp_effort")
"""What is known of a trial as a whole: log of seconds, and the warping its alignment needed."""

_USUAL_MUSCLES = MONTAGES["mhh-emg"].points  # those of a cohort without any EMG: all are missing
_STRIDE = 2  # every second point of a profile is aligned, as in the rows of features


class UnknownTaskWarning(UserWarning):
    """A trial's task was not met in training and is read as *other*."""


@dataclass(frozen=True, eq=False)
class Bags:
    """Hold the trials of some sessions side by side.

    Attributes
    ----------
    emg : array of float32, shape (n_trials, n_muscles * n_bands, n_points)
        Muscle by muscle, in shares of the session peak; NaN is a gap.
    kinematics : array of float32, shape (n_trials, n_channels, n_points)
        SI units; NaN is a gap.
    task : array of int, shape (n_trials,)
        Numbers of tasks; 0 is *other*.
    context : array of float32, shape (n_trials, 2)
        `CONTEXT`; NaN where unknown.
    owner : array of int, shape (n_trials,)
        Which session a trial belongs to, ascending.
    n_sessions : int
    """

    emg: NDArray[np.float32]
    kinematics: NDArray[np.float32]
    task: NDArray[np.intp]
    context: NDArray[np.float32]
    owner: NDArray[np.intp]
    n_sessions: int


class BagReader(BaseEstimator):  # type: ignore[misc]
    """Read the bags of sessions, in one order of muscles, channels and tasks.

    Learns, from the sessions it is fitted on and nobody else: which muscles and tasks there
    are, and, if asked to, the DTW template of each task. With `vocabulary` the names are given
    instead, so that weights trained elsewhere fit.

    Parameters
    ----------
    align : bool, default True
        Whether every trial is brought to the timing of its task's template. Trials of tasks
        without a template, or without kinematics, keep their own timing.
    muscles, tasks : tuple of str or None, default None
        Names to use; None takes what the sessions have (without any EMG, the muscles of
        the MHH montage, all of which are missing).
    band : float, default 0.1
        Sakoe-Chiba band of the alignment.
    max_iterations : int, default 3
        Of the template averaging.

    Attributes
    ----------
    muscles_, tasks_, channels_ : tuple of str
    bands_hz_ : tuple of (float, float)
    n_points_ : int
    aligner_ : TemplateAligner or None
    unknown_tasks_ : tuple of str
        Tasks that the last reading met and that were not met in `fit`.
    """

    def __init__(
        self,
        *,
        align: bool = True,
        muscles: tuple[str, ...] | None = None,
        tasks: tuple[str, ...] | None = None,
        band: float = 0.1,
        max_iterations: int = 3,
    ) -> None:
        self.align = align
        self.muscles = muscles
        self.tasks = tasks
        self.band = band
        self.max_iterations = max_iterations

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn names and templates.

        Parameters
        ----------
        X : sequence of SessionDigest
        y : ignored

        Raises
        ------
        CohortError
            If there is no session, one has no bag, or the bags do not fit together.
        """
        sessions = list(X)
        if not sessions:
            raise CohortError("sessions to learn from must be at least one; got none.")
        bags = [bag_of(session) for session in sessions]
        first = bags[0]
        self.bands_hz_, self.channels_ = first.bands_hz, first.channels
        self.n_points_ = first.kinematics.shape[-1]
        met = tuple(dict.fromkeys(name for bag in bags for name in bag.muscles))
        self.muscles_ = (met or _USUAL_MUSCLES) if self.muscles is None else self.muscles
        done = sorted({str(name) for session in sessions for name in session.task})
        self.tasks_ = tuple(done) if self.tasks is None else self.tasks
        for session, bag in zip(sessions, bags, strict=True):
            self._check(session, bag)
        self.aligner_ = self._learned_aligner(sessions) if self.align else None
        return self

    def transform(self, X: Any, *, strict: bool = True) -> Bags:
        """Give the arrays of sessions.

        Parameters
        ----------
        X : sequence of SessionDigest
        strict : bool, default True
            Whether muscles that were not met in `fit` are refused; otherwise they are left out.

        Raises
        ------
        CohortError
            If a session has no bag or trial, another time base, other bands or channels, or a
            muscle that is unknown.
        SignalError
            If a session has no valid sample, or an infinite one.
        """
        check_is_fitted(self, "muscles_")
        sessions = list(X)
        if not sessions:
            raise CohortError("sessions to read must be at least one; got none.")
        for session in sessions:
            self._check(session, bag_of(session), strict=strict)
        task = np.concatenate([session.task for session in sessions]).astype(str)
        emg = np.concatenate([self._emg(bag_of(session)) for session in sessions])
        kinematics = np.concatenate([bag_of(session).kinematics for session in sessions])
        duration_s = np.concatenate([bag_of(session).duration_s for session in sessions])
        effort = np.full(len(task), np.nan)
        if self.aligner_ is not None:
            emg, kinematics, effort = self._aligned(sessions, task, emg, kinematics)
        return Bags(
            emg=emg,
            kinematics=kinematics,
            task=self._numbered(task),
            context=np.column_stack([np.log(duration_s), effort]).astype(np.float32),
            owner=np.repeat(np.arange(len(sessions)), [len(one.task) for one in sessions]),
            n_sessions=len(sessions),
        )

    def _emg(self, bag: TrialBag) -> NDArray[np.float32]:
        """Put EMG into the order of muscles learned, shape (n_trials, n_muscles * 4, n_points)."""
        n_trials, _, n_bands, n_points = bag.emg.shape
        ordered = np.full((n_trials, len(self.muscles_), n_bands, n_points), np.nan, np.float32)
        for at, name in enumerate(bag.muscles):
            if name in self.muscles_:
                ordered[:, self.muscles_.index(name)] = bag.emg[:, at]
        return ordered.reshape(n_trials, -1, n_points)

    def _numbered(self, task: NDArray[np.str_]) -> NDArray[np.intp]:
        unknown = sorted(set(task.tolist()) - set(self.tasks_))
        self.unknown_tasks_ = tuple(unknown)
        if unknown:
            warnings.warn(
                f"tasks must have been met in training to be told apart; {', '.join(unknown)} "
                "was not, and is read as 'other'.",
                UnknownTaskWarning,
                stacklevel=4,
            )
        number = {name: at for at, name in enumerate(self.tasks_, start=1)}
        return np.array([number.get(name, OTHER_TASK) for name in task.tolist()], dtype=np.intp)

    def _learned_aligner(self, sessions: Sequence[SessionDigest]) -> TemplateAligner | None:
        """Learn templates from the first usable trial of each person in each task."""
        first: dict[tuple[str, str], NDArray[np.float32]] = {}
        for session in sessions:
            for name, profile in zip(session.task.tolist(), session.movement, strict=True):
                if np.isfinite(profile).any():
                    first.setdefault((str(name), session.subject), profile[..., ::_STRIDE])
        if not first:
            return None
        keys = sorted(first)
        aligner = TemplateAligner(band=self.band, max_iterations=self.max_iterations)
        return aligner.fit(np.stack([first[key] for key in keys]), task=[key[0] for key in keys])

    def _aligned(
        self,
        sessions: Sequence[SessionDigest],
        task: NDArray[np.str_],
        emg: NDArray[np.float32],
        kinematics: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
        assert self.aligner_ is not None  # noqa: S101 - narrows the type
        profiles = np.concatenate([one.movement[..., ::_STRIDE] for one in sessions])
        alignment = self.aligner_.align(profiles, task=task.tolist())
        n_from, n_to = profiles.shape[-1], self.n_points_
        places = np.linspace(0, n_from - 1, n_to)
        warp = np.stack([np.interp(places, np.arange(n_from), row) for row in alignment.warp])
        warp = np.clip(warp * ((n_to - 1) / (n_from - 1)), 0, n_to - 1)
        warp = np.round(warp, 9)  # an instant that is met exactly needs no neighbour
        return (
            apply_warp(emg, warp).astype(np.float32),
            apply_warp(kinematics, warp).astype(np.float32),
            alignment.effort,
        )

    def _check(self, session: SessionDigest, bag: TrialBag, *, strict: bool = True) -> None:
        whose = f"{session.subject}, session {session.session}"
        if len(session.task) == 0:
            raise CohortError(f"a session must have at least one trial; {whose}, has none.")
        n_points = bag.kinematics.shape[-1]
        if n_points != self.n_points_ or bag.bands_hz != self.bands_hz_:
            raise CohortError(
                f"sessions must share their time base, {self.n_points_} points, and EMG bands, "
                f"{self.bands_hz_}; {whose}, has {n_points} points and {bag.bands_hz}. "
                "Digest them with the same settings."
            )
        if bag.channels != self.channels_:
            raise CohortError(
                f"sessions must share their kinematic channels; those of {whose}, differ. "
                "Digest them with the same version."
            )
        strange = [name for name in bag.muscles if name not in self.muscles_]
        if strict and strange:
            raise CohortError(
                f"muscles must be among those met in training, {', '.join(self.muscles_)}; "
                f"{whose}, has {', '.join(strange)}. Train on this montage, or leave them out."
            )
        _check_samples(bag, whose)


def bag_of(session: SessionDigest) -> TrialBag:
    """Give the bag of a session.

    Raises
    ------
    CohortError
        If it has none.
    """
    if session.bag is None:
        raise CohortError(
            f"sessions must hold their signals for a network; {session.subject}, session "
            f"{session.session}, holds features only. Digest its recordings with digest_cohort."
        )
    return session.bag


def read_bags(
    reader: BagReader, sessions: Sequence[SessionDigest], *, modality: str | None = None
) -> Bags:
    """Give the arrays that a network looks at, without the modality that it ignores.

    Parameters
    ----------
    reader : BagReader
        Fitted.
    sessions : sequence of SessionDigest
    modality : {"emg", "kinematics"} or None, default None
        The only one to look at; None looks at both.

    Raises
    ------
    CohortError, SignalError
        If a session cannot be read, or nothing in it can be looked at.
    """
    bags = reader.transform(sessions)
    if modality == "emg":
        bags.kinematics[:] = np.nan
        bags.context[:, CONTEXT.index("warp_effort")] = np.nan
    elif modality == "kinematics":
        bags.emg[:] = np.nan
    check_seen(bags, sessions, modality)
    return bags


def check_seen(bags: Bags, sessions: Sequence[SessionDigest], modality: str | None) -> None:
    """Refuse sessions of which nothing is left to look at.

    Raises
    ------
    SignalError
        If one has no valid sample of the modality, or of either where `modality` is None.
    """
    seen = np.isfinite(bags.emg).any((1, 2)) | np.isfinite(bags.kinematics).any((1, 2))
    blank = sorted(set(range(bags.n_sessions)) - set(bags.owner[seen].tolist()))
    if blank:
        first = sessions[blank[0]]
        what = {"emg": "EMG", "kinematics": "kinematics"}.get(modality or "", "EMG or kinematics")
        raise SignalError(
            f"a session must have a valid sample of {what}, which is all this model looks at; "
            f"{first.subject}, session {first.session}, has none. Leave it out, or use a model "
            "of both modalities."
        )


def _check_samples(bag: TrialBag, whose: str) -> None:
    if np.isinf(bag.emg).any() or np.isinf(bag.kinematics).any():
        raise SignalError(
            f"samples must be finite, with NaN for a gap; {whose}, has infinite ones."
        )
    if not (np.isfinite(bag.emg).any() or np.isfinite(bag.kinematics).any()):
        raise SignalError(
            f"a session must have a valid sample of EMG or kinematics; {whose}, has none. "
            "Repeat the recording."
        )
