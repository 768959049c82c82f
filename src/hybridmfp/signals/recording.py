"""One trial of one movement of one person, as it was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from hybridmfp.errors import SignalError
from hybridmfp.signals.signal import Signal

__all__ = ["Event", "FileProvenance", "Problem", "Recording", "Side", "TrialKey"]

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Problem:
    """Say what was wrong with a file and what was done about it.

    Attributes
    ----------
    file : str
        The file or folder it is about.
    problem : str
        What was found.
    done : str
        What was done about it: a trial left out, a column dropped, a side inferred.
    """

    file: str
    problem: str
    done: str


@dataclass(frozen=True)
class FileProvenance:
    """Name a file that a recording was read from.

    Attributes
    ----------
    path : str
        Where it lay.
    sha256 : str
        Hash of its bytes, hexadecimal.
    reader : str
        Reader, its version and its options, such as ``"ulimb-csv/1 rate=200"``.
    """

    path: str
    sha256: str
    reader: str


@dataclass(frozen=True)
class Event:
    """Mark an instant of a trial, in seconds from its first sample."""

    time_s: float
    label: str


@dataclass(frozen=True, order=True)
class TrialKey:
    """Name a trial: who, when, what, and which repetition.

    Attributes
    ----------
    subject, session, task, repetition : str
        Identifiers as the data set gives them; they need not be numbers.
    """

    subject: str
    session: str
    task: str
    repetition: str

    def __str__(self) -> str:
        return f"{self.subject}/{self.session}/task-{self.task}/rep-{self.repetition}"


@dataclass(frozen=True, eq=False)
class Recording:
    """Hold one trial: EMG, kinematics, or both, and where they came from.

    Attributes
    ----------
    key : TrialKey
        Subject, session, task and repetition.
    emg : Signal or None
        Surface EMG in volts, channels named by muscle.
    kinematics : Signal or None
        Marker or segment positions in metres, joint angles in radians.
    side : {"left", "right"} or None
        The arm that moved; None where the data set does not say.
    montage : str or None
        Name of the montage that gives the kinematic channels their meaning.
    events : tuple of Event
        Marked instants.
    device : str or None
        Recording device.
    latency_s : float
        How much later than the kinematics the EMG was stamped; 0 if unknown.
    provenance : tuple of FileProvenance
        The files it was read from.
    problems : tuple of Problem
        What the reader had to report about this trial.

    Raises
    ------
    SignalError
        If there is neither EMG nor kinematics, or `side` is not one of the two arms.
    """

    key: TrialKey
    emg: Signal | None = None
    kinematics: Signal | None = None
    side: Side | None = None
    montage: str | None = None
    events: tuple[Event, ...] = ()
    device: str | None = None
    latency_s: float = 0.0
    provenance: tuple[FileProvenance, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.emg is None and self.kinematics is None:
            raise SignalError(f"a recording must have EMG or kinematics; {self.key} has neither.")
        if self.side not in (None, "left", "right"):
            raise SignalError(f"side must be 'left', 'right' or None; got {self.side!r}.")

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities present, among ``"emg"`` and ``"kinematics"``."""
        present = (("emg", self.emg), ("kinematics", self.kinematics))
        return tuple(name for name, signal in present if signal is not None)
