"""What `find_falls` promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.clinical.change.deterioration import Fall, Stretch, find_falls
from hybridmfp.clinical.change.visit_noise import visit_covariance

BEST, LATE = Stretch(5, 9), (Stretch(3, 4), Stretch(5, 7))


def _falls(scores: np.ndarray, days: np.ndarray | None = None, sd: float = 2.0) -> Any:
    where = np.arange(len(scores), dtype=float) if days is None else days
    covariance = visit_covariance(where, np.full(len(scores), sd))
    return find_falls(where, scores, covariance, best=BEST, late=LATE, median_factor=1.1)


def _slow(scores: np.ndarray, days: np.ndarray, covariance: np.ndarray, visit: int) -> float | None:
    """Judge one visit by every pair of stretches, one contrast vector each."""

    def ends_at(end: int, rule: Stretch) -> int | None:
        for start in range(end, -1, -1):
            if end - start + 1 >= rule.visits and days[end] - days[start] >= rule.days - 1e-9:
                return start
        return None

    found = []
    for rule in LATE:
        start = ends_at(visit, rule)
        for end in range(start or 0):
            first = ends_at(end, BEST)
            if first is None or start is None:
                continue
            contrast = np.zeros(len(scores))
            contrast[first : end + 1] += 1 / (end + 1 - first)
            contrast[start : visit + 1] -= 1 / (visit + 1 - start)
            medians = np.median(scores[first : end + 1]) - np.median(scores[start : visit + 1])
            points = min(contrast @ scores, 1.1 * medians)
            found.append(points / np.sqrt(contrast @ covariance @ contrast))
    return max(found) if found else None


@given(st.integers(0, 10_000), st.integers(1, 24))
def test_it_is_the_largest_of_all_contrasts(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    days = np.cumsum(rng.choice([0.0, 1.0, 1.0, 3.0], n))
    scores = np.round(rng.normal(35, 5, n))
    covariance = visit_covariance(days, rng.uniform(2, 5, n))

    falls = find_falls(days, scores, covariance, best=BEST, late=LATE, median_factor=1.1)

    for visit, fall in enumerate(falls):
        slow = _slow(scores, days, covariance, visit)
        if slow is None:
            assert fall is None
        else:
            assert fall.sds == pytest.approx(slow, abs=1e-9)


@given(st.integers(0, 10_000))
def test_later_visits_do_not_change_what_was_told(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(35, 5, 25)

    whole = _falls(scores)

    assert _falls(scores[:18]) == whole[:18]


@given(st.integers(0, 10_000), st.floats(-20, 20), st.floats(0.5, 3))
def test_level_and_unit_do_not_matter(seed: int, shift: float, factor: float) -> None:
    scores = np.random.default_rng(seed).normal(35, 5, 20)

    plain = [one.sds for one in _falls(scores) if one]
    other = [one.sds for one in _falls(factor * scores + shift, sd=2.0 * factor) if one]

    np.testing.assert_allclose(plain, other, atol=1e-7)


def test_a_lasting_fall_is_found_with_its_size() -> None:
    falls = _falls(np.r_[np.full(15, 40.0), np.full(8, 31.0)])

    assert falls[22] == Fall(9.0, falls[22].late_visits, falls[22].sds)
    assert falls[22].sds > 3.8
    assert max(one.sds for one in falls[:15] if one) == 0.0


@pytest.mark.parametrize("place", [14, 15, 19])
@pytest.mark.parametrize("fallen", [1, 2])
def test_two_bad_days_however_bad_are_no_fall(place: int, fallen: int) -> None:
    scores = np.full(20, 40.0)
    scores[place : place + fallen] = 0.0

    assert max(one.sds for one in _falls(scores) if one) == 0.0


def test_one_splendid_day_makes_no_level_to_fall_from() -> None:
    scores = np.full(20, 40.0)
    scores[6:10] = 66.0

    assert max(one.sds for one in _falls(scores) if one) == 0.0


def test_a_steady_rise_is_no_fall() -> None:
    assert max(one.sds for one in _falls(np.linspace(20, 50, 25)) if one) < 0


@pytest.mark.parametrize(("n", "judged"), [(14, False), (15, True)])
def test_daily_visits_are_judged_from_the_fifteenth_on(n: int, judged: bool) -> None:
    # ten days make a level that was kept up, five more the late one
    assert (_falls(np.full(n, 40.0))[-1] is not None) is judged


@pytest.mark.parametrize(("n", "judged"), [(7, False), (8, True)])
def test_weekly_visits_are_judged_from_the_eighth_on(n: int, judged: bool) -> None:
    days = 7 * np.arange(n, dtype=float)

    assert (_falls(np.full(n, 40.0), days)[-1] is not None) is judged


@pytest.mark.parametrize(("gap", "start"), [(3.99, -1), (4.0, 0), (4.01, 0)])
def test_a_stretch_has_its_days(gap: float, start: int) -> None:
    assert Stretch(3, 4).starts(np.array([0.0, 1.0, gap]))[-1] == start


@pytest.mark.parametrize(("n", "start"), [(2, -1), (3, 0), (4, 1)])
def test_a_stretch_has_its_visits(n: int, start: int) -> None:
    assert Stretch(3, 4).starts(7.0 * np.arange(n))[-1] == start


def test_no_visits_make_no_falls() -> None:
    assert _falls(np.empty(0)) == ()
