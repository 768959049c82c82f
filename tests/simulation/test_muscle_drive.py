from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hybridmfp.errors import SignalError
from hybridmfp.signals import find_montage
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, FRAME_RATE_HZ
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.impairment import HEALTHY, Drive, Impairment
from hybridmfp.simulation.muscle_drive import DRIVE_GAINS, DriveGains, maximal_drive, muscle_drive
from hybridmfp.simulation.muscle_units import agonists, electrodes

BODY = Body("male", 60.0, stature_m=1.75, mass_kg=80.0, strength=0.9, fat_mm=5.0)
MUSCLES = find_montage("mhh-emg").points
STEADY = replace(DRIVE_GAINS, trial_spread=0.0, flutter=0.0, tone_spread=0.0)  # nothing random

HOME = {
    "elevation_plane": 1.1,
    "elevation": 0.35,
    "humeral_rotation": 0.25,
    "elbow_flexion": 1.45,
    "pronation": 0.5,
    "hand_closing": 0.35,
    "thumb_closing": 0.4,
}
FORWARD = {"elevation_plane": 1.45, "elevation": 1.25, "humeral_rotation": 0.05}
FORWARD |= {"elbow_flexion": 0.35, "pronation": 0.3}


def scaled(share: float, **changes: float) -> Impairment:
    """All ceilings at a share, and other changes of the healthy arm."""
    names = Drive.__dataclass_fields__
    return replace(HEALTHY, drive=Drive(**dict.fromkeys(names, share)), **changes)


MILD = scaled(0.8, synergy=0.2, co_contraction=0.15, spasticity=0.15)
MODERATE = scaled(0.45, synergy=0.5, co_contraction=0.35, spasticity=0.35)
SEVERE = scaled(0.15, synergy=0.85, co_contraction=0.6, spasticity=0.6)


def posture(changes: dict[str, float]) -> np.ndarray:
    angles = HOME | changes
    return np.array([angles.get(name, 0.0) for name in CHAIN_ANGLES])


def through(*stops: dict[str, float], move_s: float = 0.9, hold_s: float = 0.4) -> np.ndarray:
    """Rest, then go smoothly from stop to stop and home again."""
    places = [posture({}), *(posture(stop) for stop in stops), posture({})]
    moving, holding = round(move_s * FRAME_RATE_HZ), round(hold_s * FRAME_RATE_HZ)
    share = np.linspace(0, 1, moving)
    share = share**3 * (10 - 15 * share + 6 * share**2)
    pieces = [np.repeat(places[0][:, np.newaxis], holding, axis=1)]
    for here, there in itertools.pairwise(places):
        pieces.append(here[:, np.newaxis] + np.outer(there - here, share))
        pieces.append(np.repeat(there[:, np.newaxis], holding, axis=1))
    return np.concatenate(pieces, axis=1)


REACH = through(FORWARD)
WRIST = through(*2 * ({"wrist_flexion": -0.7}, {"wrist_flexion": 0.7}), move_s=0.55, hold_s=0.1)
GRASP = through(
    {"hand_closing": 0.0, "thumb_closing": 0.0}, {"hand_closing": 1.0, "thumb_closing": 1.0}
)
RESTING = through()


