"""Derive `hybridmfp/simulation/muscle_geometry.npz` from the musculoskeletal model myoArm.

Needs MuJoCo and the model, which HybridMFP itself does not: in an environment of its own,
``pip install hybridmfp mujoco==4.0.0 myo-sim==0.2.3``, then
``python benchmarks/derive_muscle_geometry.py FILE.npz``. About twenty seconds.

The model is put into random postures; in each, MuJoCo gives what every muscle pulls at full
activation and by how much it shortens per radian. Polynomials are fitted to that by ridge
regression, separately for every group of muscles and every angle. A pair with next to no torque
anywhere, such as deltoid and wrist, is left out and is exactly zero.

Root mean square error on 2 000 held-out postures, as a share of the root mean square of what is
estimated, all groups and angles together: 8.8 % for torque and 8.8 % for moment arms. Elbow,
forearm and wrist are within 14 %, mostly within 3 %; worst are biceps, long triceps and
coracobrachialis at the shoulder, with a fifth to a third.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import mujoco
import myo_sim
import numpy as np
from numpy.typing import NDArray

from hybridmfp.simulation.muscle_geometry import ARM_ANGLES, MUSCLE_GROUPS, posture_terms

N_POSTURES, N_HELD_OUT, SEED = 12_000, 2_000, 0
RIDGE = 1e-3
CROSSED_NM = 0.05  # a group with less torque than this in every posture does not cross the joint

# Joint of the model and the range that is sampled, in radians, for each of ARM_ANGLES. Signs and
# zeros are the same as ours.
JOINTS = {
    "elv_angle_r": (-0.6, 2.1),
    "shoulder_elv_r": (0.02, 2.8),
    "shoulder_rot_r": (-1.2, 1.2),
    "elbow_flexion_r": (0.05, 2.2),
    "pro_sup_r": (-1.4, 1.4),
    "deviation_r": (-0.15, 0.4),
    "flexion_r": (-0.7, 0.7),
}

MUSCLES = {
    "deltoid_anterior": ["DELT1"],
    "biceps_brachii": ["BIClong", "BICshort"],
    "triceps_lateral_medial": ["TRIlat", "TRImed"],
    "triceps_long": ["TRIlong"],
    "flexor_digitorum_superficialis": ["FDS2", "FDS3", "FDS4", "FDS5"],
    "extensor_digitorum": ["EDC2", "EDC3", "EDC4", "EDC5"],
    "brachioradialis": ["BRD"],
    "flexor_carpi_ulnaris": ["FCU"],
    "extensor_carpi_ulnaris": ["ECU"],
    "pronator_teres": ["PT", "PQ"],  # in full pronation only the quadratus is left to pronate
    "flexor_carpi_radialis": ["FCR", "PL"],
    "deltoid_medial": ["DELT2"],
    "deltoid_posterior": ["DELT3"],
    "pectoralis_clavicular": ["PECM1"],
    "pectoralis_sternal": ["PECM2", "PECM3"],
    "latissimus_teres_major": ["LAT1", "LAT2", "LAT3", "TMAJ"],
    "infraspinatus_teres_minor": ["INFSP", "TMIN"],
    "subscapularis": ["SUBSC"],
    "supraspinatus_coracobrachialis": ["SUPSP", "CORB"],
    "brachialis": ["BRA"],
    "supinator": ["SUP"],
    "extensor_carpi_radialis": ["ECRL", "ECRB"],
}


@dataclass(frozen=True, eq=False)
class Arm:
    """Hold the model and how its joints follow from the seven angles.

    `coupled` lists, for each joint that another one drags along, its place among the positions,
    that of the other, and the polynomial. `jacobian` has shape (n_velocities, 7).
    """

    model: mujoco.MjModel
    data: mujoco.MjData
    positions: NDArray[np.intp]
    coupled: list[tuple[int, int, NDArray[np.float64]]]
    jacobian: NDArray[np.float64]


def load_arm() -> Arm:
    model, data = myo_sim.load("myoarm_r")
    names = [model.joint(joint).name for joint in range(model.njnt)]
    joints = [names.index(name) for name in JOINTS]
    positions = model.jnt_qposadr[joints].astype(np.intp)
    jacobian = np.zeros((model.nv, len(joints)))
    jacobian[model.jnt_dofadr[joints], np.arange(len(joints))] = 1
    coupled = []
    for equality in range(model.neq):
        assert model.eq_type[equality] == mujoco.mjtEq.mjEQ_JOINT
        dragged, dragging = model.eq_obj1id[equality], model.eq_obj2id[equality]
        polynomial = model.eq_data[equality, :5].copy()
        assert not polynomial[2:].any(), "the coupling is linear, so its slope is constant"
        jacobian[model.jnt_dofadr[dragged], joints.index(dragging)] += polynomial[1]
        places = (int(model.jnt_qposadr[dragged]), int(model.jnt_qposadr[dragging]))
        coupled.append((*places, polynomial))
    return Arm(model, data, positions, coupled, jacobian)


def pose(arm: Arm, posture: NDArray[np.float64]) -> None:
    rest = arm.model.qpos0
    arm.data.qpos[:] = rest
    arm.data.qpos[arm.positions] = posture
    for dragged, dragging, polynomial in arm.coupled:
        moved = arm.data.qpos[dragging] - rest[dragging]
        arm.data.qpos[dragged] = rest[dragged] + np.polynomial.polynomial.polyval(moved, polynomial)
    arm.data.qvel[:] = 0
    mujoco.mj_fwdPosition(arm.model, arm.data)
    mujoco.mj_fwdVelocity(arm.model, arm.data)


def pull(arm: Arm) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each muscle's tension at full activation, in N, and its moment arms, in m."""
    model, data = arm.model, arm.data
    lengthening = np.zeros((model.nu, model.nv))
    rows = (data.moment_rownnz, data.moment_rowadr, data.moment_colind)
    mujoco.mju_sparse2dense(lengthening, data.actuator_moment, *rows)
    gains = [
        mujoco.mju_muscleGain(
            data.actuator_length[muscle],
            0.0,  # velocity
            model.actuator_lengthrange[muscle],
            model.actuator_acc0[muscle],
            model.actuator_gainprm[muscle, :9],
        )
        for muscle in range(model.nu)
    ]
    return -np.array(gains), -lengthening @ arm.jacobian


