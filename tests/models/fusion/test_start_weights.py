"""What weights to start from promise, those that ship included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fusion_builder as build
import numpy as np
import pytest
import torch
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.errors import CohortError, SettingsError
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.fusion import start_weights as start_weights_module
from hybridmfp.models.fusion.bag_reader import BagReader
from hybridmfp.models.fusion.container import read_container
from hybridmfp.models.fusion.network import FusionNetwork
from hybridmfp.models.fusion.quiet_torch import quiet_torch
from hybridmfp.models.fusion.start_weights import StartWeights, read_start_weights, shipped_weights
from hybridmfp.models.fusion.training import estimate
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.models.fusion_settings import FusionSettings, NetworkSettings, TrainingSettings
from hybridmfp.signals import find_scale

FOLDER = Path(start_weights_module.__file__).parent / "weights"
SHIPPED = sorted(FOLDER.glob("*.safetensors"))
MORE_MUSCLES = (*build.MUSCLES, "trapezius")
MORE_TASKS = (*build.TASKS, "wave", "throw")


@pytest.fixture
def start(tmp_path: Path) -> StartWeights:
    build.trained().save(tmp_path / "start.safetensors")
    return read_start_weights(tmp_path / "start.safetensors")


def grown_network(start: StartWeights) -> FusionNetwork:
    shape = replace(build.trained().network_.shape, n_emg=8, n_tasks=4)
    with quiet_torch(0):
        network = FusionNetwork(shape, build.settings().network)
    tensors = start.grown(muscles=MORE_MUSCLES, tasks=MORE_TASKS, n_bands=2, keep_head=True)
    network.load_state_dict({name: torch.from_numpy(one) for name, one in tensors.items()})
    return network


def points(network: FusionNetwork, sessions: object, **names: tuple[str, ...]) -> np.ndarray:
    reader = BagReader(align=False, **names).fit(sessions)
    store = TrialStore(reader.transform(sessions), torch.device("cpu"))
    return estimate(network, store, np.arange(store.n_sessions))[1].numpy()


def with_another_muscle(value: float) -> list[object]:
    found = []
    for one in build.STRANGERS:
        more = build.with_muscles(one, MORE_MUSCLES)
        build.bag(more).emg[:, 3] = value
        found.append(more)
    return found


@pytest.mark.parametrize("value", [0.0, 0.5, 3.0])
def test_a_muscle_that_the_weights_do_not_know_has_no_influence(
    start: StartWeights, value: float
) -> None:
    found = points(
        grown_network(start), with_another_muscle(value), muscles=MORE_MUSCLES, tasks=MORE_TASKS
    )

    expected = build.trained().predict(build.STRANGERS)
    np.testing.assert_allclose(found, expected, atol=2e-4)  # float32, another order of sums


def test_a_task_that_the_weights_do_not_know_starts_as_other(start: StartWeights) -> None:
    waving = [replace(one, task=np.array(["wave"] * 3)) for one in with_another_muscle(0.5)]
    other = [replace(one, task=np.array(["dance"] * 3)) for one in build.STRANGERS]

    found = points(grown_network(start), waving, muscles=MORE_MUSCLES, tasks=MORE_TASKS)

    with pytest.warns(UserWarning, match="dance was not"):
        expected = build.trained().predict(other)
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_nothing_grows_where_nothing_is_new(start: StartWeights) -> None:
    same = start.grown(muscles=build.MUSCLES, tasks=build.TASKS, n_bands=2, keep_head=True)

    assert same.keys() == start.tensors.keys()
    for name, array in start.tensors.items():
        np.testing.assert_array_equal(same[name], array)


def test_growing_leaves_the_weights_as_they_were_and_another_head_is_left_out(
    start: StartWeights,
) -> None:
    kept = {name: array.copy() for name, array in start.tensors.items()}

    grown = start.grown(muscles=MORE_MUSCLES, tasks=MORE_TASKS, n_bands=2, keep_head=False)

    assert {name for name in kept if name not in grown} == {
        name for name in kept if name.startswith("total.")
    }
    for name, array in kept.items():
        np.testing.assert_array_equal(start.tensors[name], array)


def started(path: Path, **others: object) -> FusionRegressor:
    wanted = build.settings(start="simulated", tuning_epochs=1, **others)
    return FusionRegressor(scale=build.TOTAL, settings=wanted, weights=path, device="cpu")


def test_training_starts_from_them_and_says_so_after_a_file_too(
    start: StartWeights, tmp_path: Path
) -> None:
    path = tmp_path / "start.safetensors"
    scores = np.linspace(8, 60, len(build.VISITS))

    model = started(path, tuning_rate=1e-12).fit(build.VISITS, scores)
    model.save(tmp_path / "tuned.safetensors")

    # Nothing but the centre and spread of the head is learned at that rate.
    np.testing.assert_allclose(
        model.embed(build.STRANGERS), build.trained().embed(build.STRANGERS), atol=1e-4
    )
    assert model.start_ == start.described
    assert FusionRegressor.load(tmp_path / "tuned.safetensors").start_ == start.described
    assert build.trained().start_ is None


def test_weights_of_another_kind_of_network_are_refused(
    start: StartWeights, tmp_path: Path
) -> None:
    path = tmp_path / "start.safetensors"
    scores = np.linspace(8, 60, len(build.VISITS))

    for other in ({"fusion": "late"}, {"temporal": "recurrent"}, {"width": 16}):
        with pytest.raises(SettingsError, match=r"network of the same settings.*scratch"):
            started(path, **other).fit(build.VISITS, scores)


def test_sessions_of_another_layout_than_the_weights_are_refused(
    start: StartWeights, tmp_path: Path
) -> None:
    path = tmp_path / "start.safetensors"
    scores = np.linspace(8, 60, 5)
    channels = build.bag(build.VISITS[0]).channels
    others = (
        [build.visit(at, n_points=20) for at in range(5)],
        [build.visit(at, bands_hz=((20.0, 90.0), (90.0, 400.0))) for at in range(5)],
        [build.with_bag(one, channels=channels[::-1]) for one in build.VISITS[:5]],
    )

    for sessions in others:
        with pytest.raises(CohortError, match=r"time base, EMG bands and kinematic channels"):
            started(path).fit(sessions, scores)


@pytest.mark.parametrize(
    "asked", [NetworkSettings(width=32), NetworkSettings(temporal="recurrent")]
)
def test_where_nothing_ships_what_to_do_is_said(asked: NetworkSettings) -> None:
    with pytest.raises(SettingsError, match=r'Set start = "scratch"') as raised:
        shipped_weights(asked)

    assert "simulated-cross" in str(raised.value)


def test_a_file_that_is_missing_is_said_in_the_same_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(start_weights_module, "_FOLDER", tmp_path)
    scores = np.linspace(8, 60, len(build.VISITS))
    model = FusionRegressor(scale=build.TOTAL, settings=FusionSettings(), device="cpu")

    with pytest.raises(SettingsError, match=r"there are weights for none.*start = \"scratch\""):
        model.fit(build.VISITS, scores)


def test_the_defaults_start_from_what_ships() -> None:
    assert shipped_weights(NetworkSettings()) in SHIPPED


def test_a_model_of_emg_alone_starts_from_what_ships_too() -> None:
    described = read_container(shipped_weights(NetworkSettings()))[1]["reader"]
    bands_hz = tuple((low, high) for low, high in described["bands_hz"])
    sessions = [build.visit(at, n_points=64, bands_hz=bands_hz) for at in range(5)]
    settings = FusionSettings(training=TrainingSettings(tuning_epochs=1))
    model = FusionRegressor(scale=build.TOTAL, settings=settings, modality="emg", device="cpu")

    model.fit(sessions, np.linspace(10, 50, 5))

    assert model.start_["about"]["synthetic"] is True
    assert model.reader_.aligner_ is None


def test_what_ships_is_small() -> None:
    assert sum(one.stat().st_size for one in SHIPPED) <= 5_000_000


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_tells_where_it_comes_from(path: Path) -> None:
    about = read_container(path)[1]["about"]

    assert about["synthetic"] is True
    assert about["made_by"].endswith(".py")
    seeds = [cohort["seed"] for cohort in about["cohorts"]]
    assert len(set(seeds)) == len(seeds) > 0
    assert min(seeds) >= 1_000_000  # others are for development and evaluation
    assert all(cohort["n_patients"] > 0 for cohort in about["cohorts"])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_can_be_loaded_tuned_and_asked(path: Path) -> None:
    described = read_container(path)[1]
    bands_hz = tuple((low, high) for low, high in described["reader"]["bands_hz"])
    muscles = (*described["reader"]["muscles"][:2], "a muscle it does not know")
    kind = described["settings"]["network"]
    sessions = [
        build.visit(at, n_points=64, bands_hz=bands_hz, muscles=muscles, strength=0.1 * at,
                    task=("reach_forward", "a task it does not know"))
        for at in range(5)
    ]  # fmt: skip
    settings = FusionSettings(
        NetworkSettings(**kind), TrainingSettings(tuning_epochs=1, validation_share=0)
    )
    if path != shipped_weights(settings.network):
        pytest.fail("the name of the file must say what it holds")

    model = FusionRegressor(scale=find_scale("fma-ue"), settings=settings, device="cpu")
    predicted = model.fit(sessions, np.linspace(10, 50, 5)).predict(sessions)

    assert np.isfinite(predicted).all()
    assert all(np.isfinite(one).all() for one in read_container(path)[0].values() if one.size)
    assert model.start_["about"]["synthetic"] is True
    assert read_start_weights(path).scale == "fma-ue"
