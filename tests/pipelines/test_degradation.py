"""What a degradation curve promises."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from hybridmfp.errors import SettingsError
from hybridmfp.pipelines import (
    CohortDigest,
    DegradationCurve,
    EvaluationPlan,
    Settings,
    degradation_curve,
    digest_cohort,
    evaluate,
)
from hybridmfp.signals import Cohort, Recording

SETTINGS = Settings()
PLAN = EvaluationPlan(model="ridge", protocol="group-kfold", n_folds=4, n_jobs=1)


@pytest.fixture(scope="module")
def reaching(small_cohort: Cohort) -> Cohort:
    return small_cohort.select(tasks=["reach_forward"])


@pytest.fixture(scope="module")
def digest(reaching: Cohort) -> CohortDigest:
    return digest_cohort(reaching, SETTINGS.digest, n_jobs=1)


@pytest.fixture(scope="module")
def curve(reaching: Cohort, digest: CohortDigest) -> DegradationCurve:
    return degradation_curve(
        reaching,
        digest,
        SETTINGS,
        PLAN,
        scenarios=["emg-only", "webcam-points", "one-trial-per-task"],
    )


def test_complete_recordings_have_the_error_that_evaluate_finds(
    curve: DegradationCurve, digest: CohortDigest
) -> None:
    run = evaluate(digest, SETTINGS, PLAN)

    complete = curve.losses[0]
    assert complete.mae == pytest.approx(run.metrics.mae, rel=1e-12)
    assert (complete.mae_low, complete.mae_high) == (run.mae_interval.low, run.mae_interval.high)
    assert (complete.loss_percent, complete.difference_points) == (0, None)
    assert curve.estimated["complete"] == pytest.approx(run.predicted, rel=1e-12)


def test_every_scenario_is_compared_with_complete_recordings_of_the_same_people(
    curve: DegradationCurve, digest: CohortDigest
) -> None:
    for loss in curve.losses[1:]:
        errors = {
            name: np.abs(curve.estimated[name] - digest.scores)
            for name in ("complete", loss.scenario)
        }
        assert loss.mae is not None
        assert loss.mae == pytest.approx(errors[loss.scenario].mean(), rel=1e-12)
        assert loss.loss_percent == pytest.approx(
            100 * (loss.mae / errors["complete"].mean() - 1), rel=1e-9
        )
        assert loss.difference_points == pytest.approx(
            (errors[loss.scenario] - errors["complete"]).mean(), rel=1e-9
        )
        assert loss.p_value is not None
        assert loss.p_adjusted is not None
        assert loss.p_adjusted >= loss.p_value
        assert (loss.n_rows, loss.n_missing) == (7, 0)
    assert [loss.n_trials for loss in curve.losses] == [14, 14, 14, 7]


def test_estimates_change_and_stay_on_the_scale(curve: DegradationCurve) -> None:
    for name in ("emg-only", "webcam-points"):
        assert (curve.estimated[name] != curve.estimated["complete"]).all()
    together = np.concatenate(list(curve.estimated.values()))
    assert together.min() >= 0
    assert together.max() <= 66


def test_the_table_has_a_row_for_each_scenario(curve: DegradationCurve) -> None:
    table = curve.table()

    assert table["scenario"].tolist() == [loss.scenario for loss in curve.losses]
    json.dumps([dataclasses.asdict(loss) for loss in curve.losses], allow_nan=False)


def load_blind(load: Callable[[], Recording]) -> Recording:
    return dataclasses.replace(load(), kinematics=None, montage=None)


def some_without_kinematics(whole: Cohort, subjects: set[str]) -> Cohort:
    cohort = whole.select(groups=["patient"])
    return Cohort(
        cohort.name,
        scale=cohort.scale,
        sessions=cohort.sessions,
        trials=[
            dataclasses.replace(trial, load=partial(load_blind, trial.load))
            if trial.key.subject in subjects
            else trial
            for trial in cohort.trials
        ],
        synthetic=True,
    )


def test_sessions_of_which_nothing_is_left_are_counted_and_not_judged(reaching: Cohort) -> None:
    patients = [row.subject for row in reaching.sessions if row.group == "patient"]
    cohort = some_without_kinematics(reaching, {patients[0], patients[4]})
    digest = digest_cohort(cohort, SETTINGS.digest, n_jobs=1)

    curve = degradation_curve(cohort, digest, SETTINGS, PLAN, scenarios=["kinematics-only"])

    loss = curve.losses[1]
    assert (loss.n_rows, loss.n_missing, loss.n_trials) == (5, 2, 10)
    lost = np.isnan(curve.estimated["kinematics-only"])
    assert digest.subjects[lost].tolist() == [patients[0], patients[4]]
    own = np.abs(curve.estimated["complete"] - digest.scores)[~lost]
    assert loss.complete_mae == pytest.approx(own.mean(), rel=1e-12)
    assert curve.losses[0].complete_mae != pytest.approx(own.mean(), rel=1e-3)


def test_what_is_not_possible_or_changes_nothing_is_said(reaching: Cohort) -> None:
    everybody = {row.subject for row in reaching.sessions}
    cohort = some_without_kinematics(reaching, everybody)
    digest = digest_cohort(cohort, SETTINGS.digest, n_jobs=1)

    curve = degradation_curve(
        cohort, digest, SETTINGS, PLAN, scenarios=["webcam-points", "markers-lost-half-trial"]
    )

    _, webcam, lost = curve.losses
    assert webcam.note.startswith("Not possible: nothing usable is left")
    assert (webcam.mae, webcam.n_rows, webcam.n_missing) == (None, 0, 7)
    assert "webcam-points" not in curve.estimated
    assert lost.note.startswith("Changes nothing here")
    assert lost.loss_percent == 0


def test_the_published_protocol_is_refused(reaching: Cohort, digest: CohortDigest) -> None:
    plan = EvaluationPlan(protocol="published")

    with pytest.raises(SettingsError, match="protocol must be loso or group-kfold"):
        degradation_curve(reaching, digest, SETTINGS, plan)
