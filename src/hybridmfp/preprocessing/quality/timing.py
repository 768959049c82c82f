"""Whether EMG and kinematics of a session share one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

from hybridmfp.preprocessing.quality.coupling import best_lag
from hybridmfp.preprocessing.quality.pattern import MusclePattern
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.verdicts import ALL, Finding, TrialQuality, Verdict

__all__ = ["Timing", "judge_timing", "time_session"]

_FEWEST_TRIALS = 3
_FEWEST_DURATIONS = 5
_RESAMPLES = 200
_TWO_SIDED = 1.96
_SURE_PPM = 10000.0  # half-width of the interval above which durations say nothing about clocks


@dataclass(frozen=True)
class Timing:
    """Hold lag and drift of a session; None where they cannot be told.

    Attributes
    ----------
    lag_s, lag_error_s : float or None
        Beyond what the recordings state and what is usual; half-width of the 95 % interval.
    drift_ppm, drift_error_ppm : float or None
        How much faster than stated the EMG was sampled; half-width of the 95 % interval.
    coupling : float or None
        How well the EMG follows the movement, relative to the usual.
    duration_s : float
        Median duration of the trials.
    n_trials : int
        With both modalities.
    """

    lag_s: float | None
    lag_error_s: float | None
    drift_ppm: float | None
    drift_error_ppm: float | None
    coupling: float | None
    duration_s: float
    n_trials: int

    @property
    def drifted_s(self) -> float:
        """How far the clocks are apart after a trial; 0 where unknown."""
        return 0.0 if self.drift_ppm is None else 1e-6 * self.drift_ppm * self.duration_s


def time_session(trials: Sequence[TrialQuality], pattern: MusclePattern | None) -> Timing:
    """Estimate lag and drift.

    Drift: the slope of the durations of the EMG over those of the kinematics (Theil-Sen); a
    constant difference, as where one of them stops later, is no drift. Lag: where envelopes agree
    best with the movement, over all trials, less the usual.

    Parameters
    ----------
    trials : sequence of TrialQuality
    pattern : MusclePattern or None
        Without it there is no lag.
    """
    pairs = np.array(
        [
            (trial.clues.kinematics_s, trial.clues.emg_s)
            for trial in trials
            if trial.clues.kinematics_s is not None and trial.clues.emg_s is not None
        ]
    ).reshape(-1, 2)
    drift, drift_error = _drift(pairs)
    lag, lag_error, coupling = (None, None, None) if pattern is None else _lag(trials, pattern)
    return Timing(
        lag_s=lag,
        lag_error_s=lag_error,
        drift_ppm=drift,
        drift_error_ppm=drift_error,
        coupling=coupling,
        duration_s=float(np.median(pairs[:, 0])) if len(pairs) else 0.0,
        n_trials=len(pairs),
    )


def _drift(pairs: NDArray[np.float64]) -> tuple[float | None, float | None]:
    if len(pairs) < _FEWEST_DURATIONS or np.ptp(pairs[:, 0]) == 0:
        return None, None
    slope, _, low, high = theilslopes(pairs[:, 1], pairs[:, 0], 0.95)
    error = 1e6 * max(high - slope, slope - low)
    if not error <= _SURE_PPM:
        return None, None
    return 1e6 * float(slope - 1), float(error)


def _lag(
    trials: Sequence[TrialQuality], pattern: MusclePattern
) -> tuple[float | None, float | None, float | None]:
    if not np.isfinite(pattern.usual_lag_s_):
        return None, None, None
    curves = pattern.lag_curves(trials)
    if len(curves) < _FEWEST_TRIALS:
        return None, None, None
    coupling = float(curves.mean(axis=0).max()) / pattern.usual_coupling_
    lag = best_lag(curves.mean(axis=0))
    if lag is None:
        return None, None, coupling
    # The same trials always give the same interval.
    rng = np.random.default_rng(len(curves))
    drawn = rng.integers(len(curves), size=(_RESAMPLES, len(curves)))
    again = [best_lag(curves[rows].mean(axis=0)) for rows in drawn]
    spread = float(np.std([one for one in again if one is not None]))
    error = _TWO_SIDED * float(np.hypot(spread, pattern.lag_spread_s_))
    return lag - pattern.usual_lag_s_, error, coupling


def judge_timing(timing: Timing, settings: QualitySettings) -> list[Finding]:
    """Report a lag, or clocks that drift apart, by 20 ms and more."""
    findings = []
    late_s = timing.lag_s
    if timing.coupling is not None and timing.coupling < settings.coupling[0]:
        # Where the EMG does not follow the movement, the peak of its agreement says nothing.
        findings.append(_coupling_finding(timing.coupling, timing, settings))
    elif late_s is not None and timing.lag_error_s is not None:
        certain = abs(late_s) > timing.lag_error_s
        if certain and abs(late_s) >= settings.lag_s[0]:
            findings.append(_lag_finding(late_s, timing, settings))
    drift, error = timing.drift_ppm, timing.drift_error_ppm
    if drift is not None and error is not None and abs(drift) > error:
        correctable = 1e-6 * abs(drift) <= settings.most_drift
        if correctable and abs(timing.drifted_s) >= settings.lag_s[0]:
            findings.append(_drift_finding(drift, timing, settings))
    return findings


def _verdict(apart_s: float, settings: QualitySettings) -> Verdict:
    return "red" if abs(apart_s) >= settings.lag_s[1] else "amber"


def _coupling_finding(coupling: float, timing: Timing, settings: QualitySettings) -> Finding:
    return Finding(
        modality="emg",
        channel=ALL,
        fault="unmoved",
        verdict="red" if coupling < settings.coupling[1] else "amber",
        value=100 * coupling,
        unit="%",
        reason=f"The muscles follow the movement only {100 * coupling:.0f} % as well as usual.",
        remedy="Check that the electrodes are on the arm that moves, and that both systems start "
        "together.",
        n_trials=timing.n_trials,
    )


def _lag_finding(late_s: float, timing: Timing, settings: QualitySettings) -> Finding:
    word = "later" if late_s > 0 else "earlier"
    return Finding(
        modality="both",
        channel=ALL,
        fault="lag",
        verdict=_verdict(late_s, settings),
        value=1e3 * late_s,
        unit="ms",
        reason=f"The EMG comes {1e3 * abs(late_s):.0f} ms {word} than the movement it belongs to.",
        remedy="It is corrected here; connect the trigger of both systems for the next recording.",
        n_trials=timing.n_trials,
    )


def _drift_finding(drift_ppm: float, timing: Timing, settings: QualitySettings) -> Finding:
    apart_ms = 1e3 * abs(timing.drifted_s)
    return Finding(
        modality="both",
        channel=ALL,
        fault="drift",
        verdict=_verdict(timing.drifted_s, settings),
        value=drift_ppm,
        unit="ppm",
        reason=f"The clocks of EMG and markers drift apart by {apart_ms:.0f} ms in a trial.",
        remedy="It is corrected here; run both systems from one clock, or state the true rate.",
        n_trials=timing.n_trials,
    )
