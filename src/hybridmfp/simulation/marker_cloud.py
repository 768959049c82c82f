"""What cameras see of a moving arm: the 21 markers of the montage ``mhh-markers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.signals import Side, find_montage
from hybridmfp.simulation.arm_chain import FRAME_RATE_HZ, ChainPose, pose_chain, segment_lengths
from hybridmfp.simulation.between_frames import count_samples
from hybridmfp.simulation.body import Body

__all__ = ["MarkerPlacement", "MarkerView", "draw_marker_placement", "marker_cloud"]

Array = NDArray[np.float64]
_Place = tuple[float, float, float]

_MONTAGE = find_montage("mhh-markers")

# Where markers sit, in metres, in the axes of their segment: on the sternum from a point in front
# of the spine, on the scapula from the shoulder, on upper arm and forearm from their lower ends.
# The layout follows the recordings of U-Limb (doi:10.1093/gigascience/giab043).
_ON_STERNUM: Mapping[str, _Place] = MappingProxyType(
    {
        "CS_1": (0.110, 0.014, -0.022),
        "CS_2": (0.110, -0.015, -0.022),
        "CS_3": (0.115, -0.013, 0.022),
        "CS_4": (0.115, 0.015, 0.022),
    }
)
_ON_SCAPULA: Mapping[str, _Place] = MappingProxyType(
    {
        "SA_1": (-0.070, 0.015, -0.020),
        "SA_2": (0.030, 0.010, -0.045),
        "SA_3": (0.0, 0.030, 0.005),
    }
)
_ON_UPPER_ARM: Mapping[str, _Place] = MappingProxyType(
    {
        "ELB_M": (0.0, 0.0, -0.035),
        "ELB_L": (0.0, 0.0, 0.035),
        "H_1": (0.020, 0.060, 0.055),
        "H_2": (0.025, 0.110, 0.058),
        "H_3": (0.025, 0.160, 0.060),
        "H_4": (-0.025, 0.160, 0.058),
        "H_5": (-0.030, 0.110, 0.056),
        "H_6": (-0.025, 0.060, 0.053),
    }
)
_ON_FOREARM: Mapping[str, _Place] = MappingProxyType(
    {
        "WRA": (-0.010, 0.0, 0.030),
        "WRB": (-0.010, 0.0, -0.030),
        "RU_1": (-0.050, 0.170, -0.020),
        "RU_2": (-0.045, 0.105, -0.022),
        "RU_3": (-0.045, 0.105, 0.022),
        "RU_4": (-0.050, 0.170, 0.020),
    }
)
_FEWEST_FRAMES = 4
_STERNUM_HEIGHT = 0.23  # from the hips, as a share of stature
_SEAT_HEIGHT_M = 0.5

_PLACEMENT_SD_M = 0.005
_SEAT_SD_M = 0.1
_TO_LABORATORY = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])

# How often and how long a marker is hidden. In U-Limb the marker at the inner elbow is missing
# from 7 of 116 trials; the gaps are an assumption.
_GAPS_PER_TRIAL = 2.0
_GAP_S = (0.05, 0.15)
_INNER_ELBOW_HIDDEN = 7 / 116


@dataclass(frozen=True, eq=False)
class MarkerPlacement:
    """Hold where the markers and the chair are in one session.

    Attributes
    ----------
    offset_m : array of float, shape (21, 3)
        How far each marker sits from its usual place, in the axes of its segment.
    seat_m : array of float, shape (2,)
        Where the chair stands in the laboratory: forwards and to the left.
    """

    offset_m: Array
    seat_m: Array


@dataclass(frozen=True)
class MarkerView:
    """Say how the markers are recorded.

    Attributes
    ----------
    rate_hz : float
        Frames per second.
    noise_m : float
        Standard deviation of every coordinate.
    facing_rad : float
        How far the chair is turned to the left, about the vertical.
    side : {"left", "right"}
        The arm that moves.
    gaps : bool
        Whether markers are hidden now and then.

    Raises
    ------
    SettingsError
        If `rate_hz` is not above 0 or `noise_m` is below 0.
    """

    rate_hz: float = 200.0
    noise_m: float = 0.7e-3
    facing_rad: float = 0.0
    side: Side = "right"
    gaps: bool = True

    def __post_init__(self) -> None:
        if not self.rate_hz > 0:
            raise SettingsError(f"rate_hz must be above 0; got {self.rate_hz!r}.")
        if not self.noise_m >= 0:
            raise SettingsError(f"noise_m must be 0 or more, in metres; got {self.noise_m!r}.")


def draw_marker_placement(rng: np.random.Generator) -> MarkerPlacement:
    """Draw where somebody puts the markers, and the chair, in one session.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness; markers are 5 mm off, an assumption.
    """
    return MarkerPlacement(
        offset_m=_PLACEMENT_SD_M * rng.standard_normal((len(_MONTAGE.points), 3)),
        seat_m=_SEAT_SD_M * rng.standard_normal(2),
    )


def marker_cloud(
    angles: Array,
    body: Body,
    placement: MarkerPlacement,
    *,
    view: MarkerView,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Record a movement with markers.

    Parameters
    ----------
    angles : array of float, shape (14, n_frames)
        Joint angles in the order of `CHAIN_ANGLES`, at 100 frames per second.
    body : Body
    placement : MarkerPlacement
    view : MarkerView
    rng : numpy.random.Generator
        Source of noise and gaps.

    Returns
    -------
    array of float32, shape (63, n_samples)
        Laboratory coordinates in metres: x forwards, y to the left, z up; x, y, z of each marker
        in the order of the montage, as many samples as last as long as the frames. NaN where a
        marker is hidden.

    Raises
    ------
    SignalError
        If there are fewer than four frames.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.tasks import HOME
    >>> person = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
    >>> rng = np.random.default_rng(0)
    >>> still = np.repeat(HOME[:, np.newaxis], 100, axis=1)
    >>> marker_cloud(still, person, draw_marker_placement(rng), view=MarkerView(), rng=rng).shape
    (63, 200)
    """
    if angles.shape[-1] < _FEWEST_FRAMES:
        raise SignalError(
            f"angles must have at least {_FEWEST_FRAMES} frames, which a cubic between frames "
            f"needs; got {angles.shape[-1]}."
        )
    pose = pose_chain(_at_rate(angles, view.rate_hz), body)
    recorded = _fix_markers(pose, body, placement, view)
    recorded += np.float32(view.noise_m) * rng.standard_normal(recorded.shape, dtype=np.float32)
    if view.gaps:
        _hide_markers(recorded, rate_hz=view.rate_hz, rng=rng)
    return recorded.reshape(3 * len(_MONTAGE.points), -1)


