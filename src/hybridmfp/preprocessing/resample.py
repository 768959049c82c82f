"""Change how many samples describe a movement: another rate, or a phase profile."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import maximum_filter1d
from scipy.signal import resample_poly
from scipy.sparse import csr_array

from hybridmfp.errors import SignalError

__all__ = ["around_gaps", "bridge_gaps", "phase_profile", "resample_rate"]

_LARGEST_FACTOR = 20000  # of up- or downsampling; the filter grows with it
_GUARD_SAMPLES = 2  # of the slower rate, masked on both sides of a gap


def bridge_gaps(samples: ArrayLike) -> NDArray[np.float64]:
    """Join both sides of every gap by a straight line, so that a filter can run across it.

    The bridge is scaffolding, not data: whoever calls this masks the gap again afterwards.

    Parameters
    ----------
    samples : array of float, shape (..., n_channels, n_samples)
        Samples in any unit; NaN is a gap.

    Returns
    -------
    array of float, shape (..., n_channels, n_samples)
        The samples without gaps. A gap at either end continues the nearest value; a channel
        without one valid sample stays NaN.

    Examples
    --------
    >>> bridge_gaps([float("nan"), 1.0, float("nan"), 3.0]).tolist()
    [1.0, 1.0, 2.0, 3.0]
    """
    bridged = np.array(samples, dtype=np.float64)
    rows = bridged.reshape(-1, bridged.shape[-1])
    valid = np.isfinite(rows)
    instants = np.arange(rows.shape[-1])
    for row, known in zip(rows, valid, strict=True):
        if known.all():
            continue
        missing = ~known
        row[missing] = (
            np.interp(instants[missing], instants[known], row[known]) if known.any() else np.nan
        )
    return rows.reshape(bridged.shape)


def around_gaps(samples: ArrayLike, *, margin: int) -> NDArray[np.bool_]:
    """Tell which samples lie in a gap or beside one.

    Parameters
    ----------
    samples : array of float, shape (..., n_channels, n_samples)
        NaN is a gap. The ends of the signal are not.
    margin : int
        Samples on both sides that count as beside.

    Returns
    -------
    array of bool, shape (..., n_channels, n_samples)

    Examples
    --------
    >>> around_gaps([0.0, 0.0, float("nan"), 0.0, 0.0, 0.0], margin=1).tolist()
    [False, True, True, True, False, False]
    """
    missing = ~np.isfinite(np.asarray(samples, dtype=np.float64))
    if margin == 0 or not missing.any():
        return missing
    widened: NDArray[np.bool_] = maximum_filter1d(
        missing, size=2 * margin + 1, axis=-1, mode="constant", cval=0
    )
    return widened


def resample_rate(samples: ArrayLike, *, rate_hz: float, new_rate_hz: float) -> NDArray[np.float64]:
    """Give the samples that a recording at another rate would hold.

    A polyphase filter (Kaiser-windowed sinc, without delay) removes what the slower of both
    rates cannot hold before samples are taken, so nothing folds down into the result.

    Parameters
    ----------
    samples : array of float, shape (..., n_channels, n_samples)
        Samples in any unit; NaN is a gap.
    rate_hz, new_rate_hz : float
        Samples per second, now and afterwards.

    Returns
    -------
    array of float, shape (..., n_channels, ceil(n_samples * new_rate_hz / rate_hz))
        Sample 0 keeps its instant. A gap is bridged for the filter and then masked, with two
        samples of the slower rate on both sides.

    Raises
    ------
    SignalError
        If a rate is not positive, or no ratio of whole numbers up to 20000 is within a millionth
        of theirs.

    References
    ----------
    Crochiere, R. E. & Rabiner, L. R. (1981). Interpolation and decimation of digital
    signals. *Proc IEEE* 69:300-331. doi:10.1109/PROC.1981.11969

    Examples
    --------
    >>> resample_rate([[2.0] * 8], rate_hz=200, new_rate_hz=100).round(6).tolist()
    [[2.0, 2.0, 2.0, 2.0]]
    """
    up, down = _whole_factors(rate_hz, new_rate_hz)
    measured = np.asarray(samples, dtype=np.float64)
    resampled = resample_poly(bridge_gaps(measured), up, down, axis=-1, padtype="line")
    margin = max(_GUARD_SAMPLES, -(-_GUARD_SAMPLES * down // up))
    lost = around_gaps(measured, margin=margin)
    instants = np.arange(resampled.shape[-1]) * down
    before = instants // up
    after = np.minimum(-(-instants // up), measured.shape[-1] - 1)
    return np.where(lost[..., before] | lost[..., after], np.nan, resampled)


def phase_profile(samples: ArrayLike, *, n_points: int = 101) -> NDArray[np.float64]:
    """Describe a movement from onset (first sample) to offset (last) by a fixed number of points.

    Each point is the average of the samples around it under a triangle that reaches to the
    neighbouring points, tilted so that a straight line stays that line. Shrinking therefore
    does not alias; stretching is linear interpolation. The two end points are the first and
    the last sample themselves.

    Parameters
    ----------
    samples : array of float, shape (..., n_channels, n_samples)
        At least two samples, in any unit; NaN is a gap.
    n_points : int, default 101
        Points of the profile, at least 2. 101 means one per per cent of the movement.

    Returns
    -------
    array of float, shape (..., n_channels, n_points)
        In the unit of `samples`; NaN where less than half of a point's weight was measured.

    Raises
    ------
    SignalError
        If there are fewer than two samples or points.

    Examples
    --------
    >>> phase_profile([0.0, 1.0, 2.0, 3.0, 4.0], n_points=3).tolist()
    [0.0, 2.0, 4.0]
    """
    measured = np.asarray(samples, dtype=np.float64)
    n_samples = measured.shape[-1] if measured.ndim else 0
    if n_samples < 2 or n_points < 2:
        raise SignalError(
            f"a phase profile needs 2 samples and 2 points or more; got n_samples={n_samples}, "
            f"n_points={n_points}. Widen the phase, or drop the trial."
        )
    weights = _triangle_weights(n_samples, n_points)
    rows = bridge_gaps(measured).reshape(-1, n_samples)
    profile = np.ascontiguousarray((weights @ rows.T).T)
    valid = np.isfinite(measured)
    if not valid.all():
        share = (weights @ valid.reshape(-1, n_samples).T.astype(np.float64)).T
        profile[share < 0.5 - 1e-9] = np.nan
    return profile.reshape(*measured.shape[:-1], n_points)


def _whole_factors(rate_hz: float, new_rate_hz: float) -> tuple[int, int]:
    for name, rate in (("rate_hz", rate_hz), ("new_rate_hz", new_rate_hz)):
        if not (np.isfinite(rate) and rate > 0):
            raise SignalError(
                f"{name} must be a positive number of samples per second; got {rate}."
            )
    wanted = new_rate_hz / rate_hz
    ratio = Fraction(wanted).limit_denominator(_LARGEST_FACTOR)
    exact = abs(float(ratio) / wanted - 1) < 1e-6  # half a sample in four minutes at 2000 Hz
    if not exact or ratio.numerator > _LARGEST_FACTOR:
        raise SignalError(
            "new_rate_hz / rate_hz must be within a millionth of a ratio of whole numbers up to "
            f"{_LARGEST_FACTOR}; got {new_rate_hz:g} / {rate_hz:g}. Choose rates less far apart."
        )
    return ratio.numerator, ratio.denominator


def _triangle_weights(n_samples: int, n_points: int) -> csr_array:
    """Weigh samples for each point: a triangle, tilted to first moment 0, summing to 1."""
    half_width = max((n_samples - 1) / (n_points - 1), 1.0)
    centre = np.linspace(0, n_samples - 1, n_points)[:, np.newaxis]  # the last one is exact
    reach = int(np.ceil(half_width))
    at = np.floor(centre).astype(np.intp) + np.arange(-reach, reach + 2)
    distance = at - centre
    inside = (at >= 0) & (at < n_samples)
    weight = np.where(inside, np.maximum(1 - np.abs(distance) / half_width, 0.0), 0.0)
    weight[0, at[0] != 0] = 0.0
    weight[-1, at[-1] != n_samples - 1] = 0.0
    first = np.sum(weight * distance, axis=1, keepdims=True)
    second = np.sum(weight * distance**2, axis=1, keepdims=True)
    tilt = np.divide(first, second, out=np.zeros_like(first), where=second > 0)
    weight *= 1 - tilt * distance
    weight /= np.sum(weight, axis=1, keepdims=True)
    bounds = np.arange(n_points + 1) * at.shape[1]
    columns = np.clip(at, 0, n_samples - 1).ravel()
    return csr_array((weight.ravel(), columns, bounds), shape=(n_points, n_samples))