def drive(
    angles: np.ndarray,
    impairment: Impairment = HEALTHY,
    *,
    gains: DriveGains = STEADY,
    table_support: bool = True,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    found = muscle_drive(
        angles, impairment, BODY, table_support=table_support, rng=rng, gains=gains
    )
    return dict(zip(MUSCLES, found, strict=True))


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Share that two courses, each relative to its peak, have in common (Falconer and Winter)."""
    one, other = one / one.max(), other / other.max()
    return float(2 * np.minimum(one, other).sum() / (one + other).sum())


@pytest.mark.parametrize("impairment", [HEALTHY, SEVERE])
@pytest.mark.parametrize("n_frames", [9, 10, 11, 12, 400])
def test_every_muscle_has_a_drive_between_0_and_1_in_every_frame(
    impairment: Impairment, n_frames: int
) -> None:
    found = muscle_drive(
        np.tile(REACH, 2)[:, :n_frames],
        impairment,
        BODY,
        table_support=True,
        rng=np.random.default_rng(0),
    )

    assert found.shape == (12, n_frames)
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_same_random_numbers_give_the_same_drive_and_others_another() -> None:
    first, again, other = (
        muscle_drive(REACH, SEVERE, BODY, table_support=True, rng=np.random.default_rng(seed))
        for seed in (3, 3, 4)
    )

    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_the_input_stays_as_it_is() -> None:
    before = REACH.copy()

    drive(REACH, SEVERE)

    np.testing.assert_array_equal(REACH, before)


def test_a_healthy_arm_at_rest_is_silent() -> None:
    assert max(course.max() for course in drive(RESTING).values()) < 0.01


def test_a_reach_takes_the_deltoid_while_the_arm_is_up() -> None:
    deltoid = drive(REACH)["deltoid_anterior"]

    up = slice(140, 165)  # the hold
    assert deltoid[up].min() > 0.1
    assert deltoid[:30].max() < 0.01


def test_a_table_spares_the_muscles() -> None:
    free = drive(RESTING, table_support=False)
    borne = drive(RESTING, table_support=True)

    assert free["brachioradialis"].mean() > 2 * borne["brachioradialis"].mean()


def test_the_stronger_need_less_drive() -> None:
    strong = replace(BODY, strength=1.8)
    courses = [
        muscle_drive(
            REACH, HEALTHY, body, table_support=True, rng=np.random.default_rng(0), gains=STEADY
        )[0]
        for body in (BODY, strong)
    ]

    assert courses[1].max() < 0.7 * courses[0].max()


@pytest.mark.parametrize(
    ("angles", "muscle", "when"),
    [
        (WRIST, "flexor_carpi_radialis", lambda a: a[11] > 0.6),
        (WRIST, "flexor_carpi_ulnaris", lambda a: a[11] > 0.6),
        (WRIST, "extensor_carpi_ulnaris", lambda a: a[11] < -0.6),
        (WRIST, "extensor_digitorum", lambda a: a[11] < -0.6),
        (GRASP, "flexor_digitorum_superficialis", lambda a: a[12] > 0.9),
        (GRASP, "abductor_pollicis_brevis", lambda a: a[13] > 0.9),
        (GRASP, "extensor_digitorum", lambda a: a[12] < 0.1),
        (GRASP, "abductor_digiti_minimi", lambda a: a[12] < 0.1),
        (through({"pronation": 1.2}), "pronator_teres", lambda a: a[9] > 1.1),
        (through({"pronation": -1.2}), "biceps_brachii", lambda a: a[9] < -1.1),
    ],
)
def test_a_muscle_works_where_it_is_needed(
    angles: np.ndarray, muscle: str, when: Callable[[np.ndarray], np.ndarray]
) -> None:
    course = drive(angles)[muscle]

    assert course[when(angles)].mean() > 0.05
    assert course[when(angles)].mean() > 4 * course[:30].mean()


def test_extending_the_elbow_takes_the_triceps() -> None:
    extending = through({"elbow_flexion": 0.3})

    triceps = drive(extending)["triceps_brachii"]

    assert triceps.max() > 0.05


def test_the_antagonists_of_a_healthy_wrist_take_turns() -> None:
    found = drive(WRIST)

    assert overlap(found["flexor_carpi_radialis"], found["extensor_carpi_ulnaris"]) < 0.35


@pytest.mark.parametrize(
    ("angles", "one", "other"),
    [
        (WRIST, "flexor_carpi_radialis", "extensor_carpi_ulnaris"),
        (GRASP, "flexor_digitorum_superficialis", "extensor_digitorum"),
        (REACH, "biceps_brachii", "triceps_brachii"),
    ],
)
def test_antagonists_work_together_the_more_the_worse_the_impairment(
    angles: np.ndarray, one: str, other: str
) -> None:
    shares = []
    for impairment in (HEALTHY, MILD, MODERATE, SEVERE):
        found = drive(angles, impairment)
        shares.append(overlap(found[one], found[other]))

    assert np.all(np.diff(shares) > 0)
    assert shares[-1] > shares[0] + 0.2


def test_co_contraction_alone_raises_the_antagonist() -> None:
    extending = WRIST[11] < -0.6
    courses = [
        drive(WRIST, replace(HEALTHY, co_contraction=share))["flexor_carpi_radialis"][extending]
        for share in (0.0, 0.3, 0.6, 1.0)
    ]

    assert np.all(np.diff([course.mean() for course in courses]) > 0.005)


def test_shoulder_load_drives_the_elbow_flexors_the_more_the_stronger_the_synergy() -> None:
    lifting = through({"elevation_plane": 0.4, "elevation": 1.4, "elbow_flexion": 1.45})

    for muscle in ("biceps_brachii", "brachioradialis", "flexor_digitorum_superficialis"):
        courses = [
            drive(lifting, scaled(0.6, synergy=synergy))[muscle]
            for synergy in (0.0, 0.25, 0.5, 0.75, 1.0)
        ]

        assert np.all(np.diff(courses, axis=0) >= 0)
        assert courses[-1].max() > courses[0].max() + 0.03


def test_deltoid_and_biceps_go_together_the_more_the_worse_the_impairment() -> None:
    together = []
    for impairment in (HEALTHY, MILD, MODERATE, SEVERE):
        courses = []
        for seed in range(5):
            found = drive(REACH, impairment, gains=DRIVE_GAINS, seed=seed)
            courses.append(np.corrcoef(found["deltoid_anterior"], found["biceps_brachii"])[0, 1])
        together.append(np.mean(courses))

    assert together[0] < 0.85
    assert np.all(np.diff(together[:3]) > 0)
    assert together[3] > together[0] + 0.05


def test_without_coupling_and_merging_synergy_changes_nothing() -> None:
    alone = replace(STEADY, coupling=0.0, merging=0.0)

    none = drive(REACH, replace(SEVERE, synergy=0.0), gains=alone)
    full = drive(REACH, replace(SEVERE, synergy=1.0), gains=alone)

    for muscle in MUSCLES:
        np.testing.assert_array_equal(none[muscle], full[muscle])


def test_merging_draws_up_the_muscles_of_a_synergy_and_lowers_none() -> None:
    merging = replace(STEADY, coupling=0.0, merging=0.5)

    apart = drive(REACH, replace(MODERATE, synergy=0.0), gains=merging)
    merged = drive(REACH, replace(MODERATE, synergy=1.0), gains=merging)

    assert all(np.all(merged[muscle] >= apart[muscle] - 1e-12) for muscle in MUSCLES)
    assert merged["flexor_carpi_ulnaris"].max() > 2 * apart["flexor_carpi_ulnaris"].max()


def test_weakness_takes_more_effort_but_never_more_than_the_ceiling() -> None:
    uncoupled = replace(STEADY, coupling=0.0, merging=0.0, opposing=0.0)

    peaks = [
        drive(REACH, scaled(share, co_contraction=0.0), gains=uncoupled)["deltoid_anterior"].max()
        for share in (1.0, 0.8, 0.1)
    ]

    assert peaks[1] > peaks[0]
    assert 0.08 < peaks[2] < 0.1


def test_only_spastic_muscles_that_are_stretched_answer_and_a_little_later() -> None:
    stretch = through({"elbow_flexion": 0.4}, move_s=0.4)
    spastic = replace(HEALTHY, spasticity=0.8)

    with_reflex, without = (
        drive(stretch, spastic, gains=replace(STEADY, reflex_s_m=gain, opposing=0.0))
        for gain in (STEADY.reflex_s_m, 0.0)
    )

    answer = {muscle: with_reflex[muscle] - without[muscle] for muscle in MUSCLES}
    assert answer["biceps_brachii"].max() > 0.02
    assert answer["triceps_brachii"].max() == 0
    fastest = np.argmin(np.gradient(stretch[CHAIN_ANGLES.index("elbow_flexion")]))
    assert 0 < np.argmax(answer["biceps_brachii"]) - fastest <= 8  # 80 ms
    bending = slice(round(1.2 * FRAME_RATE_HZ) + 10, None)  # on the way back it shortens
    assert answer["biceps_brachii"][bending].max() == 0


def test_slow_stretch_is_tolerated() -> None:
    spastic = replace(HEALTHY, spasticity=0.8)
    slowly = through({"elbow_flexion": 0.4}, move_s=8.0)

    with_reflex, without = (
        drive(slowly, spastic, gains=replace(STEADY, reflex_s_m=gain))
        for gain in (STEADY.reflex_s_m, 0.0)
    )

    np.testing.assert_array_equal(with_reflex["biceps_brachii"], without["biceps_brachii"])


def test_opening_the_hand_stretches_the_flexors_of_the_fingers() -> None:
    spastic = replace(HEALTHY, spasticity=0.8)
    opening = through({"hand_closing": 0.0}, move_s=0.3)
    closing = through({"hand_closing": 0.7}, move_s=0.3)
    first = slice(0, 80)  # before the way back

    answers = []
    for angles in (opening, closing):
        with_reflex, without = (
            drive(angles, spastic, gains=replace(STEADY, reflex_s_m=gain))
            for gain in (STEADY.reflex_s_m, 0.0)
        )
        fingers = "flexor_digitorum_superficialis"
        answers.append((with_reflex[fingers] - without[fingers])[first].max())

    assert answers[0] > 0.005
    assert answers[1] == 0


def test_spastic_flexors_never_rest_and_each_has_a_tone_of_its_own() -> None:
    spastic = replace(HEALTHY, spasticity=0.6, synergy=0.0, co_contraction=0.0)
    resting = drive(RESTING, spastic, gains=DRIVE_GAINS)

    flexors = ("biceps_brachii", "brachioradialis", "flexor_carpi_ulnaris")
    assert min(resting[muscle].min() for muscle in flexors) > 0.003
    assert resting["biceps_brachii"].mean() > 2 * resting["extensor_carpi_ulnaris"].mean()
    long = np.repeat(RESTING, 20, axis=1)
    tone = drive(long, spastic, gains=DRIVE_GAINS)
    same = np.corrcoef([tone[muscle] for muscle in flexors])
    assert np.abs(same - np.eye(3)).max() < 0.3
    steady = replace(STEADY, tone_spread=DRIVE_GAINS.tone_spread)
    wandering = drive(long, spastic, gains=steady)["biceps_brachii"]
    assert np.std(wandering) > 0.1 * np.mean(wandering)


@pytest.mark.parametrize("varied", [{"trial_spread": 0.06}, {"flutter": 0.08}])
def test_repeated_movements_are_driven_a_little_differently(varied: dict[str, float]) -> None:
    gains = replace(STEADY, **varied)

    peaks = [drive(REACH, gains=gains, seed=seed)["deltoid_anterior"].max() for seed in range(20)]

    assert 0.02 < np.std(peaks) / np.mean(peaks) < 0.15


def test_drives_run_straight_between_every_fourth_frame() -> None:
    deltoid = drive(REACH)["deltoid_anterior"]

    knots = deltoid[:180:4]

    for step in (1, 2, 3):
        between = knots[:-1] + step / 4 * np.diff(knots)
        np.testing.assert_allclose(deltoid[step:176:4], between, atol=1e-12)


def test_closing_leaves_the_extensors_of_the_fingers_alone_and_opening_the_flexors() -> None:
    apart = replace(STEADY, opposing=0.0)
    closing = drive(through({"hand_closing": 0.8}, move_s=0.4), gains=apart)
    opening = drive(through({"hand_closing": 0.0}, move_s=0.4), gains=apart)
    first = slice(0, 80)  # before the way back

    assert closing["extensor_digitorum"][first].max() < 0.02
    assert opening["flexor_digitorum_superficialis"][first].max() < 0.02
    assert closing["flexor_digitorum_superficialis"][first].max() > 0.1
    assert opening["extensor_digitorum"][first].max() > 0.1


def test_bending_the_elbow_stiffens_both_parts_of_the_triceps() -> None:
    bending = through({"elbow_flexion": 1.9})
    speed = np.abs(np.gradient(bending[CHAIN_ANGLES.index("elbow_flexion")], 0.01)).max()

    soft, stiff = (
        drive(bending, gains=replace(STEADY, triceps_s=gain, opposing=0.0))["triceps_brachii"].max()
        for gain in (0.0, 0.1)
    )

    assert stiff - soft == pytest.approx(0.1 * speed, rel=0.1)


def test_the_triceps_electrode_sees_both_of_its_parts() -> None:
    only_abduction = through({"elevation_plane": 0.3, "elevation": 1.2})
    still = replace(STEADY, triceps_s=0.0, opposing=0.0)
    stiff = replace(still, triceps_s=0.1)

    # Of the two, only the long head is stiffened by moving the shoulder.
    added = [
        drive(only_abduction, gains=gains)["triceps_brachii"].max() for gains in (still, stiff)
    ]

    speed = np.abs(np.gradient(only_abduction[CHAIN_ANGLES.index("elevation")], 0.01)).max()
    assert added[1] - added[0] == pytest.approx(0.4 * 0.1 * speed, rel=0.1)


@pytest.mark.parametrize("muscle", range(12))
def test_a_maximal_contraction_is_one_of_the_muscles_that_serve_the_action(muscle: int) -> None:
    found = maximal_drive(HEALTHY, muscle, rng=np.random.default_rng(1), gains=STEADY)

    peaks = found.max(axis=1)
    helping = electrodes() @ agonists(muscle) > 0
    assert helping[muscle]
    assert np.sum(helping) <= 2
    assert found.shape == (12, 300)
    assert np.all((peaks[helping] >= 0.75) & (peaks[helping] <= 1.0))
    assert np.max(peaks[~helping]) < 0.1


def test_a_maximal_contraction_reaches_75_to_100_percent_of_what_is_left() -> None:
    weak = scaled(0.4, synergy=0.0, co_contraction=0.0)
    peaks = [
        maximal_drive(weak, 7, rng=np.random.default_rng(seed), gains=STEADY)[7].max()
        for seed in range(60)
    ]

    assert 0.4 * 0.75 - 1e-9 <= min(peaks) < 0.4 * 0.80
    assert 0.4 * 0.95 < max(peaks) <= 0.4 + 1e-9


def test_a_maximal_contraction_spreads_in_a_severely_impaired_arm() -> None:
    deltoid = MUSCLES.index("deltoid_anterior")
    biceps = MUSCLES.index("biceps_brachii")

    healthy, severe = (
        maximal_drive(impairment, deltoid, rng=np.random.default_rng(0), gains=STEADY)
        for impairment in (HEALTHY, SEVERE)
    )

    assert severe[biceps].max() > 0.5 * severe[deltoid].max()
    assert healthy[biceps].max() < 0.05 * healthy[deltoid].max()


@pytest.mark.parametrize("muscle", [-1, 12])
def test_a_muscle_that_is_not_recorded_is_refused(muscle: int) -> None:
    with pytest.raises(SignalError, match=f"0 to 11; got {muscle}"):
        maximal_drive(HEALTHY, muscle, rng=np.random.default_rng(0))


@pytest.mark.parametrize("shape", [(14, 8), (14,)])
def test_too_few_frames_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SignalError, match="more than 8 frames"):
        muscle_drive(
            np.zeros(shape), HEALTHY, BODY, table_support=True, rng=np.random.default_rng(0)
        )


def test_a_wrong_number_of_angles_is_refused() -> None:
    with pytest.raises(SignalError, match="one row for each of"):
        muscle_drive(
            np.zeros((9, 100)), HEALTHY, BODY, table_support=True, rng=np.random.default_rng(0)
        )
