"""Nobody beats the oracle: who does has met labels that must not be met."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.models.fusion_settings import FusionSettings, TrainingSettings
from hybridmfp.pipelines import (
    MODELS,
    CohortDigest,
    EvaluationPlan,
    Settings,
    digest_cohort,
    evaluate,
)
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

pytestmark = pytest.mark.slow

Array = NDArray[np.float64]
HASTY = Settings(fusion=FusionSettings(training=TrainingSettings(n_epochs=6)))


@pytest.fixture(scope="module")
def digest() -> CohortDigest:
    settings = VirtualCohortSettings(
        n_patients=40,
        n_controls=6,
        tasks=("reach_forward", "hand_to_mouth", "wrist_flexion_extension", "grasp_release"),
        n_repetitions=1,
        emg="amplitude_noise",
        seed=21,
    )
    return digest_cohort(virtual_cohort(settings), Settings().digest, n_jobs=1)


def oracle_of(digest: CohortDigest) -> Array:
    return np.array([digest.oracle[row.subject, row.session] for row in digest.rows])


def beats_the_oracle(digest: CohortDigest, estimated: Array) -> bool:
    """Whether errors are smaller by more than two standard errors, paired over subjects."""
    best = np.abs(oracle_of(digest) - digest.scores)
    worse = np.abs(estimated - digest.scores) - best
    standard_error = np.std(worse, ddof=1) / np.sqrt(worse.size)
    return bool(np.mean(worse) < -2 * standard_error)


@pytest.mark.parametrize("model", MODELS)
def test_no_nested_model_and_no_baseline_beats_the_oracle(digest: CohortDigest, model: str) -> None:
    plan = EvaluationPlan(model=model, protocol="group-kfold", n_folds=5, n_jobs=1)
    run = evaluate(digest, HASTY, plan)

    assert not beats_the_oracle(digest, run.predicted)
    assert set(run.baselines) == {"training mean", "training median", "demographics"}
    for name, guess in run.baselines.items():
        assert not beats_the_oracle(digest, guess), name


def test_the_oracle_is_far_below_the_baselines_and_yet_not_perfect(digest: CohortDigest) -> None:
    missed = np.abs(oracle_of(digest) - digest.scores)
    mean = np.abs(digest.scores - digest.scores.mean())

    assert 0.5 < missed.mean() < 0.3 * mean.mean()


@pytest.mark.parametrize("noise_points", [0.0, 0.5, 1.0])
def test_an_estimate_that_has_seen_the_scores_beats_the_oracle(
    digest: CohortDigest, noise_points: float
) -> None:
    noise = np.random.default_rng(0).normal(0, noise_points, len(digest.rows))

    assert beats_the_oracle(digest, digest.scores + noise)


def test_half_a_look_at_the_scores_is_enough_to_be_caught(digest: CohortDigest) -> None:
    assert beats_the_oracle(digest, (oracle_of(digest) + digest.scores) / 2)


def test_an_estimate_from_the_abilities_alone_does_not_beat_the_oracle(
    digest: CohortDigest,
) -> None:
    noise = np.random.default_rng(1).normal(0, 1, len(digest.rows))

    assert not beats_the_oracle(digest, oracle_of(digest))
    assert not beats_the_oracle(digest, oracle_of(digest) + noise)


@pytest.mark.parametrize("model", ["ensemble", "ridge"])
def test_a_nested_model_that_finds_the_scores_among_its_features_is_caught(
    digest: CohortDigest, model: str
) -> None:
    sessions = digest.sessions.copy()
    for at, (session, score) in enumerate(zip(digest.sessions, digest.scores, strict=True)):
        sessions[at] = dataclasses.replace(
            session,
            features=np.full_like(session.features, score),
            session_features=np.full_like(session.session_features, score),
        )
    leaky = dataclasses.replace(digest, sessions=sessions)
    plan = EvaluationPlan(model=model, protocol="group-kfold", n_folds=5, n_jobs=1)

    assert beats_the_oracle(digest, evaluate(leaky, Settings(), plan).predicted)
