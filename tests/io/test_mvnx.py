"""What the MVNX reader promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from hybridmfp.errors import HybridMfpError, ReadError
from hybridmfp.io.mvnx import read_mvnx, trial_from_name
from hybridmfp.signals import MONTAGES, Recording, TrialKey

SEGMENTS = MONTAGES["xsens-segments"].points
JOINTS = ("jRightElbow", "jLeftElbow")
RATE_HZ = 60
NAMESPACE = "{http://www.xsens.com/mvn/mvnx}"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
RECORDINGS = (
    *("H01_T07_L1.mvnx", "H03_T11_L1.mvnx", "P04_T07_L1.mvnx"),
    *("P04_T11_L1.mvnx", "P30_T11_r1.mvnx"),
)


def position(frame: int) -> np.ndarray:
    return np.round(np.sin(np.arange(3 * len(SEGMENTS)) + frame / 50), 6)


def angles_deg(frame: int) -> np.ndarray:
    return np.round(90 * np.cos(np.arange(3 * len(JOINTS)) + frame / 50), 6)


def row(values: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in values)


def frame_xml(frame: int, *, index: int | None = None, time_ms: int | None = None) -> str:
    index = frame if index is None else index
    time_ms = round(1000 * index / RATE_HZ) if time_ms is None else time_ms
    return (
        f'<frame time="{time_ms}" index="{index}" tc="0" ms="{time_ms}" type="normal">'
        f"<position>{row(position(frame))}</position>"
        f"<velocity>{row(position(frame))}</velocity>"
        f"<jointAngle>{row(angles_deg(frame))}</jointAngle>"
        f"<jointAngleXZY>{row(2 * angles_deg(frame))}</jointAngleXZY></frame>"
    )


def mvnx(
    *frames: str,
    version: str = "4",
    rate: str = 'frameRate="60"',
    doctype: str = "",
    segments: tuple[str, ...] = SEGMENTS,
) -> str:
    segment_xml = "".join(f'<segment label="{name}"/>' for name in segments)
    joint_xml = "".join(f'<joint label="{name}"/>' for name in JOINTS)
    poses = f'<frame time="0" type="tpose"><position>{row(position(99))}</position></frame>'
    return (
        f'{HEAD}{doctype}<mvnx xmlns="http://www.xsens.com/mvn/mvnx" version="{version}">'
        f'<mvn version="2018.2.0"/><subject {rate}><segments>{segment_xml}</segments>'
        f"<joints>{joint_xml}</joints><frames>{poses}{''.join(frames)}</frames>"
        "</subject></mvnx>"
    )


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def samples(recording: Recording) -> np.ndarray:
    assert recording.kinematics is not None
    return recording.kinematics.samples


def point(recording: Recording, name: str) -> np.ndarray:
    assert recording.kinematics is not None
    return np.asarray(recording.kinematics.pick([f"{name}_{axis}" for axis in "xyz"]).samples)


@pytest.mark.parametrize("version", ["3", "4"])
def test_positions_are_metres_and_angles_radians(tmp_path: Path, version: str) -> None:
    file = write(tmp_path / "P04_T07_L1.mvnx", mvnx(*map(frame_xml, range(5)), version=version))

    recording = read_mvnx(file)

    kinematics = recording.kinematics
    assert kinematics is not None
    assert kinematics.rate_hz == RATE_HZ
    assert kinematics.channels[:3] == ("Pelvis_x", "Pelvis_y", "Pelvis_z")
    assert kinematics.channels[69:72] == ("jRightElbow_x", "jRightElbow_y", "jRightElbow_z")
    assert kinematics.units == ("m",) * 69 + ("rad",) * 6
    metres = np.array([position(frame) for frame in range(5)]).T
    radians = np.radians([angles_deg(frame) for frame in range(5)]).T
    np.testing.assert_allclose(kinematics.samples, np.concatenate([metres, radians]), rtol=1e-6)
    assert recording.montage == "xsens-segments"
    assert recording.side == "left"
    assert recording.device == "Xsens MVN 2018.2.0"
    assert recording.problems == ()


def test_a_montage_is_claimed_only_if_all_its_segments_are_there(tmp_path: Path) -> None:
    named = ("Prop", *SEGMENTS[1:])
    file = write(tmp_path / "a.mvnx", mvnx(frame_xml(0), segments=named))

    assert read_mvnx(file).montage is None


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"index": 7}, id="index and time jump"),
        pytest.param({"index": 4, "time_ms": round(7000 / 60)}, id="only time jumps"),
        pytest.param({"index": 7, "time_ms": round(4000 / 60)}, id="only index jumps"),
    ],
)
def test_dropped_frames_become_gaps(tmp_path: Path, later: dict[str, int]) -> None:
    file = write(
        tmp_path / "a.mvnx", mvnx(*(frame_xml(frame) for frame in range(4)), frame_xml(4, **later))
    )

    recording = read_mvnx(file)

    seen = np.isfinite(samples(recording)).all(axis=0)
    assert seen.tolist() == [True] * 4 + [False] * 3 + [True]
    assert np.isnan(samples(recording)[:, 4:7]).all()
    np.testing.assert_allclose(samples(recording)[:69, 7], position(4), rtol=1e-6)
    assert "3 frames were dropped in 1 places" in recording.problems[0].problem


def test_a_recording_that_starts_late_has_no_gap_before_it(tmp_path: Path) -> None:
    file = write(tmp_path / "a.mvnx", mvnx(*(frame_xml(frame) for frame in range(500, 504))))

    assert np.isfinite(samples(read_mvnx(file))).all()
    assert samples(read_mvnx(file)).shape == (75, 4)


def test_every_cut_keeps_what_was_whole_or_refuses(tmp_path: Path) -> None:
    text = mvnx(*map(frame_xml, range(150)))
    whole = samples(read_mvnx(write(tmp_path / "whole.mvnx", text)))
    ends = [at + len("</frame>") for at in range(len(text)) if text.startswith("</frame>", at)]

    for length in (*range(0, len(text) - 8, 9001), ends[-1], ends[120] - 1, ends[120]):
        n_whole = sum(end <= length for end in ends) - 1  # without the pose
        file = write(tmp_path / "cut.mvnx", text[:length])
        if n_whole < 2 * RATE_HZ:
            with pytest.raises(ReadError, match=r"cut\.mvnx must .* breaks off"):
                read_mvnx(file)
        else:
            recording = read_mvnx(file)
            np.testing.assert_array_equal(samples(recording), whole[:, :n_whole])
            assert f"breaks off after {n_whole} frames" in recording.problems[0].problem


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE mvnx [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE mvnx SYSTEM "mvnx.dtd" [<!ELEMENT x ANY>]>',
        '<!DOCTYPE mvnx [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_definitions_of_entities_are_refused(tmp_path: Path, doctype: str) -> None:
    file = write(tmp_path / "a.mvnx", mvnx(frame_xml(0), doctype=doctype))

    with pytest.raises(ReadError, match="must not define entities"):
        read_mvnx(file)


def test_the_schema_that_xsens_names_is_accepted_unread(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE mvnx SYSTEM "http://www.xsens.com/mvn/mvnx/schema.dtd">'
    file = write(tmp_path / "a.mvnx", mvnx(frame_xml(0), doctype=doctype))

    assert samples(read_mvnx(file)).shape == (75, 1)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "has rate None and 0 frames before it breaks off"),
        ("{}", r"a\.mvnx must state its frameRate .* before it breaks off"),
        (f"{HEAD}<html/>", "must be MVNX of version 3 or 4; it is 'html' of version none"),
        (mvnx(frame_xml(0), version="2"), "it is 'mvnx' of version 2"),
        (mvnx(), "has rate 60.0 and 0 frames"),
        (mvnx(frame_xml(0), rate=""), "has rate None"),
        (mvnx(frame_xml(0), rate='frameRate="-60"'), "has rate -60"),
        (mvnx(frame_xml(0), rate='frameRate="fast"'), "frameRate .* must be a number; got 'fast'"),
        (mvnx(*map(frame_xml, range(9)), rate='frameRate="240"'), "must fit its time stamps"),
        (mvnx(frame_xml(0), segments=SEGMENTS[1:]), "3 numbers for each of 22 labels; it has 69"),
        (mvnx(frame_xml(0).replace("position", "pose")), "some lack position"),
        (mvnx(frame_xml(0).replace("jointAngle>", "angle>")), "some lack jointAngle"),
        (mvnx(frame_xml(0).replace("0.", "O.", 1)), "position of frame 0 .* must be numbers"),
        (mvnx(*map(frame_xml, (0, 1, 2, 3, 3))), "must rise .* after frame 3 it changes by 0"),
        (mvnx(*map(frame_xml, (0, 1, 2, 3, 9**9))), "half of the frames"),
        (mvnx(frame_xml(0).replace("<position>0.000000", "<position>1e30")), "must lie within"),
        (mvnx(frame_xml(0), segments=(*SEGMENTS[:-1], SEGMENTS[0])), "must be unique"),
    ],
)
def test_what_contradicts_the_format_is_refused(tmp_path: Path, text: str, match: str) -> None:
    file = write(tmp_path / "a.mvnx", text)

    with pytest.raises(ReadError, match=match):
        read_mvnx(file)


def test_damaged_files_give_a_recording_or_an_error_of_ours(tmp_path: Path) -> None:
    data = mvnx(*map(frame_xml, range(125)), doctype="<!DOCTYPE mvnx>").encode()
    rng = np.random.default_rng(0)
    outcomes = set()

    for _ in range(300):
        damaged = bytearray(data)
        for end in rng.choice([1500, len(data)], size=rng.integers(1, 4)):
            damaged[rng.integers(end)] = rng.integers(256)
        (tmp_path / "b.mvnx").write_bytes(damaged)
        try:
            outcomes.add(type(read_mvnx(tmp_path / "b.mvnx")).__name__)
        except HybridMfpError as error:
            outcomes.add(type(error).__name__)

    assert outcomes == {"Recording", "ReadError"}


@pytest.mark.parametrize(
    ("name", "key", "side"),
    [
        ("P04_T07_L1.mvnx", TrialKey("P04", "1", "7", "1"), "left"),
        ("P30_T11_r12.mvnx", TrialKey("P30", "1", "11", "12"), "right"),
        ("P30_T11_l1.mvnx", TrialKey("P30", "1", "11", "1"), "left"),
        ("P30_T11.mvnx", TrialKey("P30_T11", "1", "1", "1"), None),
    ],
)
def test_names_of_u_limb_tell_trial_and_side(name: str, key: TrialKey, side: str | None) -> None:
    assert trial_from_name(Path(name)) == (key, side)


@pytest.mark.parametrize("name", RECORDINGS)
def test_real_recordings_agree_with_a_parse_of_the_whole_tree(real_data: Any, name: str) -> None:
    file = real_data("ulimb_uzh_mvnx") / name
    frames = ET.parse(file).iterfind(f".//{NAMESPACE}frame[@type='normal']")  # noqa: S314
    blocks = [
        [np.array(frame.findtext(f"{NAMESPACE}{tag}").split(), float) for tag in tags]
        for tags in [("position", "jointAngle")]
        for frame in frames
    ]
    expected = np.array([[*metres, *np.radians(degrees)] for metres, degrees in blocks]).T

    np.testing.assert_allclose(samples(read_mvnx(file)), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_bones_of_the_tested_arm_keep_their_length(real_data: Any, name: str) -> None:
    recording = read_mvnx(real_data("ulimb_uzh_mvnx") / name)

    assert recording.side is not None
    side = recording.side.title()
    shoulder, elbow, wrist = (
        point(recording, side + end) for end in ("UpperArm", "ForeArm", "Hand")
    )
    upper, fore = np.linalg.norm(elbow - shoulder, axis=0), np.linalg.norm(wrist - elbow, axis=0)
    for bone in (upper, fore):
        assert bone.min() > 0.2
        assert bone.max() < 0.45
        assert np.ptp(bone) < 1e-3
    assert np.ptp(wrist, axis=1).max() > 0.2  # it reaches somewhere


@pytest.mark.parametrize("name", RECORDINGS)
def test_elbow_angles_fit_the_angle_between_the_bones(real_data: Any, name: str) -> None:
    recording = read_mvnx(real_data("ulimb_uzh_mvnx") / name)

    assert recording.side is not None
    side = recording.side.title()
    shoulder, elbow, wrist = (
        point(recording, side + end) for end in ("UpperArm", "ForeArm", "Hand")
    )
    upper, fore = elbow - shoulder, wrist - elbow
    cosine = (upper * fore).sum(axis=0) / np.prod(
        [np.linalg.norm(bone, axis=0) for bone in (upper, fore)], axis=0
    )
    carrying, _, flexion = point(recording, f"j{side}Elbow")  # rotated about z, then about x
    # Xsens lets joints slide by up to 1 mm; against a forearm of 0.25 m that is a few 1e-4.
    np.testing.assert_allclose(np.cos(flexion) * np.cos(carrying), cosine, atol=1e-3)
