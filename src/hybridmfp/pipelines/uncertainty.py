"""How far an estimate may be wrong: what left-out persons say, and what is missing this time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.evaluation import (
    ConformalCalibration,
    ErrorSpread,
    calibrate,
    cv_plus_interval,
    left_out_interval,
)
from hybridmfp.signals import Scale

__all__ = ["GUESS_LEVEL", "LOSSES", "InputLoss", "Missing", "Uncertainty", "measured_loss"]

GUESS_LEVEL = 0.9
"""How often a guess holds the score; what is no narrower at this level says nothing."""

LOSSES = ("kinematics-only", "emg-only", "half-channels", "one-trial")
"""Scenarios whose error is measured at fit."""

_FEWEST = 10  # persons with an estimate, below which a scenario's cost is not known
_MOST_WIDENING = 4.0
_BELIEVED = 1.4  # times wider, as on the development seeds; what few persons show is pulled to it
_BELIEF = 20.0  # persons that this belief counts as


@dataclass(frozen=True)
class Missing:
    """Say what a session lacks of what the model learned from.

    Attributes
    ----------
    emg, kinematics : float
        Shares, 0 to 1; half of a doubtful channel counts as missing.
    n_trials : int
        Usable trials.
    """

    emg: float = 0.0
    kinematics: float = 0.0
    n_trials: int = 1


@dataclass(frozen=True)
class InputLoss:
    """Say how many times wider intervals must be when inputs are missing.

    Attributes
    ----------
    without_emg, without_kinematics, one_trial : float
        Measured on left-out persons, 1 or more.
    usual_trials : int
        Trials of an ordinary training session.
    """

    without_emg: float = 1.0
    without_kinematics: float = 1.0
    one_trial: float = 1.0
    usual_trials: int = 1

    def factor(self, missing: Missing) -> float:
        """Give how many times wider the interval becomes, 1 or more.

        Linear in the shares that are missing, between what was measured with nothing and with
        everything missing; in trials linear in the logarithm of their number.
        """
        signals = (
            1
            + (self.without_emg - 1) * missing.emg
            + (self.without_kinematics - 1) * missing.kinematics
        )
        if self.usual_trials <= 1 or missing.n_trials >= self.usual_trials:
            return signals
        fewer = 1 - np.log(max(missing.n_trials, 1)) / np.log(self.usual_trials)
        return float(signals * (1 + (self.one_trial - 1) * fewer))


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Give intervals around estimates of new persons.

    Attributes
    ----------
    calibration : ConformalCalibration
    spread : ErrorSpread
        Fitted: the error to be expected around each estimate.
    loss : InputLoss
    guess : array of float, shape (2,)
        Where the middle 90 % of the rated training scores lie: what is known without any signal.
    minimum, maximum : float
        The scale.
    """

    calibration: ConformalCalibration
    spread: ErrorSpread
    loss: InputLoss
    guess: NDArray[np.float64]
    minimum: float
    maximum: float

    @classmethod
    def learn(
        cls,
        rated: NDArray[np.float64],
        estimate: NDArray[np.float64],
        *,
        fold: NDArray[np.intp],
        subject: NDArray[Any],
        scale: Scale,
        loss: InputLoss | None = None,
    ) -> Uncertainty:
        """Learn from estimates of persons left out.

        Parameters
        ----------
        rated, estimate : array of float, shape (n_rows,)
            In points; estimates by models that had not met the row's person.
        fold : array of int, shape (n_rows,)
        subject : array, shape (n_rows,)
        scale : Scale
        loss : InputLoss, optional
            From `measured_loss`; by default nothing becomes wider.
        """
        error = rated - estimate
        spread = ErrorSpread(minimum=scale.minimum, maximum=scale.maximum).fit(
            estimate, error, subject=subject
        )
        return cls(
            calibration=calibrate(error, spread.left_out_, fold=fold, subject=subject),
            spread=spread,
            loss=loss or InputLoss(),
            guess=np.quantile(rated, [(1 - GUESS_LEVEL) / 2, (1 + GUESS_LEVEL) / 2]),
            minimum=scale.minimum,
            maximum=scale.maximum,
        )

    @property
    def guess_width(self) -> float:
        """Width in points of the interval that a guess without any signal would have."""
        return float(self.guess[1] - self.guess[0])

    def interval(
        self,
        estimate: float,
        fold_estimates: NDArray[np.float64],
        *,
        missing: Missing,
        level: float = 0.9,
    ) -> tuple[float, float]:
        """Give the interval of one new session, on the scale; it always holds the estimate.

        Parameters
        ----------
        estimate : float
            Of the model that learned from everybody.
        fold_estimates : array of float, shape (n_folds,)
        missing : Missing
        level : float, default 0.9
        """
        spread = self.spread.predict([estimate]) * self.loss.factor(missing)
        ((low, high),) = cv_plus_interval(
            self.calibration, fold_estimates[:, np.newaxis], spread=spread, level=level
        )
        return (
            float(np.clip(min(low, estimate), self.minimum, self.maximum)),
            float(np.clip(max(high, estimate), self.minimum, self.maximum)),
        )

    def left_out(self, estimate: NDArray[np.float64], *, level: float = 0.9) -> NDArray[np.float64]:
        """Give the interval of each calibration row, as the other folds know it, on the scale."""
        ends = left_out_interval(
            self.calibration, estimate, spread=self.spread.left_out_, level=level
        )
        return np.clip(ends, self.minimum, self.maximum)


