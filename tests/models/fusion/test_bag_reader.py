"""What `BagReader` promises: names and timing from those given, and from nobody else."""

from __future__ import annotations

import warnings
from dataclasses import replace

import fusion_builder as build
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from hybridmfp.errors import CohortError, SignalError
from hybridmfp.models.fusion.bag_reader import (
    CONTEXT,
    OTHER_TASK,
    BagReader,
    Bags,
    UnknownTaskWarning,
)
from hybridmfp.preprocessing.dtw import apply_warp

EFFORT = CONTEXT.index("warp_effort")


def assert_same(one: Bags, other: Bags) -> None:
    for name in ("emg", "kinematics", "task", "context", "owner"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.fixture(scope="module")
def reader() -> BagReader:
    """Fitted with alignment; no test changes it."""
    return BagReader().fit(build.VISITS)


def test_names_are_those_of_the_sessions() -> None:
    less = build.with_muscles(build.VISITS[0], build.MUSCLES[1:])

    reader = BagReader(align=False).fit([less, *build.VISITS[1:]])

    assert reader.muscles_ == (*build.MUSCLES[1:], build.MUSCLES[0])  # as they were met
    assert reader.tasks_ == ("drink", "reach")
    assert reader.bands_hz_ == build.BANDS_HZ
    assert reader.n_points_ == build.N_POINTS


def test_every_sample_stands_where_its_name_says() -> None:
    reader = BagReader(align=False, muscles=("another", *build.MUSCLES[::-1])).fit(build.VISITS)

    bags = reader.transform(build.VISITS[:2])

    own = build.bag(build.VISITS[1])
    assert bags.emg.shape == (6, 4 * 2, build.N_POINTS)
    assert np.isnan(bags.emg[:, :2]).all()
    for at, name in enumerate(build.MUSCLES):
        row = 2 * reader.muscles_.index(name)
        np.testing.assert_array_equal(bags.emg[3:, row : row + 2], own.emg[:, at])
    np.testing.assert_array_equal(bags.kinematics[3:], own.kinematics)
    np.testing.assert_array_equal(bags.owner, [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(bags.task, [2, 1, 2] * 2)
    np.testing.assert_allclose(bags.context[3:, 0], np.log(own.duration_s), rtol=1e-6)
    assert np.isnan(bags.context[:, EFFORT]).all()
    assert bags.n_sessions == 2


def test_a_muscle_that_was_not_met_is_refused_or_left_out_on_demand(reader: BagReader) -> None:
    more = build.with_muscles(build.VISITS[0], (*build.MUSCLES, "trapezius"))

    with pytest.raises(CohortError, match=r"muscles must be among those met.*p00.*has trapezius"):
        reader.transform([more])
    assert_same(reader.transform([more], strict=False), reader.transform(build.VISITS[:1]))


def test_a_task_that_was_not_met_is_read_as_other_with_a_warning(reader: BagReader) -> None:
    strange = replace(build.VISITS[0], task=np.array(["reach", "wave", "throw a ball"]))

    with pytest.warns(UnknownTaskWarning, match="throw a ball, wave was not"):
        bags = reader.transform([strange])

    np.testing.assert_array_equal(bags.task, [2, OTHER_TASK, OTHER_TASK])
    assert reader.unknown_tasks_ == ("throw a ball", "wave")
    assert np.isfinite(bags.context[0, EFFORT])
    assert np.isnan(bags.context[1:, EFFORT]).all()  # there is no template to align them with
    np.testing.assert_allclose(
        bags.kinematics[1:], build.bag(strange).kinematics[1:], rtol=1e-6, atol=1e-7
    )
    reader.transform(build.VISITS)
    assert reader.unknown_tasks_ == ()


def test_a_session_laid_out_otherwise_is_refused(reader: BagReader) -> None:
    own = build.bag(build.VISITS[0])

    with pytest.raises(CohortError, match=r"share their time base, 16 points.*p09.*has 20 points"):
        reader.transform([build.visit(9, n_points=20)])
    with pytest.raises(CohortError, match="EMG bands"):
        reader.transform([build.visit(9, bands_hz=((20.0, 90.0), (90.0, 400.0)))])
    with pytest.raises(CohortError, match="share their kinematic channels; those of p00"):
        reader.transform([build.with_bag(build.VISITS[0], channels=own.channels[::-1])])
    with pytest.raises(CohortError, match="time base"):
        BagReader(align=False).fit([*build.VISITS, build.visit(9, n_points=20)])


@pytest.mark.parametrize("which", ["emg", "kinematics"])
def test_an_infinite_sample_is_refused(reader: BagReader, which: str) -> None:
    spoilt = getattr(build.bag(build.VISITS[0]), which).copy()
    spoilt[0, 0, ..., 3] = np.inf

    with pytest.raises(SignalError, match=r"samples must be finite.*p00, session 1, has infinite"):
        reader.transform([build.with_bag(build.VISITS[0], **{which: spoilt})])


def test_a_session_without_a_sample_a_trial_or_its_signals_is_refused(reader: BagReader) -> None:
    first = build.VISITS[0]

    with pytest.raises(SignalError, match="must have a valid sample of EMG or kinematics; p00"):
        reader.transform([build.emg_only(build.kinematics_only(first))])
    with pytest.raises(CohortError, match="at least one trial; p00"):
        reader.transform([build.trials_of(first, [])])
    with pytest.raises(CohortError, match="must hold their signals for a network; p00"):
        reader.transform([replace(first, bag=None)])
    with pytest.raises(CohortError, match="sessions to read must be at least one; got none"):
        reader.transform([])
    with pytest.raises(CohortError, match="sessions to learn from must be at least one; got none"):
        BagReader().fit([])
    with pytest.raises(NotFittedError):
        BagReader().transform([first])


def test_reading_does_not_change_the_session(reader: BagReader) -> None:
    one = build.visit(3)
    kept = build.bag(build.visit(3))

    bags = reader.transform([one])
    bags.emg[:], bags.kinematics[:] = np.nan, np.nan

    np.testing.assert_array_equal(build.bag(one).emg, kept.emg)
    np.testing.assert_array_equal(build.bag(one).kinematics, kept.kinematics)


@pytest.mark.parametrize("align", [True, False])
def test_a_stranger_is_read_the_same_whoever_is_read_beside(align: bool) -> None:
    reader = BagReader(align=align).fit(build.VISITS)
    alone = reader.transform(build.STRANGERS[:1])

    together = reader.transform([*build.STRANGERS, *build.VISITS])

    np.testing.assert_array_equal(together.emg[:3], alone.emg)
    np.testing.assert_array_equal(together.kinematics[:3], alone.kinematics)
    np.testing.assert_array_equal(together.context[:3], alone.context)


def test_templates_come_from_the_sessions_given_and_each_person_counts_once() -> None:
    later = [
        build.visit(30 + at, subject=one.subject, session="2")
        for at, one in enumerate(build.VISITS)
    ]
    reader = BagReader().fit(build.VISITS)

    with_more_visits = BagReader().fit([*build.VISITS, *later])
    with_others = BagReader().fit([*build.VISITS, *build.STRANGERS])

    def templates(one: BagReader) -> dict[object, np.ndarray]:
        assert one.aligner_ is not None
        return one.aligner_.templates_

    assert set(templates(reader)) == set(build.TASKS)
    for task in build.TASKS:
        np.testing.assert_array_equal(templates(with_more_visits)[task], templates(reader)[task])
        assert not np.array_equal(templates(with_others)[task], templates(reader)[task])


def test_alignment_brings_trials_together_and_keeps_modalities_together(reader: BagReader) -> None:
    """The movement itself, written into one channel of each modality, comes out the same."""
    places = np.linspace(0, build.N_PROFILE - 1, build.N_POINTS)
    sessions = []
    for one in build.VISITS:
        own = build.bag(one)
        emg, kinematics = own.emg.copy(), own.kinematics.copy()
        emg[:, 0, 0] = apply_warp(one.movement[:, :1], places)[:, 0]
        kinematics[:, 0] = emg[:, 0, 0]
        sessions.append(build.with_bag(one, emg=emg, kinematics=kinematics))

    aligned, plain = (
        one.transform(sessions) for one in (reader, BagReader(align=False).fit(sessions))
    )

    np.testing.assert_array_equal(aligned.emg[:, 0], aligned.kinematics[:, 0])
    for task in (1, 2):
        own = aligned.task == task
        spread = [one.kinematics[own, 0].std(axis=0).mean() for one in (aligned, plain)]
        assert spread[0] < 0.6 * spread[1]


def test_a_lost_channel_stays_lost_and_no_other_one_is_when_aligned(reader: BagReader) -> None:
    own = build.bag(build.VISITS[0])
    emg, kinematics = own.emg.copy(), own.kinematics.copy()
    emg[:, 1], kinematics[:, 4] = np.nan, np.nan

    bags = reader.transform([build.with_bag(build.VISITS[0], emg=emg, kinematics=kinematics)])

    np.testing.assert_array_equal(np.isnan(bags.emg[:, :, 0]), [[0, 0, 1, 1, 0, 0]] * 3)
    np.testing.assert_array_equal(np.isnan(bags.kinematics).all(axis=2).sum(axis=1), [1] * 3)
    assert np.isnan(bags.kinematics[:, 4]).all()
    assert np.isfinite(np.delete(bags.kinematics, 4, axis=1)).all()


def test_gaps_of_a_trial_that_is_not_aligned_do_not_grow() -> None:
    """64 points beside a profile of 101, as recordings have: no instant falls between two."""
    reader = BagReader().fit([build.visit(at, n_points=64) for at in range(3)])
    for n_profile in (21, 101):
        still = replace(
            build.visit(7, n_points=64), movement=np.full((3, 2, n_profile), np.nan, np.float32)
        )
        if n_profile != build.N_PROFILE:
            reader = BagReader().fit(
                [
                    replace(
                        build.visit(at, n_points=64),
                        movement=np.random.default_rng(at).normal(size=(3, 2, n_profile)),
                    )
                    for at in range(3)
                ]
            )
        emg = build.bag(still).emg.copy()
        emg[..., 5::7] = np.nan

        bags = reader.transform([build.with_bag(still, emg=emg)])

        np.testing.assert_array_equal(np.isnan(bags.emg), np.isnan(emg.reshape(3, 6, 64)))


def test_a_cohort_without_kinematics_has_no_templates_and_needs_none() -> None:
    still = [build.emg_only(one) for one in build.VISITS]

    reader = BagReader().fit(still)

    assert reader.aligner_ is None
    np.testing.assert_array_equal(
        reader.transform(still[:1]).emg, build.bag(still[0]).emg.reshape(3, 6, -1)
    )


def test_it_can_be_cloned_and_known_sessions_do_not_warn(reader: BagReader) -> None:
    again = clone(BagReader(align=False, muscles=build.MUSCLES, tasks=build.TASKS, band=0.2))

    assert again.get_params() == {
        "align": False, "muscles": build.MUSCLES, "tasks": build.TASKS, "band": 0.2,
        "max_iterations": 3,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reader.transform(build.STRANGERS)
