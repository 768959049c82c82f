"""Check what is said to drive an estimate against what the simulator knows of the impairment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from hybridmfp.clinical.twin.fit import TwinModel
from hybridmfp.clinical.twin.measurement import quadratic_terms, shown_impairments
from hybridmfp.clinical.twin.parameters import IMPAIRMENT_NAMES
from hybridmfp.clinical.twin.posterior import TwinPosterior
from hybridmfp.clinical.twin.session_features import TWIN_FEATURES
from hybridmfp.clinical.twin.wording import NOT_A_PROMISE
from hybridmfp.errors import ClinicalError

__all__ = ["DriverCheck", "ExplanationCheck", "explanation_check"]

Array = NDArray[np.float64]

_LEAST_DRIVERS = 3
_LEAST_RANKED = 5
_PENALTY = 10.0


@dataclass(frozen=True)
class DriverCheck:
    """Hold what the twin makes of one driver.

    Attributes
    ----------
    name : str
    points : float
        That the explanation gives it.
    twin_points : float
        That it has in the simulator: how far persons of this impairment lie from the average
        patient in this biomarker, times the points that go with it.
    same_direction : bool
    certainty : float
        Share of the twin's draws that agree with its own direction, 0.5 to 1.
    """

    name: str
    points: float
    twin_points: float
    same_direction: bool
    certainty: float

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "name": self.name,
            "points": self.points,
            "twin_points": self.twin_points,
            "same_direction": self.same_direction,
            "certainty": self.certainty,
        }


@dataclass(frozen=True, eq=False)
class ExplanationCheck:
    """Hold how far an explanation and the twin agree.

    Attributes
    ----------
    drivers : tuple of DriverCheck
    n_unchecked : int
        Drivers of which the twin knows nothing, such as a phase of a muscle's signal.
    sign_agreement : float
        Share of the checked drivers of the same direction.
    agreement_by_chance : float
        The share to expect if the same directions were dealt out among the drivers at random.
        Where all of one side point the same way, as in severe arms, it equals `sign_agreement`,
        which then says nothing.
    rank_correlation : float or None
        Spearman's, of the points; None with fewer than 5 drivers.
    """

    drivers: tuple[DriverCheck, ...]
    n_unchecked: int
    sign_agreement: float
    agreement_by_chance: float
    rank_correlation: float | None

    @property
    def sentence(self) -> str:
        """It in plain words."""
        same = sum(one.same_direction for one in self.drivers)
        return (
            f"{same} of {len(self.drivers)} biomarkers move the estimate in the direction in which "
            "they go with the score among simulated patients of this impairment, where "
            f"{self.agreement_by_chance * len(self.drivers):.1f} would by chance; "
            f"{self.n_unchecked} drivers could not be checked. Agreement does not prove an "
            "explanation: both rest on associations."
        )

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready, labelled as simulation."""
        return {
            "simulation": True,
            "drivers": [one.as_json() for one in self.drivers],
            "n_checked": len(self.drivers),
            "n_unchecked": self.n_unchecked,
            "sign_agreement": self.sign_agreement,
            "agreement_by_chance": self.agreement_by_chance,
            "rank_correlation": self.rank_correlation,
            "sentence": self.sentence,
            "note": NOT_A_PROMISE,
        }


def explanation_check(
    drivers: Sequence[Mapping[str, Any]], twin: TwinPosterior, *, model: TwinModel
) -> ExplanationCheck:
    """Compare the drivers of an estimate with what the simulator knows of such an impairment.

    Only biomarkers can be checked. For each, the bank tells what persons of the twin's impairment
    show on average, which takes the chance of the one session away, and how many points go with
    it among all simulated patients.

    Parameters
    ----------
    drivers : sequence of mapping
        As in ``assess --json``: ``name`` and ``points`` of each.
    twin : TwinPosterior
    model : TwinModel
        That the twin was fitted with.

    Returns
    -------
    ExplanationCheck

    Raises
    ------
    ClinicalError
        ``too_few`` with fewer than 3 biomarkers that a twin knows.
    """
    known = [one for one in drivers if one["name"] in TWIN_FEATURES and one["points"] != 0]
    if len(known) < _LEAST_DRIVERS:
        raise ClinicalError(
            f"at least {_LEAST_DRIVERS} drivers must be biomarkers that a twin knows; got "
            f"{len(known)} of {len(drivers)}. Phases of muscles and joints cannot be checked.",
            refusal="too_few",
        )
    names = [str(one["name"]) for one in known]
    said = np.array([float(one["points"]) for one in known])
    by_draw = _points_of_draws(names, twin, model)
    means = by_draw.mean(axis=0)
    checks = tuple(
        DriverCheck(
            name=name,
            points=float(points),
            twin_points=float(mean),
            same_direction=bool(points * mean > 0),
            certainty=float(np.mean(drawn * mean > 0)),
        )
        for name, points, mean, drawn in zip(names, said, means, by_draw.T, strict=True)
    )
    ranked = float(spearmanr(said, means).statistic) if len(known) >= _LEAST_RANKED else None
    return ExplanationCheck(
        drivers=checks,
        n_unchecked=len(drivers) - len(known),
        sign_agreement=float(np.mean([one.same_direction for one in checks])),
        agreement_by_chance=_by_chance(said > 0, means > 0),
        rank_correlation=ranked if ranked is not None and np.isfinite(ranked) else None,
    )


def _by_chance(raises: NDArray[np.bool_], twin_raises: NDArray[np.bool_]) -> float:
    """Say which share of directions agrees on average when they are shuffled."""
    one, other = float(raises.mean()), float(twin_raises.mean())
    return one * other + (1 - one) * (1 - other)


def _points_of_draws(names: Sequence[str], twin: TwinPosterior, model: TwinModel) -> Array:
    """Give the points that go with each biomarker of each draw; shape (n_draws, n_names)."""
    bank = model.bank
    seen = np.stack([_mean_over_tasks(model, name) for name in names], axis=1)
    terms = quadratic_terms(shown_impairments(bank.impairments.reshape(-1, len(IMPAIRMENT_NAMES))))
    penalty = _PENALTY * np.eye(terms.shape[1])
    weights = np.linalg.solve(terms.T @ terms + penalty, terms.T @ seen)
    drawn = quadratic_terms(shown_impairments(twin.states.impairments[:, -1])) @ weights
    scores = bank.score_curve.mean(bank.abilities.reshape(-1, bank.abilities.shape[-1]))
    away = seen - seen.mean(axis=0)
    slopes = (scores - scores.mean()) @ away / (away**2).sum(axis=0)
    points: Array = (drawn - seen.mean(axis=0)) * slopes
    return points


def _mean_over_tasks(model: TwinModel, name: str) -> Array:
    """Give one biomarker of every session of the bank, standardised in each task."""
    at = [number for number, column in enumerate(model.bank.columns) if column.endswith(f":{name}")]
    features = model.bank.features.reshape(-1, model.bank.features.shape[-1])
    standard: Array = model.measurement.standardised(features)[:, at].mean(axis=1)
    return standard
