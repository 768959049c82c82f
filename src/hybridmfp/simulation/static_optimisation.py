"""Which muscles share a torque: as evenly as their strength allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hybridmfp.errors import SignalError

__all__ = ["TORQUE_SCALE_NM", "static_optimisation"]

_Loop = TypeVar("_Loop", bound=Callable[..., object])
_Floats = NDArray[np.float64]

TORQUE_SCALE_NM = (8.0, 8.0, 5.0, 5.0, 2.0, 4.0, 1.5)
"""What counts as a large torque about each of `ARM_ANGLES`, in N m; an assumption."""

_CLOSE = 1e-9  # to zero is how wrong the missing torque may be, as a share of the largest
_LEAST_EFFORT = 1e-3
_LEVEL = 1e-6  # slope left after a step that needs no search, as a share of the slope before
_MOST_STEPS = 100  # about 5 are needed, 24 in the worst of thousands of random problems


def static_optimisation(
    capacity: _Floats,
    torque: _Floats,
    *,
    scale_nm: tuple[float, ...] = TORQUE_SCALE_NM,
    effort: float = 0.06,
    lowest: float = 0.004,
) -> _Floats:
    """Say how active each muscle is if the torques are produced with the least effort.

    In every frame the activations ``x`` between `lowest` and 1 minimise ``|A x - b|² +
    effort |x|²``, with the capacities ``A`` and the torques ``b`` in units of `scale_nm`. The
    minimum is found exactly: by its optimality conditions ``x`` is ``Aᵀ r / effort``, cut off at
    its limits, where ``r`` is what is missing of the torques. That leaves as many unknowns as
    there are joints, and Newton's method finds them in a few steps.

    Parameters
    ----------
    capacity : array of float, shape (n_frames, n_groups, n_joints)
        Torque per unit activation, in N m.
    torque : array of float, shape (n_joints, n_frames)
        Torques to produce, in N m.
    scale_nm : tuple of float
        A miss of this size counts as much at one joint as at another.
    effort : float, default 0.06
        Price of activity: the smaller, the closer the torques are met. An assumption.
    lowest : float, default 0.004
        Least activation, at least 0 and less than 1; an assumption.

    Returns
    -------
    array of float, shape (n_frames, n_groups)

    Raises
    ------
    SignalError
        If the shapes do not fit together, something is not finite, or a setting breaks its rule.

    References
    ----------
    Crowninshield, R. D. & Brand, R. A. (1981). A physiologically based criterion of muscle force
    prediction in locomotion. *J Biomech* 14:793-801. doi:10.1016/0021-9290(81)90035-X

    Qi, L. & Sun, J. (1993). A nonsmooth version of Newton's method. *Math Program* 58:353-367.
    doi:10.1007/BF01581275

    Examples
    --------
    Two muscles, of which the second is twice as strong, share 3 N m:

    >>> import numpy as np
    >>> capacity = np.array([[[5.0], [10.0]]])
    >>> shared = static_optimisation(
    ...     capacity, np.array([[3.0]]), scale_nm=(1.0,), effort=1e-3, lowest=0.0
    ... )
    >>> shared.round(4).tolist()  # activation goes with strength
    [[0.12, 0.24]]
    """
    _check_shapes(capacity, torque, scale_nm)
    if not 0 <= lowest < 1:
        raise SignalError(f"lowest must be at least 0 and less than 1; got {lowest:g}.")
    if not _LEAST_EFFORT <= effort < np.inf:
        raise SignalError(
            f"effort must be at least {_LEAST_EFFORT:g}, or rounding decides; got {effort:g}."
        )
    scales = np.array(scale_nm)
    activation, converged = _solve_frames(
        np.ascontiguousarray(capacity / scales), np.ascontiguousarray(torque.T / scales), effort,
        lowest,
    )  # fmt: skip
    if not converged:
        raise SignalError(
            f"activations must be found within {_MOST_STEPS} steps, but were not; the largest "
            f"torque is {np.abs(torque).max():g} N m. Check units, or raise effort={effort:g}."
        )
    return activation


def _check_shapes(capacity: _Floats, torque: _Floats, scale_nm: tuple[float, ...]) -> None:
    if capacity.ndim != 3 or torque.shape != (capacity.shape[2], capacity.shape[0]):
        raise SignalError(
            "capacity must be (n_frames, n_groups, n_joints) and torque (n_joints, n_frames); "
            f"got {capacity.shape} and {torque.shape}."
        )
    if len(scale_nm) != len(torque) or min(scale_nm) <= 0:
        raise SignalError(
            f"scale_nm must be one number above 0 for each of {len(torque)} joints; got {scale_nm}."
        )
    if not (np.isfinite(capacity).all() and np.isfinite(torque).all()):
        raise SignalError("capacity and torque must be finite; got NaN or infinity.")


def _compiled(loop: _Loop) -> _Loop:
    # No fastmath: sums keep their order, so results are the same on every machine.
    return cast("_Loop", njit(cache=True, nogil=True, error_model="numpy")(loop))


@_compiled
def _solve_frames(
    capacity: _Floats, torque: _Floats, effort: float, lowest: float
) -> tuple[_Floats, bool]:
    """Solve frame after frame, each from what the one before had missing."""
    n_frames, n_groups, n_joints = capacity.shape
    activation = np.empty((n_frames, n_groups))
    missing, gap, step = np.zeros(n_joints), np.empty(n_joints), np.empty(n_joints)
    curvature = np.empty((n_joints, n_joints))
    shares = np.empty(2 * n_groups)
    converged = True
    for frame in range(n_frames):
        pull, asked, active = capacity[frame], torque[frame], activation[frame]
        close = _CLOSE * (1.0 + np.max(np.abs(asked)))
        _activate(pull, asked, missing, effort, lowest, active, gap)
        steps = 0
        while np.max(np.abs(gap)) > close and steps < _MOST_STEPS:
            _newton_step(pull, effort, lowest, active, gap, curvature, step)
            share = _best_share(pull, asked, missing, effort, lowest, step, shares)
            for joint in range(n_joints):
                missing[joint] += share * step[joint]
            _activate(pull, asked, missing, effort, lowest, active, gap)
            steps += 1
        converged = converged and steps < _MOST_STEPS
    return activation, converged


@_compiled
def _activate(
    pull: _Floats,
    asked: _Floats,
    missing: _Floats,
    effort: float,
    lowest: float,
    active: _Floats,
    gap: _Floats,
) -> None:
    """Fill in the activations that go with what is missing, and by how much that is wrong."""
    n_groups, n_joints = pull.shape
    for joint in range(n_joints):
        gap[joint] = missing[joint] - asked[joint]
    for group in range(n_groups):
        wanted = 0.0
        for joint in range(n_joints):
            wanted += pull[group, joint] * missing[joint]
        active[group] = min(max(wanted / effort, lowest), 1.0)
        for joint in range(n_joints):
            gap[joint] += pull[group, joint] * active[group]


@_compiled
def _best_share(
    pull: _Floats,
    asked: _Floats,
    missing: _Floats,
    effort: float,
    lowest: float,
    step: _Floats,
    shares: _Floats,
) -> float:
    """Find how far to follow a step: to where the convex dual function stops to fall.

    Its slope along the step grows in straight pieces that end where a muscle meets a limit, so
    the piece that crosses zero is found by bisection, and the crossing within it exactly.
    """
    n_groups, n_joints = pull.shape
    levels, rates = np.zeros(n_groups), np.zeros(n_groups)
    start, bend = 0.0, 0.0
    for joint in range(n_joints):
        start += (missing[joint] - asked[joint]) * step[joint]
        bend += step[joint] * step[joint]
        for group in range(n_groups):
            levels[group] += pull[group, joint] * missing[joint] / effort
            rates[group] += pull[group, joint] * step[joint] / effort
    low = _slope(0.0, start, bend, levels, rates, effort, lowest)
    if abs(_slope(1.0, start, bend, levels, rates, effort, lowest)) <= _LEVEL * abs(low):
        return 1.0  # no limit in the way
    for group in range(n_groups):
        turn = rates[group]
        shares[2 * group] = (lowest - levels[group]) / turn if turn != 0.0 else 0.0
        shares[2 * group + 1] = (1.0 - levels[group]) / turn if turn != 0.0 else 0.0
    shares.sort()
    first, last = 0, len(shares)
    before, after = 0.0, np.inf
    while first < last:
        middle = (first + last) // 2
        share = shares[middle]
        if share <= 0.0 or _slope(share, start, bend, levels, rates, effort, lowest) < 0.0:
            first, before = middle + 1, max(share, 0.0)
        else:
            last, after = middle, share
    if after == np.inf:
        after = before + 1.0  # beyond the last limit the piece has no end
    low = _slope(before, start, bend, levels, rates, effort, lowest)
    high = _slope(after, start, bend, levels, rates, effort, lowest)
    return before - low * (after - before) / (high - low)


@_compiled
def _slope(
    share: float,
    start: float,
    bend: float,
    levels: _Floats,
    rates: _Floats,
    effort: float,
    lowest: float,
) -> float:
    """Give the slope of the dual function after a share of a step."""
    slope = start + share * bend
    for group in range(len(levels)):
        level = min(max(levels[group] + share * rates[group], lowest), 1.0)
        slope += effort * rates[group] * level
    return slope


@_compiled
def _newton_step(
    pull: _Floats,
    effort: float,
    lowest: float,
    active: _Floats,
    gap: _Floats,
    curvature: _Floats,
    step: _Floats,
) -> None:
    """Step to where the gap would close if no muscle met or left a limit on the way."""
    n_groups, n_joints = pull.shape
    curvature[:] = np.eye(n_joints)
    for group in range(n_groups):
        if lowest < active[group] < 1.0:
            for row in range(n_joints):
                for column in range(row + 1):
                    curvature[row, column] += pull[group, row] * pull[group, column] / effort
    step[:] = -gap
    _solve_in_place(curvature, step)


@_compiled
def _solve_in_place(matrix: _Floats, vector: _Floats) -> None:
    """Solve a positive definite system by Cholesky; uses and overwrites the lower triangle."""
    size = len(vector)
    for row in range(size):
        for column in range(row + 1):
            left = matrix[row, column]
            for inner in range(column):
                left -= matrix[row, inner] * matrix[column, inner]
            matrix[row, column] = np.sqrt(left) if row == column else left / matrix[column, column]
    for row in range(size):
        for inner in range(row):
            vector[row] -= matrix[row, inner] * vector[inner]
        vector[row] /= matrix[row, row]
    for row in range(size - 1, -1, -1):
        for inner in range(row + 1, size):
            vector[row] -= matrix[inner, row] * vector[inner]
        vector[row] /= matrix[row, row]
