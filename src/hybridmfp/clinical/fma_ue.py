"""The one scale on which cut-offs, changes and prognoses are defined."""

from __future__ import annotations

from hybridmfp.errors import ClinicalError
from hybridmfp.signals import SCALES, Scale

__all__ = ["FMA_UE", "check_score", "require_fma_ue"]

FMA_UE = SCALES["fma-ue"]
"""FMA-UE, 33 items, 0 to 66 points."""


def require_fma_ue(scale: Scale | str, *, whose: str) -> None:
    """Refuse every scale but FMA-UE, 0 to 66.

    Parameters
    ----------
    scale : Scale or str
        The scale of a score, or its name.
    whose : str
        Whose score it is, or what asks, for the message.

    Raises
    ------
    ClinicalError
        ``other_scale``, if it is another scale.

    Examples
    --------
    >>> require_fma_ue("fma-ue", whose="P01")
    >>> require_fma_ue("fma-ue-mhh20", whose="P01")
    Traceback (most recent call last):
    hybridmfp.errors.ClinicalError: the score of P01 must be on fma-ue, 0 to 66 points, because ...
    """
    same = scale in (FMA_UE, FMA_UE.name)
    if not same:
        name = scale if isinstance(scale, str) else scale.name
        raise ClinicalError(
            f"the score of {whose} must be on fma-ue, 0 to 66 points, because strata, changes, "
            f"plans and prognoses are defined on it alone; got {name}. "
            "Rate all 33 items, or leave this step out.",
            refusal="other_scale",
        )


def check_score(score: float, *, whose: str) -> float:
    """Give a score back if it lies between 0 and 66 points.

    Raises
    ------
    ClinicalError
        ``impossible_value``, if it does not.
    """
    if not FMA_UE.minimum <= score <= FMA_UE.maximum:
        raise ClinicalError(
            f"the FMA-UE score of {whose} must lie between 0 and 66 points; got {score:g}. "
            "Correct it; percentages and partial scales are not scores.",
            refusal="impossible_value",
        )
    return float(score)
