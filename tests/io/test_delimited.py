from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from hybridmfp.errors import HybridMfpError, ReadError
from hybridmfp.io.delimited import NumericTable, fit_columns, read_delimited

NUMBERS = np.arange(60, dtype=np.float32).reshape(20, 3) / 8


def _text(
    rows: np.ndarray, separator: str = ",", decimal: str = ".", end: str = "\n", tail: str = ""
) -> str:
    lines = [
        separator.join("" if math.isnan(cell) else repr(float(cell)) for cell in row) + tail
        for row in rows
    ]
    return end.join(lines).replace(".", decimal) + end


finite = st.floats(width=32, allow_nan=True, allow_infinity=False)


@given(
    arrays(
        np.float32, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=finite
    ),
    st.sampled_from([(",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ",")]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([(), ("x{}",), ("x{}", "X")]),
    st.booleans(),
)
def test_whatever_is_written_is_read(
    rows: np.ndarray, marks: tuple[str, str], end: str, titles: tuple[str, ...], mark_bytes: bool
) -> None:
    rows[0] = np.where(np.isnan(rows[0]), 1, rows[0])  # a blank first row would be a header
    separator, decimal = marks
    header = [separator.join(title.format(c) for c in range(rows.shape[1])) for title in titles]
    text = "".join(line + end for line in header) + _text(rows, separator, decimal, end)

    table = read_delimited(text.encode("utf-8-sig" if mark_bytes else "utf-8"), name="a.csv")

    assert table.samples.dtype == np.float32
    assert np.array_equal(table.samples, rows.T, equal_nan=True)
    assert len(table.header) == len(titles)
    assert table.problems == ()


def test_it_agrees_with_pandas(real_data) -> None:
    for file in sorted(real_data("ulimb_mhh_task12").glob("Stroke/S1[0-3]_*.csv")):
        expected = pd.read_csv(file, skiprows=2, header=None).to_numpy(np.float32).T

        table = read_delimited(file.read_bytes(), name=file.name)

        assert np.array_equal(table.samples, expected, equal_nan=True)
        assert table.header[1][:3] == ("X", "Y", "Z")


@pytest.mark.parametrize("n_blank", [1, 2])
@pytest.mark.parametrize("blank", ["", ",,", "  , ,"])
def test_blank_header_rows_are_no_samples(blank: str, n_blank: int) -> None:
    table = read_delimited(((blank + "\n") * n_blank + _text(NUMBERS)).encode(), name="a.csv")

    assert np.array_equal(table.samples, NUMBERS.T)
    assert len(table.header) == n_blank


def test_a_row_of_gaps_below_the_header_is_a_sample() -> None:
    table = read_delimited(("a,b,c\nX,Y,Z\n,,\n" + _text(NUMBERS)).encode(), name="a.csv")

    assert np.isnan(table.samples[:, 0]).all()
    assert table.samples.shape == (3, 21)


@pytest.mark.parametrize("word", ["NaN", "nan", "NA", "N/A", "null", "-nan", ""])
def test_words_for_nothing_are_gaps_without_fuss(word: str) -> None:
    table = read_delimited(f"1,2\n{word},3\n".encode(), name="a.csv")

    assert np.isnan(table.samples[0, 1])
    assert table.problems == ()


def test_text_in_a_cell_is_a_gap_and_reported() -> None:
    rows = np.ones((100, 3))
    lines = _text(rows).splitlines()
    lines[7] = "1.0,oops,1.0"
    lines[9] = "1.0,1.0,1_0"

    table = read_delimited(("a,b,c\n" + "\n".join(lines)).encode(), name="a.csv")

    assert np.argwhere(np.isnan(table.samples)).tolist() == [[1, 7], [2, 9]]
    (problem,) = table.problems
    assert problem.file == "a.csv"
    assert "2 of 300 cells" in problem.problem
    assert "row 9, column 2: 'oops'" in problem.problem
    assert problem.done == "these samples are gaps"


@pytest.mark.parametrize(("n_texts", "refused"), [(3, False), (4, True)])
def test_above_one_percent_of_text_a_file_is_refused(n_texts: int, refused: bool) -> None:
    lines = _text(np.ones((100, 3))).splitlines()
    for row in range(n_texts):
        lines[10 + row] = "1.0,oops,1.0"
    data = "\n".join(lines).encode()

    if refused:
        with pytest.raises(ReadError, match=r"4 of 300 cells hold text.*row 11, column 2"):
            read_delimited(data, name="a.csv")
    else:
        assert read_delimited(data, name="a.csv").samples.shape == (3, 100)


@pytest.mark.parametrize("cut", ["1.0", "1.0,1.0,", ""])
def test_a_short_or_blank_row_keeps_its_place_in_time(cut: str) -> None:
    lines = _text(np.ones((400, 3))).splitlines()
    lines[200] = cut

    table = read_delimited("\n".join(lines).encode(), name="a.csv")

    assert table.samples.shape == (3, 400)
    assert np.isnan(table.samples[2, 200])
    assert np.isfinite(np.delete(table.samples, 200, axis=1)).all()
    assert bool(table.problems) == (cut != "1.0,1.0,")


def test_a_blank_line_between_crlf_rows_keeps_its_place_and_is_reported() -> None:
    lines = _text(np.ones((400, 3))).splitlines()
    lines[200] = ""

    table = read_delimited("\r\n".join(lines).encode(), name="a.csv")

    assert table.samples.shape == (3, 400)
    assert "3 of 1200" in table.problems[0].problem


def test_a_longer_row_is_refused() -> None:
    with pytest.raises(ReadError, match="row 3 has 4, the first 3"):
        read_delimited(b"1,2,3\n4,5,6\n7,8,9,10\n", name="a.csv")


@pytest.mark.parametrize("word", ["inf", "-inf", "Infinity", "1e40", "-1e400"])
@pytest.mark.parametrize("slow", [False, True])
def test_infinities_are_gaps_and_reported(word: str, slow: bool) -> None:
    text = f"1,2\n{word},3\n" + _text(np.ones((100, 2))) + ("oops,1\n" if slow else "")

    table = read_delimited(text.encode(), name="a.csv")

    assert np.isnan(table.samples[0, 1])
    assert "1 cells are infinite" in table.problems[-1].problem


def test_decimal_commas_are_found_even_when_late() -> None:
    text = "\n".join(["1;2"] * 50 + ["1,5;2"])

    assert read_delimited(text.encode(), name="a.csv").samples[0, -1] == 1.5


def test_quoted_cells_are_numbers() -> None:
    table = read_delimited(b'"a","b"\n"1.5","2"\n"3","4"\n', name="a.csv")

    assert table.samples.tolist() == [[1.5, 3], [2, 4]]
    assert table.header == (("a", "b"),)


def test_line_ends_of_old_macs_are_line_ends() -> None:
    assert read_delimited(b"a,b\r1,2\r3,4\r", name="a.csv").samples.tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is blank"),
        (b"\n\n \n", "it is blank"),
        (b"a,b\nX,Y\n", "hold none"),
        (b"a,b", "hold none"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"1,2\n\0\0\0", "zero bytes"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "zero bytes"),
        (b"x" * 200_000, "must be a table"),
        (b"<html><body>404</body></html>\n" * 9, "hold text"),
    ],
)
def test_what_holds_no_numbers_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_delimited(data, name="a.csv")


def test_empty_columns_behind_the_expected_are_dropped_and_reported() -> None:
    text = "a,b,c,spare,\n" + _text(NUMBERS, tail=",,")
    table = read_delimited(text.encode(), name="a.csv")

    fitted = fit_columns(table, 3, name="a.csv")

    assert np.array_equal(fitted.samples, NUMBERS.T)
    assert fitted.header == (("a", "b", "c"),)
    assert "2 empty columns behind the 3 expected (spare)" in fitted.problems[0].problem


def test_columns_that_hold_something_are_never_dropped() -> None:
    table = NumericTable(np.ones((3, 4), dtype=np.float32))

    assert fit_columns(table, 2, name="a.csv") is table
    assert fit_columns(table, 5, name="a.csv") is table


@settings(max_examples=100)
@given(st.data())
def test_garbage_is_read_or_refused_in_our_own_words(data: st.DataObject) -> None:
    whole = ("a,b,c\nX,Y,Z\n" + _text(NUMBERS)).encode()
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(len(whole), start + 20)))
    garbage = data.draw(
        st.binary(max_size=20) | st.text(",;\t\n\r\"'.-+eE0x ", max_size=9).map(str.encode)
    )

    try:
        table = read_delimited(whole[:start] + garbage + whole[stop:], name="a.csv")
    except HybridMfpError:
        return

    assert table.samples.ndim == 2
    assert table.samples.size
    assert not np.isinf(table.samples).any()


def test_fast_and_forgiving_reading_give_the_same_numbers() -> None:
    rng = np.random.default_rng(0)
    text = _text((rng.normal(size=(500, 4)) * 1e-4).astype(np.float32))

    fast = read_delimited(text.encode(), name="a.csv").samples
    forgiving = read_delimited((text + "1,oops,3,4\n").encode(), name="a.csv").samples

    assert np.array_equal(fast, forgiving[:, :-1])
    assert np.array_equal(fast, np.loadtxt(io.StringIO(text), delimiter=",", dtype=np.float32).T)
