"""Who takes part: body, overall ability, and what is peculiar to one person for good."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.signals import Group, Side, find_scale
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.fma_response import AVERAGE_PROFILE, DOMAINS, HIDDEN_SD
from hybridmfp.simulation.site import Site
from hybridmfp.simulation.streams import Stream, stream_rng

__all__ = [
    "DEVIATION_SDS",
    "SETTINGS",
    "VISIT_SD",
    "Person",
    "Setting",
    "abilities_at",
    "draw_person",
    "find_setting",
    "person_counter",
]

Array = NDArray[np.float64]

DEVIATION_SDS = (0.9, 0.9, 1.2, 1.4, 1.0, 1.2)
"""Spread of each ability about a person's profile, in logits; an assumption. Persistent."""
VISIT_SD = 0.25
"""Spread of each ability from visit to visit, in logits; an assumption."""
# Overall ability of a healthy person in logits, which no patient starts above, and how much less
# the abilities of healthy persons deviate. Assumptions.
_CONTROL_THETA = 9.0
_CONTROL_SHARE = 0.3

_N_ITEMS = len(find_scale("fma-ue").items)
_RIGHT_HANDED = 0.9


@dataclass(frozen=True)
class Setting:
    """Describe where patients come from: how able, and how long after their stroke.

    No patient is abler than healthy persons, so the highest abilities are drawn together.

    Attributes
    ----------
    name : str
    theta_mean, theta_sd : float
        Overall ability at the first visit, in logits; where patients recover, by how much it
        lies above their recovery course.
    least_weeks, most_weeks : float
        Time since the stroke at the first visit, log-uniform between the two.
    recovering : bool
        Whether patients follow a recovery course from the day of their stroke.
    """

    name: str
    theta_mean: float
    theta_sd: float
    least_weeks: float
    most_weeks: float
    recovering: bool = False


# The case mixes are assumptions; that of "early" is the published mixture of `draw_course`.
# "chronic" has about the mean and spread of a moderate to severe sample, 31.1 +/- 12.8 points
# (Hijikata 2020, doi:10.3389/fneur.2020.577855).
SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        setting.name: setting
        for setting in (
            Setting("rehabilitation", 0.7, 3.2, least_weeks=4.0, most_weeks=104.0),
            Setting("early", 0.0, 0.0, least_weeks=1.0, most_weeks=1.0, recovering=True),
            Setting("chronic", -0.3, 2.0, least_weeks=26.0, most_weeks=260.0),
        )
    }
)
"""The case mixes by name; ``rehabilitation`` is the usual one."""


@dataclass(frozen=True, eq=False)
class Person:
    """Hold what a person brings to every visit.

    Attributes
    ----------
    number : int
        From 1, within the group.
    group : {"patient", "control"}
    name : str
        Of the subject: S1, S2, … for patients, H1, H2, … for controls.
    body : Body
    affected_side : {"left", "right"} or None
        None for controls.
    dominant_side : {"left", "right"}
    tested_side : {"left", "right"}
        The affected side of patients.
    chronicity_weeks : float or None
        Time since the stroke at the first visit; None for controls.
    theta : float
        Overall ability at the first visit, in logits; where patients recover, by how much it
        lies above their recovery course.
    deviations : array of float, shape (6,)
        How far each ability lies from the overall one, in logits, in the order of `DOMAINS`.
    hidden : array of float, shape (33,)
        How much easier each item of the FMA-UE is for this person than their abilities say, in
        logits.
    """

    number: int
    group: Group
    name: str
    body: Body
    affected_side: Side | None
    dominant_side: Side
    tested_side: Side
    chronicity_weeks: float | None
    theta: float
    deviations: Array
    hidden: Array


