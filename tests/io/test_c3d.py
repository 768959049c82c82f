"""What the C3D reader promises."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import ezc3d
import numpy as np
import pytest

from hybridmfp.errors import HybridMfpError, MissingDependencyError, ReadError
from hybridmfp.io.c3d import read_c3d
from hybridmfp.signals import MONTAGES, Recording, TrialKey

N_FRAMES = 20
RATE_HZ = 100.0
ANALOG_RATE_HZ = 1000.0


def markers_mm(n_points: int = 2) -> np.ndarray:
    """Shape (3, n_points, n_frames), up to half a metre apart."""
    return np.random.default_rng(0).uniform(100, 900, (3, n_points, N_FRAMES))


def write_c3d(
    path: Path,
    *,
    points: np.ndarray | None = None,
    point_labels: tuple[str, ...] = ("WRA", "ELB"),
    point_units: tuple[str, ...] = ("mm",),
    analogs: np.ndarray | None = None,
    analog_labels: tuple[str, ...] = (),
    analog_units: tuple[str, ...] = (),
    extra: dict[tuple[str, str], Any] | None = None,
) -> Path:
    file = ezc3d.c3d()
    parameters = file["parameters"]
    parameters["POINT"]["RATE"]["value"] = [RATE_HZ]
    parameters["POINT"]["LABELS"]["value"] = point_labels
    parameters["POINT"]["UNITS"]["value"] = point_units
    located = markers_mm(len(point_labels)) if points is None else points
    file["data"]["points"] = np.concatenate([located, np.ones_like(located[:1])])
    if analog_labels:
        if analogs is None:
            n_samples = int(N_FRAMES * ANALOG_RATE_HZ / RATE_HZ)
            analogs = np.random.default_rng(1).normal(0, 1, (len(analog_labels), n_samples))
        parameters["ANALOG"]["RATE"]["value"] = [ANALOG_RATE_HZ]
        parameters["ANALOG"]["LABELS"]["value"] = analog_labels
        parameters["ANALOG"]["UNITS"]["value"] = analog_units
        file["data"]["analogs"] = analogs[np.newaxis]
    for (group, name), value in (extra or {}).items():
        file.add_parameter(group, name, value)
    file.write(str(path))
    return path


def write_small(path: Path) -> Path:
    return write_c3d(
        path, analog_labels=("EMG.Biceps", "Force.Fx", "TB"), analog_units=("mV", "N", "V")
    )


def reported(recording: Recording) -> str:
    return " | ".join(f"{problem.problem}: {problem.done}" for problem in recording.problems)


@pytest.mark.parametrize(("unit", "metres"), [("mm", 1e-3), ("cm", 1e-2), ("m", 1.0)])
def test_markers_become_metres(tmp_path: Path, unit: str, metres: float) -> None:
    points = markers_mm()
    file = write_c3d(tmp_path / "reach.c3d", points=points, point_units=(unit,))

    recording = read_c3d(file)

    assert recording.kinematics is not None
    assert recording.kinematics.channels == ("WRA_x", "WRA_y", "WRA_z", "ELB_x", "ELB_y", "ELB_z")
    assert set(recording.kinematics.units) == {"m"}
    assert recording.kinematics.rate_hz == RATE_HZ
    expected = points.transpose(1, 0, 2).reshape(6, N_FRAMES) * metres
    np.testing.assert_allclose(recording.kinematics.samples, expected, rtol=1e-6)  # float32
    assert recording.key == TrialKey("reach", "1", "1", "1")
    assert recording.provenance[0].reader == "c3d/1"


def test_markers_not_seen_are_gaps_of_all_three_axes(tmp_path: Path) -> None:
    points = markers_mm()
    points[1, 0, 3] = np.nan
    points[:, 1, -4:] = 0
    file = write_c3d(tmp_path / "a.c3d", points=points)
    whole = write_c3d(tmp_path / "b.c3d")
    data = bytearray(whole.read_bytes())
    first_residual = (int.from_bytes(data[16:18], "little") - 1) * 512 + 12
    data[first_residual : first_residual + 4] = struct.pack("<f", -1)
    whole.write_bytes(data)

    zeroed, unseen = read_c3d(file).kinematics, read_c3d(whole).kinematics

    assert zeroed is not None
    assert unseen is not None
    expected = np.ones((6, N_FRAMES), dtype=bool)
    expected[:3, 3] = False
    expected[3:, -4:] = False
    np.testing.assert_array_equal(zeroed.valid, expected)
    assert not unseen.valid[:3, 0].any()
    assert unseen.valid.sum() == unseen.valid.size - 3


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "mm"), (1e-3, "m")])
def test_a_missing_unit_is_told_from_the_size_of_a_body_and_reported(
    tmp_path: Path, scale: float, unit: str
) -> None:
    file = write_c3d(tmp_path / "a.c3d", points=markers_mm() * scale, point_units=())

    recording = read_c3d(file)

    assert f"UNITS is missing; the markers spread over {scale * 790:.0g}"[:20] in reported(
        recording
    )
    assert f"taken as {unit}" in reported(recording)
    assert recording.kinematics is not None
    np.testing.assert_allclose(
        recording.kinematics.samples[0], markers_mm()[0, 0] / 1000, rtol=1e-6
    )


@pytest.mark.parametrize("scale", [1e-5, 0.1])
def test_a_missing_unit_that_could_be_any_is_refused(tmp_path: Path, scale: float) -> None:
    file = write_c3d(tmp_path / "a.c3d", points=markers_mm() * scale, point_units=())

    with pytest.raises(ReadError, match=r"UNITS of a\.c3d must be mm, cm or m; it is missing"):
        read_c3d(file)


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    file = write_c3d(tmp_path / "a.c3d", point_units=("inch",))

    with pytest.raises(ReadError, match="must be one of mm, cm, m; got inch"):
        read_c3d(file)


@pytest.mark.parametrize(("unit", "volts"), [("V", 1.0), ("mV", 1e-3), ("uV", 1e-6)])
def test_emg_becomes_volts_at_its_own_rate(tmp_path: Path, unit: str, volts: float) -> None:
    analogs = np.random.default_rng(2).normal(0, 1, (1, 200))
    file = write_c3d(
        tmp_path / "a.c3d", analogs=analogs, analog_labels=("Biceps",), analog_units=(unit,)
    )

    emg = read_c3d(file).emg

    assert emg is not None
    assert emg.channels == ("biceps_brachii",)
    assert emg.units == ("V",)
    assert emg.rate_hz == ANALOG_RATE_HZ
    np.testing.assert_allclose(emg.samples, analogs * volts, rtol=1e-6)  # float32


@pytest.mark.parametrize(
    ("label", "muscle"),
    [
        ("Voltage.Delt_ant", "deltoid_anterior"),
        ("Delt_ant.EMG1", "deltoid_anterior"),
        ("EMG Biceps", "biceps_brachii"),
        ("Pec.IM EMG12", "pectoralis_major"),
        ("R_Triceps", "triceps_brachii"),
        ("TB", "triceps_brachii"),
        ("m. pronator teres", "pronator_teres"),
    ],
)
def test_muscles_are_found_behind_prefixes_and_suffixes(
    tmp_path: Path, label: str, muscle: str
) -> None:
    file = write_c3d(tmp_path / "a.c3d", analog_labels=(label,), analog_units=("V",))

    emg = read_c3d(file).emg

    assert emg is not None
    assert emg.channels == (muscle,)


@pytest.mark.parametrize(
    ("label", "unit"), [("Biceps ACC X", "V"), ("DC offset", "V"), ("Biceps", "g"), ("Biceps", "")]
)
def test_what_only_looks_like_emg_is_not_read_and_said_so(
    tmp_path: Path, label: str, unit: str
) -> None:
    file = write_c3d(tmp_path / "a.c3d", analog_labels=(label, "TB"), analog_units=(unit, "V"))

    recording = read_c3d(file)

    assert recording.emg is not None
    assert recording.emg.channels == ("triceps_brachii",)
    assert label in reported(recording)
    assert "not read" in reported(recording)


def test_two_channels_of_one_muscle_are_refused_until_one_is_chosen(tmp_path: Path) -> None:
    analogs = np.arange(400.0).reshape(2, 200)
    file = write_c3d(
        tmp_path / "a.c3d",
        analogs=analogs,
        analog_labels=("L Biceps", "R Biceps"),
        analog_units=("V", "V"),
    )

    with pytest.raises(ReadError, match="biceps_brachii has L Biceps, R Biceps"):
        read_c3d(file)
    by_side, by_label = read_c3d(file, side="right"), read_c3d(file, emg=["L Biceps"])

    assert by_side.emg is not None
    assert by_label.emg is not None
    np.testing.assert_array_equal(by_side.emg.samples, analogs[1:])
    np.testing.assert_array_equal(by_label.emg.samples, analogs[:1])
    assert "L Biceps" in reported(by_side)
    assert (by_side.side, by_label.side) == ("right", None)
    assert by_side.provenance[0].reader != by_label.provenance[0].reader


def test_channels_chosen_by_label_keep_it_if_it_names_no_muscle(tmp_path: Path) -> None:
    file = write_c3d(tmp_path / "a.c3d", analog_labels=("Sensor 3", "TB"), analog_units=("V", "V"))

    emg = read_c3d(file, emg=["TB", "Sensor 3"]).emg

    assert emg is not None
    assert emg.channels == ("triceps_brachii", "Sensor 3")
    with pytest.raises(ReadError, match=r"got Sensor 9\. Its channels: Sensor 3, TB"):
        read_c3d(file, emg=["Sensor 9"])


def test_angles_and_forces_stored_as_points_are_no_markers(tmp_path: Path) -> None:
    file = write_c3d(
        tmp_path / "a.c3d",
        point_labels=("WRA", "RElbowAngles"),
        extra={("POINT", "ANGLES"): ["RElbowAngles"]},
    )

    recording = read_c3d(file)

    assert recording.kinematics is not None
    assert recording.kinematics.channels == ("WRA_x", "WRA_y", "WRA_z")
    assert "RElbowAngles: not read" in reported(recording)


def test_events_count_from_the_first_sample_of_a_cut_take(tmp_path: Path) -> None:
    file = write_c3d(
        tmp_path / "a.c3d",
        extra={
            ("EVENT", "USED"): [2],
            ("EVENT", "TIMES"): np.array([[0.0, 1.0], [1.05, 0.0]]),
            ("EVENT", "LABELS"): ["grasp", "late"],
            ("EVENT", "CONTEXTS"): ["Right", "General"],
        },
    )
    data = bytearray(file.read_bytes())
    data[6:10] = struct.pack("<2H", 101, 100 + N_FRAMES)  # cut after one second
    file.write_bytes(data)

    recording = read_c3d(file)

    assert [event.label for event in recording.events] == ["Right grasp"]
    assert recording.events[0].time_s == pytest.approx(0.05, abs=1e-6)
    assert "late at 59 s" in reported(recording)


def test_markers_stored_as_whole_numbers_are_scaled(tmp_path: Path) -> None:
    file = write_c3d(tmp_path / "a.c3d")
    data = bytearray(file.read_bytes())
    start = (int.from_bytes(data[16:18], "little") - 1) * 512
    scale, minus_one = 0.05, struct.pack("<f", -1)
    whole = np.random.default_rng(3).integers(-9000, 9000, (N_FRAMES, 2, 4), dtype="<i2")
    whole[:, :, 3] = 0
    at = data.index(b"SCALE") + len("SCALE") + 4
    assert data[at : at + 4] == data[12:16] == minus_one
    data[12:16] = data[at : at + 4] = struct.pack("<f", scale)
    file.write_bytes(data[:start] + whole.tobytes())

    kinematics = read_c3d(file).kinematics

    assert kinematics is not None
    expected = whole[:, :, :3].transpose(1, 2, 0).reshape(6, N_FRAMES) * scale / 1000
    np.testing.assert_allclose(kinematics.samples, expected, rtol=1e-5)


def test_labels_of_a_shipped_montage_are_recognised(tmp_path: Path) -> None:
    points = MONTAGES["mhh-markers"].points
    whole = write_c3d(tmp_path / "a.c3d", point_labels=points)
    part = write_c3d(tmp_path / "b.c3d", point_labels=points[1:])

    assert read_c3d(whole).montage == "mhh-markers"
    assert read_c3d(part).montage is None


@pytest.mark.parametrize("labels", [("WRA", "WRA")])
def test_markers_of_the_same_name_are_refused(tmp_path: Path, labels: tuple[str, ...]) -> None:
    file = write_c3d(tmp_path / "a.c3d", point_labels=labels)

    with pytest.raises(ReadError, match="channels must be unique; got WRA_x"):
        read_c3d(file)


def test_every_shortened_file_is_refused(tmp_path: Path) -> None:
    data = write_small(tmp_path / "a.c3d").read_bytes()
    cut = tmp_path / "cut.c3d"
    start = (int.from_bytes(data[16:18], "little") - 1) * 512
    needed = start + N_FRAMES * (2 * 4 + 3 * 10) * 4

    for length in (*range(0, needed, 97), needed - 1):
        cut.write_bytes(data[:length])
        with pytest.raises(
            ReadError, match=r"cut\.c3d must (be a C3D|have \d+ bytes)|in this order"
        ):
            read_c3d(cut)
    cut.write_bytes(data[:needed])
    assert read_c3d(cut).kinematics is not None


def test_a_shortened_file_is_told_what_is_missing(tmp_path: Path) -> None:
    file = write_small(tmp_path / "a.c3d")
    file.write_bytes(file.read_bytes()[:3000])

    with pytest.raises(ReadError, match=r"must have 4576 bytes .* 20 frames .* it has 3000"):
        read_c3d(file)


@pytest.mark.parametrize("content", [b"", b"solid", b"\x02\x50", b"<?xml" * 500, bytes(4096)])
def test_what_is_no_c3d_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.c3d"
    file.write_bytes(content)

    with pytest.raises(ReadError, match=r"a\.c3d must be a C3D file"):
        read_c3d(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"none\.c3d must be a readable file"):
        read_c3d(tmp_path / "none.c3d")


@pytest.mark.parametrize(
    ("name", "behind", "byte", "match"),
    [
        (b"POINT", 2, 0xFF, "a description of 255 characters"),
        (b"LABELS", 3, 0x00, "type -1 with 0 dimensions"),
        (b"LABELS", 4, 0xFF, "parameters of a.c3d must follow each other"),
        (b"RATIO", 5, 0xFF, "at most 1000 samples per frame"),
        (b"SCALE", 0, ord("s"), "POINT:SCALE|header says True"),
        (b"USED", 4, 0x07, "the header says 2, the parameters 7"),
        (b"FRAMES", 4, 0x07, "the header says 20, the parameters 7"),
    ],
)
def test_damage_that_would_end_the_interpreter_is_found_before_decoding(
    tmp_path: Path, name: bytes, behind: int, byte: int, match: str
) -> None:
    file = write_small(tmp_path / "a.c3d")
    data = bytearray(file.read_bytes())
    at = data.index(name) + (len(name) + behind if behind else 0)
    data[at] = byte
    file.write_bytes(data)

    with pytest.raises(ReadError, match=match):
        read_c3d(file)


@pytest.mark.parametrize(
    ("found", "put", "match"),
    [
        (b"\x54\x05\xffPOINT", b"\x55\x05\xffPOINT", r"as Intel processors do \(84\); .* says 85"),
        (b"EZC3D", b"POINT", "must have a name of its own; got .*'POINT', 'POINT'"),
        (
            b"USED\x07\x00\x02\x00\x00\x00\x00\x0a\x05DATA_START",
            b"USED\x07\x00\x02\x00\x03\x00\x00\x0a\x05DATA_START",
            "counts 3.0 segments, which are not read",
        ),
        (
            b"DEEP\x0d\x00\x04\x04\x01\x01\x01\x01",
            b"DEEP\x09\x00\x04\x04\xff\xff\x02\x00",
            r"dimensions \[255, 255, 2, 0\]",
        ),
    ],
)
def test_what_the_decoder_cannot_follow_is_refused(
    tmp_path: Path, found: bytes, put: bytes, match: str
) -> None:
    deep = {("DEEPER", "DEEP"): np.zeros((1, 1, 1, 1))}
    file = write_c3d(tmp_path / "a.c3d", extra=deep)
    data = file.read_bytes()
    assert data.count(found) == 1
    file.write_bytes(data.replace(found, put))

    with pytest.raises(ReadError, match=match):
        read_c3d(file)


def test_damaged_files_give_a_recording_or_an_error_of_ours(tmp_path: Path) -> None:
    data = write_small(tmp_path / "a.c3d").read_bytes()
    start = (int.from_bytes(data[16:18], "little") - 1) * 512
    rng = np.random.default_rng(0)
    places = [*range(24), *(at for at in range(512, start) if data[at]), start, start + 3]
    outcomes = set()

    for _ in range(500):
        damaged = bytearray(data)
        for place in rng.choice(places, size=rng.integers(1, 4)):
            damaged[place] = rng.integers(256)
        (tmp_path / "b.c3d").write_bytes(damaged)
        try:
            outcomes.add(type(read_c3d(tmp_path / "b.c3d")).__name__)
        except HybridMfpError as error:
            outcomes.add(type(error).__name__)

    assert outcomes == {"Recording", "ReadError"}


def test_impossible_positions_are_refused(tmp_path: Path) -> None:
    points = markers_mm()
    points[0, 0, 0] = 1e30
    file = write_c3d(tmp_path / "a.c3d", points=points)

    with pytest.raises(ReadError, match=r"marker positions in metres of a\.c3d must lie within"):
        read_c3d(file)


def test_without_ezc3d_the_way_to_install_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_small(tmp_path / "a.c3d")
    monkeypatch.setitem(sys.modules, "ezc3d", None)

    with pytest.raises(MissingDependencyError, match="pip install ezc3d"):
        read_c3d(file)


def test_the_shoulder_recording_agrees_with_its_raw_bytes(real_data: Any) -> None:
    file = real_data("shoulder_c3d") / "markers_analogs.c3d"
    words = np.fromfile(file, dtype="<f4", offset=28 * 512, count=580 * (51 * 4 + 38 * 20))
    frames = words.reshape(580, -1)
    markers = frames[:, : 51 * 4].reshape(580, 51, 4)
    analogs = frames[:, 51 * 4 :].reshape(580 * 20, 38)

    recording = read_c3d(file)

    assert recording.kinematics is not None
    assert recording.emg is not None
    expected = np.where(markers[:, :, 3:] < 0, np.nan, markers[:, :, :3] / 1000)
    np.testing.assert_allclose(
        recording.kinematics.samples, expected.transpose(1, 2, 0).reshape(153, 580), rtol=1e-6
    )
    assert np.isnan(recording.kinematics.samples).sum() == 3 * 305
    np.testing.assert_array_equal(
        recording.emg.samples[recording.emg.channels.index("deltoid_anterior")], analogs[:, 6]
    )


def test_the_shoulder_recording_is_physically_plausible(real_data: Any) -> None:
    recording = read_c3d(real_data("shoulder_c3d") / "markers_analogs.c3d")

    assert recording.kinematics is not None
    assert recording.emg is not None
    assert recording.device == "Vicon Nexus"
    assert recording.emg.n_channels == 13
    assert recording.emg.rate_hz == 2000
    assert recording.emg.duration_s == recording.kinematics.duration_s == 5.8
    assert 1e-5 < np.abs(recording.emg.samples).max() < 0.1  # volts at the skin
    assert np.abs(recording.emg.samples).max(axis=1).min() > 1e-6  # no dead channel
    assert np.nanmax(np.abs(recording.kinematics.samples)) < 3  # metres
    speed = np.abs(np.diff(recording.kinematics.samples, axis=1)) * recording.kinematics.rate_hz
    assert np.nanmax(speed) < 15  # metres per second
    assert "25 analog channels" in reported(recording)
