"""Models that look at sessions as a whole: how they are assembled, permuted and audited."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone

from hybridmfp.evaluation import AuditPlan, permutation_p, permuted_scores
from hybridmfp.features import as_rows
from hybridmfp.models.fusion_settings import FusionSettings, NetworkSettings, TrainingSettings
from hybridmfp.pipelines import (
    DEFAULT_MODEL,
    MODELS,
    CohortDigest,
    EvaluationPlan,
    Settings,
    audit_model,
    evaluate,
    summarise_evaluation,
)
from hybridmfp.pipelines.models import model_for
from hybridmfp.pipelines.noise_sessions import OnNoise, noise_session
from hybridmfp.pipelines.selection import Look, look_inside
from hybridmfp.pipelines.settings import HybridSettings
from hybridmfp.signals import SubjectSession

SETTINGS = Settings()
HASTY = Settings(
    fusion=FusionSettings(training=TrainingSettings(n_epochs=1)), hybrid=HybridSettings(n_folds=3)
)
EVALUATE = importlib.import_module("hybridmfp.pipelines.evaluate")  # a function has its name too
AUDIT = importlib.import_module("hybridmfp.pipelines.audit")

Rows = tuple[SubjectSession, ...]
Sessions = Sequence[Any]


class Rater(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Adds up the items it was told of a person; it need not look at any signal."""

    def __init__(self, rows: Rows = ()) -> None:
        self.rows = rows

    def fit(self, X: Sessions, y: NDArray[np.float64]) -> Self:
        self.total_ = {row.subject: sum(row.items.values()) for row in self.rows}
        return self

    def predict(self, X: Sessions) -> NDArray[np.float64]:
        return np.array([self.total_[one.subject] for one in X], dtype=np.float64)


