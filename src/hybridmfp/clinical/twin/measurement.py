"""How an impairment shows in a session: learned from a bank, as a likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from hybridmfp.clinical.twin.bank import TwinBank
from hybridmfp.clinical.twin.parameters import IMPAIRMENT_NAMES, LEVELS

__all__ = ["MeasurementModel", "learn_measurement", "quadratic_terms", "shown_impairments"]

Array = NDArray[np.float64]

_FARTHEST = 6.0  # robust SDs to which a feature is clipped
_BEYOND = 5.0  # what a robust SD beyond counts in a squared distance
_SPARE = float(np.log(2))
_LEVEL_RANGE = (0.02, 0.98)
_N_FOLDS = 8
_LEAST_R2 = 0.05  # of a summary that is worth looking at
_SUMMARY_PENALTIES = np.logspace(1, 4, 13)
_SURROGATE_PENALTIES = np.logspace(-1, 3, 9)
_LEAST_SCALE = 1e-6
# Of the covariance of residuals. Where they are normal to the letter it would be 1; with this,
# intervals of persons of the bank hold what they should whose sessions were held out. Measured
# in `docs/twin.md`.
_WIDER = 1 / 0.85
_FLOOR = 0.05  # of the variance of standardised residuals, so that no direction is certain


@dataclass(frozen=True, eq=False)
class MeasurementModel:
    """Hold what turns a session into summaries, and impairments into what summaries to expect.

    A summary is the estimate of one parameter of the impairment from the features of a session.
    Its mean given the true impairment is quadratic, its spread follows severity, and what is
    left is normal: a part that stays with the person, and a part new in each session.

    Attributes
    ----------
    centre, scale : array of float, shape (n_columns,)
        Of the features.
    summaries : tuple of str
        Names of the parameters that features tell about.
    summary_weights : array of float, shape (n_columns + 1, n_summaries)
    surrogate_weights : array of float, shape (253, n_summaries)
    log_spread : array of float, shape (3, n_summaries)
    between, within : array of float, shape (n_summaries, n_summaries)
        Covariance of standardised residuals: of persons, and of their sessions. Somewhat wider
        than that of the bank, because residuals are not quite normal.
    precision : array of float, shape (n_columns, n_columns)
        Of the features of simulated sessions.
    distances : array of float, shape (n_sessions,)
        How far simulated sessions lie from the others, ascending.
    amplitude : array of bool, shape (n_columns,)
        Which features are logarithms of EMG amplitudes.
    loudness_range : tuple of float
        Between which `loudness` lies in the bank, with a factor of 2 to spare.
    accuracy : dict of str to float
        R² of each summary in persons it was not learned from.
    """

    centre: Array
    scale: Array
    summaries: tuple[str, ...]
    summary_weights: Array
    surrogate_weights: Array
    log_spread: Array
    between: Array
    within: Array
    precision: Array
    distances: Array
    amplitude: NDArray[np.bool_]
    loudness_range: tuple[float, float]
    accuracy: dict[str, float]

    def summarise(self, features: Array) -> Array:
        """Give the summaries of sessions; shape (..., n_summaries).

        Parameters
        ----------
        features : array of float, shape (..., n_columns)
        """
        summarised: Array = _with_one(self.standardised(features)) @ self.summary_weights
        return summarised

    def loudness(self, features: Array) -> float:
        """Give by which factor the EMG is stronger than usual, as a logarithm.

        The median over muscles and tasks, which a bad electrode does not move.

        Parameters
        ----------
        features : array of float, shape (n_columns,)
        """
        return float(np.median((features - self.centre)[self.amplitude]))

    def strangeness(self, features: Array) -> float:
        """Give the share of simulated sessions that lie as far from the others as this one.

        Parameters
        ----------
        features : array of float, shape (n_columns,)

        Returns
        -------
        float
            Above 0, at most 1; small for a session such as the simulator hardly makes.
        """
        distance = float(_distances(features, self.centre, self.scale, self.precision))
        as_far = len(self.distances) - int(np.searchsorted(self.distances, distance))
        return (1 + as_far) / (1 + len(self.distances))

    def expect(self, impairments: Array) -> tuple[Array, Array]:
        """Give mean and spread of the summaries; both of shape (..., n_summaries).

        Parameters
        ----------
        impairments : array of float, shape (..., 21)
        """
        shown = shown_impairments(impairments)
        mean: Array = quadratic_terms(shown) @ self.surrogate_weights
        spread: Array = np.exp(_severity_terms(shown) @ self.log_spread)
        return mean, spread

    def log_likelihood(self, summaries: Array, impairments: Array) -> Array:
        """Say how likely the sessions of one person are for each of many candidates.

        Parameters
        ----------
        summaries : array of float, shape (n_sessions, n_summaries)
        impairments : array of float, shape (n, n_sessions, 21)

        Returns
        -------
        array of float, shape (n,)
            Up to a constant.
        """
        mean, spread = self.expect(impairments)
        away = self._squared(summaries, mean, spread)
        found: Array = -0.5 * away - np.log(spread).sum(axis=(1, 2))
        return found

    def squared_distances(self, summaries: Array, impairments: Array) -> Array:
        """Say how far sessions lie from what candidates lead to expect.

        Parameters
        ----------
        summaries : array of float, shape (n_sessions, n_summaries)
        impairments : array of float, shape (n, n_sessions, 21)

        Returns
        -------
        array of float, shape (n,)
            Squared Mahalanobis distances.
        """
        return self._squared(summaries, *self.expect(impairments))

    def draw(self, impairments: Array, *, rng: np.random.Generator) -> Array:
        """Draw summaries that sessions of such persons could have.

        Parameters
        ----------
        impairments : array of float, shape (n, n_sessions, 21)
        rng : numpy.random.Generator

        Returns
        -------
        array of float, shape (n, n_sessions, n_summaries)
        """
        mean, spread = self.expect(impairments)
        n_sessions = impairments.shape[1]
        root = np.linalg.cholesky(self._covariance(n_sessions))
        away = rng.standard_normal((len(mean), len(root))) @ root.T
        drawn: Array = mean + spread * away.reshape(mean.shape)
        return drawn

    def _squared(self, summaries: Array, mean: Array, spread: Array) -> Array:
        away = ((summaries - mean) / spread).reshape(len(mean), -1)
        squared: Array = np.sum((away @ self._whitening(len(summaries))) ** 2, axis=1)
        return squared

    def _whitening(self, n_sessions: int) -> Array:
        root = np.linalg.cholesky(self._covariance(n_sessions))
        return np.asarray(np.linalg.inv(root).T, dtype=np.float64)

    def _covariance(self, n_sessions: int) -> Array:
        same = np.kron(np.ones((n_sessions, n_sessions)), self.between)
        own = np.kron(np.eye(n_sessions), self.within)
        return np.asarray(same + own, dtype=np.float64)

    def standardised(self, features: Array) -> Array:
        """Give features in robust SDs from the median of the bank; gaps lie on it."""
        return _standardised(features, self.centre, self.scale)


def shown_impairments(impairments: Array) -> Array:
    """Put impairments on axes on which they show about evenly; shape as before.

    Parameters
    ----------
    impairments : array of float, shape (..., 21)
        In the order of `IMPAIRMENT_NAMES`.
    """
    levels = np.clip(impairments[..., : len(LEVELS)], *_LEVEL_RANGE)
    compensation, noise, tremor, pace, conduction = np.moveaxis(
        impairments[..., len(LEVELS) :], -1, 0
    )
    habits = [
        logit(np.clip(compensation, *_LEVEL_RANGE)),
        2 * np.sqrt(noise),
        2 * np.sqrt(tremor),
        np.log(pace) / 0.14,
        np.log(conduction) / 0.06,
    ]
    return np.concatenate([logit(levels), np.stack(habits, axis=-1)], axis=-1)


def learn_measurement(bank: TwinBank) -> MeasurementModel:
    """Learn from a bank how impairments show.

    Summaries of the bank's own sessions come from models that have not seen the person, so that
    they are as inexact as those of a patient.

    Parameters
    ----------
    bank : TwinBank
    """
    from sklearn.covariance import LedoitWolf  # noqa: PLC0415 (heavy)

    n_persons, n_visits, n_columns = bank.features.shape
    raw = bank.features.reshape(-1, n_columns)
    person = np.repeat(np.arange(n_persons), n_visits)
    low, centre, high = np.nanpercentile(raw, [25, 50, 75], axis=0)
    scale = np.maximum((high - low) / 1.349, _LEAST_SCALE)
    features = _standardised(raw, centre, scale)
    shown = shown_impairments(bank.impairments.reshape(-1, len(IMPAIRMENT_NAMES)))
    held_out, weights = _ridge(_with_one(features), shown, person, _SUMMARY_PENALTIES)
    accuracy = 1 - ((shown - held_out) ** 2).mean(axis=0) / shown.var(axis=0)
    told = np.flatnonzero(accuracy >= _LEAST_R2)
    summaries = held_out[:, told]
    expected, surrogate = _ridge(quadratic_terms(shown), summaries, person, _SURROGATE_PENALTIES)
    residual = summaries - expected
    log_spread = _learn_spread(residual, shown)
    standard = residual / np.exp(_severity_terms(shown) @ log_spread)
    between, within = _components(standard.reshape(n_persons, n_visits, -1))
    amplitude = np.array([":emg.rms." in column for column in bank.columns])
    loud = np.nanmedian((raw - centre)[:, amplitude], axis=1)
    covariance = LedoitWolf(assume_centered=True).fit(features)
    return MeasurementModel(
        centre=centre,
        scale=scale,
        summaries=tuple(IMPAIRMENT_NAMES[at] for at in told),
        summary_weights=weights[:, told],
        surrogate_weights=surrogate,
        log_spread=log_spread,
        between=_WIDER * between,
        within=_WIDER * within,
        precision=covariance.precision_,
        amplitude=amplitude,
        loudness_range=(float(loud.min()) - _SPARE, float(loud.max()) + _SPARE),
        distances=np.sort(_held_out_distances(raw, centre, scale, person)),
        accuracy={name: float(r2) for name, r2 in zip(IMPAIRMENT_NAMES, accuracy, strict=True)},
    )


def _standardised(features: Array, centre: Array, scale: Array) -> Array:
    away = np.clip((features - centre) / scale, -_FARTHEST, _FARTHEST)
    return np.where(np.isfinite(away), away, 0.0)


def _distances(features: Array, centre: Array, scale: Array, precision: Array) -> Array:
    """Give squared Mahalanobis distances, plus what lies beyond the clip; shape (...)."""
    away = _standardised(features, centre, scale)
    beyond = np.maximum(np.abs(np.nan_to_num((features - centre) / scale)) - _FARTHEST, 0)
    inside = np.einsum("...i,ij,...j->...", away, precision, away)
    distances: Array = inside + _BEYOND * beyond.sum(axis=-1)
    return distances


def _with_one(values: Array) -> Array:
    return np.concatenate([values, np.ones((*values.shape[:-1], 1))], axis=-1)


def quadratic_terms(shown: Array) -> Array:
    """Give all products of two of the axes and one; shape (..., 253).

    Parameters
    ----------
    shown : array of float, shape (..., 21)
        From `shown_impairments`.
    """
    axes = _with_one(shown)
    first, second = np.triu_indices(axes.shape[-1])
    return axes[..., first] * axes[..., second]


def _severity_terms(shown: Array) -> Array:
    """Give 1, severity and its square; severity is the mean logit of the drives."""
    drives = shown[..., :11].mean(axis=-1) / 2
    return np.stack([np.ones_like(drives), drives, drives**2], axis=-1)


def _ridge(
    inputs: Array, targets: Array, person: NDArray[np.intp], penalties: Array
) -> tuple[Array, Array]:
    """Regress; what each person is told by models that have not seen them, and the weights.

    Of each target the penalty is taken that tells persons apart best who were not seen. Inputs
    end in, or hold, a column of ones, which is hardly penalised.
    """
    fold = person % _N_FOLDS
    free = np.ptp(inputs, axis=0) == 0
    told = np.empty((len(penalties), *targets.shape))
    for held in range(_N_FOLDS):
        seen = fold != held
        for at, weights in enumerate(_all_weights(inputs[seen], targets[seen], penalties, free)):
            told[at, ~seen] = inputs[~seen] @ weights
    best = np.argmin(((told - targets) ** 2).mean(axis=1), axis=0)
    columns = np.arange(targets.shape[1])
    whole = np.stack(_all_weights(inputs, targets, penalties, free))
    return told[best, :, columns].T, whole[best, :, columns].T


def _all_weights(
    inputs: Array, targets: Array, penalties: Array, free: NDArray[np.bool_]
) -> list[Array]:
    gram, cross = inputs.T @ inputs, inputs.T @ targets
    return [
        np.linalg.solve(gram + np.diag(np.where(free, 1e-6, penalty)), cross)
        for penalty in penalties
    ]


def _learn_spread(residual: Array, shown: Array) -> Array:
    """Fit log spreads that are quadratic in severity, by the logarithms of what is left."""
    terms = _severity_terms(shown)
    logs = np.log(np.abs(residual) + 1e-3 * residual.std(axis=0))
    found: Any = np.linalg.lstsq(terms, logs, rcond=None)[0]
    standard = residual / np.exp(terms @ found)
    found[0] += np.log(standard.std(axis=0))
    weights: Array = found
    return weights


def _components(standard: Array) -> tuple[Array, Array]:
    """Split residuals of persons with several sessions; shape (n_persons, n_visits, n)."""
    n_persons, n_visits, _ = standard.shape
    whole = np.einsum("pvi,pvj->ij", standard, standard) / (n_persons * n_visits)
    total = standard.sum(axis=1)
    pairs = total.T @ total / n_persons - n_visits * whole
    between = _positive(pairs / (n_visits * (n_visits - 1)), least=0.0)
    return between, _positive(whole - between, least=_FLOOR)


def _positive(matrix: Array, *, least: float) -> Array:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    kept: Array = (vectors * np.maximum(values, least)) @ vectors.T
    return kept


def _held_out_distances(raw: Array, centre: Array, scale: Array, person: NDArray[np.intp]) -> Array:
    from sklearn.covariance import LedoitWolf  # noqa: PLC0415 (heavy)

    features = _standardised(raw, centre, scale)
    distances = np.empty(len(raw))
    for held in range(_N_FOLDS):
        out = person % _N_FOLDS == held
        precision = LedoitWolf(assume_centered=True).fit(features[~out]).precision_
        distances[out] = _distances(raw[out], centre, scale, precision)
    return distances
