"""What `stratify` and `SCHEMES` promise."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.strata import SCHEMES, PredictiveScore, stratify
from hybridmfp.errors import ClinicalError

REFLEXES = ("A1a", "A1b", "A5")


def _rated(score: float, items: dict[str, float] | None = None) -> Visit:
    return Visit("S1", 40, "rated", score, items=items)


def _estimate(score: float | None, low: float, high: float, **more: object) -> Visit:
    return Visit("S1", 40, "estimated", score, interval=(low, high), level=0.9, **more)  # type: ignore[arg-type]


def _refusal(visit: Visit, match: str, scheme: str = "hoonhorst") -> str:
    with pytest.raises(ClinicalError, match=match) as caught:
        stratify(visit, scheme=scheme)
    return caught.value.refusal


CITED = {
    "hoonhorst": [(0, 22), (23, 31), (32, 47), (48, 52), (53, 66)],
    "woodbury": [(0, 19), (20, 47), (48, 60)],
    "three_level": [(0, 25), (26, 50), (51, 66)],
    "woytowicz_4": [(0, 15), (16, 34), (35, 53), (54, 66)],
    "woytowicz_3": [(0, 28), (29, 42), (43, 66)],
}


@pytest.mark.parametrize("name", CITED)
def test_the_cut_offs_are_the_cited_ones(name: str) -> None:
    assert [(one.low, one.high) for one in SCHEMES[name].strata] == CITED[name]


def test_every_scheme_is_tested_against_its_cited_cut_offs() -> None:
    assert set(SCHEMES) == set(CITED)
    assert len(SCHEMES) == 5


def test_only_cut_offs_read_at_their_source_are_shown_as_verified() -> None:
    status = {name: scheme.source.status for name, scheme in SCHEMES.items()}

    assert status == {
        "hoonhorst": "verified",
        "woodbury": "verified",
        "three_level": "verified",
        "woytowicz_4": "unverified",
        "woytowicz_3": "unverified",
    }
    assert stratify(_rated(60), scheme="woytowicz_3").as_json()["source"]["source_status"] == (
        "unverified"
    )


@pytest.mark.parametrize("name", CITED)
def test_strata_leave_no_gap_and_never_overlap(name: str) -> None:
    strata = SCHEMES[name].strata

    assert strata[0].low == 0
    assert all(after.low == before.high + 1 for before, after in pairwise(strata))


@pytest.mark.parametrize(
    ("name", "index"),
    [(name, k) for name, strata in CITED.items() if name != "woodbury" for k in range(len(strata))],
)
def test_whole_points_on_each_side_of_a_cut_off_lie_in_their_strata(name: str, index: int) -> None:
    low, high = CITED[name][index]
    for score in (low, high):
        sure = _estimate(score, score, score)

        told = stratify(sure, scheme=name)

        assert told.most_likely.stratum == SCHEMES[name].strata[index]
        assert told.most_likely.probability == 1.0
        assert told.interval_spans == 1


@pytest.mark.parametrize("cut", [22.5, 31.5, 47.5, 52.5])
def test_half_way_between_two_strata_each_side_is_as_likely(cut: float) -> None:
    told = stratify(_estimate(cut, cut - 2, cut + 2))

    below = [one for one in told.strata if one.stratum.high < cut]
    assert sum(one.probability for one in below) == pytest.approx(0.5, abs=1e-12)


def test_the_probability_of_a_stratum_is_the_mass_between_half_way_cut_offs() -> None:
    told = stratify(_rated(24.0))

    assert told.strata[0].probability == pytest.approx(norm.cdf(22.5, 24, 2.46), abs=1e-12)
    assert told.strata[1].probability == pytest.approx(
        norm.cdf(31.5, 24, 2.46) - norm.cdf(22.5, 24, 2.46), abs=1e-12
    )


@given(
    st.floats(0, 66),
    st.floats(0, 30),
    st.floats(0, 30),
    st.sampled_from([name for name in CITED if name != "woodbury"]),
)
def test_probabilities_sum_to_1_or_the_refusal_has_a_name(
    score: float, below: float, above: float, name: str
) -> None:
    visit = _estimate(score, max(score - below, 0), min(score + above, 66))
    predictive = PredictiveScore.of_visit(visit)
    ends = (predictive.quantile(0.05), predictive.quantile(0.95))
    cuts = [one.high + 0.5 for one in SCHEMES[name].strata[:-1]]
    if sum(ends[0] < cut <= ends[1] for cut in cuts) > 1:
        assert _refusal(visit, "touch", name) == "too_uncertain"
        return

    told = stratify(visit, scheme=name)

    assert sum(one.probability for one in told.strata) == pytest.approx(1, abs=1e-12)
    assert all(one.probability >= 0 for one in told.strata)
    assert told.interval_spans in (1, 2)
    json.dumps(told.as_json(), allow_nan=False)


def test_a_higher_score_never_makes_a_lower_stratum_more_likely() -> None:
    lowest = [stratify(_rated(score)).strata[0].probability for score in range(41)]

    assert lowest == sorted(lowest, reverse=True)


def test_an_interval_over_two_strata_is_told_and_over_three_refused() -> None:
    two = stratify(_estimate(49.0, 47.6, 55.0))
    assert two.interval_spans == 2

    refusal = _refusal(_estimate(49.0, 47.4, 55.0), "47.4 to 55.0 points touch 3")
    assert refusal == "too_uncertain"


@pytest.mark.parametrize(("high", "spans"), [(31.4999, 1), (31.5, 2), (31.5001, 2)])
def test_an_interval_that_ends_at_the_half_way_point_touches_the_upper_stratum(
    high: float, spans: int
) -> None:
    assert stratify(_estimate(27.0, 24.0, high)).interval_spans == spans


@pytest.mark.parametrize(("low", "spans"), [(22.4999, 2), (22.5001, 1)])
def test_an_interval_that_begins_above_the_half_way_point_lies_in_the_upper_stratum(
    low: float, spans: int
) -> None:
    assert stratify(_estimate(27.0, low, 30.0)).interval_spans == spans


def test_an_interval_at_another_level_is_judged_at_90_percent() -> None:
    narrow = Visit("S1", 40, "estimated", 40.0, interval=(39.0, 41.0), level=0.5)

    told_low = 40 - 1 / norm.ppf(0.75) * norm.ppf(0.95)

    assert stratify(narrow).interval[0] == pytest.approx(told_low)


def test_a_refused_estimate_and_red_signals_have_no_stratum() -> None:
    refused = Visit("S1", 40, "estimated", None, reasons=("too few tasks",))
    red = _estimate(40.0, 38.0, 42.0, quality="red")
    amber = _estimate(40.0, 38.0, 42.0, quality="amber")

    assert _refusal(refused, "too few tasks") == "too_uncertain"
    assert _refusal(red, "judged red") == "poor_quality"
    assert stratify(amber).most_likely.stratum.name == "limited"


def test_an_unknown_scheme_is_refused() -> None:
    assert _refusal(_rated(40), "got 'brunnstrom'", "brunnstrom") == "impossible_value"


@pytest.mark.parametrize(("score", "noted"), [(59.9, False), (60.0, True), (66.0, True)])
def test_near_the_top_kinematics_are_the_primary_outcome(score: float, noted: bool) -> None:
    told = " ".join(stratify(_rated(score)).notes)

    assert ("kinematics as the primary outcome" in told) is noted


def _items(total_without: int, reflexes: tuple[int, int, int]) -> dict[str, float]:
    """Rate items so that the 30 voluntary ones sum to that, with A4 full if A5 is given."""
    items = dict.fromkeys((one.identifier for one in FMA_UE.items), 0.0)
    items.update(zip(REFLEXES, map(float, reflexes), strict=True))
    order = ["A4a", "A4b", "A4c"] if reflexes[2] else []
    order += [name for name in items if name not in REFLEXES and name not in order]
    left = total_without
    for name in order:
        items[name] = float(min(2, left))
        left -= int(items[name])
    assert left == 0
    return items


@pytest.mark.parametrize(("voluntary", "name"), [(19, "severe"), (20, "moderate")])
@pytest.mark.parametrize("reflexes", [(0, 0, 0), (2, 0, 0), (2, 2, 0)])
def test_woodbury_counts_the_voluntary_items_alone(
    voluntary: int, name: str, reflexes: tuple[int, int, int]
) -> None:
    items = _items(voluntary, reflexes)

    told = stratify(_rated(sum(items.values()), items), scheme="woodbury")

    assert told.most_likely.stratum.name == name
    severe = norm.cdf(19.5, voluntary, 2.46)
    assert told.strata[0].probability == pytest.approx(severe, abs=1e-12)
    assert any("within 2 points of a cut-off" in one for one in told.notes)


@pytest.mark.parametrize(("voluntary", "name"), [(47, "moderate"), (48, "mild")])
def test_woodbury_upper_cut_off_holds_with_all_reflexes(voluntary: int, name: str) -> None:
    items = _items(voluntary, (2, 2, 2))

    told = stratify(_rated(sum(items.values()), items), scheme="woodbury")

    assert told.most_likely.stratum.name == name


@pytest.mark.parametrize(("voluntary", "near"), [(16, False), (17, True), (21, True), (22, False)])
def test_woodbury_says_when_a_score_lies_within_the_error_of_a_cut_off(
    voluntary: int, near: bool
) -> None:
    items = _items(voluntary, (0, 0, 0))

    told = stratify(_rated(float(voluntary), items), scheme="woodbury")

    assert any("of a cut-off, which" in one for one in told.notes) is near


def test_woodbury_without_reflex_items_is_told_only_where_they_cannot_decide() -> None:
    told = stratify(_rated(36.0), scheme="woodbury")

    assert told.most_likely.stratum.name == "moderate"
    assert any("0 to 6 points of them are taken out" in one for one in told.notes)
    assert told.most_likely.probability == pytest.approx(
        min(norm.cdf(47.5 + r, 36, 2.46) - norm.cdf(19.5 + r, 36, 2.46) for r in range(7)),
        abs=1e-12,
    )
    assert sum(one.probability for one in told.strata) == pytest.approx(1, abs=1e-12)
    assert _refusal(_rated(22.0), "severe or moderate", "woodbury") == "missing_items"
    assert _refusal(_rated(51.0), "moderate or mild", "woodbury") == "missing_items"


@pytest.mark.parametrize(
    ("score", "name"), [(19, "severe"), (26, "moderate"), (47, "moderate"), (54, "mild")]
)
def test_woodbury_bounds_hold_up_to_the_last_point_that_reflexes_cannot_move(
    score: float, name: str
) -> None:
    told = stratify(_estimate(score, score - 0.4, score + 0.4), scheme="woodbury")

    assert told.most_likely.stratum.name == name


@pytest.mark.parametrize("score", [20, 25, 48, 53])
def test_woodbury_refuses_from_the_first_point_that_reflexes_can_move(score: float) -> None:
    visit = _estimate(score, score - 0.4, score + 0.4)

    assert _refusal(visit, "A1a, A1b, A5 of S1 must be rated", "woodbury") == "missing_items"


def test_estimated_reflex_items_do_not_count_as_rated() -> None:
    visit = _estimate(22.0, 21.8, 22.2, items=dict.fromkeys(REFLEXES, 2.0))

    assert _refusal(visit, "must be rated", "woodbury") == "missing_items"


def test_a_full_score_leaves_no_doubt_about_the_reflexes() -> None:
    told = stratify(_rated(66.0), scheme="woodbury")

    assert not any("taken out" in one for one in told.notes)


def test_the_json_has_the_promised_form() -> None:
    told = stratify(_rated(30.0)).as_json()

    assert set(told) == {
        "scheme", "title", "source", "session", "strata", "most_likely", "interval",
        "interval_spans", "notes", "refused",
    }  # fmt: skip
    assert told["refused"] is None
    assert told["most_likely"] == "poor"
    assert set(told["strata"][0]) == {"name", "label", "low", "high", "probability"}
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_ratings_in_the_middle_of_the_narrow_stratum_are_too_uncertain_on_hoonhorst_alone() -> None:
    for score in range(67):
        if score in (49, 50, 51):
            assert _refusal(_rated(score), "touch 3") == "too_uncertain"
            stratify(_rated(score), scheme="three_level")
        else:
            stratify(_rated(score))


@pytest.mark.parametrize(("low", "refused"), [(25.4, True), (25.6, False)])
def test_unrated_reflexes_widen_the_interval_downwards(low: float, refused: bool) -> None:
    visit = _estimate(36.0, low, 48.0)  # 6 points less reach below 19.5

    if refused:
        assert _refusal(visit, "touch 3", "woodbury") == "too_uncertain"
    else:
        assert stratify(visit, scheme="woodbury").interval_spans == 2


def test_who_was_rated_is_not_told_to_be_rated() -> None:
    with pytest.raises(
        ClinicalError, match=r"touch 3\. Ratings have error too.*three_level"
    ) as told:
        stratify(_rated(50))
    assert "signals" not in str(told.value)
    assert "not for a plan" in str(told.value)  # plans take the default scheme alone
    _refusal(_estimate(50, 40, 60), "Rate the arm, or record again with better signals")
