"""What a keyform promises: learned from enough persons, kept as it is, targets within reach."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rating_builder import (
    HIGHEST,
    LOWEST,
    cohort_rows,
    fitted_keyform,
    ladder,
    made_up_keyform,
)
from scipy.special import expit, logit

from hybridmfp.clinical.rating import (
    FMA_ITEMS,
    Keyform,
    PartialCreditModel,
    fit_keyform,
    keyform_rows,
    next_targets,
    view_keyform,
    voluntary_items,
)
from hybridmfp.clinical.rating.choices import keyform_choices
from hybridmfp.clinical.rating.keyform import CalibratedItem
from hybridmfp.errors import ClinicalError, ReadError, WriteError

NAMES = voluntary_items()
HALF = {name: 2 if at < 15 else 0 for at, name in enumerate(NAMES)}


def refusal(act: Callable[[], object], message: str) -> str:
    with pytest.raises(ClinicalError, match=message) as refused:
        act()
    return refused.value.refusal


def fit(rows: Any, **changed: Any) -> Keyform:
    return fit_keyform(rows, **({"cohort": "made up", "synthetic": True} | changed))


# Fitting ----------------------------------------------------------------------------------------


def test_thresholds_are_those_of_the_model_of_the_voluntary_items() -> None:
    keyform = fitted_keyform()
    X = [[row[name] for name in NAMES] for row in cohort_rows()]

    model = PartialCreditModel().fit(X)

    assert tuple(keyform.items) == NAMES
    assert keyform.n_fitted == 150
    for name, steps, errors in zip(NAMES, model.thresholds_, model.thresholds_se_, strict=True):
        assert keyform.items[name].thresholds == tuple(steps)
        assert keyform.items[name].standard_errors == tuple(errors)
    assert (keyform.mean, keyform.sd) == (model.mean_, model.sd_)


def test_what_was_planted_is_found() -> None:
    planted = ladder(len(NAMES)).ravel()

    found = np.array([one.thresholds for one in fitted_keyform().items.values()]).ravel()
    errors = np.array([one.standard_errors for one in fitted_keyform().items.values()]).ravel()

    assert np.abs((found - planted) / errors).max() < 4
    assert fitted_keyform().reliability > 0.9


def test_tables_and_rows_and_reflexes_make_no_difference() -> None:
    rows = cohort_rows()
    bare = [{name: row[name] for name in NAMES} for row in rows]

    assert fit(pd.DataFrame(rows)) == fitted_keyform()
    assert fit(bare) == fitted_keyform()


def test_items_that_were_not_rated_are_left_open() -> None:
    rows = [dict(row) for row in cohort_rows()]
    rows[3]["C1"], rows[4]["C1"] = None, float("nan")  # type: ignore[assignment]

    keyform = fit(rows)

    assert keyform != fitted_keyform()
    assert keyform.items["C1"].location == pytest.approx(
        fitted_keyform().items["C1"].location, abs=0.1
    )


def test_one_hundred_persons_are_enough_and_one_less_is_not() -> None:
    assert keyform_choices()["least_persons"]["value"] == 100
    assert fit(cohort_rows()[:100]).n_fitted == 100
    assert refusal(lambda: fit(cohort_rows()[:99]), "100 persons or more; .* has 99") == "too_few"


def changed(at: int, told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = [dict(row) for row in cohort_rows()]
    rows[at] = {**rows[at], **told}
    return rows


@pytest.mark.parametrize(
    ("rows", "message", "named"),
    [
        (changed(7, {"A2e": 1.5}), "row 7 of made up must have one of 0, 1, 2", "impossible_items"),
        (changed(7, {"A1a": 1}), "A1a of row 7", "impossible_items"),
        (changed(7, dict.fromkeys(NAMES)), "row 7 .* must have a rated item", "missing_items"),
        (changed(7, {"subject": "P008"}), "got P008 more than once", "contradictory_inputs"),
        ([{**row, "C7": 2} for row in cohort_rows()], "nobody has 0 in C7, 1 in C7", "too_few"),
        (
            [{k: v for k, v in row.items() if k not in ("B2", "C7")} for row in cohort_rows()],
            "B2, C7 missing",
            "missing_items",
        ),
    ],
)
def test_cohorts_are_refused_by_name(rows: Any, message: str, named: str) -> None:
    assert refusal(lambda: fit(rows), message) == named


def test_other_scales_are_refused() -> None:
    told = refusal(lambda: fit(cohort_rows(), scale="fma-ue-mhh20"), "got fma-ue-mhh20")

    assert told == "other_scale"


# Files ------------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "keyform.json"

    fitted_keyform().save(path)

    assert Keyform.load(path) == fitted_keyform()
    with pytest.raises(WriteError, match=r"keyform\.json"):
        fitted_keyform().save(path)
    made_up_keyform().save(path, overwrite=True)
    assert Keyform.load(path) == made_up_keyform()


def items_with(**told: Any) -> dict[str, Any]:
    items = made_up_keyform().as_json()["items"]
    return {**items, "A2e": {**items["A2e"], **told}}


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"format": "hybridmfp-keyform/2"}, "format must be hybridmfp-keyform/1"),
        ({"items": {}}, "items must be the 30 voluntary ones; A2a"),
        ({"items": items_with(thresholds=[0.0])}, "must have 2 entries; got 1"),
        ({"items": items_with(thresholds=[0.0, 1e9])}, "within 100 logits"),
        ({"items": items_with(infit="good")}, "infit must be a number"),
        ({"items": items_with(standard_errors=[-0.1, 0.3])}, "must be 0 or more"),
        ({"items": items_with(outfit=-1.0)}, "must be 0 or more"),
        ({"n_fitted": 99}, "whole number of 100 or more"),
        ({"n_fitted": 100.5}, "whole number of 100 or more"),
        ({"sd": 0}, "sd must be above 0"),
        ({"reliability": 1.2}, "between 0 and 1"),
        ({"mean": -1e9}, "within 100 logits"),
        ({"extra": 1}, "extra is not known"),
        ({"synthetic": "yes"}, "synthetic must be true or false"),
    ],
)
def test_files_that_are_no_keyform_are_refused(
    tmp_path: Path, told: Mapping[str, Any], message: str
) -> None:
    path = tmp_path / "keyform.json"
    path.write_text(json.dumps(made_up_keyform().as_json() | told))

    with pytest.raises(ReadError, match=message):
        Keyform.load(path)


def test_a_keyform_of_another_scale_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keyform.json"
    path.write_text(json.dumps(made_up_keyform().as_json() | {"scale": "arat"}))

    assert refusal(lambda: Keyform.load(path), "got arat") == "other_scale"


VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.integers())


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*made_up_keyform().as_json()]), value=VALUES)
def test_no_value_breaks_the_loader(tmp_path: Path, name: str, value: Any) -> None:
    path = tmp_path / "keyform.json"
    path.write_text(json.dumps(made_up_keyform().as_json() | {name: value}))

    try:
        Keyform.load(path)
    except (ClinicalError, ReadError):
        return
    assert name in ("cohort", "mean", "sd", "n_fitted", "reliability")


# A patient --------------------------------------------------------------------------------------


def with_thresholds(name: str, thresholds: tuple[float, float]) -> Keyform:
    keyform = made_up_keyform()
    item = CalibratedItem(thresholds, (0.2, 0.2), 1.0, 1.0)
    return replace(keyform, items={**keyform.items, name: item})


def test_ability_is_the_one_at_which_points_are_expected() -> None:
    view = view_keyform(made_up_keyform(), HALF)

    assert view.theta == pytest.approx(0, abs=1e-6)  # fifteen easy ones of a symmetric ladder
    expected = {row.item: row.expected for row in view.rows}
    assert sum(expected.values()) == pytest.approx(30, abs=1e-6)
    assert list(expected.values()) == sorted(expected.values(), reverse=True)


def test_targets_are_the_steps_with_a_chance_within_the_window() -> None:
    view = view_keyform(made_up_keyform(), HALF | {"B1": 1})

    for row in view.rows:
        assert row.given is not None
        if row.given == 2:
            assert row.p_next is None
            assert not row.target
        else:
            chance = expit(view.theta - row.thresholds[row.given])
            assert row.p_next == pytest.approx(chance, rel=1e-12)
            assert row.target == (0.35 <= chance <= 0.65)
    chances = {row.item: row.p_next for row in view.rows}
    ordered = [chances[name] for name in view.targets]
    assert ordered == sorted(ordered, reverse=True)  # type: ignore[type-var]
    assert set(view.targets) == {row.item for row in view.rows if row.target}
    assert view.targets
    assert next_targets(made_up_keyform(), HALF | {"B1": 1}) == view.targets
    assert keyform_rows(made_up_keyform(), HALF | {"B1": 1}) == view.rows


@pytest.mark.parametrize(
    ("chance", "target"),
    [(0.349, False), (0.351, True), (0.5, True), (0.649, True), (0.651, False)],
)
def test_the_window_has_its_two_edges(chance: float, target: bool) -> None:
    """The item is left unrated at first, so that moving it does not move the ability."""
    others = {name: points for name, points in HALF.items() if name != "D3"}
    low = view_keyform(made_up_keyform(), others).theta
    keyform = with_thresholds("D3", (low - logit(chance), 5.0))
    for _ in range(15):  # the rating itself moves the ability a little: follow it
        theta = view_keyform(keyform, HALF).theta
        keyform = with_thresholds("D3", (theta - float(logit(chance)), 5.0))

    (row,) = (row for row in view_keyform(keyform, HALF).rows if row.item == "D3")

    assert row.p_next == pytest.approx(chance, abs=1e-6)
    assert row.target == target


def test_the_chance_to_reach_a_level_is_told_beside() -> None:
    view = view_keyform(made_up_keyform(), HALF)

    for row in view.rows:
        if row.given == 0:
            first, second = row.thresholds
            weights = [1, math.exp(view.theta - first), math.exp(2 * view.theta - first - second)]
            assert row.p_reach == pytest.approx(sum(weights[1:]) / sum(weights), rel=1e-9)


def test_unexpected_ratings_are_flagged() -> None:
    easiest, hardest = NAMES[0], NAMES[-1]

    view = view_keyform(made_up_keyform(), HALF | {easiest: 0, hardest: 2})

    assert set(view.unexpected) == {easiest, hardest}
    residuals = {row.item: row.residual for row in view.rows}
    assert residuals[easiest] < -2  # type: ignore[operator]
    assert residuals[hardest] > 2  # type: ignore[operator]
    assert view_keyform(made_up_keyform(), HALF).unexpected == ()


@pytest.mark.parametrize("beyond", [-0.01, 0.01])
def test_two_standard_deviations_are_the_edge(beyond: float) -> None:
    """A hard item with one point: its residual falls as it becomes easier."""

    def residual(place: float) -> float:
        view = view_keyform(with_thresholds("D3", (place, place + 1)), HALF | {"D3": 1})
        (row,) = (row for row in view.rows if row.item == "D3")
        assert row.residual is not None
        return row.residual

    low, high = 0.0, 6.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if residual(middle) < 2 + beyond else (low, middle)
    view = view_keyform(with_thresholds("D3", (low, low + 1)), HALF | {"D3": 1})

    assert ("D3" in view.unexpected) == (beyond > 0)


def test_items_that_were_not_rated_are_no_targets() -> None:
    view = view_keyform(made_up_keyform(), HALF | {"B1": None})

    (row,) = (row for row in view.rows if row.item == "B1")
    assert (row.given, row.p_next, row.residual, row.target) == (None, None, None, False)
    assert 0 < row.expected < 2


def test_reflexes_do_not_move_a_patient() -> None:
    with_them = view_keyform(made_up_keyform(), HALF | {"A1a": 2, "A1b": 0})

    assert with_them.theta == view_keyform(made_up_keyform(), HALF).theta
    assert {row.item for row in with_them.rows} == set(NAMES)


def test_both_ends_of_the_scale_have_a_place() -> None:
    lowest, highest = (view_keyform(made_up_keyform(), one) for one in (LOWEST, HIGHEST))

    assert math.isfinite(lowest.theta)
    assert lowest.theta < -3
    assert highest.theta > 3
    assert highest.targets == ()


def test_ten_rated_items_are_enough_and_one_less_is_not() -> None:
    ten = {name: HALF[name] for name in NAMES[10:20]}
    nine = {name: HALF[name] for name in NAMES[11:20]}

    assert keyform_choices()["least_rated_items"]["value"] == 10
    assert view_keyform(made_up_keyform(), ten).se > 0
    assert refusal(lambda: view_keyform(made_up_keyform(), nine), "got 9") == "too_few"


@pytest.mark.parametrize("told", [{"A2e": 1.25}, {"A2e": 3}, {"A9": 1}])
def test_points_that_no_rater_gives_are_refused(told: Mapping[str, float]) -> None:
    items = {**HALF, **told}

    assert (
        refusal(lambda: next_targets(made_up_keyform(), items), "this patient")
        == "impossible_items"
    )


def test_a_view_is_json_ready_and_tells_its_sources() -> None:
    told = view_keyform(made_up_keyform(), HALF | {"B1": None}).as_json()

    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert {"theta", "se", "rows", "targets", "n_fitted", "synthetic", "refused"} <= set(told)
    row_names = {"item", "title", "section", "given", "expected", "thresholds", "target", "p_next"}
    assert all(row_names <= set(row) for row in told["rows"])
    assert {row["title"] for row in told["rows"]} <= {one.title for one in FMA_ITEMS.values()}
    assert told["target_window"]["source"]["source_status"] == "assumption"
    assert told["synthetic"] is True


def test_practice_is_that_of_the_keyform_trial() -> None:
    """Woodbury 2016, doi:10.1016/j.apmr.2016.03.022."""
    told = view_keyform(made_up_keyform(), HALF).as_json()["practice"]

    assert (told["repetitions_per_session"], told["sessions_per_target"]) == (200, 3)
    assert told["source"] == {
        "citation": "Woodbury 2016, Arch Phys Med Rehabil 97:1863, n = 10",
        "doi": "10.1016/j.apmr.2016.03.022",
        "source_status": "verified",
    }


def test_the_window_is_the_stated_one() -> None:
    window = keyform_choices()["target_window"]

    assert (window["low"], window["high"]) == (0.35, 0.65)
    assert keyform_choices()["unexpected_residual"]["value"] == 2.0
