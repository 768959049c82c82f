from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridmfp.errors import HybridMfpError, ReadError
from hybridmfp.io.ulimb import read_ulimb
from hybridmfp.signals import Recording, find_montage

MARKERS = find_montage("mhh-markers")
MUSCLES = find_montage("mhh-emg")
RNG = np.random.default_rng(7)
KINEMATICS_MM = RNG.normal(size=(200, 63)).cumsum(axis=0).astype(np.float32)
EMG_V = (RNG.normal(size=(2000, 12)) * 1e-4).astype(np.float32)
NAMES = ",".join(f" {point},," for point in MARKERS.points)
AXES = ",".join("XYZ" * 21)


def _lines(rows: np.ndarray, tail: str = "") -> list[str]:
    return [",".join("" if np.isnan(c) else str(c) for c in row) + tail for row in rows]


def _write(path: Path, lines: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\r\n".join(lines) + "\r\n")
    return path


def _write_kinematics(path: Path, rows: np.ndarray = KINEMATICS_MM) -> Path:
    return _write(path, [NAMES, AXES, *_lines(rows)])


def _flat(folder: Path, *, scores: str = "1,17.9\n") -> Path:
    _write_kinematics(folder / "Stroke" / "S1_12_1.csv")
    (folder / "labels_stroke.csv").write_text("subject_id,fma_ue_mhh20\n" + scores)
    return folder


def _published(folder: Path) -> Path:
    _write(folder / "Stroke" / "All_EMG" / "S1_1_1.csv", _lines(EMG_V))
    _write_kinematics(folder / "Stroke" / "All_KIN" / "S1_1_1.csv")
    _write(folder / "Healthy" / "ALL_EMG" / "10_1_1.csv", _lines(EMG_V))
    _write_kinematics(folder / "Healthy" / "ALL_KIN" / "10_1_1.csv")
    _write(
        folder / "Metadata" / "MHH_Clinical_Labels.csv",
        ["Subject_ID,FMA_UE_Score", "S1,18", "10,14"],
    )
    return folder


def _only(folder: Path) -> Recording:
    (recording,) = read_ulimb(folder)
    return recording


def _found(recording: Recording) -> str:
    return " | ".join(f"{p.file}: {p.problem} -> {p.done}" for p in recording.problems)


def test_the_published_layout_is_read_in_si_units(tmp_path: Path) -> None:
    cohort = read_ulimb(_published(tmp_path))

    control, patient = cohort

    assert cohort.subjects == ("H10", "S1")
    assert patient.emg is not None
    assert patient.kinematics is not None
    assert np.array_equal(patient.emg.samples, EMG_V.T)
    assert patient.emg.channels == MUSCLES.channels
    assert patient.emg.units == ("V",) * 12
    assert patient.emg.rate_hz == 2000
    assert patient.kinematics.samples == pytest.approx(KINEMATICS_MM.T / 1000, rel=1e-6)
    assert patient.kinematics.channels == MARKERS.channels
    assert patient.kinematics.units == ("m",) * 63
    assert patient.kinematics.rate_hz == 200
    assert patient.montage == "mhh-markers"
    assert patient.problems == control.problems == ()


def test_columns_behind_the_markers_are_dropped_and_reported(tmp_path: Path) -> None:
    lines = [NAMES + ", Cylinder_1,,, Cylinder_2,,", AXES + ",X,Y,Z" * 2]
    _flat(tmp_path)
    _write(tmp_path / "Stroke" / "S1_12_1.csv", [*lines, *_lines(KINEMATICS_MM, "," * 6)])

    recording = _only(tmp_path)

    assert "69 columns, Cylinder_1, Cylinder_2" in _found(recording)
    assert recording.kinematics is not None
    assert recording.kinematics.samples == pytest.approx(KINEMATICS_MM.T / 1000, rel=1e-6)


def test_empty_unnamed_columns_are_dropped_and_reported(tmp_path: Path) -> None:
    _flat(tmp_path)
    _write(tmp_path / "Stroke" / "S1_12_1.csv", ["", "", *_lines(KINEMATICS_MM, "," * 6)])

    found = _found(_only(tmp_path))

    assert "6 empty columns behind the 63 expected" in found
    assert "2 blank header rows" in found


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ([], "no header rows"),
        (["", ""], "2 blank header rows"),
        (["," * 62, "," * 62], "2 blank header rows"),
        (["trajectories", "mm"], "do not name the points ('trajectories', ...)"),
        ([NAMES], "one header row instead of 2"),
        ([NAMES, ",".join(["mm"] * 63)], ""),
    ],
)
def test_every_header_keeps_all_samples(tmp_path: Path, header: list[str], told: str) -> None:
    _flat(tmp_path)
    _write(tmp_path / "Stroke" / "S1_12_1.csv", [*header, *_lines(KINEMATICS_MM)])

    recording = _only(tmp_path)

    assert recording.kinematics is not None
    assert recording.kinematics.samples == pytest.approx(KINEMATICS_MM.T / 1000, rel=1e-6)
    assert told in _found(recording)


