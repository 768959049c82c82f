"""How strong something unmeasured would have to be to explain an effect away."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hybridmfp.clinical.cause.limits import limit
from hybridmfp.errors import ClinicalError

__all__ = ["EValue", "e_value", "e_value_of_difference"]


@dataclass(frozen=True)
class EValue:
    """Hold the E-values of an effect and of the end of its interval nearer to zero.

    Attributes
    ----------
    risk_ratio : float
        What the difference amounts to, as a risk ratio of a high outcome; approximate.
    estimate : float
        At least this risk ratio, with both treatment and outcome, must something unmeasured have
        to explain the estimate; 1 or more.
    bound : float
        The same for the end of the interval nearer to zero; 1 if the interval holds zero.
    """

    risk_ratio: float
    estimate: float
    bound: float

    def as_json(self) -> dict[str, float]:
        """Give it JSON-ready."""
        return {"risk_ratio": self.risk_ratio, "estimate": self.estimate, "bound": self.bound}


def e_value(risk_ratio: float) -> float:
    """Give the E-value of a risk ratio: ``RR + sqrt(RR (RR − 1))``, of its inverse below 1.

    Parameters
    ----------
    risk_ratio : float
        Above 0.

    Raises
    ------
    ClinicalError
        ``impossible_value``, if it is not.

    References
    ----------
    VanderWeele, T. J., Ding, P. (2017). Sensitivity analysis in observational research:
    introducing the E-value. *Annals of Internal Medicine*, 167, 268-274. doi:10.7326/M16-2607

    Examples
    --------
    >>> round(e_value(10.73), 2)  # smoking and lung cancer, Hammond and Horn
    20.95
    """
    if not (math.isfinite(risk_ratio) and risk_ratio > 0):
        raise ClinicalError(
            f"risk_ratio must be a number above 0; got {risk_ratio!r}.", refusal="impossible_value"
        )
    ratio = max(risk_ratio, 1 / risk_ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def e_value_of_difference(value: float, interval: tuple[float, float], *, sd: float) -> EValue:
    """Give the E-values of a difference of means.

    Parameters
    ----------
    value : float
        The difference.
    interval : tuple of float
        Its interval.
    sd : float
        Standard deviation of the outcome within the arms, pooled; above 0.

    Notes
    -----
    ``RR = exp(0.91 × difference / sd)``, an approximation for a cut anywhere in the outcome.

    Raises
    ------
    ClinicalError
        ``impossible_value``, if `sd` is not above 0.

    Examples
    --------
    >>> round(e_value_of_difference(5.0, (1.0, 9.0), sd=10.0).risk_ratio, 2)
    1.58
    """
    if not (math.isfinite(sd) and sd > 0):
        raise ClinicalError(
            f"the outcome must differ between persons; its SD is {sd!r}.",
            refusal="impossible_value",
        )
    slope = limit("log_risk_ratio_per_sd")
    low, high = interval
    nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return EValue(
        risk_ratio=math.exp(slope * value / sd),
        estimate=e_value(math.exp(slope * value / sd)),
        bound=e_value(math.exp(slope * nearest / sd)),
    )
