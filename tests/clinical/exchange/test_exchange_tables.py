"""What tables of a course promise, in memory and as files."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from exchange_builder import BARE, COURSE, FULL, RATED, REFUSED, bundle, courses, review
from hypothesis import HealthCheck, given, settings

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange import (
    CourseTables,
    course_tables,
    validated_bundle,
    write_csv,
    write_xlsx,
)
from hybridmfp.clinical.exchange.columns import table_columns
from hybridmfp.clinical.rating import read_rating
from hybridmfp.clinical.review import review_course
from hybridmfp.errors import ClinicalError, MissingDependencyError, WriteError

_DIGITS = 1e-15  # openpyxl writes 16 significant digits
_NUMBERS = {
    table: [name for name, facts in columns.items() if facts["kind"] == "number"]
    for table, columns in table_columns().items()
}


def _read_csv(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", float_precision="round_trip")


def _same_numbers(tables: CourseTables, read: Any, *, rtol: float = 0) -> None:
    for name, frame in tables.frames.items():
        found = read(name)
        assert list(found.columns) == list(frame.columns), name
        for column in _NUMBERS[name]:
            expected = frame[column].to_numpy(float)
            np.testing.assert_allclose(found[column].to_numpy(float), expected, rtol=rtol, atol=0)


def test_the_dictionary_explains_every_column_of_every_table_and_no_other() -> None:
    frames = course_tables(COURSE, review()).frames
    explained = frames["dictionary"]

    columns = [(table, column) for table, frame in frames.items() for column in frame.columns]
    assert list(zip(explained["table"], explained["column"], strict=True)) == columns
    assert explained["meaning"].notna().all()
    numbers = explained[explained["kind"] == "number"]
    assert numbers["unit"].notna().all()


def test_every_table_says_something_about_the_course() -> None:
    frames = course_tables(COURSE, review()).frames

    assert {name for name, frame in frames.items() if frame.empty} == {"trend", "alarms"}
    assert len(frames["visits"]) == 5
    assert len(frames["items"]) == 66
    assert len(frames["prognosis"]) == 27
    assert len(frames["strata"]) == 5


def test_numbers_of_the_tables_are_those_of_course_and_review() -> None:
    told = review()
    frames = course_tables(COURSE, told).frames

    visits = frames["visits"].set_index(["session", "source"])
    assert visits.loc[("S1", "estimated"), "interval_low_points"] == 25.125
    assert np.isnan(visits.loc[("S2", "estimated"), "score_points"])
    assert visits.loc[("S2", "estimated"), "refused"]
    strata = frames["strata"]
    assert strata["probability_fraction"].tolist() == [
        one["probability"] for one in told["stratum"]["strata"]
    ]
    assert strata.loc[strata["most_likely"], "stratum"].tolist() == [told["stratum"]["most_likely"]]
    fan = frames["prognosis"].set_index("time_weeks")
    assert fan.loc[12, "q50_points"] == told["prognosis"]["fan"][12]["q50"]
    changes = frames["changes"].set_index("since")
    assert changes.loc["first", "change_points"] == 5.5
    assert changes.loc["first", "mdc_points"] == told["change"]["since_first"]["mdc"]
    plan = frames["plan"]
    offered = [one["title"] for one in told["plan"]["modules"]]
    assert plan.loc[plan["offered"], "title"].tolist() == offered


def test_a_trend_and_its_alarms_become_rows() -> None:
    trend = {
        "source": "rated", "refused": None,
        "fitted": [{"week": 1.5, "mean": 30.0, "low": 28.0, "high": 32.0}],
        "alarms": [{"kind": "plateau", "session": "S4", "week": 6.0, "message": "flat"}],
    }  # fmt: skip

    frames = course_tables(COURSE, {**review(), "trend": trend}).frames

    assert frames["trend"].to_numpy().tolist() == [["P01", "rated", 1.5, 30.0, 28.0, 32.0]]
    assert frames["alarms"].to_numpy().tolist() == [["P01", "rated", "plateau", "S4", 6.0, "flat"]]


def test_what_was_refused_is_told_by_name() -> None:
    refused = {"refused": {"refusal": "poor_quality", "message": "signals are red"}}

    told = course_tables(COURSE, {**review(), "plan": refused}).frames["refusals"]

    rows = told.set_index("section")
    assert rows.loc["plan", "refusal"] == "poor_quality"
    assert rows.loc["trend", "refusal"] == "too_few"
    assert rows.loc["prognosis.PREP2", "refusal"] == "missing_input"


def test_without_a_review_only_the_course_is_told() -> None:
    frames = course_tables(COURSE).frames

    full = {name for name, frame in frames.items() if not frame.empty}
    assert full == {"visits", "ratings", "items", "biomarkers", "dictionary"}


def test_biomarkers_have_the_unit_of_their_feature() -> None:
    units = course_tables(COURSE).frames["biomarkers"].set_index("biomarker")["unit"]

    assert units["kin.peak_speed"] == "m/s"
    assert units["emg.rms.biceps_brachii"] == "V"
    assert units["of_ours"] is None


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(course=courses())
def test_any_course_comes_back_from_csv_and_xlsx_with_the_same_numbers(
    course: PatientCourse, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    plain = tuple(replace(one, reasons=()) for one in course.visits)
    tables = course_tables(replace(course, visits=plain))

    write_csv(tables, folder / "csv")
    write_xlsx(tables, folder / "course.xlsx")

    _same_numbers(tables, lambda name: _read_csv(folder / "csv", name))
    sheets = pd.read_excel(folder / "course.xlsx", sheet_name=None)
    _same_numbers(tables, sheets.__getitem__, rtol=_DIGITS)


def test_a_course_with_its_review_comes_back_with_the_same_numbers(tmp_path: Path) -> None:
    tables = course_tables(COURSE, review(signed=True))

    write_csv(tables, tmp_path / "csv")
    write_xlsx(tables, tmp_path / "course.xlsx")

    _same_numbers(tables, lambda name: _read_csv(tmp_path / "csv", name))
    sheets = pd.read_excel(tmp_path / "course.xlsx", sheet_name=None)
    _same_numbers(tables, sheets.__getitem__, rtol=_DIGITS)
    assert list(sheets) == list(tables.frames)


def test_csv_is_always_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_csv(course_tables(COURSE, review()), tmp_path / name)

    first = sorted((tmp_path / "one").iterdir())
    assert len(first) == 14
    for file in first:
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
        assert b"\r" not in file.read_bytes()


def test_a_row_of_ratings_is_a_rating_file(tmp_path: Path) -> None:
    write_csv(course_tables(PatientCourse("P01", (RATED,))), tmp_path / "csv")

    rating = read_rating(tmp_path / "csv" / "ratings.csv")

    assert (rating.subject, rating.session, rating.days_post_stroke) == ("P01", "S1", 5)
    assert (rating.side, rating.total) == ("left", 36)
    assert rating.items == RATED.items


_FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "#N/A", "=A1"]


def _with_reasons(*reasons: str) -> CourseTables:
    visits = [
        replace(REFUSED, session=f"S{number}", reasons=(reason,))
        for number, reason in enumerate(reasons)
    ]
    return course_tables(PatientCourse("P01", tuple(visits)))


def test_a_workbook_never_holds_a_formula(tmp_path: Path) -> None:
    write_xlsx(_with_reasons(*_FORMULAS), tmp_path / "course.xlsx")

    sheet = openpyxl.load_workbook(tmp_path / "course.xlsx")["visits"]
    column = [cell.value for cell in sheet[1]].index("reasons") + 1
    cells = [sheet.cell(row, column) for row in range(2, sheet.max_row + 1)]
    assert [cell.value for cell in cells] == _FORMULAS
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_spreadsheet_finds_no_formula_in_csv(tmp_path: Path) -> None:
    write_csv(_with_reasons(*_FORMULAS), tmp_path / "csv")

    with (tmp_path / "csv" / "visits.csv").open(newline="", encoding="utf-8") as file:
        found = [row["reasons"] for row in csv.DictReader(file)]
    assert not [one for one in found if one[0] in "=+-@\t\r"]
    assert [one.removeprefix("'") for one in found] == _FORMULAS


@pytest.mark.parametrize("reason", ["\x00", "\x0b", "\ud800", "x" * 32_768])
def test_a_text_that_a_cell_cannot_hold_is_refused_and_leaves_no_file(
    reason: str, tmp_path: Path
) -> None:
    with pytest.raises(WriteError, match="visits, row 2"):
        write_xlsx(_with_reasons(reason), tmp_path / "course.xlsx")

    assert not list(tmp_path.iterdir())


def test_the_longest_text_of_a_cell_is_kept_whole(tmp_path: Path) -> None:
    write_xlsx(_with_reasons("x" * 32_767), tmp_path / "course.xlsx")

    read = pd.read_excel(tmp_path / "course.xlsx", sheet_name="visits")
    assert read["reasons"][0] == "x" * 32_767


def test_half_a_character_is_refused_in_csv(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="half a character"):
        write_csv(_with_reasons("\ud800"), tmp_path / "csv")

    assert not list(tmp_path.iterdir())


def test_nothing_is_replaced_unless_allowed(tmp_path: Path) -> None:
    tables = course_tables(PatientCourse("P01", (BARE,)))
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "mine.txt").write_text("mine")
    (tmp_path / "course.xlsx").write_text("mine")

    with pytest.raises(WriteError, match="must be empty or not exist"):
        write_csv(tables, tmp_path / "csv")
    with pytest.raises(WriteError, match="must not exist yet"):
        write_xlsx(tables, tmp_path / "course.xlsx")
    assert (tmp_path / "course.xlsx").read_text() == "mine"

    write_csv(tables, tmp_path / "csv", overwrite=True)
    write_xlsx(tables, tmp_path / "course.xlsx", overwrite=True)
    assert not (tmp_path / "csv" / "mine.txt").exists()
    assert pd.read_excel(tmp_path / "course.xlsx")["score_points"].tolist() == [41.5]


def test_a_workbook_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="must end in"):
        write_xlsx(course_tables(COURSE), tmp_path / "course.xls")


def test_without_openpyxl_the_command_to_install_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    with pytest.raises(MissingDependencyError, match=r"hybridmfp\[exchange\]"):
        write_xlsx(course_tables(COURSE), tmp_path / "course.xlsx")


def test_paths_and_other_reviews_are_refused() -> None:
    placed = PatientCourse("P01", (Visit("/data/S1", 3, "rated", 66, items=FULL),))

    with pytest.raises(ClinicalError, match="plain names"):
        course_tables(placed)
    with pytest.raises(ClinicalError, match="same subject"):
        course_tables(COURSE, {**review(), "subject": "P02"})


def test_what_a_review_says_can_be_handed_over_as_it_is() -> None:
    visits = tuple(Visit(f"S{week}", 14 + 7 * week, "rated", 20 + 2 * week) for week in range(12))
    course = PatientCourse("P01", visits)
    told = review_course(course).as_json()

    frames = course_tables(course, told).frames

    validated_bundle(bundle(course, told))
    assert len(frames["trend"]) == len(told["trend"]["fitted"])
    assert len(frames["alarms"]) == len(told["trend"]["alarms"])
    named = frames["refusals"].set_index("section")["refusal"]
    assert named["plan"] == told["plan"]["refused"]["refusal"]
