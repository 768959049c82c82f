"""The hybrid: what networks learned from signals, with named features, in one stack."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import orthogonal_procrustes
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import EvaluationError
from hybridmfp.models.elastic_net_ensemble import ElasticNetEnsemble
from hybridmfp.models.fusion_settings import FEWEST_SUBJECTS
from hybridmfp.models.hybrid_rows import HybridRows, as_networked
from hybridmfp.models.inner_folds import inner_folds
from hybridmfp.models.not_kept import check_complete

__all__ = ["ESTIMATE", "HybridRegressor"]

ESTIMATE = "network.estimate"
"""Name of the network's estimate among the columns of the stack."""

_PULL = 1e-6  # of turns to no turn, as a share of the mean size of an axis


class HybridRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Stack networks that saw the signals on an ensemble that sees named features.

    Networks are trained in inner folds grouped by subject, each without one part of the
    training subjects. What a network says about the part it never met – its estimate and its
    embedding – becomes columns beside the named features, and elastic net, principal
    components and the stacked ensemble learn from them; the estimate is a member of the stack
    as well. A new person is described by all networks, on average. Embeddings of different
    networks are turned onto the first one's axes (orthogonal Procrustes on the sessions that each
    was trained on; those it never met take no part, or the first one, which met them, could tell).

    Where an inner fold would leave fewer than 5 subjects to train on, no network is trained: the
    ensemble of named features stands alone, and `fallback_` says so.

    Parameters
    ----------
    network : regressor
        Learns from sessions; has `estimate_and_embed`. Such as `FusionRegressor`.
    ensemble : ElasticNetEnsemble
        Its `prepare` turns sessions into named features.
    n_folds : int, default 4
        Inner folds, and so networks.

    Attributes
    ----------
    networks_ : list
        The fitted networks; empty where they were not trained.
    turns_ : list of array of float, shape (width, width)
        The rotation of each network's embedding onto the axes of the first one.
    stack_ : ElasticNetEnsemble
    fallback_ : str or None
        What stands in for the whole, and why.

    References
    ----------
    Schönemann, P. H. (1966). *Psychometrika* 31:1-10. doi:10.1007/BF02289451
    """

    def __init__(self, *, network: Any, ensemble: ElasticNetEnsemble, n_folds: int = 4) -> None:
        self.network = network
        self.ensemble = ensemble
        self.n_folds = n_folds

    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Learn from rated sessions.

        Parameters
        ----------
        X : array of SessionDigest, shape (n_sessions,)
        y : array of float, shape (n_sessions,)
            Scores, in points.
        groups : array, shape (n_sessions,), optional
            The subject of each session; by default what the sessions say.

        Raises
        ------
        EvaluationError
            If lengths differ.
        SettingsError
            If the model is from a file that leaves out what it was first fitted with.
        """
        check_complete(self)
        scores = np.asarray(y, dtype=np.float64)
        if scores.shape != (len(X),):
            raise EvaluationError(
                f"y must have one score for each of the {len(X)} sessions; got {scores.shape}."
            )
        whose = np.array([one.subject for one in X] if groups is None else groups)
        n_subjects = len(np.unique(whose))
        self.networks_: list[Any] = []
        self.turns_: list[NDArray[np.float64]] = []
        self.fallback_: str | None = None
        n_left_out = -(-n_subjects // min(self.n_folds, max(n_subjects, 1)))
        if n_subjects - n_left_out < FEWEST_SUBJECTS:
            self.fallback_ = (
                "the ensemble of named features alone, because a network needs "
                f"{FEWEST_SUBJECTS} training subjects in every one of {self.n_folds} inner folds "
                f"and there were {n_subjects} in all"
            )
            self.stack_ = clone(self.ensemble).fit(X, scores, whose)
            return self
        said = self._trained(X, scores, whose)
        columns = (ESTIMATE, *(f"network.embedding.{at}" for at in range(said.shape[1] - 1)))
        self.stack_ = clone(self.ensemble).set_params(
            prepare=HybridRows(rows=self.ensemble.prepare, columns=columns), estimates=(ESTIMATE,)
        )
        self.stack_.fit(as_networked(X, said), scores, whose)
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Estimate scores, shape (n_sessions,), in points, clipped to the scale."""
        check_is_fitted(self, "stack_")
        if not self.networks_:
            points: NDArray[np.float64] = self.stack_.predict(X)
            return points
        estimated: NDArray[np.float64] = self.stack_.predict(as_networked(X, self._said(X)))
        return estimated

    def embed(self, X: Any) -> NDArray[np.float64]:
        """Give the mean embedding of the networks, on the axes of the first one.

        Raises
        ------
        EvaluationError
            If no network was trained.
        """
        self._demand_networks()
        return self._said(X)[:, 1:]

    def predict_items(self, X: Any) -> NDArray[np.float64]:
        """Give the mean over the networks of the points of each item.

        They sum to the networks' estimate, not to that of the whole stack.

        Raises
        ------
        EvaluationError
            If no network was trained, or no items were rated in training.
        """
        self._demand_networks()
        found = [network.predict_items(X) for network in self.networks_]
        return np.asarray(np.mean(found, axis=0), dtype=np.float64)

    def _trained(
        self, X: Any, scores: NDArray[np.float64], whose: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Train the networks and give what each says about those it has not met."""
        folds = inner_folds(len(scores), whose, n_folds=self.n_folds)
        embedded, estimated = [], []
        for train, _ in folds:
            network = clone(self.network).fit(X[train], scores[train], whose[train])
            self.networks_.append(network)
            points, embedding = network.estimate_and_embed(X)
            embedded.append(embedding)
            estimated.append(points)
        # The first network met most of those that the others did not: a turn that fits their
        # embeddings to its own would tell their scores. So they take no part in it.
        self.turns_ = [
            _turn(one[train], embedded[0][train])
            for one, (train, _) in zip(embedded, folds, strict=True)
        ]
        said = np.empty((len(scores), 1 + embedded[0].shape[1]))
        for at, (_, test) in enumerate(folds):
            said[test, 0] = estimated[at][test]
            said[test, 1:] = embedded[at][test] @ self.turns_[at]
        return said

    def _said(self, X: Any) -> NDArray[np.float64]:
        said = []
        for network, turn in zip(self.networks_, self.turns_, strict=True):
            points, embedding = network.estimate_and_embed(X)
            said.append(np.column_stack([points, embedding @ turn]))
        return np.asarray(np.mean(said, axis=0), dtype=np.float64)

    def _demand_networks(self) -> None:
        check_is_fitted(self, "stack_")
        if not self.networks_:
            raise EvaluationError(
                f"networks must have been trained to be asked; this model is {self.fallback_}. "
                "Rate more persons."
            )


def _turn(embedding: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the rotation of the axes that brings one embedding closest to another one.

    Directions in which the persons do not differ are left as they are: networks that started
    from the same weights have nearly the same axes.
    """
    width = onto.shape[1]
    pull = np.sqrt(_PULL * np.sum(onto**2) / width) * np.eye(width)
    turned = orthogonal_procrustes(np.vstack([embedding, pull]), np.vstack([onto, pull]))[0]
    return np.asarray(turned, dtype=np.float64)
