"""When a movement starts and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.gaps import gap_runs

__all__ = ["Movement", "find_movement", "tangential_speed", "time_derivative"]

_SUSTAINED_S = 0.1  # faster for less than this is a twitch or noise


@dataclass(frozen=True)
class Movement:
    """Bound a movement.

    Attributes
    ----------
    onset, offset : int
        First sample of the movement, and the first sample after it.
    """

    onset: int
    offset: int


def time_derivative(samples: NDArray[np.float64], *, rate_hz: float) -> NDArray[np.float64]:
    """Differentiate by central differences.

    Parameters
    ----------
    samples : array of float, shape (..., n_samples)
    rate_hz : float

    Returns
    -------
    array of float, shape (..., n_samples)
        Per second; NaN beside gaps.
    """
    derivative: NDArray[np.float64] = np.gradient(samples, 1 / rate_hz, axis=-1)
    return derivative


def tangential_speed(position: NDArray[np.float64], *, rate_hz: float) -> NDArray[np.float64]:
    """Give how fast a point moves, whatever the direction.

    Parameters
    ----------
    position : array of float, shape (3, n_samples)
        In metres.
    rate_hz : float

    Returns
    -------
    array of float, shape (n_samples,)
        In metres per second; NaN beside gaps.
    """
    speed: NDArray[np.float64] = np.linalg.norm(time_derivative(position, rate_hz=rate_hz), axis=0)
    return speed


def find_movement(
    speed: NDArray[np.float64], *, rate_hz: float, share_of_peak: float = 0.05
) -> Movement:
    """Find onset and offset of the movement of the hand.

    The movement lasts from the first to the last stretch of at least 0.1 s in which the speed
    is above a share of its peak. Pauses in between belong to it; gaps count as rest.

    Parameters
    ----------
    speed : array of float, shape (n_samples,)
        Tangential speed of the hand, in metres per second.
    rate_hz : float
        Samples per second.
    share_of_peak : float, default 0.05
        Threshold as a share of the peak speed; 2 % to 10 % are in use.

    Returns
    -------
    Movement

    Raises
    ------
    SignalError
        If the hand never moves, or `share_of_peak` is not between 0 and 1.

    References
    ----------
    Alt Murphy, M., Willén, C., & Sunnerhagen, K. S. (2011). Kinematic variables quantifying
    upper-extremity performance after stroke. Neurorehabil Neural Repair 25(1).
    doi:10.1177/1545968310370748

    Examples
    --------
    >>> import numpy as np
    >>> speed = np.concatenate([np.zeros(50), np.ones(100), np.zeros(50)])
    >>> find_movement(speed, rate_hz=100)
    Movement(onset=50, offset=150)
    """
    if not 0 < share_of_peak < 1:
        raise SignalError(f"share_of_peak must lie between 0 and 1; got {share_of_peak:g}.")
    known = np.nan_to_num(speed, nan=0.0)
    moving = gap_runs(known > share_of_peak * known.max()) if known.max() > 0 else np.empty((0, 2))
    stretches = moving[moving[:, 1] - moving[:, 0] >= _SUSTAINED_S * rate_hz]
    if len(stretches) == 0:
        raise SignalError(
            f"the hand must move for at least {_SUSTAINED_S:g} s; it never does in this trial. "
            "Check that the wrist is tracked."
        )
    return Movement(int(stretches[0, 0]), int(stretches[-1, 1]))
