"""How EMG goes along with movement, and how much later than usual it does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from hybridmfp.preprocessing.quality.effort import CLUE_HZ, EFFORTS
from hybridmfp.preprocessing.quality.verdicts import TrialClues

__all__ = ["LAGS_S", "best_lag", "couple", "lag_curve", "log_envelopes"]

_Floats = NDArray[np.float64]

_REACH = 40
LAGS_S: _Floats = np.arange(-_REACH, _REACH + 1) / CLUE_HZ
"""The lags that are tried, in seconds; positive where the EMG is late."""

_SMOOTH_STEPS = 7
_FLOOR_V = 1e-6  # below it, an envelope is noise, and its logarithm would only magnify that
_LEAST_SPREAD = 1e-3
_RIDGE = 1e-3
_FEWEST_STEPS = 50


def log_envelopes(clues: TrialClues) -> _Floats:
    """Give the logarithm of the smoothed envelopes, shape (n_muscles, n_steps)."""
    known = np.nan_to_num(clues.envelopes).astype(np.float64)
    return np.log(uniform_filter1d(known, _SMOOTH_STEPS, axis=1) + _FLOOR_V)


def couple(trials: Sequence[tuple[TrialClues, Sequence[str]]], muscles: Sequence[str]) -> _Floats:
    """Learn how each muscle follows the movement of the hand, by ridge regression.

    Parameters
    ----------
    trials : sequence of (TrialClues, sequence of str)
        Clues, and the muscles to learn from in that trial.
    muscles : sequence of str

    Returns
    -------
    array of float, shape (7, n_muscles)
        Weights of `EFFORTS` for the standardised logarithm of each envelope; 0 for a muscle that
        no trial has.
    """
    n_efforts = len(EFFORTS)
    squares = np.zeros((len(muscles), n_efforts, n_efforts))
    products = np.zeros((len(muscles), n_efforts))
    for clues, usable in trials:
        pair = _paired(clues)
        if pair is None:
            continue
        envelopes, efforts = pair
        square = efforts @ efforts.T / efforts.shape[1]
        product = efforts @ envelopes.T / efforts.shape[1]
        for row, muscle in enumerate(clues.muscles):
            if muscle in usable and muscle in muscles:
                at = muscles.index(muscle)
                squares[at] += square
                products[at] += product[:, row]
    weights = np.zeros((n_efforts, len(muscles)))
    for at in range(len(muscles)):
        scale = np.diag(squares[at])
        if scale.all():
            weights[:, at] = np.linalg.solve(squares[at] + _RIDGE * np.diag(scale), products[at])
    return weights


def lag_curve(
    clues: TrialClues, usable: Sequence[str], *, muscles: Sequence[str], weights: _Floats
) -> _Floats | None:
    """Compare a trial's envelopes with what its movement asks for, at every lag.

    Parameters
    ----------
    clues : TrialClues
    usable : sequence of str
        The muscles to look at.
    muscles : sequence of str
    weights : array of float, shape (7, n_muscles)
        From `couple`.

    Returns
    -------
    array of float, shape (n_lags,), or None
        Correlation at each of `LAGS_S`, summed over muscles by how much the movement asks of
        them; None where the trial is too short or lacks a modality.
    """
    pair = _paired(clues)
    rows = [row for row, name in enumerate(clues.muscles) if name in usable and name in muscles]
    if pair is None or not rows:
        return None
    envelopes, efforts = pair[0][rows], pair[1]
    columns = [muscles.index(clues.muscles[row]) for row in rows]
    asked = (weights[:, columns].T @ efforts)[:, _REACH:-_REACH]
    asked -= asked.mean(axis=1, keepdims=True)
    spread = asked.std(axis=1)
    parts = sliding_window_view(envelopes, asked.shape[1], axis=1)
    means = parts.mean(axis=2)
    powers = (parts**2).mean(axis=2) - means**2
    size = asked.shape[1] * np.sqrt(np.maximum(powers, 0)) + 1e-9
    # Correlation times the spread of what is asked for, which cancels in the product.
    curve: _Floats = (np.einsum("mls,ms->ml", parts, asked) / size).sum(axis=0)
    total = float(spread.sum())
    return curve / total if total > 0 else None


def best_lag(curve: _Floats) -> float | None:
    """Find the peak of a curve over `LAGS_S`, between its samples; None at either end."""
    at = int(np.argmax(curve))
    if at in (0, curve.size - 1):
        return None
    before, here, after = curve[at - 1 : at + 2]
    bend = before - 2 * here + after
    shift = 0.0 if bend == 0 else 0.5 * (before - after) / bend
    return float(LAGS_S[at] + shift / CLUE_HZ)


def _paired(clues: TrialClues) -> tuple[_Floats, _Floats] | None:
    """Standardise envelopes and efforts over the steps that both have."""
    n_steps = min(clues.envelopes.shape[-1], clues.effort.shape[-1])
    if len(clues.muscles) == 0 or n_steps < 2 * _REACH + _FEWEST_STEPS:
        return None
    envelopes = log_envelopes(clues)[:, :n_steps]
    envelopes -= envelopes.mean(axis=1, keepdims=True)
    envelopes /= envelopes.std(axis=1, keepdims=True) + _LEAST_SPREAD
    efforts = clues.effort[:, :n_steps].astype(np.float64)
    return envelopes, efforts - efforts.mean(axis=1, keepdims=True)
