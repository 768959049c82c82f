"""The mixed model of many courses: how levels and slopes differ between persons."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.clinical.change.same_measure import check_same_measure
from hybridmfp.clinical.change.trend_prior import (
    PatientTrend,
    TimeScale,
    TrendPrior,
    trend_time,
)
from hybridmfp.clinical.course import PatientCourse, ScoreSource, Visit
from hybridmfp.clinical.sourced import Source
from hybridmfp.errors import ClinicalError, MissingDependencyError

__all__ = ["TrendModel"]

_FEWEST_PATIENTS = 10


class TrendModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Learn from many courses how levels and slopes differ between persons.

    A linear mixed model with a random level at the first visit and a random slope, which may go
    together, fitted by restricted maximum likelihood.

    Parameters
    ----------
    source : {"rated", "estimated"}, default "rated"
        Which visits to learn from.
    time_scale : {"log", "weeks"}, default "log"
        ``log`` for courses that begin in the first 3 months, while recovery slows down.

    Attributes
    ----------
    prior_ : TrendPrior
        What was learned; give it to `session_trend`.
    n_patients_, n_visits_ : int

    References
    ----------
    Laird, N. M. and Ware, J. H. (1982). Random-effects models for longitudinal data.
    *Biometrics* 38, 963-974. doi:10.2307/2529876
    """

    def __init__(self, source: ScoreSource = "rated", time_scale: TimeScale = "log") -> None:
        self.source = source
        self.time_scale = time_scale

    def fit(self, X: Sequence[PatientCourse], y: None = None) -> TrendModel:  # noqa: ARG002 - protocol
        """Learn from courses.

        Parameters
        ----------
        X : sequence of PatientCourse
            Of 10 persons or more; visits with a score and signals that are not red count.
        y : None
            The scores are in the courses.

        Returns
        -------
        self

        Raises
        ------
        ClinicalError
            ``too_few`` for fewer than 10 persons with two visits; ``not_identified``, if the
            model has no single best fit; ``impossible_value`` for another time scale;
            ``contradictory_inputs``, if a person is told twice.
        MissingDependencyError
            Without statsmodels.
        """
        mixed = _statsmodels()
        TrendPrior.assumed(self.time_scale)
        persons = _persons(X, self.source)
        scores, design, groups = _long_table(persons, self.time_scale)
        fitted = _fitted(mixed, scores, design, groups)
        self.n_patients_, self.n_visits_ = len(persons), len(scores)
        self.prior_ = TrendPrior(
            mean=np.asarray(fitted.fe_params, dtype=np.float64),
            covariance=np.asarray(fitted.cov_re, dtype=np.float64),
            residual_sd=float(np.sqrt(fitted.scale)),
            time_scale=self.time_scale,
            source=Source(f"mixed model of {self.n_patients_} courses given", "unverified"),
        )
        return self

    def predict(self, X: Sequence[PatientCourse]) -> list[PatientTrend]:
        """Give the line of each course: the best linear unbiased prediction.

        Raises
        ------
        ClinicalError
            ``too_few``, if a course has no visit to go by.
        """
        check_is_fitted(self, "prior_")
        lines = []
        for course in X:
            visits = _usable(course, self.source)
            if not visits:
                raise ClinicalError(
                    f"{course.subject} must have a {self.source} visit with a score; got none.",
                    refusal="too_few",
                )
            lines.append(self.prior_.given(_weeks(visits), _scores(visits)))
        return lines


def _statsmodels() -> Any:
    try:
        from statsmodels.regression import mixed_linear_model  # noqa: PLC0415 - optional and slow
    except ImportError as error:
        raise MissingDependencyError(
            f"statsmodels must be installed to fit TrendModel; importing it says: {error}. "
            'Install it with: pip install "hybridmfp[trend]". The default trend needs none.'
        ) from error
    return mixed_linear_model


def _usable(course: PatientCourse, source: ScoreSource) -> tuple[Visit, ...]:
    return tuple(one for one in course.scored(source) if one.quality != "red")


def _persons(courses: Sequence[PatientCourse], source: ScoreSource) -> list[tuple[Visit, ...]]:
    names = [one.subject for one in courses]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise ClinicalError(
            f"each person must have one course; got {', '.join(twice)} more than once. "
            "Merge their visits, or give each its own pseudonym.",
            refusal="contradictory_inputs",
        )
    usable = [visits for one in courses if len(visits := _usable(one, source)) > 1]
    if len(usable) < _FEWEST_PATIENTS:
        raise ClinicalError(
            f"a mixed model must have {_FEWEST_PATIENTS} persons with two visits or more; got "
            f"{len(usable)} of {len(names)} courses. Leave it out: a default needs no cohort.",
            refusal="too_few",
        )
    for visits in usable:
        check_same_measure(visits)
    models = {one.model for visits in usable for one in visits}
    if source == "estimated" and len(models) > 1:
        raise ClinicalError(
            "estimates of a cohort must be of one model; got "
            f"{len(models)}. Assess all recordings with one of them.",
            refusal="contradictory_inputs",
        )
    return usable


def _weeks(visits: Sequence[Visit]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([one.weeks for one in visits], dtype=np.float64)


def _scores(visits: Sequence[Visit]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([one.score for one in visits], dtype=np.float64)


def _long_table(persons: Sequence[Sequence[Visit]], time_scale: TimeScale) -> tuple[Any, Any, Any]:
    times = [
        trend_time(_weeks(one), first_week=one[0].weeks, time_scale=time_scale) for one in persons
    ]
    groups = np.repeat(np.arange(len(persons)), [len(one) for one in persons])
    flat = np.concatenate(times)
    scores = np.concatenate([_scores(one) for one in persons])
    return scores, np.column_stack([np.ones_like(flat), flat]), groups


def _fitted(mixed: Any, scores: Any, design: Any, groups: Any) -> Any:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            fitted = mixed.MixedLM(scores, design, groups, exog_re=design).fit(reml=True)
        except np.linalg.LinAlgError as error:
            raise _no_fit(str(error)) from error
    if not fitted.converged or not np.isfinite(fitted.scale) or fitted.scale <= 0:
        raise _no_fit("; ".join(dict.fromkeys(str(one.message) for one in warned)))
    return fitted


def _no_fit(told: str) -> ClinicalError:
    return ClinicalError(
        "a mixed model must have a single best fit of levels, slopes and scatter; statsmodels "
        f"found none: {told or 'no reason given'}. Give more courses with three visits or more, "
        "or leave it out: a default needs no cohort.",
        refusal="not_identified",
    )
