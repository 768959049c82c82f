"""What `TrendModel` promises: the mixed model, by statsmodels, and the closed form beside it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import hybridmfp.clinical.change as change
from hybridmfp.clinical.change import TrendModel, session_trend
from hybridmfp.clinical.change.trend_prior import trend_time
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.errors import ClinicalError, MissingDependencyError

pytest.importorskip("statsmodels", reason="the extra `trend` is not installed")


def _cohort(n: int = 60, *, seed: int = 6102, time_scale: str = "log") -> list[PatientCourse]:
    rng = np.random.default_rng(seed)
    courses = []
    for person in range(n):
        weeks = np.cumsum(rng.uniform(0.5, 3, rng.integers(3, 8)))
        times = trend_time(weeks, first_week=weeks[0], time_scale=time_scale)  # type: ignore[arg-type]
        level, slope = rng.normal(30, 7), rng.normal(5, 2)
        scores = np.clip(level + slope * times + rng.normal(0, 2, len(weeks)), 0, 66)
        courses.append(
            PatientCourse(
                f"P{person}",
                tuple(
                    Visit(f"v{k}", 7 * week, "rated", float(score))
                    for k, (week, score) in enumerate(zip(weeks, scores, strict=True))
                ),
            )
        )
    return courses


COURSES = _cohort()


@pytest.mark.parametrize("time_scale", ["log", "weeks"])
def test_lines_are_the_random_effects_of_statsmodels(time_scale: Any) -> None:
    import statsmodels.api as sm

    courses = _cohort(time_scale=time_scale)
    model = TrendModel(time_scale=time_scale).fit(courses)

    scores = np.concatenate([[one.score for one in course.visits] for course in courses])
    times = np.concatenate(
        [
            trend_time(
                np.array([one.weeks for one in course.visits]),
                first_week=course.visits[0].weeks,
                time_scale=time_scale,
            )
            for course in courses
        ]
    )
    groups = np.concatenate([[course.subject] * len(course.visits) for course in courses])
    design = sm.add_constant(times)
    fitted = sm.MixedLM(scores, design, groups, exog_re=design).fit(reml=True)
    for course, line in zip(courses, model.predict(courses), strict=True):
        reference = fitted.fe_params + np.asarray(fitted.random_effects[course.subject])
        np.testing.assert_allclose(line.coefficients, reference, rtol=1e-5)
        known = np.asarray(fitted.random_effects_cov[course.subject])
        np.testing.assert_allclose(line.covariance, known, rtol=1e-4, atol=1e-8)


def test_the_truth_of_a_cohort_is_found() -> None:
    prior = TrendModel().fit(_cohort(300)).prior_

    assert prior.mean == pytest.approx([30, 5], abs=1.2)
    assert np.sqrt(np.diag(prior.covariance)) == pytest.approx([7, 2], rel=0.25)
    assert prior.residual_sd == pytest.approx(2, rel=0.1)


def test_a_learned_prior_can_stand_in_for_the_default() -> None:
    model = TrendModel().fit(COURSES)
    visits = COURSES[0].visits

    learned = session_trend(visits, prior=model.prior_)

    assert learned.time_scale == "log"
    assert f"{len(COURSES)} courses" in learned.prior_source.citation
    assert learned.slope_per_week != session_trend(visits).slope_per_week


def test_it_counts_persons_and_visits_and_keeps_its_parameters() -> None:
    model = TrendModel("rated", "weeks").fit(COURSES)

    assert model.n_patients_ == len(COURSES)
    assert model.n_visits_ == sum(len(one.visits) for one in COURSES)
    assert clone(model).get_params() == {"source": "rated", "time_scale": "weeks"}
    assert change.TrendModel is TrendModel


def test_visits_of_the_other_source_and_red_ones_are_not_learned_from() -> None:
    more = [
        PatientCourse(
            one.subject,
            (
                *one.visits,
                Visit("e", 9000, "estimated", 5.0, (0, 9), 0.9, model="m", quality="red"),
            ),
        )
        for one in COURSES
    ]

    np.testing.assert_allclose(
        TrendModel().fit(more).prior_.mean, TrendModel().fit(COURSES).prior_.mean
    )
    with pytest.raises(ClinicalError, match="got 0 of") as caught:
        TrendModel("estimated").fit(more)
    assert caught.value.refusal == "too_few"


def test_fewer_than_10_persons_are_refused() -> None:
    with pytest.raises(ClinicalError, match=r"must have 10 persons.*got 9 of 9") as caught:
        TrendModel().fit(COURSES[:9])
    assert caught.value.refusal == "too_few"


def test_a_person_is_told_once() -> None:
    with pytest.raises(ClinicalError, match="P0 more than once") as caught:
        TrendModel().fit([*COURSES, COURSES[0]])
    assert caught.value.refusal == "contradictory_inputs"


def test_courses_without_any_scatter_have_no_single_fit() -> None:
    flat = [
        PatientCourse(f"P{k}", tuple(Visit(f"v{j}", 7.0 * j, "rated", 30.0) for j in range(4)))
        for k in range(12)
    ]

    with pytest.raises(ClinicalError, match="single best fit") as caught:
        TrendModel().fit(flat)
    assert caught.value.refusal == "not_identified"


def test_an_unknown_time_scale_is_refused() -> None:
    with pytest.raises(ClinicalError, match="log or weeks"):
        TrendModel(time_scale="days").fit(COURSES)  # type: ignore[arg-type]


def test_estimates_of_two_models_are_not_one_cohort() -> None:
    mixed = [
        PatientCourse(
            f"P{k}",
            tuple(
                Visit(
                    f"v{j}",
                    7.0 * j,
                    "estimated",
                    30.0 + j + k % 5,
                    (20, 50),
                    0.9,
                    model=f"m{k % 2}",
                )
                for j in range(4)
            ),
        )
        for k in range(12)
    ]

    with pytest.raises(ClinicalError, match="of one model; got 2") as caught:
        TrendModel("estimated").fit(mixed)
    assert caught.value.refusal == "contradictory_inputs"


def test_a_course_without_visits_has_no_line() -> None:
    with pytest.raises(ClinicalError, match="P99 must have a rated visit") as caught:
        TrendModel().fit(COURSES).predict([PatientCourse("P99", ())])
    assert caught.value.refusal == "too_few"


def test_without_statsmodels_the_command_to_install_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.regression", None)

    with pytest.raises(MissingDependencyError, match=r"pip install \"hybridmfp\[trend\]\""):
        TrendModel().fit(COURSES)
    assert session_trend(COURSES[0].visits).n_visits == len(COURSES[0].visits)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = change.nothing
