"""What networks see of a session: the signals themselves, on one time base."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hybridmfp.features.emg import session_peaks
from hybridmfp.io import ContentCache
from hybridmfp.pipelines import CohortDigest, Settings, digest_cohort, digest_trial
from hybridmfp.pipelines.session_summary import session_bag
from hybridmfp.pipelines.session_trials import SessionTrials, digest_session
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.pipelines.trial_digest import EMG_BANDS_HZ, TrialDigest
from hybridmfp.preprocessing.arm_motion import ArmMotion, arm_motion
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS
from hybridmfp.preprocessing.movement import Movement, find_movement, tangential_speed
from hybridmfp.signals import Cohort, Recording, Signal, TrialSource, find_montage

SETTINGS = Settings().digest
N_MUSCLES, N_BANDS, N_CHANNELS, N_POINTS = 12, 4, 44, 64
WAYS = ("forward", "up", "right")


@pytest.fixture(scope="module")
def recording(small_cohort: Cohort) -> Recording:
    return small_cohort.trials[0].load()


@pytest.fixture(scope="module")
def digest(recording: Recording) -> TrialDigest:
    return digest_trial(recording, SETTINGS)


@pytest.fixture(scope="module")
def session(small_cohort: Cohort) -> SessionTrials:
    row = small_cohort.sessions[0]
    return digest_session(row, small_cohort.trials_of(row), SETTINGS)


def motion_of(recording: Recording) -> tuple[ArmMotion, Movement]:
    assert recording.kinematics is not None
    assert recording.montage is not None
    motion = arm_motion(recording.kinematics, find_montage(recording.montage), side=recording.side)
    speed = tangential_speed(motion.hand, rate_hz=motion.rate_hz)
    return motion, find_movement(speed, rate_hz=motion.rate_hz, share_of_peak=0.05)


def with_emg(recording: Recording, samples: NDArray[np.floating]) -> Recording:
    assert recording.emg is not None
    emg = recording.emg
    return dataclasses.replace(
        recording, emg=Signal(samples, rate_hz=emg.rate_hz, channels=emg.channels, units="V")
    )


def scaled(recording: Recording, factor: float) -> Recording:
    assert recording.emg is not None
    return with_emg(recording, recording.emg.samples * factor)


def as_source(source: TrialSource, recording: Recording) -> TrialSource:
    return dataclasses.replace(source, load=partial(dataclasses.replace, recording))


def changed_session(cohort: Cohort, **changes: object) -> SessionTrials:
    row = cohort.sessions[0]
    sources = [
        as_source(one, dataclasses.replace(one.load(), **changes))  # type: ignore[arg-type]
        for one in cohort.trials_of(row)
    ]
    return digest_session(row, sources, SETTINGS)


def test_both_modalities_are_laid_out_on_one_time_base(digest: TrialDigest) -> None:
    assert digest.bands.shape == (N_MUSCLES, N_BANDS, N_POINTS)
    assert digest.channels.shape == (N_CHANNELS, N_POINTS)
    assert digest.bands.dtype == digest.channels.dtype == np.float32
    assert np.isfinite(digest.bands).all()
    assert np.isfinite(digest.channels).all()
    assert (digest.bands > 0).all()


def test_with_emg_alone_there_are_no_channels_and_the_whole_recording_counts(
    recording: Recording,
) -> None:
    digest = digest_trial(dataclasses.replace(recording, kinematics=None), SETTINGS)

    assert recording.emg is not None
    assert digest.channels.shape == (N_CHANNELS, N_POINTS)
    assert np.isnan(digest.channels).all()
    assert np.isfinite(digest.bands).all()
    assert digest.duration_s == recording.emg.samples.shape[1] / recording.emg.rate_hz


def test_with_kinematics_alone_there_is_no_muscle(
    recording: Recording, digest: TrialDigest
) -> None:
    alone = digest_trial(dataclasses.replace(recording, emg=None), SETTINGS)

    assert alone.bands.shape == (0, N_BANDS, N_POINTS)
    np.testing.assert_array_equal(alone.channels, digest.channels)
    assert alone.duration_s == digest.duration_s


def test_kinematics_that_cannot_be_used_leave_the_length_of_the_emg(recording: Recording) -> None:
    digest = digest_trial(dataclasses.replace(recording, montage=None), SETTINGS)

    assert recording.emg is not None
    assert np.isnan(digest.channels).all()
    assert digest.duration_s == recording.emg.duration_s


def test_the_duration_is_that_of_the_movement(recording: Recording, digest: TrialDigest) -> None:
    motion, movement = motion_of(recording)

    assert digest.duration_s == (movement.offset - movement.onset) / motion.rate_hz
    assert recording.kinematics is not None
    assert 0.3 < digest.duration_s < recording.kinematics.duration_s


def test_channels_run_from_onset_to_offset(recording: Recording, digest: TrialDigest) -> None:
    motion, movement = motion_of(recording)
    channels = dict(zip(KINEMATIC_CHANNELS, digest.channels, strict=True))

    ends = [movement.onset, movement.offset - 1]
    for point in ("wrist", "elbow", "shoulder", "trunk"):
        found = np.stack([channels[f"{point}_{way}"][[0, -1]] for way in WAYS])
        np.testing.assert_allclose(found, getattr(motion, point)[:, ends], atol=1e-6)


def test_the_hand_starts_at_zero_and_goes_as_far_as_it_went(
    recording: Recording, digest: TrialDigest
) -> None:
    motion, movement = motion_of(recording)
    channels = dict(zip(KINEMATIC_CHANNELS, digest.channels, strict=True))

    hand = np.stack([channels[f"hand_{way}"] for way in WAYS])
    np.testing.assert_array_equal(hand[:, 0], 0)
    went = motion.hand[:, movement.offset - 1] - motion.hand[:, movement.onset]
    np.testing.assert_allclose(hand[:, -1], went, atol=1e-6)


def test_emg_is_cut_to_the_movement_and_in_step_with_it(recording: Recording) -> None:
    motion, movement = motion_of(recording)
    assert recording.emg is not None
    rate_hz, n_samples = recording.emg.rate_hz, recording.emg.n_samples
    onset_s, offset_s = (at / motion.rate_hz for at in (movement.onset, movement.offset))
    now_s = np.arange(n_samples) / rate_hz
    middle_s = (onset_s + offset_s) / 2
    tone = np.sin(2 * np.pi * 180 * now_s)
    # Loud outside of the movement, silent in its first half, audible in its second.
    loudness = np.select([now_s < onset_s - 0.2, now_s < middle_s, now_s < offset_s], [9, 0, 1], 9)

    bands = digest_trial(
        with_emg(recording, np.tile(loudness * tone, (N_MUSCLES, 1))), SETTINGS
    ).bands

    third = EMG_BANDS_HZ.index((120.0, 250.0))
    share = 0.128 / (offset_s - onset_s)  # of the movement that a window covers
    points = np.linspace(0, 1, N_POINTS)
    silent, audible = (points > share) & (points < 0.5 - share), (points > 0.5 + share)
    audible &= points < 1 - share
    assert silent.any()
    assert audible.any()
    assert bands[:, third, silent].max() < 0.02
    np.testing.assert_allclose(bands[:, third, audible], np.sqrt(0.5), rtol=0.02)
    others = [at for at in range(N_BANDS) if at != third]
    assert bands[:, others][..., audible].max() < 0.02


def test_a_muscle_that_was_never_seen_is_not_known(recording: Recording) -> None:
    assert recording.emg is not None
    samples = recording.emg.samples.copy()
    samples[1] = np.nan

    bands = digest_trial(with_emg(recording, samples), SETTINGS).bands

    assert np.isnan(bands[1]).all()
    assert np.isfinite(np.delete(bands, 1, axis=0)).all()


def test_the_number_of_points_can_be_set_and_makes_another_digest(small_cohort: Cohort) -> None:
    row = small_cohort.sessions[0]
    trials = small_cohort.trials_of(row)

    coarse, fine = (
        digest_session(row, trials, DigestSettings(n_network_points=n_points))
        for n_points in (16, 64)
    )

    assert coarse.bands.shape[-1] == coarse.channels.shape[-1] == 16
    assert fine.bands.shape[-1] == fine.channels.shape[-1] == 64
    assert coarse.content != fine.content
    np.testing.assert_array_equal(coarse.movement, fine.movement)
    np.testing.assert_allclose(coarse.channels[..., [0, -1]], fine.channels[..., [0, -1]])


def test_a_session_holds_its_trials_in_order(small_cohort: Cohort, session: SessionTrials) -> None:
    trials = small_cohort.trials_of(small_cohort.sessions[0])

    for at, trial in enumerate(trials):
        alone = digest_trial(trial.load(), SETTINGS)
        np.testing.assert_array_equal(session.bands[at], alone.bands)
        np.testing.assert_array_equal(session.channels[at], alone.channels)
        assert session.duration_s[at] == np.float32(alone.duration_s)


def test_trials_with_other_muscles_have_gaps_where_theirs_are_missing(
    small_cohort: Cohort, session: SessionTrials
) -> None:
    row = small_cohort.sessions[0]
    first, *rest = small_cohort.trials_of(row)
    whole = first.load()
    assert whole.emg is not None
    picked = dataclasses.replace(whole, emg=whole.emg.pick(whole.emg.channels[3:5]))

    mixed = digest_session(row, [as_source(first, picked), *rest], SETTINGS)

    assert set(mixed.muscles) == set(session.muscles)
    for at, muscle in enumerate(mixed.muscles):
        known = muscle in whole.emg.channels[3:5]
        assert np.isfinite(mixed.bands[0, at]).all() == known
        np.testing.assert_array_equal(
            mixed.bands[1:, at], session.bands[1:, session.muscles.index(muscle)]
        )


@pytest.mark.parametrize("missing", [None, "emg", "kinematics"])
def test_the_cache_gives_back_what_networks_see(
    small_cohort: Cohort, tmp_path: Path, missing: str | None
) -> None:
    row = small_cohort.sessions[0]
    changes = {} if missing is None else {missing: None}
    trials = [
        as_source(one, dataclasses.replace(one.load(), **changes))
        for one in small_cohort.trials_of(row)
    ]
    cache = ContentCache(tmp_path)
    first = digest_session(row, trials, SETTINGS, cache)
    unread = [dataclasses.replace(one, load=partial(int, "must not be read")) for one in trials]

    again = digest_session(row, unread, SETTINGS, cache)

    assert again.muscles == first.muscles
    for name in ("bands", "channels", "duration_s"):
        ours, theirs = getattr(first, name), getattr(again, name)
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype == np.float32


def test_a_bag_is_in_shares_of_each_muscles_session_peak(session: SessionTrials) -> None:
    bag = session_bag(session, session.muscles)

    strength = np.sqrt(np.sum(bag.emg.astype(np.float64) ** 2, axis=2))
    np.testing.assert_allclose(session_peaks(strength), 1.0, rtol=1e-5)  # float32
    ratio = bag.emg / session.bands
    np.testing.assert_allclose(ratio, ratio[:1, :, :1, :1] * np.ones_like(ratio), rtol=1e-5)


@pytest.mark.parametrize("factor", [3.0, 1e-3])
def test_louder_emg_changes_nothing_in_the_bag(
    small_cohort: Cohort, session: SessionTrials, factor: float
) -> None:
    row = small_cohort.sessions[0]
    louder = [as_source(one, scaled(one.load(), factor)) for one in small_cohort.trials_of(row)]

    loud = digest_session(row, louder, SETTINGS)
    ours, theirs = (session_bag(one, session.muscles) for one in (session, loud))

    np.testing.assert_allclose(loud.bands, factor * session.bands, rtol=1e-4)
    np.testing.assert_allclose(theirs.emg, ours.emg, rtol=1e-4)  # samples are float32
    np.testing.assert_array_equal(theirs.kinematics, ours.kinematics)
    np.testing.assert_array_equal(theirs.duration_s, ours.duration_s)


def test_a_bag_has_the_muscles_asked_for_in_that_order(session: SessionTrials) -> None:
    own = session.muscles
    asked = ("deltoid_of_the_moon", *reversed(own))

    plain, bag = session_bag(session, own), session_bag(session, asked)

    assert bag.muscles == asked
    assert bag.emg.shape == (len(session.task), 1 + N_MUSCLES, N_BANDS, N_POINTS)
    assert np.isnan(bag.emg[:, 0]).all()
    np.testing.assert_array_equal(bag.emg[:, 1:], plain.emg[:, ::-1])


def test_a_silent_muscle_has_no_shares_rather_than_infinite_ones(session: SessionTrials) -> None:
    bands = session.bands.copy()
    bands[:, 2] = 0

    bag = session_bag(dataclasses.replace(session, bands=bands), session.muscles)

    assert np.isnan(bag.emg[:, 2]).all()
    assert np.isfinite(np.delete(bag.emg, 2, axis=1)).all()


def test_a_band_that_was_not_held_leaves_the_others_their_shares(session: SessionTrials) -> None:
    bands = session.bands.copy()
    bands[:, :, 3] = np.nan

    bag = session_bag(dataclasses.replace(session, bands=bands), session.muscles)

    assert np.isnan(bag.emg[:, :, 3]).all()
    strength = np.sqrt(np.sum(bag.emg[:, :, :3].astype(np.float64) ** 2, axis=2))
    np.testing.assert_allclose(session_peaks(strength), 1.0, rtol=1e-5)


def test_a_session_without_emg_has_gaps_for_every_muscle(
    small_cohort: Cohort, session: SessionTrials
) -> None:
    alone = changed_session(small_cohort, emg=None)

    bag = session_bag(alone, session.muscles)

    assert alone.bands.shape == (len(session.task), 0, N_BANDS, N_POINTS)
    assert bag.emg.shape == (len(session.task), N_MUSCLES, N_BANDS, N_POINTS)
    assert np.isnan(bag.emg).all()
    np.testing.assert_array_equal(bag.kinematics, session.channels)


def test_a_session_without_kinematics_has_gaps_for_every_channel(
    small_cohort: Cohort, session: SessionTrials
) -> None:
    alone = changed_session(small_cohort, kinematics=None, montage=None)

    bag = session_bag(alone, session.muscles)

    assert bag.kinematics.shape == (len(session.task), N_CHANNELS, N_POINTS)
    assert np.isnan(bag.kinematics).all()
    assert np.isfinite(bag.emg).all()
    assert (bag.duration_s > session.duration_s).all()  # rest before and after counts


def test_every_session_of_a_cohort_has_a_bag_of_its_own_trials(small_digest: CohortDigest) -> None:
    for one in (*small_digest.sessions, *small_digest.controls):
        assert one.bag is not None
        assert one.bag.emg.shape == (len(one.task), N_MUSCLES, N_BANDS, N_POINTS)
        assert one.bag.kinematics.shape == (len(one.task), N_CHANNELS, N_POINTS)
        assert one.bag.duration_s.shape == (len(one.task),)
        assert one.bag.channels == KINEMATIC_CHANNELS
        assert one.bag.bands_hz == EMG_BANDS_HZ
        assert one.bag.muscles == small_digest.sessions[0].bag.muscles
        assert not any(np.isinf(part).any() for part in (one.bag.emg, one.bag.kinematics))


def test_louder_amplifiers_change_nothing_for_a_network(
    small_cohort: Cohort, small_digest: CohortDigest
) -> None:
    louder = Cohort(
        small_cohort.name,
        scale=small_cohort.scale,
        sessions=small_cohort.sessions,
        trials=[as_source(one, scaled(one.load(), 3.0)) for one in small_cohort.trials],
        synthetic=True,
    )

    loud = digest_cohort(louder, SETTINGS, n_jobs=1)

    for ours, theirs in zip(small_digest.sessions, loud.sessions, strict=True):
        np.testing.assert_allclose(theirs.bag.emg, ours.bag.emg, rtol=1e-4)
        np.testing.assert_allclose(theirs.envelopes, ours.envelopes, rtol=1e-3, atol=1e-5)
