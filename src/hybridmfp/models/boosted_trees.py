"""Gradient-boosted regression trees as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor

from hybridmfp.errors import ReadError
from hybridmfp.models.array_rules import checked_array, checked_number

__all__ = ["BoostedTrees", "boosted_trees"]

_LEAF = -1


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """Add up what many small trees say: ``start + rate · Σ leaf``.

    The nodes of all trees stand one after the other, each tree from its root on, and a child
    always behind its parent: whatever the numbers are, a row reaches a leaf.

    Attributes
    ----------
    start, rate : float
    n_columns : int
        How many components the trees were grown on.
    roots : array of int64, shape (n_trees,)
        First node of each tree, ascending from 0.
    left, right : array of int64, shape (n_nodes,)
        Where a row goes on whose component is at most the threshold, or above; -1 at a leaf.
    column : array of int64, shape (n_nodes,)
        The component that is looked at; 0 at a leaf.
    threshold : array of float, shape (n_nodes,)
        Compared with the component in 32 bits, as when the trees were grown; 0 at a leaf.
    value : array of float, shape (n_nodes,)
        What a leaf says.
    """

    start: float
    rate: float
    n_columns: int
    roots: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    column: NDArray[np.int64]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]

    def __post_init__(self) -> None:
        checked_number(self.start, "the start of trees")
        checked_number(self.rate, "the rate of trees")
        if type(self.n_columns) is not int or self.n_columns < 1:
            raise _broken("n_columns", "a whole number from 1 on")
        n_nodes = len(np.atleast_1d(self.value))
        for name in ("left", "right", "column"):
            self._hold(name, shape=[n_nodes], dtype=np.int64)
        for name in ("threshold", "value"):
            self._hold(name, shape=[n_nodes])
        self._hold("roots", shape=[None], dtype=np.int64)
        self._check_nodes(n_nodes)

    def _hold(self, name: str, **rules: Any) -> None:
        object.__setattr__(
            self, name, checked_array(getattr(self, name), f"{name} of trees", **rules)
        )

    def _check_nodes(self, n_nodes: int) -> None:
        steps = np.diff(self.roots, append=n_nodes)
        if len(self.roots) == 0 or self.roots[0] != 0 or (steps < 1).any():
            raise _broken("roots", "ascend from 0 and stay below the number of nodes")
        ends = np.repeat(self.roots + steps, steps)
        here = np.arange(n_nodes)
        leaf = self.left == _LEAF
        for child in (self.left, self.right):
            inside = (child > here) & (child < ends)
            if not np.where(leaf, child == _LEAF, inside).all():
                raise _broken("children", "lie behind their parent in the same tree, or both be -1")
        parents = np.bincount(
            np.concatenate([self.left[~leaf], self.right[~leaf], self.roots]), minlength=n_nodes
        )
        if (parents != 1).any():
            raise _broken("nodes", "have one parent each, or none if they are a root")
        if ((self.column < 0) | (self.column >= self.n_columns)).any():
            raise _broken("columns", f"lie between 0 and {self.n_columns - 1}")

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give scores, shape (n_rows,), of rows, shape (n_rows, n_columns)."""
        coarse = rows.astype(np.float32)
        node = np.tile(self.roots, (len(rows), 1))
        mine = np.arange(len(rows))[:, np.newaxis]
        while True:
            inner = self.left[node] != _LEAF
            if not inner.any():
                break
            below = coarse[mine, self.column[node]] <= self.threshold[node]
            child = np.where(below, self.left[node], self.right[node])
            node = np.where(inner, child, node)
        scores: NDArray[np.float64] = self.start + self.rate * self.value[node].sum(axis=1)
        return scores


def boosted_trees(model: GradientBoostingRegressor) -> BoostedTrees:
    """Take the trees out of a fitted model of scikit-learn, with the squared error as loss."""
    trees = [one.tree_ for one in model.estimators_[:, 0]]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    left, right = (
        np.concatenate(
            [
                np.where(child == _LEAF, _LEAF, child + root)
                for child, root in zip(children, roots, strict=True)
            ]
        ).astype(np.int64)
        for children in (
            [tree.children_left for tree in trees],
            [tree.children_right for tree in trees],
        )
    )
    leaf = left == _LEAF
    column = np.concatenate([tree.feature for tree in trees])
    threshold = np.concatenate([tree.threshold for tree in trees])
    return BoostedTrees(
        start=float(np.ravel(model.init_.constant_)[0]),
        rate=float(model.learning_rate),
        n_columns=int(model.n_features_in_),
        roots=roots.astype(np.int64),
        left=left,
        right=right,
        column=np.where(leaf, 0, column).astype(np.int64),
        threshold=np.where(leaf, 0.0, threshold),
        value=np.concatenate([tree.value[:, 0, 0] for tree in trees]),
    )


def _broken(name: str, rule: str) -> ReadError:
    return ReadError(
        f"{name} of boosted trees must {rule}; they do not. The model is damaged: fit it anew."
    )