def test_markers_are_taken_by_their_names(tmp_path: Path) -> None:
    order = [20, *range(20)]
    names = ["Time"] + [cell for at in order for cell in (f"S1:{MARKERS.points[at]}", "", "")]
    columns = [3 * at + axis for at in order for axis in range(3)]
    rows = np.column_stack([np.arange(200, dtype=np.float32), KINEMATICS_MM[:, columns]])
    _flat(tmp_path)
    _write(tmp_path / "Stroke" / "S1_12_1.csv", [",".join(names), "s," + AXES, *_lines(rows)])

    recording = _only(tmp_path)

    assert recording.kinematics is not None
    assert recording.kinematics.samples == pytest.approx(KINEMATICS_MM.T / 1000, rel=1e-6)
    assert "another order" in _found(recording)
    assert "Time being no part" in _found(recording)


def test_columns_named_axis_by_axis_are_understood(tmp_path: Path) -> None:
    _flat(tmp_path)
    names = ",".join(f"{p}_X,{p}_Y,{p}_Z" for p in MARKERS.points)
    _write(tmp_path / "Stroke" / "S1_12_1.csv", [names, *_lines(KINEMATICS_MM)])

    found = _found(_only(tmp_path))

    assert found.endswith("one header row instead of 2 -> no sample is skipped")


def test_a_marker_the_header_lacks_is_a_gap_and_reported(tmp_path: Path) -> None:
    names = ",".join(f"{point},," for point in MARKERS.points[:-1])
    _flat(tmp_path)
    _write(tmp_path / "Stroke" / "S1_12_1.csv", [names, AXES[:-6], *_lines(KINEMATICS_MM[:, :60])])

    recording = _only(tmp_path)

    assert recording.kinematics is not None
    assert np.isnan(recording.kinematics.samples[60:]).all()
    assert np.isfinite(recording.kinematics.samples[:60]).all()
    assert "no columns for CS_4" in _found(recording)


def test_a_marker_empty_throughout_is_reported_and_kept_as_a_gap(tmp_path: Path) -> None:
    rows = KINEMATICS_MM.copy()
    rows[:, 18:21] = np.nan
    _flat(tmp_path)
    _write_kinematics(tmp_path / "Stroke" / "S1_12_1.csv", rows)

    recording = _only(tmp_path)

    assert _found(recording) == "Stroke/S1_12_1.csv: ELB_M empty throughout -> kept as gaps"


@pytest.mark.parametrize(("n_gaps", "told"), [(9, False), (12, True)])
def test_gaps_are_reported_above_five_percent(tmp_path: Path, n_gaps: int, told: bool) -> None:
    rows = KINEMATICS_MM.copy()
    rows[20 : 20 + n_gaps] = np.nan
    _flat(tmp_path)
    _write_kinematics(tmp_path / "Stroke" / "S1_12_1.csv", rows)

    recording = _only(tmp_path)

    assert recording.kinematics is not None
    assert int((~recording.kinematics.valid).sum()) == n_gaps * 63
    assert ("gaps make up" in _found(recording)) is told


def test_text_and_infinity_are_gaps_and_reported(tmp_path: Path) -> None:
    lines = _lines(EMG_V)
    lines[5] = "oops" + lines[5][lines[5].index(",") :]
    lines[6] = "inf" + lines[6][lines[6].index(",") :]
    _published(tmp_path)
    _write(tmp_path / "Stroke" / "All_EMG" / "S1_1_1.csv", lines)

    patient = list(read_ulimb(tmp_path))[1]

    assert patient.emg is not None
    assert np.flatnonzero(np.isnan(patient.emg.samples[0])).tolist() == [5, 6]
    assert "All_EMG/S1_1_1.csv: 1 of 24000 cells hold text" in _found(patient)
    assert "1 cells are infinite" in _found(patient)


def test_a_header_above_emg_is_reported_or_obeyed(tmp_path: Path) -> None:
    aliases = ["DC", "BB", "TB", "FDS", "ED", "BR", "FCU", "ECU", "PT", "FCR", "APB", "ADM"]
    _published(tmp_path)
    file = tmp_path / "Stroke" / "All_EMG" / "S1_1_1.csv"
    swapped = np.roll(EMG_V, 1, axis=1)

    _write(file, [",".join(f"ch-{n}" for n in range(12)), *_lines(EMG_V)])
    by_order = list(read_ulimb(tmp_path))[1]
    _write(file, [",".join(aliases[-1:] + aliases[:-1]), *_lines(swapped)])
    by_name = list(read_ulimb(tmp_path))[1]

    for recording in (by_order, by_name):
        assert recording.emg is not None
        assert np.array_equal(recording.emg.samples, EMG_V.T)
    assert "1 header rows that do not name the points" in _found(by_order)
    assert "another order" in _found(by_name)


