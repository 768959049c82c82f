"""What the tables of items and of the oracle promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybridmfp.errors import CohortError, HybridMfpError, ReadError, ScaleError
from hybridmfp.io.session_tables import SessionTables, read_session_tables
from hybridmfp.signals import SCALES, Item, Problem, Scale, SubjectSession

HAND = Scale("hand", 0, 4, (Item("C1", "C", "flexion"), Item("C-2", "C", "extension")))
SESSIONS = [
    SubjectSession("P1", "1", score=3),
    SubjectSession("P2", "pre", score=1),
    SubjectSession("P2", "post"),
]


def read(
    folder: Path, *, items: str | None = None, oracle: str | None = None, scale: Scale | None = HAND
) -> SessionTables:
    for name, text in (("items.tsv", items), ("oracle.tsv", oracle)):
        if text is not None:
            (folder / name).write_text(text)
    return read_session_tables(folder, SESSIONS, scale)


def test_without_tables_the_sessions_stay_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, scale=None) == SessionTables(tuple(SESSIONS), {}, ())


def test_empty_cells_are_items_that_were_not_rated(tmp_path: Path) -> None:
    text = "participant_id\tsession\tC1\tC-2\nP2\tpre\t1\tn/a\nP1\t1\t2\t1\nP2\tpost\t\t\n"

    found = read(tmp_path, items=text)

    assert [row.items for row in found.sessions] == [{"C1": 2, "C-2": 1}, {"C1": 1}, {}]
    assert [(row.subject, row.score) for row in found.sessions] == [
        ("P1", 3),
        ("P2", 1),
        ("P2", None),
    ]
    assert all(isinstance(points, int) for points in found.sessions[0].items.values())
    assert (found.oracle, found.problems) == ({}, ())


def test_the_session_may_be_left_out_where_there_is_only_one(tmp_path: Path) -> None:
    found = read(
        tmp_path, items="subject\tc1\nP1\t2\n", oracle="participant_id\toracle_score\nP1\t2.5\n"
    )

    assert found.sessions[0].items == {"C1": 2}
    assert found.oracle == {("P1", "1"): 2.5}


def test_an_oracle_is_kept_by_session(tmp_path: Path) -> None:
    text = "participant_id\tsession\toracle_score\nP2\tpre\t1.25\nP2\tpost\tn/a\n"

    assert read(tmp_path, oracle=text).oracle == {("P2", "pre"): 1.25}


def test_what_cannot_be_read_is_reported(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        items="participant_id\tC1\tC7\nP1\tgood\t2\n",
        oracle="participant_id\toracle_score\tsd\nP1\tsure\t2\n",
    )

    assert found.problems == (
        Problem("items.tsv", "row 2: c1 must be a number; got 'good'", "it counts as unknown"),
        Problem("items.tsv", "unknown columns: c7", "not read"),
        Problem(
            "oracle.tsv", "row 2: oracle_score must be a number; got 'sure'", "it counts as unknown"
        ),
        Problem("oracle.tsv", "unknown columns: sd", "not read"),
    )
    assert (found.sessions[0].items, found.oracle) == ({}, {})


@pytest.mark.parametrize("table", ["items", "oracle"])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("P9\t1\t2\n", r"row 2 of {}\.tsv must be about one session.*'P9' with .* names none"),
        ("P1\t2\t2\n", r"row 2 of {}\.tsv must be about one session.*'2' names none"),
        ("\t1\t2\n", r"row 2 of {}\.tsv must be about one session.*None with session '1'"),
        ("P2\t\t2\n", r"row 2 of {}\.tsv must be about one session.*None names 2"),
        ("P1\t1\t2\nP1\t\t2\n", r"{}\.tsv must describe each .* rows 2 and 3 .* P1, session 1"),
    ],
)
def test_rows_about_no_session_or_one_twice_are_refused(
    tmp_path: Path, table: str, rows: str, message: str
) -> None:
    column = {"items": "C1", "oracle": "oracle_score"}[table]

    with pytest.raises(CohortError, match=message.format(table)):
        read(tmp_path, **{table: f"participant_id\tsession\t{column}\n{rows}"})


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("3\t1", r"row 2 of .*items\.tsv: item C1 of P1 must have one of 0, 1, 2 points; got 3"),
        ("1\t1", r"row 2 of .*items\.tsv: the score of P1 must fit .* sum to 2; got 3"),
        ("0\t", r"row 2 of .*items\.tsv: the score of P1 must fit .* leave 0 to 2 points; got 3"),
    ],
)
def test_items_that_contradict_scale_or_score_name_the_row(
    tmp_path: Path, cells: str, message: str
) -> None:
    with pytest.raises(ScaleError, match=message):
        read(tmp_path, items=f"participant_id\tC1\tC-2\nP1\t{cells}\n")


@pytest.mark.parametrize(
    ("scale", "text", "error", "message"),
    [
        (None, "participant_id\tC1\nP1\t1\n", CohortError, "items of an unknown scale"),
        (HAND, "", ReadError, "it is empty"),
        (HAND, "participant_id\tC-2\tC_2\n", ReadError, "named once; got c_2"),
    ],
)
def test_items_that_cannot_be_understood_are_refused(
    tmp_path: Path, scale: Scale | None, text: str, error: type[HybridMfpError], message: str
) -> None:
    with pytest.raises(error, match=message):
        read(tmp_path, items=text, scale=scale)


def test_items_of_another_scale_are_reported_and_not_read(tmp_path: Path) -> None:
    found = read(tmp_path, items="participant_id\tC1\nP1\t1\n", scale=SCALES["fma-ue-mhh20"])

    assert [entry.problem for entry in found.problems] == ["unknown columns: c1"]
    assert found.sessions == tuple(SESSIONS)
