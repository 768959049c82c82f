"""From a course at the frame rate of the movement to the samples of a faster signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hybridmfp.simulation.arm_chain import FRAME_RATE_HZ

__all__ = ["count_samples", "fill_between_frames"]


def count_samples(n_frames: int, *, rate_hz: float) -> int:
    """Say how many samples last as long as so many frames.

    Examples
    --------
    >>> count_samples(740, rate_hz=2000.0)
    14800
    """
    return round(n_frames * rate_hz / FRAME_RATE_HZ)


def fill_between_frames(frames: NDArray[np.floating], *, rate_hz: float) -> NDArray[np.float32]:
    """Draw straight lines between frames; the last frame is held to its end.

    Parameters
    ----------
    frames : array of float, shape (n_channels, n_frames)
        Values at 100 frames per second.
    rate_hz : float
        Samples per second to give.

    Returns
    -------
    array of float32, shape (n_channels, n_samples)
        Values at that rate; frame 0 and sample 0 are the same instant.

    Examples
    --------
    >>> import numpy as np
    >>> fill_between_frames(np.array([[0.0, 1.0]]), rate_hz=400.0).tolist()
    [[0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0]]
    """
    level = frames.astype(np.float32)
    slope = np.diff(level, axis=1, append=level[:, -1:])
    at = np.arange(count_samples(frames.shape[1], rate_hz=rate_hz)) * (FRAME_RATE_HZ / rate_hz)
    before = at.astype(np.intp)
    rising = (at - before).astype(np.float32)
    if (rate_hz / FRAME_RATE_HZ).is_integer():  # the same, without looking up frame after frame
        each = round(rate_hz / FRAME_RATE_HZ)
        lines = slope[..., np.newaxis] * rising.reshape(1, -1, each)
        lines += level[..., np.newaxis]
        return lines.reshape(level.shape[0], -1)
    filled: NDArray[np.float32] = slope[:, before] * rising
    filled += level[:, before]
    return filled
