from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.barycentre import dtw_barycentre
from hybridmfp.preprocessing.channel_scaler import ChannelScaler
from hybridmfp.preprocessing.dtw import apply_warp, dtw, warp_effort, warp_of
from hybridmfp.preprocessing.template_aligner import TemplateAligner

Floats = NDArray[np.float64]
TASKS = ["reach", "drink", "reach", "reach", "drink", "drink"]


def movement(bend: float, task: str) -> Floats:
    """Two channels of different units, whose course depends on the task."""
    pace = np.linspace(0, 1, 51) ** bend
    turns = {"reach": 1, "drink": 2}[task]
    return np.array([100 * np.sin(2 * np.pi * turns * pace), 0.01 * np.cos(5 * turns * pace)])


def cohort() -> Floats:
    bends = (0.9, 0.9, 1.0, 1.1, 1.0, 1.1)
    return np.array([movement(bend, task) for bend, task in zip(bends, TASKS, strict=True)])


def fitted() -> TemplateAligner:
    return TemplateAligner().fit(cohort(), task=TASKS)


def test_each_template_is_the_barycentre_of_the_z_scores_of_its_task() -> None:
    trials = cohort()

    aligner = TemplateAligner(band=0, max_iterations=3).fit(trials, task=TASKS)

    scores = ChannelScaler().fit_transform(trials)
    rows = [0, 2, 3]
    expected = dtw_barycentre(scores[rows], band=0, max_iterations=3).mean
    np.testing.assert_array_equal(aligner.templates_["reach"], expected)
    assert list(aligner.templates_) == ["reach", "drink"]
    assert aligner.n_trials_ == {"reach": 3, "drink": 3}


@pytest.mark.parametrize("band", [0.02, 0.1, None])
def test_each_trial_is_aligned_with_the_template_of_its_own_task(band: float | None) -> None:
    aligner = TemplateAligner(band=band).fit(cohort(), task=TASKS)
    strangers = np.array([movement(1.2, "drink"), movement(0.8, "reach")])

    alignment = aligner.align(strangers, task=["drink", "reach"])

    scores = aligner.scaler_.transform(strangers)
    for at, task in enumerate(["drink", "reach"]):
        path = dtw(scores[at], aligner.templates_[task], band=band)
        np.testing.assert_array_equal(alignment.warp[at], warp_of(path))
        assert alignment.effort[at] == warp_effort(path)
        apart = scores[at][:, path.first] - aligner.templates_[task][:, path.second]
        assert alignment.distance[at] == pytest.approx(np.sqrt(np.mean(apart**2)), rel=1e-12)
    assert alignment.matched.all()


def test_alignment_brings_bent_trials_together_in_channels_it_never_saw() -> None:
    aligner = fitted()
    bends = (0.85, 1.15)
    strangers = np.array([movement(bend, "reach") for bend in bends])
    unseen = np.array([[np.sin(15 * np.linspace(0, 1, 51) ** bend)] for bend in bends])

    warped = apply_warp(unseen, aligner.align(strangers, task=["reach"] * 2).warp)

    assert np.corrcoef(unseen[0, 0], unseen[1, 0])[0, 1] < 0.6
    assert np.corrcoef(warped[0, 0], warped[1, 0])[0, 1] > 0.99


def test_a_task_never_met_is_left_unmatched_and_seen_to_be() -> None:
    trials = cohort()

    alignment = fitted().align(trials, task=["reach", "knit", *TASKS[2:]])

    assert alignment.matched.tolist() == [True, False, True, True, True, True]
    assert np.isnan(alignment.effort).tolist() == [False, True, False, False, False, False]
    assert np.isnan(alignment.distance).tolist() == [False, True, False, False, False, False]
    np.testing.assert_array_equal(alignment.warp[1], np.arange(51))
    np.testing.assert_array_equal(apply_warp(trials, alignment.warp)[1], trials[1])


def test_a_trial_without_a_valid_sample_is_left_unmatched_too() -> None:
    trials = cohort()
    trials[2] = np.nan

    alignment = fitted().align(trials, task=TASKS)

    assert alignment.matched.tolist() == [True, True, False, True, True, True]
    np.testing.assert_array_equal(alignment.warp[2], np.arange(51))


