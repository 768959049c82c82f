"""The signals of a session's trials on one time base: what a network sees of a visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["TrialBag"]


@dataclass(frozen=True, eq=False)
class TrialBag:
    """Hold the trials of one session as a bag: the label belongs to the bag.

    Every trial runs from movement onset (first point) to offset (last point).

    Attributes
    ----------
    muscles : tuple of str
        Rows of `emg`.
    bands_hz : tuple of (float, float)
        Frequency bands of `emg`.
    emg : array of float32, shape (n_trials, n_muscles, n_bands, n_points)
        Root mean square in each band, in shares of the muscle's session peak; NaN where it was
        not recorded.
    channels : tuple of str
        Rows of `kinematics`; see `KINEMATIC_CHANNELS`.
    kinematics : array of float32, shape (n_trials, n_channels, n_points)
        SI units; NaN where it was not recorded.
    duration_s : array of float32, shape (n_trials,)
        From onset to offset; without kinematics, the length of the recording.
    """

    muscles: tuple[str, ...]
    bands_hz: tuple[tuple[float, float], ...]
    emg: NDArray[np.float32]
    channels: tuple[str, ...]
    kinematics: NDArray[np.float32]
    duration_s: NDArray[np.float32]
