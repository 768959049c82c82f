"""What abilities mean for an arm: from logits to the parameters that signals are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hybridmfp.errors import SignalError
from hybridmfp.simulation.fma_response import DIFFICULTY_SCALE, DIFFICULTY_SHIFT, DOMAINS
from hybridmfp.simulation.impairment import HEALTHY, Drive, Impairment
from hybridmfp.simulation.person import Person, person_counter
from hybridmfp.simulation.streams import Stream, stream_rng

__all__ = ["CAUSES", "LINKS", "Link", "LinkGains", "draw_impairment", "unaffected_impairment"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Link:
    """Turn an ability into a parameter between 0 and 1.

    The parameter is ``expit(slope * (ability - midpoint) + scatter * own)``, where ``own`` is
    standard normal and belongs to the person for good. The ability is on the axis of the rank
    values of the items, ``(logits - DIFFICULTY_SHIFT) / DIFFICULTY_SCALE``.

    Attributes
    ----------
    slope : float
        Positive where the parameter grows with ability.
    midpoint : float
        Ability at which the parameter is one half.
    scatter : float
        How much persons of the same ability differ.
    """

    slope: float
    midpoint: float
    scatter: float


@dataclass(frozen=True)
class LinkGains:
    """Hold every number between the abilities of a person and the impairment of the arm.

    All are assumptions, to be calibrated together against published relations of signals and
    scores. The first eleven are ceilings of voluntary drive, see `Drive`; the next five are the
    parameters of that name of `Impairment`.

    Attributes
    ----------
    shoulder, external_rotation, elbow_flexion, elbow_extension, supination, pronation, \
wrist_extension, wrist_flexion, finger_extension, finger_flexion, thumb : Link
    synergy, spasticity, co_contraction, roughness, slowness : Link
    least_drive : float
        No muscle is cut off altogether.
    slowness_share : float
        Slowness of somebody without any ability.
    slowness_per_year : float
        What every year above 50 adds. Small, since the natural pace of everyday movements
        hardly changes with age (doi:10.1186/s12984-022-01035-1).
    compensation_beta : tuple of float
        Parameters of the beta distribution of `Impairment.compensation`.
    tremor_gamma : tuple of float
        Shape and scale of the gamma distribution of `Impairment.tremor`.
    tremor_rise : float
        By how much of itself a tremor grows without coordination.
    proprioceptive_sd : float
        Spread of `Impairment.proprioceptive_noise`, which doubles without any ability.
    own_pace_sd : float
        Spread of the logarithm of `Impairment.own_pace`.
    conduction_mean, conduction_sd : float
        Of the logarithm of `Impairment.conduction`. Lower in paresis (PMC4615822), but not the
        lower the worse (Li 2014).
    """

    shoulder: Link = Link(0.85, -1.2, 0.55)
    external_rotation: Link = Link(0.85, -0.6, 0.55)
    elbow_flexion: Link = Link(0.85, -2.4, 0.55)
    elbow_extension: Link = Link(0.85, -1.0, 1.0)
    supination: Link = Link(0.85, 0.2, 0.55)
    pronation: Link = Link(0.85, -0.8, 0.55)
    wrist_extension: Link = Link(0.85, 0.7, 0.45)
    wrist_flexion: Link = Link(0.85, 0.4, 0.4)
    finger_extension: Link = Link(0.85, 0.6, 0.8)
    finger_flexion: Link = Link(0.85, -1.6, 0.8)
    thumb: Link = Link(0.85, 1.0, 0.8)
    synergy: Link = Link(-0.9, 0.2, 1.0)
    spasticity: Link = Link(-0.55, -1.1, 0.9)
    co_contraction: Link = Link(-0.8, -0.75, 0.7)
    roughness: Link = Link(-0.75, 0.3, 0.6)
    slowness: Link = Link(-0.6, 0.2, 1.1)
    least_drive: float = 0.05
    slowness_share: float = 0.95
    slowness_per_year: float = 0.002
    compensation_beta: tuple[float, float] = (9.0, 3.5)
    tremor_gamma: tuple[float, float] = (1.2, 0.25)
    tremor_rise: float = 1.5
    proprioceptive_sd: float = 0.5
    own_pace_sd: float = 0.14
    conduction_mean: float = -0.08
    conduction_sd: float = 0.06


LINKS = LinkGains()
"""The gains in use."""

# What the unaffected arm shares of the impairment of the affected one, the weakness at most;
# assumptions.
_UNAFFECTED_WEAKNESS = 0.3
_UNAFFECTED_ROUGHNESS = 0.05
_UNAFFECTED_SLOWNESS = 0.2
# The random numbers of each arm.
_TESTED_ARM, _OTHER_ARM = 0, 1

_SLOW_TREMOR_SHARE = 0.25
_SLOW_TREMOR_HZ = (3.0, 5.5)
_FAST_TREMOR_HZ = (6.0, 10.0)

CAUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "shoulder": ("shoulder",),
        "external_rotation": ("shoulder",),
        "elbow_flexion": ("elbow",),
        "elbow_extension": ("elbow",),
        "supination": ("elbow", "wrist"),
        "pronation": ("elbow", "wrist"),
        "wrist_extension": ("wrist",),
        "wrist_flexion": ("wrist",),
        "finger_extension": ("hand",),
        "finger_flexion": ("hand",),
        "thumb": ("hand",),
        "synergy": ("individuation",),
        "spasticity": ("individuation",),
        "co_contraction": ("elbow", "wrist"),
        "roughness": ("coordination",),
        "slowness": DOMAINS,
    }
)
"""Which abilities are behind each parameter: their mean. How fast somebody moves is general."""
_DRIVES = tuple(CAUSES)[:11]


@dataclass(frozen=True, eq=False)
class _Habits:
    """What is a person's own whatever the ability; the same at every visit."""

    scatter: Array
    compensation: float
    tremor: float
    tremor_hz: float
    proprioception: float
    pace: float
    conduction: float


