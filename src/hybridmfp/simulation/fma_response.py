"""How six abilities become 33 rated FMA-UE items: a graded response model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import expit

from hybridmfp.errors import ScaleError, SignalError
from hybridmfp.signals import find_scale
from hybridmfp.simulation.point_sums import distribution_of_sum, distribution_of_two

__all__ = [
    "AVERAGE_PROFILE",
    "DAY_SD",
    "DIFFICULTY_SCALE",
    "DIFFICULTY_SHIFT",
    "DOMAINS",
    "HIDDEN_SD",
    "OCCASION_SD",
    "RATER_SD",
    "ability_of_score",
    "draw_items",
    "expected_score",
    "reflex_absence",
    "score_distribution",
]

Array = NDArray[np.float64]

DOMAINS = ("shoulder", "elbow", "wrist", "hand", "individuation", "coordination")
"""What a person can do, each in logits; individuation is moving outside the synergies."""

HIDDEN_SD = 0.8
"""Spread of what makes one item harder for one person for good, in logits; an assumption."""
OCCASION_SD = 0.15
"""Spread of how a person's day moves all items at once, in logits; an assumption."""
RATER_SD = 0.2
"""Spread of leniency between the raters of a site, in logits; an assumption."""
DAY_SD = math.hypot(OCCASION_SD, RATER_SD)
"""Spread of what makes all items easier at one visit: the day and the rater, in logits."""
AVERAGE_PROFILE: tuple[float, ...] = (0.0, 0.0, -0.3, -0.4, 0.0, 0.0)
"""How far each ability lies from a person's overall ability on average, in logits.

No strong gradient from shoulder to hand: Beebe & Lang 2009, PMC2718540.
"""

# Slope of every item, and half the distance of its thresholds in logits: assumptions that give the
# published measurement error.
_SLOPE = 1.5
_HALF_DISTANCE = 0.85

DIFFICULTY_SCALE = 1.87
"""Logits per rank value of an item.

Fitted, with `DIFFICULTY_SHIFT`, so that six equal abilities and no hidden effect give 19 of the
60 points of the 30 items without reflexes at -1.59 logits, and 47 at +2.44 (Woodbury 2013,
PMID 23529144).
"""
DIFFICULTY_SHIFT = -1.11
"""Difficulty of an item of rank value 0, in logits."""

# Chance of a reflex item to be scored 0: at most this, half of it at this mean ability, and
# this steep. Assumptions.
_REFLEX_ABSENCE_MOST = 0.25
_REFLEX_ABSENCE_AT = -6.0
_REFLEX_ABSENCE_SLOPE = 1.5

# Ability range of the test characteristic curve that `ability_of_score` inverts, in logits.
_ABILITY_RANGE = (-9.0, 10.0)
_ABILITY_STEP = 0.05

_HIDDEN_NODES = 21
_DAY_NODES = 7