def find_setting(name: str) -> Setting:
    """Give the setting of that name.

    Raises
    ------
    SettingsError
        If there is no such setting.

    Examples
    --------
    >>> find_setting("chronic").least_weeks
    26.0
    """
    if name in SETTINGS:
        return SETTINGS[name]
    nearest = difflib.get_close_matches(name, SETTINGS, n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise SettingsError(f"setting must be one of {', '.join(SETTINGS)}; got {name!r}.{hint}")


def person_counter(number: int, group: Group) -> int:
    """Give the counter of a person for `stream_rng`: more people change nobody else.

    Parameters
    ----------
    number : int
        From 1, within the group.
    group : {"patient", "control"}

    Examples
    --------
    >>> person_counter(1, "patient"), person_counter(1, "control"), person_counter(2, "patient")
    (2, 3, 4)
    """
    return 2 * number + (group == "control")


def draw_person(seed: int, number: int, group: Group, *, site: Site, setting: Setting) -> Person:
    """Draw a patient or a control.

    The same seed, number and group give the same person in a cohort of any size; another setting
    or site only shifts and stretches ability and chronicity.

    Parameters
    ----------
    seed : int
        Seed of the cohort.
    number : int
        From 1, within the group.
    group : {"patient", "control"}
    site : Site
        Where the person is seen; its case mix shifts the ability of patients.
    setting : Setting
        Case mix of patients; controls do not depend on it.

    Examples
    --------
    >>> from hybridmfp.simulation.site import REFERENCE_SITE
    >>> setting = find_setting("rehabilitation")
    >>> draw_person(0, 3, "control", site=REFERENCE_SITE, setting=setting).name
    'H3'
    """
    counter = person_counter(number, group)
    rng = stream_rng(seed, Stream.PERSON, person=counter)
    body = _draw_body(rng)
    dominant: Side = "right" if rng.random() < _RIGHT_HANDED else "left"
    tested: Side = "right" if rng.random() < 0.5 else "left"
    later = rng.random()
    ability = stream_rng(seed, Stream.ABILITIES, person=counter)
    drawn = ability.standard_normal()
    deviations = ability.standard_normal(len(DOMAINS)) * np.array(DEVIATION_SDS)
    if group == "control":
        theta, weeks, deviations = _CONTROL_THETA, None, _CONTROL_SHARE * deviations
    else:
        theta = min(setting.theta_mean + site.case_mix + setting.theta_sd * drawn, _CONTROL_THETA)
        weeks = setting.least_weeks * (setting.most_weeks / setting.least_weeks) ** later
        deviations = deviations + np.array(AVERAGE_PROFILE)
    hidden = stream_rng(seed, Stream.HIDDEN_ITEMS, person=counter).normal(0, HIDDEN_SD, _N_ITEMS)
    hidden.flags.writeable = deviations.flags.writeable = False
    return Person(
        number=number,
        group=group,
        name=f"{'H' if group == 'control' else 'S'}{number}",
        body=body,
        affected_side=None if group == "control" else tested,
        dominant_side=dominant,
        tested_side=tested,
        chronicity_weeks=weeks,
        theta=theta,
        deviations=deviations,
        hidden=hidden,
    )


def abilities_at(person: Person, theta: float, *, rng: np.random.Generator | None = None) -> Array:
    """Give the six abilities of a person at a visit.

    Parameters
    ----------
    person : Person
        Whose; gives what sets one ability apart from the others for good.
    theta : float
        Overall ability at that visit, in logits; `Person.theta` at the first.
    rng : numpy.random.Generator, optional
        Source of the small differences between visits; without it there are none.

    Returns
    -------
    array of float, shape (6,)
        In the order of `DOMAINS`, in logits.
    """
    abilities: Array = theta + person.deviations
    if rng is not None:
        abilities = abilities + rng.normal(0, VISIT_SD, len(DOMAINS))
    return abilities


def _draw_body(rng: np.random.Generator) -> Body:
    """Draw age, sex, size, strength and tissue; the numbers are assumptions."""
    age = float(np.clip(rng.normal(63, 12), 25, 88))
    male = bool(rng.random() < 0.6)
    stature = float(rng.normal(1.75 if male else 1.62, 0.07))
    mass_index = float(rng.normal(24.5, 3.5))
    mass = float(np.clip(mass_index * stature**2, 42, 130))
    years_above_50 = max(age - 50, 0)
    strength = (1.0 if male else 0.62) * np.exp(rng.normal(0, 0.15)) * (1 - 0.006 * years_above_50)
    fat = np.clip(rng.normal(5, 2) + 0.25 * (mass / stature**2 - 24), 1.5, 15)
    return Body(
        sex="male" if male else "female",
        age_years=age,
        stature_m=stature,
        mass_kg=mass,
        strength=float(strength),
        fat_mm=float(fat),
    )
