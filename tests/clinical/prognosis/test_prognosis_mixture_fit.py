"""What fitting the mixture to a cohort promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit

from hybridmfp.clinical.prognosis import MixtureModel
from hybridmfp.clinical.prognosis import mixture_fit as fitting
from hybridmfp.errors import ClinicalError
from hybridmfp.simulation.recovery import RECOVERY_GROUPS

WEEKS = np.array([0.7, 2.0, 5.0, 12.0, 26.0])
Cohort = tuple[np.ndarray, np.ndarray, np.ndarray]


def _cohort(n: int, *, seed: int, r_of_poor: float = 0.0884) -> Cohort:
    rng = np.random.default_rng(seed)
    shares = np.array([one.share for one in RECOVERY_GROUPS])
    group = rng.choice(5, p=shares / shares.sum(), size=n)
    mean, precision, r, tau = (
        np.array([getattr(one, name) for one in RECOVERY_GROUPS])[group]
        for name in ("initial_mean", "initial_precision", "r", "tau_weeks")
    )
    r = np.where(group == 0, r_of_poor, r)
    start = 66 * expit(mean + rng.standard_normal(n) / np.sqrt(precision))
    gain = (r * (66 - start))[:, np.newaxis] * (1 - np.exp(-WEEKS / tau[:, np.newaxis]))
    score = start[:, np.newaxis] + gain + 3.85 * rng.standard_normal((n, len(WEEKS)))
    return (
        np.tile(WEEKS * 7, n),
        np.clip(score, 0, 66).ravel(),
        np.repeat(np.arange(n), len(WEEKS)),
    )


def test_the_gradient_is_that_of_finite_differences() -> None:
    days, scores, _ = _cohort(12, seed=6310)
    cohort = fitting._Cohort(days / 7, scores, np.arange(0, len(days), len(WEEKS)))
    centre = fitting._pack(RECOVERY_GROUPS, 3.85)
    at = centre + 0.2 * np.random.default_rng(6311).standard_normal(len(centre))
    spread = fitting._prior_spread(5)

    _, gradient = fitting._loss(at, cohort, centre, spread)

    slow = approx_fprime(at, lambda x: fitting._loss(x, cohort, centre, spread)[0], 1e-6)
    assert gradient == pytest.approx(slow, rel=1e-3, abs=2e-3)  # of one-sided differences
    assert ((scores == 0) | (scores == 66)).any()  # the ends of the scale are in it


def test_a_cohort_of_the_published_mixture_leaves_it_nearly_as_it_is() -> None:
    model = MixtureModel.fit(*_cohort(100, seed=6312))

    assert model.n_subjects == 100
    assert model.residual_sd == pytest.approx(3.85, rel=0.1)
    assert sum(one.share for one in model.groups) == pytest.approx(1, abs=1e-9)
    for one, published in zip(model.groups, RECOVERY_GROUPS, strict=True):
        assert one.r == pytest.approx(published.r, abs=0.1)
    assert "fitted to 100 persons" in model.title
    assert model.source.status == "assumption"


def test_a_cohort_that_recovers_otherwise_moves_the_parameters() -> None:
    model = MixtureModel.fit(*_cohort(100, seed=6313, r_of_poor=0.25))

    assert model.groups[0].r == pytest.approx(0.25, abs=0.06)


def test_below_30_persons_with_two_scores_nothing_is_fitted() -> None:
    days, scores, subjects = _cohort(30, seed=6314)
    MixtureModel.fit(days, scores, subjects)
    once = np.concatenate([np.flatnonzero(subjects < 29), [len(subjects) - 1]])

    with pytest.raises(ClinicalError, match=r"at least 30 persons .* got 29") as caught:
        MixtureModel.fit(days[once], scores[once], subjects[once])

    assert caught.value.refusal == "too_few"


def test_an_empty_cohort_is_too_few() -> None:
    with pytest.raises(ClinicalError, match="got 0"):
        MixtureModel.fit([], [], [])


def test_each_score_has_its_person() -> None:
    with pytest.raises(ClinicalError, match="got 1 for 2") as caught:
        MixtureModel.fit([3, 4], [30, 31], ["a"])

    assert caught.value.refusal == "missing_input"
