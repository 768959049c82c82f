"""Close short gaps in smooth signals; leave long ones open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from hybridmfp.errors import SignalError

__all__ = ["fill_short_gaps", "gap_runs"]

_SUPPORT = 10  # valid samples on each side that shape the spline


def gap_runs(missing: NDArray[np.bool_]) -> NDArray[np.intp]:
    """List the runs of missing samples.

    Parameters
    ----------
    missing : array of bool, shape (n_samples,)
        True where a sample is missing.

    Returns
    -------
    array of int, shape (n_runs, 2)
        First sample of each run, and the first sample after it.

    Examples
    --------
    >>> import numpy as np
    >>> gap_runs(np.array([True, False, True, True])).tolist()
    [[0, 1], [2, 4]]
    """
    edges = np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8))
    return np.column_stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)])


def fill_short_gaps(
    points: NDArray[np.float64], *, rate_hz: float, longest_s: float = 0.2
) -> NDArray[np.float64]:
    """Close the gaps that a smooth movement bridges safely.

    A gap is closed by a cubic spline through up to ten valid samples on each side if it is no
    longer than `longest_s` and has at least two valid samples on both sides. None of them lies
    beyond a long gap, so that a marker that flashes up alone bridges nothing. Longer gaps and gaps
    at the ends stay NaN.

    Parameters
    ----------
    points : array of float, shape (n_points, 3, n_samples)
        Positions, in metres. A sample with any axis missing counts as missing.
    rate_hz : float
        Samples per second.
    longest_s : float, default 0.2
        The longest gap to close, in seconds.

    Returns
    -------
    array of float, shape (n_points, 3, n_samples)
        A copy with the short gaps closed.

    Raises
    ------
    SignalError
        If `points` has another shape, or `longest_s` is negative.

    References
    ----------
    Howarth, S. J., & Callaghan, J. P. (2010). Quantitative assessment of the accuracy for three
    interpolation techniques in kinematic analysis of human movement. Comput Methods Biomech
    Biomed Eng 13(6). doi:10.1080/10255841003664701

    Examples
    --------
    >>> import numpy as np
    >>> line = np.arange(50.0) * np.ones((1, 3, 1))
    >>> line[..., 20:25] = np.nan
    >>> bool(np.allclose(fill_short_gaps(line, rate_hz=100), np.arange(50.0)))
    True
    """
    if points.ndim != 3 or points.shape[1] != 3:
        raise SignalError(f"points must be (n_points, 3, n_samples); got shape {points.shape}.")
    if longest_s < 0:
        raise SignalError(f"longest_s must not be negative; got {longest_s:g} s.")
    filled = np.array(points, dtype=np.float64)
    longest = int(np.floor(longest_s * rate_hz + 1e-9))
    reach = max(longest, _SUPPORT)
    missing = np.any(np.isnan(filled), axis=1)
    for point in np.flatnonzero(missing.any(axis=1)):
        seen = np.flatnonzero(~missing[point])
        for start, stop in gap_runs(missing[point]):
            before = seen[(seen < start) & (seen >= start - reach)][-_SUPPORT:]
            after = seen[(seen >= stop) & (seen < stop + reach)][:_SUPPORT]
            if stop - start > longest or min(len(before), len(after)) < 2:
                continue
            support = np.concatenate([before, after])
            spline = CubicSpline(support, filled[point][:, support], axis=1)
            filled[point][:, start:stop] = spline(np.arange(start, stop))
    return filled
