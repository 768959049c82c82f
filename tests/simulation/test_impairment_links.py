from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from hybridmfp.errors import SignalError
from hybridmfp.signals import Group
from hybridmfp.simulation.fma_response import DOMAINS
from hybridmfp.simulation.impairment import HEALTHY, Drive, Impairment
from hybridmfp.simulation.impairment_links import (
    LINKS,
    Link,
    LinkGains,
    draw_impairment,
    unaffected_impairment,
)
from hybridmfp.simulation.person import Person, draw_person, find_setting
from hybridmfp.simulation.site import REFERENCE_SITE

DRIVES = tuple(asdict(Drive()))
LEVELS = ("synergy", "spasticity", "co_contraction", "roughness", "slowness")
HABITS = ("compensation", "tremor_hz", "own_pace", "conduction")
CAUSES = {
    "shoulder": {"shoulder", "external_rotation"},
    "elbow": {"elbow_flexion", "elbow_extension", "supination", "pronation", "co_contraction"},
    "wrist": {"wrist_extension", "wrist_flexion", "supination", "pronation", "co_contraction"},
    "hand": {"finger_extension", "finger_flexion", "thumb"},
    "individuation": {"synergy", "spasticity"},
    "coordination": {"roughness", "tremor"},
}


def person(number: int = 1, group: Group = "patient") -> Person:
    setting = find_setting("rehabilitation")
    return draw_person(3, number, group, site=REFERENCE_SITE, setting=setting)


def flat(impairment: Impairment) -> dict[str, float]:
    """Give every parameter by name, drives among them."""
    values = asdict(impairment)
    return {**values.pop("drive"), **values}


def impair(ability: float, number: int = 1, gains: LinkGains = LINKS) -> dict[str, float]:
    return flat(draw_impairment(np.full(6, ability), person=person(number), seed=3, gains=gains))


def check_ranges(impairment: Impairment) -> None:
    values = flat(impairment)
    assert np.all(np.isfinite(list(values.values())))
    for name in DRIVES:
        assert 0 < values[name] <= 1, name
    for name in (*LEVELS, "compensation"):
        assert 0 <= values[name] <= 1, name
    assert values["proprioceptive_noise"] >= 0
    assert values["tremor"] >= 0
    assert 3 <= values["tremor_hz"] <= 10
    assert 0.4 < values["own_pace"] < 2.5
    assert 0.6 < values["conduction"] < 1.6


@settings(max_examples=60, deadline=None)
@given(
    abilities=st.lists(st.floats(-1000, 1000), min_size=6, max_size=6),
    number=st.integers(1, 500),
    group=st.sampled_from(["patient", "control"]),
)
def test_every_parameter_lies_in_its_range_whatever_the_ability(
    abilities: list[float], number: int, group: Group
) -> None:
    who = person(number, group)

    tested = draw_impairment(np.array(abilities), person=who, seed=3)

    check_ranges(tested)
    check_ranges(unaffected_impairment(tested, person=who, seed=3))


@pytest.mark.parametrize("number", range(1, 21))
def test_more_ability_impairs_the_same_person_less(number: int) -> None:
    visits = [impair(ability, number) for ability in np.linspace(-12, 12, 25)]

    for name in DRIVES:
        assert np.all(np.diff([visit[name] for visit in visits]) >= 0), name
    for name in (*LEVELS, "tremor", "proprioceptive_noise"):
        assert np.all(np.diff([visit[name] for visit in visits]) <= 0), name
        assert visits[0][name] > visits[-1][name], name
    for name in HABITS:
        assert len({visit[name] for visit in visits}) == 1, name


@pytest.mark.parametrize("domain", CAUSES)
def test_an_ability_acts_on_its_own_parameters_alone(domain: str) -> None:
    abilities = np.zeros(6)
    before = flat(draw_impairment(abilities, person=person(), seed=3))
    abilities[DOMAINS.index(domain)] = 2.0

    after = flat(draw_impairment(abilities, person=person(), seed=3))

    changed = {name for name in after if after[name] != before[name]}
    assert changed == CAUSES[domain] | {"slowness", "proprioceptive_noise"}


def test_a_link_is_a_logistic_curve_on_the_axis_of_the_items() -> None:
    exact = replace(LINKS, thumb=Link(0.7, 0.5, 0.0), synergy=Link(-1.1, -0.4, 0.0))

    for ability in (-3.0, 0.0, 4.0):
        axis = (ability + 1.11) / 1.87
        values = impair(ability, gains=exact)
        assert values["thumb"] == pytest.approx(expit(0.7 * (axis - 0.5)))
        assert values["synergy"] == pytest.approx(expit(-1.1 * (axis + 0.4)))


@pytest.fixture(scope="module")
def of_equal_ability() -> list[dict[str, float]]:
    """400 young patients whose abilities are all 0 logits."""
    young = [
        replace(one, body=replace(one.body, age_years=40.0)) for one in map(person, range(1, 401))
    ]
    return [flat(draw_impairment(np.zeros(6), person=one, seed=3)) for one in young]


@pytest.mark.parametrize("name", [*DRIVES, *LEVELS])
def test_people_of_the_same_ability_differ_as_much_as_the_gains_say(
    name: str, of_equal_ability: list[dict[str, float]]
) -> None:
    link = getattr(LINKS, name)
    share = LINKS.slowness_share if name == "slowness" else 1.0
    values = np.array([one[name] for one in of_equal_ability])

    own = logit(values / share) - link.slope * (1.11 / 1.87 - link.midpoint)

    assert np.mean(own) == pytest.approx(0, abs=4 * link.scatter / 20)
    assert np.std(own) == pytest.approx(link.scatter, rel=0.15)  # 4 SE


