"""Fit a twin: from the sessions of one patient to draws of the simulator's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.fma_ue import FMA_UE, require_fma_ue
from hybridmfp.clinical.twin.bank import TwinBank
from hybridmfp.clinical.twin.elliptical import elliptical_slices, split_rhat
from hybridmfp.clinical.twin.evidence import Evidence, approximate_posterior
from hybridmfp.clinical.twin.measurement import MeasurementModel, learn_measurement
from hybridmfp.clinical.twin.observed import TwinVisit, check_visits
from hybridmfp.clinical.twin.person_prior import PersonPrior
from hybridmfp.clinical.twin.posterior import TwinPosterior, draws_of_states
from hybridmfp.clinical.twin.session_features import row_of_digest
from hybridmfp.errors import ClinicalError

__all__ = ["TwinModel", "draw_numbers", "fit_twin", "shipped_model"]

Array = NDArray[np.float64]

_N_CHAINS, _N_BURNT, _N_KEPT, _N_APART = 100, 40, 20, 4
_N_GROUPS = 4  # of chains, which are compared
_STRANGE = 0.005  # share of simulated sessions that are as strange as one that is refused
_MISFIT = 0.001  # posterior predictive p-value below which no simulated person fits
_SETTINGS = ("rehabilitation", "chronic")


@dataclass(frozen=True, eq=False)
class TwinModel:
    """Hold a bank, and what was learned from it.

    Attributes
    ----------
    bank : TwinBank
    measurement : MeasurementModel
    """

    bank: TwinBank
    measurement: MeasurementModel

    @classmethod
    def learn(cls, bank: TwinBank) -> TwinModel:
        """Learn from a bank how impairments show; takes some seconds."""
        return cls(bank, learn_measurement(bank))


@cache
def shipped_model() -> TwinModel:
    """Give the model of the bank that comes with HybridMFP, learned once per process."""
    with resources.as_file(resources.files("hybridmfp.clinical.twin") / "bank.npz") as path:
        return TwinModel.learn(TwinBank.load(path))


def fit_twin(
    visits: Sequence[TwinVisit],
    *,
    model: TwinModel | None = None,
    setting: str = "rehabilitation",
    age_years: float | None = None,
    scale: str = FMA_UE.name,
    random_state: int = 0,
) -> TwinPosterior:
    """Infer the simulator's parameters of one patient.

    The simulator's own distribution of patients is the prior. Sessions count through a likelihood
    of summaries learned from a bank of simulated persons, rated scores through the simulator's
    raters. Draws come from elliptical slice sampling.

    Parameters
    ----------
    visits : sequence of TwinVisit
        In the order of time, from day 28 after the stroke.
    model : TwinModel, optional
        By default that of the bank which comes with HybridMFP.
    setting : {"rehabilitation", "chronic"}
        Case mix that the patient comes from.
    age_years : float, optional
    scale : str, default "fma-ue"
        Scale of rated scores; others are refused.
    random_state : int, default 0

    Returns
    -------
    TwinPosterior

    Raises
    ------
    ClinicalError
        ``other_scale``; ``too_few`` without a recorded session; ``dates_out_of_order``;
        ``outside_window`` before day 28; ``missing_input`` for sessions without the tasks,
        muscles or markers of the bank; ``unit_mix_up`` for EMG that is not in volts;
        ``impossible_value`` for another setting or age;
        ``too_uncertain`` for sessions such as the simulator does not make, or where no simulated
        person fits.

    References
    ----------
    Cranmer, K., Brehmer, J., & Louppe, G. (2020). The frontier of simulation-based inference.
    *PNAS*, 117, 30055-30062. doi:10.1073/pnas.1912789117

    Price, L. F., et al. (2018). Bayesian synthetic likelihood. *Journal of Computational and
    Graphical Statistics*, 27, 1-11. doi:10.1080/10618600.2017.1302882
    """
    require_fma_ue(scale, whose="the twin's patient")
    check_visits(visits)
    _check_person(setting, age_years)
    chosen = model or shipped_model()
    recorded = [at for at, visit in enumerate(visits) if visit.session is not None]
    rows = np.array(
        [
            row_of_digest(visit.session, chosen.bank.tasks)
            for visit in visits
            if visit.session is not None
        ]
    )
    _check_units(chosen.measurement, rows)
    strangeness = tuple(chosen.measurement.strangeness(row) for row in rows)
    _check_strangeness(strangeness, visits, recorded)
    prior = PersonPrior(
        weeks=tuple(visit.weeks - visits[0].weeks for visit in visits),
        setting=setting,
        age_years=age_years,
    )
    evidence = Evidence(
        measurement=chosen.measurement,
        curve=chosen.bank.score_curve,
        summaries=chosen.measurement.summarise(rows),
        recorded=tuple(recorded),
        scores=np.array([np.nan if one.score is None else one.score for one in visits]),
    )
    numbers = draw_numbers(evidence, prior, rng=np.random.default_rng(random_state))
    states = prior.states(numbers)
    fit = evidence.predictive_p_value(states)
    _check_fit(fit)
    return TwinPosterior(
        numbers=numbers,
        prior=prior,
        curve=chosen.bank.score_curve,
        first_week=visits[0].weeks,
        tasks=chosen.bank.tasks,
        n_sessions=len(recorded),
        n_ratings=sum(visit.score is not None for visit in visits),
        strangeness=strangeness,
        fit=fit,
        rhat=_rhat(draws_of_states(states)),
        provenance=chosen.bank.provenance(),
    )


def draw_numbers(evidence: Evidence, prior: PersonPrior, *, rng: np.random.Generator) -> Array:
    """Draw from the posterior.

    Ellipses are drawn about an approximate posterior instead of the prior, and what is wrong with
    it is put into the likelihood: the same posterior, reached in a quarter of the time.

    Parameters
    ----------
    evidence : Evidence
    prior : PersonPrior
    rng : numpy.random.Generator

    Returns
    -------
    array of float, shape (n_draws, n_numbers)
        Standard normal numbers that `prior` turns into persons.
    """
    centre, root = approximate_posterior(evidence, prior, rng=rng)

    def log_likelihood(steps: Array) -> Array:
        numbers = centre + steps @ root.T
        log_ratio: Array = 0.5 * (steps**2).sum(axis=1) - 0.5 * (numbers**2).sum(axis=1)
        return evidence.log_likelihood(prior.states(numbers)) + log_ratio

    steps = elliptical_slices(
        log_likelihood,
        prior.n_numbers,
        n_chains=_N_CHAINS,
        n_burnt=_N_BURNT,
        n_kept=_N_KEPT,
        n_apart=_N_APART,
        rng=rng,
    )
    numbers: Array = centre + steps.reshape(-1, prior.n_numbers) @ root.T
    return numbers


def _rhat(draws: Array) -> float:
    """Compare groups of chains, and early with late draws."""
    groups = draws.reshape(_N_KEPT * _N_CHAINS // _N_GROUPS, _N_GROUPS, -1)
    return float(split_rhat(groups).max())


def _check_person(setting: str, age_years: float | None) -> None:
    if setting not in _SETTINGS:
        raise ClinicalError(
            f"setting of a twin must be {' or '.join(_SETTINGS)}; got {setting!r}. Patients who "
            "still recover by themselves have no twin; use a prognosis.",
            refusal="impossible_value",
        )
    if age_years is not None and not 0 <= age_years <= 130:
        raise ClinicalError(
            f"age_years must lie between 0 and 130; got {age_years!r}. Leave it out if unknown.",
            refusal="impossible_value",
        )


def _check_units(measurement: MeasurementModel, rows: Array) -> None:
    least, most = measurement.loudness_range
    for row in rows:
        loudness = measurement.loudness(row)
        if not least <= loudness <= most:
            raise ClinicalError(
                "EMG amplitudes must be in volts, between "
                f"{np.exp(least):.2g} and {np.exp(most):.2g} times those of usual simulated "
                f"sessions; got {np.exp(loudness):.2g} times. Check unit and gain.",
                refusal="unit_mix_up",
            )


def _check_strangeness(
    strangeness: Sequence[float], visits: Sequence[TwinVisit], recorded: Sequence[int]
) -> None:
    for share, at in zip(strangeness, recorded, strict=True):
        if share < _STRANGE:
            raise ClinicalError(
                f"the session of day {visits[at].days_post_stroke:g} must be such as the simulator "
                f"makes; only {share:.2%} of simulated sessions lie as far from the others. What "
                "the twin says of it would be a guess; check channels, units and tasks.",
                refusal="too_uncertain",
            )


def _check_fit(fit: float) -> None:
    if fit < _MISFIT:
        raise ClinicalError(
            "some simulated person must explain the sessions and scores together; none does "
            f"(posterior predictive p = {fit:.1g}). Check that all belong to the same arm, and "
            "the rated scores.",
            refusal="too_uncertain",
        )
