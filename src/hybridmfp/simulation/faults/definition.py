"""What a fault of a recording is, how severe it can be, and what injecting it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.signals import Recording, Signal

__all__ = ["ALL_CHANNELS", "SEVERITIES", "Fault", "Injection", "Severity", "emg_of", "positions_of"]

Severity = Literal["mild", "moderate", "severe"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From hardly visible to useless."""

ALL_CHANNELS = ("all",)
"""Stands for every channel of a modality."""


@dataclass(frozen=True, eq=False)
class Injection:
    """Hold the recordings of a session after something went wrong.

    Attributes
    ----------
    trials : tuple of Recording
        In the order they were given; those that the fault spares are the same objects.
    modality : {"emg", "kinematics", "both"}
    channels : tuple of str
        The muscles or marker points that are wrong; `ALL_CHANNELS` where all are.
    affected : tuple of bool
        Which of the trials the fault is in.
    """

    trials: tuple[Recording, ...]
    modality: Literal["emg", "kinematics", "both"]
    channels: tuple[str, ...]
    affected: tuple[bool, ...]


Apply = Callable[[Sequence[Recording], Severity, np.random.Generator], Injection]


@dataclass(frozen=True)
class Fault:
    """Describe one thing that goes wrong with recordings.

    Attributes
    ----------
    name : str
    modality : {"emg", "kinematics", "both"}
        What it spoils; ``"both"``: how the two fit together.
    what : str
        What happens, in one sentence.
    levels : mapping of Severity to str
        How much of it, in physical units.
    apply : callable
        Takes the trials of a session, a severity and a source of randomness.
    """

    name: str
    modality: Literal["emg", "kinematics", "both"]
    what: str
    levels: Mapping[Severity, str]
    apply: Apply

    def check_severity(self, severity: str) -> None:
        """Refuse a severity that is none.

        Raises
        ------
        SettingsError
            If it is not one of `SEVERITIES`.
        """
        if severity not in SEVERITIES:
            raise SettingsError(
                f"severity must be one of {', '.join(SEVERITIES)}; got {severity!r}."
            )


def emg_of(recording: Recording) -> Signal:
    """Give the EMG of a recording.

    Raises
    ------
    SignalError
        If there is none.
    """
    if recording.emg is None:
        raise SignalError(
            f"this fault must have EMG to spoil; {recording.key} has none. Choose another fault."
        )
    return recording.emg


def positions_of(recording: Recording) -> tuple[Signal, tuple[str, ...]]:
    """Give the kinematics of a recording and the names of its points.

    Raises
    ------
    SignalError
        If there are no positions in metres.
    """
    kinematics = recording.kinematics
    rows = (
        {} if kinematics is None else dict(zip(kinematics.channels, kinematics.units, strict=True))
    )
    names = tuple(
        name[:-2]
        for name in rows
        if name.endswith("_x") and all(rows.get(name[:-1] + axis) == "m" for axis in "xyz")
    )
    if kinematics is None or not names:
        raise SignalError(
            f"this fault must have marker positions to spoil; {recording.key} has none. "
            "Choose another fault."
        )
    return kinematics, names
