"""How well two measurements of the same persons agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t

from hybridmfp.errors import EvaluationError

__all__ = ["BlandAltman", "bland_altman", "concordance", "intraclass_correlation", "is_constant"]

_Z95 = 1.959963984540054  # the 97.5 % point of the normal distribution
_ROUNDING = 1e-12  # relative spread below which values differ by rounding alone


@dataclass(frozen=True)
class BlandAltman:
    """Describe the differences estimated - rated, in points.

    Attributes
    ----------
    bias : float
        Mean difference; above zero, scores are overestimated.
    sd : float
        Standard deviation of the differences (n - 1).
    lower_limit, upper_limit : float
        Limits of agreement, bias -+ 1.96 sd: 95 % of differences lie between them if normal.
    bias_half_width, limit_half_width : float
        Half widths of the approximate 95 % confidence intervals of the bias, t sd / sqrt(n),
        and of each limit, t sd sqrt(3 / n), with the t quantile of n - 1 degrees of freedom.
    slope : float or None
        Slope of the difference on the mean of both; below zero, the range is pulled together.
        None if all means are equal.
    """

    bias: float
    sd: float
    lower_limit: float
    upper_limit: float
    bias_half_width: float
    limit_half_width: float
    slope: float | None


def bland_altman(rated: ArrayLike, estimated: ArrayLike) -> BlandAltman:
    """See by how many points an estimate may differ from the rater.

    Parameters
    ----------
    rated, estimated : array-like, shape (n_rows,)
        Scores, in points.

    Returns
    -------
    BlandAltman
        Bias, limits of agreement and how certain they are.

    Raises
    ------
    EvaluationError
        If the lengths differ or there are fewer than two rows.

    References
    ----------
    Bland, J. M., Altman, D. G. (1986). Statistical methods for assessing agreement between two
    methods of clinical measurement. *Lancet* 327, 307-310. doi:10.1016/S0140-6736(86)90837-8

    Examples
    --------
    >>> found = bland_altman([10, 20, 30], [11, 21, 34])
    >>> found.bias, round(found.sd, 4)
    (2.0, 1.7321)
    """
    given, guessed = _paired(rated, estimated)
    difference = guessed - given
    middle = (guessed + given) / 2
    n_rows = len(difference)
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    quantile = float(t.ppf(0.975, n_rows - 1))
    centred = middle - middle.mean()
    return BlandAltman(
        bias=bias,
        sd=sd,
        lower_limit=bias - _Z95 * sd,
        upper_limit=bias + _Z95 * sd,
        bias_half_width=quantile * sd / math.sqrt(n_rows),
        limit_half_width=quantile * sd * math.sqrt(3 / n_rows),
        slope=None if is_constant(middle) else float(centred @ difference / (centred @ centred)),
    )


def concordance(rated: ArrayLike, estimated: ArrayLike) -> float | None:
    """Tell how close the pairs lie to the line of identity: 1 on it, 0 without relation.

    Variances and covariance divide by n, as in Lin's definition. (Dividing by n - 1 instead
    gives a slightly larger magnitude whenever the means differ.)

    Parameters
    ----------
    rated, estimated : array-like, shape (n_rows,)
        Scores, in points.

    Returns
    -------
    float or None
        Concordance correlation coefficient, -1 to 1; None if nothing varies at all.

    Raises
    ------
    EvaluationError
        If the lengths differ or there are fewer than two rows.

    References
    ----------
    Lin, L. I.-K. (1989). A concordance correlation coefficient to evaluate reproducibility.
    *Biometrics* 45, 255-268. doi:10.2307/2532051

    Examples
    --------
    >>> round(concordance([1, 2, 3], [2, 3, 4]), 4)  # 2 (2/3) / (2/3 + 2/3 + 1)
    0.5714
    """
    given, guessed = _paired(rated, estimated)
    if is_constant(np.concatenate([given, guessed])):
        return None
    shared = np.mean((given - given.mean()) * (guessed - guessed.mean()))
    apart = (given.mean() - guessed.mean()) ** 2
    return float(2 * shared / (given.var() + guessed.var() + apart))


def intraclass_correlation(ratings: ArrayLike) -> float | None:
    """Tell how much of the variation is between persons, whoever rates: ICC(2,1).

    Two-way random effects, absolute agreement, single rater. Read its interval, not the point:
    below 0.5 poor, to 0.75 moderate, to 0.9 good, above excellent (Koo & Li 2016,
    doi:10.1016/j.jcm.2016.02.012). It depends on how much the persons differ.

    Parameters
    ----------
    ratings : array-like, shape (n_rows, n_raters)
        Scores, in points; rater and model are two raters.

    Returns
    -------
    float or None
        The coefficient, at most 1, possibly below 0; None if nothing varies at all.

    Raises
    ------
    EvaluationError
        If there are fewer than two rows or two raters.

    References
    ----------
    McGraw, K. O., Wong, S. P. (1996). Forming inferences about some intraclass correlation
    coefficients. *Psychological Methods* 1, 30-46. doi:10.1037/1082-989X.1.1.30

    Shrout, P. E., Fleiss, J. L. (1979). Intraclass correlations. *Psychological Bulletin* 86,
    420-428. doi:10.1037/0033-2909.86.2.420

    Examples
    --------
    >>> round(intraclass_correlation([[1, 2], [2, 3], [3, 4]]), 4)
    0.6667
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise EvaluationError(
            "ratings must be (n_rows, n_raters) with at least two of each; "
            f"got shape {table.shape}."
        )
    if is_constant(table):
        return None
    n_rows, n_raters = table.shape
    mean = table.mean()
    of_row, of_rater = table.mean(axis=1), table.mean(axis=0)
    between_rows = n_raters * np.sum((of_row - mean) ** 2) / (n_rows - 1)
    between_raters = n_rows * np.sum((of_rater - mean) ** 2) / (n_raters - 1)
    residual = table - of_row[:, np.newaxis] - of_rater + mean
    left = np.sum(residual**2) / ((n_rows - 1) * (n_raters - 1))
    spread = between_rows + (n_raters - 1) * left + n_raters * (between_raters - left) / n_rows
    return float((between_rows - left) / spread) if spread > 0 else None


def is_constant(values: NDArray[np.float64]) -> bool:
    """Tell whether the values differ by rounding at most."""
    return bool(np.ptp(values) <= _ROUNDING * np.max(np.abs(values)))


def _paired(
    rated: ArrayLike, estimated: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    given = np.asarray(rated, dtype=np.float64)
    guessed = np.asarray(estimated, dtype=np.float64)
    if given.ndim != 1 or given.shape != guessed.shape or given.size < 2:
        raise EvaluationError(
            "rated and estimated must be equally long lists of at least two scores; "
            f"got shapes {given.shape} and {guessed.shape}."
        )
    return given, guessed
