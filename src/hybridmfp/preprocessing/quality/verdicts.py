"""What a check of signals says: verdicts, findings, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hybridmfp.signals import TrialKey

__all__ = [
    "ALL",
    "VERDICTS",
    "Finding",
    "SessionQuality",
    "TrialClues",
    "TrialQuality",
    "Verdict",
    "worst",
]

Verdict = Literal["green", "amber", "red"]
VERDICTS: tuple[Verdict, ...] = ("green", "amber", "red")
"""From good to useless."""

Modality = Literal["emg", "kinematics", "both"]

ALL = "all"
"""Stands for every channel of a modality, where a finding is about all of them."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the worst of some verdicts; green if there are none.

    Examples
    --------
    >>> worst(["green", "red", "amber"])
    'red'
    """
    return max(verdicts, key=VERDICTS.index, default="green")


@dataclass(frozen=True)
class Finding:
    """Say what is wrong with a channel, how badly, and what to do.

    Attributes
    ----------
    modality : {"emg", "kinematics", "both"}
    channel : str
        The muscle or the marker point; `ALL` for every one of the modality.
    fault : str
        One word for the kind, such as ``"mains"``; see ``docs/quality.md``.
    verdict : {"amber", "red"}
    value : float
        The figure that decided.
    unit : str
        Of the value: ``"%"``, ``"µV"``, ``"s"``, ``"ms"``, ``"m"``, ``"mm"``, ``"ppm"``, ``"1"``.
    reason : str
        One plain sentence, with the figure.
    remedy : str
        One plain sentence: what to do about it.
    n_trials : int
        In how many trials.
    """

    modality: Modality
    channel: str
    fault: str
    verdict: Verdict
    value: float
    unit: str
    reason: str
    remedy: str
    n_trials: int = 1


@dataclass(frozen=True, eq=False)
class TrialClues:
    """Hold what only several trials together can be judged by.

    Attributes
    ----------
    muscles : tuple of str
    envelopes : array of float32, shape (n_muscles, n_steps)
        Strength of the EMG over the trial, at `rate_hz`, in volts; NaN where there is none.
    effort : array of float32, shape (7, n_steps)
        How the hand moves, at the same rate, from `hand_effort`; no step without positions.
    rate_hz : float
        Steps per second.
    emg_s, kinematics_s : float or None
        How long each modality lasts, by its own clock.
    span_s : tuple of float or None
        Start and end of the movement, in seconds on the kinematic clock.
    latency_s : float
        The latency that the recording stated; envelopes are already corrected by it.
    """

    muscles: tuple[str, ...]
    envelopes: NDArray[np.float32]
    effort: NDArray[np.float32]
    rate_hz: float
    emg_s: float | None
    kinematics_s: float | None
    span_s: tuple[float, float] | None
    latency_s: float


@dataclass(frozen=True, eq=False)
class TrialQuality:
    """Hold what was found in one trial.

    Attributes
    ----------
    key : TrialKey
    muscles : mapping of str to Verdict
        Every EMG channel.
    points : mapping of str to Verdict
        Every marker or segment.
    findings : tuple of Finding
    clues : TrialClues
        What `check_session` needs.
    """

    key: TrialKey
    muscles: Mapping[str, Verdict]
    points: Mapping[str, Verdict]
    findings: tuple[Finding, ...]
    clues: TrialClues

    @property
    def verdict(self) -> Verdict:
        """The worst that was found."""
        return worst(finding.verdict for finding in self.findings)


@dataclass(frozen=True, eq=False)
class SessionQuality:
    """Hold what was found in the trials of one session.

    Attributes
    ----------
    trials : mapping of TrialKey to TrialQuality
    muscles, points : mapping of str to Verdict
        Over all trials: red where a channel is red in most of those that have it.
    findings : tuple of Finding
        One for each channel and fault, with `Finding.n_trials`, worst first; and what only the
        whole session shows: swapped electrodes, lag, drift.
    lag_s : float or None
        How much later than the kinematics the EMG is, beyond what the recordings say; None where
        that cannot be told. Positive: the EMG is late.
    lag_error_s : float or None
        Half-width of the 95 % interval of `lag_s`.
    drift_ppm : float or None
        How much faster than stated the EMG was sampled, in parts per million; None where that
        cannot be told.
    correct_lag, correct_drift : bool
        Whether they are certain and large enough for `screened` to correct them.
    """

    trials: Mapping[TrialKey, TrialQuality]
    muscles: Mapping[str, Verdict]
    points: Mapping[str, Verdict]
    findings: tuple[Finding, ...]
    lag_s: float | None = None
    lag_error_s: float | None = None
    drift_ppm: float | None = None
    correct_lag: bool = field(default=False)
    correct_drift: bool = field(default=False)

    @property
    def verdict(self) -> Verdict:
        """What the session as a whole deserves.

        Red if most channels of a modality are, or something wide is; amber if any channel is not
        green, or something wide is amber. A fault in a few of many trials colours those trials.
        """
        verdicts = [*self.muscles.values(), *self.points.values()]
        wide = worst(finding.verdict for finding in self.findings if finding.channel == ALL)
        mostly_red = any(
            sum(verdict == "red" for verdict in one.values()) > len(one) / 2
            for one in (self.muscles, self.points)
        )
        if wide == "red" or mostly_red:
            return "red"
        return "green" if worst([*verdicts, wide]) == "green" else "amber"
