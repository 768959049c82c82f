"""What is known of one patient's simulator parameters: draws, intervals, forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.twin.parameters import PARAMETERS
from hybridmfp.clinical.twin.person_prior import PersonPrior, PersonStates
from hybridmfp.clinical.twin.score_curve import ScoreCurve
from hybridmfp.clinical.twin.score_forecast import ScoreForecast, check_level, check_weeks
from hybridmfp.clinical.twin.what_if import WhatIf, WhatIfResult, simulate_change
from hybridmfp.clinical.twin.wording import NOT_A_PROMISE

__all__ = ["TwinPosterior", "draws_of_states"]

Array = NDArray[np.float64]

_N_PRIOR = 4000


@dataclass(frozen=True, eq=False)
class TwinPosterior:
    """Hold draws of what the simulator's parameters of one patient could be.

    Everything it says is simulation.

    Attributes
    ----------
    numbers : array of float, shape (n_draws, n_numbers)
        Standard normal numbers that `prior` turns into persons.
    prior : PersonPrior
    curve : ScoreCurve
    first_week : float
        Of the first visit, since the stroke.
    tasks : tuple of str
        What was done in every session.
    n_sessions, n_ratings : int
        How many recorded sessions and rated scores were used.
    strangeness : tuple of float
        Of each session: the share of simulated sessions that lie as far from the others.
    fit : float
        Posterior predictive p-value of the sessions; small where no simulated person fits.
    rhat : float
        Largest split R-hat of a parameter; about 1 where the chains agree.
    provenance : dict
        Where the simulated persons come from.
    """

    numbers: Array
    prior: PersonPrior
    curve: ScoreCurve
    first_week: float
    tasks: tuple[str, ...]
    n_sessions: int
    n_ratings: int
    strangeness: tuple[float, ...]
    fit: float
    rhat: float
    provenance: dict[str, Any]

    @cached_property
    def states(self) -> PersonStates:
        """The persons drawn, at every visit."""
        return self.prior.states(self.numbers)

    @property
    def last_week(self) -> float:
        """When the last visit was, in weeks since the stroke."""
        return self.first_week + self.prior.weeks[-1]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `draws`."""
        return tuple(PARAMETERS)

    @cached_property
    def draws(self) -> Array:
        """The parameters at the last visit, shape (n_draws, n_parameters)."""
        return draws_of_states(self.states)

    @property
    def mean(self) -> dict[str, float]:
        """The posterior mean of every parameter."""
        return dict(zip(self.names, self.draws.mean(axis=0).tolist(), strict=True))

    def interval(self, level: float = 0.9) -> dict[str, tuple[float, float]]:
        """Give the central interval of every parameter.

        Parameters
        ----------
        level : float, default 0.9
            Between 0 and 1.
        """
        check_level(level)
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return {
            name: (float(one), float(other))
            for name, one, other in zip(self.names, low, high, strict=True)
        }

    def informed(self) -> dict[str, float]:
        """Say how much less each parameter varies than among all simulated patients.

        Returns
        -------
        dict of str to float
            1 − variance / prior variance: about 0 where the sessions tell nothing, 1 at most.
        """
        rng = np.random.default_rng(0)
        anybody = self.prior.states(rng.standard_normal((_N_PRIOR, self.prior.n_numbers)))
        share = 1 - self.draws.var(axis=0) / draws_of_states(anybody).var(axis=0)
        return dict(zip(self.names, share.tolist(), strict=True))

    def predict_score(self, weeks: float = 0.0, *, random_state: int = 0) -> ScoreForecast:
        """Say which score a rater would give some weeks after the last visit.

        No therapy and no recovery are in it: only the slow drift of the simulator's patients.

        Parameters
        ----------
        weeks : float, default 0
            After the last visit, 0 to 52.
        random_state : int, default 0
            Of what differs between two visits.

        Raises
        ------
        ClinicalError
            ``outside_window`` for other weeks.
        """
        check_weeks(weeks)
        rng = np.random.default_rng(random_state)
        abilities = self.prior.later(self.numbers, weeks, rng=rng)
        abilities += self.states.leniency[:, np.newaxis]
        chances = self.curve.chances(abilities, self.states.hidden).mean(axis=0)
        return ScoreForecast(float(weeks), chances / chances.sum())

    def what_if(self, change: WhatIf, *, random_state: int = 0) -> WhatIfResult:
        """Ask the simulator what a change would do to this patient's twin.

        Parameters
        ----------
        change : WhatIf
        random_state : int, default 0

        Raises
        ------
        ClinicalError
            As `hybridmfp.clinical.twin.what_if.simulate_change`.
        """
        return simulate_change(self, change, random_state=random_state)

    def as_json(self, level: float = 0.9) -> dict[str, Any]:
        """Give everything JSON-ready, labelled as simulation."""
        mean, interval, informed = self.mean, self.interval(level), self.informed()
        return {
            "simulation": True,
            "note": NOT_A_PROMISE,
            "setting": self.prior.setting,
            "n_sessions": self.n_sessions,
            "n_ratings": self.n_ratings,
            "n_draws": len(self.draws),
            "strangeness": list(self.strangeness),
            "fit": self.fit,
            "rhat": self.rhat,
            "level": level,
            "parameters": [
                {
                    "name": one.name,
                    "unit": one.unit,
                    "meaning": one.meaning,
                    "mean": mean[one.name],
                    "interval": list(interval[one.name]),
                    "informed": informed[one.name],
                }
                for one in PARAMETERS.values()
            ],
            "score": self.predict_score().as_json(level),
            "bank": self.provenance,
        }


def draws_of_states(states: PersonStates) -> Array:
    """Put persons at their last visit into the columns of `PARAMETERS`."""
    return np.concatenate(
        [
            states.theta[:, -1:],
            states.abilities[:, -1],
            states.impairments[:, -1],
            states.drift_per_year[:, np.newaxis],
        ],
        axis=1,
    )
