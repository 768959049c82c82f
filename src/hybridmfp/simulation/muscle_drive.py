"""How strongly the recorded muscles are driven: what a movement needs and what a stroke adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError
from hybridmfp.signals import find_montage
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, FRAME_RATE_HZ
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.impairment import Impairment
from hybridmfp.simulation.inverse_dynamics import muscle_torques
from hybridmfp.simulation.muscle_geometry import ARM_ANGLES, MUSCLE_GROUPS, muscle_geometry
from hybridmfp.simulation.muscle_units import (
    LITTLE_TONE,
    UNIT_ROWS,
    UNITS,
    agonists,
    ceilings,
    coupling,
    electrodes,
    merging_rows,
    opposition,
    spastic,
)
from hybridmfp.simulation.static_optimisation import static_optimisation

__all__ = ["DRIVE_GAINS", "MAXIMAL_S", "DriveGains", "maximal_drive", "muscle_drive"]

Array = NDArray[np.float64]

_STRIDE = 4  # drives are computed in every fourth frame, and interpolated
_RATE_HZ = FRAME_RATE_HZ / _STRIDE
_FLUTTER_STRIDE = 4  # of these frames between independent values of slow variation
_ARM = [CHAIN_ANGLES.index(angle) for angle in ARM_ANGLES]
_ELEVATION, _ELBOW, _HAND, _THUMB = (
    CHAIN_ANGLES.index(angle)
    for angle in ("elevation", "elbow_flexion", "hand_closing", "thumb_closing")
)
MAXIMAL_S = 3.0
"""How long a maximal contraction lasts, in seconds."""
_FINGERS = [
    MUSCLE_GROUPS.index(group) for group in ("flexor_digitorum_superficialis", "extensor_digitorum")
]


@dataclass(frozen=True)
class DriveGains:
    """Hold what turns movements and impairments into drives; assumptions, to be calibrated.

    Attributes
    ----------
    holding_nm_rad : tuple of 7 float
        Torque, besides weight, that holds each of `ARM_ANGLES` away from where it rests in the
        first frame: stretched tissue, and that nobody relaxes fully at the end of a range.
    viscosity_nm_s_rad : tuple of 7 float
        Torque that moving costs, besides inertia; shortening muscles are weaker, too.
    grip, opening : float
        Drive of the muscles of the fully closed and of the fully open hand.
    finger_speed_s : float
        Drive added per unit of closing or opening in a second.
    finger_share : float
        Share of their strength with which the long muscles of the fingers help to move the wrist.
    triceps_s : float
        Drive of the triceps per rad/s of elbow and shoulder, which keeps the elbow stiff.
    effort_power : float
        How steeply effort grows with weakness: the same torque takes ``ceiling ** -power`` as
        much.
    sharpness : float
        How suddenly effort meets the ceiling of voluntary drive.
    coupling : float
        Factor on the weights of abnormal coupling at full synergy.
    merging : float
        How far muscles of a synergy are drawn to their mean at full synergy.
    opposing, opposing_by_impairment : float
        Share of a muscle's drive that its antagonists receive: in everybody, and added at full
        co-contraction.
    reflex_s_m : float
        Drive per m/s of lengthening beyond the threshold, at full spasticity.
    reflex_threshold_m_s : float
        Speed of lengthening that is tolerated; 80 % less at full spasticity.
    reflex_delay_s : float
        From stretch to response.
    finger_excursion_m : float
        Lengthening of the flexors of the fingers from closed to open hand.
    tone : float
        Drive at rest at full spasticity.
    tone_spread, trial_spread, flutter : float
        How much tone differs between muscles, drive between trials, and how much both wander
        slowly, independently in every muscle (of the logarithm).
    """

    holding_nm_rad: tuple[float, ...] = (0.0, 0.0, 0.5, 2.5, 0.4, 1.0, 2.0)
    viscosity_nm_s_rad: tuple[float, ...] = (0.5, 0.5, 0.3, 1.2, 0.06, 0.1, 0.1)
    grip: float = 0.30
    opening: float = 0.20
    finger_speed_s: float = 0.04
    finger_share: float = 0.3
    triceps_s: float = 0.03
    effort_power: float = 0.4
    sharpness: float = 3.0
    coupling: float = 0.35
    merging: float = 0.05
    opposing: float = 0.06
    opposing_by_impairment: float = 0.36
    reflex_s_m: float = 1.6
    reflex_threshold_m_s: float = 0.03
    reflex_delay_s: float = 0.04
    finger_excursion_m: float = 0.03
    tone: float = 0.025
    tone_spread: float = 0.3
    trial_spread: float = 0.06
    flutter: float = 0.08


DRIVE_GAINS = DriveGains()
"""The gains in use."""


def muscle_drive(
    angles: Array,
    impairment: Impairment,
    body: Body,
    *,
    table_support: bool,
    rng: np.random.Generator,
    gains: DriveGains = DRIVE_GAINS,
) -> Array:
    """Say how strongly each recorded muscle is driven during a movement.

    What the joints need is shared among 22 groups of muscles with the least effort; the hand
    adds two of its own. Weak muscles take more effort and saturate. Effort spreads along the
    flexor and extensor synergies, antagonists stiffen, stretched muscles answer, and spastic
    ones never rest.

    Parameters
    ----------
    angles : array of float, shape (14, n_frames)
        Joint angles in the order of `CHAIN_ANGLES`, at `FRAME_RATE_HZ`; the arm rests in the
        first frame.
    impairment : Impairment
    body : Body
    table_support : bool
        Whether the hand rests on a table in the first frame.
    rng : numpy.random.Generator
    gains : DriveGains

    Returns
    -------
    array of float, shape (12, n_frames)
        Drive of the muscles of the montage ``mhh-emg``, from 0 to 1, at `FRAME_RATE_HZ`.

    Raises
    ------
    SignalError
        If there are fewer than 9 frames, or not one row for each of `CHAIN_ANGLES`.

    References
    ----------
    Dewald, J. P. A., et al. (1995). Abnormal muscle coactivation patterns during isometric
    torque generation at the elbow and shoulder in hemiparetic subjects. *Brain* 118:495-510.
    doi:10.1093/brain/118.2.495

    Cheung, V. C. K. et al. (2012). Muscle synergy patterns as physiological markers of motor
    cortical damage. *PNAS* 109:14652-14656. doi:10.1073/pnas.1212056109

    Examples
    --------
    An arm that hangs at rest hardly needs a muscle:

    >>> import numpy as np
    >>> from hybridmfp.simulation.impairment import HEALTHY
    >>> person = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=1.0, fat_mm=5.0)
    >>> drive = muscle_drive(
    ...     np.zeros((14, 100)), HEALTHY, person, table_support=False, rng=np.random.default_rng(0)
    ... )
    >>> drive.shape, bool(drive.max() < 0.05)
    ((12, 100), True)
    """
    if angles.ndim != 2 or len(angles) != len(CHAIN_ANGLES) or angles.shape[1] <= 2 * _STRIDE:
        raise SignalError(
            f"angles must be (14, n_frames), one row for each of CHAIN_ANGLES, with more than "
            f"{2 * _STRIDE} frames; got shape {angles.shape}."
        )
    coarse = angles[:, ::_STRIDE]
    speeds = np.gradient(coarse, 1 / _RATE_HZ, axis=1)
    geometry = muscle_geometry(coarse[_ARM])
    torques = muscle_torques(coarse, body, rate_hz=_RATE_HZ, supported=table_support)
    torques += np.array(gains.holding_nm_rad)[:, np.newaxis] * (coarse - coarse[:, :1])[_ARM]
    torques += np.array(gains.viscosity_nm_s_rad)[:, np.newaxis] * speeds[_ARM]
    needed = _beyond_torques(coarse, speeds, gains)
    capacity = geometry.capacity * body.strength
    # At the wrist the long muscles of the fingers help little, since that moves the fingers.
    capacity[:, _FINGERS] *= gains.finger_share
    needed[: len(MUSCLE_GROUPS)] += static_optimisation(capacity, torques, lowest=0.0).T
    ceiling = ceilings(impairment.drive)
    effort = np.minimum(needed / ceiling**gains.effort_power, 1.0)
    willed = effort / (1 + (effort / ceiling) ** gains.sharpness) ** (1 / gains.sharpness)
    driven = _spread(effort, willed, impairment, gains)
    driven += _stretch_reflexes(geometry.moment_arm, speeds, impairment, gains)
    driven += _tone(driven.shape, impairment, gains, rng)
    return _record(driven, angles.shape[1], gains, rng)


def maximal_drive(
    impairment: Impairment,
    muscle: int,
    *,
    rng: np.random.Generator,
    gains: DriveGains = DRIVE_GAINS,
) -> Array:
    """Drive one muscle as strongly as its owner can, for 3 s.

    The drive rises to 75 to 100 % of what the stroke has left and falls again. All muscles that
    serve the same action push with it; others join in by abnormal coupling and co-contraction.

    Parameters
    ----------
    impairment : Impairment
    muscle : int
        Row of the muscle in the montage ``mhh-emg``, from 0.
    rng : numpy.random.Generator
    gains : DriveGains

    Returns
    -------
    array of float, shape (12, 300)
        Drive of the muscles of the montage ``mhh-emg``, from 0 to 1, at `FRAME_RATE_HZ`.

    Raises
    ------
    SignalError
        If there is no such muscle.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.impairment import HEALTHY
    >>> biceps = maximal_drive(HEALTHY, 1, rng=np.random.default_rng(0))
    >>> int(np.argmax(biceps.max(axis=1)))
    1
    """
    muscles = find_montage("mhh-emg").points
    if not 0 <= muscle < len(muscles):
        raise SignalError(
            f"muscle must be a row of montage 'mhh-emg', 0 to {len(muscles) - 1}; got {muscle}."
        )
    n_frames = round(MAXIMAL_S * FRAME_RATE_HZ)
    at = np.arange(0, n_frames, _STRIDE) / n_frames
    effort = np.zeros((len(UNITS), at.size))
    effort[agonists(muscle)] = rng.uniform(0.75, 1.0) * np.sqrt(np.sin(np.pi * at))
    driven = _spread(effort, effort * ceilings(impairment.drive), impairment, gains)
    driven += _tone(driven.shape, impairment, gains, rng)
    return _record(driven, n_frames, gains, rng)


def _beyond_torques(coarse: Array, speeds: Array, gains: DriveGains) -> Array:
    """Drive what no torque of the arm asks for: hand, thumb, and stiffness of the elbow."""
    needed = np.zeros((len(UNITS), coarse.shape[1]))
    grip, opening = _closing_and_opening(coarse[_HAND], speeds[_HAND], gains)
    needed[UNIT_ROWS["flexor_digitorum_superficialis"]] = grip
    needed[UNIT_ROWS["extensor_digitorum"]] = opening
    for extensor in ("extensor_carpi_ulnaris", "extensor_carpi_radialis"):
        needed[UNIT_ROWS[extensor]] = 0.3 * grip  # or the grip would flex the wrist
    needed[UNIT_ROWS["abductor_digiti_minimi"]] = opening + 0.5 * grip
    grip, opening = _closing_and_opening(coarse[_THUMB], speeds[_THUMB], gains)
    needed[UNIT_ROWS["abductor_pollicis_brevis"]] = grip + 0.7 * opening
    bending = np.abs(speeds[_ELBOW])
    needed[UNIT_ROWS["triceps_lateral_medial"]] = gains.triceps_s * bending
    needed[UNIT_ROWS["triceps_long"]] = gains.triceps_s * (bending + np.abs(speeds[_ELEVATION]))
    return needed


def _closing_and_opening(closed: Array, speed: Array, gains: DriveGains) -> tuple[Array, Array]:
    """Drive what closes and what opens, from the share of closing; beyond where it rests."""
    rest = closed[0]
    grip = gains.grip * np.clip((closed - rest) / max(1 - rest, 0.1), 0, 1)
    opening = gains.opening * np.clip((rest - closed) / max(rest, 0.1), 0, 1)
    faster = gains.finger_speed_s * np.clip(speed, -3, 3)
    return grip + np.maximum(faster, 0), opening + np.maximum(-faster, 0)


def _spread(effort: Array, willed: Array, impairment: Impairment, gains: DriveGains) -> Array:
    """Add to voluntary drive what synergies and co-contraction make of it."""
    coupled = impairment.synergy * gains.coupling * (coupling() @ effort)
    merged = np.zeros_like(willed)
    for unit_rows in merging_rows():
        rows = list(unit_rows)
        merged[rows] = np.maximum(willed[rows].mean(axis=0) - willed[rows], 0)
    driven = willed + coupled + impairment.synergy * gains.merging * merged
    share = gains.opposing + gains.opposing_by_impairment * impairment.co_contraction
    spread: Array = driven + share * (opposition() @ driven)
    return spread


def _stretch_reflexes(
    moment_arm: Array, speeds: Array, impairment: Impairment, gains: DriveGains
) -> Array:
    """Answer lengthening beyond a threshold, a little later."""
    lengthening = np.zeros((len(UNITS), speeds.shape[1]))
    lengthening[: len(MUSCLE_GROUPS)] = -np.einsum("tgj,jt->gt", moment_arm, speeds[_ARM])
    fingers = UNIT_ROWS["flexor_digitorum_superficialis"]
    lengthening[fingers] -= gains.finger_excursion_m * speeds[_HAND]
    threshold = gains.reflex_threshold_m_s * (1 - 0.8 * impairment.spasticity)
    answered = np.clip(lengthening - threshold, 0, 0.5)
    answered *= gains.reflex_s_m * impairment.spasticity * spastic(0.0)
    delay = round(gains.reflex_delay_s * _RATE_HZ)
    late = np.zeros_like(answered)
    late[:, delay:] = answered[:, : answered.shape[1] - delay]
    return late


def _tone(
    shape: tuple[int, ...], impairment: Impairment, gains: DriveGains, rng: np.random.Generator
) -> Array:
    """Keep spastic muscles active at rest, each at a level and with variations of its own."""
    level = np.exp(gains.tone_spread * rng.standard_normal((shape[0], 1)))
    wandering = np.exp(gains.tone_spread * _slow_noise(shape, rng))
    tone: Array = gains.tone * impairment.spasticity * spastic(LITTLE_TONE) * level * wandering
    return tone


def _record(driven: Array, n_frames: int, gains: DriveGains, rng: np.random.Generator) -> Array:
    """Mix the units into the muscles that electrodes see, vary them, and fill the frames."""
    seen = electrodes() @ driven
    seen *= np.exp(gains.trial_spread * rng.standard_normal((len(seen), 1)))
    seen *= np.exp(gains.flutter * _slow_noise(seen.shape, rng))
    return _interpolate(np.clip(seen, 0, 1), _STRIDE, n_frames)


def _slow_noise(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    n_knots = -(-shape[1] // _FLUTTER_STRIDE) + 1
    return _interpolate(rng.standard_normal((shape[0], n_knots)), _FLUTTER_STRIDE, shape[1])


def _interpolate(knots: Array, stride: int, n_frames: int) -> Array:
    """Draw straight lines between knots; the last is held."""
    at = np.minimum(np.arange(n_frames) / stride, knots.shape[1] - 1)
    before = at.astype(np.intp)
    rises = np.diff(knots, axis=1, append=knots[:, -1:])
    filled: Array = knots[:, before] + rises[:, before] * (at - before)
    return filled
