"""Who could be in front of us: persons of the simulator as functions of standard normal numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr
from scipy.stats import beta, gamma

from hybridmfp.clinical.twin.parameters import DRIVES, LEVELS
from hybridmfp.simulation.fma_response import (
    AVERAGE_PROFILE,
    DIFFICULTY_SCALE,
    DIFFICULTY_SHIFT,
    DOMAINS,
)
from hybridmfp.simulation.impairment_links import CAUSES, LINKS
from hybridmfp.simulation.person import DEVIATION_SDS, VISIT_SD, find_setting
from hybridmfp.simulation.recovery import DRIFT_SD

__all__ = ["PersonPrior", "PersonStates"]

Array = NDArray[np.float64]

_N_DOMAINS = len(DOMAINS)
# As in `hybridmfp.simulation`: spread of case mix and leniency between sites, ceiling of ability,
# age. A test compares persons drawn here with those of the simulator.
_CASE_MIX_SD, _LENIENCY_SD = 0.5, 0.2
_MOST_THETA = 9.0
_AGE_YEARS = (63.0, 12.0, 25.0, 88.0)
_WEEKS_PER_YEAR = 52.0

# Places of the standard normal numbers of a person; those of each visit follow.
_THETA = 0
_DEVIATIONS = slice(1, 7)
_OWN = slice(7, 23)
_HABITS = slice(23, 28)
_DRIFT, _LENIENCY, _HIDDEN, _AGE = 28, 29, 30, 31
_N_SHARED = 32


@dataclass(frozen=True, eq=False)
class PersonStates:
    """Hold what is true about persons at visits.

    Attributes
    ----------
    theta : array of float, shape (n_persons, n_visits)
        Overall ability, in logits.
    abilities : array of float, shape (n_persons, n_visits, 6)
        In the order of `DOMAINS`, in logits.
    impairments : array of float, shape (n_persons, n_visits, 21)
        In the order of `IMPAIRMENT_NAMES`.
    drift_per_year : array of float, shape (n_persons,)
        In logits.
    leniency : array of float, shape (n_persons,)
        Of the rater, in logits.
    hidden : array of float, shape (n_persons,)
        How much better than others of their abilities they are rated, always, in SDs.
    """

    theta: Array
    abilities: Array
    impairments: Array
    drift_per_year: Array
    leniency: Array
    hidden: Array


@dataclass(frozen=True)
class PersonPrior:
    """Turn standard normal numbers into persons of one case mix, seen at given weeks.

    Attributes
    ----------
    weeks : tuple of float
        Time of the visits since the first, ascending from 0.
    setting : {"rehabilitation", "chronic"}
        Case mix, see `hybridmfp.simulation.SETTINGS`.
    age_years : float or None
        None if it is not known.

    Examples
    --------
    >>> import numpy as np
    >>> prior = PersonPrior(weeks=(0.0, 12.0))
    >>> states = prior.states(np.zeros((1, prior.n_numbers)))
    >>> states.theta.tolist()  # the average person does not change
    [[0.7, 0.7]]
    """

    weeks: tuple[float, ...]
    setting: str = "rehabilitation"
    age_years: float | None = None

    @property
    def n_numbers(self) -> int:
        """How many standard normal numbers make a person."""
        return _N_SHARED + _N_DOMAINS * len(self.weeks)

    def states(self, numbers: Array) -> PersonStates:
        """Give the persons that standard normal numbers stand for.

        Parameters
        ----------
        numbers : array of float, shape (n_persons, n_numbers)
        """
        setting = find_setting(self.setting)
        spread = math.hypot(setting.theta_sd, _CASE_MIX_SD)
        first = np.minimum(setting.theta_mean + spread * numbers[:, _THETA], _MOST_THETA)
        drift = DRIFT_SD * numbers[:, _DRIFT]
        theta = first[:, np.newaxis] + np.outer(drift, self.weeks) / _WEEKS_PER_YEAR
        deviations = np.array(AVERAGE_PROFILE) + numbers[:, _DEVIATIONS] * np.array(DEVIATION_SDS)
        per_visit = numbers[:, _N_SHARED:].reshape(len(numbers), len(self.weeks), _N_DOMAINS)
        abilities = theta[..., np.newaxis] + deviations[:, np.newaxis] + VISIT_SD * per_visit
        return PersonStates(
            theta=theta,
            abilities=abilities,
            impairments=self._impairments(abilities, numbers),
            drift_per_year=drift,
            leniency=_LENIENCY_SD * numbers[:, _LENIENCY],
            hidden=numbers[:, _HIDDEN],
        )

    def later(self, numbers: Array, weeks: float, *, rng: np.random.Generator) -> Array:
        """Give the abilities of persons some weeks after their last visit.

        Parameters
        ----------
        numbers : array of float, shape (n_persons, n_numbers)
        weeks : float
            Since the last visit.
        rng : numpy.random.Generator
            Source of what differs between two visits.

        Returns
        -------
        array of float, shape (n_persons, 6)
            In the order of `DOMAINS`, in logits.
        """
        drawn = numbers.copy()
        drawn[:, -_N_DOMAINS:] = rng.standard_normal((len(numbers), _N_DOMAINS))
        states = self.states(drawn)
        change = states.drift_per_year * weeks / _WEEKS_PER_YEAR
        later: Array = states.abilities[:, -1] + change[:, np.newaxis]
        return later

    def _impairments(self, abilities: Array, numbers: Array) -> Array:
        axis = (abilities - DIFFICULTY_SHIFT) / DIFFICULTY_SCALE
        slope, midpoint, scatter, causes = _links()
        own = (scatter * numbers[:, _OWN])[:, np.newaxis]
        levels = expit(slope * (axis @ causes - midpoint) + own)
        levels[..., : len(DRIVES)] = np.maximum(levels[..., : len(DRIVES)], LINKS.least_drive)
        slowness = LEVELS.index("slowness")
        older = np.maximum(self._ages(numbers) - 50, 0)[:, np.newaxis]
        levels[..., slowness] = np.minimum(
            LINKS.slowness_share * levels[..., slowness] + LINKS.slowness_per_year * older, 1.0
        )
        return np.concatenate([levels, _habits(axis, numbers[:, _HABITS])], axis=-1)

    def _ages(self, numbers: Array) -> Array:
        if self.age_years is not None:
            return np.full(len(numbers), self.age_years)
        mean, spread, least, most = _AGE_YEARS
        return np.clip(mean + spread * numbers[:, _AGE], least, most)


def _habits(axis: Array, numbers: Array) -> Array:
    """Give what is a person's own; shape (n_persons, n_visits, 5)."""
    grid, compensation, tremor = _quantiles()
    own = numbers[:, np.newaxis]
    clumsy = expit(-axis[..., DOMAINS.index("coordination")])
    unable = expit(-axis.mean(axis=-1))
    same = np.ones_like(unable)
    return np.stack(
        [
            same * np.interp(own[..., 0], grid, compensation),
            np.abs(LINKS.proprioceptive_sd * own[..., 1]) * (1 + unable),
            np.interp(own[..., 2], grid, tremor) * (1 + LINKS.tremor_rise * clumsy),
            same * np.exp(LINKS.own_pace_sd * own[..., 3]),
            same * np.exp(LINKS.conduction_mean + LINKS.conduction_sd * own[..., 4]),
        ],
        axis=-1,
    )


@cache
def _links() -> tuple[Array, Array, Array, Array]:
    """Slopes, midpoints and scatters of the levels, and which abilities are behind each."""
    links = [getattr(LINKS, name) for name in LEVELS]
    causes = np.array([[domain in CAUSES[name] for name in LEVELS] for domain in DOMAINS], float)
    return (
        np.array([link.slope for link in links]),
        np.array([link.midpoint for link in links]),
        np.array([link.scatter for link in links]),
        causes / causes.sum(axis=0),
    )


@cache
def _quantiles() -> tuple[Array, Array, Array]:
    """Compensation and tremor as functions of a standard normal number, tabulated."""
    grid = np.linspace(-5, 5, 1001)
    shape, scale = LINKS.tremor_gamma
    share = ndtr(grid)
    return grid, beta.ppf(share, *LINKS.compensation_beta), gamma.ppf(share, shape, scale=scale)
