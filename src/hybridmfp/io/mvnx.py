"""MVNX files of Xsens MVN: segment positions and joint angles of a whole body."""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ReadError, SignalError
from hybridmfp.io.hashing import file_sha256
from hybridmfp.signals import (
    MONTAGES,
    FileProvenance,
    Problem,
    Recording,
    Side,
    Signal,
    TrialKey,
)

__all__ = ["mvnx_decoder", "read_mvnx", "trial_from_name"]

_VERSION = "mvnx/1"
_MONTAGE = MONTAGES["xsens-segments"]
_VERSIONS = ("3", "4")
_LEAST_S = 2.0  # a file that breaks off earlier than this is refused
_FARTHEST = 1e6  # metres or radians; anything beyond is a damaged number
_WRONG_RATE = 0.25  # share by which time stamps may deviate from the stated rate
_BLOCKS = ("position", "jointAngle")
_U_LIMB_NAME = re.compile(r"(?P<subject>[^_]+)_T(?P<task>\d+)_(?P<side>[LlRr])(?P<repetition>\d+)")


@dataclass
class _Frame:
    index: int | None
    time_ms: float | None
    blocks: dict[str, array[float]] = field(default_factory=dict)


class _FrameCollector:
    """Follow the XML as it is parsed, and keep what a recording needs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rate_hz: float | None = None
        self.software = ""
        self.segments: list[str] = []
        self.joints: list[str] = []
        self.frames: list[_Frame] = []
        self._frame: _Frame | None = None
        self._text: list[str] | None = None
        self._open: list[str] = []

    def parse(self) -> str | None:
        """Read the file to its end, or to where it breaks; say how it broke."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_subset
        parser.EntityDeclHandler = self._refuse_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            with self.path.open("rb") as file:
                parser.ParseFile(file)
        except ReadError:
            raise
        except (expat.ExpatError, ValueError, LookupError) as error:
            return str(error)
        return None

    def _refuse_subset(self, name: str, *rest: object) -> None:
        _system, _public, has_subset = rest
        if has_subset:
            self._refuse_entity(name)

    def _refuse_entity(self, name: str, *_: object) -> None:
        raise ReadError(
            f"{self.path.name} must not define entities of its own, because a small file could "
            f"then unfold to a huge one; its DOCTYPE {name!r} has definitions. Export it again."
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        if not parent:
            self._check_root(name, attributes)
        elif name == "frame" and attributes.get("type") == "normal":
            self._frame = self._new_frame(attributes)
        elif name in _BLOCKS and self._frame is not None:
            self._text = []
        else:
            self._describe(parent, name, attributes)

    def _describe(self, parent: str, name: str, attributes: dict[str, str]) -> None:
        if name == "mvn":
            self.software = attributes.get("version", "")
        elif name == "subject":
            self.rate_hz = self._number(attributes, "frameRate")
        elif (parent, name) == ("segments", "segment"):
            self.segments.append(attributes.get("label", ""))
        elif (parent, name) == ("joints", "joint"):
            self.joints.append(attributes.get("label", ""))

    def _new_frame(self, attributes: dict[str, str]) -> _Frame:
        index = self._number(attributes, "index")
        return _Frame(None if index is None else int(index), self._number(attributes, "time"))

    def _check_root(self, name: str, attributes: dict[str, str]) -> None:
        version = attributes.get("version", "none")
        if name != "mvnx" or version.partition(".")[0] not in _VERSIONS:
            raise ReadError(
                f"{self.path.name} must be MVNX of version {' or '.join(_VERSIONS)}; it is "
                f"{name!r} of version {version}. Export it again from MVN Analyze."
            )

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        self._open.pop()
        name = tag.rpartition(":")[2]
        if self._frame is None:
            return
        if name == "frame":
            self.frames.append(self._frame)
            self._frame = None
        elif name in _BLOCKS and self._text is not None:
            self._frame.blocks[name] = self._values(name, "".join(self._text))
            self._text = None

    def _values(self, block: str, text: str) -> array[float]:
        try:
            values = array("d", map(float, text.split()))
        except ValueError as error:
            raise ReadError(
                f"{block} of frame {len(self.frames)} of {self.path.name} must be numbers; "
                f"{error}. Export the file again."
            ) from error
        names = self.segments if block == "position" else self.joints
        if len(values) != 3 * len(names):
            raise ReadError(
                f"{block} of frame {len(self.frames)} of {self.path.name} must have 3 numbers "
                f"for each of {len(names)} labels; it has {len(values)}. Export the file again."
            )
        return values

    def _number(self, attributes: dict[str, str], name: str) -> float | None:
        text = attributes.get(name)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ReadError(
                f"{name} in {self.path.name} must be a number; got {text!r}. Export it again."
            )
        return number


def read_mvnx(path: str | Path, *, key: TrialKey | None = None) -> Recording:
    """Read one trial from an MVNX file, version 3 or 4, of Xsens MVN.

    Channels are ``<segment>_x``, ``_y``, ``_z`` in metres (the origin of each segment: the
    forearm's is the elbow, the hand's the wrist) and ``<joint>_x``, ``_y``, ``_z`` in
    radians: abduction, internal rotation and flexion. Frames that were dropped while
    recording become gaps.

    Parameters
    ----------
    path : str or Path
        The file. The arm is taken from a name such as ``P04_T07_L1.mvnx``.
    key : TrialKey, optional
        What trial it is; by default what `trial_from_name` finds.

    Returns
    -------
    Recording
        Kinematics only. The montage is ``"xsens-segments"`` if all its segments are there.

    Raises
    ------
    ReadError
        If the file is missing, is not MVNX, contradicts itself, or breaks off before two
        seconds were recorded.

    References
    ----------
    Schepers, M., Giuberti, M., Bellusci, G. (2018). Xsens MVN: consistent tracking of human
    motion using inertial sensing. doi:10.13140/RG.2.2.22099.07205

    Examples
    --------
    >>> read_mvnx("P04_T99_L1.mvnx")
    Traceback (most recent call last):
    ...
    hybridmfp.errors.ReadError: P04_T99_L1.mvnx must be a readable file; ...
    """
    file = Path(path)
    sha256 = file_sha256(file)
    collector = _FrameCollector(file)
    broken = collector.parse()
    rate_hz = _checked_rate(collector, broken)
    problems: list[Problem] = []
    if broken is not None:
        problems.append(_broken_off(collector, broken, rate_hz=rate_hz))
    rows = _rows(collector, rate_hz=rate_hz)
    if rows[-1] + 1 > len(rows):
        problems.append(_dropped(file, rows))
    named, side = trial_from_name(file)
    return Recording(
        key or named,
        kinematics=_kinematics(collector, rows, rate_hz=rate_hz),
        side=side,
        montage=_MONTAGE.name if set(collector.segments) >= set(_MONTAGE.points) else None,
        device=f"Xsens MVN {collector.software}".strip(),
        provenance=(FileProvenance(str(file), sha256, mvnx_decoder(side)),),
        problems=tuple(problems),
    )


def mvnx_decoder(side: Side | None) -> str:
    """Name this reader, its version, and the side that the file name told.

    Examples
    --------
    >>> mvnx_decoder("left")
    'mvnx/1 side=left'
    """
    return f"{_VERSION} side={side}" if side else _VERSION


def trial_from_name(path: Path) -> tuple[TrialKey, Side | None]:
    """Read subject, task, side and repetition from a file name of U-Limb (Zurich).

    Parameters
    ----------
    path : Path
        Its stem should be ``participant_Ttask_side repetition``; otherwise the whole stem is
        the subject, task and repetition are ``"1"`` and the side is unknown.

    Examples
    --------
    >>> trial_from_name(Path("P04_T07_L1.mvnx"))
    (TrialKey(subject='P04', session='1', task='7', repetition='1'), 'left')
    >>> trial_from_name(Path("reaching.c3d"))
    (TrialKey(subject='reaching', session='1', task='1', repetition='1'), None)
    """
    named = _U_LIMB_NAME.fullmatch(path.stem)
    if named is None:
        return TrialKey(path.stem, "1", "1", "1"), None
    task, repetition = (str(int(named[part])) for part in ("task", "repetition"))
    side: Side = "left" if named["side"] in "Ll" else "right"
    return TrialKey(named["subject"], "1", task, repetition), side


def _checked_rate(collector: _FrameCollector, broken: str | None) -> float:
    rate_hz = collector.rate_hz
    if rate_hz is None or rate_hz <= 0 or not collector.frames:
        raise ReadError(
            f"{collector.path.name} must state its frameRate and hold frames of type 'normal'; it "
            f"has rate {rate_hz} and {len(collector.frames)} frames"
            f"{f' before it breaks off ({broken})' if broken else ''}. Export it again."
        )
    missing = [
        block
        for block, names in (("position", collector.segments), ("jointAngle", collector.joints))
        if names and any(block not in frame.blocks for frame in collector.frames)
    ]
    if missing or not collector.segments:
        raise ReadError(
            f"each frame of {collector.path.name} must have the positions of its segments and the "
            f"angles of its joints; some lack {' and '.join(missing) or 'segments'}. Export it "
            "again with positions and joint angles."
        )
    return rate_hz


def _broken_off(collector: _FrameCollector, broken: str, *, rate_hz: float) -> Problem:
    n_frames = len(collector.frames)
    if n_frames < _LEAST_S * rate_hz:
        raise ReadError(
            f"{collector.path.name} must be whole, or hold {_LEAST_S:g} s before it breaks off; "
            f"it breaks off after {n_frames} frames at {rate_hz:g} Hz ({broken}). Export it again."
        )
    return Problem(
        collector.path.name,
        f"the file breaks off after {n_frames} frames ({broken})",
        f"the {n_frames / rate_hz:.2f} s before that were kept",
    )


def _steps(collector: _FrameCollector, *, rate_hz: float) -> list[int]:
    """Count by how many frames each frame is later than the one before, by index and by time."""
    steps: list[int] = []
    slow: list[float] = []
    for before, after in pairwise(collector.frames):
        by_index = by_time = 1
        if before.index is not None and after.index is not None:
            by_index = after.index - before.index
        if before.time_ms is not None and after.time_ms is not None:
            frames = (after.time_ms - before.time_ms) * rate_hz / 1000
            slow.append(frames)
            by_time = round(frames)
        steps.append(by_index if by_index < 1 else max(by_index, by_time))
    typical = float(np.median(slow)) if slow else 1.0
    if abs(typical - 1) > _WRONG_RATE:
        raise ReadError(
            f"frameRate of {collector.path.name} must fit its time stamps; it says {rate_hz:g} Hz, "
            f"but they advance by {typical:g} frames at that rate. Export it again."
        )
    return steps


def _rows(collector: _FrameCollector, *, rate_hz: float) -> NDArray[np.int64]:
    """Place each frame on a clock without holes, shape (n_frames,), starting with 0."""
    steps = _steps(collector, rate_hz=rate_hz)
    n_frames = len(collector.frames)
    if min(steps, default=1) < 1:
        at = steps.index(min(steps))
        raise ReadError(
            f"the frame index of {collector.path.name} must rise from frame to frame; after frame "
            f"{at} it changes by {steps[at]}. Export it again."
        )
    lost = sum(steps) + 1 - n_frames
    if lost > n_frames:
        raise ReadError(
            f"at least half of the frames of {collector.path.name} must be there; {lost} were "
            f"dropped and {n_frames} kept. Record the trial again."
        )
    return np.concatenate([[0], np.cumsum(steps, dtype=np.int64)]).astype(np.int64)


def _dropped(path: Path, rows: NDArray[np.int64]) -> Problem:
    lost = int(rows[-1]) + 1 - len(rows)
    holes = int((np.diff(rows) > 1).sum())
    return Problem(
        path.name,
        f"{lost} frames were dropped in {holes} places (index or time jumps)",
        "left as gaps",
    )


def _kinematics(collector: _FrameCollector, rows: NDArray[np.int64], *, rate_hz: float) -> Signal:
    blocks = [(collector.segments, "position", "m", 1.0)]
    if collector.joints:
        blocks.append((collector.joints, "jointAngle", "rad", math.pi / 180))
    channels: list[str] = []
    units: list[str] = []
    parts: list[NDArray[np.float64]] = []
    for labels, block, unit, scale in blocks:
        values = np.full((3 * len(labels), int(rows[-1]) + 1), np.nan)
        values[:, rows] = np.array([frame.blocks[block] for frame in collector.frames]).T * scale
        parts.append(values)
        channels += [f"{label}_{axis}" for label in labels for axis in "xyz"]
        units += [unit] * len(values)
    samples = np.concatenate(parts)
    if np.nanmax(np.abs(samples), initial=0.0) > _FARTHEST:
        raise ReadError(
            f"positions and angles of {collector.path.name} must lie within {_FARTHEST:g} m or "
            "rad; some lie beyond. The file is damaged: export it again."
        )
    try:
        return Signal(samples, rate_hz=rate_hz, channels=channels, units=units)
    except SignalError as error:
        raise ReadError(
            f"{collector.path.name} must make a signal; it does not: {error}"
        ) from error