# Rank value and domain weights of each graded item. The order of the items is the published one
# (Hijikata 2020, doi:10.3389/fneur.2020.577855); the single values are interpolated, since no
# table of them could be read. The weights are an assumption; they are made to sum to 1.
_ITEMS: Mapping[str, tuple[float, Mapping[str, float]]] = MappingProxyType(
    {
        "A2a": (-1.2, {"shoulder": 1}),
        "A2b": (-2.4, {"shoulder": 1}),
        "A2c": (-0.6, {"shoulder": 1, "individuation": 0.3}),
        "A2d": (0.3, {"shoulder": 1, "individuation": 0.5}),
        "A2e": (-2.5, {"elbow": 1}),
        "A2f": (0.0, {"elbow": 0.6, "wrist": 0.4, "individuation": 0.3}),
        "A2g": (-2.0, {"shoulder": 1}),
        "A2h": (-1.3, {"elbow": 1, "individuation": 0.3}),
        "A2i": (-1.0, {"elbow": 0.7, "wrist": 0.3}),
        "A3a": (0.3, {"shoulder": 0.6, "elbow": 0.2, "individuation": 0.5}),
        "A3b": (0.5, {"shoulder": 0.7, "individuation": 0.7}),
        "A3c": (1.0, {"wrist": 0.5, "elbow": 0.3, "individuation": 0.6}),
        "A4a": (1.3, {"shoulder": 0.6, "individuation": 0.8}),
        "A4b": (2.2, {"shoulder": 0.7, "individuation": 0.7}),
        "A4c": (1.8, {"wrist": 0.5, "elbow": 0.2, "individuation": 0.8}),
        "A5": (2.6, {"individuation": 1, "coordination": 0.5}),
        "B1": (1.2, {"wrist": 1}),
        "B2": (1.5, {"wrist": 1, "individuation": 0.2}),
        "B3": (1.7, {"wrist": 1, "individuation": 0.4}),
        "B4": (2.0, {"wrist": 1, "individuation": 0.5}),
        "B5": (2.4, {"wrist": 1, "coordination": 0.5}),
        "C1": (-1.8, {"hand": 1}),
        "C2": (0.2, {"hand": 1}),
        "C3": (2.5, {"hand": 1, "individuation": 0.3}),
        "C4": (1.5, {"hand": 1}),
        "C5": (1.9, {"hand": 1, "coordination": 0.2}),
        "C6": (0.9, {"hand": 1}),
        "C7": (1.3, {"hand": 1}),
        "D1": (-0.4, {"coordination": 1, "shoulder": 0.5}),
        "D2": (0.6, {"coordination": 1, "shoulder": 0.5}),
        "D3": (2.6, {"coordination": 1, "shoulder": 0.3, "elbow": 0.3}),
    }
)

_SCALE = find_scale("fma-ue")
_IDENTIFIERS = tuple(item.identifier for item in _SCALE.items)
_REFLEXES = [_IDENTIFIERS.index(name) for name in ("A1a", "A1b")]
_GRADED = [at for at in range(len(_IDENTIFIERS)) if at not in _REFLEXES]
# Rows among the graded items: A4 must be full before A5 is scored at all.
_GATE = [_GRADED.index(_IDENTIFIERS.index(name)) for name in ("A4a", "A4b", "A4c")]
_GATED = _GRADED.index(_IDENTIFIERS.index("A5"))
_FREE = [row for row in range(len(_GRADED)) if row not in (*_GATE, _GATED)]

_RANKS, _PARTS = zip(*(_ITEMS[_IDENTIFIERS[at]] for at in _GRADED), strict=True)
_DIFFICULTIES: Array = DIFFICULTY_SCALE * np.array(_RANKS) + DIFFICULTY_SHIFT
_WEIGHTS: Array = np.array(
    [[part.get(domain, 0) / sum(part.values()) for domain in DOMAINS] for part in _PARTS]
)


