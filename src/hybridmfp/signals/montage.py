"""Montages: which channels a system records, and which body points they stand for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from hybridmfp.errors import MontageError

__all__ = ["LANDMARKS", "MONTAGES", "Montage", "find_montage", "read_montage"]

LANDMARKS = ("wrist", "elbow", "shoulder", "thorax")
"""Body points that kinematic features are made from."""


@dataclass(frozen=True)
class Montage:
    """Give the channels of a recording system their meaning.

    Attributes
    ----------
    name : str
        Identifier such as ``"mhh-markers"``.
    modality : {"emg", "kinematics"}
        What it describes.
    points : tuple of str
        Muscles of an EMG montage; markers or segments of a kinematic one, each with
        channels ``<point>_x``, ``<point>_y``, ``<point>_z``.
    landmarks : mapping of str to tuple of str
        For each of `LANDMARKS` the points whose mean stands for it. ``{side}`` is replaced
        by ``Left`` or ``Right``.
    clusters : mapping of str to tuple of str
        Points that move as one rigid body.
    vertical : {"x", "y", "z"}
        The axis that points up in the laboratory.

    Raises
    ------
    MontageError
        If a landmark or cluster names a point that is not there, a point is named twice, or
        `modality` or `vertical` is none of its words.
    """

    name: str
    modality: Literal["emg", "kinematics"]
    points: tuple[str, ...]
    landmarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clusters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vertical: Literal["x", "y", "z"] = "z"

    def __post_init__(self) -> None:
        self._check_words()
        for landmark, members in self.landmarks.items():
            for side in ("Left", "Right"):
                named = [member.replace("{side}", side) for member in members]
                self._check_points(f"landmark {landmark!r}", named)
        for cluster, members in self.clusters.items():
            self._check_points(f"cluster {cluster!r}", members)
        strange = sorted(set(self.landmarks) - set(LANDMARKS))
        if strange:
            raise MontageError(
                f"landmarks of montage {self.name!r} must be among {', '.join(LANDMARKS)}; "
                f"got {', '.join(strange)}."
            )

    def _check_words(self) -> None:
        if self.modality not in ("emg", "kinematics"):
            raise MontageError(
                f"modality of montage {self.name!r} must be 'emg' or 'kinematics'; "
                f"got {self.modality!r}."
            )
        if self.vertical not in ("x", "y", "z"):
            raise MontageError(
                f"vertical of montage {self.name!r} must be 'x', 'y' or 'z', the axis that points "
                f"up; got {self.vertical!r}."
            )
        doubled = sorted({point for point in self.points if self.points.count(point) > 1})
        if doubled:
            raise MontageError(
                f"points of montage {self.name!r} must be unique; "
                f"got {', '.join(doubled)} more than once."
            )

    def _check_points(self, what: str, named: Sequence[str]) -> None:
        unknown = [point for point in named if point not in self.points]
        if unknown or not named:
            raise MontageError(
                f"{what} of montage {self.name!r} must be made of its points "
                f"{', '.join(self.points)}; got {unknown[0] if unknown else 'none'!r}."
            )

    @property
    def channels(self) -> tuple[str, ...]:
        """Channel names: the muscles, or three axes for each point."""
        if self.modality == "emg":
            return self.points
        return tuple(f"{point}_{axis}" for point in self.points for axis in "xyz")


MHH_EMG = Montage(
    name="mhh-emg",
    modality="emg",
    points=(
        "deltoid_anterior",
        "biceps_brachii",
        "triceps_brachii",
        "flexor_digitorum_superficialis",
        "extensor_digitorum",
        "brachioradialis",
        "flexor_carpi_ulnaris",
        "extensor_carpi_ulnaris",
        "pronator_teres",
        "flexor_carpi_radialis",
        "abductor_pollicis_brevis",
        "abductor_digiti_minimi",
    ),
)

_UPPER_ARM = tuple(f"H_{number}" for number in range(1, 7))
_FOREARM = tuple(f"RU_{number}" for number in range(1, 5))
_STERNUM = tuple(f"CS_{number}" for number in range(1, 5))

MHH_MARKERS = Montage(
    name="mhh-markers",
    modality="kinematics",
    points=(
        *("WRA", "WRB"),
        *_FOREARM,
        *("ELB_M", "ELB_L"),
        *_UPPER_ARM,
        *("SA_1", "SA_2", "SA_3"),
        *_STERNUM,
    ),
    landmarks={
        "wrist": ("WRA", "WRB"),
        "elbow": ("ELB_L",),
        "shoulder": ("SA_3",),
        "thorax": _STERNUM,
    },
    clusters={"upper_arm": _UPPER_ARM, "forearm": _FOREARM, "thorax": _STERNUM},
)

XSENS_SEGMENTS = (
    *("Pelvis", "L5", "L3", "T12", "T8", "Neck", "Head"),
    *("RightShoulder", "RightUpperArm", "RightForeArm", "RightHand"),
    *("LeftShoulder", "LeftUpperArm", "LeftForeArm", "LeftHand"),
    *("RightUpperLeg", "RightLowerLeg", "RightFoot", "RightToe"),
    *("LeftUpperLeg", "LeftLowerLeg", "LeftFoot", "LeftToe"),
)

XSENS_BODY = Montage(
    name="xsens-segments",
    modality="kinematics",
    points=XSENS_SEGMENTS,
    landmarks={
        "wrist": ("{side}Hand",),
        "elbow": ("{side}ForeArm",),
        "shoulder": ("{side}UpperArm",),
        "thorax": ("T12", "T8", "Neck", "RightShoulder", "LeftShoulder"),
    },
    clusters={"thorax": ("T12", "T8", "Neck", "RightShoulder", "LeftShoulder")},
)

WEBCAM_POINTS = Montage(
    name="webcam-points",
    modality="kinematics",
    points=LANDMARKS,
    landmarks={landmark: (landmark,) for landmark in LANDMARKS},
)

MONTAGES: Mapping[str, Montage] = MappingProxyType(
    {montage.name: montage for montage in (MHH_EMG, MHH_MARKERS, XSENS_BODY, WEBCAM_POINTS)}
)
"""The montages that ship: U-Limb MHH (doi:10.1093/gigascience/giab043), Xsens MVN, and the four
points of one arm that a camera and a pose estimator give: no cluster, so nobody's trunk turns."""


def find_montage(name: str) -> Montage:
    """Give the montage of that name, or the one a montage file describes.

    Raises
    ------
    MontageError
        If there is no such montage.
    """
    if name in MONTAGES:
        return MONTAGES[name]
    if name.endswith(".json"):
        return read_montage(Path(name))
    raise MontageError(
        f"montage must be one of {', '.join(MONTAGES)} or the path of a .json montage file; "
        f"got {name!r}."
    )


def read_montage(path: Path) -> Montage:
    """Read a montage of your own: the attributes of `Montage` as one JSON object.

    Raises
    ------
    MontageError
        If the file is missing, is not JSON, or lacks name, modality or points.
    """
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        return Montage(
            name=str(described["name"]),
            modality=described["modality"],
            points=tuple(described["points"]),
            landmarks={k: tuple(v) for k, v in described.get("landmarks", {}).items()},
            clusters={k: tuple(v) for k, v in described.get("clusters", {}).items()},
            vertical=described.get("vertical", "z"),
        )
    except FileNotFoundError as error:
        raise MontageError(f"the montage file must exist; {path} does not.") from error
    except MontageError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MontageError(
            f"a montage file must be JSON with name, modality and points; {path} is not "
            f"({type(error).__name__}: {error})."
        ) from error
