"""Figures that need no signals: ratings, therapy, recovery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import cross_val_predict

from hybridmfp.signals import find_scale
from hybridmfp.simulation import VirtualCohortSettings, ground_truth
from hybridmfp.simulation.cohort import virtual_visits
from hybridmfp.simulation.fma_response import HIDDEN_SD, draw_items
from hybridmfp.simulation.virtual_visit import oracle_scores, rate_visit

__all__ = ["rating_figures", "recovery_figures", "therapy_figures"]

Array = NDArray[np.float64]
_NOT_ON_TRAIT = ("A1a", "A1b", "A5")  # the 30 items of Woodbury leave the reflexes out


def rating_figures(seed: int, n: int) -> dict[str, float]:
    """Anchors, reliability and the oracle's error."""
    twice = VirtualCohortSettings(n_patients=n, n_controls=0, seed=seed, visit_weeks=(0.0, 1.0))
    visits = virtual_visits(twice)
    ratings = [rate_visit(twice, visit) for visit in visits]
    scores = np.array([rating.score for rating in ratings]).reshape(n, 2)
    items = np.array([list(rating.items.values()) for rating in ratings[::2]])
    names = [item.identifier for item in find_scale("fma-ue").items]
    on_trait = [at for at, name in enumerate(names) if name not in _NOT_ON_TRAIT]
    oracle = oracle_scores(visits[::2])
    variances = items.var(axis=0, ddof=1)
    number = items.shape[1]
    alpha = number / (number - 1) * (1 - variances.sum() / items.sum(axis=1).var(ddof=1))
    return {
        "anchor_low": _score_on_trait(-1.59, on_trait, seed),
        "anchor_high": _score_on_trait(2.44, on_trait, seed),
        "sem": float(np.std(scores[:, 1] - scores[:, 0], ddof=1) / np.sqrt(2)),
        "alpha": float(alpha),
        "oracle_mae": float(np.mean(np.abs(oracle - scores[:, 0]))),
    }


def therapy_figures(seed: int, n: int) -> dict[str, float]:
    """Whether a trial finds the truth, and routine care does not."""
    routine = VirtualCohortSettings(
        n_patients=n,
        n_controls=0,
        seed=seed,
        setting="early",
        therapy="observational",
        visit_weeks=(0.0, 51.0),
    )
    trial = replace(routine, therapy="randomised")
    estimate, error, truth, _ = _contrast(trial)
    naive, _, _, true_difference = _contrast(routine, split_h=60.0)
    return {"randomised_z": (estimate - truth) / error, "naive_bias": naive - true_difference}


def recovery_figures(seed: int, n: int) -> dict[str, float]:
    """How well week 26 is foretold from the first weeks."""
    settings = VirtualCohortSettings(
        n_patients=n, n_controls=0, seed=seed, setting="early", visit_weeks=(0.0, 1.0, 25.0)
    )
    scores = _scores(settings).reshape(n, 3)
    model = GradientBoostingRegressor(
        n_estimators=150, max_depth=2, learning_rate=0.05, random_state=0
    )
    return {
        f"ahead_week_{known}": float(
            np.median(
                np.abs(
                    cross_val_predict(model, scores[:, :known], scores[:, 2], cv=5) - scores[:, 2]
                )
            )
        )
        for known in (1, 2)
    }


def _score_on_trait(theta: float, on_trait: list[int], seed: int, n: int = 4000) -> float:
    """Mean score of persons whose six abilities are all the same."""
    rng = np.random.default_rng([seed, on_trait[0]])
    drawn = [
        draw_items(
            np.full(6, theta),
            hidden=rng.normal(0, HIDDEN_SD, 33),
            leniency=0.0,
            occasion=0.0,
            reflex_absent=0.0,
            rng=rng,
        )[on_trait].sum()
        for _ in range(n)
    ]
    return float(np.mean(drawn))


def _contrast(
    settings: VirtualCohortSettings, *, split_h: float = 50.0
) -> tuple[float, float, float, float]:
    """Compare those who got more hours with the others.

    Gives the observed difference, its standard error, the true effect of 90 against 20 hours, and
    that of the hours which the two groups really got.
    """
    visits = [visit for visit in virtual_visits(settings) if visit.at]
    last = np.array([rate_visit(settings, visit).score for visit in visits])
    truth = ground_truth(settings)["therapy"]
    dose = truth["dose_h"].to_numpy()
    more = dose >= split_h
    difference = float(last[more].mean() - last[~more].mean())
    error = float(np.sqrt(last[more].var() / more.sum() + last[~more].var() / (~more).sum()))
    effect = truth["expected_score_90h"] - truth["expected_score_20h"]
    curve = truth[[f"expected_score_{hours}h" for hours in (0, 20, 60, 90)]].mean().to_numpy()
    got = np.interp([dose[more].mean(), dose[~more].mean()], [0, 20, 60, 90], curve)
    return difference, error, float(effect.mean()), float(got[0] - got[1])


def _scores(settings: VirtualCohortSettings) -> Array:
    return np.array([rate_visit(settings, visit).score for visit in virtual_visits(settings)])
