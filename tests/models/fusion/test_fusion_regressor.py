"""What `FusionRegressor` promises beyond what all networks do."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import fusion_builder as build
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.errors import EvaluationError, ScaleError, SettingsError, SignalError
from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.fusion import regressor as regressor_module
from hybridmfp.models.fusion.auxiliary import AuxiliaryHeads, auxiliary_answers
from hybridmfp.models.fusion.bag_reader import BagReader
from hybridmfp.models.fusion.labels import labels_of
from hybridmfp.models.fusion.quiet_torch import quiet_torch
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.models.fusion_settings import Auxiliary
from hybridmfp.signals import SCALES, SubjectSession

SCORES = np.linspace(8, 60, len(build.VISITS))
KEYS = [(one.subject, one.session) for one in build.VISITS]


def fresh(**others: Any) -> FusionRegressor:
    return build.model_and_scores(**others)[0]


def test_fewer_than_five_people_are_refused_however_many_visits_they_paid() -> None:
    twice = [replace(one, session=str(at)) for one in build.VISITS[:4] for at in range(2)]

    with pytest.raises(EvaluationError, match="at least 5 training subjects; got 4"):
        fresh().fit(twice, np.linspace(8, 60, 8))
    with pytest.raises(EvaluationError, match="at least 5 training subjects; got 2"):
        fresh().fit(build.VISITS, SCORES, np.arange(7) % 2)
    with pytest.raises(EvaluationError, match="at least 5 training subjects; got 0"):
        fresh().fit([], [])


@pytest.mark.parametrize("wrong", [-0.5, 66.5, np.nan, np.inf])
def test_a_score_outside_the_scale_is_refused(wrong: float) -> None:
    with pytest.raises(ScaleError, match=f"must lie on total, 0 to 66 points; got {wrong:g}"):
        fresh().fit(build.VISITS, np.where(np.arange(7) == 3, wrong, SCORES))


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(EvaluationError, match=r"each of the 7 sessions; got shapes \(6,\)"):
        fresh().fit(build.VISITS, SCORES[:6])
    with pytest.raises(EvaluationError, match=r"each of the 7 sessions.*\(7,\) and \(6,\)"):
        fresh().fit(build.VISITS, SCORES, np.arange(6))


def test_a_model_must_be_fitted_before_it_is_asked_or_kept(tmp_path: Path) -> None:
    for ask in ("predict", "embed", "predict_items"):
        with pytest.raises(NotFittedError):
            getattr(fresh(), ask)(build.VISITS)
    with pytest.raises(NotFittedError):
        fresh().save(tmp_path / "model.safetensors")
    assert not list(tmp_path.iterdir())


def test_items_that_were_never_rated_cannot_be_estimated(tmp_path: Path) -> None:
    build.trained().save(tmp_path / "model.safetensors")
    unrated = FusionRegressor(scale=build.RATED, settings=build.settings(), device="cpu")
    unrated.fit(build.VISITS, np.linspace(0, 8, 7))

    for model in (unrated, build.trained(), FusionRegressor.load(tmp_path / "model.safetensors")):
        with pytest.raises(EvaluationError, match="must follow a fit with rated items"):
            model.predict_items(build.STRANGERS)


def test_it_can_be_cloned_and_pickled() -> None:
    model, scores = build.model_and_scores("items", width=16)

    again = clone(model)

    assert not hasattr(again, "network_")
    assert {name: value for name, value in again.get_params().items() if name != "rows"} == {
        name: value for name, value in model.get_params().items() if name != "rows"
    }
    assert [row.items for row in again.rows] == [row.items for row in model.rows]
    fitted = model.fit(build.VISITS, scores)
    revived = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(revived.predict(build.STRANGERS), fitted.predict(build.STRANGERS))
    np.testing.assert_array_equal(
        again.fit(build.VISITS, scores).predict(build.STRANGERS), fitted.predict(build.STRANGERS)
    )


@pytest.mark.parametrize("modality", [None, "emg", "kinematics"])
def test_a_file_keeps_the_templates_and_the_modality(tmp_path: Path, modality: str | None) -> None:
    model = fresh(align=True).set_params(modality=modality, random_state=4)
    model.fit(build.VISITS, SCORES).save(tmp_path / "model.safetensors")
    mixed = [build.emg_only(build.STRANGERS[0]), *build.STRANGERS[1:]]
    asked = build.STRANGERS if modality == "kinematics" else mixed

    again = FusionRegressor.load(tmp_path / "model.safetensors")

    np.testing.assert_array_equal(again.predict(asked), model.predict(asked))
    read, expected = (one.reader_.transform(mixed) for one in (again, model))
    for name in ("emg", "kinematics", "task", "context"):
        np.testing.assert_array_equal(getattr(read, name), getattr(expected, name))
    assert (again.modality, again.random_state) == (modality, 4)
    assert again.settings == model.settings


def test_half_of_the_bits_give_nearly_the_same_estimates(tmp_path: Path) -> None:
    model = build.trained()
    model.save(tmp_path / "whole.safetensors")
    model.save(tmp_path / "half.safetensors", half=True)

    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("whole", "half")]
    again = FusionRegressor.load(tmp_path / "half.safetensors")

    assert sizes[1] < 0.7 * sizes[0]
    np.testing.assert_allclose(  # 11 bits of each weight
        again.predict(build.STRANGERS), model.predict(build.STRANGERS), atol=0.2
    )


def test_estimates_stay_on_the_scale() -> None:
    narrow = replace(build.TOTAL, minimum=20, maximum=21)
    model = fresh(n_epochs=1).set_params(scale=narrow)

    model.fit(build.VISITS, np.linspace(20, 21, 7))
    predicted = model.predict(build.STRANGERS)

    assert ((predicted >= 20) & (predicted <= 21)).all()


@pytest.mark.parametrize("n_threads", [1, 3])
def test_the_generators_and_the_threads_of_others_are_left_alone(n_threads: int) -> None:
    torch.set_num_threads(n_threads)
    of_torch = torch.get_rng_state()
    of_numpy = np.random.get_state()[1].copy()  # noqa: NPY002 - to see that it is not touched
    deterministic = torch.backends.cudnn.deterministic

    predicted = fresh().fit(build.VISITS, SCORES).predict(build.STRANGERS)

    assert torch.equal(torch.get_rng_state(), of_torch)
    np.testing.assert_array_equal(np.random.get_state()[1], of_numpy)  # noqa: NPY002
    assert torch.get_num_threads() == n_threads
    assert torch.backends.cudnn.deterministic == deterministic
    np.testing.assert_array_equal(predicted, build.trained().predict(build.STRANGERS))
    torch.set_num_threads(1)


def draw_and_stop() -> None:
    with quiet_torch(3, n_threads=2):
        torch.rand(3)
        raise RuntimeError("stop")


def test_everything_is_put_back_after_an_error_too() -> None:
    state = torch.get_rng_state()

    with pytest.raises(RuntimeError, match="stop"):
        draw_and_stop()

    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == 1


def test_sessions_are_left_as_they_were() -> None:
    for modality in ("emg", "kinematics", None):
        fresh().set_params(modality=modality).fit(build.VISITS, SCORES).predict(build.STRANGERS)

    for at, one in enumerate(build.VISITS):
        kept = build.bag(build.visit(at, strength=build.STRENGTHS[at]))
        np.testing.assert_array_equal(build.bag(one).emg, kept.emg)
        np.testing.assert_array_equal(build.bag(one).kinematics, kept.kinematics)


def moved_otherwise(session: SessionDigest) -> SessionDigest:
    rng = np.random.default_rng(9)
    kinematics = build.bag(session).kinematics
    return replace(
        build.with_bag(session, kinematics=rng.normal(size=kinematics.shape).astype(np.float32)),
        movement=rng.normal(size=session.movement.shape).astype(np.float32),
    )


def contracted_otherwise(session: SessionDigest) -> SessionDigest:
    rng = np.random.default_rng(9)
    emg = build.bag(session).emg
    return replace(
        build.with_bag(session, emg=rng.random(emg.shape).astype(np.float32)),
        envelopes=rng.random(session.envelopes.shape).astype(np.float32),
    )


@pytest.mark.parametrize(
    ("modality", "otherwise", "lacking"),
    [
        ("emg", moved_otherwise, build.emg_only),
        ("kinematics", contracted_otherwise, build.kinematics_only),
    ],
)
def test_a_model_of_one_modality_ignores_the_other_entirely(
    modality: str,
    otherwise: Callable[[SessionDigest], SessionDigest],
    lacking: Callable[[SessionDigest], SessionDigest],
) -> None:
    model = fresh(align=True).set_params(modality=modality).fit(build.VISITS, SCORES)
    expected = model.predict(build.STRANGERS)

    for change in (otherwise, lacking):
        other = [change(one) for one in build.STRANGERS]
        np.testing.assert_array_equal(model.predict(other), expected)
    taught = clone(model).fit([otherwise(one) for one in build.VISITS], SCORES)
    np.testing.assert_array_equal(taught.predict(build.STRANGERS), expected)


def test_a_session_that_lacks_the_only_modality_looked_at_is_refused() -> None:
    model = fresh().set_params(modality="emg").fit(build.VISITS, SCORES)
    blind = [build.VISITS[0], build.kinematics_only(build.VISITS[1])]

    with pytest.raises(SignalError, match=r"valid sample of EMG, which is all.*p01, session 1"):
        model.predict(blind)
    with pytest.raises(SignalError, match="valid sample of EMG"):
        clone(model).fit([*blind, *build.VISITS[2:]], SCORES)


@pytest.mark.parametrize("batch_trials", [1, 3])
def test_training_bears_sessions_most_of_whose_trials_hold_nothing(batch_trials: int) -> None:
    poor = []
    for one in build.VISITS:
        emg, kinematics = build.bag(one).emg.copy(), build.bag(one).kinematics.copy()
        emg[:2], kinematics[:2] = np.nan, np.nan
        poor.append(build.with_bag(one, emg=emg, kinematics=kinematics))

    model = fresh(batch_trials=batch_trials, modality_dropout=0.9, validation_share=0)
    model.fit(poor, SCORES)

    assert np.isfinite(model.predict(build.STRANGERS)).all()
    assert all(torch.isfinite(one).all() for one in model.network_.state_dict().values())


def test_training_bears_uneven_sessions_of_one_modality() -> None:
    """Padding beside a session without kinematics must not hide that its EMG was taken."""
    mixed = [build.VISITS[0]] + [
        build.emg_only(build.trials_of(one, [0])) for one in build.VISITS[1:]
    ]

    model = fresh(n_epochs=6, modality_dropout=0.9, validation_share=0).fit(mixed, SCORES)

    assert np.isfinite(model.predict(mixed)).all()


@pytest.mark.parametrize("n_epochs", range(1, 8))
def test_any_number_of_passes_can_be_made(n_epochs: int) -> None:
    model = fresh(n_epochs=n_epochs, validation_share=0).fit(build.VISITS, SCORES)

    assert model.trained_.n_epochs == n_epochs
    assert model.trained_.watched_mae == ()


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What training was told of who is learned from and who is watched."""
    told: list[dict[str, Any]] = []
    train = regressor_module.train

    def train_and_tell(*args: Any, **named: Any) -> Any:
        told.append(named)
        return train(*args, **named)

    monkeypatch.setattr(regressor_module, "train", train_and_tell)
    return told


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_both_learned_from_and_watched(sides: list[dict[str, Any]], seed: int) -> None:
    visits = as_rows(
        [build.visit(at, subject=f"p{at % 6}", session=str(at // 6)) for at in range(18)]
    )
    told_otherwise = np.array([f"g{at // 3}" for at in range(18)])

    for groups, whose in ((None, [one.subject for one in visits]), (told_otherwise, None)):
        model = fresh(n_epochs=1, validation_share=0.4).set_params(random_state=seed)
        model.fit(visits, np.linspace(8, 60, 18), groups)
        owner = np.array(whose if groups is None else groups)
        learn, watch = sides[-1]["learn"], sides[-1]["watch"]
        assert not set(owner[learn]) & set(owner[watch])
        assert sorted([*learn, *watch]) == list(range(18))
        assert len(set(owner[watch])) == 2  # of six


def test_watched_people_are_spread_over_the_scores(sides: list[dict[str, Any]]) -> None:
    visits = [build.visit(at) for at in range(12)]
    scores = np.arange(12) * 5.0

    fresh(n_epochs=1, validation_share=0.25).fit(visits, scores)

    thirds = sorted(scores[sides[-1]["watch"]] // 20)
    assert thirds == [0, 1, 2]


def test_items_count_only_where_they_are_possible_with_the_score() -> None:
    full = {"R": 2, "A1": 1, "B1": 0, "B2": 0}
    ratings = {
        KEYS[0]: full,
        KEYS[1]: full,
        KEYS[2]: {"A1": 1, "B1": 2},
        KEYS[3]: {"A1": 1, "B1": 2},
        KEYS[4]: {},
    }
    totals = np.array([3.0, 4.0, 7.0, 7.5, 3.0, 3.0])

    labels = labels_of(KEYS[:6], totals, build.RATED, ratings)

    rated = np.isfinite(labels.items)
    np.testing.assert_array_equal(labels.items[0], [2, 1, 0, 0])
    assert not rated[1].any()  # they sum to 3
    np.testing.assert_array_equal(rated[2], [False, True, True, False])  # 3 to 7 points
    assert not rated[3:].any()
    np.testing.assert_array_equal(labels.total, totals)


def test_items_that_all_contradict_their_scores_are_as_if_never_rated() -> None:
    rows = build.rated_rows(build.VISITS)
    wrong = np.array([8 - sum(row.items.values()) for row in rows], dtype=float)
    wrong[[2, 3, 4]] = [7.0, 6.5, 8.0]

    model = FusionRegressor(scale=build.RATED, rows=rows, settings=build.settings(), device="cpu")
    model.fit(build.VISITS, wrong)

    assert model.network_.items is None
    plain = clone(model).set_params(rows=()).fit(build.VISITS, wrong)
    np.testing.assert_array_equal(model.predict(build.STRANGERS), plain.predict(build.STRANGERS))


def test_the_scores_in_the_rows_are_never_looked_at() -> None:
    model, scores = build.model_and_scores("items")
    lying = tuple(replace(row, score=8.0 - at) for at, row in enumerate(model.rows))
    strangers = tuple(
        SubjectSession(one.subject, one.session, score=1.0, items={"A1": 2})
        for one in build.STRANGERS
    )

    expected = clone(model).fit(build.VISITS, scores).predict(build.STRANGERS)
    found = clone(model).set_params(rows=(*lying, *strangers)).fit(build.VISITS, scores)

    np.testing.assert_array_equal(found.predict(build.STRANGERS), expected)


def test_masked_training_learns_to_fill_in_what_was_hidden() -> None:
    model = fresh(masked_epochs=12, n_epochs=1, dropout=0).fit(build.VISITS, SCORES)

    assert len(model.masked_error_) == 12
    assert np.mean(model.masked_error_[-3:]) < 0.9 * np.mean(model.masked_error_[:3])


def test_a_batch_draws_different_tasks_first_and_never_a_trial_twice() -> None:
    long = build.visit(3, task=("reach",) * 6 + ("drink",) * 2)
    bags = BagReader(align=False).fit([long]).transform([long])
    store = TrialStore(bags, torch.device("cpu"))

    for seed in range(20):
        batch = store.draw(np.array([0]), 4, np.random.default_rng(seed))
        assert sorted(batch.task[0].tolist()) == [1, 1, 2, 2]
        assert len({float(one) for one in batch.context[0, :, 0]}) == 4


def test_drawn_trials_belong_to_their_session() -> None:
    bags = BagReader(align=False).fit(build.VISITS).transform(build.VISITS)
    store = TrialStore(bags, torch.device("cpu"))

    batch = store.draw(np.array([5, 2]), 2, np.random.default_rng(0))

    for row, session in enumerate((5, 2)):
        own = {one.tobytes() for one in bags.emg[bags.owner == session]}
        assert all(one.numpy().tobytes() in own for one in batch.emg[row])


ROWS = (
    SubjectSession("a", "1", affected_side="left"),
    None,
    SubjectSession("c", "1", affected_side="right"),
    SubjectSession("d", "1"),
)


def test_auxiliary_answers_are_thirds_sides_and_groups() -> None:
    total = np.array([0.0, 22.0, 66.0, np.nan], dtype=np.float32)

    answers = auxiliary_answers(
        ROWS, total, build.TOTAL, healthy=np.array([False, False, False, True])
    )

    assert {name: one.tolist() for name, one in answers.items()} == {
        "severity": [0, 1, 2, -1], "side": [0, -1, 1, -1], "group": [0, 0, 0, 1],
    }  # fmt: skip


def test_what_is_unknown_teaches_an_auxiliary_head_nothing() -> None:
    with quiet_torch(0):
        heads = AuxiliaryHeads(("severity", "side"), 8, 2)
        person = torch.randn(4, 8, requires_grad=True)
    answers = {
        "severity": torch.tensor([0, -1, 2, -1]), "side": torch.tensor([-1, -1, -1, -1]),
    }  # fmt: skip
    trials, task = torch.zeros(4, 1, 8), torch.zeros(4, 1, dtype=torch.int64)

    loss = heads(person, trials, task, task > 0, answers)
    loss.backward()

    reference = torch.nn.functional.cross_entropy(
        heads.heads["severity"](person[[0, 2]]), torch.tensor([0, 2])
    )
    torch.testing.assert_close(loss, reference / 2)
    assert person.grad is not None
    assert (person.grad[[1, 3]] == 0).all()


def test_all_auxiliary_questions_can_be_asked_at_once_and_controls_take_part(
    tmp_path: Path,
) -> None:
    controls = tuple(build.visit(80 + at, subject=f"c{at}") for at in range(3))
    rows = tuple(SubjectSession(*key, affected_side="left") for key in KEYS)
    asked = fresh(auxiliary=get_args(Auxiliary), n_epochs=3).set_params(rows=rows)

    alone, beside = (
        clone(asked).set_params(controls=some).fit(build.VISITS, SCORES) for some in ((), controls)
    )
    beside.save(tmp_path / "model.safetensors")

    assert np.isfinite(beside.predict(build.STRANGERS)).all()
    assert not np.array_equal(beside.predict(build.STRANGERS), alone.predict(build.STRANGERS))
    assert FusionRegressor.load(tmp_path / "model.safetensors").settings == beside.settings


def test_controls_without_a_question_about_them_are_not_looked_at() -> None:
    controls = tuple(build.visit(80 + at) for at in range(3))

    model = fresh().set_params(controls=controls).fit(build.VISITS, SCORES)

    np.testing.assert_array_equal(
        model.predict(build.STRANGERS), build.trained().predict(build.STRANGERS)
    )


def test_an_unknown_modality_is_refused_before_anything_is_trained() -> None:
    model = FusionRegressor(scale=SCALES["fma-ue"], modality="EMG")

    with pytest.raises(SettingsError, match=r"modality must be 'emg'.*got 'EMG'"):
        model.fit(as_rows([build.visit(at) for at in range(6)]), np.arange(6.0))
