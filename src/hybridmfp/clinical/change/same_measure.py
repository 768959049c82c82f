"""Whether visits may be compared: one measure, one arm, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.strata.predictive_score import scored
from hybridmfp.errors import ClinicalError

__all__ = ["check_same_measure"]


def check_same_measure(visits: Sequence[Visit]) -> None:
    """Refuse to compare what was measured differently.

    Parameters
    ----------
    visits : sequence of Visit
        Each with a score and signals that are not red.

    Raises
    ------
    ClinicalError
        ``poor_quality``, ``too_uncertain``, ``contradictory_inputs``, ``contradictory_sides``,
        ``dates_out_of_order`` or ``missing_input``.
    """
    for one in visits:
        scored(one)
    _check_order(visits)
    _check_sides(visits)
    if len({one.source for one in visits}) > 1:
        raise ClinicalError(
            f"visits to compare must all be rated or all be estimated; got {_named(visits)}. "
            "An estimate never stands in for a rating: compare each with its own kind.",
            refusal="contradictory_inputs",
        )
    if visits and visits[0].source == "estimated":
        _check_model(visits)


def _check_order(visits: Sequence[Visit]) -> None:
    for before, after in pairwise(visits):
        if after.days_post_stroke < before.days_post_stroke:
            raise ClinicalError(
                f"visits must be in the order of time; {after.session}, day "
                f"{after.days_post_stroke:g}, follows {before.session}, day "
                f"{before.days_post_stroke:g}. Give the earlier one first.",
                refusal="dates_out_of_order",
            )


def _check_sides(visits: Sequence[Visit]) -> None:
    if len({one.side for one in visits if one.side is not None}) > 1:
        told = ", ".join(f"{one.session} {one.side}" for one in visits if one.side is not None)
        raise ClinicalError(
            f"visits to compare must be of one arm; got {told}. Correct the side, or keep one "
            "course for each arm.",
            refusal="contradictory_sides",
        )


def _check_model(visits: Sequence[Visit]) -> None:
    unknown = [one.session for one in visits if one.model is None]
    if unknown:
        raise ClinicalError(
            "estimates to compare must name the model that made them; "
            f"{', '.join(unknown)} do not. Take them from `hybridmfp assess --json`.",
            refusal="missing_input",
        )
    models = dict.fromkeys(str(one.model) for one in visits)
    if len(models) > 1:
        raise ClinicalError(
            "estimates to compare must be of one model, because models differ in what they get "
            f"wrong; got {', '.join(models)}. Assess all recordings again with one of them.",
            refusal="contradictory_inputs",
        )


def _named(visits: Sequence[Visit]) -> str:
    return ", ".join(f"{one.session} {one.source}" for one in visits)