def test_durations_that_differ_are_reported_and_both_kept(tmp_path: Path) -> None:
    _published(tmp_path)
    _write(tmp_path / "Stroke" / "All_EMG" / "S1_1_1.csv", _lines(EMG_V[:1940]))

    patient = list(read_ulimb(tmp_path))[1]

    assert "EMG lasts 0.97 s, kinematics 1 s" in _found(patient)
    assert patient.modalities == ("emg", "kinematics")


def test_a_dead_electrode_is_reported(tmp_path: Path) -> None:
    rows = EMG_V.copy()
    rows[:, 3] = 0
    _published(tmp_path)
    _write(tmp_path / "Stroke" / "All_EMG" / "S1_1_1.csv", _lines(rows))

    patient = list(read_ulimb(tmp_path))[1]

    assert "flexor_digitorum_superficialis constant throughout" in _found(patient)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "blank|empty"),
        ([NAMES, AXES], "hold none"),
        ([NAMES, AXES, *_lines(KINEMATICS_MM[:1])], "at least 2 samples"),
        ([NAMES, AXES, *_lines(np.full((50, 63), np.nan))], "all 3150 are gaps"),
        ([NAMES, AXES, *_lines(np.ones((50, 63)))], "all 63 are constant"),
        (_lines(KINEMATICS_MM[:, :60]), "must have 63 columns.*it has 60"),
        ([NAMES, AXES, *_lines(KINEMATICS_MM[:, :60])], "63 in all; it has 60"),
        (_lines(np.ones((50, 66))), "must have 63 columns.*it has 66"),
        ([NAMES, AXES, *_lines(np.ones((50, 66)))], "63 in all; it has 66"),
        ([NAMES, ",".join("XZY" * 21), *_lines(KINEMATICS_MM)], "must repeat X, Y, Z"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    _flat(tmp_path)
    _write(tmp_path / "Stroke" / "S1_12_1.csv", lines)

    with pytest.raises(ReadError, match=f"S1_12_1.csv.*({message})"):
        _only(tmp_path)


def test_eleven_muscles_leave_the_emg_out_and_keep_the_kinematics(tmp_path: Path) -> None:
    _published(tmp_path)
    _write(tmp_path / "Stroke" / "All_EMG" / "S1_1_1.csv", _lines(EMG_V[:, :11]))

    recording = next(one for one in read_ulimb(tmp_path) if one.key.subject == "S1")

    assert recording.emg is None
    assert recording.kinematics is not None
    (problem,) = [one for one in recording.problems if "12 columns" in one.problem]
    assert problem.done == "emg of this trial left out"


def test_eleven_muscles_alone_are_refused(tmp_path: Path) -> None:
    _published(tmp_path)
    _write(tmp_path / "Stroke" / "All_EMG" / "S1_1_1.csv", _lines(EMG_V[:, :11]))
    (tmp_path / "Stroke" / "All_KIN" / "S1_1_1.csv").unlink()

    with pytest.raises(ReadError, match=r"must have 12 columns.*it has 11.*Name the columns"):
        list(read_ulimb(tmp_path))


def test_a_file_that_vanished_is_told(tmp_path: Path) -> None:
    cohort = read_ulimb(_flat(tmp_path))
    (tmp_path / "Stroke" / "S1_12_1.csv").unlink()

    with pytest.raises(ReadError, match="No such file"):
        list(cohort)


def test_rates_given_are_used_and_named_in_the_decoder(tmp_path: Path) -> None:
    _published(tmp_path)

    cohort = read_ulimb(tmp_path, emg_rate_hz=1000, kinematics_rate_hz=100)

    (control, _) = cohort
    assert control.emg is not None
    assert control.kinematics is not None
    assert (control.emg.rate_hz, control.kinematics.rate_hz) == (1000, 100)
    assert cohort.trials[0].decoder != read_ulimb(tmp_path).trials[0].decoder


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_garbled_files_are_read_or_refused_in_our_own_words(
    tmp_path: Path, data: st.DataObject
) -> None:
    _flat(tmp_path)
    file = tmp_path / data.draw(st.sampled_from(["Stroke/S1_12_1.csv", "labels_stroke.csv"]))
    lines = [NAMES, AXES, *_lines(KINEMATICS_MM[:12])]
    whole = (
        "\n".join(lines).encode()
        if file.suffix == ".csv" and "S1" in file.name
        else file.read_bytes()
    )
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)) | st.just(start))
    edges = st.text(",;\t\n\r\"'.-+eE0xX", max_size=9).map(str.encode)
    file.write_bytes(whole[:start] + data.draw(st.binary(max_size=30) | edges) + whole[stop:])

    try:
        recordings = list(read_ulimb(tmp_path))
    except HybridMfpError:
        return

    assert len(recordings) == 1
