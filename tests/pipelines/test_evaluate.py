from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from hybridmfp.errors import EvaluationError, SettingsError
from hybridmfp.evaluation import AuditPlan
from hybridmfp.features import as_rows
from hybridmfp.models.fusion_settings import FusionSettings, TrainingSettings
from hybridmfp.pipelines import (
    MODELS,
    CohortDigest,
    EvaluationPlan,
    Settings,
    audit_model,
    evaluate,
    predictions_table,
    summarise_audit,
    summarise_evaluation,
)
from hybridmfp.pipelines.settings import HybridSettings

SETTINGS = Settings()
HASTY = Settings(
    fusion=FusionSettings(training=TrainingSettings(n_epochs=1)), hybrid=HybridSettings(n_folds=3)
)

CONTRACT = {
    "n_subjects", "scale", "observed_range", "mae", "rmse", "r2", "ccc", "icc",
    "share_within_one_point", "mae_interval", "baseline_mean_mae", "baseline_median_mae",
    "permutation_p", "synthetic", "model", "oracle_mae",
}  # fmt: skip


def part(digest: CohortDigest, rows: slice) -> CohortDigest:
    return dataclasses.replace(digest, rows=digest.rows[rows], sessions=digest.sessions[rows])


def spoiled(digest: CohortDigest, row: int) -> CohortDigest:
    """Give one subject other signals and another score."""
    own = digest.sessions[row]
    rng = np.random.default_rng(0)
    other = dataclasses.replace(
        own,
        features=rng.normal(size=own.features.shape),
        session_features=rng.normal(size=own.session_features.shape),
        movement=rng.normal(size=own.movement.shape).astype(np.float32),
        envelopes=rng.uniform(size=own.envelopes.shape).astype(np.float32),
    )
    sessions = list(digest.sessions)
    sessions[row] = other
    rows = list(digest.rows)
    rows[row] = dataclasses.replace(rows[row], score=66.0 - (rows[row].score or 0.0))
    return dataclasses.replace(digest, rows=tuple(rows), sessions=as_rows(sessions))


def test_nothing_of_the_left_out_subject_changes_the_model_that_judges_them(
    small_digest: CohortDigest,
) -> None:
    plan = EvaluationPlan(model="ensemble", n_jobs=1)

    honest = evaluate(small_digest, SETTINGS, plan)
    disturbed = evaluate(spoiled(small_digest, 2), SETTINGS, plan)

    assert disturbed.looks[2] == honest.looks[2]
    assert disturbed.baselines["training mean"][2] == honest.baselines["training mean"][2]
    changed = [ours != theirs for ours, theirs in zip(disturbed.looks, honest.looks, strict=True)]
    assert changed == [fold != 2 for fold in range(7)]


def test_the_published_order_lets_the_left_out_subject_choose_the_features(
    small_digest: CohortDigest,
) -> None:
    run = evaluate(small_digest, SETTINGS, EvaluationPlan(protocol="published"))

    assert run.remarks[0].startswith("WRONG ON PURPOSE")
    assert summarise_evaluation(small_digest, run)["model"] == "published"


def test_workers_do_not_change_a_number(small_digest: CohortDigest) -> None:
    runs = [
        evaluate(
            small_digest,
            SETTINGS,
            EvaluationPlan(model="ensemble", n_jobs=n_jobs, n_permutations=2),
        )
        for n_jobs in (1, 2)
    ]

    np.testing.assert_array_equal(runs[0].predicted, runs[1].predicted)
    assert runs[0].permuted_maes == runs[1].permuted_maes


@pytest.mark.parametrize("model", MODELS)
def test_every_model_keeps_to_the_scale_and_gives_the_contract(
    networks_digest: CohortDigest, model: str
) -> None:
    run = evaluate(
        networks_digest, HASTY, EvaluationPlan(model=model, protocol="group-kfold", n_folds=3)
    )
    summary = summarise_evaluation(networks_digest, run)

    assert ((run.predicted >= 0) & (run.predicted <= 66)).all()
    assert set(summary) >= CONTRACT
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["synthetic"] is True
    assert len(set(run.fold.tolist())) == 3


def test_the_training_mean_as_a_model_equals_the_baseline(small_digest: CohortDigest) -> None:
    run = evaluate(small_digest, SETTINGS, EvaluationPlan(model="training-mean"))

    np.testing.assert_allclose(run.predicted, run.baselines["training mean"], rtol=1e-12)


def test_permutations_give_a_p_value_that_is_never_zero(small_digest: CohortDigest) -> None:
    run = evaluate(small_digest, SETTINGS, EvaluationPlan(model="ridge", n_permutations=9))

    assert len(run.permuted_maes) == 9
    better = sum(mae <= run.metrics.mae for mae in run.permuted_maes)
    assert run.permutation_p == pytest.approx((1 + better) / 10, rel=1e-12)


