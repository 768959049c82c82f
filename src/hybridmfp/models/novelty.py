"""How far a session lies from everything a model has learned from."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import EvaluationError
from hybridmfp.models.inner_folds import inner_folds

__all__ = ["NoveltyDetector"]

_FEWEST = 5  # subjects, below which nothing is known of what is usual
_PULL = 0.01  # of the components to the mean, where little was seen
_LARGEST_Z = 20.0  # standard deviations beyond which a feature is no stranger


class NoveltyDetector(BaseEstimator):  # type: ignore[misc]
    """Measure how strange a session is among those of the training persons.

    Named features are standardised and split in two by principal components: how unusual a
    session is *within* the ways in which people differ (Hotelling's T²), and how much of it no
    such way explains (the squared prediction error Q). Novelty is the mean of both, each in
    units of its median over persons left out in turn: 1 is an ordinary new person. Features that
    a session lacks do not count; what is missing widens intervals instead.

    Parameters
    ----------
    prepare : transformer
        Turns sessions into rows of named features; such as `SessionRows`.
    explained : float, default 0.8
        Share of the variance that the principal components keep.
    margin : float, default 1.5
        The limit lies so many times above the largest novelty of a training person left out, of
        the 99 % that are least strange.
    n_folds : int, default 5
        Inner folds, grouped by subject.

    Attributes
    ----------
    rows_ : transformer
        `prepare`, fitted.
    left_out_ : array of float, shape (n_sessions,)
        Novelty of each training session, seen without its person.
    limit_ : float
        Novelty above which an estimate must not be trusted.

    References
    ----------
    Jackson, J. E., & Mudholkar, G. S. (1979). Control procedures for residuals associated with
    principal component analysis. Technometrics 21(3). doi:10.1080/00401706.1979.10489779

    Nelson, P. R. C., Taylor, P. A., & MacGregor, J. F. (1996). Missing data methods in PCA and PLS:
    score calculations with incomplete observations. Chemometr Intell Lab Syst 35(1).
    doi:10.1016/S0169-7439(96)00007-X
    """

    def __init__(
        self, *, prepare: Any, explained: float = 0.8, margin: float = 1.5, n_folds: int = 5
    ) -> None:
        self.prepare = prepare
        self.explained = explained
        self.margin = margin
        self.n_folds = n_folds

    def fit(self, X: Any, y: Any = None, groups: ArrayLike | None = None) -> Self:  # noqa: ARG002
        """Learn what is usual; scores are not looked at.

        Parameters
        ----------
        X : array of SessionDigest, shape (n_sessions,)
        y : ignored
        groups : array, shape (n_sessions,), optional
            The subject of each session.

        Raises
        ------
        EvaluationError
            If there are fewer than 5 subjects.
        """
        whose = np.arange(len(X)) if groups is None else np.asarray(groups)
        n_subjects = len(np.unique(whose))
        if n_subjects < _FEWEST:
            raise EvaluationError(
                f"what is usual can be learned from at least {_FEWEST} subjects; got {n_subjects}. "
                "Record more persons."
            )
        parts = np.empty((len(X), 2))
        for train, test in inner_folds(len(X), whose, n_folds=self.n_folds):
            rows = clone(self.prepare)
            front = _Front.learn(rows.fit_transform(X[train]), self.explained)
            parts[test] = front.measure(rows.transform(X[test]))
        self.rows_ = clone(self.prepare)
        front = _Front.learn(self.rows_.fit_transform(X), self.explained)
        self.mean_, self.scale_ = front.mean, front.scale
        self.components_, self.variance_ = front.components, front.variance
        self.usual_ = np.median(parts, axis=0)
        self.left_out_ = (parts / self.usual_).mean(axis=1)
        self.limit_ = self.margin * float(np.quantile(self.left_out_, 0.99))
        return self

    def novelty(self, X: Any) -> NDArray[np.float64]:
        """Say how strange sessions are, shape (n_sessions,); 1 is an ordinary new person.

        Parameters
        ----------
        X : sequence of SessionDigest
        """
        check_is_fitted(self, "limit_")
        parts = self._front().measure(self.rows_.transform(X))
        novelty: NDArray[np.float64] = (parts / self.usual_).mean(axis=1)
        return novelty

    def strangest(self, session: Any, *, n: int = 3) -> tuple[tuple[str, float], ...]:
        """Name the features of a session that are furthest from usual.

        Returns
        -------
        tuple of (str, float)
            Name, and distance from the training mean in standard deviations, signed.
        """
        check_is_fitted(self, "limit_")
        z = self._front().standardised(self.rows_.transform([session]))[0]
        names = self.rows_.get_feature_names_out()
        order = np.argsort(-np.abs(z), kind="stable")[:n]
        return tuple((str(names[at]), float(z[at])) for at in order)

    def _front(self) -> _Front:
        return _Front(self.mean_, self.scale_, self.components_, self.variance_)


class _Front:
    """Standardise, and split into principal components and what they leave."""

    def __init__(
        self,
        mean: NDArray[np.float64],
        scale: NDArray[np.float64],
        components: NDArray[np.float64],
        variance: NDArray[np.float64],
    ) -> None:
        self.mean = mean
        self.scale = scale
        self.components = components
        self.variance = variance

    @classmethod
    def learn(cls, table: NDArray[np.float64], explained: float) -> _Front:
        seen = np.isfinite(table)
        count = np.maximum(seen.sum(axis=0), 1)
        mean = np.where(seen, table, 0.0).sum(axis=0) / count
        away = np.where(seen, table - mean, 0.0)
        scale = np.sqrt((away**2).sum(axis=0) / count)
        scale = np.where(scale > 0, scale, 1.0)
        _, sizes, axes = np.linalg.svd(away / scale, full_matrices=False)
        variance = sizes**2 / len(table)
        kept = int(np.searchsorted(np.cumsum(variance) / variance.sum(), explained)) + 1
        return cls(mean, scale, axes[:kept], variance[:kept])

    def standardised(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give z; 0 for what a session lacks."""
        z = np.where(np.isfinite(table), (table - self.mean) / self.scale, 0.0)
        return np.clip(z, -_LARGEST_Z, _LARGEST_Z)

    def measure(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give T² and Q of each row over what was seen of it, shape (n_rows, 2).

        Where features are missing, the place along the components is the one that fits the
        others best (projection to the model plane), not the one where they are zero.
        """
        z, seen = self.standardised(table), np.isfinite(table)
        parts = np.zeros((len(table), 2))
        for row, (values, known) in enumerate(zip(z, seen, strict=True)):
            axes = self.components[:, known]
            pull = _PULL * np.eye(len(axes))
            scores = np.linalg.solve(axes @ axes.T + pull, axes @ values[known])
            left = values[known] - scores @ axes
            parts[row, 0] = np.mean(scores**2 / self.variance)
            parts[row, 1] = np.sum(left**2) / max(int(known.sum()), 1)
        return parts