def draw_impairment(
    abilities: Array, *, person: Person, seed: int, gains: LinkGains = LINKS
) -> Impairment:
    """Give the impairment of the tested arm at a visit.

    What persons of the same abilities do differently is drawn once for each person, not for each
    visit: other abilities give another impairment of the same person. Controls have none; their
    habits and the years remain.

    Parameters
    ----------
    abilities : array of float, shape (6,)
        At the visit, in the order of `DOMAINS`, in logits.
    person : Person
        Whose arm it is.
    seed : int
        Seed of the cohort.
    gains : LinkGains, default LINKS
        How abilities act.

    Returns
    -------
    Impairment

    Raises
    ------
    SignalError
        If `abilities` has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.person import draw_person, find_setting
    >>> from hybridmfp.simulation.site import REFERENCE_SITE
    >>> setting = find_setting("rehabilitation")
    >>> person = draw_person(0, 1, "patient", site=REFERENCE_SITE, setting=setting)
    >>> draw_impairment(np.full(6, -30.0), person=person, seed=0).drive.thumb  # the least there is
    0.05
    """
    if np.shape(abilities) != (len(DOMAINS),):
        raise SignalError(
            f"abilities must be ({len(DOMAINS)},), one visit at a time: {', '.join(DOMAINS)}; "
            f"got shape {np.shape(abilities)}."
        )
    habits = _draw_habits(person, seed=seed, arm=_TESTED_ARM, gains=gains)
    if person.group == "control":
        return _healthy(person, habits, gains)
    axis = (np.asarray(abilities) - DIFFICULTY_SHIFT) / DIFFICULTY_SCALE
    levels = {
        name: _follow(getattr(gains, name), _cause(name, axis), own)
        for name, own in zip(CAUSES, habits.scatter, strict=True)
    }
    overall = _cause("slowness", axis)
    clumsy = expit(-axis[DOMAINS.index("coordination")])
    slowness = gains.slowness_share * levels["slowness"] + _slowness_of_age(person, gains)
    return Impairment(
        drive=Drive(**{name: max(levels[name], gains.least_drive) for name in _DRIVES}),
        synergy=levels["synergy"],
        spasticity=levels["spasticity"],
        co_contraction=levels["co_contraction"],
        roughness=levels["roughness"],
        slowness=min(slowness, 1.0),
        compensation=habits.compensation,
        proprioceptive_noise=habits.proprioception * (1 + float(expit(-overall))),
        tremor=habits.tremor * (1 + gains.tremor_rise * float(clumsy)),
        tremor_hz=habits.tremor_hz,
        own_pace=habits.pace,
        conduction=habits.conduction * float(np.exp(gains.conduction_mean)),
    )


