"""What ratings by hand promise: possible, complete, and read as they were written."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rating_builder import FMA_UE, HIGHEST, LOWEST

from hybridmfp.clinical.rating import (
    Rating,
    check_rating,
    rating_template,
    read_rating,
    visit_from_rating,
)
from hybridmfp.errors import ClinicalError, HybridMfpError, ReadError

HEAD = {"subject": "P01", "session": "week 2", "days_post_stroke": "14", "side": "left"}
MIXED = LOWEST | {"A1a": 2, "A2e": 2, "A2h": 1, "C1": 1}


def refusal(act: Callable[[], object], message: str) -> str:
    with pytest.raises(ClinicalError, match=message) as refused:
        act()
    return refused.value.refusal


def pairs(told: Mapping[str, object], *, separator: str = ",") -> str:
    return "".join(f"{name}{separator}{value}\n" for name, value in told.items())


def wide(told: Mapping[str, object], *, separator: str = ",") -> str:
    return f"{separator.join(told)}\n{separator.join(map(str, told.values()))}\n"


def written(folder: Path, text: str | bytes, name: str = "rating.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# Items ------------------------------------------------------------------------------------------


def test_the_highest_and_the_lowest_rating_are_possible() -> None:
    assert sum(check_rating(HIGHEST, whose="P01").values()) == 66
    assert sum(check_rating(LOWEST, whose="P01").values()) == 0


def test_items_come_back_in_the_order_of_the_scale_as_whole_numbers() -> None:
    shuffled = {name: np.float64(MIXED[name]) for name in reversed(list(MIXED))}

    checked = check_rating(shuffled, whose="P01")

    assert list(checked) == [item.identifier for item in FMA_UE.items]
    assert all(type(points) is int for points in checked.values())


def test_all_missing_items_are_named() -> None:
    told = {name: points for name, points in HIGHEST.items() if name != "B2"} | {"C7": None}

    assert refusal(lambda: check_rating(told, whose="P01"), "B2, C7 missing") == "missing_items"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"A1a": 1}, "A1a of P01 must have one of 0, 2"),
        ({"A2a": 3}, "A2a of P01 must have one of 0, 1, 2"),
        ({"A2a": -1}, "got -1"),
        ({"A2a": 1.5}, "got 1.5"),
        ({"A2a": float("nan")}, "must have a number of points"),
        ({"A2a": True}, "must have a number of points; got True"),
        ({"A2a": "2"}, "must have a number of points; got '2'"),
        ({"A2a": 10**400}, "must have a number of points"),
        ({"A2z": 1}, "must be items of fma-ue, .*; got 'A2z'"),
        ({"subject": "P01"}, "must be items of fma-ue, .*; got 'subject'"),
        ({"A4b": 1}, "A5 of P01 must be 0 while item A4b is below 2"),
    ],
)
def test_impossible_items_are_refused(changed: Mapping[str, Any], message: str) -> None:
    told = HIGHEST | changed

    assert refusal(lambda: check_rating(told, whose="P01"), message) == "impossible_items"


def test_a5_is_possible_once_a4_is_full_and_only_then() -> None:
    full = LOWEST | {"A4a": 2, "A4b": 2, "A4c": 2, "A5": 1}

    assert check_rating(full, whose="P01")["A5"] == 1
    for name in ("A4a", "A4b", "A4c"):
        less = full | {name: 1}
        message = f"A5 of P01 must be 0 while item {name}"
        assert refusal(lambda told=less: check_rating(told, whose="P01"), message) == (
            "impossible_items"
        )
        assert check_rating(less | {"A5": 0}, whose="P01")[name] == 1


@pytest.mark.parametrize("total", [5, 7])
def test_a_total_one_off_is_refused(total: int) -> None:
    assert check_rating(MIXED, whose="P01", total=6)
    told = refusal(lambda: check_rating(MIXED, whose="P01", total=total), "which sum to 6")
    assert told == "impossible_items"


@pytest.mark.parametrize("off", [-1, 1])
@pytest.mark.parametrize(("section", "points"), [("A", 5), ("B", 0), ("C", 1), ("D", 0)])
def test_a_section_one_off_is_refused(section: str, points: int, off: int) -> None:
    assert check_rating(MIXED, whose="P01", sections={section: points})
    told = refusal(
        lambda: check_rating(MIXED, whose="P01", sections={section: points + off}),
        f"section {section} of P01 must be the sum of its items, {points}; got {points + off}",
    )
    assert told == "impossible_items"


def test_an_unknown_section_and_a_total_off_the_scale_are_refused() -> None:
    assert (
        refusal(lambda: check_rating(MIXED, whose="P01", sections={"E": 1}), "got 'E'")
        == "impossible_items"
    )
    assert (
        refusal(lambda: check_rating(MIXED, whose="P01", total=67), "between 0 and 66")
        == "impossible_value"
    )


# Rating -----------------------------------------------------------------------------------------


def rating(**changed: Any) -> Rating:
    plain: dict[str, Any] = HEAD | {"days_post_stroke": 14.0, "items": MIXED, "rater": "T1"}
    return Rating(**(plain | changed))


def test_a_rating_adds_up() -> None:
    assert rating().total == 6
    assert rating().sections == {"A": 5, "B": 0, "C": 1, "D": 0}
    assert rating(items=HIGHEST).sections == {"A": 36, "B": 10, "C": 14, "D": 6}


def test_a_visit_holds_what_was_rated() -> None:
    visit = visit_from_rating(rating(synthetic=True))

    assert (visit.session, visit.days_post_stroke, visit.side) == ("week 2", 14.0, "left")
    assert (visit.source, visit.score, visit.items) == ("rated", 6.0, MIXED)
    assert visit.synthetic


@pytest.mark.parametrize(
    ("changed", "message", "named"),
    [
        ({"subject": ""}, "must have a subject", "missing_input"),
        ({"session": ""}, "must have a session", "missing_input"),
        ({"side": "both"}, "must be left or right", "impossible_value"),
        ({"days_post_stroke": -1.0}, "0 or more", "impossible_value"),
        ({"days_post_stroke": float("nan")}, "0 or more", "impossible_value"),
        ({"items": {}}, "A1a, A1b", "missing_items"),
    ],
)
def test_impossible_ratings_are_refused(
    changed: Mapping[str, Any], message: str, named: str
) -> None:
    assert refusal(lambda: rating(**changed), message) == named


def test_the_convention_for_finger_to_nose_is_told_where_it_may_matter() -> None:
    (note,) = rating().notes

    assert "By convention 0" in note
    assert "[unverified]" in note
    assert rating(items=MIXED | {"D1": 1}).notes == ()


def test_json_is_ready_and_read_back(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(rating().as_json(), allow_nan=False), "rating.json")

    assert read_rating(path) == rating()


# Files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [pairs, wide])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_either_shape_and_separator_is_read(
    tmp_path: Path, shape: Callable[..., str], separator: str
) -> None:
    told = HEAD | MIXED | {"total": 6, "A": 5, "section C": 1, "rater": "T1"}

    found = read_rating(written(tmp_path, shape(told, separator=separator)))

    assert found == rating()


def test_spreadsheets_write_marks_capitals_and_commas_their_own_way(tmp_path: Path) -> None:
    told = {"Subject": "P01", "Session": "week 2", "Days post stroke": "14,5", "SIDE": "L"}
    lines = pairs(told | {name.upper(): f"{one},0" for name, one in MIXED.items()}, separator=";")

    found = read_rating(written(tmp_path, b"\xef\xbb\xbf" + lines.replace("\n", "\r\n").encode()))

    assert (found.days_post_stroke, found.side, found.items) == (14.5, "left", MIXED)


@pytest.mark.parametrize("days", ["1.200", "1,200", "12.000"])
def test_days_that_may_be_thousands_are_not_guessed(tmp_path: Path, days: str) -> None:
    told = pairs(HEAD | {"days_post_stroke": days} | MIXED, separator=";")

    with pytest.raises(ReadError, match="a thousand times more"):
        read_rating(written(tmp_path, told))


@pytest.mark.parametrize(("days", "meant"), [("0.125", 0.125), ("14,5", 14.5), ("1.20", 1.2)])
def test_other_decimals_of_days_are_read(tmp_path: Path, days: str, meant: float) -> None:
    told = pairs(HEAD | {"days_post_stroke": days} | MIXED, separator=";")

    assert read_rating(written(tmp_path, told)).days_post_stroke == meant


def test_a_filled_template_is_a_rating(tmp_path: Path) -> None:
    told = {name: str(value) for name, value in (HEAD | MIXED | {"rater": "T1"}).items()}
    lines = rating_template().splitlines()
    filled = [
        line.replace(f"{name},", f"{name},{told[name]}", 1) if name in told else line
        for line in lines
        for name in [line.split(",")[0]]
    ]

    assert read_rating(written(tmp_path, "\n".join(filled))) == rating()


def test_a_template_says_what_belongs_into_every_line() -> None:
    rows = list(csv.reader(rating_template().splitlines()))

    assert all(row[3] for row in rows)
    assert "no name" in {row[0]: row[3] for row in rows}["subject"]


def test_an_empty_template_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, rating_template())

    assert refusal(lambda: read_rating(path), "must tell subject") == "missing_input"


@pytest.mark.parametrize(
    ("changed", "message", "named"),
    [
        ({"B2": ""}, "B2 missing", "missing_items"),
        ({"B2": "n/a"}, "B2 missing", "missing_items"),
        ({"A1b": 1}, "one of 0, 2 points", "impossible_items"),
        ({"total": 7}, "which sum to 6; got 7", "impossible_items"),
        ({"A": 6}, "section A", "impossible_items"),
        ({"scale": "fma-ue-mhh20"}, "must be on fma-ue", "other_scale"),
        ({"days_post_stroke": ""}, "must tell days_post_stroke", "missing_input"),
        ({"days_post_stroke": "-3"}, "0 or more", "impossible_value"),
        ({"weeks_post_stroke": "2"}, "in days; got weeks_post_stroke", "unit_mix_up"),
        ({"chronicity weeks": "2"}, "in days; got chronicity_weeks", "unit_mix_up"),
        ({"side": "both"}, "must be left or right", "impossible_value"),
        ({"affected_side": "right"}, "the affected one, right; got left", "contradictory_sides"),
    ],
)
@pytest.mark.parametrize("shape", [pairs, wide])
def test_files_are_refused_by_name(
    tmp_path: Path,
    shape: Callable[..., str],
    changed: Mapping[str, object],
    message: str,
    named: str,
) -> None:
    path = written(tmp_path, shape(HEAD | MIXED | changed))

    assert refusal(lambda: read_rating(path), message) == named


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n \n", "must tell subject"),
        (pairs(HEAD | MIXED) + "A2e,1\n", "must tell A2e once"),
        (pairs(HEAD | MIXED | {"sesion": 1}), "Did you mean 'session'"),
        (pairs(HEAD | MIXED | {"A9": 1}), "items of fma-ue or of .*; got 'A9'"),
        (pairs(HEAD | MIXED | {"B1": "good"}), "B1 in .* must be a number; got 'good'"),
        (pairs(HEAD | MIXED | {"B1": "inf"}), "must be a number"),
        (pairs(HEAD | MIXED | {"format": "hybridmfp-rating/9"}), "format of"),
        (pairs(HEAD | MIXED | {"synthetic": "maybe"}), "true or false"),
        (wide(HEAD | MIXED) + "P02\n", "got 3 rows"),
        ("a,b\n,,c\n", "first two columns"),
        (b"\xff\xfe\x00", "must be text in UTF-8"),
    ],
)
def test_what_is_no_rating_is_said_so(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises((ReadError, ClinicalError), match=message):
        read_rating(path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"items": [1]}, "items must be a mapping"),
        ({"itmes": {}}, "itmes is not known; did you mean 'items'"),
        ({"days_post_stroke": "14"}, "days_post_stroke must be a number"),
        ({"format": "other"}, "format must be hybridmfp-rating/1"),
        ({"days_post_stroke": 10**400}, "must be a number of points or days"),
        ({"items": MIXED | {"A2e": 10**400}}, "must be a number of points or days"),
    ],
)
def test_documents_of_another_form_are_refused(
    tmp_path: Path, changed: Mapping[str, Any], message: str
) -> None:
    path = written(tmp_path, json.dumps(rating().as_json() | changed), "rating.json")

    with pytest.raises(ReadError, match=message):
        read_rating(path)


def test_weeks_in_a_document_are_refused_too(tmp_path: Path) -> None:
    told = rating().as_json() | {"weeks_since_stroke": 2}
    path = written(tmp_path, json.dumps(told), "rating.json")

    assert refusal(lambda: read_rating(path), "in days") == "unit_mix_up"


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="nowhere"):
        read_rating(tmp_path / "nowhere.csv")


CELLS = st.sampled_from(
    [*HEAD, *MIXED, "A", "total", "scale", "item", "points", "", "2", "1,5", "nan", '"', "left"]
) | st.text(max_size=8)
TABLES = st.lists(st.lists(CELLS, max_size=4), max_size=12)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=TABLES, separator=st.sampled_from(",;\t"))
@example(table=[[], ["item", "points"]], separator=",")
def test_no_table_breaks_the_reader(tmp_path: Path, table: list[list[str]], separator: str) -> None:
    text = "\n".join(separator.join(row) for row in table).encode("utf-8", "surrogatepass")
    path = written(tmp_path, text)

    with pytest.raises((ClinicalError, ReadError), match=r"\S"):
        read_rating(path)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), name=st.sampled_from(["r.csv", "r.json"]))
def test_no_bytes_break_the_reader(tmp_path: Path, data: bytes, name: str) -> None:
    with pytest.raises((ClinicalError, ReadError), match=r"\S"):
        read_rating(written(tmp_path, data, name))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*rating().as_json(), "extra"]), value=VALUES)
def test_no_value_breaks_the_reader_of_documents(tmp_path: Path, name: str, value: Any) -> None:
    path = written(tmp_path, json.dumps(rating().as_json() | {name: value}), "rating.json")

    try:
        found = read_rating(path)
    except HybridMfpError as error:
        assert isinstance(error, ClinicalError | ReadError)  # noqa: PT017 - most are refused
    else:
        assert found.items == MIXED
