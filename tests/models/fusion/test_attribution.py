"""What attributions of a network's estimate promise."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import fusion_builder as build
import numpy as np
import pytest
import torch
from torch import nn
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.errors import CohortError
from hybridmfp.models.fusion import attribution as attribution_module
from hybridmfp.models.fusion.attribution import (
    THE_ESTIMATE,
    Attribution,
    SessionPath,
    Target,
    attribute_together,
    deal_places,
    row_of_channel,
)
from hybridmfp.models.fusion.bag_reader import CONTEXT, UnknownTaskWarning, read_bags
from hybridmfp.models.fusion.signal_reference import learn_signal_reference
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS

DENSE = deal_places(1, n_places=64)[0]
LATE = 2


class Formula(nn.Module):
    """A network whose estimate is a formula of the signals; its embedding is two sums of them."""

    def __init__(self, formula: Any, like: nn.Module) -> None:
        super().__init__()
        self.formula, self.scale = formula, nn.Parameter(torch.ones(1))
        self.emg_scale, self.kinematics_scale = like.emg_scale, like.kinematics_scale
        self.context_scale = like.context_scale

    def embed(self, batch: Any) -> torch.Tensor:
        emg, moved = torch.nan_to_num(batch.emg), torch.nan_to_num(batch.kinematics)
        unused = 0 * torch.nan_to_num(batch.context).sum(dim=(1, 2))
        return torch.stack([self.formula(emg, moved) + unused, moved.sum(dim=(1, 2, 3))], dim=1)

    def points(self, embedding: torch.Tensor) -> torch.Tensor:
        return self.scale * embedding[:, 0]


def with_formula(formula: Any) -> Any:
    """A fitted model, but for its network."""
    model = copy.copy(build.trained())
    model.network_ = Formula(formula, model.network_)
    return model


def path(model: Any, session: Any, sessions: Any = build.VISITS) -> SessionPath:
    return SessionPath(model, session, learn_signal_reference(model, sessions))


def row(found: Attribution, name: str) -> Any:
    return found.points[found.rows.index(name)]


def flat(found: Attribution) -> Any:
    return np.append(found.points.ravel(), found.context)


def test_a_weighted_sum_gives_weight_times_distance_to_the_cell_that_it_looks_at() -> None:
    # Triceps, second band, first third (6 of 16 points) of all three trials.
    model = with_formula(lambda emg, moved: 5 * emg[:, :, 3, :6].sum(dim=(1, 2)))
    reference = learn_signal_reference(model, build.VISITS)
    session = build.STRANGERS[1]

    found = SessionPath(model, session, reference).attribute(places=np.array([0.3]))

    bags = read_bags(model.reader_, [session])
    expected = 5 * (bags.emg - reference.emg[bags.task])[:, 3, :6].sum(dtype=np.float64)
    assert row(found, "triceps_brachii")[0] == pytest.approx(expected, rel=1e-5)  # float32
    assert np.count_nonzero(found.points) == 1
    assert found.completeness_error == pytest.approx(0, abs=1e-4 * abs(expected))


def test_a_product_of_two_cells_is_shared_as_its_integral_says() -> None:
    # Along a straight way from (a0, b0) to (a1, b1), a gets (a1 - a0) (b0 + b1) / 2 of a * b.
    def product(emg: torch.Tensor, moved: torch.Tensor) -> torch.Tensor:
        elbow = KINEMATIC_CHANNELS.index("elbow_flexion")
        return emg[:, :, 0, 12:].sum(dim=(1, 2)) * moved[:, :, elbow, :4].sum(dim=(1, 2))

    model = with_formula(product)
    reference = learn_signal_reference(model, build.VISITS)
    session = build.STRANGERS[2]

    found = SessionPath(model, session, reference).attribute(places=deal_places(1, n_places=3)[0])

    bags = read_bags(model.reader_, [session])
    elbow = KINEMATIC_CHANNELS.index("elbow_flexion")
    a1, b1 = bags.emg[:, 0, 12:].sum(), bags.kinematics[:, elbow, :4].sum()
    a0 = reference.emg[bags.task][:, 0, 12:].sum()
    b0 = reference.kinematics[bags.task][:, elbow, :4].sum()
    assert row(found, "biceps_brachii")[LATE] == pytest.approx((a1 - a0) * (b0 + b1) / 2, rel=1e-4)
    assert row(found, "elbow_flexion")[0] == pytest.approx((b1 - b0) * (a0 + a1) / 2, rel=1e-4)


@pytest.mark.parametrize("head", ["total", "items"])
def test_cells_add_up_to_what_the_estimate_is_away_from_that_of_the_average(head: str) -> None:
    way = path(build.trained(head), build.STRANGERS[3])

    found = way.attribute(places=DENSE)

    change = way.said(1.0)[0] - way.said(0.0)[0]
    # Midpoints err with the square of their distance; 64 leave less than a thousandth.
    assert flat(found).sum() == pytest.approx(change, abs=1e-3 * np.abs(flat(found)).sum())
    assert found.completeness_error == pytest.approx(flat(found).sum() - change, abs=1e-9)
    assert way.said(1.0)[0] == pytest.approx(
        build.trained(head).predict(build.STRANGERS[3:4])[0], abs=1e-4
    )


def test_targets_of_estimate_and_embedding_add_up() -> None:
    way = path(build.trained(), build.STRANGERS[3])
    axes = np.random.default_rng(0).normal(size=8)

    together = way.attribute(Target(2.0, axes), places=DENSE)

    apart = 2 * flat(way.attribute(places=DENSE)) + flat(
        way.attribute(Target(0.0, axes), places=DENSE)
    )
    np.testing.assert_allclose(flat(together), apart, atol=1e-5)
    change = axes @ (way.said(1.0)[1] - way.said(0.0)[1])
    assert flat(way.attribute(Target(0.0, axes), places=DENSE)).sum() == pytest.approx(
        change, abs=1e-3 * np.abs(apart).sum()
    )


def test_a_muscle_that_was_not_recorded_gets_no_share() -> None:
    session = build.with_bag(build.STRANGERS[3], emg=build.bag(build.STRANGERS[3]).emg.copy())
    build.bag(session).emg[:, 1] = np.nan

    found = path(build.trained(), session).attribute()

    np.testing.assert_array_equal(row(found, "triceps_brachii"), 0)
    assert np.all(row(found, "biceps_brachii") != 0)


def test_a_phase_that_was_not_recorded_gets_no_share() -> None:
    own = build.bag(build.STRANGERS[3]).kinematics.copy()
    own[..., 11:] = np.nan

    found = path(build.trained(), build.with_bag(build.STRANGERS[3], kinematics=own)).attribute()

    joints = found.points[len(found.muscles) :]
    np.testing.assert_array_equal(joints[:, LATE], 0)
    assert np.all(joints[:, 0] != 0)


@pytest.mark.parametrize("lack", [build.emg_only, build.kinematics_only])
def test_a_modality_that_was_not_recorded_gets_no_share(lack: Any) -> None:
    found = path(build.trained(), lack(build.STRANGERS[3])).attribute()

    muscles, joints = found.points[:3], found.points[3:]
    gone, left = (joints, muscles) if lack is build.emg_only else (muscles, joints)
    np.testing.assert_array_equal(gone, 0)
    assert np.all(left != 0)


def test_the_order_of_muscles_and_trials_does_not_matter() -> None:
    session = build.STRANGERS[3]
    other = build.trials_of(build.with_muscles(session, build.MUSCLES[::-1]), [2, 0, 1])

    found, again = (path(build.trained(), one).attribute() for one in (session, other))

    assert found.rows == again.rows
    np.testing.assert_allclose(flat(again), flat(found), atol=1e-4)


def test_the_average_patient_has_nothing_to_be_explained() -> None:
    single = build.trials_of(build.STRANGERS[0], [0, 1])  # one trial of each task

    found = path(build.trained(), single, [single]).attribute()

    np.testing.assert_allclose(flat(found), 0, atol=1e-5)  # float32


def test_another_network_gives_another_map() -> None:
    model = build.trained()
    reference = learn_signal_reference(model, build.VISITS)
    told = []
    for seed in range(12):
        other = copy.copy(model)
        other.network_ = copy.deepcopy(model.network_)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for part in other.network_.modules():
                if hasattr(part, "reset_parameters"):
                    part.reset_parameters()
        found, random = (
            SessionPath(one, build.STRANGERS[3], reference).attribute().points.ravel()
            for one in (model, other)
        )
        told.append(
            np.corrcoef(np.argsort(np.argsort(found)), np.argsort(np.argsort(random)))[0, 1]
        )

    # Mean of 12 rank correlations of 45 cells: standard error 1 / sqrt(44 * 12) = 0.04.
    assert abs(np.mean(told)) < 0.15


def test_the_path_begins_at_the_average_and_ends_at_the_session() -> None:
    model = build.trained()
    way = path(model, build.STRANGERS[2])
    everything, nothing = np.ones((len(way.rows), 3), dtype=bool), np.zeros((15, 3), dtype=bool)

    assert way.mixed(everything) == pytest.approx(way.said(1.0)[0], abs=1e-5)
    assert way.mixed(everything, gaps=True) == pytest.approx(way.said(1.0)[0], abs=1e-5)
    assert np.isnan(way.mixed(nothing, gaps=True))
    # What belongs to a trial as a whole stays that of the session, and that is all that differs.
    context = way.attribute(places=DENSE).context
    assert way.mixed(nothing) != way.said(0.0)[0]
    assert abs(way.mixed(nothing) - way.said(0.0)[0]) < 3 * np.abs(context).sum() + 0.1


def test_mixing_changes_the_cells_that_are_named_and_no_other() -> None:
    model = with_formula(lambda emg, moved: emg[:, :, 2:4, 11:].sum(dim=(1, 2, 3)))
    way = path(model, build.STRANGERS[2])
    own = np.ones((len(way.rows), 3), dtype=bool)
    own[way.rows.index("triceps_brachii"), 1] = False

    untouched = way.mixed(own)
    own[way.rows.index("triceps_brachii"), LATE] = False

    assert untouched == pytest.approx(way.said(1.0)[0], abs=1e-5)
    assert way.mixed(own) == pytest.approx(way.said(0.0)[0], abs=1e-5)
    assert way.mixed(own, gaps=True) == pytest.approx(0, abs=1e-5)


def test_a_person_counts_once_in_the_average_of_a_task() -> None:
    twice = [replace(build.VISITS[0], session="2"), build.VISITS[0], build.VISITS[1]]

    weighed = learn_signal_reference(build.trained(), twice)
    once = learn_signal_reference(build.trained(), build.VISITS[:2])

    for name in ("emg", "kinematics", "context"):
        np.testing.assert_allclose(getattr(weighed, name), getattr(once, name), rtol=1e-6)
    bags = read_bags(build.trained().reader_, build.VISITS[:2])
    reach = bags.task == 2
    expected = np.mean([bags.emg[reach & (bags.owner == at)].mean(axis=0) for at in (0, 1)], axis=0)
    np.testing.assert_allclose(once.emg[2], expected, rtol=1e-5)


def test_what_nobody_did_or_recorded_is_the_mean_of_what_there_is() -> None:
    gone = build.bag(build.VISITS[0]).emg.copy()
    gone[:, 1] = np.nan
    only = build.trials_of(build.with_bag(build.VISITS[0], emg=gone), [0, 2])  # reaches

    found = learn_signal_reference(build.trained(), [only])

    np.testing.assert_array_equal(found.emg[1], found.emg[2])  # nobody drank
    np.testing.assert_array_equal(found.emg[0], found.emg[2])
    usual = build.trained().network_.emg_scale.mean.numpy()
    np.testing.assert_allclose(found.emg[2][2:4], usual[2:4, None] * np.ones(16), rtol=1e-6)
    assert np.isfinite(found.context[:, CONTEXT.index("log_duration")]).all()


def test_a_task_that_was_not_learned_is_measured_against_all_tasks() -> None:
    session = replace(build.STRANGERS[2], task=np.array(["wave"] * 3))

    with pytest.warns(UnknownTaskWarning):
        found = path(build.trained(), session).attribute(places=DENSE)

    assert found.completeness_error == pytest.approx(0, abs=2e-3 * np.abs(flat(found)).sum())


def test_places_are_the_midpoints_of_equal_parts_dealt_in_turn() -> None:
    for n_networks, n_places in ((1, 12), (4, 12), (3, 7), (5, 2)):
        dealt = deal_places(n_networks, n_places=n_places)
        together = np.sort(np.concatenate(dealt))

        assert len({len(own) for own in dealt}) == 1
        assert len(together) >= n_places
        np.testing.assert_allclose(np.diff(together, prepend=-together[0]), 1 / len(together))


def test_where_it_does_not_add_up_more_places_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    whole = deal_places

    def counted(n_networks: int, *, n_places: int) -> Any:
        asked.append(n_places)
        return whole(n_networks, n_places=n_places)

    monkeypatch.setattr(attribution_module, "deal_places", counted)
    smooth = with_formula(lambda emg, moved: emg.sum(dim=(1, 2, 3)))
    steep = with_formula(lambda emg, moved: torch.sigmoid(40 * (emg[:, :, 0].mean((1, 2)) - 0.55)))
    session = build.visit(70, strength=0.9)

    attribute_together([path(smooth, session)], [THE_ESTIMATE])
    found = attribute_together([path(steep, session)], [THE_ESTIMATE])[0]

    assert asked[0] == 12
    assert asked[1:] in ([12, 36], [12, 36, 108])
    assert abs(found.completeness_error) <= 0.02 * np.abs(flat(found)).sum()


def test_every_channel_has_a_row_and_words_of_a_therapist() -> None:
    names = {row_of_channel(channel) for channel in KINEMATIC_CHANNELS}

    assert names == {*attribution_module.JOINTS, *attribution_module.LANDMARKS}
    assert row_of_channel("trunk_flexion_velocity") == "trunk_flexion"
    assert row_of_channel("trunk_velocity_up") == "trunk"


def test_references_of_nobody_and_of_another_network_are_refused() -> None:
    reference = learn_signal_reference(build.trained(), build.VISITS)
    other = replace(reference, emg=reference.emg[:, :4])

    with pytest.raises(CohortError, match=r"at least one; got none"):
        learn_signal_reference(build.trained(), [])
    with pytest.raises(CohortError, match=r"must be of the network that is explained"):
        SessionPath(build.trained(), build.STRANGERS[0], other)
