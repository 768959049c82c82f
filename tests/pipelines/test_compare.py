"""Many models, one set of folds."""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from hybridmfp.errors import EvaluationError, MissingDependencyError, SettingsError
from hybridmfp.features import as_rows
from hybridmfp.pipelines import CohortDigest, EvaluationPlan, Settings, evaluate, models
from hybridmfp.pipelines.compare import ComparisonPlan, ComparisonRun, compare
from hybridmfp.pipelines.comparison_summary import (
    compared_predictions,
    comparison_table,
    summarise_comparison,
)
from hybridmfp.pipelines.evaluate import folds_of

SETTINGS = Settings()
EVALUATE = importlib.import_module("hybridmfp.pipelines.evaluate")  # a function has its name too
COMPARE = importlib.import_module("hybridmfp.pipelines.compare")
FAST = ("ridge", "training-mean", "gradient-boosting", "published")
CONTRACT = {
    "n_subjects", "scale", "protocol", "n_folds", "seed", "synthetic", "reference", "oracle_mae",
    "models", "baselines", "remarks",
}  # fmt: skip
ENTRY = {
    "model", "mae", "mae_interval", "rmse", "r2", "spearman", "difference_points",
    "difference_interval", "p_value", "p_adjusted", "seconds", "wrong",
}  # fmt: skip

Sessions = Sequence[Any]
Provide = Callable[..., None]


