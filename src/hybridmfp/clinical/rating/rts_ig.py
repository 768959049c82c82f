"""Items under the names of the FHIR questionnaire FMAUEMotor of RTS-IG, and back.

The letters of its sections differ from the Gothenburg protocol: B is wrist and hand, C is
coordination, D is the total.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from hybridmfp.clinical.rating.check import checked_items
from hybridmfp.clinical.rating.items import FMA_ITEMS, RTS_IG_TOTAL
from hybridmfp.errors import ClinicalError

__all__ = ["from_rts_ig", "to_rts_ig"]


def to_rts_ig(items: Mapping[str, float | None]) -> dict[str, int]:
    """Give rated items by linkId, and the total if every item is rated.

    Parameters
    ----------
    items : mapping of str to number or None
        Points by identifier; None for an item that was not rated, which is left out.

    Returns
    -------
    dict of str to int
        In the order of the questionnaire.

    Raises
    ------
    ClinicalError
        ``impossible_items``, if the items are not possible points of the FMA-UE: expected points
        of an estimate are not answers of a questionnaire.

    Examples
    --------
    >>> to_rts_ig({"C3": 2, "C4": None})
    {'B-III-grasp-a': 2}
    """
    rated = checked_items(items, whose="an answer of the questionnaire")
    answers = {FMA_ITEMS[name].rts_ig_link_id: points for name, points in rated.items()}
    if len(rated) == len(FMA_ITEMS):
        answers[RTS_IG_TOTAL] = sum(rated.values())
    return answers


def from_rts_ig(answers: Mapping[str, float | None]) -> dict[str, int]:
    """Give the items that answers of the questionnaire are about.

    Parameters
    ----------
    answers : mapping of str to number or None
        Points by linkId, with or without the total; None where there is no answer.

    Returns
    -------
    dict of str to int
        Points by identifier, in the order of the scale; items without an answer are left out.

    Raises
    ------
    ClinicalError
        ``impossible_items``, if a linkId is not one of the questionnaire, points are impossible,
        or the total contradicts the items.

    Examples
    --------
    >>> from_rts_ig({"A-I-a-flexors": 2, "B-III-grasp-e": 1})
    {'A1a': 2, 'C7': 1}
    """
    names = {facts.rts_ig_link_id: name for name, facts in FMA_ITEMS.items()}
    for link_id in answers:
        if link_id not in names and link_id != RTS_IG_TOTAL:
            nearest = difflib.get_close_matches(str(link_id), [*names, RTS_IG_TOTAL], n=1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            raise ClinicalError(
                "linkIds must be those of the questionnaire FMAUEMotor of RTS-IG; got "
                f"{link_id!r}.{hint}",
                refusal="impossible_items",
            )
    items = {names[one]: points for one, points in answers.items() if one != RTS_IG_TOTAL}
    total = answers.get(RTS_IG_TOTAL)
    return checked_items(items, total=total, whose="the answers of the questionnaire")
