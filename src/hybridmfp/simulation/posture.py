"""Which posture an impaired arm achieves where a healthy arm would reach the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, pose_chain, segment_lengths
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.impairment import Impairment
from hybridmfp.simulation.tasks import HOME, posture

__all__ = ["POSTURE_GAINS", "PostureGains", "achieved_postures", "home_posture", "range_share"]

Array = NDArray[np.float64]

_AT = {name: row for row, name in enumerate(CHAIN_ANGLES)}
_YOUNG_MAN_KG_M = 80.0 * 1.75  # the body that a strength of 1 has to carry

# How much postures vary from movement to movement in a healthy arm (standard deviations).
_SCATTER = posture(
    trunk_flexion=0.006,
    trunk_lateral=0.006,
    trunk_rotation=0.008,
    scapula_elevation=0.01,
    scapula_protraction=0.01,
    elevation_plane=0.04,
    elevation=0.035,
    humeral_rotation=0.04,
    elbow_flexion=0.035,
    pronation=0.05,
    wrist_deviation=0.02,
    wrist_flexion=0.04,
    hand_closing=0.03,
    thumb_closing=0.03,
)
_HOME_SCATTER = np.array([0.009] * 5 + [0.03] * 9)
_PROPRIOCEPTIVE_SCATTER = 1.2  # by how much of itself scatter grows with proprioceptive noise

# What trunk and scapula can do at most for a task, in radians and units of `CHAIN_ANGLES`; and
# between which elevations a lean is learnt. Assumptions.
_MOST_LEAN_SINE, _MOST_TURN, _MOST_SIDE = 0.75, 0.35, 0.35
_MOST_PROTRACTION, _MOST_SHRUG = 0.4, 0.5
_SHRUG_SPARED = 0.2  # exponent of shoulder drive: the trapezius is mostly spared
_LEAN_FROM, _HABIT_FROM, _HABIT_OVER = 0.2, 0.5, 0.7
_FRONTAL_PLANE = 0.2  # of elevation; arms further back do not drift
_LEVEL = 1.5  # elevation above which the arm is overhead
_BENT_ARM_LIGHTER = 0.15  # per radian of elbow flexion
_LOAD_SCALE = 1.5  # weight of the arm over drive at which 63 % of full load are felt


@dataclass(frozen=True)
class PostureGains:
    """Hold the strengths of the mechanisms; assumptions, to be calibrated.

    Attributes
    ----------
    steepness : float
        Exponent of the Hill curve from drive over demand to share of the range.
    arm_weight : float
        Share of the shoulder's strength that a young man needs to hold a straight arm level.
    overhead_demand, spare_demand : float
        Demand per radian above 1.5 of elevation, and of any elevation.
    joint_demand : float
        Demand of joints that carry little weight.
    rotation_demand : float
        Demand of humeral rotation.
    spastic_demand : float
        Demand that a fully spastic flexor adds to elbow extension.
    sag : float
        Elevation that is left without shoulder drive, as a share of that at home.
    synergy_flexes_elbow, spasticity_flexes_elbow : float
        Share of elbow extension lost to full synergy under full shoulder load, and to full
        spasticity.
    synergy_abducts, synergy_rotates, synergy_flexes_wrist, synergy_closes_hand : float
        Drift of an angle at full synergy and full shoulder load, in radians.
    weakness_drops_wrist : float
        Wrist flexion without extensor drive, in radians.
    spasticity_closes_hand : float
        Share of finger-extensor drive that is lost against full spasticity.
    effort_spread : float
        How much drive varies from trial to trial; standard deviation of its logarithm.
    reach_lean : float
        Trunk flexion of a healthy reach, in radians per radian of elevation.
    habit : float
        Habitual trunk flexion without drive and with full compensation, in radians.
    habit_onset : float
        Exponent of the lost drive in the habit; below 1 the habit grows early.
    lean, turn, side_lean, protract, bend_away, shrug : float
        How much of the hand's error (ahead; ahead; aside; ahead; up; up) full compensation
        answers: the first and third as a share, the others per metre.
    home_synergy_flexes_wrist, home_weakness_drops_wrist, home_spasticity_closes_hand, \
