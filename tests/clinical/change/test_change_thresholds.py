"""What `thresholds` promises: every cited value, and every bound of a phase."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.clinical.change import thresholds
from hybridmfp.clinical.sourced import read_facts, source_of
from hybridmfp.errors import ClinicalError

NNR = "10.1177/15459683231186985"
# points, anchor part, DOI, status; as in the tables of reliability and MCID
CITED = {
    "nnr_2023_arm_weakness": (13, NNR, "verified"),
    "nnr_2023_recovery": (12, NNR, "verified"),
    "nnr_2023_mrs": (9, NNR, "verified"),
    "arya_2011_mrs": (9, "10.1310/tsr18s01-599", "verified"),
    "arya_2011_grppc": (10, "10.1310/tsr18s01-599", "verified"),
    "hiragami_2019": (12.4, "10.1589/jpts.31.917", "verified"),
    "page_2012_overall": (5.25, None, "verified"),
    "page_2012_lowest": (4.25, None, "unverified"),
    "page_2012_highest": (7.25, None, "unverified"),
}


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (0, "hyperacute"),
        (1, "hyperacute"),
        (1.01, "acute"),
        (7, "acute"),
        (7.01, "early_subacute"),
        (91, "early_subacute"),
        (91.01, "late_subacute"),
        (182, "late_subacute"),
        (182.01, "chronic"),
        (5000, "chronic"),
    ],
)
def test_a_phase_lasts_until_its_bound_which_belongs_to_it(day: float, phase: str) -> None:
    assert thresholds(day).phase.name == phase


def test_the_bounds_of_phases_are_shown_as_unverified() -> None:
    assert thresholds(10).phase.source.status == "unverified"
    assert "[unverified]" in thresholds(10).phase.source.text


def test_the_detectable_change_is_the_verified_one_in_every_phase() -> None:
    for day in (0.5, 5, 50, 120, 1000):
        limits = thresholds(day)
        assert (limits.mdc, limits.sem) == (6.82, 2.46)
        assert (limits.mdc_source.status, limits.mdc_source.doi) == ("verified", NNR)
    assert limits.mdc == pytest.approx(1.96 * 2**0.5 * limits.sem, abs=0.005)  # printed rounded


def test_the_chronic_detectable_change_is_kept_as_unverified_and_not_used() -> None:
    entry = read_facts("hybridmfp.clinical.change", "thresholds.yaml")["mdc"]["entries"]

    assert entry["wagner_2008"]["points"] == 5.2
    assert source_of(entry["wagner_2008"]).status == "unverified"


@pytest.mark.parametrize("name", CITED)
def test_every_anchor_has_its_cited_value_and_status(name: str) -> None:
    entries = read_facts("hybridmfp.clinical.change", "thresholds.yaml")["mcid"]["entries"]

    assert set(entries) == set(CITED)
    points, doi, status = CITED[name]
    assert entries[name]["points"] == points
    source = source_of(entries[name])
    assert (source.doi, source.status) == (doi, status)


@pytest.mark.parametrize(
    ("day", "default", "all_points"),
    [
        (0.5, 13, {13, 12, 9}),
        (5, 13, {13, 12, 9}),
        (50, 12.4, {9, 10, 12.4}),
        (120, 12.4, {9, 10, 12.4}),
        (400, 5.25, {5.25, 4.25, 7.25}),
    ],
)
def test_the_default_of_a_phase_is_its_largest_verified_anchor(
    day: float, default: float, all_points: set[float]
) -> None:
    limits = thresholds(day)

    assert limits.mcid.points == default
    assert limits.mcid.source.status == "verified"
    assert {one.points for one in limits.anchors} == all_points


@given(st.floats(0, 2000), st.floats(0, 2000))
def test_what_matters_never_grows_with_time(one: float, other: float) -> None:
    early, late = sorted((one, other))

    assert thresholds(early).mcid.points >= thresholds(late).mcid.points


@pytest.mark.parametrize("day", [-0.1, float("nan"), float("inf")])
def test_impossible_days_are_refused(day: float) -> None:
    with pytest.raises(ClinicalError, match="days_post_stroke must be") as caught:
        thresholds(day)
    assert caught.value.refusal == "impossible_value"


def test_the_json_names_every_source() -> None:
    told = thresholds(400).as_json()

    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["anchors"][1]["source"]["source_status"] == "unverified"