class Parrot(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Repeats the score of whom it has met; says 0 to a stranger."""

    def fit(self, X: Sessions, y: NDArray[np.float64]) -> Self:
        self.heard_ = {one.subject: score for one, score in zip(X, y, strict=True)}
        return self

    def predict(self, X: Sessions) -> NDArray[np.float64]:
        return np.array([self.heard_.get(one.subject, 0.0) for one in X])


class Witness(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Says whom it was fitted on: half the sum of two to the power of each one's number."""

    def fit(self, X: Sessions, y: NDArray[np.float64]) -> Self:
        self.met_ = sum(2.0 ** int(one.subject.lstrip("S")) for one in X) / 4
        return self

    def predict(self, X: Sessions) -> NDArray[np.float64]:
        return np.full(len(X), self.met_)


class NotInstalled(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Finds out in `fit` that its package is missing."""

    def fit(self, X: Sessions, y: NDArray[np.float64]) -> Self:
        raise MissingDependencyError("minirocket must have numbers; pip install it.")


@pytest.fixture
def provide(monkeypatch: pytest.MonkeyPatch) -> Provide:
    """Let models of our own be asked for by name, and no others."""

    def replace(**known: BaseEstimator) -> None:
        def build(_: CohortDigest, name: str, **__: object) -> BaseEstimator:
            return known.get(name, Parrot())

        monkeypatch.setattr(COMPARE, "MODELS", ("training-mean", *known))
        monkeypatch.setattr(COMPARE, "model_for", build)
        monkeypatch.setattr(EVALUATE, "model_for", build)

    return replace


@pytest.fixture
def perfect(small_digest: CohortDigest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the published order of steps claim that it errs never."""
    claim = SimpleNamespace(predicted=small_digest.scores, fell_back=False)
    monkeypatch.setattr(EVALUATE, "published_protocol", lambda *_, **__: claim)


@pytest.fixture(scope="module")
def compared(small_digest: CohortDigest) -> ComparisonRun:
    return compare(small_digest, SETTINGS, ComparisonPlan(models=FAST, reference="ridge"))


@pytest.fixture(scope="module")
def honest_alone(small_digest: CohortDigest) -> ComparisonRun:
    return compare(small_digest, SETTINGS, ComparisonPlan(models=FAST[:-1], reference="ridge"))


@pytest.fixture(scope="module")
def summary(small_digest: CohortDigest, compared: ComparisonRun) -> dict[str, Any]:
    return summarise_comparison(small_digest, compared)


def without_times(summary: dict[str, Any]) -> dict[str, Any]:
    entries = [{**one, "seconds": None} for one in summary["models"]]
    return {**summary, "models": entries}


@pytest.mark.parametrize("protocol", ["loso", "group-kfold"])
def test_all_models_are_fitted_on_the_same_folds(
    small_digest: CohortDigest, provide: Provide, protocol: str
) -> None:
    provide(one=Witness(), other=Witness())
    plan = ComparisonPlan(models=("one", "other"), reference="one", protocol=protocol, n_folds=3)

    run = compare(small_digest, SETTINGS, plan)

    asked = EvaluationPlan(protocol=protocol, n_folds=3)  # type: ignore[arg-type]
    expected = np.empty(7)
    for number, fold in enumerate(folds_of(small_digest, asked)):
        met = [int(small_digest.subjects[row].lstrip("S")) for row in fold.train]
        expected[fold.test] = sum(2.0**at for at in met) / 4
        assert set(run.fold[fold.test]) == {number}
    for one in run.judged:
        np.testing.assert_array_equal(one.predicted, np.minimum(expected, 66))


def test_no_model_meets_the_subject_it_judges(small_digest: CohortDigest, provide: Provide) -> None:
    provide(parrot=Parrot(), other=Parrot())

    run = compare(
        small_digest, SETTINGS, ComparisonPlan(models=("parrot", "other"), reference="other")
    )

    for one in run.judged:
        np.testing.assert_array_equal(one.predicted, np.zeros(7))


def test_a_model_is_judged_as_by_evaluate(
    small_digest: CohortDigest, compared: ComparisonRun
) -> None:
    alone = evaluate(small_digest, SETTINGS, EvaluationPlan(model="ridge", n_jobs=1))
    (ridge,) = [one for one in compared.judged if one.model == "ridge"]

    np.testing.assert_array_equal(ridge.predicted, alone.predicted)
    assert ridge.metrics == alone.metrics
    assert ridge.mae_interval == alone.mae_interval
    assert compared.baselines.keys() == alone.baselines.keys()


def test_models_are_sorted_by_their_error(summary: dict[str, Any]) -> None:
    maes = [one["mae"] for one in summary["models"]]

    assert maes == sorted(maes)
    assert {one["model"] for one in summary["models"]} == set(FAST)


def test_the_reference_is_absent_from_its_own_comparisons(compared: ComparisonRun) -> None:
    assert {one.model for one in compared.comparisons} == {
        "training-mean",
        "gradient-boosting",
    }
    assert {one.reference for one in compared.comparisons} == {"ridge"}


def test_the_reference_differs_from_itself_by_nothing(summary: dict[str, Any]) -> None:
    (own,) = [one for one in summary["models"] if one["model"] == "ridge"]

    assert (own["difference_points"], own["difference_interval"]) == (0, [0, 0])
    assert own["p_value"] is None


def test_a_difference_is_the_models_error_minus_the_references(summary: dict[str, Any]) -> None:
    maes = {one["model"]: one["mae"] for one in summary["models"]}
    (mean,) = [one for one in summary["models"] if one["model"] == "training-mean"]

    # one session each, so persons weigh as rows do
    expected = maes["training-mean"] - maes["ridge"]
    assert mean["difference_points"] == pytest.approx(expected, rel=1e-12)


def test_the_wrong_one_is_never_best_and_never_tested(
    small_digest: CohortDigest, provide: Provide, perfect: None
) -> None:
    provide(parrot=Parrot())

    run = compare(
        small_digest, SETTINGS, ComparisonPlan(models=("parrot", "published"), reference="parrot")
    )
    summary = summarise_comparison(small_digest, run)

    first = summary["models"][0]
    assert (first["model"], first["mae"], first["wrong"]) == ("published", 0, True)
    assert run.best == summary["best"] == "parrot"
    assert run.comparisons == ()
    assert (first["difference_points"], first["p_adjusted"]) == (None, None)
    assert any(one.startswith("published: WRONG ON PURPOSE") for one in run.remarks)


def test_the_wrong_one_does_not_change_the_corrected_p_values(
    compared: ComparisonRun, honest_alone: ComparisonRun
) -> None:
    assert honest_alone.comparisons == compared.comparisons


def test_under_other_folds_the_wrong_one_says_that_it_keeps_its_own(
    small_digest: CohortDigest, provide: Provide, perfect: None
) -> None:
    provide(parrot=Parrot())
    plan = ComparisonPlan(
        models=("parrot", "published"), reference="parrot", protocol="group-kfold", n_folds=3
    )

    assert "leaves one subject out" in " ".join(compare(small_digest, SETTINGS, plan).remarks)


def test_a_model_that_is_not_installed_is_left_out_by_name(
    small_digest: CohortDigest, provide: Provide, perfect: None
) -> None:
    provide(parrot=Parrot(), minirocket=NotInstalled())

    run = compare(small_digest, SETTINGS, ComparisonPlan(reference="parrot"))

    assert {one.model for one in run.judged} == {"training-mean", "parrot", "published"}
    assert run.remarks[0] == (
        "minirocket was left out: minirocket must have numbers; pip install it."
    )


@pytest.mark.parametrize(
    "asked",
    [{"models": ("training-mean", "minirocket"), "reference": "training-mean"},
     {"reference": "minirocket"}],
)  # fmt: skip
def test_a_model_that_was_named_is_not_left_out(
    small_digest: CohortDigest, provide: Provide, asked: dict[str, Any]
) -> None:
    provide(minirocket=NotInstalled())

    with pytest.raises(MissingDependencyError, match="minirocket must have numbers"):
        compare(small_digest, SETTINGS, ComparisonPlan(**asked))


def test_a_named_model_that_cannot_be_built_ends_it_before_any_is_judged(
    small_digest: CohortDigest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(_: CohortDigest, name: str, **__: object) -> BaseEstimator:
        if name == "training-mean":
            raise MissingDependencyError("training-mean must have torch.")
        return Parrot()

    monkeypatch.setattr(COMPARE, "model_for", build)
    told: list[object] = []

    with pytest.raises(MissingDependencyError, match="must have torch"):
        compare(
            small_digest,
            SETTINGS,
            ComparisonPlan(models=("ridge", "training-mean"), reference="ridge"),
            progress=lambda *step: told.append(step),
        )

    assert told == []


def test_a_cohort_too_small_for_one_of_all_models_is_compared_on_the_others(
    small_digest: CohortDigest, provide: Provide
) -> None:
    provide(parrot=Parrot())
    four = dataclasses.replace(
        small_digest, rows=small_digest.rows[:4], sessions=small_digest.sessions[:4]
    )

    run = compare(four, SETTINGS, ComparisonPlan(reference="parrot"))

    assert any(one.startswith("published was left out:") for one in run.remarks)
    assert run.best in {"training-mean", "parrot"}


def test_the_summary_keeps_the_contract_and_is_ready_for_json(
    small_digest: CohortDigest, summary: dict[str, Any]
) -> None:
    assert set(summary) >= CONTRACT
    assert all(set(one) == ENTRY for one in summary["models"])
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert set(summary["baselines"]) == {"training_mean", "training_median", "demographics"}
    assert (summary["n_subjects"], summary["n_folds"]) == (7, 7)
    assert summary["synthetic"] is True
    assert summary["oracle_mae"] > 0


def test_what_is_undefined_is_none(small_digest: CohortDigest, provide: Provide) -> None:
    provide(one=Parrot(), other=Parrot())  # constant: no rank correlation
    untold = dataclasses.replace(small_digest, oracle={})

    run = compare(untold, SETTINGS, ComparisonPlan(models=("one", "other"), reference="one"))
    summary = summarise_comparison(untold, run)

    json.dumps(summary, allow_nan=False)
    assert summary["oracle_mae"] is None
    assert {one["spearman"] for one in summary["models"]} == {None}
    assert run.comparisons[0].p_value == 1


def test_the_same_seed_gives_the_same_figures(
    compared: ComparisonRun, honest_alone: ComparisonRun
) -> None:
    before = {one.model: one for one in compared.judged}

    for one in honest_alone.judged:
        np.testing.assert_array_equal(one.predicted, before[one.model].predicted)
        assert one.mae_interval == before[one.model].mae_interval


def test_the_order_in_which_models_are_named_changes_no_figure(
    small_digest: CohortDigest, provide: Provide
) -> None:
    provide(parrot=Parrot(), witness=Witness())
    names = ("parrot", "witness", "training-mean")

    summaries = [
        summarise_comparison(
            small_digest,
            compare(small_digest, SETTINGS, ComparisonPlan(models=order, reference="parrot")),
        )
        for order in (names, (names[1], names[0], names[2]))
    ]

    assert without_times(summaries[0]) == without_times(summaries[1])


def test_predictions_have_one_row_per_session_and_one_column_per_model(
    small_digest: CohortDigest, compared: ComparisonRun
) -> None:
    table = compared_predictions(small_digest, compared)

    assert table["subject"].tolist() == small_digest.subjects.tolist()
    assert set(table) >= {"session", "rated", "fold", "oracle", "synthetic", *FAST}
    for one in compared.judged:
        mae = (table[one.model] - table["rated"]).abs().mean()
        assert mae == pytest.approx(one.metrics.mae, rel=1e-12)


def test_the_table_holds_what_the_summary_holds(summary: dict[str, Any]) -> None:
    table = comparison_table(summary)

    for row, one in zip(table.to_dict("records"), summary["models"], strict=True):
        assert [row["mae_interval_low"], row["mae_interval_high"]] == one["mae_interval"]
        assert (row["model"], row["mae"], row["wrong"]) == (one["model"], one["mae"], one["wrong"])
    assert table["difference_interval_low"].isna().tolist() == table["wrong"].tolist()


def test_progress_is_told_for_each_model(
    small_digest: CohortDigest, provide: Provide, perfect: None
) -> None:
    provide(parrot=Parrot())
    told: list[tuple[str, int, int]] = []
    plan = ComparisonPlan(models=("parrot", "published"), reference="parrot", n_jobs=1)

    compare(small_digest, SETTINGS, plan, progress=lambda *step: told.append(step))

    assert list(dict.fromkeys(name for name, *_ in told)) == ["parrot", "published"]
    assert [step for step in told if step[0] == "parrot"][-1] == ("parrot", 7, 7)
    assert told[-1] == ("published", 7, 7)


def test_sessions_of_one_person_stay_together(small_digest: CohortDigest, provide: Provide) -> None:
    provide(parrot=Parrot(), other=Parrot())
    first, session = small_digest.rows[0], small_digest.sessions[0]
    twice = dataclasses.replace(
        small_digest,
        rows=(*small_digest.rows, dataclasses.replace(first, session="again")),
        sessions=as_rows([*small_digest.sessions, dataclasses.replace(session, session="again")]),
        oracle={},
    )

    run = compare(twice, SETTINGS, ComparisonPlan(models=("parrot", "other"), reference="other"))

    assert run.fold[0] == run.fold[-1]
    np.testing.assert_array_equal(run.judged[0].predicted, np.zeros(8))
    assert summarise_comparison(twice, run)["n_subjects"] == 7


def test_two_subjects_are_too_few(small_digest: CohortDigest) -> None:
    two = dataclasses.replace(
        small_digest, rows=small_digest.rows[:2], sessions=small_digest.sessions[:2]
    )

    with pytest.raises(EvaluationError, match="at least 3 subjects, got 2"):
        compare(two, SETTINGS, ComparisonPlan())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"models": ("ensemble", "ridg")}, "got 'ridg'. Did you mean 'ridge'"),
        ({"models": ("ensemble", "publishd")}, "Did you mean 'published'"),
        ({"reference": "ensembel"}, "Did you mean 'ensemble'"),
        ({"models": ("ensemble",)}, "at least two, each named once; got ensemble"),
        ({"models": ("ensemble", "ridge", "ridge")}, "each named once"),
        ({"models": ("ridge", "training-mean")}, "reference must be one of the compared models"),
        ({"reference": "published"}, "must be a model that is judged honestly"),
        ({"protocol": "published"}, "protocol must be one of loso, group-kfold; got 'published'"),
        ({"n_folds": 1}, "n_folds must be at least 2"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_an_impossible_plan_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        ComparisonPlan(**asked)


def test_all_models_are_compared_where_none_is_named() -> None:
    assert ComparisonPlan().names == (*models.MODELS, "published")
