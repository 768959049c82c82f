"""What muscles usually do, learned from other sessions: which is which, and when they act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.covariance import ledoit_wolf
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.quality.coupling import best_lag, couple, lag_curve
from hybridmfp.preprocessing.quality.profiles import N_PHASES, session_profile
from hybridmfp.preprocessing.quality.verdicts import TrialQuality

__all__ = ["MusclePattern"]

_Floats = NDArray[np.float64]

_FEWEST_SESSIONS = 8
_FEWEST_OF_A_MUSCLE = 5
_LEARNED = (
    *("muscles_", "tasks_", "means_", "covariance_", "swap_gain_"),
    *("weights_", "usual_lag_s_", "lag_spread_s_", "usual_coupling_"),
)


class MusclePattern(BaseEstimator):  # type: ignore[misc]
    """Know muscles by what they do, so that a swapped electrode or a late clock shows.

    A channel is described by its log envelope at nine phases of every task, about its own mean.
    Muscles have each a mean of that and share one covariance (Ledoit-Wolf): a linear
    discriminant of muscles, of patients as they are. Two channels are swapped if exchanging them
    makes the session much more likely. The lag is where the envelopes agree best with what the
    movement of the hand asks for, by a regression shared by everybody, compared with where they
    usually do.

    Parameters
    ----------
    share_alarmed : float, default 0.02
        Share of the sessions learned from that may seem swapped, judged by means that leave the
        session out.

    Attributes
    ----------
    muscles_, tasks_ : array of str
    means_ : array of float, shape (n_muscles, n_tasks * 9)
    covariance_ : array of float, shape (n_tasks * 9, n_tasks * 9)
    swap_gain_ : float
        Log-likelihood that an exchange must gain.
    weights_ : array of float, shape (7, n_muscles)
        How envelopes follow the movement of the hand.
    usual_lag_s_, lag_spread_s_ : float
        Median and standard deviation of the lag of sessions; NaN where it cannot be learned.
    usual_coupling_ : float
        Median correlation of envelopes with what the movement asks for, at the best lag; NaN
        where it cannot be learned.

    References
    ----------
    Ledoit, O., & Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance
    matrices. J Multivar Anal 88(2). doi:10.1016/S0047-259X(03)00096-4
    """

    def __init__(self, share_alarmed: float = 0.02) -> None:
        self.share_alarmed = share_alarmed

    def fit(self, X: Sequence[Sequence[TrialQuality]], y: object = None) -> Self:
        """Learn from sessions that are fine for the most part.

        Parameters
        ----------
        X : sequence of sequence of TrialQuality
            The trials of each session.
        y : None
            Ignored.

        Raises
        ------
        SignalError
            If there are fewer than 8 sessions with EMG.
        """
        del y
        sessions = [session for session in X if any(trial.muscles for trial in session)]
        if len(sessions) < _FEWEST_SESSIONS:
            raise SignalError(
                f"a pattern must be learned from at least {_FEWEST_SESSIONS} sessions with EMG; "
                f"got {len(sessions)}. Leave it out for smaller cohorts."
            )
        muscles = list(dict.fromkeys(m for s in sessions for t in s for m in t.muscles))
        tasks = sorted({trial.key.task for session in sessions for trial in session})
        self.muscles_ = np.array(muscles, dtype=np.str_)
        self.tasks_ = np.array(tasks, dtype=np.str_)
        profiles = np.array(
            [session_profile(one, muscles=muscles, tasks=tasks) for one in sessions]
        ).reshape(len(sessions), len(muscles), len(tasks) * N_PHASES)
        profiles[_are_silent(sessions, muscles)] = np.nan
        self._learn_muscles(profiles)
        self._learn_lag(sessions, muscles)
        return self

    def _learn_muscles(self, profiles: _Floats) -> None:
        known = np.isfinite(profiles)
        counts = known.sum(axis=0)
        sums = np.where(known, profiles, 0).sum(axis=0)
        enough = counts >= _FEWEST_OF_A_MUSCLE
        self.means_ = np.where(enough, sums / np.maximum(counts, 1), np.nan)
        residuals = np.where(known & enough, profiles - self.means_, 0).reshape(
            -1, profiles.shape[-1]
        )
        self.covariance_ = ledoit_wolf(residuals[residuals.any(axis=1)])[0]
        gains = []
        for at, profile in enumerate(profiles):
            others = counts - known[at]
            means = np.where(
                others >= _FEWEST_OF_A_MUSCLE,
                (sums - np.where(known[at], profile, 0)) / np.maximum(others, 1),
                np.nan,
            )
            exchanges = _exchange_gains(profile, means, self.covariance_)
            gains.append(max(exchanges.values(), default=-np.inf))
        self.swap_gain_ = float(max(0.0, np.quantile(gains, 1 - self.share_alarmed)))

    def _learn_lag(self, sessions: Sequence[Sequence[TrialQuality]], muscles: list[str]) -> None:
        self.weights_ = couple(
            [(trial.clues, _usable(trial)) for session in sessions for trial in session], muscles
        )
        lags, couplings = [], []
        for session in sessions:
            curves = self.lag_curves(session)
            lag = best_lag(curves.mean(axis=0)) if len(curves) else None
            if lag is not None:
                lags.append(lag)
                couplings.append(float(curves.mean(axis=0).max()))
        enough = len(lags) >= _FEWEST_SESSIONS
        self.usual_coupling_ = float(np.median(couplings)) if enough else float("nan")
        self.usual_lag_s_ = float(np.median(lags)) if enough else float("nan")
        self.lag_spread_s_ = float(np.std(lags)) if enough else float("nan")

    def lag_curves(self, trials: Sequence[TrialQuality]) -> _Floats:
        """Compare EMG and movement at every lag, in each trial of a known task that has both.

        Returns
        -------
        array of float, shape (n_usable_trials, n_lags)
            At `LAGS_S`.
        """
        muscles = [str(muscle) for muscle in self.muscles_]
        curves = [
            lag_curve(trial.clues, _usable(trial), muscles=muscles, weights=self.weights_)
            for trial in trials
            if trial.key.task in self.tasks_
        ]
        there = [curve for curve in curves if curve is not None]
        return np.array(there) if there else np.empty((0, 0))

    def swap_gains(self, trials: Sequence[TrialQuality]) -> dict[tuple[str, str], float]:
        """Say how much more likely a session becomes if two of its channels are exchanged.

        Parameters
        ----------
        trials : sequence of TrialQuality
            Of one session.

        Returns
        -------
        dict of (str, str) to float
            Gain in log-likelihood for every pair that can be judged; beyond `swap_gain_` it is
            more than sessions usually show.
        """
        check_is_fitted(self)
        muscles = [str(muscle) for muscle in self.muscles_]
        tasks = [str(task) for task in self.tasks_]
        profile = session_profile(trials, muscles=muscles, tasks=tasks)
        profile[_are_silent([trials], muscles)[0]] = np.nan
        gains = _exchange_gains(profile.reshape(len(muscles), -1), self.means_, self.covariance_)
        return {(muscles[one], muscles[other]): gain for (one, other), gain in gains.items()}

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Give everything that was learned as arrays, for a model file."""
        check_is_fitted(self)
        learned = {name: np.asarray(getattr(self, name)) for name in _LEARNED}
        return {**learned, "share_alarmed": np.asarray(self.share_alarmed)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Make a fitted pattern of what `to_arrays` gave.

        Raises
        ------
        SignalError
            If an array is missing.
        """
        missing = [name for name in (*_LEARNED, "share_alarmed") if name not in arrays]
        if missing:
            raise SignalError(
                f"a muscle pattern must have the arrays {', '.join(_LEARNED)}; "
                f"{', '.join(missing)} is missing. Fit the model again."
            )
        pattern = cls(share_alarmed=float(np.asarray(arrays["share_alarmed"]).item()))
        for name in _LEARNED:
            value = np.asarray(arrays[name])
            setattr(pattern, name, value if value.ndim else float(value.item()))
        return pattern


def _usable(trial: TrialQuality) -> list[str]:
    silent = {one.channel for one in trial.findings if one.fault == "silent"}
    return [
        name for name, verdict in trial.muscles.items() if verdict != "red" and name not in silent
    ]


def _are_silent(
    sessions: Sequence[Sequence[TrialQuality]], muscles: Sequence[str]
) -> NDArray[np.bool_]:
    """Tell which muscles are silent or red in half of the trials, (n_sessions, n_muscles)."""
    silent = np.zeros((len(sessions), len(muscles)), dtype=bool)
    for at, trials in enumerate(sessions):
        usable = [_usable(trial) for trial in trials]
        for row, muscle in enumerate(muscles):
            n_there = sum(muscle in trial.muscles for trial in trials)
            silent[at, row] = sum(muscle in names for names in usable) <= n_there / 2
    return silent


def _exchange_gains(
    profile: _Floats, means: _Floats, covariance: _Floats
) -> dict[tuple[int, int], float]:
    """Give the gain in log-likelihood for each pair of rows that are exchanged."""
    judged = np.flatnonzero(np.isfinite(profile).any(axis=1) & np.isfinite(means).any(axis=1))
    if judged.size < 2:
        return {}
    seen = np.isfinite(profile[judged]).all(axis=0) & np.isfinite(means[judged]).all(axis=0)
    if seen.sum() < 2:
        return {}
    rows, centres = profile[judged][:, seen], means[judged][:, seen]
    rows = rows - rows.mean(axis=1, keepdims=True)
    centres = centres - centres.mean(axis=1, keepdims=True)
    precision = np.linalg.inv(covariance[np.ix_(seen, seen)])
    apart = rows[:, np.newaxis] - centres
    fit = -0.5 * np.einsum("cmi,ij,cmj->cm", apart, precision, apart)
    return {
        (int(judged[one]), int(judged[other])): float(
            fit[one, other] + fit[other, one] - fit[one, one] - fit[other, other]
        )
        for one, other in combinations(range(judged.size), 2)
    }