def unaffected_impairment(
    impairment: Impairment, *, person: Person, seed: int, gains: LinkGains = LINKS
) -> Impairment:
    """Give what is left of an impairment in the arm on the other side.

    That arm is nearly healthy. Where the affected one is severely impaired, it is a little weaker,
    less smooth and slower than a healthy one; how much is an assumption.

    Parameters
    ----------
    impairment : Impairment
        Of the tested arm at the same visit.
    person : Person
        Whose arms they are.
    seed : int
        Seed of the cohort.
    gains : LinkGains, default LINKS
        The gains that `impairment` was made with.

    Returns
    -------
    Impairment
    """
    habits = _draw_habits(person, seed=seed, arm=_OTHER_ARM, gains=gains)
    healthy = _healthy(person, habits, gains)
    strongest = np.array([getattr(impairment.drive, name) for name in _DRIVES])
    deficit = float(np.mean(1 - strongest))
    weaker = 1 - _UNAFFECTED_WEAKNESS * deficit * expit(habits.scatter[: len(_DRIVES)])
    slower = _UNAFFECTED_SLOWNESS * (impairment.slowness - healthy.slowness)
    return replace(
        healthy,
        drive=Drive(**dict(zip(_DRIVES, weaker.tolist(), strict=True))),
        roughness=healthy.roughness + _UNAFFECTED_ROUGHNESS * deficit,
        slowness=healthy.slowness + slower,
        own_pace=impairment.own_pace,
    )


def _draw_habits(person: Person, *, seed: int, arm: int, gains: LinkGains) -> _Habits:
    """Draw what does not depend on ability, always as many numbers from the same stream."""
    counter = person_counter(person.number, person.group)
    rng = stream_rng(seed, Stream.IMPAIRMENT, person=counter, repetition=arm)
    scatter = rng.standard_normal(len(CAUSES))
    slow_tremor = rng.random() < _SLOW_TREMOR_SHARE
    return _Habits(
        scatter=scatter,
        pace=float(np.exp(rng.normal(0, gains.own_pace_sd))),
        conduction=float(np.exp(rng.normal(0, gains.conduction_sd))),
        proprioception=abs(float(rng.normal(0, gains.proprioceptive_sd))),
        tremor_hz=float(rng.uniform(*(_SLOW_TREMOR_HZ if slow_tremor else _FAST_TREMOR_HZ))),
        compensation=float(rng.beta(*gains.compensation_beta)),
        tremor=float(rng.gamma(*gains.tremor_gamma)),
    )


def _healthy(person: Person, habits: _Habits, gains: LinkGains) -> Impairment:
    """Make an arm without impairment, with the habits and the age of a person."""
    return replace(
        HEALTHY,
        slowness=HEALTHY.slowness + _slowness_of_age(person, gains),
        tremor=habits.tremor,
        tremor_hz=habits.tremor_hz,
        own_pace=habits.pace,
        conduction=habits.conduction,
    )


def _slowness_of_age(person: Person, gains: LinkGains) -> float:
    return gains.slowness_per_year * max(person.body.age_years - 50, 0)


def _cause(name: str, axis: Array) -> float:
    """Average the abilities behind a parameter."""
    return float(np.mean([axis[DOMAINS.index(domain)] for domain in CAUSES[name]]))


def _follow(link: Link, ability: float, own: float) -> float:
    return float(expit(link.slope * (ability - link.midpoint) + link.scatter * own))
