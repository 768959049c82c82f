"""What is said of the models that the folds fitted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hybridmfp.models import ElasticNetEnsemble, HybridRegressor
from hybridmfp.pipelines.selection import Look, look_inside, selection_table

FALLBACK = "the ensemble of named features alone, because it is a test"
COHORTS = [{"n_patients": 40, "seed": 9}, {"n_patients": 60, "seed": 7}]


def stack(*, fallback: str | None = None, converged: bool = True) -> ElasticNetEnsemble:
    """An ensemble as if it had been fitted."""
    fitted = ElasticNetEnsemble()
    fitted.feature_names_ = np.array(["speed", "network.estimate"], dtype=object)
    fitted.coefficients_ = np.array([-0.5, 2.0])
    fitted.weights_ = {"ridge": 0.25, "network.estimate": 0.75}
    fitted.fallback_, fitted.converged_ = fallback, converged
    return fitted


def network(*, simulated: bool = False, unknown: tuple[str, ...] = ()) -> SimpleNamespace:
    start = {"about": {"cohorts": COHORTS}} if simulated else None
    return SimpleNamespace(start_=start, reader_=SimpleNamespace(unknown_tasks_=unknown))


def hybrid(*networks: Any, alone: str | None = None, **stacked: Any) -> HybridRegressor:
    fitted = HybridRegressor(network=None, ensemble=ElasticNetEnsemble())
    fitted.stack_ = stack(**stacked)
    fitted.networks_, fitted.fallback_ = list(networks), alone
    return fitted


def test_an_ensemble_shows_its_coefficients_and_weights() -> None:
    assert look_inside(stack()) == Look(
        {"speed": -0.5, "network.estimate": 2.0}, {"ridge": 0.25, "network.estimate": 0.75}
    )


def test_a_model_that_chooses_nothing_is_not_looked_at() -> None:
    assert look_inside(Ridge()) is None
    assert look_inside(network()) is None


@pytest.mark.parametrize(
    ("stacked", "notes"),
    [
        ({}, ()),
        (
            {"fallback": "training mean"},
            ("the elastic net kept no feature, and the training mean was predicted",),
        ),
        ({"converged": False}, ("the elastic net did not converge",)),
    ],
)
def test_what_went_wrong_in_a_stack_is_noted(
    stacked: dict[str, Any], notes: tuple[str, ...]
) -> None:
    for model in (stack(**stacked), hybrid(**stacked)):
        found = look_inside(model)
        assert found is not None
        assert found.notes == notes


def test_a_network_says_what_it_started_from_and_what_it_did_not_know() -> None:
    found = look_inside(network(simulated=True, unknown=("swim", "walk")))

    assert found == Look(
        {},
        {},
        (
            "training started from weights of 100 simulated patients (seeds 7 to 9)",
            "swim, walk was not met in training and was read as 'other'",
        ),
        started=True,
    )


def test_a_hybrid_says_once_what_is_true_of_many_of_its_networks() -> None:
    found = look_inside(hybrid(*(network(simulated=True) for _ in range(4)), converged=False))

    assert found is not None
    assert found.started
    assert found.coefficients == {"speed": -0.5, "network.estimate": 2.0}
    assert found.notes == (
        "the elastic net did not converge",
        "training started from weights of 100 simulated patients (seeds 7 to 9)",
    )


def test_a_hybrid_without_networks_says_so_first() -> None:
    found = look_inside(hybrid(alone=FALLBACK, converged=False))

    assert found is not None
    assert found.notes == (f"the model was {FALLBACK}", "the elastic net did not converge")


def test_a_feature_that_only_some_folds_know_was_not_selected_in_the_others() -> None:
    table = selection_table([Look({"a": 1.0}, {}), Look({"a": 2.0, "network.estimate": -3.0}, {})])

    rows = {row["feature"]: row for row in table.to_dict("records")}
    assert (rows["a"]["share"], rows["a"]["coefficient"]) == (1.0, 1.5)
    assert (rows["network.estimate"]["share"], rows["network.estimate"]["coefficient"]) == (0.5, -3)
