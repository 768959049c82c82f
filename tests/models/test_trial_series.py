"""What `TrialSeries` promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.errors import CohortError, SignalError
from hybridmfp.features.session import SessionDigest
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.models.trial_series import TrialSeries, mean_over_trials, trial_counts

N_MUSCLES, N_BANDS, N_CHANNELS, N_POINTS = 2, 3, 4, 20


def visit(subject: str, *, seed: int, n_trials: int = 3) -> SessionDigest:
    rng = np.random.default_rng(seed)
    empty = np.empty((n_trials, 0))
    bag = TrialBag(
        muscles=("biceps_brachii", "triceps_brachii"),
        bands_hz=((20.0, 60.0), (60.0, 120.0), (120.0, 250.0)),
        emg=rng.random((n_trials, N_MUSCLES, N_BANDS, N_POINTS), dtype=np.float32),
        channels=("a", "b", "c", "d"),
        kinematics=rng.normal(size=(n_trials, N_CHANNELS, N_POINTS)).astype(np.float32),
        duration_s=np.ones(n_trials, dtype=np.float32),
    )
    task = np.array(["reach"] * n_trials)
    return SessionDigest(subject, "1", task, (), empty, (), np.empty(0), empty, empty, bag)


def with_bag(session: SessionDigest, **changes: object) -> SessionDigest:
    assert session.bag is not None
    return replace(session, bag=replace(session.bag, **changes))


VISITS = [visit(f"p{number}", seed=number, n_trials=2 + number) for number in range(4)]


def test_trials_follow_each_other_muscles_above_kinematics() -> None:
    model = TrialSeries().fit(VISITS)

    series = model.transform(VISITS)

    n_trials = sum(len(one.task) for one in VISITS)
    assert series.shape == (n_trials, N_MUSCLES + N_CHANNELS, N_POINTS)
    assert model.names_ == ("biceps_brachii", "triceps_brachii", "a", "b", "c", "d")
    np.testing.assert_array_equal(series[2:5], model.transform([VISITS[1]]))


def test_training_trials_have_mean_0_and_standard_deviation_1() -> None:
    series = TrialSeries().fit_transform(VISITS).astype(float)

    np.testing.assert_allclose(series.mean(axis=(0, 2)), 0, atol=1e-6)  # float32
    np.testing.assert_allclose(series.std(axis=(0, 2)), 1, atol=1e-6)


def test_the_unit_of_a_channel_does_not_matter() -> None:
    in_mm = [with_bag(one, kinematics=one.bag.kinematics * 1024) for one in VISITS]

    np.testing.assert_allclose(
        TrialSeries().fit_transform(in_mm), TrialSeries().fit_transform(VISITS), rtol=1e-6
    )


def test_only_the_energy_of_all_bands_together_counts() -> None:
    turned = [with_bag(one, emg=one.bag.emg[:, :, ::-1]) for one in VISITS]

    np.testing.assert_allclose(
        TrialSeries().fit_transform(turned), TrialSeries().fit_transform(VISITS), atol=1e-5
    )


def test_a_gap_is_bridged_by_a_straight_line_and_held_at_the_ends() -> None:
    model = TrialSeries().fit(VISITS)
    line = np.tile(np.arange(N_POINTS, dtype=np.float32), (2, N_CHANNELS, 1))
    whole = model.transform([with_bag(VISITS[0], kinematics=line)])
    holed = line.copy()
    holed[1, 2, [0, 1, 7, 8, 9, 19]] = np.nan

    series = model.transform([with_bag(VISITS[0], kinematics=holed)])

    expected = whole.copy()
    expected[1, 4, [0, 1, 19]] = whole[1, 4, [2, 2, 18]]
    np.testing.assert_allclose(series, expected, atol=1e-5)


def test_a_channel_missing_in_a_trial_is_0_there_and_nowhere_else() -> None:
    model = TrialSeries().fit(VISITS)
    lost = VISITS[0].bag.kinematics.copy()
    lost[1, 3] = np.nan

    series = model.transform([with_bag(VISITS[0], kinematics=lost)])

    whole = model.transform([VISITS[0]])
    assert (series[1, 5] == 0).all()
    whole[1, 5] = 0
    np.testing.assert_array_equal(series, whole)


def test_a_channel_missing_throughout_training_is_0_for_everybody() -> None:
    blind = [with_bag(one, emg=np.full_like(one.bag.emg, np.nan)) for one in VISITS]

    series = TrialSeries().fit(blind).transform(VISITS)

    assert (series[:, :N_MUSCLES] == 0).all()
    assert np.isfinite(series).all()


def test_missing_samples_do_not_shift_the_statistics() -> None:
    holed = [with_bag(one, kinematics=one.bag.kinematics.copy()) for one in VISITS]
    holed[3].bag.kinematics[:] = np.nan

    mean = TrialSeries().fit(holed).scaler_.mean_[N_MUSCLES:]

    np.testing.assert_allclose(mean, TrialSeries().fit(VISITS[:3]).scaler_.mean_[N_MUSCLES:])


def test_the_sessions_are_left_as_they_are() -> None:
    kinematics = VISITS[0].bag.kinematics.copy()
    kinematics[0, 0, 3:5] = np.nan
    session = with_bag(VISITS[0], kinematics=kinematics)
    before = kinematics.copy()

    TrialSeries().fit_transform([session, VISITS[1]])

    np.testing.assert_array_equal(session.bag.kinematics, before)


def test_the_trials_of_a_session_are_averaged_however_many_there_are() -> None:
    owner = np.repeat(np.arange(4.0), [2, 3, 4, 5])
    noise = np.concatenate([np.arange(n) - (n - 1) / 2 for n in (2, 3, 4, 5)])

    average = mean_over_trials(owner + noise, VISITS)

    np.testing.assert_allclose(average, [0, 1, 2, 3], atol=1e-12)
    assert trial_counts(VISITS).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("sessions", "message"),
    [
        ([], "X must hold at least one session"),
        ([np.zeros(3)], r"X\[0\] is of type ndarray"),
        ([replace(VISITS[0], bag=None)], "session '1' of 'p0' has bag=None"),
        ([visit("p9", seed=9, n_trials=0)], "session '1' of 'p9' has no trial in it"),
    ],
)
def test_without_signals_there_is_nothing_to_learn(sessions: list, message: str) -> None:
    with pytest.raises(CohortError, match=message):
        TrialSeries().fit(sessions)
    with pytest.raises(CohortError, match=message):
        TrialSeries().fit(VISITS).transform(sessions)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"muscles": ("biceps_brachii", "deltoid_anterior")}, "the muscles of the first session"),
        ({"bands_hz": ((20.0, 60.0),) * 3}, "the bands_hz of the first session"),
        ({"channels": ("a", "b", "c", "e")}, "the channels of the first session"),
        ({"emg": np.ones((5, 2, 3, 9), np.float32)}, "the n_points of the first session"),
    ],
)
def test_sessions_that_were_recorded_otherwise_are_refused(changes: dict, message: str) -> None:
    other = with_bag(VISITS[3], **changes)

    with pytest.raises(CohortError, match=message):
        TrialSeries().fit([*VISITS[:3], other])
    with pytest.raises(CohortError, match=message):
        TrialSeries().fit(VISITS).transform([other])


def test_infinite_samples_are_refused() -> None:
    endless = with_bag(VISITS[0], kinematics=np.full_like(VISITS[0].bag.kinematics, np.inf))

    with pytest.raises(SignalError, match="must be finite"):
        TrialSeries().fit([endless])
