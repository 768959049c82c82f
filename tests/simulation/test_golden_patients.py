"""The data set that ships is a seed: the same settings must go on giving the same patients.

Where a change is meant, raise `GENERATOR` and write the file anew with
``python tests/simulation/test_golden_patients.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
from hybridmfp.simulation.cohort import GENERATOR

GOLDEN = Path(__file__).with_name("golden_patients.json")
SETTINGS = VirtualCohortSettings(
    n_patients=4, n_controls=1, tasks=("reach_forward", "grasp_release"), n_repetitions=1
)


def described() -> dict[str, object]:
    cohort = virtual_cohort(SETTINGS)
    trials = {}
    for recording in cohort:
        assert recording.emg is not None
        assert recording.kinematics is not None
        trials[str(recording.key)] = {
            "n_samples": [recording.emg.n_samples, recording.kinematics.n_samples],
            "emg_rms_uv": (1e6 * np.std(recording.emg.samples.astype(float), axis=1)).tolist(),
            "marker_mean_m": np.nanmean(
                recording.kinematics.samples.astype(float), axis=1
            ).tolist(),
        }
    return {
        "generator": GENERATOR,
        "scores": {row.subject: row.score for row in cohort.sessions},
        "trials": trials,
    }


def test_the_same_settings_give_the_same_patients_as_ever() -> None:
    golden, now = json.loads(GOLDEN.read_text(encoding="utf-8")), described()
    assert now["generator"] == golden["generator"]
    assert now["scores"] == golden["scores"]
    trials = now["trials"]
    assert isinstance(trials, dict)
    assert list(trials) == list(golden["trials"])
    for key, trial in trials.items():
        kept = golden["trials"][key]
        assert trial["n_samples"] == kept["n_samples"], key
        assert trial["emg_rms_uv"] == pytest.approx(kept["emg_rms_uv"], rel=1e-3), key
        assert trial["marker_mean_m"] == pytest.approx(kept["marker_mean_m"], abs=1e-5), key


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(described(), indent=1) + "\n", encoding="utf-8")
