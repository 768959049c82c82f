from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest
from sklearn.base import clone

from hybridmfp.errors import CohortError
from hybridmfp.features import ALIGNMENT_FEATURES, SessionDigest
from hybridmfp.models import SessionRows

N_POINTS = 41
PHASE = np.linspace(0, 1, N_POINTS)


def session(
    subject: str,
    *,
    seed: int,
    tasks: tuple[str, ...] = ("reach", "drink"),
    shift: float = 0.0,
    emg: bool = True,
    kinematics: bool = True,
) -> SessionDigest:
    """A session with two repetitions of each task; `shift` is added to every trial feature."""
    rng = np.random.default_rng(seed)
    names = [task for task in tasks for _ in range(2)]
    usual = np.array([[len(task), 10.0 * len(task)] for task in names])
    bumps = np.stack(
        [
            np.exp(-(((PHASE - 0.5 - rng.normal(0, 0.03)) / 0.1) ** 2)) * np.ones((5, 1))
            for _ in names
        ]
    )
    bursts = np.stack([np.abs(bump[:3]) + 0.05 for bump in bumps])
    return SessionDigest(
        subject=subject,
        session="1",
        task=np.array(names),
        columns=("kin.a", "kin.b"),
        features=usual + shift + rng.normal(0, 0.1, usual.shape),
        session_columns=("kin.path_variability",),
        session_features=np.array([float(seed)]),
        movement=(bumps if kinematics else np.full_like(bumps, np.nan)).astype(np.float32),
        envelopes=(bursts if emg else np.full_like(bursts, np.nan)).astype(np.float32),
    )


SESSIONS = [session(f"S{number}", seed=number, shift=0.2 * number) for number in range(6)]
ALIGNED = [definition.name for definition in ALIGNMENT_FEATURES]


def column(rows: np.ndarray, model: SessionRows, name: str) -> np.ndarray:
    return rows[:, list(model.get_feature_names_out()).index(name)]


def test_a_row_has_trial_alignment_and_session_features_in_that_order() -> None:
    model = SessionRows().fit(SESSIONS)

    assert list(model.get_feature_names_out()) == [
        "kin.a", "kin.b", *ALIGNED, "kin.path_variability"
    ]  # fmt: skip
    assert model.transform(SESSIONS).shape == (6, 6)


def test_fitting_and_transforming_at_once_gives_the_same_rows() -> None:
    model = SessionRows(controls=(session("H1", seed=50),))

    at_once = clone(model).fit_transform(SESSIONS)

    np.testing.assert_array_equal(at_once, model.fit(SESSIONS).transform(SESSIONS))


def test_features_of_the_alignment_can_be_had_in_natural_units() -> None:
    model = SessionRows(controls=(session("H1", seed=50),)).fit(SESSIONS)

    found = model.with_alignment(SESSIONS)

    assert found[2].columns == ("kin.a", "kin.b", *ALIGNED)
    np.testing.assert_array_equal(found[2].features[:, :2], SESSIONS[2].features)
    # What the rows say is the same, in standard deviations from what is usual.
    usual = model.norms_.transform(found[2].features, task=found[2].task)
    np.testing.assert_allclose(
        np.median(usual, axis=0), model.transform(SESSIONS)[2, : usual.shape[1]], atol=1e-12
    )
    assert SESSIONS[2].columns == ("kin.a", "kin.b")


def test_people_who_did_different_tasks_can_be_compared() -> None:
    model = SessionRows().fit(SESSIONS)
    only_reach = session("X", seed=90, tasks=("reach",), shift=1.0)
    only_drink = session("Y", seed=91, tasks=("drink",), shift=1.0)

    rows = model.transform([only_reach, only_drink])

    first, second = column(rows, model, "kin.b")
    assert first > 0.3
    assert second == pytest.approx(first, abs=0.5)  # raw values differ by fifty


def test_who_is_transformed_along_does_not_matter() -> None:
    model = SessionRows().fit(SESSIONS[:4])

    together = model.transform(SESSIONS[4:])
    alone = [model.transform([one])[0] for one in SESSIONS[4:]]

    np.testing.assert_array_equal(together, alone)


def test_only_the_sessions_given_teach_anything() -> None:
    stranger = session("Z", seed=77, shift=100.0)

    with_stranger = SessionRows().fit([*SESSIONS, stranger]).transform(SESSIONS)
    without = SessionRows().fit(SESSIONS).transform(SESSIONS)

    assert not np.allclose(with_stranger, without)


def test_controls_teach_too() -> None:
    healthy = tuple(session(f"H{number}", seed=60 + number, shift=-3.0) for number in range(6))

    with_controls = SessionRows(controls=healthy).fit(SESSIONS)
    without = SessionRows().fit(SESSIONS)

    higher = column(with_controls.transform(SESSIONS), with_controls, "kin.a")
    assert np.mean(higher) > np.mean(column(without.transform(SESSIONS), without, "kin.a")) + 0.3


def test_an_unknown_task_has_no_norm_and_no_template() -> None:
    model = SessionRows().fit(SESSIONS)

    row = model.transform([session("X", seed=9, tasks=("throw",))])[0]

    assert np.isnan(row[:5]).all()
    assert row[5] == 9.0


def test_a_session_without_emg_has_no_envelope_distance() -> None:
    model = SessionRows().fit(SESSIONS)

    rows = model.transform([session("X", seed=9, emg=False), SESSIONS[0]])

    assert np.isnan(column(rows, model, "align.envelope_distance")).tolist() == [True, False]
    assert np.isfinite(column(rows, model, "align.effort")).all()


def test_without_kinematics_the_envelopes_are_aligned() -> None:
    blind = [session(f"S{number}", seed=number, kinematics=False) for number in range(4)]

    model = SessionRows().fit(blind)
    rows = model.transform(blind)

    assert np.isfinite(column(rows, model, "align.effort")).all()
    assert model.movement_aligner_ is None


def test_a_late_movement_costs_effort_not_distance() -> None:
    model = SessionRows(band=0.2).fit(SESSIONS)
    late = copy.copy(SESSIONS[0])
    moved = np.roll(SESSIONS[0].movement, 4, axis=-1)
    late = dataclasses.replace(late, movement=moved)

    rows = model.transform([SESSIONS[0], late])

    effort = column(rows, model, "align.effort")
    assert effort[1] > effort[0] + 1


def test_everybody_counts_once_for_a_template() -> None:
    def keep(trials: list[int], one: SessionDigest) -> SessionDigest:
        return dataclasses.replace(
            one,
            task=one.task[trials],
            features=one.features[trials],
            movement=one.movement[trials],
            envelopes=one.envelopes[trials],
        )

    first = SessionRows().fit([keep([0, 2], one) for one in SESSIONS])
    every = SessionRows().fit(SESSIONS)

    for task in ("reach", "drink"):
        np.testing.assert_array_equal(
            every.movement_aligner_.templates_[task], first.movement_aligner_.templates_[task]
        )


def test_copies_of_an_estimator_share_its_controls() -> None:
    healthy = (session("H1", seed=60),)

    assert clone(SessionRows(controls=healthy)).controls[0] is healthy[0]


def test_sessions_with_other_columns_are_refused() -> None:
    other = dataclasses.replace(SESSIONS[1], columns=("kin.a", "kin.c"))

    with pytest.raises(CohortError, match="must share their feature columns; got 2"):
        SessionRows().fit([SESSIONS[0], other])
