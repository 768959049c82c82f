"""The trials of sessions as complete multichannel series, for libraries that know no gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError
from hybridmfp.features.session import SessionDigest
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.preprocessing.channel_scaler import ChannelScaler

__all__ = ["TrialSeries", "mean_over_trials", "trial_counts"]


class _Layout(NamedTuple):
    """What all sessions must share."""

    muscles: tuple[str, ...]
    bands_hz: tuple[tuple[float, float], ...]
    channels: tuple[str, ...]
    n_points: int


class TrialSeries(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn every trial into one series: an envelope for each muscle, then the kinematics.

    The envelope of a muscle is the root of the summed squares of its frequency bands. Each channel
    is expressed in standard deviations from its mean over all recorded samples of the trials met
    in `fit`. Only then are gaps closed: inside a trial by a straight line between the samples
    beside the gap, at its ends by the nearest sample. A channel that was not recorded in a trial,
    or nowhere in `fit`, is 0: the mean of the training trials, which tells nothing.

    Attributes
    ----------
    names_ : tuple of str
        The channels: muscles, then kinematic channels.
    scaler_ : ChannelScaler
        Mean and standard deviation of each channel.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.features.session import SessionDigest
    >>> from hybridmfp.features.trial_bag import TrialBag
    >>> bag = TrialBag(
    ...     muscles=("biceps_brachii",),
    ...     bands_hz=((20.0, 60.0), (60.0, 120.0)),
    ...     emg=np.array([[[[3.0, 3.0, 3.0], [4.0, np.nan, 0.0]]]], dtype=np.float32),
    ...     channels=("hand_speed",),
    ...     kinematics=np.full((1, 1, 3), np.nan, dtype=np.float32),
    ...     duration_s=np.ones(1, dtype=np.float32),
    ... )
    >>> task, empty = np.array(["reach"]), np.empty((1, 0))
    >>> session = SessionDigest("p1", "1", task, (), empty, (), empty[0], empty, empty, bag)
    >>> TrialSeries().fit_transform([session]).tolist()  # envelope 5, gap, 3; no kinematics
    [[[1.0, 0.0, -1.0], [0.0, 0.0, 0.0]]]
    """

    names_: tuple[str, ...]
    scaler_: ChannelScaler

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn mean and standard deviation of each channel.

        Parameters
        ----------
        X : sequence of SessionDigest
            With their signals, see `SessionDigest.bag`.
        y : ignored

        Raises
        ------
        CohortError
            If a session has no signals or no trial, or sessions differ in muscles, bands,
            kinematic channels or points.
        SignalError
            If a sample is infinite.
        """
        bags = _bags(X)
        self._layout = _layout(bags[0])
        _check_layout(X, bags, self._layout)
        self.names_ = (*self._layout.muscles, *self._layout.channels)
        self.scaler_ = ChannelScaler().fit(_stack(bags))
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Give the trials of all sessions, one session after the other.

        Parameters
        ----------
        X : sequence of SessionDigest

        Returns
        -------
        array of float32, shape (n_trials, n_muscles + n_channels, n_points)
            Standard deviations from the mean of the training trials, without NaN.

        Raises
        ------
        CohortError, SignalError
            As in `fit`, and if muscles, bands, channels or points are others than there.
        """
        check_is_fitted(self)
        bags = _bags(X)
        _check_layout(X, bags, self._layout)
        return _without_gaps(self.scaler_.transform(_stack(bags)))


def trial_counts(sessions: Sequence[SessionDigest]) -> NDArray[np.intp]:
    """Count the trials of each session, shape (n_sessions,).

    Raises
    ------
    CohortError
        If a session has no signals or no trial.
    """
    return np.array([len(bag.emg) for bag in _bags(sessions)], dtype=np.intp)


def mean_over_trials(
    values: NDArray[np.floating], sessions: Sequence[SessionDigest]
) -> NDArray[np.float64]:
    """Average what belongs to one session.

    Parameters
    ----------
    values : array of float, shape (n_trials, ...)
        One row for each trial, in the order of `TrialSeries.transform`.
    sessions : sequence of SessionDigest

    Returns
    -------
    array of float, shape (n_sessions, ...)
    """
    parts = np.split(values, np.cumsum(trial_counts(sessions))[:-1])
    return np.stack([part.mean(axis=0, dtype=np.float64) for part in parts])


def _bags(sessions: Any) -> list[TrialBag]:
    bags = []
    for at, one in enumerate(sessions):
        if not isinstance(one, SessionDigest):
            raise CohortError(
                f"X must hold sessions (SessionDigest); X[{at}] is of type {type(one).__name__}. "
                "Digest the recordings, and pass as_rows(sessions)."
            )
        if one.bag is None or len(one.bag.emg) == 0:
            lack = "bag=None" if one.bag is None else "no trial in it"
            raise CohortError(
                "every session must bring the signals of its trials, because this model looks at "
                f"nothing else; session {one.session!r} of {one.subject!r} has {lack}. "
                "Digest the recordings again, or leave the session out."
            )
        bags.append(one.bag)
    if not bags:
        raise CohortError("X must hold at least one session; got none.")
    return bags


def _layout(bag: TrialBag) -> _Layout:
    return _Layout(bag.muscles, bag.bands_hz, bag.channels, bag.emg.shape[-1])


def _check_layout(sessions: Any, bags: list[TrialBag], wanted: _Layout) -> None:
    for one, bag in zip(sessions, bags, strict=True):
        given = _layout(bag)
        for part, is_, should in zip(_Layout._fields, given, wanted, strict=True):
            if is_ != should:
                raise CohortError(
                    f"all sessions must have the {part} of the first session met in fit, "
                    f"{should}; session {one.session!r} of {one.subject!r} has {is_}. "
                    "Digest all recordings together, as one cohort."
                )


def _stack(bags: list[TrialBag]) -> NDArray[np.float32]:
    """Put envelopes above kinematics, shape (n_trials, n_muscles + n_channels, n_points)."""
    envelopes = [np.sqrt(np.sum(bag.emg**2, axis=2)) for bag in bags]
    series = [
        np.concatenate([envelope, bag.kinematics], axis=1)
        for envelope, bag in zip(envelopes, bags, strict=True)
    ]
    return np.concatenate(series).astype(np.float32, copy=False)


def _without_gaps(series: NDArray[np.floating]) -> NDArray[np.float32]:
    """Close gaps by straight lines, and put 0 where a channel is missing throughout."""
    complete = series.astype(np.float32)
    missing = np.isnan(complete)
    complete[missing.all(axis=-1)] = 0
    points = np.arange(complete.shape[-1])
    for trial, channel in np.argwhere(missing.any(axis=-1) & ~missing.all(axis=-1)):
        gap, line = missing[trial, channel], complete[trial, channel]
        line[gap] = np.interp(points[gap], points[~gap], line[~gap])
    return complete
