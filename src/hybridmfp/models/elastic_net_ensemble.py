"""The regression ensemble: elastic net, principal components, and a stack of regressors."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags, assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from hybridmfp.models.ensemble_front import FrontPlan, fit_front
from hybridmfp.models.ensemble_members import candidates, fit_member, predict_member
from hybridmfp.models.inner_folds import Folds, inner_folds
from hybridmfp.models.not_kept import check_complete
from hybridmfp.models.plain_members import Member, plain_member
from hybridmfp.models.stacking_weights import stacking_weights

__all__ = ["ElasticNetEnsemble"]


class ElasticNetEnsemble(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Estimate a score from many features of few people.

    Median imputation → standardisation → elastic-net selection → principal components → a stack
    of ridge, support vectors, nearest neighbours, gradient boosting and the training mean. In
    inner folds grouped by subject every step is fitted anew; there the best candidate of each
    kind is chosen and the weights of the kinds are learned. Then all is fitted once more on
    everybody.

    Where the elastic net keeps nothing, the estimate is the training mean, and `fallback_` says
    so. It never turns to all features instead.

    Parameters
    ----------
    prepare : transformer or None, default None
        Turns rows of any kind into a two-dimensional array; learns without seeing scores, and
        is fitted anew in every inner fold. None takes X as it is.
    estimates : tuple of str, default ()
        Names of prepared columns that are estimates in points already. Each is a feature like
        any other, and joins the stack as a member of its own, as it is.
    trust : float, default 0.75
        What share of the stack `estimates` are believed to deserve before any row is seen;
        their weights, and those of the other members, are pulled to equal shares of it. Counts
        only where there are estimates.
    minimum, maximum : float or None, default None
        Bounds of the scale, in points; estimates are clipped to them.
    l1_ratio : float, default 0.5
        Of the elastic net.
    explained : float, default 0.95
        Share of the variance that the principal components keep.
    n_folds : int, default 5
        Inner folds.
    shrinkage : float, default 0.1
        Pull of the weights to those believed in, equal ones without `estimates`; see
        `stacking_weights`.
    random_state : int or None, default 0
        Seed of the gradient boosting.

    Attributes
    ----------
    feature_names_ : array of str, shape (n_features,)
        Names of the features after `prepare`.
    coefficients_ : array of float, shape (n_features,)
        Elastic-net coefficients per standard deviation of the feature; 0 is not selected.
    weights_ : dict of str to float
        Share of each kind in the stack, summing to 1.
    chosen_ : dict of str to int
        Which candidate of each kind was chosen.
    converged_ : bool
        Whether the elastic net converged.
    fallback_ : str or None
        What was used instead, where the elastic net kept nothing.
    front_ : FrontSteps
        From rows to principal components.
    members_ : dict of str to Member
        The fitted member of each kind, as plain arrays; estimates standardised scores.
    centre_, spread_ : float
        Mean and standard deviation of the training scores, in points.

    See Also
    --------
    ElasticNetSelector : the selection step alone.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(40, 5))
    >>> model = ElasticNetEnsemble(minimum=0, maximum=66).fit(X, 33 + 10 * X[:, 0])
    >>> bool(np.corrcoef(model.predict(X), X[:, 0])[0, 1] > 0.9)
    True
    """

    def __init__(
        self,
        *,
        prepare: Any = None,
        estimates: tuple[str, ...] = (),
        trust: float = 0.75,
        minimum: float | None = None,
        maximum: float | None = None,
        l1_ratio: float = 0.5,
        explained: float = 0.95,
        n_folds: int = 5,
        shrinkage: float = 0.1,
        random_state: int | None = 0,
    ) -> None:
        self.prepare = prepare
        self.estimates = estimates
        self.trust = trust
        self.minimum = minimum
        self.maximum = maximum
        self.l1_ratio = l1_ratio
        self.explained = explained
        self.n_folds = n_folds
        self.shrinkage = shrinkage
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Learn from rated people.

        Parameters
        ----------
        X : array, shape (n_rows, n_features), or rows that `prepare` understands
            NaN is allowed.
        y : array of float, shape (n_rows,)
            Scores, in points.
        groups : array, shape (n_rows,), optional
            The subject of each row; without it every row is another subject.

        Raises
        ------
        EvaluationError
            If there are fewer than 2 subjects.
        SettingsError
            If the model is from a file that leaves out what it was first fitted with.
        """
        check_complete(self)
        X, y = self._checked(X, y)
        folds = inner_folds(len(y), groups, n_folds=self.n_folds)
        with config_context(assume_finite=True, skip_parameter_validation=True):
            return self._fit_checked(X, y, groups, folds)

    def _fit_checked(
        self, X: Any, y: NDArray[np.float64], groups: ArrayLike | None, folds: Folds
    ) -> Self:
        self.centre_ = float(np.mean(y))
        self.spread_ = float(np.std(y)) or 1.0
        scores = (y - self.centre_) / self.spread_
        out_of_fold = self._out_of_fold(X, scores, groups, folds)
        members = candidates(self.random_state)
        self.chosen_ = {
            kind: int(np.argmin(((out_of_fold[kind] - scores) ** 2).mean(axis=1)))
            for kind in members
        }
        best = [out_of_fold[kind][self.chosen_[kind]] for kind in members]
        best += [out_of_fold[name][0] for name in self.estimates]
        shares = stacking_weights(
            np.stack(best, axis=1),
            scores,
            shrinkage=self.shrinkage,
            towards=self._believed(len(members)),
        )
        self.weights_ = dict(zip((*members, *self.estimates), shares.tolist(), strict=True))
        self.front_, reduced = fit_front(self._plan(), X, scores, groups)
        alone = f"training mean, stacked with {', '.join(self.estimates)}," * bool(self.estimates)
        nothing_kept = self.front_.reduction.n_components == 0
        self.fallback_ = (alone or "training mean") if nothing_kept else None
        self.converged_ = self.front_.converged
        self.members_: dict[str, Member] = {
            kind: plain_member(
                fit_member(members[kind][self.chosen_[kind]], reduced, scores), reduced, scores
            )
            for kind in members
        }
        self.feature_names_ = self.front_.names
        self.coefficients_ = self.front_.reduction.coefficients * self.spread_
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Estimate scores.

        Parameters
        ----------
        X : as in `fit`

        Returns
        -------
        array of float, shape (n_rows,)
            Points, clipped to the scale.
        """
        check_is_fitted(self, "weights_")
        if self.prepare is None:
            X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan")
        reduced, given = self.front_.transform(X)
        blend = np.zeros(len(reduced))
        for kind, member in self.members_.items():
            blend += self.weights_[kind] * member.predict(reduced)
        for name, estimate in zip(self.estimates, self._in_scores(given), strict=True):
            blend += self.weights_[name] * estimate
        points: NDArray[np.float64] = np.clip(
            self.centre_ + self.spread_ * blend,
            -np.inf if self.minimum is None else self.minimum,
            np.inf if self.maximum is None else self.maximum,
        )
        return points

    def _checked(self, X: Any, y: ArrayLike) -> tuple[Any, NDArray[np.float64]]:
        if self.prepare is None:
            X, y = validate_data(self, X, y, y_numeric=True, ensure_all_finite="allow-nan")
        check_consistent_length(X, y)
        scores = column_or_1d(y, dtype=np.float64)
        assert_all_finite(scores, input_name="y")
        return X, scores

    def _out_of_fold(
        self, X: Any, scores: NDArray[np.float64], groups: ArrayLike | None, folds: Folds
    ) -> dict[str, NDArray[np.float64]]:
        """Predict each row from the others: kind -> (n_candidates, n_rows)."""
        members = candidates(self.random_state)
        predicted = {kind: np.empty((len(some), len(scores))) for kind, some in members.items()}
        predicted |= {name: np.empty((1, len(scores))) for name in self.estimates}
        owners = None if groups is None else np.asarray(groups)
        for train, test in folds:
            front, seen = fit_front(
                self._plan(), X[train], scores[train], None if owners is None else owners[train]
            )
            unseen, given = front.transform(X[test])
            for name, estimate in zip(self.estimates, self._in_scores(given), strict=True):
                predicted[name][0, test] = estimate
            for kind, some in members.items():
                for at, candidate in enumerate(some):
                    member = fit_member(candidate, seen, scores[train])
                    predicted[kind][at, test] = predict_member(member, unseen)
        return predicted

    def _plan(self) -> FrontPlan:
        return FrontPlan(
            prepare=self.prepare,
            estimates=self.estimates,
            l1_ratio=self.l1_ratio,
            explained=self.explained,
            n_folds=self.n_folds,
        )

    def _believed(self, n_members: int) -> NDArray[np.float64] | None:
        """Give the weights of members and estimates that are believed in beforehand."""
        if not self.estimates:
            return None
        n_given = len(self.estimates)
        own, given = (1 - self.trust) / n_members, self.trust / n_given
        return np.concatenate([np.full(n_members, own), np.full(n_given, given)])

    def _in_scores(self, given: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put estimates in points on the scale of the standardised scores, one row for each."""
        scores: NDArray[np.float64] = ((given - self.centre_) / self.spread_).T
        return scores

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
