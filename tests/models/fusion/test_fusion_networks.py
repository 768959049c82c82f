"""What every kind of fusion network promises, whichever way its modalities meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import fusion_builder as build
import numpy as np
import pytest
import torch
from sklearn.base import clone
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.fusion.bag_reader import CONTEXT
from hybridmfp.models.fusion.heads import cumulative_link_nll
from hybridmfp.models.fusion.network import Batch, FusionNetwork, NetworkShape, count_parameters
from hybridmfp.models.fusion.quiet_torch import quiet_torch
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.models.fusion_settings import Fusion, NetworkSettings, Temporal
from hybridmfp.signals import find_scale

FUSIONS = ("cross", "concat", "gated", "late")
TEMPORALS = ("attention", "recurrent")
HEADS = ("items", "total")
KINDS = tuple(product(FUSIONS, TEMPORALS, HEADS))
ROUNDING = {"rtol": 0, "atol": 2e-4}  # points, of 66: float32, summed in another order
UNASKED = {"trials_to_person.ask.weight"}  # trials are pooled without a question
"""Parameters that no loss can reach."""


@pytest.fixture(params=KINDS, ids="-".join)
def kind(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    return request.param


@pytest.fixture
def model(kind: tuple[str, str, str]) -> FusionRegressor:
    """Fitted; no test changes it."""
    fusion, temporal, head = kind
    return build.trained(head, fusion=fusion, temporal=temporal)


def read(model: FusionRegressor, sessions: Any) -> Batch:
    store = TrialStore(model.reader_.transform(sessions), torch.device("cpu"))
    return store.whole(np.arange(len(sessions)))


def estimated(network: FusionNetwork, batch: Batch) -> np.ndarray:
    with torch.no_grad():
        return network(batch).numpy()


def test_every_kind_is_in_this_battery() -> None:
    assert set(FUSIONS) == set(get_args(Fusion))
    assert set(TEMPORALS) == set(get_args(Temporal))


def test_shapes_are_those_that_were_promised(model: FusionRegressor) -> None:
    n_tokens = 2 * build.N_POINTS // 4
    batch = read(model, build.STRANGERS)

    tokens, present = model.network_.tokens(batch.emg[0], batch.kinematics[0], batch.task[0])

    assert tokens.shape == (3, n_tokens, 8)
    assert present.shape == (3, n_tokens)
    assert model.embed(build.STRANGERS).shape == (4, 8)
    assert model.predict(build.STRANGERS).shape == (4,)
    assert np.isfinite(model.predict(build.STRANGERS)).all()


def test_items_sum_to_the_estimate(model: FusionRegressor) -> None:
    if model.network_.items is None:
        pytest.skip("this head estimates the total alone")

    points = model.predict_items(build.STRANGERS)

    assert points.shape == (4, 4)
    np.testing.assert_allclose(points.sum(axis=1), model.predict(build.STRANGERS), atol=1e-5)


@pytest.mark.parametrize("lacking", ["emg", "kinematics"])
def test_what_an_encoder_makes_of_an_absent_modality_has_no_influence(
    model: FusionRegressor, lacking: str
) -> None:
    poor = {"emg": build.kinematics_only, "kinematics": build.emg_only}[lacking]
    batch = read(model, [poor(one) for one in build.STRANGERS[:2]] + list(build.STRANGERS[2:]))
    expected = estimated(model.network_, batch)
    absent = slice(0, 6)  # trials of the first two sessions

    def spoil(_: Any, __: Any, tokens: torch.Tensor) -> torch.Tensor:
        spoilt = tokens.clone()
        spoilt[absent] = 1e3 * torch.sin(torch.arange(spoilt[absent].numel())).view(6, -1, 8)
        return spoilt

    hook = getattr(model.network_, f"{lacking}_encoder").register_forward_hook(spoil)
    try:
        found = estimated(model.network_, batch)
    finally:
        hook.remove()

    np.testing.assert_allclose(found, expected, **ROUNDING)


def test_what_stands_in_a_gap_has_no_influence(model: FusionRegressor) -> None:
    batch = read(model, build.STRANGERS)
    holes = [torch.ones_like(one, dtype=torch.bool) for one in (batch.emg, batch.kinematics)]
    holes[0][..., :3, :], holes[1][..., 10:] = False, False

    def filled(value: float) -> np.ndarray:
        emg, kinematics = (
            torch.where(hole, one, value)
            for hole, one in zip(holes, (batch.emg, batch.kinematics), strict=True)
        )
        context = batch.context.clone()
        context[..., CONTEXT.index("warp_effort")] = value
        return estimated(
            model.network_, replace(batch, emg=emg, kinematics=kinematics, context=context)
        )

    np.testing.assert_array_equal(filled(torch.inf), filled(torch.nan))
    np.testing.assert_array_equal(filled(-torch.inf), filled(torch.nan))


def test_the_training_mean_of_a_muscle_that_is_absent_has_no_influence(
    model: FusionRegressor,
) -> None:
    batch = read(model, [build.with_muscles(one, build.MUSCLES[:2]) for one in build.STRANGERS])
    expected = estimated(model.network_, batch)
    scale = model.network_.emg_scale
    kept = scale.mean.clone(), scale.spread.clone()

    scale.mean[4:], scale.spread[4:] = 77.0, 0.01
    found = estimated(model.network_, batch)
    scale.mean.copy_(kept[0])
    scale.spread.copy_(kept[1])

    np.testing.assert_array_equal(found, expected)


def test_padding_has_no_influence(model: FusionRegressor) -> None:
    uneven = [build.trials_of(build.STRANGERS[0], [1]), *build.STRANGERS[1:]]
    batch = read(model, uneven)
    assert not batch.present.all()
    expected = estimated(model.network_, batch)

    spoilt = replace(
        batch,
        emg=torch.where(batch.present[..., None, None], batch.emg, 1e3),
        kinematics=torch.where(batch.present[..., None, None], batch.kinematics, -1e3),
        task=torch.where(batch.present, batch.task, 1),
        context=torch.where(batch.present[..., None], batch.context, torch.nan),
    )

    np.testing.assert_array_equal(estimated(model.network_, spoilt), expected)


def test_a_session_is_estimated_the_same_alone_and_beside_others(model: FusionRegressor) -> None:
    uneven = [
        build.trials_of(build.STRANGERS[0], [1]),
        build.emg_only(build.STRANGERS[1]),
        build.kinematics_only(build.STRANGERS[2]),
        build.trials_of(build.STRANGERS[3], [0, 1, 2, 0, 1]),
    ]

    alone = np.concatenate([model.predict([one]) for one in uneven])

    np.testing.assert_allclose(model.predict(uneven), alone, **ROUNDING)


def test_the_order_of_trials_does_not_matter(model: FusionRegressor) -> None:
    shuffled = [build.trials_of(one, [2, 0, 1]) for one in build.STRANGERS]

    np.testing.assert_allclose(model.predict(shuffled), model.predict(build.STRANGERS), **ROUNDING)


def test_the_order_in_which_muscles_are_named_does_not_matter(model: FusionRegressor) -> None:
    shuffled = [build.with_muscles(one, build.MUSCLES[::-1]) for one in build.STRANGERS]

    np.testing.assert_array_equal(model.predict(shuffled), model.predict(build.STRANGERS))


def test_an_absent_muscle_may_be_named_anywhere_or_not_at_all(model: FusionRegressor) -> None:
    first, *absent = build.MUSCLES
    alone = [build.with_muscles(one, [first]) for one in build.STRANGERS]

    for order in ([first, *absent], [*absent[::-1], first]):
        named = [build.with_muscles(one, order) for one in alone]
        np.testing.assert_array_equal(model.predict(named), model.predict(alone))


def second_half_lost(session: SessionDigest) -> SessionDigest:
    bag = build.bag(session)
    late = np.arange(build.N_POINTS) >= build.N_POINTS // 2
    return build.with_bag(
        session,
        emg=np.where(late, np.float32(np.nan), bag.emg),
        kinematics=np.where(late, np.float32(np.nan), bag.kinematics),
    )


def one_trial_without_anything(session: SessionDigest) -> SessionDigest:
    emg, kinematics = build.bag(session).emg.copy(), build.bag(session).kinematics.copy()
    emg[1], kinematics[1] = np.nan, np.nan
    return build.with_bag(session, emg=emg, kinematics=kinematics)


@pytest.mark.parametrize(
    "poor",
    [build.emg_only, build.kinematics_only, second_half_lost, one_trial_without_anything],
)
def test_a_poor_recording_still_gets_an_estimate(
    model: FusionRegressor, poor: Callable[[SessionDigest], SessionDigest]
) -> None:
    predicted = model.predict([poor(one) for one in build.STRANGERS])

    assert np.isfinite(predicted).all()
    assert not np.array_equal(predicted, model.predict(build.STRANGERS))


def test_four_of_twelve_muscles_get_an_estimate(kind: tuple[str, str, str]) -> None:
    fusion, temporal, head = kind
    muscles = tuple(f"muscle {at}" for at in range(12))
    many = as_rows([build.visit(at, muscles=muscles) for at in range(5)])
    model, scores = build.model_and_scores(
        head, sessions=many, fusion=fusion, temporal=temporal, n_epochs=1
    )

    predicted = model.fit(many, scores).predict(
        [build.emg_only(build.with_muscles(one, muscles[3:7])) for one in many]
    )

    assert np.isfinite(predicted).all()


def test_the_gradient_reaches_every_parameter(
    model: FusionRegressor, kind: tuple[str, str, str]
) -> None:
    batch = read(model, build.VISITS)
    with quiet_torch(0):
        network = FusionNetwork(model.network_.shape, model.network_.settings).eval()
    network.load_state_dict(model.network_.state_dict())
    embedding = network.embed(batch)
    loss = ((network.points(embedding) - torch.linspace(0, 8, 7)) ** 2).mean()
    if network.items is not None:
        points = torch.tensor([[0.0, 1.0, 2.0, 0.0], [2.0, 2.0, 2.0, 1.0]]).repeat(4, 1)[:7]
        loss = (
            loss
            + cumulative_link_nll(network.items.reached(embedding), points, network.items).mean()
        )

    loss.backward()

    unreached = {name for name, one in network.named_parameters() if one.grad is None}
    assert unreached == UNASKED
    still = {
        name
        for name, one in network.named_parameters()
        if one.grad is not None and not (one.grad.isfinite().all() and one.grad.abs().max() > 0)
    }
    # A number added to the scores of all members changes no weight: only rounding is left.
    assert still <= {"tokens_to_trial.score.bias", "trials_to_person.score.bias"}


def test_a_file_gives_back_the_same_bits(model: FusionRegressor, tmp_path: Path) -> None:
    poor = [build.emg_only(build.STRANGERS[0]), *build.STRANGERS[1:]]
    model.save(tmp_path / "model.safetensors")

    again = FusionRegressor.load(tmp_path / "model.safetensors")

    np.testing.assert_array_equal(again.predict(poor), model.predict(poor))
    np.testing.assert_array_equal(again.embed(poor), model.embed(poor))
    assert again.trained_ == model.trained_
    assert again.settings == model.settings
    assert again.scale == model.scale


def test_the_same_seed_gives_the_same_bits(model: FusionRegressor, kind: Any) -> None:
    fusion, temporal, head = kind
    _, scores = build.model_and_scores(head, fusion=fusion, temporal=temporal)

    again = clone(model).fit(build.VISITS, scores)
    other = clone(model).set_params(random_state=1).fit(build.VISITS, scores)

    found = again.predict(build.STRANGERS)
    np.testing.assert_array_equal(found, model.predict(build.STRANGERS))
    assert not np.array_equal(other.predict(build.STRANGERS), found)


def test_a_few_people_can_be_learned_by_heart(kind: tuple[str, str, str]) -> None:
    fusion, temporal, head = kind
    few = as_rows([build.trials_of(one, [0, 1]) for one in build.VISITS[:6]])
    still = {"modality_dropout": 0, "channel_dropout": 0, "task_dropout": 0, "mixup": 0}
    model, scores = build.model_and_scores(
        head, sessions=few, fusion=fusion, temporal=temporal, dropout=0, **still,
        validation_share=0, weight_decay=0, averaging=0.5,
        n_epochs=60, learning_rate=6e-3, width=16,
    )  # fmt: skip

    missed = np.abs(model.fit(few, scores).predict(few) - scores)

    assert missed.mean() < np.std(scores) / 4


@pytest.mark.parametrize("temporal", TEMPORALS)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_networks_stay_small(fusion: Fusion, temporal: Temporal) -> None:
    shape = NetworkShape(
        n_emg=12 * 4, n_kinematics=44, n_points=64, n_tasks=10, n_context=2,
        items=find_scale("fma-ue").items,
    )  # fmt: skip
    with quiet_torch(0):
        network = FusionNetwork(shape, NetworkSettings(fusion=fusion, temporal=temporal))

    assert count_parameters(network) <= 1_500_000