def measured_loss(
    rated: NDArray[np.float64],
    estimates: Mapping[str, NDArray[np.float64]],
    *,
    complete: NDArray[np.float64],
    n_trials: NDArray[np.intp],
    subject: NDArray[Any],
    level: float = 0.9,
) -> InputLoss:
    """Measure how much wider errors become when inputs are missing.

    The ratio of the `level` quantiles of absolute errors, on the same persons left out; at least 1,
    and pulled to 1.4 as if 20 further persons had shown that, so that chance among few never makes
    missing inputs cost nothing. Where a whole modality cannot be missing, because there is no other
    one, half of the channels missing say what all would cost. What fewer than 10 persons have an
    estimate in is not known, and counts as 4 times as wide.

    Parameters
    ----------
    rated : array of float, shape (n_rows,)
    estimates : mapping of str to array of float, shape (n_rows,)
        By `LOSSES`; NaN where there is none.
    complete : array of float, shape (n_rows,)
        Estimates from complete sessions.
    n_trials : array of int, shape (n_rows,)
        Trials of the complete sessions.
    subject : array, shape (n_rows,)
    level : float, default 0.9
    """

    def ratio(name: str, believed: float = _BELIEVED) -> float | None:
        found = estimates.get(name)
        seen = np.zeros(len(rated), dtype=bool) if found is None else np.isfinite(found)
        n_persons = len(np.unique(subject[seen]))
        if found is None or n_persons < _FEWEST:
            return None
        wide, usual = (
            float(np.quantile(np.abs(rated - one)[seen], level)) for one in (found, complete)
        )
        shown = float(np.clip(wide / max(usual, 1e-9), 1.0, _MOST_WIDENING))
        return (n_persons * shown + _BELIEF * believed) / (n_persons + _BELIEF)

    half = ratio("half-channels", (1 + _BELIEVED) / 2)
    whole = _MOST_WIDENING if half is None else min(2 * half - 1, _MOST_WIDENING)
    without_emg, without_kinematics, one_trial = map(
        ratio, ("kinematics-only", "emg-only", "one-trial")
    )
    return InputLoss(
        without_emg=whole if without_emg is None else without_emg,
        without_kinematics=whole if without_kinematics is None else without_kinematics,
        one_trial=_MOST_WIDENING if one_trial is None else one_trial,
        usual_trials=int(np.median(n_trials)),
    )