def sample(arm: Arm, postures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give capacity and moment arm, shape (n_postures, 2, n_groups, 7)."""
    muscles = [arm.model.actuator(muscle).name for muscle in range(arm.model.nu)]
    groups = [[muscles.index(name) for name in MUSCLES[group]] for group in MUSCLE_GROUPS]
    strongest = arm.model.actuator_gainprm[:, 2]
    sampled = np.zeros((len(postures), 2, len(groups), len(JOINTS)))
    for posture, (capacity, moment_arm) in zip(postures, sampled, strict=True):
        pose(arm, posture)
        tension, arms = pull(arm)
        for row, group in enumerate(groups):
            capacity[row] = tension[group] @ arms[group]
            moment_arm[row] = np.average(arms[group], axis=0, weights=strongest[group])
    return sampled


def fit(
    terms: NDArray[np.float64], sampled: NDArray[np.float64], crossed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Give the coefficients, shape (n_terms, 2, n_groups, 7)."""
    flat = sampled.reshape(len(sampled), -1)
    gram = terms @ terms.T + RIDGE * np.eye(len(terms))
    found = np.linalg.solve(gram, terms @ flat).reshape(len(terms), *sampled.shape[1:])
    return np.where(crossed, found, 0.0)


def print_quality(truth: NDArray[np.float64], missed: NDArray[np.float64]) -> None:
    print(f"{'error / root mean square, N m':34}" + "".join(f"{a[-11:]:>16}" for a in ARM_ANGLES))
    for row, group in enumerate(MUSCLE_GROUPS):
        errors = np.sqrt(np.mean(missed[:, 0, row] ** 2, axis=0))
        sizes = np.sqrt(np.mean(truth[:, 0, row] ** 2, axis=0))
        cells = [f"{e:8.2f} /{s:6.2f}" for e, s in zip(errors, sizes, strict=True)]
        print(f"{group:34}" + "".join(cells))
    for part, name in enumerate(("torque capacity", "moment arm")):
        share = np.sqrt(np.mean(missed[:, part] ** 2) / np.mean(truth[:, part] ** 2))
        print(f"held out, {name}: {100 * share:.1f} % of the root mean square")


def main() -> None:
    lowest, highest = np.array(list(JOINTS.values())).T
    rng = np.random.default_rng(SEED)
    postures = rng.uniform(lowest, highest, (N_POSTURES, len(JOINTS)))
    sampled = sample(load_arm(), postures)
    assert np.isfinite(sampled).all()
    terms = posture_terms(postures.T)
    learned, held_out = slice(None, -N_HELD_OUT), slice(-N_HELD_OUT, None)
    crossed = np.abs(sampled[:, 0]).max(axis=0) > CROSSED_NM
    coefficients = fit(terms[:, learned], sampled[learned], crossed).astype(np.float32)
    estimated = np.einsum("kt,kpgj->tpgj", terms[:, held_out], coefficients, optimize=True)
    print_quality(sampled[held_out], estimated - sampled[held_out])
    np.savez_compressed(
        Path(sys.argv[1]),
        capacity=coefficients[:, 0],
        moment_arm=coefficients[:, 1],
        lowest=lowest.astype(np.float32),
        highest=highest.astype(np.float32),
    )


if __name__ == "__main__":
    main()
