"""CPU time of each step from raw EMG to named features, on one simulated trial and session.

Run from the repository's root::

    OMP_NUM_THREADS=1 python benchmarks/emg.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from hybridmfp.features.emg import emg_session_features, emg_trial_features
from hybridmfp.features.emg_spectrum import power_spectrum
from hybridmfp.preprocessing.envelope import linear_envelope
from hybridmfp.preprocessing.mains import clean_emg, detect_mains
from hybridmfp.preprocessing.resample import phase_profile, resample_rate
from hybridmfp.signals.muscles import MUSCLES

RATE_HZ = 2000.0
CHANNELS = tuple(MUSCLES)[:12]
REPEATS = 15


def best_cpu_ms(step: Callable[[], object]) -> float:
    step()
    spent = []
    for _ in range(REPEATS):
        start = time.process_time()
        step()
        spent.append(time.process_time() - start)
    return 1e3 * min(spent)


def simulated_session(n_trials: int, *, rng: np.random.Generator) -> np.ndarray:
    weights = rng.random((12, 5)) ** 3
    phase = np.linspace(0, 1, 101)
    bursts = np.exp(-(((phase - rng.random((n_trials, 5, 1))) / 0.15) ** 2))
    return weights @ bursts + 0.05 * rng.random((n_trials, 12, 101))


def main() -> None:
    rng = np.random.default_rng(0)
    quiet = rng.normal(size=(12, 10_000))
    seconds = np.arange(10_000) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * line * seconds) for line in (50, 150, 250))
    humming, gapped = quiet + hum, quiet.copy()
    gapped[0, 3000:3100] = np.nan
    few, many = (simulated_session(n, rng=rng) for n in (24, 90))
    steps: dict[str, Callable[[], object]] = {
        "detect_mains": lambda: detect_mains(quiet, rate_hz=RATE_HZ),
        "clean_emg, no hum": lambda: clean_emg(quiet, rate_hz=RATE_HZ),
        "clean_emg, a gap": lambda: clean_emg(gapped, rate_hz=RATE_HZ),
        "clean_emg, three lines": lambda: clean_emg(humming, rate_hz=RATE_HZ),
        "linear_envelope": lambda: linear_envelope(quiet, rate_hz=RATE_HZ),
        "phase_profile": lambda: phase_profile(quiet),
        "resample_rate 2000 to 1000": lambda: resample_rate(
            quiet, rate_hz=RATE_HZ, new_rate_hz=1000
        ),
        "power_spectrum": lambda: power_spectrum(quiet, rate_hz=RATE_HZ),
        "emg_trial_features": lambda: emg_trial_features(quiet, rate_hz=RATE_HZ, channels=CHANNELS),
        "emg_session_features, 24 trials": lambda: emg_session_features(few, channels=CHANNELS),
        "emg_session_features, 90 trials": lambda: emg_session_features(many, channels=CHANNELS),
    }
    for name, step in steps.items():
        print(f"{name:<34}{best_cpu_ms(step):8.1f} ms")


if __name__ == "__main__":
    main()