class Memory(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Repeats the score of a session that it has met; says -1 to a stranger."""

    def fit(self, X: Sessions, y: NDArray[np.float64], groups: NDArray[Any] | None = None) -> Self:
        self.met_ = {one.features.tobytes(): score for one, score in zip(X, y, strict=True)}
        self.subjects_ = sorted({one.subject for one in X})
        self.groups_ = None if groups is None else list(groups)
        return self

    def predict(self, X: Sessions) -> NDArray[np.float64]:
        return np.array([self.met_.get(one.features.tobytes(), -1.0) for one in X])


class Ungrouped(Memory):
    """The same, whose fit is not told whose the rows are."""

    def fit(self, X: Sessions, y: NDArray[np.float64]) -> Self:  # type: ignore[override]
        return super().fit(X, y)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Rows]:
    """Let every model be a `Rater`, and list the rows each was built with."""
    told: list[Rows] = []

    def build(digest: CohortDigest, _: str, **__: object) -> BaseEstimator:
        told.append(digest.rows)
        return Rater(digest.rows)

    monkeypatch.setattr(EVALUATE, "model_for", build)
    return told


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], Look | None]], None]:
    """Let every model be a `Memory`, of which something is said."""

    def say(what: Callable[[Any], Look | None]) -> None:
        monkeypatch.setattr(EVALUATE, "model_for", lambda *_, **__: Memory())
        monkeypatch.setattr(EVALUATE, "look_inside", what)

    return say


def ratings(rows: Rows) -> list[tuple[float | None, tuple[float, ...]]]:
    return [(row.score, tuple(row.items.values())) for row in rows]


def without_items(digest: CohortDigest) -> CohortDigest:
    rows = tuple(dataclasses.replace(row, items={}) for row in digest.rows)
    return dataclasses.replace(digest, rows=rows)


def same_size(model: Any) -> dict[str, Any]:
    """Parameters of a network by which variants differ."""
    settings = model.settings
    return {
        "modality": model.modality,
        "align": settings.network.align,
        "fusion": settings.network.fusion,
        "start": settings.training.start,
        "masked": settings.training.masked_epochs > 0,
    }


# Permutations


def test_items_move_with_their_score(small_digest: CohortDigest, built: list[Rows]) -> None:
    plan = EvaluationPlan(model="ridge", n_permutations=5, seed=4)

    run = evaluate(small_digest, SETTINGS, plan)

    permuted = permuted_scores(
        small_digest.scores, subject=small_digest.subjects, n_draws=5, seed=4
    )
    true, *drawn = built
    assert true == small_digest.rows
    assert len(drawn) == 5
    for draw, rows in enumerate(drawn):
        assert [row.score for row in rows] == permuted[:, draw].tolist()
        assert sorted(ratings(rows)) == sorted(ratings(small_digest.rows))
        assert [sum(row.items.values()) for row in rows] == [row.score for row in rows]
        bare = [dataclasses.replace(row, score=None, items={}) for row in rows]
        assert bare == [dataclasses.replace(row, score=None, items={}) for row in small_digest.rows]
    assert any(rows != small_digest.rows for rows in drawn)
    # Who knows the items knows the score, permuted or not: so the p-value calls it chance.
    assert run.metrics.mae == 0
    assert run.permuted_maes == (0,) * 5
    assert run.permutation_p == 1


def test_the_rows_of_the_digest_are_not_edited(
    small_digest: CohortDigest, built: list[Rows]
) -> None:
    before = ratings(small_digest.rows)

    evaluate(small_digest, SETTINGS, EvaluationPlan(model="ridge", n_permutations=2))

    assert ratings(small_digest.rows) == before


@pytest.mark.parametrize("protocol", ["loso", "group-kfold"])
def test_items_change_no_p_value_of_a_model_that_does_not_learn_from_them(
    small_digest: CohortDigest, protocol: str
) -> None:
    plan = EvaluationPlan(model="ridge", protocol=protocol, n_folds=3, n_permutations=4, n_jobs=1)

    rated, bare = (
        evaluate(one, SETTINGS, plan) for one in (small_digest, without_items(small_digest))
    )

    assert any(row.items for row in small_digest.rows)
    assert rated.permuted_maes == pytest.approx(bare.permuted_maes, rel=1e-12)
    assert rated.permutation_p == permutation_p(rated.metrics.mae, rated.permuted_maes)
    assert rated.permutation_p == bare.permutation_p


def test_sessions_of_one_person_keep_their_order_when_items_move(
    small_digest: CohortDigest, built: list[Rows]
) -> None:
    again = [dataclasses.replace(row, session="again") for row in small_digest.rows[::-1]]
    later = [dataclasses.replace(one, session="again") for one in small_digest.sessions[::-1]]
    twice = dataclasses.replace(
        small_digest,
        rows=(*small_digest.rows, *again),
        sessions=as_rows([*small_digest.sessions, *later]),
        oracle={},
    )

    evaluate(twice, SETTINGS, EvaluationPlan(model="ridge", n_permutations=3))

    pair = {
        subject: [row.score for row in twice.rows if row.subject == subject]
        for subject in small_digest.subjects.tolist()
    }
    for rows in built[1:]:
        for subject in pair:
            assert [row.score for row in rows if row.subject == subject] in pair.values()


def test_progress_counts_the_permutations(small_digest: CohortDigest, built: list[Rows]) -> None:
    told: list[tuple[str, int, int]] = []
    plan = EvaluationPlan(model="ridge", n_permutations=3)

    evaluate(small_digest, SETTINGS, plan, progress=lambda *step: told.append(step))

    assert [one for one in told if one[0] == "permuting"] == [
        ("permuting", at, 3) for at in (1, 2, 3)
    ]


# Remarks


def test_remarks_count_folds_even_if_some_have_nothing_to_say(
    small_digest: CohortDigest, look: Callable[..., None]
) -> None:
    def says(model: Memory) -> Look | None:
        notes = [f"{name} was met" for name in ("S1", "S2") if name in model.subjects_]
        return Look({}, {}, (*notes, "it rained")) if len(notes) == 2 else None

    look(says)

    run = evaluate(small_digest, SETTINGS, EvaluationPlan(model="ridge"))

    assert len(run.looks) == 5
    assert set(run.remarks) == {
        "In 5 of 7 folds S1 was met.",
        "In 5 of 7 folds S2 was met.",
        "In 5 of 7 folds it rained.",
    }
    assert run.selection is None
    assert summarise_evaluation(small_digest, run)["remarks"] == list(run.remarks)


def test_the_most_common_remark_comes_first(
    small_digest: CohortDigest, look: Callable[..., None]
) -> None:
    look(lambda model: Look({}, {}, ("always", *({"S3"} - set(model.subjects_)))))

    run = evaluate(small_digest, SETTINGS, EvaluationPlan(model="ridge"))

    assert run.remarks == ("In 7 of 7 folds always.", "In 1 of 7 folds S3.")


@pytest.mark.parametrize("first", [True, False])
def test_a_member_that_some_stacks_lack_weighs_nothing_there(
    small_digest: CohortDigest, look: Callable[..., None], first: bool
) -> None:
    alone, both = {"ridge": 1.0}, {"ridge": 0.3, "network.estimate": 0.7}
    look(lambda model: Look({"a": 1.0}, alone if ("S1" not in model.subjects_) == first else both))

    run = evaluate(small_digest, SETTINGS, EvaluationPlan(model="ridge"))

    n_alone = 1 if first else 6
    stack = summarise_evaluation(small_digest, run)["stack"]
    assert stack["ridge"] == pytest.approx((n_alone + 0.3 * (7 - n_alone)) / 7, rel=1e-12)
    assert stack["network.estimate"] == pytest.approx(0.7 * (7 - n_alone) / 7, rel=1e-12)
    assert run.selection is not None


def test_with_too_few_training_subjects_the_default_is_the_ensemble_and_says_so(
    small_digest: CohortDigest,
) -> None:
    assert DEFAULT_MODEL == "hybrid"
    as_ensemble = dataclasses.replace(
        SETTINGS,
        ensemble=dataclasses.replace(SETTINGS.ensemble, shrinkage=SETTINGS.hybrid.shrinkage),
    )

    default = evaluate(small_digest, SETTINGS, EvaluationPlan(protocol="group-kfold", n_folds=3))
    ensemble = evaluate(
        small_digest,
        as_ensemble,
        EvaluationPlan(model="ensemble", protocol="group-kfold", n_folds=3),
    )

    np.testing.assert_array_equal(default.predicted, ensemble.predicted)
    said = [one for one in default.remarks if "the ensemble of named features alone" in one]
    assert [one.split(" the ")[0] for one in said] == ["In 2 of 3 folds", "In 1 of 3 folds"]
    for one, n_subjects in zip(said, (5, 4), strict=True):
        assert (
            f"5 training subjects in every one of 4 inner folds and there were {n_subjects}" in one
        )
    assert default.selection is not None
    assert default.selection.equals(ensemble.selection)


def test_a_hybrid_with_networks_names_what_it_took_from_them(
    networks_digest: CohortDigest,
) -> None:
    model = model_for(networks_digest, "hybrid", settings=HASTY)

    found = look_inside(model.fit(networks_digest.sessions, networks_digest.scores))

    assert found is not None
    assert "network.estimate" in found.coefficients
    assert "network.estimate" in found.weights
    assert sum(found.weights.values()) == pytest.approx(1, abs=1e-9)
    assert not any("named features alone" in note for note in found.notes)
    assert any("simulated patients" in note for note in found.notes)


# Assembly


@pytest.mark.parametrize("name", MODELS)
def test_every_model_can_be_assembled_and_cloned(small_digest: CohortDigest, name: str) -> None:
    model = model_for(small_digest, name, settings=SETTINGS)

    assert type(clone(model)) is type(model)
    assert not [attribute for attribute in vars(model) if attribute.endswith("_")]


@pytest.mark.parametrize("name", [one for one in MODELS if one.startswith("fusion")])
def test_a_network_is_told_of_the_cohort(small_digest: CohortDigest, name: str) -> None:
    model = model_for(small_digest, name, settings=SETTINGS, seed=5)

    assert model.rows == small_digest.rows
    assert model.scale == small_digest.scale
    assert model.random_state == 5


def test_a_hybrid_is_told_of_the_cohort(small_digest: CohortDigest) -> None:
    settings = Settings(hybrid=HybridSettings(n_folds=3, shrinkage=0.5))

    model = model_for(small_digest, "hybrid", settings=settings, seed=5)

    assert (model.network.rows, model.network.scale) == (small_digest.rows, small_digest.scale)
    assert model.ensemble.prepare.controls == small_digest.controls
    assert (model.ensemble.minimum, model.ensemble.maximum) == (0, 66)
    assert (model.n_folds, model.ensemble.shrinkage) == (3, 0.5)
    assert model.network.random_state == model.ensemble.random_state == 5


@pytest.mark.parametrize("name", ["ensemble", "ridge", "training-mean"])
def test_named_features_are_told_of_the_controls(small_digest: CohortDigest, name: str) -> None:
    model = model_for(small_digest, name, settings=SETTINGS)

    prepare = model.prepare if name == "ensemble" else model.named_steps["rows"]
    assert prepare.controls == small_digest.controls


def test_settings_reach_the_network_and_variants_change_what_they_are_named_for(
    small_digest: CohortDigest,
) -> None:
    fusion = FusionSettings(
        network=NetworkSettings(width=32, dropout=0.5),
        training=TrainingSettings(n_epochs=3, masked_epochs=1),
    )
    settings = Settings(fusion=fusion)

    def built(name: str) -> Any:
        return model_for(small_digest, name, settings=settings)

    own = {
        "modality": None, "align": True, "fusion": "cross", "start": "simulated", "masked": True,
    }  # fmt: skip
    changes: dict[str, dict[str, Any]] = {
        "fusion": {},
        "fusion-emg": {"modality": "emg"},
        "fusion-kinematics": {"modality": "kinematics"},
        "fusion-scratch-unaligned": {"start": "scratch", "masked": False, "align": False},
        "fusion-scratch": {"start": "scratch", "masked": False},
        "fusion-scratch-masked": {"start": "scratch"},
        **{
            f"fusion-scratch-{kind}": {"start": "scratch", "masked": False, "fusion": kind}
            for kind in ("concat", "gated", "late")
        },
    }
    assert built("fusion").settings == built("hybrid").network.settings == fusion
    assert set(changes) == {one for one in MODELS if one.startswith("fusion")}
    for name, changed in changes.items():
        assert same_size(built(name)) == {**own, **changed}, name
        assert built(name).settings.network.width == 32
        assert built(name).settings.training.n_epochs == 3


def test_a_network_from_scratch_can_do_without_emg(networks_digest: CohortDigest) -> None:
    sessions = [
        dataclasses.replace(
            one,
            envelopes=one.envelopes[:, :0],
            bag=dataclasses.replace(one.bag, muscles=(), emg=one.bag.emg[:, :0]),
        )
        for one in networks_digest.sessions
    ]
    model = model_for(networks_digest, "fusion-scratch", settings=HASTY)

    model.fit(as_rows(sessions), networks_digest.scores)

    assert np.isfinite(model.predict(sessions)).all()


# Audit


def test_the_same_row_of_noise_is_the_same_session(small_digest: CohortDigest) -> None:
    like = small_digest.sessions[0]
    row, other = np.random.default_rng(0).normal(size=(2, 5))

    one, again, stranger = (noise_session(values, like) for values in (row, row.copy(), other))

    assert one.subject == again.subject != stranger.subject
    np.testing.assert_array_equal(one.features, again.features)
    np.testing.assert_array_equal(one.bag.emg, again.bag.emg)
    assert not np.isclose(one.features, stranger.features).any()


def test_a_session_of_noise_has_the_shape_and_the_names_of_another_but_not_its_signals(
    small_digest: CohortDigest,
) -> None:
    like = small_digest.sessions[0]

    found = noise_session(np.arange(3.0), like)

    assert found.columns == like.columns
    assert found.session_columns == like.session_columns
    assert found.task.tolist() == like.task.tolist()
    assert (found.bag.muscles, found.bag.channels) == (like.bag.muscles, like.bag.channels)
    pairs = [
        *((getattr(found, one), getattr(like, one))
          for one in ("features", "session_features", "movement", "envelopes")),
        *((getattr(found.bag, one), getattr(like.bag, one))
          for one in ("emg", "kinematics", "duration_s")),
    ]  # fmt: skip
    for ours, theirs in pairs:
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        assert np.isfinite(ours).all()
        assert not (ours == theirs).any()
    assert (found.bag.duration_s > 0).all()
    for noise in (found.bag.emg, found.bag.kinematics, found.movement):
        # Five standard errors of a mean and a spread of so many independent values.
        assert abs(noise.mean()) < 5 / np.sqrt(noise.size)
        assert abs(noise.std() - 1) < 5 / np.sqrt(2 * noise.size)


def test_sessions_without_a_bag_stay_without_one(small_digest: CohortDigest) -> None:
    like = dataclasses.replace(small_digest.sessions[0], bag=None)

    assert noise_session(np.arange(3.0), like).bag is None


@pytest.mark.parametrize("kind", [Memory, Ungrouped])
def test_a_model_on_noise_learns_from_the_row_and_from_nothing_else(
    small_digest: CohortDigest, kind: type[Memory]
) -> None:
    table = np.random.default_rng(1).normal(size=(6, 4))
    scores, whose = np.arange(6.0), np.array(list("aabbcc"))

    model = clone(OnNoise(kind(), like=small_digest.sessions[0]))
    model.fit(table[:4], scores[:4], groups=whose[:4])

    assert model.predict(table).tolist() == [0, 1, 2, 3, -1, -1]
    assert model.model_.groups_ == (["a", "a", "b", "b"] if kind is Memory else None)


def test_an_audit_of_a_model_of_sessions_gives_it_sessions_of_noise(
    small_digest: CohortDigest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AUDIT, "model_for", lambda *_, **__: Memory())

    result = audit_model(
        small_digest, SETTINGS, EvaluationPlan(model="ridge"), AuditPlan(n_draws=2, n_jobs=1)
    )

    # It has met none of the sessions it judges, with permuted scores or on noise.
    expected = np.mean(small_digest.scores + 1)
    assert result.nested_mae == pytest.approx((expected, expected), rel=1e-12)
    assert result.nested_noise_mae == pytest.approx((expected, expected), rel=1e-12)


@pytest.mark.parametrize(
    "model",
    ["fusion", "fusion-scratch", "minirocket", pytest.param("hybrid", marks=pytest.mark.slow)],
)
def test_networks_are_audited_whole(networks_digest: CohortDigest, model: str) -> None:
    plan = EvaluationPlan(model=model, protocol="group-kfold", n_folds=3)

    result = audit_model(networks_digest, HASTY, plan, AuditPlan(n_draws=1, n_jobs=1))

    assert 0 < result.nested_mae[0] <= 66
    assert 0 < result.nested_noise_mae[0] <= 66


def test_the_default_is_the_hybrid_on_the_fma_ue_alone(small_digest: CohortDigest) -> None:
    from hybridmfp.pipelines.models import default_model
    from hybridmfp.signals import SCALES

    own = dataclasses.replace(SCALES["fma-ue-mhh20"], name="my-scale")

    assert default_model(small_digest.scale) == "hybrid"
    assert [default_model(one) for one in (SCALES["fma-ue-mhh20"], own)] == ["ensemble"] * 2
    plan, name = EvaluationPlan().on(SCALES["fma-ue-mhh20"])
    assert plan.model == name == "ensemble"
    assert EvaluationPlan(model="ridge").on(small_digest.scale)[1] == "ridge"


def test_figures_on_simulated_people_say_that_simulated_weights_flatter_them(
    networks_digest: CohortDigest,
) -> None:
    plan = EvaluationPlan(model="fusion", protocol="group-kfold", n_folds=2)
    recorded = dataclasses.replace(networks_digest, synthetic=False, oracle={})

    said = {
        name: any("flatters the figure" in one for one in evaluate(digest, SETTINGS, plan).remarks)
        for name, digest in (("simulated", networks_digest), ("recorded", recorded))
    }

    assert said == {"simulated": True, "recorded": False}
