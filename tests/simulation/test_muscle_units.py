from __future__ import annotations

import numpy as np
import pytest

from hybridmfp.signals import find_montage
from hybridmfp.simulation.impairment import Drive
from hybridmfp.simulation.muscle_geometry import MUSCLE_GROUPS
from hybridmfp.simulation.muscle_units import (
    LITTLE_TONE,
    UNIT_ROWS,
    UNITS,
    ceilings,
    coupling,
    electrodes,
    merging_rows,
    opposition,
    spastic,
)


def test_the_units_begin_with_the_groups_whose_geometry_is_known() -> None:
    assert UNITS[: len(MUSCLE_GROUPS)] == MUSCLE_GROUPS
    assert UNITS[len(MUSCLE_GROUPS) :] == ("abductor_pollicis_brevis", "abductor_digiti_minimi")
    assert [UNIT_ROWS[unit] for unit in UNITS] == list(range(len(UNITS)))


@pytest.mark.parametrize(
    ("ceiling", "unit"),
    [
        ("shoulder", "deltoid_anterior"),
        ("external_rotation", "infraspinatus_teres_minor"),
        ("elbow_flexion", "biceps_brachii"),
        ("elbow_extension", "triceps_long"),
        ("supination", "supinator"),
        ("pronation", "pronator_teres"),
        ("wrist_extension", "extensor_carpi_ulnaris"),
        ("wrist_flexion", "flexor_carpi_radialis"),
        ("finger_extension", "extensor_digitorum"),
        ("finger_flexion", "flexor_digitorum_superficialis"),
        ("thumb", "abductor_pollicis_brevis"),
    ],
)
def test_every_ceiling_of_drive_holds_for_its_muscles_alone(ceiling: str, unit: str) -> None:
    lowered = ceilings(Drive(**{ceiling: 0.3}))

    assert lowered[UNIT_ROWS[unit], 0] == 0.3
    assert set(np.unique(lowered)) == {0.3, 1.0}


def test_no_muscle_drives_or_opposes_itself() -> None:
    assert not np.diag(coupling()).any()
    assert not np.diag(opposition()).any()
    assert coupling().min() >= 0


def test_opposition_is_mutual_and_averages() -> None:
    matrix = opposition()

    np.testing.assert_array_equal(matrix > 0, matrix.T > 0)
    extensor = matrix[UNIT_ROWS["extensor_carpi_ulnaris"]]
    assert extensor[UNIT_ROWS["flexor_carpi_radialis"]] == 0.5
    assert extensor[UNIT_ROWS["flexor_carpi_ulnaris"]] == 0.5
    assert extensor.sum() == 1


def test_abduction_drives_the_flexors_of_the_elbow_and_not_the_reverse_alone() -> None:
    biceps, deltoid = UNIT_ROWS["biceps_brachii"], UNIT_ROWS["deltoid_medial"]

    assert coupling()[biceps, deltoid] > coupling()[deltoid, biceps] > 0


def test_the_two_synergies_have_no_muscle_in_common() -> None:
    flexors, extensors = (set(rows) for rows in merging_rows())

    assert not flexors & extensors
    assert UNIT_ROWS["biceps_brachii"] in flexors
    assert UNIT_ROWS["triceps_long"] in extensors


def test_electrodes_see_one_unit_each_but_the_triceps_two() -> None:
    seen = electrodes()

    np.testing.assert_allclose(seen.sum(axis=1), 1)
    muscles = find_montage("mhh-emg").points
    for row, muscle in enumerate(muscles):
        units = {UNITS[column] for column in np.flatnonzero(seen[row])}
        triceps = {"triceps_lateral_medial", "triceps_long"}
        assert units == (triceps if muscle == "triceps_brachii" else {muscle})


def test_flexors_become_spastic_and_extensors_keep_a_little_tone() -> None:
    weights = spastic(LITTLE_TONE)

    assert weights[UNIT_ROWS["biceps_brachii"], 0] == 1
    assert weights[UNIT_ROWS["triceps_long"], 0] == LITTLE_TONE
    assert spastic(0.0)[UNIT_ROWS["triceps_long"], 0] == 0


def test_shared_tables_cannot_be_changed() -> None:
    for table in (coupling(), opposition(), electrodes(), spastic(0.0)):
        with pytest.raises(ValueError, match="read-only"):
            table[0, 0] = 1.0
