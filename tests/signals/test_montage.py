"""What `Montage` promises."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from hybridmfp.errors import MontageError
from hybridmfp.signals import LANDMARKS, MONTAGES, MUSCLES, Montage, find_montage, read_montage


def montage(**changes) -> Montage:
    arguments = {"name": "odd", "modality": "kinematics", "points": ("LeftA", "RightA", "B")}
    return Montage(**{**arguments, **changes})


@pytest.mark.parametrize("shipped", MONTAGES.values(), ids=list(MONTAGES))
def test_every_montage_that_ships_can_be_used(shipped: Montage) -> None:
    assert find_montage(shipped.name) is shipped
    if shipped.modality == "emg":
        assert shipped.channels == shipped.points
        assert set(shipped.points) <= set(MUSCLES)
    else:
        assert set(shipped.landmarks) == set(LANDMARKS)
        assert len(shipped.channels) == 3 * len(shipped.points)


def test_the_mhh_recordings_have_12_muscles_and_63_columns() -> None:
    assert len(MONTAGES["mhh-emg"].channels) == 12
    assert len(MONTAGES["mhh-markers"].channels) == 63
    assert MONTAGES["mhh-markers"].channels[:4] == ("WRA_x", "WRA_y", "WRA_z", "WRB_x")


def test_a_camera_sees_one_point_for_each_landmark_and_nothing_rigid() -> None:
    webcam = MONTAGES["webcam-points"]

    assert webcam.landmarks == {landmark: (landmark,) for landmark in LANDMARKS}
    assert len(webcam.channels) == 12
    assert not webcam.clusters


def test_a_landmark_may_depend_on_the_side() -> None:
    assert montage(landmarks={"wrist": ("{side}A", "B")}).landmarks["wrist"] == ("{side}A", "B")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"landmarks": {"wrist": ("C",)}}, "landmark 'wrist' of montage 'odd' .*; got 'C'"),
        ({"landmarks": {"wrist": ("{side}B",)}}, "landmark 'wrist' .*; got 'LeftB'"),
        ({"landmarks": {"wrist": ("{hand}A",)}}, "landmark 'wrist' .*; got '{hand}A'"),
        ({"landmarks": {"wrist": ()}}, "landmark 'wrist' .*; got 'none'"),
        (
            {"landmarks": {"knee": ("B",)}},
            "landmarks of montage .* must be among wrist, .* knee",
        ),
        ({"clusters": {"arm": ("B", "C")}}, "cluster 'arm' of montage 'odd' .*; got 'C'"),
        ({"clusters": {"arm": ("{side}A",)}}, "cluster 'arm' of montage 'odd' .*; got '{side}A'"),
        ({"modality": "eeg"}, "modality of montage 'odd' must be 'emg' or 'kinematics'; got 'eeg'"),
        ({"vertical": "up"}, "vertical of montage 'odd' must be 'x', 'y' or 'z', .*; got 'up'"),
        ({"points": ("B", "B")}, "points of montage 'odd' must be unique; got B more than once"),
    ],
)
def test_a_broken_rule_is_named_with_its_value(changes: dict, message: str) -> None:
    with pytest.raises(MontageError, match=message):
        montage(**changes)


def test_a_montage_of_your_own_is_read(tmp_path: Path) -> None:
    own = montage(
        landmarks={"wrist": ("{side}A",)}, clusters={"arm": ("LeftA", "RightA", "B")}, vertical="y"
    )
    path = tmp_path / "own.json"
    path.write_text(json.dumps(asdict(own)), encoding="utf-8")

    assert find_montage(str(path)) == read_montage(path) == own


@pytest.mark.parametrize(
    "text",
    ["no json", "[]", "{}", '{"name": "a", "modality": "emg"}', '{"name": "a", "points": 3}'],
)
def test_a_file_that_is_no_montage_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(MontageError, match=r"must be JSON with name, modality and points; .*odd"):
        read_montage(path)


def test_what_is_wrong_inside_a_montage_file_is_said_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text('{"name": "a", "modality": "eeg", "points": []}', encoding="utf-8")

    with pytest.raises(MontageError, match=r"^modality of montage 'a' must be"):
        read_montage(path)


def test_an_unknown_montage_is_answered_with_those_that_ship() -> None:
    with pytest.raises(MontageError, match="one of mhh-emg, mhh-markers, xsens-segments, webcam"):
        find_montage("vicon")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MontageError, match=r"montage file must exist; .*none\.json does not"):
        find_montage(str(tmp_path / "none.json"))
