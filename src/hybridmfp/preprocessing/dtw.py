"""Dynamic time warping: match two movements instant by instant, however fast each was made.

Conventions, band, treatment of gaps and measured speed: docs/alignment.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import SignalError

__all__ = [
    "DtwPath",
    "TemplateMatch",
    "apply_warp",
    "band_reach",
    "checked_trials",
    "dtw",
    "match_template",
    "warp_effort",
    "warp_of",
]


@dataclass(frozen=True, eq=False)
class DtwPath:
    """Say which instants of two series belong together.

    Attributes
    ----------
    distance : float
        Root of the summed squared differences along the path, in the unit of the series.
    first, second : array of intp, shape (n_steps,)
        Matched samples of each series, from the first pair to the last, never going back.
    """

    distance: float
    first: NDArray[np.intp]
    second: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class TemplateMatch:
    """Say how each of several trials runs along one template.

    Attributes
    ----------
    distance : array of float64, shape (n_trials,)
        As `DtwPath.distance`; NaN for a trial that cannot be compared.
    n_steps : array of intp, shape (n_trials,)
        Length of each path; 0 for a trial that cannot be compared.
    effort : array of float64, shape (n_trials,)
        As `warp_effort`; NaN for a trial that cannot be compared.
    warp : array of float64, shape (n_trials, n_template_points)
        As `warp_of`; NaN for a trial that cannot be compared.
    """

    distance: NDArray[np.float64]
    n_steps: NDArray[np.intp]
    effort: NDArray[np.float64]
    warp: NDArray[np.float64]


def dtw(first: ArrayLike, second: ArrayLike, *, band: float | None = 0.1) -> DtwPath:
    """Find the pairing of instants that makes two multichannel series most alike.

    All channels are warped together ("dependent" warping). The path starts at both first samples,
    ends at both last ones, and each step advances the first series, the second, or both by one
    sample, all at the same weight. It minimises the sum of local costs; the local cost of two
    instants is their squared Euclidean distance over channels. On a tie advancing both wins.

    Gaps: with some channels invalid, the local cost is the mean squared difference over the
    channels valid in both, times the number of channels. Where no channel is valid in both it is
    the mean known local cost of the straight, unwarped path: a gap neither attracts the path nor
    is it free to linger in.

    Parameters
    ----------
    first : array of float, shape (n_channels, n)
        One series, any unit; NaN marks a gap.
    second : array of float, shape (n_channels, m)
        The other, with the same channels in the same units.
    band : float or None, default 0.1
        How far the path may stray from the straight one, as a share of the longer series. Cells
        (i, j) with ``|i (L-1)/(n-1) - j (L-1)/(m-1)| <= ceil(band L)``, ``L = max(n, m)``, may be
        visited, the border included; those within half a sample of the shorter series of the
        straight path always may. None leaves the path free.

    Returns
    -------
    DtwPath
        Distance and matched samples.

    Raises
    ------
    SignalError
        If a series is not (n_channels, n_samples), is empty or infinite; if the channels differ
        in number; if `band` is not between 0 and 1; if no channel is valid in both anywhere on
        the straight path; if squared differences overflow.

    References
    ----------
    Sakoe, H., & Chiba, S. (1978). Dynamic programming algorithm optimization for spoken word
    recognition. *IEEE Trans. ASSP*, 26(1), 43-49. doi:10.1109/TASSP.1978.1163055

    Examples
    --------
    >>> path = dtw([[0.0, 0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0, 0.0]], band=0.25)
    >>> path.distance
    0.0
    >>> path.first.tolist(), path.second.tolist()
    ([0, 1, 2, 3, 3], [0, 0, 1, 2, 3])
    """
    one, other = _checked_series(first, "first"), _checked_series(second, "second")
    _check_same_channels(one, other, "first", "second")
    totals, begins, rows, columns = _align(one[np.newaxis], other, band=band)
    total = float(totals[0])
    if math.isnan(total):
        raise SignalError(
            "first and second must share a valid channel somewhere along the straight path; "
            "they share none. Leave such a pair out."
        )
    if math.isinf(total):
        raise SignalError(
            "squared differences between first and second must stay below 1.8e308; they overflow. "
            "Bring both to a common scale first, for example with ChannelScaler."
        )
    return DtwPath(math.sqrt(total), rows[0, begins[0] :].copy(), columns[0, begins[0] :].copy())


def match_template(
    trials: ArrayLike, template: ArrayLike, *, band: float | None = 0.1
) -> TemplateMatch:
    """Run `dtw` of many trials against one template, in one compiled call.

    Parameters
    ----------
    trials : array of float, shape (n_trials, n_channels, n_points)
        One series per trial, any unit; NaN marks a gap.
    template : array of float, shape (n_channels, n_template_points)
        What to align them with, in the same units.
    band : float or None, default 0.1
        As for `dtw`.

    Returns
    -------
    TemplateMatch
        Distance, path length, effort and warp of each trial. A trial for which `dtw` would find
        nothing to compare, or an overflow, has NaN; nothing is raised, for others may be sound.

    Raises
    ------
    SignalError
        If a shape, a channel count or `band` breaks the rules of `dtw`, or a sample is infinite.

    Examples
    --------
    >>> template = [[0.0, 1.0, 0.0, 0.0]]
    >>> match = match_template([[[0.0, 0.0, 1.0, 0.0]], [template[0]]], template, band=0.25)
    >>> match.distance.tolist(), match.warp.tolist()
    ([0.0, 0.0], [[0.5, 2.0, 3.0, 3.0], [0.0, 1.0, 2.0, 3.0]])
    """
    block = np.ascontiguousarray(checked_trials(trials), dtype=np.float64)
    target = _checked_series(template, "template")
    _check_same_channels(block[0], target, "trials", "template")
    totals, begins, rows, columns = _align(block, target, band=band)
    from hybridmfp.preprocessing import dtw_kernel  # noqa: PLC0415 - imports numba

    return TemplateMatch(
        distance=np.sqrt(np.where(np.isfinite(totals), totals, np.nan)),
        n_steps=rows.shape[1] - begins,
        effort=dtw_kernel.efforts_along(begins, rows, columns),
        warp=dtw_kernel.mean_matched_rows(begins, rows, columns, target.shape[1]),
    )


def warp_effort(path: DtwPath) -> float:
    """Measure how much warping a path needed: its mean distance from the straight path.

    Both time axes are scaled to 0..1, so 0 means no warping and 1 is out of reach. A series of
    a single sample leaves nothing to warp: 0.

    Parameters
    ----------
    path : DtwPath
        From `dtw`.

    Returns
    -------
    float
        ``mean |first/(n-1) - second/(m-1)|`` along the path, as a share of the duration.

    Examples
    --------
    >>> round(warp_effort(dtw([[0.0, 0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0, 0.0]], band=0.25)), 3)
    0.2
    """
    from hybridmfp.preprocessing import dtw_kernel  # noqa: PLC0415 - imports numba

    begins, rows, columns = np.zeros(1, np.intp), path.first[np.newaxis], path.second[np.newaxis]
    return float(dtw_kernel.efforts_along(begins, rows, columns)[0])


def warp_of(path: DtwPath) -> NDArray[np.float64]:
    """Say where in the first series each sample of the second is found.

    Parameters
    ----------
    path : DtwPath
        From ``dtw(trial, template)``.

    Returns
    -------
    array of float64, shape (m,)
        For each sample of the second series the mean of the samples of the first matched to it:
        fractional, never decreasing, between 0 and n - 1. `apply_warp` reads there.

    Examples
    --------
    >>> warp_of(dtw([[0.0, 0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0, 0.0]], band=0.25)).tolist()
    [0.5, 2.0, 3.0, 3.0]
    """
    from hybridmfp.preprocessing import dtw_kernel  # noqa: PLC0415 - imports numba

    begins, rows, columns = np.zeros(1, np.intp), path.first[np.newaxis], path.second[np.newaxis]
    warps = dtw_kernel.mean_matched_rows(begins, rows, columns, int(path.second[-1]) + 1)
    return np.asarray(warps[0])


def apply_warp(profiles: ArrayLike, warp: ArrayLike) -> NDArray[np.floating]:
    """Read profiles along a warp, so that what was recorded together stays together.

    A path found on one modality can so align another one recorded on the same clock and
    resampled to the same points.

    Parameters
    ----------
    profiles : array of float, shape (..., n_channels, n)
        Any unit; NaN marks a gap.
    warp : array of float, shape (m,) or (..., m)
        Positions in samples, 0 to n - 1, from `warp_of`: one warp for all, or one for each of the
        leading axes of `profiles`.

    Returns
    -------
    array of float, shape (..., n_channels, m)
        Linear interpolation between neighbours, in the type and unit of `profiles`. A position
        that needs a sample in a gap is a gap.

    Raises
    ------
    SignalError
        If `profiles` has fewer than two axes, the leading axes do not fit, or a position lies
        outside the samples.

    Examples
    --------
    >>> apply_warp([[0.0, 10.0, 20.0, 30.0]], [0.0, 0.5, 2.0, 3.0]).tolist()
    [[0.0, 5.0, 20.0, 30.0]]
    """
    block = _as_floats(profiles, "profiles")
    position = _as_floats(warp, "warp").astype(np.float64)
    _check_warp(block, position)
    last = block.shape[-1] - 1
    lower = np.floor(position).astype(np.intp)
    weight = (position - lower).astype(block.dtype)[..., np.newaxis, :]
    below = _take(block, lower)
    above = _take(block, np.minimum(lower + 1, last))
    mixed = (1 - weight) * below + weight * above
    warped: NDArray[np.floating] = np.where(weight == 0, below, mixed)  # a gap next door is no gap
    return warped


def band_reach(n: int, m: int, *, band: float | None) -> int:
    """Give the band in whole numbers: cell (i, j) is inside if ``|i (m-1) - j (n-1)| <= reach``.

    That is the definition under `dtw`, multiplied by ``min(n, m) - 1``: nothing is rounded.

    Raises
    ------
    SignalError
        If `band` is neither None nor between 0 and 1.

    Examples
    --------
    >>> band_reach(101, 101, band=0.1)  # 11 samples of 100 each way
    1100
    """
    if band is not None and not 0 <= band <= 1:
        raise SignalError(
            f"band must lie between 0 and 1, a share of the longer series; got {band:g}. "
            "Pass None for no band."
        )
    longer, shorter = max(n, m) - 1, min(n, m) - 1
    if band is None:
        return longer * shorter
    radius = math.ceil(round(band * (longer + 1), 9))  # 0.07 * 100 is 7.000000000000001
    return max(radius * shorter, longer // 2)


def checked_trials(trials: ArrayLike) -> NDArray[np.floating]:
    """Give trials back as an array of float, shape (n_trials, n_channels, n_points).

    Raises
    ------
    SignalError
        If the shape is another, an axis is empty, or a sample is infinite or not a number.

    Examples
    --------
    >>> checked_trials([[[1, 2, 3]]]).dtype
    dtype('float64')
    """
    block = _as_floats(trials, "trials")
    if block.ndim != 3 or 0 in block.shape:
        raise SignalError(
            "trials must be (n_trials, n_channels, n_points) with at least one of each; "
            f"got shape {block.shape}. Use trials[np.newaxis] for a single trial."
        )
    return block


def _align(
    trials: NDArray[np.float64], template: NDArray[np.float64], *, band: float | None
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    reach = band_reach(trials.shape[2], template.shape[1], band=band)
    from hybridmfp.preprocessing import dtw_kernel  # noqa: PLC0415 - imports numba

    return dtw_kernel.align_each(trials, template, reach)


def _as_floats(values: ArrayLike, name: str) -> NDArray[np.floating]:
    block = np.asarray(values)
    if block.dtype.kind not in "fiu":
        raise SignalError(f"{name} must hold real numbers, NaN for a gap; got {block.dtype}.")
    if block.dtype not in (np.float32, np.float64):
        block = block.astype(np.float64)
    if np.isinf(block).any():
        raise SignalError(
            f"{name} must be finite, with NaN for a gap; got {int(np.isinf(block).sum())} "
            "infinite values. Set them to NaN."
        )
    return block


def _checked_series(values: ArrayLike, name: str) -> NDArray[np.float64]:
    series = _as_floats(values, name)
    if series.ndim != 2 or 0 in series.shape:
        raise SignalError(
            f"{name} must be (n_channels, n_samples) with at least one of each; "
            f"got shape {series.shape}. Use {name}[np.newaxis] for a single channel."
        )
    return np.ascontiguousarray(series, dtype=np.float64)


def _check_same_channels(
    one: NDArray[np.float64], other: NDArray[np.float64], its_name: str, other_name: str
) -> None:
    if one.shape[0] != other.shape[0]:
        raise SignalError(
            f"{its_name} and {other_name} must have the same channels; "
            f"got {one.shape[0]} and {other.shape[0]}."
        )


def _check_warp(profiles: NDArray[np.floating], warp: NDArray[np.float64]) -> None:
    if profiles.ndim < 2 or 0 in profiles.shape[-2:]:
        raise SignalError(
            "profiles must be (..., n_channels, n_points) with at least one of the last two; "
            f"got shape {profiles.shape}. Use profiles[np.newaxis] for a single channel."
        )
    if warp.ndim == 0 or (warp.ndim > 1 and warp.shape[:-1] != profiles.shape[:-2]):
        raise SignalError(
            f"warp must be (m,) or {(*profiles.shape[:-2], 'm')}, one per leading axis of "
            f"profiles; got shape {warp.shape}."
        )
    last = profiles.shape[-1] - 1
    if not ((warp >= 0) & (warp <= last)).all():
        raise SignalError(
            f"warp must hold positions between 0 and {last}, the samples of profiles; "
            f"got {warp.min():g} to {warp.max():g}. Find it on series of the same length."
        )


def _take(profiles: NDArray[np.floating], at: NDArray[np.intp]) -> NDArray[np.floating]:
    if at.ndim == 1:
        return profiles[..., at]
    return np.take_along_axis(profiles, at[..., np.newaxis, :], axis=-1)
