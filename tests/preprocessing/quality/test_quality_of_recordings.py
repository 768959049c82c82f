from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.io import open_cohort
from hybridmfp.preprocessing.quality import check_session, check_trial, screened
from hybridmfp.signals import Cohort
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

# Drawn by the seed below.
CAME_OFF = {
    "S1": {"flexor_digitorum_superficialis", "flexor_carpi_radialis"},
    "S3": {"biceps_brachii", "flexor_carpi_ulnaris"},
}


@pytest.fixture(scope="module")
def virtual() -> Cohort:
    settings = VirtualCohortSettings(
        n_patients=4,
        n_controls=1,
        tasks=("reach_forward", "hand_to_mouth", "wrist_flexion_extension"),
        n_repetitions=1,
        emg="amplitude_noise",
        seed=206,
    )
    return virtual_cohort(settings)


def test_virtual_patients_are_hardly_ever_blamed(virtual: Cohort) -> None:
    verdicts = []
    for source in virtual.trials:
        quality = check_trial(source.load())
        verdicts += [*quality.muscles.values(), *quality.points.values()]

    # Four of the 60 electrodes are off, and 6 % of the inner-elbow markers are hidden.
    assert np.mean([verdict != "green" for verdict in verdicts]) < 0.05
    assert verdicts.count("red") < 0.02 * len(verdicts)


def test_exactly_the_electrodes_that_came_off_are_taken_out(virtual: Cohort) -> None:
    by_subject = defaultdict(list)
    for source in virtual.trials:
        by_subject[source.key.subject].append(source.load())

    for trials in by_subject.values():
        quality = check_session([check_trial(trial) for trial in trials])
        for trial in trials:
            kept = screened(trial, quality)
            assert kept.emg is not None
            there = kept.emg.valid.any(axis=1).tolist()
            out = {name for name, seen in zip(kept.emg.channels, there, strict=True) if not seen}
            assert out == CAME_OFF.get(trial.key.subject, set())


def test_the_empty_elbow_marker_of_real_recordings_is_found_and_little_else(
    real_data: Callable[[str], Path],
) -> None:
    cohort = open_cohort(real_data("ulimb_mhh_task12"))
    empty, blamed, n_points = 0, 0, 0

    for source in list(cohort.trials)[::6]:
        recording = source.load()
        quality = check_trial(recording)
        assert recording.kinematics is not None
        for point, verdict in quality.points.items():
            rows = [recording.kinematics.channels.index(f"{point}_{axis}") for axis in "xyz"]
            missing = float(np.isnan(recording.kinematics.samples[rows[0]]).mean())
            if missing == 1:
                assert verdict == "red"
                empty += 1
            elif missing < 0.1:
                n_points += 1
                blamed += verdict != "green"

    assert empty > 0
    assert blamed < 0.05 * n_points


def test_a_real_synchronised_recording_is_fine(real_data: Callable[[str], Path]) -> None:
    (source,) = open_cohort(real_data("shoulder_c3d")).trials

    quality = check_trial(source.load())

    assert set(quality.muscles.values()) == {"green"}
    assert list(quality.points.values()).count("green") >= 50


def test_real_segments_without_markers_are_fine(real_data: Callable[[str], Path]) -> None:
    for source in open_cohort(real_data("ulimb_uzh_mvnx")).trials:
        assert check_trial(source.load()).findings == ()
