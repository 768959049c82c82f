from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.signals import Recording, Signal, TrialKey
from hybridmfp.simulation.faults import FAULTS, SEVERITIES, inject
from hybridmfp.simulation.faults.stretches import draw_stretches

MUSCLES = ("biceps_brachii", "triceps_brachii", "brachioradialis", "extensor_digitorum")
POINTS = ("WRA", "WRB", "ELB_L")


def recording(repetition: int = 1) -> Recording:
    rng = np.random.default_rng(repetition)
    emg = 1e-4 * rng.standard_normal((4, 6000))
    places = np.cumsum(1e-3 * rng.standard_normal((9, 600)), axis=1) + np.arange(9)[:, np.newaxis]
    return Recording(
        key=TrialKey("P1", "1", "reach", str(repetition)),
        emg=Signal(emg, rate_hz=2000.0, channels=MUSCLES, units="V"),
        kinematics=Signal(
            places,
            rate_hz=200.0,
            channels=[f"{point}_{axis}" for point in POINTS for axis in "xyz"],
            units="m",
        ),
        side="right",
    )


def session() -> list[Recording]:
    return [recording(at) for at in range(4)]


def emg_of(one: Recording) -> np.ndarray:
    assert one.emg is not None
    return one.emg.samples


def places_of(one: Recording) -> np.ndarray:
    assert one.kinematics is not None
    return one.kinematics.samples


def test_there_are_at_least_fifteen_faults_with_three_described_severities() -> None:
    assert len(FAULTS) >= 15
    for fault in FAULTS.values():
        assert tuple(fault.levels) == SEVERITIES
        assert all(fault.levels.values())


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_changes_something_and_leaves_what_it_was_given(
    name: str, severity: str
) -> None:
    trials = session()
    before = [(emg_of(one).copy(), places_of(one).copy()) for one in trials]

    injection = inject(trials, name, severity, rng=np.random.default_rng(0))

    assert any(new is not old for new, old in zip(injection.trials, trials, strict=True))
    for one, (emg, places) in zip(trials, before, strict=True):
        np.testing.assert_array_equal(emg_of(one), emg)
        np.testing.assert_array_equal(places_of(one), places)


@pytest.mark.parametrize("name", FAULTS)
def test_only_the_named_channels_are_touched(name: str) -> None:
    trials = session()

    injection = inject(trials, name, "severe", rng=np.random.default_rng(1))

    if injection.channels == ("all",):
        return
    for new, old in zip(injection.trials, trials, strict=True):
        for muscle in set(MUSCLES) - set(injection.channels):
            row = MUSCLES.index(muscle)
            np.testing.assert_array_equal(emg_of(new)[row], emg_of(old)[row])
        spared = [point not in injection.channels for point in POINTS for _ in "xyz"]
        np.testing.assert_array_equal(places_of(new)[spared], places_of(old)[spared])


@pytest.mark.parametrize("name", FAULTS)
def test_the_same_source_of_randomness_gives_the_same_fault(name: str) -> None:
    one, other = (
        inject(session(), name, "moderate", rng=np.random.default_rng(2)) for _ in range(2)
    )

    assert one.channels == other.channels
    for first, second in zip(one.trials, other.trials, strict=True):
        np.testing.assert_array_equal(emg_of(first), emg_of(second))
        np.testing.assert_array_equal(places_of(first), places_of(second))


@pytest.mark.parametrize("severity", SEVERITIES)
def test_hum_and_noise_have_the_stated_strength(severity: str) -> None:
    trial = recording()
    expected = {"mild": 0.3, "moderate": 1.0, "severe": 3.0}[severity] * 1e-4

    for name, wide in (("mains", 1.0), ("noise", np.sqrt(1000 / 430))):
        injection = inject(trial, name, severity, rng=np.random.default_rng(3))
        row = MUSCLES.index(injection.channels[0])
        added = emg_of(injection.trials[0])[row] - emg_of(trial)[row]
        # The strongest quarter seconds of 12 are up to 8 % above the RMS of all.
        assert added.std() == pytest.approx(wide * expected, rel=0.1)


def test_a_lag_moves_the_emg_by_its_size_and_nothing_else() -> None:
    trial = recording()

    injection = inject(trial, "lag", "severe", rng=np.random.default_rng(4))

    old, new = emg_of(trial), emg_of(injection.trials[0])
    late = np.array_equal(new[:, 400:], old[:, :-400])
    early = np.array_equal(new[:, :-400], old[:, 400:])
    assert late != early
    np.testing.assert_array_equal(places_of(injection.trials[0]), places_of(trial))


def test_drift_changes_how_many_samples_there_are() -> None:
    trial = recording()

    injection = inject(trial, "drift", "severe", rng=np.random.default_rng(5))

    assert emg_of(injection.trials[0]).shape[1] in (round(6000 * 1.03), round(6000 * 0.97))


def test_swapped_muscles_change_rows_in_the_stated_share_of_the_trials() -> None:
    trials = session()

    for severity, n_wrong in (("mild", 1), ("moderate", 2), ("severe", 4)):
        injection = inject(trials, "swapped_neighbours", severity, rng=np.random.default_rng(6))
        one, other = (MUSCLES.index(name) for name in injection.channels)
        assert sum(injection.affected) == n_wrong
        at = injection.affected.index(True)
        np.testing.assert_array_equal(
            emg_of(injection.trials[at])[[one, other]], emg_of(trials[at])[[other, one]]
        )


def test_a_hidden_marker_is_hidden_for_the_stated_share() -> None:
    for severity, share in (("mild", 0.1), ("moderate", 0.3), ("severe", 0.8)):
        injection = inject(recording(), "hidden", severity, rng=np.random.default_rng(7))
        row = 3 * POINTS.index(injection.channels[0])
        assert np.isnan(places_of(injection.trials[0])[row]).mean() == pytest.approx(share)


def test_swapped_markers_are_neighbours() -> None:
    injection = inject(recording(), "marker_swap", "severe", rng=np.random.default_rng(8))

    assert set(injection.channels) in ({"WRA", "WRB"}, {"WRB", "ELB_L"})


def test_stretches_do_not_overlap_and_stay_inside() -> None:
    for seed in range(50):
        rng = np.random.default_rng(seed)
        share = float(rng.uniform(0.01, 0.95))
        drawn = draw_stretches(400, share=share, lengths=(5, 60), rng=rng)
        edges = [edge for stretch in drawn for edge in stretch]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= 400
        assert sum(stop - start for start, stop in drawn) == max(1, round(share * 400))


def test_what_cannot_be_spoilt_is_refused() -> None:
    rng = np.random.default_rng(9)
    only_emg = Recording(key=TrialKey("P", "1", "t", "1"), emg=recording().emg)
    only_points = Recording(key=TrialKey("P", "1", "t", "1"), kinematics=recording().kinematics)

    with pytest.raises(SettingsError, match="Did you mean 'mains'"):
        inject(only_emg, "main", "mild", rng=rng)
    with pytest.raises(SettingsError, match="severity must be one of mild"):
        inject(only_emg, "mains", "awful", rng=rng)  # type: ignore[arg-type]
    with pytest.raises(SignalError, match="at least one trial"):
        inject([], "mains", "mild", rng=rng)
    with pytest.raises(SignalError, match="must have EMG to spoil"):
        inject(only_points, "mains", "mild", rng=rng)
    with pytest.raises(SignalError, match="must have marker positions to spoil"):
        inject(only_emg, "jumps", "mild", rng=rng)
    with pytest.raises(SignalError, match="noted side"):
        inject(only_points, "wrong_side", "mild", rng=rng)
