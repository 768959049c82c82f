"""The loops of dynamic time warping, compiled: only the cells of the band are ever touched.

Everything here trusts its caller: arrays are float64, contiguous, free of infinities, and agree
in channels. `hybridmfp.preprocessing.dtw` checks that. Importing this module imports numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["align_each", "average_matched", "efforts_along", "mean_matched_rows"]

_Loop = TypeVar("_Loop", bound=Callable[..., object])
_Floats = NDArray[np.float64]
_Indices = NDArray[np.intp]
_Room = tuple[NDArray[np.int8], _Indices, _Floats, _Floats, _Floats]

_BOTH, _DOWN, _ACROSS = 0, 1, 2  # what the step into a cell advanced: both, the row, the column


def _compiled(loop: _Loop) -> _Loop:
    # No fastmath: sums keep their order, so results are the same on every machine.
    return cast("_Loop", njit(cache=True, nogil=True, error_model="numpy")(loop))


@_compiled
def _make_room(n_rows: int, n_columns: int, reach: int) -> _Room:
    """Reserve what one alignment needs, so that many can share it.

    Steps into each cell of the band, first column of each row of the band, accumulated costs of
    two rows, local costs and best predecessors of one row.
    """
    width = n_columns if n_rows == 1 else min(n_columns, 2 * reach // (n_rows - 1) + 1)
    return (
        np.empty((n_rows, width), np.int8),
        np.empty(n_rows, np.intp),
        np.empty((2, n_columns + 1)),
        np.empty(width),
        np.empty(width),
    )


@_compiled
def _band_columns(row: int, n_rows: int, n_columns: int, reach: int) -> tuple[int, int]:
    """Give the first column and the number of columns with |i (m-1) - j (n-1)| <= reach."""
    if n_rows == 1:
        return 0, n_columns
    centre = row * (n_columns - 1)
    start = max(0, -((reach - centre) // (n_rows - 1)))
    stop = min(n_columns - 1, (centre + reach) // (n_rows - 1))
    return start, stop - start + 1


@_compiled
def _price(first: _Floats, row: int, second: _Floats, start: int, cost: _Floats) -> None:
    """Write the local costs of one row of the band, from column `start` on."""
    cost[:] = 0.0
    for channel in range(first.shape[0]):
        value = first[channel, row]
        others = second[channel, start : start + cost.size]
        for at in range(cost.size):
            apart = value - others[at]
            cost[at] += apart * apart


@_compiled
def _price_known(
    first: _Floats, row: int, second: _Floats, start: int, cost: _Floats, known: _Floats
) -> None:
    """Write the same from the channels valid in both, scaled up to all, and count those."""
    cost[:] = 0.0
    known[:] = 0.0
    for channel in range(first.shape[0]):
        value = first[channel, row]
        others = second[channel, start : start + cost.size]
        for at in range(cost.size):
            apart = value - others[at]
            is_known = apart == apart  # false for NaN alone; unlike isnan it vectorises
            cost[at] += apart * apart if is_known else 0.0
            known[at] += 1.0 if is_known else 0.0
    for at in range(cost.size):
        cost[at] *= first.shape[0] / max(known[at], 1.0)


@_compiled
def _charge(toll: float, cost: _Floats, known: _Floats) -> None:
    for at in range(cost.size):
        cost[at] = toll if known[at] == 0 else cost[at]


@_compiled
def _straight_cost(first: _Floats, second: _Floats) -> float:
    """Average the known local costs on the straight path; NaN if none is known."""
    n_rows, n_columns = first.shape[1], second.shape[1]
    longer, shorter = max(n_rows, n_columns) - 1, min(n_rows, n_columns) - 1
    total, n_known = 0.0, 0
    cost, known = np.empty(1), np.empty(1)
    for at in range(longer + 1):
        nearest = (2 * at * shorter + longer) // (2 * longer) if longer > 0 else 0
        row, column = (at, nearest) if n_rows >= n_columns else (nearest, at)
        _price_known(first, row, second, column, cost, known)
        if known[0] > 0:
            total += cost[0]
            n_known += 1
    return total / n_known if n_known > 0 else np.nan


@_compiled
def _has_gap(series: _Floats) -> bool:
    n_gaps = 0
    for value in series.ravel():  # to the end: counting vectorises, stopping early does not
        n_gaps += np.isnan(value)
    return n_gaps > 0


@_compiled
def _step_through(
    above: _Floats, here: _Floats, cost: _Floats, before: _Floats, steps: NDArray[np.int8]
) -> None:
    """Extend the best paths by one row. On a tie the diagonal wins, then the row above.

    `above` starts one column to the left of `here`. The first loop vectorises, so that little
    is left for the second, which cannot.
    """
    diagonal, upper = above[:-1], above[1:]
    for at in range(here.size):
        is_down = upper[at] < diagonal[at]
        before[at] = upper[at] if is_down else diagonal[at]
        steps[at] = _DOWN if is_down else _BOTH
    left = np.inf
    for at in range(here.size):
        steps[at] = _ACROSS if left < before[at] else steps[at]
        left = min(left, before[at]) + cost[at]
        here[at] = left


@_compiled
def _accumulate(first: _Floats, second: _Floats, reach: int, room: _Room) -> float:
    """Fill the steps of the band row by row and give the cost of the best path."""
    steps, starts, totals, costs, befores = room[0], room[1], room[2], room[3], room[4]
    n_rows, n_columns = first.shape[1], second.shape[1]
    has_gaps = _has_gap(first) or _has_gap(second)
    toll = _straight_cost(first, second) if has_gaps else 0.0
    if np.isnan(toll):
        return np.nan
    totals[:] = np.inf
    totals[1, 0] = 0.0  # the corner before the first cell
    for row in range(n_rows):
        start, width = _band_columns(row, n_rows, n_columns, reach)
        starts[row] = start
        stop = start + width
        cost, before = costs[:width], befores[:width]
        if has_gaps:
            _price_known(first, row, second, start, cost, before)
            _charge(toll, cost, before)
        else:
            _price(first, row, second, start, cost)
        above, here = totals[(row + 1) % 2], totals[row % 2]
        here[start] = np.inf
        _step_through(
            above[start : stop + 1], here[start + 1 : stop + 1], cost, before, steps[row, :width]
        )
    return totals[(n_rows - 1) % 2, n_columns]  # type: ignore[no-any-return]


@_compiled
def _rewind(room: _Room, rows: _Indices, columns: _Indices) -> int:
    """Walk back from the last cell; the path fills the end of `rows`, from where we say."""
    steps, starts, n_columns = room[0], room[1], room[2].shape[1] - 1
    row, column, at = starts.size - 1, n_columns - 1, rows.size - 1
    rows[at], columns[at] = row, column
    while row > 0 or column > 0:
        step = steps[row, column - starts[row]]
        row -= step != _ACROSS
        column -= step != _DOWN
        at -= 1
        rows[at], columns[at] = row, column
    return at


@_compiled
def align_each(
    trials: _Floats, template: _Floats, reach: int
) -> tuple[_Floats, _Indices, _Indices, _Indices]:
    """Align every trial with the template.

    Gives, per trial, the summed cost of the best path, where its path starts, and the rows and
    columns of the path, up to the end. The sum is NaN where the straight path meets no channel
    valid in both, infinite on overflow; then the path is empty.
    """
    n_trials, longest = trials.shape[0], trials.shape[2] + template.shape[1] - 1
    room = _make_room(trials.shape[2], template.shape[1], reach)
    totals = np.empty(n_trials)
    begins = np.empty(n_trials, np.intp)
    rows = np.empty((n_trials, longest), np.intp)
    columns = np.empty((n_trials, longest), np.intp)
    for trial in range(n_trials):
        totals[trial] = _accumulate(trials[trial], template, reach, room)
        if np.isfinite(totals[trial]):
            begins[trial] = _rewind(room, rows[trial], columns[trial])
        else:
            begins[trial] = longest
    return totals, begins, rows, columns


@_compiled
def efforts_along(begins: _Indices, rows: _Indices, columns: _Indices) -> _Floats:
    """Average how far each path strays from the diagonal, both axes scaled to 0..1."""
    efforts = np.full(begins.size, np.nan)
    for trial in range(begins.size):
        path = range(begins[trial], rows.shape[1])
        if len(path) == 0:
            continue
        strayed = 0.0
        last_row, last_column = rows[trial, -1], columns[trial, -1]
        if last_row > 0 and last_column > 0:
            for at in path:
                strayed += abs(rows[trial, at] / last_row - columns[trial, at] / last_column)
        efforts[trial] = strayed / len(path)
    return efforts


@_compiled
def mean_matched_rows(
    begins: _Indices, rows: _Indices, columns: _Indices, n_columns: int
) -> _Floats:
    """Average, for each path and each column, the rows visited there; NaN for an empty path."""
    sums = np.zeros((begins.size, n_columns))
    visits = np.zeros((begins.size, n_columns))
    for trial in range(begins.size):
        for at in range(begins[trial], rows.shape[1]):
            sums[trial, columns[trial, at]] += rows[trial, at]
            visits[trial, columns[trial, at]] += 1
    return sums / visits


@_compiled
def _add_matched(
    sample: _Floats, mean: _Floats, column: int, sums: _Floats, weights: _Floats
) -> None:
    """Add one instant of a trial to a point of `mean`, channels valid in both alone."""
    n_known = 0
    for channel in range(sample.size):
        n_known += not np.isnan(sample[channel] - mean[channel, column])
    for channel in range(sample.size):
        if not np.isnan(sample[channel] - mean[channel, column]):
            sums[channel, column] += sample.size / n_known * sample[channel]
            weights[channel, column] += sample.size / n_known


@_compiled
def average_matched(
    trials: _Floats, mean: _Floats, begins: _Indices, rows: _Indices, columns: _Indices
) -> _Floats:
    """Average, for each point of `mean`, the samples of all trials matched to it.

    A sample weighs what it weighs in the local cost. A point of `mean` that is a gap, or is
    matched to gaps only, stays what it is.
    """
    sums, weights, averaged = np.zeros(mean.shape), np.zeros(mean.shape), mean.copy()
    for trial in range(begins.size):
        for at in range(begins[trial], rows.shape[1]):
            sample = trials[trial, :, rows[trial, at]]
            _add_matched(sample, mean, columns[trial, at], sums, weights)
    for channel in range(mean.shape[0]):
        for column in range(mean.shape[1]):
            if weights[channel, column] > 0:
                averaged[channel, column] = sums[channel, column] / weights[channel, column]
    return averaged