def test_what_people_do_differently_is_independent_between_parameters(
    of_equal_ability: list[dict[str, float]],
) -> None:
    names = (*DRIVES, *LEVELS)
    table = np.array([[logit(one[name]) for name in names] for one in of_equal_ability])

    between = np.corrcoef(table.T) - np.eye(len(names))

    assert np.abs(between).max() < 0.2  # 4 SE


def test_the_same_visit_gives_the_same_impairment_and_another_seed_does_not() -> None:
    assert impair(1.0) == impair(1.0)
    other = draw_impairment(np.full(6, 1.0), person=person(), seed=4)
    assert flat(other)["synergy"] != impair(1.0)["synergy"]
    assert impair(1.0, 2)["synergy"] != impair(1.0, 1)["synergy"]


def test_the_most_and_the_least_able_have_the_extreme_drives() -> None:
    least, most = impair(-200.0), impair(200.0)

    assert {least[name] for name in DRIVES} == {LINKS.least_drive}
    for name in DRIVES:
        assert most[name] == pytest.approx(1.0)


@pytest.mark.parametrize("group", ["patient", "control"])
def test_each_year_above_fifty_slows_by_a_five_hundredth(group: Group) -> None:
    who = person(1, group)

    def slowness(age: float) -> float:
        aged = replace(who, body=replace(who.body, age_years=age))
        return draw_impairment(np.full(6, 3.0), person=aged, seed=3).slowness

    assert slowness(80) - slowness(60) == pytest.approx(0.04)
    assert slowness(50) == slowness(30)


def test_nobody_is_slower_than_slowest_however_old() -> None:
    aged = replace(person(), body=replace(person().body, age_years=88.0))

    assert draw_impairment(np.full(6, -200.0), person=aged, seed=3).slowness == 1.0


def test_controls_are_healthy_but_for_age_and_habits() -> None:
    for number in range(1, 21):
        who = person(number, "control")
        arm = draw_impairment(np.full(6, 9.0), person=who, seed=3)

        same = replace(
            arm,
            slowness=HEALTHY.slowness,
            tremor=HEALTHY.tremor,
            tremor_hz=HEALTHY.tremor_hz,
            own_pace=HEALTHY.own_pace,
            conduction=HEALTHY.conduction,
        )

        assert same == HEALTHY
        assert arm.slowness == pytest.approx(0.002 * max(who.body.age_years - 50, 0))


def test_habits_spread_about_the_healthy_ones(
    of_equal_ability: list[dict[str, float]],
) -> None:
    patients = of_equal_ability
    controls = [
        flat(draw_impairment(np.full(6, 9.0), person=person(number, "control"), seed=3))
        for number in range(1, 401)
    ]

    def logs(
        values: list[dict[str, float]], name: str
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.log([value[name] for value in values])

    for values, conduction in ((patients, -0.08), (controls, 0.0)):
        assert np.mean(logs(values, "own_pace")) == pytest.approx(0, abs=0.028)
        assert np.std(logs(values, "own_pace")) == pytest.approx(0.14, rel=0.15)
        assert np.mean(logs(values, "conduction")) == pytest.approx(conduction, abs=0.012)
        assert np.std(logs(values, "conduction")) == pytest.approx(0.06, rel=0.15)
        slow = np.mean([value["tremor_hz"] < 6 for value in values])
        assert slow == pytest.approx(0.25, abs=0.087)
    assert np.mean([value["tremor"] for value in controls]) == pytest.approx(0.3, abs=0.06)
    assert np.mean([value["compensation"] for value in patients]) == pytest.approx(
        9 / (9 + 3.5), abs=0.04
    )


@pytest.mark.parametrize("number", range(1, 11))
def test_the_unaffected_arm_lies_between_a_healthy_and_the_affected_one(number: int) -> None:
    who = person(number)
    affected = draw_impairment(np.full(6, -3.0), person=who, seed=3)

    other = unaffected_impairment(affected, person=who, seed=3)

    for name in DRIVES:
        assert getattr(affected.drive, name) < getattr(other.drive, name) < 1
        assert getattr(other.drive, name) > 0.7
    of_age = 0.002 * max(who.body.age_years - 50, 0)
    assert of_age < other.slowness < affected.slowness
    assert HEALTHY.roughness < other.roughness < 0.1
    assert (other.synergy, other.spasticity) == (HEALTHY.synergy, HEALTHY.spasticity)
    assert other.own_pace == affected.own_pace
    assert other.tremor_hz != affected.tremor_hz


def test_the_unaffected_arm_of_the_more_severe_is_weaker_and_slower() -> None:
    who = person()
    arms = [
        unaffected_impairment(
            draw_impairment(np.full(6, ability), person=who, seed=3), person=who, seed=3
        )
        for ability in (-4.0, 0.0, 4.0)
    ]

    for name in DRIVES:
        assert np.all(np.diff([getattr(arm.drive, name) for arm in arms]) > 0)
    assert np.all(np.diff([arm.slowness for arm in arms]) < 0)
    assert np.all(np.diff([arm.roughness for arm in arms]) < 0)


def test_both_arms_of_a_control_are_healthy() -> None:
    who = person(1, "control")
    tested = draw_impairment(np.full(6, 9.0), person=who, seed=3)

    other = unaffected_impairment(tested, person=who, seed=3)

    assert other.drive == Drive()
    assert (other.slowness, other.roughness) == (tested.slowness, tested.roughness)


def test_abilities_of_another_shape_are_refused() -> None:
    with pytest.raises(SignalError, match=r"abilities must be \(6,\).*got shape \(2, 6\)"):
        draw_impairment(np.zeros((2, 6)), person=person(), seed=3)
