"""The recovery mixture: five ways in which arms get better after a stroke."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.prognosis.mixture_fit import fit_mixture
from hybridmfp.clinical.prognosis.mixture_parameters import MixtureParameters
from hybridmfp.clinical.prognosis.mixture_posterior import MixturePosterior
from hybridmfp.clinical.prognosis.readings import check_readings
from hybridmfp.clinical.prognosis.recovery_curve import log_likelihood
from hybridmfp.clinical.prognosis.rule_prognosis import rule_facts
from hybridmfp.clinical.sourced import Source, source_of
from hybridmfp.simulation.recovery import RECOVERY_GROUPS

__all__ = ["MixtureModel"]

Array = NDArray[np.float64]

# The logit of the initial score over its SD: fine and wide enough that integrals no longer change.
_STEPS = np.linspace(-6.0, 6.0, 1201)


class MixtureModel(MixtureParameters):
    """Foretell recovery by a mixture of groups; see `MixtureParameters` for what it holds.

    References
    ----------
    van der Vliet, R., et al. (2020). Predicting upper limb motor impairment recovery after
    stroke: a mixture model. *Annals of Neurology*, 87, 383-393. doi:10.1002/ana.25679

    Examples
    --------
    >>> model = MixtureModel.published()
    >>> early = model.posterior([5, 12], [12, 25])
    >>> early.quantiles([26], [0.5]).round().tolist()
    [[58.0]]
    >>> import numpy as np
    >>> model.means(np.arange(5), np.full(5, 20.0), [1e6]).round(1).tolist()
    [[24.1, 41.1, 59.7, 60.9, 62.8]]
    """

    @classmethod
    def published(cls) -> MixtureModel:
        """Give the mixture as published, n = 412."""
        facts = rule_facts("mixture")
        return cls(
            RECOVERY_GROUPS,
            float(facts["residual_precision"] ** -0.5),
            facts["title"],
            source_of(facts),
            n_subjects=412,
            labels=tuple(facts["labels"]),
        )

    @classmethod
    def fit(cls, days: ArrayLike, scores: ArrayLike, subjects: ArrayLike) -> MixtureModel:
        """Fit the mixture to a cohort, starting from and shrunk to the published one.

        Parameters
        ----------
        days : array of float, shape (n,)
            Days since the stroke.
        scores : array of float, shape (n,)
            Rated FMA-UE, 0 to 66 points.
        subjects : array, shape (n,)
            Whose score it is.

        Returns
        -------
        MixtureModel
            The most probable parameters given the scores; see
            `hybridmfp.clinical.prognosis.mixture_fit` for the priors.

        Raises
        ------
        ClinicalError
            ``too_few`` below 30 persons with two or more scores; ``impossible_value``.
        """
        published = cls.published()
        found = fit_mixture(
            days, scores, subjects, start=published.groups, residual_sd=published.residual_sd
        )
        return cls(
            found.groups,
            found.residual_sd,
            f"Recovery mixture of five groups, fitted to {found.n_subjects} persons",
            Source("own cohort, shrunk to van der Vliet 2020", "assumption", published.source.doi),
            n_subjects=found.n_subjects,
            labels=published.labels,
        )

    def posterior(
        self, days: ArrayLike, scores: ArrayLike, *, sd: ArrayLike | None = None
    ) -> MixturePosterior:
        """Learn from one person's scores what group they are in and how they will be.

        Parameters
        ----------
        days : array of float, shape (n,)
            Days since the stroke; none at all gives the prior.
        scores : array of float, shape (n,)
            FMA-UE, 0 to 66 points.
        sd : array of float, shape (n,), optional
            For estimated scores, their SD about a rating, in points; it adds to the residual.
            0, or not given, for ratings.

        Returns
        -------
        MixturePosterior

        Raises
        ------
        ClinicalError
            ``impossible_value`` for days before the stroke, scores off the scale, or negative SD;
            ``missing_input`` if lengths differ.
        """
        seen = check_readings(days, scores, sd)
        number, initial, prior = self._support()
        log_weight = np.log(prior) + log_likelihood(
            seen,
            self.means(number, initial, seen.weeks),
            residual_sd=self.residual_sd,
        )
        weight = np.exp(log_weight - log_weight.max())
        return MixturePosterior(
            number=number,
            initial=initial,
            weight=weight / weight.sum(),
            model=self,
            n_observations=len(seen.scores),
        )

    def _support(self) -> tuple[NDArray[np.intp], Array, Array]:
        """Give groups and initial scores on a grid, and how probable each is beforehand."""
        density = np.exp(-0.5 * _STEPS**2)
        density /= density.sum()
        shares = np.array([one.share for one in self.groups])
        logits = [one.initial_mean + _STEPS / one.initial_precision**0.5 for one in self.groups]
        number = np.repeat(np.arange(len(self.groups)), len(_STEPS))
        initial: Array = FMA_UE.maximum * expit(np.concatenate(logits))
        return number, initial, np.outer(shares / shares.sum(), density).ravel()
