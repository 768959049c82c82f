"""What a drawn trial promises."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from hybridmfp.pipelines.replay import replay

PLACES = ("trunk", "shoulder", "elbow", "wrist")
CHANNELS = tuple(f"{name}_{way}" for name in PLACES for way in ("forward", "up", "right"))


def session_of(n_trials: int = 3) -> Any:
    kinematics = np.random.default_rng(0).normal(size=(n_trials, len(CHANNELS), 64))
    bag = SimpleNamespace(
        channels=CHANNELS, kinematics=kinematics, duration_s=np.array([3.0, 1.0, 2.0][:n_trials])
    )
    return SimpleNamespace(bag=bag, task=np.array(["a", "b", "c"][:n_trials]))


def test_the_arm_moves_along_with_the_trunk() -> None:
    session = session_of(1)

    shown = replay(session)

    assert shown is not None
    points = {name: np.array(places).T for name, places in shown["points"].items()}
    trunk, shoulder, _, wrist = session.bag.kinematics[0].reshape(4, 3, 64)
    np.testing.assert_allclose(points["trunk"], trunk, atol=1e-4)  # rounded to 0.1 mm
    np.testing.assert_allclose(points["shoulder"], trunk + shoulder, atol=1e-4)
    np.testing.assert_allclose(points["wrist"], trunk + wrist, atol=1e-4)


def test_the_trial_of_median_duration_is_shown() -> None:
    shown = replay(session_of())

    assert shown is not None
    assert (shown["task"], shown["duration_s"]) == ("c", 2.0)


def test_a_trial_with_gaps_gives_way_to_one_that_was_seen() -> None:
    session = session_of()
    session.bag.kinematics[2, 4, :20] = np.nan

    shown = replay(session)

    assert shown is not None
    assert shown["task"] == "a"  # the longer one of the two that are left
    assert None not in shown["points"]["wrist"]


def test_gaps_stay_gaps_and_what_was_hardly_seen_is_not_shown() -> None:
    session = session_of(1)
    session.bag.kinematics[0, 0, 5] = np.nan
    shown = replay(session)

    assert shown is not None
    assert shown["points"]["trunk"][5] is None
    session.bag.kinematics[0, 0, :20] = np.nan
    assert replay(session) is None
