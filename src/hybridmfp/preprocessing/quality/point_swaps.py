"""Marker points that exchange their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.point_jumps import Jump

__all__ = ["Swaps", "find_label_swaps"]

_Points = NDArray[np.float32]
_Pair = tuple[int, int]

_CLOSE = 0.35  # of their distance, by which points may miss each other's place
_NEIGHBOURS = 3
_LEAST_M = 0.008  # distance of two points whose line can be seen to turn round
_TURNED = -0.5  # cosine of the line before and after
_FEWEST_SEEN = 4


@dataclass(frozen=True, eq=False)
class Swaps:
    """Hold exchanges of labels.

    Attributes
    ----------
    share : array of float, shape (n_points,)
        Of the trial, for which a point stood in the place of another.
    partner : array of int, shape (n_points,)
        Which other one; -1 where none.
    left_over : list of list of Jump
        The jumps of each point that no exchange explains.
    """

    share: NDArray[np.float64]
    partner: NDArray[np.intp]
    left_over: list[list[Jump]]


def find_label_swaps(
    points: _Points, missing: NDArray[np.bool_], jumps: Sequence[Sequence[Jump]]
) -> Swaps:
    """Find points that exchange their labels.

    Neighbours: the line from one to the other turns round from one sample to the next while its
    middle stays where it is, which shows above the noise of each. Others: both jump into each
    other's place.

    Parameters
    ----------
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap.
    missing : array of bool, shape (n_points, n_samples)
    jumps : sequence of sequence of Jump
        Of each point.
    """
    n_points, _, n_samples = points.shape
    exchanges = {**_traded(points, jumps), **_turned(points, missing)}
    share = np.zeros(n_points)
    partner = np.full(n_points, -1, dtype=np.intp)
    explained: list[set[int]] = [set() for _ in range(n_points)]
    for (one, other), edges in exchanges.items():
        length = _exchanged_share(sorted(edges), n_samples)
        for point, with_whom in ((one, other), (other, one)):
            explained[point] |= edges
            if length > share[point]:
                share[point], partner[point] = length, with_whom
    left_over = [
        [jump for jump in mine if not any(jump.before <= at <= jump.after + 1 for at in known)]
        for mine, known in zip(jumps, explained, strict=True)
    ]
    return Swaps(share=share, partner=partner, left_over=left_over)


def _exchanged_share(at: Sequence[int], n_samples: int) -> float:
    """Give the share between exchanges there and back; the shorter part, because either is true."""
    edges = [*at] if len(at) % 2 == 0 else [*at, n_samples]
    length = sum(stop - start for start, stop in zip(edges[::2], edges[1::2], strict=True))
    share = length / n_samples
    return min(share, 1 - share) or share


def _near_pairs(points: _Points, missing: NDArray[np.bool_]) -> list[_Pair]:
    seen = ~missing
    there = np.flatnonzero(seen.sum(axis=1) >= _FEWEST_SEEN)
    if there.size < 2:
        return []
    sums = np.where(seen[there, np.newaxis], points[there], 0).sum(axis=-1)
    middles = sums / seen[there].sum(axis=1, keepdims=True)
    apart = np.linalg.norm(middles[:, np.newaxis] - middles, axis=-1)
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1)[:, :_NEIGHBOURS]
    pairs = {
        (int(min(one, other)), int(max(one, other)))
        for one, others in zip(there, there[nearest], strict=True)
        for other in others
        if one != other
    }
    return sorted(pairs)


def _turned(points: _Points, missing: NDArray[np.bool_]) -> dict[_Pair, set[int]]:
    """Give the samples from which on the line between two neighbours points the other way."""
    gappy: list[bool] = np.asarray(missing.any(axis=1)).tolist()
    found: dict[_Pair, set[int]] = {}
    whole: list[_Pair] = []
    for pair in _near_pairs(points, missing):
        if not (gappy[pair[0]] or gappy[pair[1]]):
            whole.append(pair)
            continue
        seen = np.flatnonzero(~(missing[pair[0]] | missing[pair[1]]))
        both = points[list(pair)][..., seen]
        turns = {int(seen[at]) for _, at in _turns(both, [(0, 1)])}
        if turns:
            found[pair] = turns
    for which, at in _turns(points, whole):
        found.setdefault(whole[which], set()).add(at)
    return found


def _turns(points: _Points, pairs: Sequence[_Pair]) -> list[tuple[int, int]]:
    """List the pairs, and the samples from which on the line between both turns round."""
    if not pairs or points.shape[-1] < _FEWEST_SEEN:
        return []
    ones, others = (points[list(side)] for side in zip(*pairs, strict=True))
    line = ones - others
    along = np.einsum("pit,pit->pt", line[..., 1:], line[..., :-1])
    squares = np.einsum("pit,pit->pt", line, line)
    longer = np.maximum(squares[:, 1:], squares[:, :-1])
    shorter = np.minimum(squares[:, 1:], squares[:, :-1])
    turned = (along < _TURNED * np.sqrt(longer * shorter)) & (shorter > _LEAST_M**2)
    turned &= shorter > (1 - _CLOSE) ** 2 * longer
    found = []
    for pair, at in np.argwhere(turned).tolist():
        middles = (ones[pair][:, at : at + 2] + others[pair][:, at : at + 2]) / 2
        moved = float(np.linalg.norm(middles[:, 1] - middles[:, 0]))
        if moved < _CLOSE * float(np.sqrt(shorter[pair, at])):
            found.append((pair, at + 1))
    return found


def _traded(points: _Points, jumps: Sequence[Sequence[Jump]]) -> dict[_Pair, set[int]]:
    """Pair jumps of two points at one time that land in each other's place."""
    jumping = [point for point, mine in enumerate(jumps) if mine]
    found: dict[_Pair, set[int]] = {}
    for at, one in enumerate(jumping):
        for other in jumping[at + 1 :]:
            samples = {
                jump.after
                for jump in jumps[one]
                if any(_trades(points, one, jump, other, answer) for answer in jumps[other])
            }
            if samples:
                found[one, other] = samples
    return found


def _trades(points: _Points, one: int, jump: Jump, other: int, answer: Jump) -> bool:
    if answer.before > jump.after or jump.before > answer.after:
        return False
    old_one, new_one = points[one][:, jump.before], points[one][:, jump.after]
    old_other, new_other = points[other][:, answer.before], points[other][:, answer.after]
    near = _CLOSE * float(np.linalg.norm(old_one - old_other))
    return (
        float(np.linalg.norm(new_one - old_other)) < near
        and float(np.linalg.norm(new_other - old_one)) < near
    )
