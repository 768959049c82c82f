"""What augmentation promises: another recording of the same person, and nothing broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
import torch
from torch import Tensor
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.models.fusion import augmentation
from hybridmfp.models.fusion.augmentation import (
    Augmenter,
    drop_channels,
    drop_modalities,
    scale_amplitudes,
    shift_electrodes,
    turn_about_vertical,
    warp_time,
)
from hybridmfp.models.fusion.network import Batch
from hybridmfp.models.fusion_settings import TrainingSettings
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS, KINEMATIC_GROUPS

N_BANDS, N_MUSCLES, N_POINTS = 2, 4, 24
Pair = tuple[Tensor, Tensor]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def signals(n_sessions: int = 6, n_trials: int = 3, *, gaps: bool = True) -> Pair:
    draw = torch.Generator().manual_seed(5)
    emg = torch.rand((n_sessions, n_trials, N_MUSCLES * N_BANDS, N_POINTS), generator=draw)
    kinematics = torch.randn((n_sessions, n_trials, 44, N_POINTS), generator=draw)
    if gaps:
        emg[0, :, 2:4] = torch.nan
        emg[1, 1, :, 5:9] = torch.nan
        kinematics[2, 0, 3:6, 10:] = torch.nan
        kinematics[3] = torch.nan
    return emg, kinematics


def batch_of(emg: Tensor, kinematics: Tensor, present: Tensor | None = None) -> Batch:
    n_sessions, n_trials = emg.shape[:2]
    return Batch(
        emg=emg,
        kinematics=kinematics,
        task=torch.arange(n_sessions * n_trials).view(n_sessions, n_trials) % 3 + 1,
        context=torch.zeros(n_sessions, n_trials, 2),
        present=torch.ones(n_sessions, n_trials, dtype=torch.bool) if present is None else present,
    )


def augmented(emg: Tensor, kinematics: Tensor, draw: np.random.Generator) -> Pair:
    found = Augmenter(TrainingSettings(), N_BANDS)(batch_of(emg, kinematics), draw)
    return found.emg, found.kinematics


WAYS: dict[str, Callable[[Tensor, Tensor, np.random.Generator], Pair]] = {
    "scale_amplitudes": lambda e, k, r: scale_amplitudes(e, k, n_bands=N_BANDS, rng=r),
    "shift_electrodes": lambda e, k, r: (shift_electrodes(e, n_bands=N_BANDS, rng=r), k.clone()),
    "turn_about_vertical": lambda e, k, r: (e.clone(), turn_about_vertical(k, rng=r)),
    "warp_time": lambda e, k, r: tuple(warp_time((e, k), rng=r)),
    "drop_modalities": lambda e, k, r: drop_modalities(e, k, chance=0.5, rng=r),
    "drop_channels": lambda e, k, r: drop_channels(e, k, n_bands=N_BANDS, chance=0.2, rng=r),
    "Augmenter": augmented,
}
KEEPS_TIME = [name for name in WAYS if name not in ("warp_time", "Augmenter")]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Callable[[Tensor, Tensor, np.random.Generator], Pair]:
    return WAYS[request.param]


def same(one: Pair, other: Pair) -> bool:
    return all(
        torch.equal(torch.nan_to_num(a, nan=-99.0), torch.nan_to_num(b, nan=-99.0))
        for a, b in zip(one, other, strict=True)
    )


def test_every_way_is_in_this_battery() -> None:
    assert set(WAYS) == set(augmentation.__all__)


def test_the_input_stays_as_it_was(way) -> None:
    given, kept = signals(), signals()

    found = way(*given, rng())

    assert same(given, kept)
    for one, other in zip(found, given, strict=True):
        assert one.data_ptr() != other.data_ptr()


def test_something_changes_and_the_same_seed_changes_it_the_same(way) -> None:
    found = way(*signals(), rng(1))

    assert same(found, way(*signals(), rng(1)))
    assert not same(found, signals())
    assert not same(found, way(*signals(), rng(2)))


@pytest.mark.parametrize("name", KEEPS_TIME)
def test_gaps_stay_gaps(name: str) -> None:
    given = signals()

    for one, was in zip(WAYS[name](*given, rng()), given, strict=True):
        assert torch.isnan(one[torch.isnan(was)]).all()


@pytest.mark.parametrize("name", ["scale_amplitudes", "shift_electrodes", "turn_about_vertical"])
def test_no_new_gaps_come_from_a_change_of_size_or_direction(name: str) -> None:
    given = signals()  # forward and right of a landmark are lost together

    for one, was in zip(WAYS[name](*given, rng()), given, strict=True):
        assert torch.equal(torch.isnan(one), torch.isnan(was))


def test_sessions_do_not_mix(way) -> None:
    """What another session holds does not matter to one."""
    given, other = signals(), signals()
    for one in other:
        one[1:] = 7.0

    found, beside = way(*given, rng(3)), way(*other, rng(3))

    assert same(tuple(one[:1] for one in found), tuple(one[:1] for one in beside))
    assert not same(found, beside)


def test_a_gain_is_one_of_a_muscle_and_of_a_session() -> None:
    emg, kinematics = signals(gaps=False)

    louder, larger = scale_amplitudes(emg, kinematics, n_bands=N_BANDS, rng=rng())

    gain = (louder / emg).unflatten(2, (N_MUSCLES, N_BANDS))
    torch.testing.assert_close(gain, gain[:, :1, :, :1, :1].expand_as(gain))
    assert len(gain[:, 0, :, 0, 0].unique()) == 6 * N_MUSCLES
    size = larger / kinematics
    angles = [at for at, group in enumerate(KINEMATIC_GROUPS) if group == "angles"]
    lengths = [at for at, group in enumerate(KINEMATIC_GROUPS) if group != "angles"]
    torch.testing.assert_close(size[:, :, angles], torch.ones_like(size[:, :, angles]))
    own = size[:, :1, lengths[:1], :1]
    torch.testing.assert_close(size[:, :, lengths], own.expand_as(size[:, :, lengths]))
    assert len(own.unique()) == 6


def test_a_shifted_electrode_stays_within_what_was_measured() -> None:
    emg, _ = signals(gaps=False)
    equal = torch.full_like(emg, 0.3)

    shifted = shift_electrodes(emg, n_bands=N_BANDS, rng=rng())

    in_band = emg.unflatten(2, (N_MUSCLES, N_BANDS))
    found = shifted.unflatten(2, (N_MUSCLES, N_BANDS))
    assert (found <= in_band.amax(dim=2, keepdim=True) + 1e-6).all()
    assert (found >= in_band.amin(dim=2, keepdim=True) - 1e-6).all()
    torch.testing.assert_close(shift_electrodes(equal, n_bands=N_BANDS, rng=rng()), equal)


def horizontal(kinematics: Tensor) -> list[Tensor]:
    at = {name: row for row, name in enumerate(KINEMATIC_CHANNELS)}
    vectors = [name.removesuffix("_forward") for name in at if name.endswith("_forward")]
    return [
        torch.stack([kinematics[:, :, at[f"{one}_forward"]], kinematics[:, :, at[f"{one}_right"]]])
        for one in vectors
    ]


def test_turning_keeps_lengths_heights_and_what_lies_between() -> None:
    _, kinematics = signals(gaps=False)

    turned = turn_about_vertical(kinematics, rng=rng())

    before, after = horizontal(kinematics), horizontal(turned)
    assert len(before) == 9  # five places and four velocities
    for was, now in zip(before, after, strict=True):
        torch.testing.assert_close(now.norm(dim=0), was.norm(dim=0))
        torch.testing.assert_close(  # all vectors of a session turn together
            (now * after[0]).sum(dim=0), (was * before[0]).sum(dim=0), atol=1e-5, rtol=1e-5
        )
    flat = [not name.endswith(("_forward", "_right")) for name in KINEMATIC_CHANNELS]
    torch.testing.assert_close(turned[:, :, flat], kinematics[:, :, flat], rtol=0, atol=0)


def test_warped_time_keeps_its_ends_and_never_runs_back() -> None:
    clock = torch.arange(N_POINTS, dtype=torch.float32).expand(20, 5, 3, N_POINTS)

    one, other = warp_time((clock, clock[:, :, :2]), rng=rng())

    torch.testing.assert_close(one[..., 0], clock[..., 0])
    torch.testing.assert_close(one[..., -1], clock[..., -1])
    assert (one.diff(dim=-1) > 0).all()
    assert not torch.allclose(one, clock, atol=0.1)
    torch.testing.assert_close(other, one[:, :, :2])  # the same in both modalities
    assert not torch.allclose(one[0, 0], one[0, 1])


def test_never_both_modalities_are_taken_and_each_is_by_the_chance() -> None:
    emg, kinematics = torch.zeros(4000, 1, 2, 1), torch.zeros(4000, 1, 44, 1)

    left = [
        torch.isfinite(one).flatten(1).all(dim=1)
        for one in drop_modalities(emg, kinematics, chance=0.4, rng=rng())
    ]

    assert (left[0] | left[1]).all()
    for one in left:
        assert (~one).double().mean().item() == pytest.approx(0.2, abs=0.02)  # 3 sd of 4000 draws


def test_muscles_and_landmarks_are_lost_whole_and_movement_only_at_its_end() -> None:
    emg, kinematics = signals(400, gaps=False)

    poorer, fewer = drop_channels(emg, kinematics, n_bands=N_BANDS, chance=0.2, rng=rng())

    lost = torch.isnan(poorer).unflatten(2, (N_MUSCLES, N_BANDS))
    assert torch.equal(lost, lost[:, :1, :, :1, :1].expand_as(lost))
    assert 0 < lost.double().mean() < 0.5
    gone = torch.isnan(fewer)
    start = gone[..., 0]
    for group in set(KINEMATIC_GROUPS):
        own = start[:, :, [one == group for one in KINEMATIC_GROUPS]]
        assert torch.equal(own, own[:, :1, :1].expand_as(own))
    assert (gone.int().diff(dim=-1) >= 0).all()
    assert not gone[..., : N_POINTS // 4].all(dim=2).any()
    untouched = ~(lost.flatten(1).any(1) | gone.flatten(1).any(1))
    assert untouched.double().mean() >= 0.4  # half of them, and the lucky ones


def test_without_any_chance_nothing_is_taken() -> None:
    given = signals()

    assert same(drop_modalities(*given, chance=0.0, rng=rng()), given)
    assert same(drop_channels(*given, n_bands=N_BANDS, chance=0.0, rng=rng()), given)


def test_a_session_always_keeps_something_even_if_it_came_with_one_modality() -> None:
    emg, kinematics = signals(300, gaps=False)
    emg[::2], kinematics[1::2] = torch.nan, torch.nan
    settings = TrainingSettings(modality_dropout=0.9, channel_dropout=0.5)

    found = Augmenter(settings, N_BANDS)(batch_of(emg, kinematics), rng())

    kept = [torch.isfinite(one).flatten(1).any(dim=1) for one in (found.emg, found.kinematics)]
    assert (kept[0] | kept[1]).all()


def test_padding_is_nothing_that_a_session_could_keep() -> None:
    emg, kinematics = signals(300, gaps=False)
    present = torch.ones(300, 3, dtype=torch.bool)
    present[:, 2] = False  # holds the trial of somebody else
    kinematics[:, :2] = torch.nan
    settings = TrainingSettings(modality_dropout=0.9)

    found = Augmenter(settings, N_BANDS)(batch_of(emg, kinematics, present), rng())

    assert torch.isfinite(found.emg[:, :2]).flatten(1).any(dim=1).all()


def test_the_names_of_some_tasks_are_withheld_and_nothing_else_of_a_batch_changes() -> None:
    batch = batch_of(*signals(200, gaps=False))

    found = Augmenter(TrainingSettings(task_dropout=0.3), N_BANDS)(batch, rng())

    hidden = found.task == 0
    assert hidden.double().mean().item() == pytest.approx(0.3, abs=0.06)  # 3 sd of 600 draws
    assert torch.equal(found.task[~hidden], batch.task[~hidden])
    same_fields = {field.name for field in fields(Batch)} - {"emg", "kinematics", "task"}
    assert all(getattr(found, name) is getattr(batch, name) for name in same_fields)
