"""An assessment from a file becomes a page, or one message: never a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from assessment_builder import assessment_of, refused_assessment

from hybridmfp.app.assessing import as_rows_of_text, read_assessment
from hybridmfp.app.assessment_form import misfit_of
from hybridmfp.app.report.assessment import render_assessment
from hybridmfp.errors import ReadError

Place = tuple[str | int, ...]


def places_in(value: Any, start: Place = ()) -> Iterator[Place]:
    """Give the place of everything in a JSON value, two entries of each list."""
    inside = enumerate(value[:2]) if isinstance(value, list) else ()
    for name, one in value.items() if isinstance(value, dict) else inside:
        yield (*start, name)
        yield from places_in(one, (*start, name))


def changed(described: dict[str, Any], place: Place, value: Any = ...) -> dict[str, Any]:
    """Put another value in some place; without one, take away what is there."""
    copied = copy.deepcopy(described)
    inside = copied
    for name in place[:-1]:
        inside = inside[name]
    if value is ...:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return copied


@pytest.mark.parametrize("described", [assessment_of(), refused_assessment()])
def test_what_assess_prints_fits(described: dict[str, Any]) -> None:
    assert misfit_of(described) is None


@pytest.mark.parametrize("value", [..., None, "words", -5, []])
def test_whatever_fits_can_be_shown(value: Any) -> None:
    described = assessment_of()
    others = [changed(described, place, value) for place in list(places_in(described))[::4]]
    fitting = [one for one in others if misfit_of(one) is None]

    assert 0 < len(fitting) < len(others)
    for one in fitting:
        assert as_rows_of_text(one)
        assert "</html>" in render_assessment(one, card=None)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("uncertainty", "novelty_limit"), ..., "uncertainty.novelty_limit must be there"),
        (("drivers", 1, "points"), None, r"drivers\[1\].points must be a number; got null"),
        (("drivers", 0), "x", r"drivers\[0\] must be a mapping; got 'x'"),
        (("verdict",), "sure", "verdict must be estimated or refused; got 'sure'"),
        (("synthetic",), 1, "synthetic must be true or false; got 1"),
        (("n_used",), True, "n_used must be a number; got True"),
        (("notes",), "x", "notes must be a list; got 'x'"),
        (("interval",), [1, 2, 3], "interval must have 2 entries; got 3"),
        (("interval",), [41.4, 66], r"estimate must lie in its interval .* got 41.3 in 41.4 to 66"),
        (("interval",), [-1, 66], "both on the scale"),
        (("estimate",), None, "must be there in an assessment that is not refused"),
        (("scale_range",), [66, 0], "scale_range must ascend"),
        (("scale_range",), [0, 1e300], "by at most 10000 points"),
        (("replay", "points", "wrist", 0), ..., r"as many frames of each; got \[63, 64\]"),
        (("signal_map", "points", 0), [], "signal_map.points must have"),
        (("signal_map", "kinds", 0), ..., "each with its kind"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, place: Place, value: Any, message: str) -> None:
    file = tmp_path / "said.json"
    file.write_text(json.dumps(changed(assessment_of(), place, value)))

    with pytest.raises(ReadError, match=message) as caught:
        read_assessment(file)

    assert str(file) in str(caught.value)
    assert "make it anew" in str(caught.value)


@pytest.mark.parametrize("name", ["estimate", "interval", "items"])
def test_a_refusal_with_a_number_in_it_is_not_one(name: str) -> None:
    described = {**refused_assessment(), name: assessment_of()[name]}

    assert misfit_of(described) == f"{name} must be null in a refused assessment"


def test_names_that_a_later_version_adds_do_not_matter() -> None:
    assert misfit_of(assessment_of(mood="bright")) is None


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (b"", "must be strict JSON"),
        (b"\xff\xfe", "must be strict JSON"),
        (b"[]", "of the format hybridmfp-assessment/1; .* something else"),
        (b'{"format": "hybridmfp-assessment/2"}', "hybridmfp-assessment/2"),
        (b'{"format": "hybridmfp-assessment/1", "level": NaN}', "NaN is not a number"),
    ],
)
def test_another_file_is_no_assessment(tmp_path: Path, written: bytes, message: str) -> None:
    file = tmp_path / "said.json"
    file.write_bytes(written)

    with pytest.raises(ReadError, match=message):
        read_assessment(file)
    with pytest.raises(ReadError, match="Is a directory"):
        read_assessment(tmp_path)
    with pytest.raises(ReadError, match="No such file"):
        read_assessment(tmp_path / "nowhere.json")
