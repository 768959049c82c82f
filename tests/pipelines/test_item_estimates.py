"""What expected points of items promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hybridmfp.errors import EvaluationError
from hybridmfp.features.session import SessionDigest
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.pipelines.item_estimates import is_observable, item_estimates
from hybridmfp.signals import SCALES, Item, Scale

SCALE = SCALES["fma-ue"]
MUSCLES = ("biceps_brachii", "extensor_carpi_ulnaris", "extensor_digitorum", "triceps_brachii")
REFLEXES = {"A1a", "A1b", "A5"}
ALL = {item.identifier for item in SCALE.items}


class Rating:
    """Gives every item the same points, or has no network to ask."""

    def __init__(self, points: float | None, modality: str | None = None) -> None:
        self.points = points
        self.modality = modality

    def predict_items(self, X: Any) -> Any:
        if self.points is None:
            raise EvaluationError("networks must have been trained to be asked.")
        return np.full((len(X), len(SCALE.items)), self.points)


def visit(*, muscles: tuple[str, ...] = MUSCLES, kinematics: bool = True) -> SessionDigest:
    """A session of one trial; muscles that are not named are there, but all gaps."""
    emg = np.full((1, len(MUSCLES), 1, 3), np.nan, dtype=np.float32)
    for name in muscles:
        emg[:, MUSCLES.index(name)] = 0.5
    moved = np.full((1, 2, 3), 0.1 if kinematics else np.nan, dtype=np.float32)
    empty = np.empty((1, 0, 3), dtype=np.float32)
    return SessionDigest(
        subject="P01",
        session="1",
        task=np.array(["reach"]),
        columns=(),
        features=np.empty((1, 0)),
        session_columns=(),
        session_features=np.empty(0),
        movement=empty,
        envelopes=empty,
        bag=TrialBag(MUSCLES, ((20.0, 450.0),), emg, ("x", "y"), moved, np.ones(1, np.float32)),
    )


def sections(items: dict[str, float | None] | None) -> set[str]:
    """The sections of which something was said."""
    assert items is not None
    return {name[0] for name, points in items.items() if points is not None}


@pytest.mark.parametrize(("points", "shown"), [(1.25, 1.25), (-0.5, 0), (7.0, 2)])
def test_items_are_on_their_levels_and_reflexes_are_not_estimated(
    points: float, shown: float
) -> None:
    items = item_estimates(Rating(points), visit(), SCALE)

    assert items is not None
    assert list(items) == [item.identifier for item in SCALE.items]
    assert {name for name, one in items.items() if one is None} == REFLEXES
    assert {one for one in items.values() if one is not None} == {shown}


def test_wrist_and_hand_are_not_estimated_from_movement_alone() -> None:
    items = item_estimates(Rating(1.0), visit(muscles=()), SCALE)

    assert sections(items) == {"A", "D"}


def test_dysmetria_is_not_estimated_from_muscles_alone() -> None:
    items = item_estimates(Rating(1.0), visit(kinematics=False), SCALE)

    assert items is not None
    assert {name for name, one in items.items() if one is None} == {*REFLEXES, "D2"}


def test_wrist_and_hand_need_muscles_of_their_own() -> None:
    upper_arm = item_estimates(Rating(1.0), visit(muscles=("biceps_brachii",)), SCALE)
    wrist = item_estimates(Rating(1.0), visit(muscles=("extensor_carpi_ulnaris",)), SCALE)
    wrist_alone = item_estimates(
        Rating(1.0), visit(muscles=("extensor_carpi_ulnaris",), kinematics=False), SCALE
    )

    assert sections(upper_arm) == {"A", "D"}
    assert sections(wrist) == {"A", "B", "D"}
    assert sections(wrist_alone) == {"B", "D"}


def test_a_model_shows_nothing_of_what_it_does_not_look_at() -> None:
    by_movement = item_estimates(Rating(1.0, "kinematics"), visit(), SCALE)
    by_muscles = item_estimates(Rating(1.0, "emg"), visit(), SCALE)

    assert sections(by_movement) == {"A", "D"}
    assert by_muscles is not None
    assert by_muscles["D2"] is None
    assert by_muscles["C1"] == 1.0


def test_where_nothing_was_recorded_nothing_is_said() -> None:
    blank = visit(muscles=(), kinematics=False)

    for session in (blank, replace(blank, bag=None)):
        items = item_estimates(Rating(1.0), session, SCALE)
        assert items is not None
        assert set(items) == ALL
        assert set(items.values()) == {None}


def test_any_recording_may_show_items_of_a_scale_of_ones_own() -> None:
    mine = Scale("mine", 0, 4, (Item("R", "A", "a Reflex"), Item("W", "B", "wrist")))
    by_movement = visit(muscles=())

    seen = {item.identifier: is_observable(item, mine, by_movement) for item in mine.items}

    assert seen == {"R": False, "W": True}


def test_without_items_none_are_made_up() -> None:
    bare = Scale(name="mine", minimum=0, maximum=10)

    assert item_estimates(Rating(1.0), visit(), bare) is None
    assert item_estimates(Rating(None), visit(), SCALE) is None
    assert item_estimates(object(), visit(), SCALE) is None