def test_trials_without_a_valid_sample_do_not_count_towards_a_template() -> None:
    trials = cohort()
    trials[0] = np.nan
    trials[[1, 4, 5]] = np.nan

    aligner = TemplateAligner().fit(trials, task=TASKS)

    assert aligner.n_trials_ == {"reach": 2, "drink": 0}
    assert list(aligner.templates_) == ["reach"]
    assert not aligner.align(cohort(), task=TASKS).matched[1]


def test_units_of_the_channels_do_not_matter() -> None:
    trials = cohort()
    factor = np.array([[0.001], [1000.0]])

    plain = fitted().align(trials, task=TASKS)
    converted = (
        TemplateAligner().fit(trials * factor, task=TASKS).align(trials * factor, task=TASKS)
    )

    np.testing.assert_allclose(converted.distance, plain.distance, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(converted.warp, plain.warp, rtol=1e-9)


def test_a_lost_channel_neither_helps_nor_hurts_the_distance() -> None:
    trials = cohort()
    alone = trials[:, :1]
    lost = trials.copy()
    lost[:, 1] = np.nan

    of_one = TemplateAligner().fit(alone, task=TASKS).align(alone, task=TASKS)
    of_two = TemplateAligner().fit(lost, task=TASKS).align(lost, task=TASKS)

    np.testing.assert_allclose(of_two.distance, of_one.distance, rtol=1e-9)


def test_aligning_others_teaches_it_nothing() -> None:
    aligner = fitted()
    before = {task: template.copy() for task, template in aligner.templates_.items()}
    alone = aligner.align(cohort()[:1], task=["reach"])

    together = aligner.align(np.concatenate([cohort()[:1], 50 * cohort()]), task=["reach", *TASKS])

    assert alone.distance[0] == together.distance[0]
    for task, template in before.items():
        np.testing.assert_array_equal(aligner.templates_[task], template)


def test_trials_in_single_precision_are_aligned_in_double() -> None:
    trials = cohort().astype(np.float32)

    aligner = TemplateAligner().fit(trials, task=TASKS)
    same = TemplateAligner().fit(trials.astype(np.float64), task=TASKS)

    np.testing.assert_array_equal(aligner.templates_["reach"], same.templates_["reach"])
    np.testing.assert_array_equal(
        aligner.align(trials, task=TASKS).distance,
        same.align(trials.astype(np.float64), task=TASKS).distance,
    )


def test_settings_survive_cloning_and_what_was_learned_does_not() -> None:
    aligner = TemplateAligner(band=0.2, max_iterations=2).fit(cohort(), task=TASKS)

    copy = clone(aligner)

    assert copy.get_params() == {"band": 0.2, "max_iterations": 2}
    assert copy.set_params(band=None).band is None
    with pytest.raises(NotFittedError, match="not fitted"):
        copy.align(cohort(), task=TASKS)


def test_labels_may_come_as_an_array() -> None:
    alignment = fitted().align(cohort(), task=np.array(TASKS))

    assert alignment.matched.all()


@pytest.mark.parametrize(
    ("trials", "task", "message"),
    [
        (cohort(), TASKS[:5], "task of each of the 6 trials; got 5 names"),
        (cohort()[0], TASKS, r"trials must be \(n_trials, n_channels, n_points\)"),
    ],
)
def test_trials_and_tasks_that_do_not_fit_are_refused(
    trials: Floats, task: list[str], message: str
) -> None:
    with pytest.raises(SignalError, match=message):
        TemplateAligner().fit(trials, task=task)
    with pytest.raises(SignalError, match=message):
        fitted().align(trials, task=task)


def test_other_points_or_channels_than_in_fit_are_refused() -> None:
    with pytest.raises(SignalError, match="the 51 points the templates were learned from; got 50"):
        fitted().align(cohort()[:, :, :50], task=TASKS)
    with pytest.raises(SignalError, match="2 channels the scaler was fitted on; got 1"):
        fitted().align(cohort()[:, :1], task=TASKS)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(SignalError, match="band must lie between 0 and 1"):
        TemplateAligner(band=3.0).fit(cohort(), task=TASKS)
    with pytest.raises(SignalError, match="max_iterations must be at least 1"):
        TemplateAligner(max_iterations=0).fit(cohort(), task=TASKS)