def draw_items(
    abilities: Array,
    *,
    hidden: Array,
    leniency: float,
    occasion: float,
    reflex_absent: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Rate one person once.

    An item reaches k points with the probability
    ``expit(1.5 * (w @ abilities - b + hidden + leniency + occasion -/+ 0.85))``. The reflexes
    A1a and A1b get 0 or 2. A5 is scored only where A4a, A4b and A4c are full, else it gets 0.

    Parameters
    ----------
    abilities : array of float, shape (6,)
        In the order of `DOMAINS`, in logits.
    hidden : array of float, shape (33,)
        How much easier each item is for this person, in logits; those of the reflexes are not
        used.
    leniency, occasion : float
        How much easier the rater and the day make every item, in logits.
    reflex_absent : float
        Probability that a reflex cannot be elicited, see `reflex_absence`.
    rng : numpy.random.Generator

    Returns
    -------
    array of int, shape (33,)
        Points in the order of the items of the scale ``fma-ue``.

    Raises
    ------
    SignalError
        If `abilities` or `hidden` has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> items = draw_items(
    ...     np.full(6, 20.0), hidden=np.zeros(33), leniency=0.0, occasion=0.0,
    ...     reflex_absent=0.0, rng=np.random.default_rng(0),
    ... )
    >>> int(items.sum())  # so able a person gets every point
    66
    """
    if np.shape(abilities) != (len(DOMAINS),) or np.shape(hidden) != (len(_IDENTIFIERS),):
        raise SignalError(
            f"abilities must be ({len(DOMAINS)},) and hidden ({len(_IDENTIFIERS)},), one person at "
            f"a time; got shapes {np.shape(abilities)} and {np.shape(hidden)}."
        )
    easier = np.asarray(hidden)[_GRADED] + leniency + occasion
    at_least = _reaching(_WEIGHTS @ abilities - _DIFFICULTIES + easier)
    luck = rng.random(len(_IDENTIFIERS))
    points = np.zeros(len(_IDENTIFIERS), dtype=np.int64)
    points[_REFLEXES] = np.where(luck[_REFLEXES] < reflex_absent, 0, 2)
    graded = np.sum(luck[_GRADED] < at_least, axis=0)
    if np.sum(graded[_GATE]) < 2 * len(_GATE):
        graded[_GATED] = 0
    points[_GRADED] = graded
    return points


def reflex_absence(abilities: Array) -> Array:
    """Give the probability that a reflex of such a person cannot be elicited.

    Only a flaccid arm lacks its reflexes, and mostly not even that: the reflex items do not
    follow the ability that the others measure (Woodbury 2007). The curve is an assumption.

    Parameters
    ----------
    abilities : array of float, shape (..., 6)
        In logits.

    Returns
    -------
    array of float, shape (...)
        From 0 to 0.25.
    """
    _check_abilities(abilities)
    above = np.mean(abilities, axis=-1) - _REFLEX_ABSENCE_AT
    absence: Array = _REFLEX_ABSENCE_MOST * expit(-_REFLEX_ABSENCE_SLOPE * above)
    return absence


def score_distribution(abilities: Array, *, leniency: float = 0.0) -> Array:
    """Give the probability of every total score that such a person can get from a rater.

    Hidden item effects, the day's form, the chance in every response and absent reflexes are
    integrated out, by Gauss-Hermite quadrature and convolution; no draw is involved.

    Parameters
    ----------
    abilities : array of float, shape (..., 6)
        In the order of `DOMAINS`, in logits.
    leniency : float, default 0
        How much easier the rater gives every item, in logits.

    Returns
    -------
    array of float, shape (..., 67)
        Probabilities of 0 to 66 points; they sum to 1.

    Raises
    ------
    SignalError
        If the last axis of `abilities` does not hold six numbers.

    Examples
    --------
    >>> import numpy as np
    >>> chances = score_distribution(np.full(6, 20.0))
    >>> round(float(chances[66]), 6)  # so able a person gets every point
    1.0
    """
    _check_abilities(abilities)
    days, weights = _gauss_hermite(_DAY_NODES, DAY_SD)
    graded: Array = sum(
        weight * _distribution_on_a_day(_shares(abilities, leniency + day))
        for day, weight in zip(days, weights, strict=True)
    )
    return distribution_of_two(graded, _reflex_distribution(reflex_absence(abilities)))


def expected_score(abilities: Array, *, leniency: float = 0.0) -> Array:
    """Give the mean total score that such persons get: the mean of `score_distribution`.

    Parameters
    ----------
    abilities : array of float, shape (..., 6)
        In the order of `DOMAINS`, in logits.
    leniency : float, default 0
        How much easier the rater gives every item, in logits.

    Returns
    -------
    array of float, shape (...)
        In points.

    Raises
    ------
    SignalError
        If the last axis of `abilities` does not hold six numbers.
    """
    _check_abilities(abilities)
    days, weights = _gauss_hermite(_DAY_NODES, DAY_SD)
    expected: Array = 2.0 * len(_REFLEXES) * (1 - reflex_absence(abilities))
    for day, weight in zip(days, weights, strict=True):
        shares = _shares(abilities, leniency + day)
        points = shares[..., 1] + 2 * shares[..., 2]
        opened = np.prod(shares[..., _GATE, 2], axis=-1)
        ungated = np.sum(points[..., _FREE], axis=-1) + np.sum(points[..., _GATE], axis=-1)
        expected = expected + weight * (ungated + opened * points[..., _GATED])
    return expected


def ability_of_score(score: ArrayLike) -> Array:
    """Give the overall ability at which the average person is expected to score so much.

    The inverse of the test characteristic curve, `expected_score` of ``theta +
    AVERAGE_PROFILE``. The curve rises from about 3 points to 66 without reaching them; scores
    beyond the ends of its table get the ends, -9 and 10 logits.

    Parameters
    ----------
    score : array of float, any shape
        From 0 to 66 points.

    Returns
    -------
    array of float, shape of `score`
        Overall ability theta, in logits.

    Raises
    ------
    ScaleError
        If a score lies outside the scale.

    Examples
    --------
    >>> ability_of_score([20.0, 40.0, 60.0]).round(1).tolist()
    [-2.2, 1.2, 4.3]
    """
    points = np.asarray(score, dtype=np.float64)
    inside = (points >= _SCALE.minimum) & (points <= _SCALE.maximum)
    if not np.all(inside):
        raise ScaleError(
            f"score must lie on {_SCALE.name}, {_SCALE.minimum:g} to {_SCALE.maximum:g} points; "
            f"got {np.atleast_1d(points)[~np.atleast_1d(inside)][0]:g}. Clip the course first."
        )
    scores, inverse = _inverse_curve()
    theta: Array = np.asarray(inverse(np.clip(points, scores[0], scores[-1])))
    return theta


@cache
def _inverse_curve() -> tuple[Array, PchipInterpolator]:
    """Tabulate the test characteristic curve; its scores, and ability as a function of them."""
    steps = round((_ABILITY_RANGE[1] - _ABILITY_RANGE[0]) / _ABILITY_STEP)
    theta = np.linspace(*_ABILITY_RANGE, steps + 1)
    scores = expected_score(theta[:, np.newaxis] + np.array(AVERAGE_PROFILE))
    return scores, PchipInterpolator(scores, theta)


def _check_abilities(abilities: Array) -> None:
    if np.shape(abilities)[-1:] != (len(DOMAINS),):
        rule = f"abilities must end in an axis of {len(DOMAINS)}, {', '.join(DOMAINS)}"
        raise SignalError(f"{rule}; got shape {np.shape(abilities)}.")


def _reaching(logits: Array) -> Array:
    """Probability to reach 1 and 2 points; shape (2, *logits.shape)."""
    thresholds = _SLOPE * np.array([_HALF_DISTANCE, -_HALF_DISTANCE])
    reaching: Array = expit(np.add.outer(thresholds, _SLOPE * logits))
    return reaching


@cache
def _gauss_hermite(number: int, spread: float) -> tuple[Array, Array]:
    """Nodes and weights that integrate over a normal distribution of mean 0."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(number)
    return spread * nodes, weights / np.sum(weights)


def _shares(abilities: Array, easier: float) -> Array:
    """Probability of 0, 1 and 2 points in each graded item; shape (..., 31, 3)."""
    hidden, weights = _gauss_hermite(_HIDDEN_NODES, HIDDEN_SD)
    logits = np.asarray(abilities) @ _WEIGHTS.T - _DIFFICULTIES + easier
    one, two = _reaching(logits[..., np.newaxis] + hidden)
    # By symmetry 1 - expit(x) is expit(-x), which keeps what rounding would lose.
    none = expit(-_SLOPE * (logits[..., np.newaxis] + hidden + _HALF_DISTANCE))
    shares: Array = np.stack([none @ weights, (one - two) @ weights, two @ weights], axis=-1)
    return shares


def _distribution_on_a_day(shares: Array) -> Array:
    """Probability of each sum of the graded items; shape (..., 63)."""
    gate = distribution_of_sum(shares[..., _GATE, :])
    gated = np.zeros((*gate.shape[:-1], gate.shape[-1] + 2))
    gated[..., : gate.shape[-1] - 1] = gate[..., :-1]
    gated[..., gate.shape[-1] - 1 :] = gate[..., -1:] * shares[..., _GATED, :]
    return distribution_of_two(distribution_of_sum(shares[..., _FREE, :]), gated)


def _reflex_distribution(absence: Array) -> Array:
    """Probability of 0 to 4 points in the two reflexes; shape (..., 5)."""
    one = np.stack([absence, np.zeros_like(absence), 1 - absence], axis=-1)
    return distribution_of_two(one, one)
