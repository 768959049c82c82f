"""What an explanation promises, for networks, for ensembles and for stacks of both."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from planted_cohort import BIOMARKERS, planted_cohort
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from hybridmfp.errors import CohortError, SettingsError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models import ElasticNetEnsemble, HybridRegressor, SessionRows
from hybridmfp.models.explanation import Explanation, ExplanationReference, explain, find_definition
from hybridmfp.models.explanation.model_parts import ModelParts
from hybridmfp.models.explanation.row_model import RowModel
from hybridmfp.models.fusion import FusionRegressor, FusionSettings, NetworkSettings
from hybridmfp.models.fusion.attribution import SessionPath
from hybridmfp.models.fusion_settings import TrainingSettings
from hybridmfp.models.hybrid_regressor import ESTIMATE
from hybridmfp.signals import Scale

# The function of the same name hides the module on the package.
explain_module = sys.modules["hybridmfp.models.explanation.explain"]

TOTAL = Scale(name="total", minimum=0, maximum=66)
DRIVER = ("kin.trunk_displacement", None)
TRAIN = planted_cohort(DRIVER, n_people=36, seed=231)
PEOPLE = planted_cohort(DRIVER, n_people=6, seed=232, least=0.7).sessions
KINDS = ("ensemble", "fusion", "hybrid")


def network(**others: Any) -> FusionRegressor:
    wanted = {"start": "scratch", "n_epochs": 2, "batch_trials": 1, **others}
    shape = NetworkSettings(width=8, n_heads=2, align=False)
    settings = FusionSettings(shape, TrainingSettings(**wanted))
    return FusionRegressor(scale=TOTAL, settings=settings, device="cpu")


def ensemble() -> ElasticNetEnsemble:
    return ElasticNetEnsemble(prepare=SessionRows(), minimum=0, maximum=66)


@cache
def fitted(kind: str) -> Any:
    model = {
        "ensemble": ensemble,
        "fusion": network,
        "hybrid": lambda: HybridRegressor(network=network(), ensemble=ensemble(), n_folds=2),
    }[kind]()
    return model.fit(TRAIN.sessions, TRAIN.scores)


@cache
def reference(kind: str) -> ExplanationReference:
    return ExplanationReference().fit(TRAIN.sessions, model=fitted(kind), controls=tuple(PEOPLE))


def explained(kind: str, session: SessionDigest) -> Explanation:
    return explain(fitted(kind), session, reference=reference(kind))


def weighed(model: Any, **weights: float) -> Any:
    """The same fitted ensemble with other weights of its members; all others are 0."""
    other = copy.copy(model)
    other.weights_ = {
        kind: weights.get(kind.replace(" ", "_").replace(".", "_"), 0.0) for kind in model.weights_
    }
    return other


def points_of(found: Explanation, name: str) -> float:
    return next((one.points for one in found.biomarkers if one.name == name), 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_estimate_is_that_of_the_model_and_all_parts_add_up_to_it(kind: str) -> None:
    for session in PEOPLE:
        found = explained(kind, session)

        on_map = 0.0 if found.signal_map is None else found.signal_map.points.sum()
        parts = found.base + on_map + sum(one.points for one in found.biomarkers)
        moved = sum(abs(one.points) for one in found.drivers)
        assert found.estimate == pytest.approx(fitted(kind).predict([session])[0], abs=1e-4)
        assert parts + found.unassigned == pytest.approx(found.estimate, abs=1e-9)
        # 2 % is what integration may leave; the tempering of the stack adds a little.
        assert abs(found.unassigned) <= (1e-9 if kind == "ensemble" else 0.05 * moved)


@pytest.mark.parametrize("kind", KINDS)
def test_drivers_are_all_that_moved_the_most_important_first(kind: str) -> None:
    found = explained(kind, PEOPLE[0])

    sizes = [abs(one.points) for one in found.drivers]
    cells = [] if found.signal_map is None else found.signal_map.points.ravel().tolist()
    moved = [*cells, *(one.points for one in found.biomarkers)]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(one.share for one in found.drivers) == pytest.approx(1, abs=1e-12)
    assert sorted(sizes) == sorted(abs(one) for one in moved if one != 0)
    for one in found.drivers:
        assert one.direction == ("raises" if one.points > 0 else "lowers")
        assert (one.phase is None) == (one.kind == "biomarker")
        assert one.share == pytest.approx(abs(one.points) / sum(sizes), abs=1e-12)


def test_a_linear_ensemble_gives_coefficient_times_distance_from_the_mean() -> None:
    model = weighed(fitted("ensemble"), ridge=1.0)
    found = explain(model, PEOPLE[1], reference=reference("ensemble"))

    rows = SessionRows().fit(TRAIN.sessions)
    table, own = rows.transform(TRAIN.sessions), rows.transform(PEOPLE[1:2])[0]
    columns = [str(name) for name in rows.feature_names_]
    estimates = RowModel(model).members(table)
    # The ridge of components is a line in the columns; a column that nobody has is none.
    line = Ridge(1e-12).fit(np.nan_to_num(table), estimates)
    for name in BIOMARKERS:
        at = columns.index(name)
        expected = line.coef_[at] * (own[at] - table[:, at].mean())
        assert points_of(found, name) == pytest.approx(expected, abs=1e-4)
    assert found.base == pytest.approx(estimates.mean(), abs=1e-6)


def test_a_biomarker_that_was_not_measured_gets_no_share() -> None:
    features = PEOPLE[0].features.copy()
    features[:, BIOMARKERS.index(DRIVER[0])] = np.nan

    found = explained("ensemble", replace(PEOPLE[0], features=features))

    assert points_of(explained("ensemble", PEOPLE[0]), DRIVER[0]) != 0
    assert DRIVER[0] not in [one.name for one in found.drivers]
    assert found.unassigned == pytest.approx(0, abs=1e-9)


def test_a_muscle_that_was_not_recorded_gets_no_share_of_a_hybrid() -> None:
    bag = PEOPLE[0].bag
    emg = bag.emg.copy()
    emg[:, bag.muscles.index("triceps_brachii")] = np.nan

    found = explained("hybrid", replace(PEOPLE[0], bag=replace(bag, emg=emg)))

    at = found.signal_map.rows.index("triceps_brachii")
    np.testing.assert_array_equal(found.signal_map.points[at], 0)
    assert "triceps_brachii" not in [one.name for one in found.drivers]
    assert np.all(found.signal_map.points[found.signal_map.rows.index("biceps_brachii")] != 0)


def test_a_stack_that_believes_the_networks_alone_is_the_mean_of_their_maps() -> None:
    model = copy.copy(fitted("hybrid"))
    model.stack_ = weighed(model.stack_, network_estimate=1.0)

    found = explain(model, PEOPLE[2], reference=reference("hybrid"))

    places = np.linspace(0.005, 0.995, 100)
    alone = [
        SessionPath(one, PEOPLE[2], signals).attribute(places=places)
        for one, signals in zip(model.networks_, reference("hybrid").signals_, strict=True)
    ]
    expected = np.mean([one.points for one in alone], axis=0)
    # The two networks share 12 places; 2 % of all that moved is the error allowed.
    np.testing.assert_allclose(
        found.signal_map.points, expected, atol=0.02 * np.abs(expected).sum()
    )
    assert found.network_share == 1
    assert points_of(found, "kin.movement_time") == pytest.approx(
        np.mean([one.context[0] for one in alone]), abs=0.02 * np.abs(expected).sum()
    )


def test_what_members_make_of_the_embedding_is_handed_on_to_the_signals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(explain_module, "_SMALL_WAY", 0.0)  # nothing is held back
    model = copy.copy(fitted("hybrid"))
    model.stack_ = weighed(model.stack_, ridge=1.0)  # the networks' estimate itself counts nothing
    rng = np.random.default_rng(0)
    model.turns_ = [np.linalg.qr(rng.normal(size=(8, 8)))[0] for _ in model.turns_]
    names = [str(name) for name in model.stack_.feature_names_]
    coefficients = dict(zip(names, model.stack_.coefficients_, strict=True))
    assert any(coefficients[f"network.embedding.{axis}"] for axis in range(8))

    found = explain(model, PEOPLE[2], reference=reference("hybrid"))

    # What is left is the error of integration, which is at most 2 % of all that moved.
    assert found.network_share == 0
    moved = np.abs(found.signal_map.points).sum()
    assert moved > 0.01
    assert abs(found.unassigned) <= 0.03 * moved


def test_without_networks_a_hybrid_is_explained_as_its_ensemble() -> None:
    few = planted_cohort(DRIVER, n_people=6, seed=233)
    model = HybridRegressor(network=network(), ensemble=ensemble()).fit(few.sessions, few.scores)
    own = ExplanationReference().fit(few.sessions, model=model)

    found = explain(model, PEOPLE[0], reference=own)

    alone = ExplanationReference().fit(few.sessions, model=model.stack_)
    assert found.signal_map is None
    assert found.drivers == explain(model.stack_, PEOPLE[0], reference=alone).drivers


def test_an_estimate_at_the_edge_of_the_scale_says_what_clipping_took() -> None:
    model = copy.copy(fitted("ensemble"))
    model.centre_ = model.centre_ + 40

    found = explain(model, PEOPLE[0], reference=reference("ensemble"))

    beyond = RowModel(model).members(RowModel(model).table(PEOPLE[:1]))[0]
    assert found.estimate == min(66, beyond)
    assert found.unassigned == pytest.approx(found.estimate - beyond, abs=1e-9)


def test_biomarkers_come_with_definition_value_and_ranges() -> None:
    found = explained("hybrid", PEOPLE[0])

    one = next(one for one in found.biomarkers if one.name == "emg.rms.biceps_brachii")
    at = BIOMARKERS.index(one.name)
    assert one.definition is find_definition("emg.rms")
    assert one.definition.unit == "V"
    assert one.value == PEOPLE[0].features[0, at]  # a single trial
    people = np.sort([session.features[0, at] for session in TRAIN.sessions])
    assert one.cohort == pytest.approx((people[0], people[-1]))  # fewer than 39 people
    healthy = np.sort([session.features[0, at] for session in PEOPLE])
    assert one.healthy == pytest.approx((healthy[0], healthy[-1]))
    assert {"align.effort", "kin.movement_time", *BIOMARKERS} <= {
        one.name for one in found.biomarkers
    }
    assert np.isfinite(next(x.value for x in found.biomarkers if x.name == "align.effort"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_reference_in_arrays_and_words_explains_the_same(kind: str) -> None:
    described, arrays = reference(kind).as_arrays()

    again = ExplanationReference.from_arrays(json.loads(json.dumps(described)), arrays)

    found = explain(fitted(kind), PEOPLE[0], reference=again)
    assert found.drivers == explained(kind, PEOPLE[0]).drivers
    assert found.as_json() == explained(kind, PEOPLE[0]).as_json()
    assert not any(array.dtype == object for array in arrays.values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_json_is_strict_and_says_all(kind: str) -> None:
    found = explained(kind, PEOPLE[0])

    told = json.loads(json.dumps(found.as_json(), allow_nan=False))

    assert set(told) == {"drivers", "signal_map", "biomarkers"}
    first = told["drivers"][0]
    assert set(first) == {"name", "kind", "phase", "direction", "points", "share"}
    assert len(told["drivers"]) == len(found.drivers)
    assert set(told["biomarkers"][0]) == {
        "name", "definition", "unit", "value", "healthy", "cohort", "points"
    }  # fmt: skip
    if kind != "ensemble":
        assert len(told["signal_map"]["points"]) == len(told["signal_map"]["rows"])
        assert told["signal_map"]["phases"] == ["early", "middle", "late"]


def test_scores_are_not_looked_at_and_a_person_counts_once() -> None:
    twice = [*TRAIN.sessions[:8], replace(TRAIN.sessions[0], session="2")]

    once = ExplanationReference().fit(TRAIN.sessions[:8], model=fitted("ensemble"))
    again = ExplanationReference().fit(twice, np.arange(9.0), model=fitted("ensemble"))

    np.testing.assert_allclose(again.row_, once.row_, rtol=1e-12)
    np.testing.assert_allclose(again.spread_, once.spread_, rtol=1e-12)


def test_references_of_other_models_and_other_kinds_of_models_are_refused() -> None:
    with pytest.raises(CohortError, match=r"must be learned for this model, with 2 networks"):
        explain(fitted("hybrid"), PEOPLE[0], reference=reference("ensemble"))
    with pytest.raises(CohortError, match=r"must be learned for this model, with 0 networks"):
        explain(fitted("ensemble"), PEOPLE[0], reference=reference("fusion"))
    with pytest.raises(SettingsError, match=r"must be a HybridRegressor.*got Ridge"):
        ModelParts.of(Ridge())
    with pytest.raises(NotFittedError):
        explain(fitted("ensemble"), PEOPLE[0], reference=ExplanationReference())
    with pytest.raises(CohortError, match=r"at least one; got none"):
        ExplanationReference().fit([], model=fitted("ensemble"))
    with pytest.raises(CohortError, match=r"must be among the features"):
        find_definition("x0")


def test_explaining_an_ensemble_does_not_import_torch() -> None:
    code = "import sys, hybridmfp.models.explanation; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


def test_the_weights_of_the_stack_are_all_that_names_the_networks_share() -> None:
    found = explained("hybrid", PEOPLE[0])

    assert found.network_share == fitted("hybrid").stack_.weights_[ESTIMATE]
    assert explained("fusion", PEOPLE[0]).network_share == 1
    assert explained("ensemble", PEOPLE[0]).network_share == 0
