"""Every severe fault that one trial can show is found in it, in the channel it is in."""

from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.preprocessing.quality import ALL, check_trial
from hybridmfp.signals import Recording
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
from hybridmfp.simulation.faults import FAULTS, inject

# Swapped muscles and a lag need a pattern and several trials; see test_muscle_pattern.py.
SHOWN_BY_A_TRIAL = [
    name for name in FAULTS if name not in ("swapped_neighbours", "swapped_far", "lag")
]


@pytest.fixture(scope="module")
def trials() -> list[Recording]:
    settings = VirtualCohortSettings(
        n_patients=3,
        n_controls=0,
        tasks=("reach_forward",),
        n_repetitions=1,
        emg="amplitude_noise",
        seed=207,
    )
    return [source.load() for source in virtual_cohort(settings).trials]


@pytest.mark.parametrize("name", SHOWN_BY_A_TRIAL)
def test_a_severe_fault_is_found_where_it_is(name: str, trials: list[Recording]) -> None:
    for seed, trial in enumerate(trials):
        before = {(one.channel, one.fault) for one in check_trial(trial).findings}

        injection = inject(trial, name, "severe", rng=np.random.default_rng(seed))
        found = {(one.channel, one.fault) for one in check_trial(injection.trials[0]).findings}

        blamed = {channel for channel, _ in found - before}
        assert blamed & {*injection.channels, ALL}, (trial.key, injection.channels)
        assert blamed <= {*injection.channels, ALL}