home_spasticity_flexes_elbow : float
        Drift of the posture before a movement, in radians.
    """

    steepness: float = 3.0
    arm_weight: float = 0.34
    overhead_demand: float = 0.10
    spare_demand: float = 0.04
    joint_demand: float = 0.14
    rotation_demand: float = 0.12
    spastic_demand: float = 0.10
    sag: float = 0.6
    synergy_flexes_elbow: float = 1.0
    spasticity_flexes_elbow: float = 0.18
    synergy_abducts: float = 0.55
    synergy_rotates: float = 0.25
    synergy_flexes_wrist: float = 0.35
    synergy_closes_hand: float = 0.25
    weakness_drops_wrist: float = 0.15
    spasticity_closes_hand: float = 0.4
    effort_spread: float = 0.10
    reach_lean: float = 0.045
    habit: float = 0.20
    habit_onset: float = 0.5
    lean: float = 0.75
    turn: float = 0.9
    side_lean: float = 0.4
    protract: float = 1.2
    bend_away: float = 0.5
    shrug: float = 1.6
    home_synergy_flexes_wrist: float = 0.3
    home_weakness_drops_wrist: float = 0.2
    home_spasticity_closes_hand: float = 0.35
    home_spasticity_flexes_elbow: float = 0.15


POSTURE_GAINS = PostureGains()
"""The gains in use."""


def range_share(drive: Array | float, demand: Array | float, *, steepness: float = 3.0) -> Array:
    """Say which share of a range is achieved when drive meets a demand.

    A Hill curve: one half where they are equal, nearly all where drive is ample.

    Parameters
    ----------
    drive, demand : float or array of float
        In shares of the healthy strength; drive above 0.
    steepness : float, default 3
        Exponent.

    Examples
    --------
    >>> float(range_share(0.3, 0.3))
    0.5
    """
    share: Array = 1.0 / (1.0 + (np.asarray(demand) / np.asarray(drive)) ** steepness)
    return share


def home_posture(
    impairment: Impairment, *, rng: np.random.Generator, gains: PostureGains = POSTURE_GAINS
) -> Array:
    """Give the posture in which a trial starts, without voluntary drive.

    Parameters
    ----------
    impairment : Impairment
        Synergy and weak extensors drop the wrist; spasticity closes hand and elbow.
    rng : numpy.random.Generator
    gains : PostureGains, optional

    Returns
    -------
    array of float, shape (14,)
        In the order of `CHAIN_ANGLES`.
    """
    home = HOME + _HOME_SCATTER * rng.standard_normal(len(CHAIN_ANGLES))
    without_extensors = 1 - impairment.drive.wrist_extension
    home[_AT["wrist_flexion"]] += gains.home_synergy_flexes_wrist * impairment.synergy
    home[_AT["wrist_flexion"]] += gains.home_weakness_drops_wrist * without_extensors
    home[_AT["hand_closing"]] += gains.home_spasticity_closes_hand * impairment.spasticity
    home[_AT["elbow_flexion"]] += gains.home_spasticity_flexes_elbow * impairment.spasticity
    return _within_hand_range(home)


def achieved_postures(
    home: Array,
    targets: Array,
    impairment: Impairment,
    body: Body,
    *,
    rng: np.random.Generator,
    gains: PostureGains = POSTURE_GAINS,
) -> Array:
    """Say where the arm gets, in one trial, when it is asked for postures.

    Weakness limits each joint; synergy and spasticity take elbow extension and pull the arm
    into the flexor pattern the more the shoulder has to carry; trunk and scapula then make up
    for what the hand misses, and lean a little out of habit anyway.

    Parameters
    ----------
    home : array of float, shape (14,)
        Where the arm starts.
    targets : array of float, shape (14, n_postures)
        What a healthy arm would do.
    impairment : Impairment
    body : Body
    rng : numpy.random.Generator
    gains : PostureGains, optional

    Returns
    -------
    array of float, shape (14, n_postures)

    References
    ----------
    Shoulder abduction-induced reductions in reaching work area following hemiparetic stroke:
    neuroscientific implications. Exp Brain Res, 18 persons, PMC2827935.

    Subramanian, S. K., et al. (2010). Validity of movement pattern kinematics as measures of arm
    motor impairment poststroke. Stroke 41. doi:10.1161/STROKEAHA.110.593368
    """
    effort = float(np.exp(gains.effort_spread * rng.standard_normal()))
    arm = _Arm(home, impairment, body, effort, gains)
    achieved = targets.copy()
    load = _raise_arm(achieved, targets, arm)
    _bend_elbow(achieved, targets, load, arm)
    _turn_and_close(achieved, targets, load, arm)
    _use_trunk(achieved, targets, arm)
    spread = 1 + _PROPRIOCEPTIVE_SCATTER * impairment.proprioceptive_noise
    achieved += spread * _SCATTER[:, np.newaxis] * rng.standard_normal(achieved.shape)
    return _within_hand_range(achieved)


@dataclass(frozen=True, eq=False)
class _Arm:
    """Hold what every mechanism of one trial needs."""

    home: Array
    impairment: Impairment
    body: Body
    effort: float
    gains: PostureGains

    def share(self, drive: float, demand: Array | float) -> Array:
        return range_share(self.effort * drive, demand, steepness=self.gains.steepness)


def _raise_arm(achieved: Array, targets: Array, arm: _Arm) -> Array:
    """Lift the upper arm as far as its weight allows; give the load on the shoulder, 0 to 1."""
    gains, body = arm.gains, arm.body
    elevation = targets[_AT["elevation"]]
    weight = gains.arm_weight * body.mass_kg * body.stature_m / _YOUNG_MAN_KG_M / body.strength
    bent = 1 - _BENT_ARM_LIGHTER * np.abs(targets[_AT["elbow_flexion"]])
    gravity = weight * np.sin(np.minimum(elevation, np.pi / 2)) * bent
    overhead = gains.overhead_demand * np.maximum(elevation - _LEVEL, 0)
    demand = gravity + gains.spare_demand + overhead
    share = arm.share(arm.impairment.drive.shoulder, demand)
    sagged = gains.sag * arm.home[_AT["elevation"]]
    lifted = elevation > HOME[_AT["elevation"]]
    achieved[_AT["elevation"]] = np.where(
        lifted, sagged + share * (elevation - sagged), arm.home[_AT["elevation"]]
    )
    # An arm that is not lifted lies on the table or hangs, and loads no shoulder.
    load: Array = -np.expm1(-gravity / arm.impairment.drive.shoulder / _LOAD_SCALE) * lifted
    in_front = targets[_AT["elevation_plane"]] > _FRONTAL_PLANE
    drift = gains.synergy_abducts * arm.impairment.synergy * load * in_front
    achieved[_AT["elevation_plane"]] -= drift
    return load


def _bend_elbow(achieved: Array, targets: Array, load: Array, arm: _Arm) -> None:
    """Extend or flex the elbow; synergy under load and spasticity take extension away."""
    gains, impairment = arm.gains, arm.impairment
    row = _AT["elbow_flexion"]
    way = targets[row] - arm.home[row]
    extending = arm.share(
        impairment.drive.elbow_extension,
        gains.joint_demand + gains.spastic_demand * impairment.spasticity,
    )
    kept = 1 - gains.synergy_flexes_elbow * impairment.synergy * load
    kept = kept - gains.spasticity_flexes_elbow * impairment.spasticity
    flexing = arm.share(impairment.drive.elbow_flexion, gains.joint_demand)
    share = np.where(way < 0, np.clip(extending * kept, 0, 1), flexing)
    achieved[row] = arm.home[row] + share * way


def _turn_and_close(achieved: Array, targets: Array, load: Array, arm: _Arm) -> None:
    """Rotate upper arm and forearm, move wrist and hand; synergy pulls towards flexion."""
    gains, drive = arm.gains, arm.impairment.drive
    pull = arm.impairment.synergy * load
    opening = drive.finger_extension
    opening *= 1 - gains.spasticity_closes_hand * arm.impairment.spasticity
    demand = gains.joint_demand
    for name, drives, needs, drift in (
        (
            "humeral_rotation",
            (drive.external_rotation, drive.external_rotation),
            gains.rotation_demand,
            gains.synergy_rotates * pull,
        ),
        ("pronation", (drive.supination, drive.pronation), demand, 0.0),
        (
            "wrist_flexion",
            (drive.wrist_extension, drive.wrist_flexion),
            demand,
            gains.synergy_flexes_wrist * pull
            + gains.weakness_drops_wrist * (1 - drive.wrist_extension),
        ),
        (
            "hand_closing",
            (opening, drive.finger_flexion),
            demand,
            gains.synergy_closes_hand * pull,
        ),
        ("thumb_closing", (drive.thumb, drive.thumb), demand, 0.0),
    ):
        row = _AT[name]
        way = targets[row] - arm.home[row]
        down, up = (arm.share(ceiling, needs) for ceiling in drives)
        achieved[row] = arm.home[row] + way * np.where(way < 0, down, up) + drift


def _use_trunk(achieved: Array, targets: Array, arm: _Arm) -> None:
    """Lean, turn and shrug for what the hand misses, and lean out of habit anyway."""
    gains, body = arm.gains, arm.body
    elevation = targets[_AT["elevation"]]
    healthy = targets.copy()
    healthy[_AT["trunk_flexion"]] += gains.reach_lean * np.clip(elevation - _LEAN_FROM, 0, 1)
    achieved[_AT["trunk_flexion"]] = healthy[_AT["trunk_flexion"]]
    aimed, reached = np.split(
        pose_chain(np.hstack([healthy, achieved]), body).knuckles.T, 2, axis=1
    )
    ahead, up, aside = aimed - reached
    will = arm.impairment.compensation
    bending = will * gains.lean * np.maximum(ahead, 0) / segment_lengths(body).trunk
    # Who leans out of habit has less left to make up for.
    repairing = np.arcsin(np.clip(bending, 0, _MOST_LEAN_SINE))
    achieved[_AT["trunk_flexion"]] += np.hypot(repairing, _habitual_lean(elevation, arm))
    achieved[_AT["trunk_rotation"]] += np.clip(will * gains.turn * ahead, 0, _MOST_TURN)
    protracted = np.clip(will * gains.protract * ahead, 0, _MOST_PROTRACTION)
    achieved[_AT["scapula_protraction"]] += protracted
    sideways = will * gains.side_lean * aside / segment_lengths(body).trunk
    achieved[_AT["trunk_lateral"]] += np.clip(sideways, 0, _MOST_SIDE)
    achieved[_AT["trunk_lateral"]] -= np.clip(will * gains.bend_away * up, 0, _MOST_SIDE)
    shrugged = np.clip(will * gains.shrug * up, 0, _MOST_SHRUG)
    able = arm.impairment.drive.shoulder**_SHRUG_SPARED
    achieved[_AT["scapula_elevation"]] += able * shrugged


def _habitual_lean(elevation: Array, arm: _Arm) -> Array:
    """Lean into a reach out of a habit that was learnt while the arm was weak."""
    drive = arm.impairment.drive
    lost = 1 - min(drive.shoulder, drive.elbow_extension)
    habit = arm.gains.habit * arm.impairment.compensation * lost**arm.gains.habit_onset
    leaning: Array = habit * np.clip((elevation - _HABIT_FROM) / _HABIT_OVER, 0, 1)
    return leaning


def _within_hand_range(angles: Array) -> Array:
    """Keep hand and thumb between open and closed."""
    rows = [_AT["hand_closing"], _AT["thumb_closing"]]
    angles[rows] = np.clip(angles[rows], 0, 1)
    return angles