def test_predictions_are_kept_for_every_subject(small_digest: CohortDigest) -> None:
    run = evaluate(small_digest, SETTINGS, EvaluationPlan(model="ridge"))
    table = predictions_table(small_digest, run)

    assert table["subject"].tolist() == small_digest.subjects.tolist()
    np.testing.assert_allclose(table["error"], table["estimated"] - table["rated"], rtol=1e-12)
    assert table["n_trials"].tolist() == [4] * 7


def without_oracle(digest: CohortDigest) -> CohortDigest:
    return dataclasses.replace(digest, oracle={})


def with_oracle(digest: CohortDigest, off_points: float) -> CohortDigest:
    scores = dict(zip(digest.rows, digest.scores.tolist(), strict=True))
    oracle = {(row.subject, row.session): score + off_points for row, score in scores.items()}
    return dataclasses.replace(digest, oracle=oracle)


def test_the_oracle_is_judged_and_no_model_sees_it(small_digest: CohortDigest) -> None:
    plan = EvaluationPlan(model="ridge", n_jobs=1)
    untold, told = without_oracle(small_digest), with_oracle(small_digest, 2.5)

    plain, run = (evaluate(one, SETTINGS, plan) for one in (untold, told))
    blind, seen = summarise_evaluation(untold, plain), summarise_evaluation(told, run)

    np.testing.assert_array_equal(run.predicted, plain.predicted)
    assert run.baselines.keys() == plain.baselines.keys()
    assert seen.pop("oracle_mae") == pytest.approx(2.5, rel=1e-12)
    assert blind.pop("oracle_mae") is None
    assert seen == blind


def test_predictions_name_the_oracle_beside_the_estimate(small_digest: CohortDigest) -> None:
    plan = EvaluationPlan(model="training-mean", n_jobs=1)
    told = with_oracle(small_digest, 0.0)
    run = evaluate(told, SETTINGS, plan)

    table = predictions_table(told, run)

    assert table["oracle"].tolist() == table["rated"].tolist()
    assert "oracle" not in predictions_table(without_oracle(small_digest), run)


def test_an_oracle_of_some_sessions_gives_no_figure(small_digest: CohortDigest) -> None:
    first = small_digest.rows[0]
    told = dataclasses.replace(small_digest, oracle={(first.subject, first.session): 20.0})
    run = evaluate(told, SETTINGS, EvaluationPlan(model="training-mean", n_jobs=1))

    table = predictions_table(told, run)

    assert summarise_evaluation(told, run)["oracle_mae"] is None
    assert table["oracle"].notna().tolist() == [True] + [False] * 6


def test_two_subjects_are_too_few(small_digest: CohortDigest) -> None:
    with pytest.raises(EvaluationError, match="at least 3 subjects, got 2"):
        evaluate(part(small_digest, slice(2)), SETTINGS, EvaluationPlan())


def test_equal_labels_are_refused(small_digest: CohortDigest) -> None:
    rows = tuple(dataclasses.replace(row, score=30.0) for row in small_digest.rows)

    with pytest.raises(EvaluationError, match="at least two different scores"):
        evaluate(dataclasses.replace(small_digest, rows=rows), SETTINGS, EvaluationPlan())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"protocol": "random"}, "protocol must be one of loso"),
        ({"n_folds": 1}, "n_folds must be at least 2; got 1"),
        ({"n_permutations": -1}, "n_permutations must be at least 0"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"protocol": "published", "n_permutations": 9}, "must be 0 with protocol 'published'"),
    ],
)
def test_an_impossible_plan_is_refused(asked: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        EvaluationPlan(**asked)  # type: ignore[arg-type]


def test_an_unknown_model_is_refused_with_the_nearest_known(small_digest: CohortDigest) -> None:
    with pytest.raises(SettingsError, match="Did you mean 'ensemble'"):
        evaluate(small_digest, SETTINGS, EvaluationPlan(model="ensembel"))


@pytest.mark.parametrize("model", ["ensemble", "ridge"])
def test_an_audit_gives_every_figure_for_each_draw(small_digest: CohortDigest, model: str) -> None:
    result = audit_model(
        small_digest,
        SETTINGS,
        EvaluationPlan(model=model, protocol="group-kfold", n_folds=3),
        AuditPlan(n_draws=2, n_jobs=1),
    )
    summary = summarise_audit(result)

    for name in ("nested_mae", "published_mae", "nested_noise_mae", "published_noise_mae"):
        assert len(summary[name]) == 2
    assert (
        summary["baseline_interval"][0]
        <= summary["baseline_mae"]
        <= summary["baseline_interval"][1]
    )
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
