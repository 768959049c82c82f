"""The mean of several trials that were made at different pace: DTW barycentre averaging."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.dtw import band_reach, checked_trials

__all__ = ["Barycentre", "dtw_barycentre"]


@dataclass(frozen=True, eq=False)
class Barycentre:
    """Hold the mean movement of several trials.

    Attributes
    ----------
    mean : array of float64, shape (n_channels, n_points)
        The barycentre, in the unit of the trials; NaN where no trial was valid.
    inertia : tuple of float
        Sum over trials of the squared DTW distance to the start and after each iteration, in
        squared units. It never rises; the last one belongs to `mean`.
    """

    mean: NDArray[np.float64]
    inertia: tuple[float, ...]


def dtw_barycentre(
    trials: ArrayLike,
    *,
    band: float | None = 0.1,
    max_iterations: int = 10,
    tolerance: float = 1e-6,
) -> Barycentre:
    """Average trials after alignment, so that a peak reached early or late stays a peak.

    Starts at the trial nearest to the point-wise mean, its gaps filled from that mean, then
    repeats: align every trial with the barycentre, and replace each of its points by the mean of
    all samples matched to it. An iteration that would not lower the inertia is not taken.

    Parameters
    ----------
    trials : array of float, shape (n_trials, n_channels, n_points)
        Any unit; NaN marks a gap. A sample weighs what it weighs in the local cost of `dtw`.
    band : float or None, default 0.1
        As for `dtw`.
    max_iterations : int, default 10
        Most replacements, at least 1.
    tolerance : float, default 1e-6
        Stop when the inertia falls by no more than this share of itself.

    Returns
    -------
    Barycentre
        Mean and inertia.

    Raises
    ------
    SignalError
        If `trials` has another shape or infinite samples, a trial has no valid sample, `band`,
        `max_iterations` or `tolerance` is out of range, or squared differences overflow.

    References
    ----------
    Petitjean, F., Ketterlin, A., & Gançarski, P. (2011). A global averaging method for dynamic
    time warping, with applications to clustering. *Pattern Recognition*, 44(3), 678-693.
    doi:10.1016/j.patcog.2010.09.013

    Examples
    --------
    >>> import numpy as np
    >>> early, late = np.eye(1, 9, 3), np.eye(1, 9, 5)
    >>> barycentre = dtw_barycentre([early, late], band=0.25)
    >>> float(barycentre.mean.max()), barycentre.inertia[-1]  # their point-wise mean peaks at 0.5
    (1.0, 0.0)
    """
    block = np.ascontiguousarray(checked_trials(trials), dtype=np.float64)
    _check(block, max_iterations=max_iterations, tolerance=tolerance)
    reach = band_reach(block.shape[2], block.shape[2], band=band)
    mean = _start(block)
    inertia, proposal = _iterate(block, mean, reach=reach)
    history = [inertia]
    for _ in range(max_iterations):
        lowered, further = _iterate(block, proposal, reach=reach)
        if lowered >= inertia:
            break
        is_settled = inertia - lowered <= tolerance * inertia
        mean, inertia, proposal = proposal, lowered, further
        history.append(inertia)
        if is_settled:
            break
    return Barycentre(mean, tuple(history))


def _iterate(
    trials: NDArray[np.float64], mean: NDArray[np.float64], *, reach: int
) -> tuple[float, NDArray[np.float64]]:
    from hybridmfp.preprocessing import dtw_kernel  # noqa: PLC0415 - imports numba

    totals, begins, rows, columns = dtw_kernel.align_each(trials, mean, reach)
    inertia = float(totals.sum())
    if not np.isfinite(inertia):
        raise SignalError(
            "squared differences between trials must sum to less than 1.8e308; they overflow. "
            "Bring the channels to a common scale first, for example with ChannelScaler."
        )
    average: NDArray[np.float64] = dtw_kernel.average_matched(trials, mean, begins, rows, columns)
    return inertia, average


def _start(trials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the trial nearest to the point-wise mean, its gaps filled from that mean.

    Filled, the barycentre is valid wherever a trial is, so that none lacks common ground with it.
    """
    is_valid = np.isfinite(trials)
    n_valid = is_valid.sum(axis=0)
    mean = np.where(is_valid, trials, 0.0).sum(axis=0) / np.maximum(n_valid, 1)
    mean[n_valid == 0] = np.nan
    with np.errstate(over="ignore"):  # an overflow is reported by the alignment
        squared = np.where(is_valid, trials - mean, 0.0) ** 2
    nearest = trials[np.argmin(squared.sum(axis=(1, 2)) / is_valid.sum(axis=(1, 2)))]
    start: NDArray[np.float64] = np.where(np.isfinite(nearest), nearest, mean)
    return start


def _check(trials: NDArray[np.float64], *, max_iterations: int, tolerance: float) -> None:
    empty = np.flatnonzero(~np.isfinite(trials).any(axis=(1, 2)))
    if empty.size > 0:
        raise SignalError(
            f"every trial must have a valid sample; trial {empty[0]} of {trials.shape[0]} has none"
            f"{'' if empty.size == 1 else f', nor have {empty.size - 1} more'}. Leave them out."
        )
    if max_iterations < 1:
        raise SignalError(f"max_iterations must be at least 1; got {max_iterations}.")
    if not tolerance >= 0:
        raise SignalError(f"tolerance must be 0 or more; got {tolerance:g}.")
