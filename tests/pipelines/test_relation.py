"""A relation between signals and scores is found where it is, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from hybridmfp.evaluation import errors_per_subject
from hybridmfp.pipelines import CohortDigest, EvaluationPlan, EvaluationRun, Settings, evaluate

MODELS = ("ensemble", "ridge")


def judged(digest: CohortDigest, model: str) -> EvaluationRun:
    plan = EvaluationPlan(model=model, protocol="group-kfold", n_folds=4, n_jobs=1)
    return evaluate(digest, Settings(), plan)


def gain_over_the_training_mean(digest: CohortDigest, run: EvaluationRun) -> tuple[float, float]:
    """Points, paired over subjects, and their standard error."""
    model, mean = (
        errors_per_subject(digest.scores, guess, subject=digest.subjects)
        for guess in (run.predicted, run.baselines["training mean"])
    )
    gained = mean - model
    return float(np.mean(gained)), float(np.std(gained, ddof=1) / np.sqrt(gained.size))


@pytest.mark.parametrize("model", MODELS)
def test_scores_that_belong_to_the_signals_are_found(
    moving_digest: CohortDigest, model: str
) -> None:
    run = judged(moving_digest, model)

    gained, standard_error = gain_over_the_training_mean(moving_digest, run)
    assert gained > 3 * standard_error
    assert spearmanr(run.predicted, moving_digest.scores).statistic > 0.6


@pytest.mark.parametrize("model", MODELS)
def test_scores_of_somebody_else_are_not(unrelated_digest: CohortDigest, model: str) -> None:
    run = judged(unrelated_digest, model)

    gained, standard_error = gain_over_the_training_mean(unrelated_digest, run)
    assert gained <= 3 * standard_error
    # Three standard errors of a rank correlation of unrelated pairs.
    limit = 3 / np.sqrt(len(unrelated_digest.rows) - 1)
    assert spearmanr(run.predicted, unrelated_digest.scores).statistic < limit


def test_the_scores_of_somebody_else_are_spread_alike(
    moving_digest: CohortDigest, unrelated_digest: CohortDigest
) -> None:
    assert sorted(moving_digest.scores) == sorted(unrelated_digest.scores)
    assert np.mean(moving_digest.scores == unrelated_digest.scores) < 0.2
    for row in unrelated_digest.rows:
        assert sum(row.items.values()) == row.score
