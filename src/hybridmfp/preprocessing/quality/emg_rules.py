"""From what was measured of EMG to findings in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.emg_measures import EmgMeasures, Window, measure_emg
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.verdicts import ALL, Finding, Verdict

__all__ = ["check_emg", "judge_emg"]

_SHORTEST_S = 0.25
_FEWEST_TO_RESPOND = 4
_PRESS = "Press the electrode on again"


@dataclass(frozen=True)
class _Rule:
    """One fault: how bad it is in each channel, and how to say so."""

    fault: str
    unit: str
    scale: float  # from the measure to the unit that is shown
    figure: Callable[[EmgMeasures], NDArray[np.float64]]
    levels: Callable[[EmgMeasures, QualitySettings], NDArray[np.intp]]
    reason: str
    remedy: str


def check_emg(
    emg: NDArray[np.float32],
    *,
    rate_hz: float,
    channels: Sequence[str],
    window: Window | None = None,
    moving: bool = False,
    settings: QualitySettings | None = None,
) -> list[Finding]:
    """Check EMG, of a whole trial or of the last seconds of a stream.

    Parameters
    ----------
    emg : array of float32, shape (n_channels, n_samples)
        Raw, in volts; NaN is a gap.
    rate_hz : float
        Samples per second.
    channels : sequence of str
        Name of each row.
    window : tuple of int, optional
        First sample of the movement, and the first after it. What lies in it weighs more.
    moving : bool, default False
        Whether the arm is known to move, so that its muscles must change.
    settings : QualitySettings, optional

    Returns
    -------
    list of Finding
        Nothing for a channel that is fine. A muscle that stays active at rest is fine.

    Examples
    --------
    >>> import numpy as np
    >>> flat = np.zeros((1, 4000), dtype=np.float32)
    >>> [(one.fault, one.verdict) for one in check_emg(flat, rate_hz=2000, channels=["biceps"])]
    [('flat', 'red')]
    """
    settings = settings or QualitySettings()
    if emg.shape[1] < _SHORTEST_S * rate_hz:
        lasts_s = emg.shape[1] / rate_hz
        return [
            Finding(
                modality="emg",
                channel=ALL,
                fault="short",
                verdict="red",
                value=lasts_s,
                unit="s",
                reason=f"The EMG lasts {lasts_s:.2f} s, too short to show a movement.",
                remedy="Record the whole movement again.",
            )
        ]
    measures = measure_emg(emg, rate_hz=rate_hz, window=window, step_ratio=settings.step_ratio)
    findings = judge_emg(measures, channels=channels, settings=settings)
    return [*findings, *_check_response(measures, settings)] if moving else findings


def judge_emg(
    measures: EmgMeasures, *, channels: Sequence[str], settings: QualitySettings
) -> list[Finding]:
    """Turn measures into findings: one for each channel and fault.

    What another fault of the channel explains is not said again: the steps at the ends of a flat
    stretch, the slow waves of a heart, the silence of a muscle under noise.
    """
    unit = _unit_finding(measures, settings)
    findings = [] if unit is None else [unit]
    levels = {rule.fault: rule.levels(measures, settings) for rule in _RULES}
    if unit is not None:
        levels |= {name: np.zeros(len(channels), dtype=np.intp) for name in _BY_VOLTS}
    for name, causes in _EXPLAINED_BY.items():
        for cause, least in causes:
            levels[name] = np.where(levels[cause] >= least, 0, levels[name])
    for rule in _RULES:
        values = rule.scale * rule.figure(measures)
        for at in np.flatnonzero(levels[rule.fault]).tolist():
            verdict: Verdict = "red" if levels[rule.fault][at] == 2 else "amber"
            findings.append(
                Finding(
                    modality="emg",
                    channel=channels[at],
                    fault=rule.fault,
                    verdict=verdict,
                    value=float(values[at]),
                    unit=rule.unit,
                    reason=rule.reason.format(value=float(values[at]), mains=measures.mains_hz),
                    remedy=rule.remedy,
                )
            )
    return findings


def _check_response(measures: EmgMeasures, settings: QualitySettings) -> list[Finding]:
    """Report muscles of which hardly any changes while the arm moves."""
    heard = measures.gap < 1
    if np.count_nonzero(heard) < _FEWEST_TO_RESPOND:
        return []
    still = float(np.mean(measures.modulation[heard] < settings.still_ratio))
    if still <= settings.still_share:
        return []
    return [
        Finding(
            modality="emg",
            channel=ALL,
            fault="unmoved",
            verdict="red",
            value=100 * still,
            unit="%",
            reason=f"{100 * still:.0f} % of the muscles do not change while the arm moves.",
            remedy="Check that the electrodes are on the arm that moves, and that they are on.",
        )
    ]


def _unit_finding(measures: EmgMeasures, settings: QualitySettings) -> Finding | None:
    known = measures.rms_v[(measures.gap < 1) & (measures.rms_v > 0)]
    if known.size == 0:
        return None
    usual = float(np.median(known))
    if settings.emg_least_v <= usual <= settings.emg_unit_v:
        return None
    shown = f"{usual:.2g} V" if usual > 1e-3 else f"{usual:.1g} V"
    return Finding(
        modality="emg",
        channel=ALL,
        fault="unit",
        verdict="red",
        value=1e6 * usual,
        unit="µV",
        reason=f"The EMG has an average strength of {shown}, which no muscle has.",
        remedy="Set the right unit of the EMG (V, mV or µV) and read the file again.",
    )


def _levels(figure: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.intp]:
    return (figure > limits[0]).astype(np.intp) + (figure > limits[1])


def _both(*levels: NDArray[np.intp]) -> NDArray[np.intp]:
    least: NDArray[np.intp] = np.minimum.reduce(levels)
    return least


def _silent(measures: EmgMeasures, settings: QualitySettings) -> NDArray[np.intp]:
    return np.asarray(measures.silence < settings.silent_ratio, dtype=np.intp)


_GONE = (("gap", 2), ("flat", 2))
# Which other fault, from which level on, explains one away.
_EXPLAINED_BY: dict[str, tuple[tuple[str, int], ...]] = {
    "clipped": _GONE,
    "mains": _GONE,
    "ecg": _GONE,
    "motion": (*_GONE, ("flat", 1), ("ecg", 1)),
    "contact": (*_GONE, ("flat", 1), ("clipped", 1)),
    "noise": _GONE,
    "silent": (*_GONE, ("noise", 1)),
}
_BY_VOLTS = ("mains", "ecg", "motion", "noise", "silent")

_RULES: tuple[_Rule, ...] = (
    _Rule(
        fault="gap",
        unit="%",
        scale=100,
        figure=lambda m: m.gap,
        levels=lambda m, s: _levels(m.gap, s.emg_gap),
        reason="{value:.0f} % of this channel is missing.",
        remedy="Check the plug and the radio link, then repeat the movement.",
    ),
    _Rule(
        fault="flat",
        unit="%",
        scale=100,
        figure=lambda m: m.flat,
        levels=lambda m, s: _levels(m.flat, s.emg_flat),
        reason="The signal stands still for {value:.0f} % of the time.",
        remedy=f"{_PRESS} and check its plug, then repeat the movement.",
    ),
    _Rule(
        fault="clipped",
        unit="%",
        scale=100,
        figure=lambda m: m.clipped,
        levels=lambda m, s: _levels(m.clipped, s.emg_clipped),
        reason="{value:.0f} % of the strongest activity is cut off at the amplifier's limit.",
        remedy="Lower the gain of this channel and repeat the movement.",
    ),
    _Rule(
        fault="mains",
        unit="%",
        scale=100,
        figure=lambda m: m.hum_share,
        levels=lambda m, s: _both(_levels(m.hum_share, s.mains), _levels(m.hum_v, s.mains_v)),
        reason="Hum of the mains ({mains:.0f} Hz) makes up {value:.0f} % of this channel.",
        remedy=f"{_PRESS} and move its cable away from chargers and lamps.",
    ),
    _Rule(
        fault="ecg",
        unit="%",
        scale=100,
        figure=lambda m: m.heart_share,
        levels=lambda m, s: _both(_levels(m.heart_share, s.ecg), _levels(m.heart_v, s.ecg_v)),
        reason="Heart beats make up {value:.0f} % of the low tones of this channel.",
        remedy="Move both electrodes closer together and further from the chest.",
    ),
    _Rule(
        fault="motion",
        unit="µV",
        scale=1e6,
        figure=lambda m: m.slow_v,
        levels=lambda m, s: _both(
            _levels(m.slow_v, s.motion_v), _levels(m.slow_ratio, s.motion_ratio)
        ),
        reason="The electrode or its cable moves, which adds swings of {value:.0f} µV.",
        remedy="Tape the electrode and its cable to the skin and repeat the movement.",
    ),
    _Rule(
        fault="contact",
        unit="%",
        scale=100,
        figure=lambda m: m.steps,
        levels=lambda m, s: _levels(m.steps, s.steps),
        reason="The contact breaks and comes back, during {value:.1f} % of the time.",
        remedy=f"{_PRESS} or replace it, and check the plug.",
    ),
    _Rule(
        fault="noise",
        unit="µV",
        scale=1e6,
        figure=lambda m: m.white_v,
        levels=lambda m, s: _both(
            _levels(m.white_v, s.noise_v), _levels(m.white_share, s.noise_share)
        ),
        reason="Even at rest this channel has a noise of {value:.0f} µV.",
        remedy="Clean the skin, use a fresh electrode and repeat the movement.",
    ),
    _Rule(
        fault="silent",
        unit="1",
        scale=1,
        figure=lambda m: m.silence,
        levels=_silent,
        reason="No activity of the muscle can be told from noise in this trial.",
        remedy="Ask for a short strong contraction; if nothing shows, replace the electrode.",
    ),
)