def _at_rate(angles: Array, rate_hz: float) -> Array:
    """Go from 100 frames a second to another rate; what is beyond the last frame stays.

    A cubic through the four nearest frames: far below the noise for what an arm can do.
    """
    n_frames = angles.shape[1]
    if rate_hz == FRAME_RATE_HZ:
        return angles
    at = np.arange(count_samples(n_frames, rate_hz=rate_hz)) * (FRAME_RATE_HZ / rate_hz)
    at = np.minimum(at, n_frames - 1)
    first = np.clip(at.astype(np.intp) - 1, 0, n_frames - 4)
    u = at - first
    weights = (
        (1 - u) * (2 - u) * (3 - u) / 6,
        u * (2 - u) * (3 - u) / 2,
        u * (u - 1) * (3 - u) / 2,
        u * (u - 1) * (u - 2) / 6,
    )
    between = np.zeros((len(angles), at.size))
    for step, weight in enumerate(weights):
        between += weight * angles[:, first + step]
    return between


def _fix_markers(
    pose: ChainPose, body: Body, placement: MarkerPlacement, view: MarkerView
) -> NDArray[np.float32]:
    """Fix markers to their segments; shape (21, 3, n_samples), in the laboratory."""
    lengths = segment_lengths(body)
    segments = (
        (_ON_STERNUM, pose.thorax, np.zeros((1, 3)), _STERNUM_HEIGHT * body.stature_m),
        (_ON_SCAPULA, pose.thorax, pose.shoulder, 0.0),
        (_ON_UPPER_ARM, pose.upper_arm, pose.shoulder, -lengths.upper_arm),
        (_ON_FOREARM, pose.forearm, pose.elbow, -lengths.forearm),
    )
    turn = _into_laboratory(view)
    seat = np.array([*placement.seat_m, _SEAT_HEIGHT_M])[:, np.newaxis]
    n_samples = len(pose.thorax)
    markers = np.empty((len(_MONTAGE.points), 3, n_samples), dtype=np.float32)
    for places, rotation, origin, along in segments:
        rows = [_MONTAGE.points.index(name) for name in places]
        local = np.array(list(places.values())) + (0.0, along, 0.0) + placement.offset_m[rows]
        # (axis of segment, axis of laboratory, sample), in the precision of the recording
        frames = (turn @ rotation.transpose(2, 1, 0)).astype(np.float32)
        turned = local.astype(np.float32) @ frames.reshape(3, -1)
        moved = (turn @ origin.T + seat).astype(np.float32)
        markers[rows] = turned.reshape(len(rows), 3, n_samples) + moved
    return markers


def _into_laboratory(view: MarkerView) -> Array:
    """Give the matrix that mirrors a left arm and turns the chair."""
    mirror = np.diag([1.0, -1.0 if view.side == "left" else 1.0, 1.0])
    cosine, sine = np.cos(view.facing_rad), np.sin(view.facing_rad)
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    matrix: Array = turn @ mirror @ _TO_LABORATORY
    return matrix


def _hide_markers(
    recorded: NDArray[np.float32], *, rate_hz: float, rng: np.random.Generator
) -> None:
    """Hide markers for a moment, and now and then the inner elbow for good; edits in place."""
    n_markers, _, n_samples = recorded.shape
    for _ in range(rng.poisson(_GAPS_PER_TRIAL)):
        length = max(1, round(rng.uniform(*_GAP_S) * rate_hz))
        marker, start = rng.integers(n_markers), rng.integers(n_samples)
        recorded[marker, :, start : start + length] = np.nan
    if rng.uniform() < _INNER_ELBOW_HIDDEN:
        recorded[_MONTAGE.points.index("ELB_M")] = np.nan
