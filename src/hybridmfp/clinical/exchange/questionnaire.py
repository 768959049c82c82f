"""The answers of a rater as a QuestionnaireResponse, with the linkIds of RTS-IG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.clinical.course import Visit
from hybridmfp.clinical.exchange.context import Context, described
from hybridmfp.clinical.exchange.entries import Entry, entry_of
from hybridmfp.clinical.exchange.vocabulary import FORM, form_facts, number, side_coding
from hybridmfp.clinical.rating import FMA_ITEMS, RTS_IG_TOTAL
from hybridmfp.signals import Side

__all__ = ["response_of"]


def response_of(visit: Visit, context: Context) -> Entry | None:
    """Turn a rating into the answers of the questionnaire.

    Parameters
    ----------
    visit : Visit
        Rated.
    context : Context

    Returns
    -------
    Entry or None
        None for a rating of which the total alone is known: it has no answers. An item that was
        not rated stands there without an answer, and the response is ``in-progress``.
    """
    if not visit.items or visit.score is None:
        return None
    rated = [name for name, points in visit.items.items() if points is not None]
    side = context.side(visit)
    (named,) = described(visit, "answers")
    return entry_of(
        {
            "resourceType": "QuestionnaireResponse",
            **context.calendar.extensions(visit.days_post_stroke),
            "identifier": named,
            "questionnaire": FORM,
            "status": "completed" if len(rated) == len(FMA_ITEMS) else "in-progress",
            "subject": context.patient.reference,
            **context.calendar.field("authored", visit.days_post_stroke),
            "item": [
                *([] if side is None else [_side(side)]),
                *_parts(visit.items),
                {
                    "linkId": RTS_IG_TOTAL,
                    "text": "FMA-UE total, 0 to 66 points",
                    "answer": [_points(visit.score)],
                },
            ],
        },
        synthetic=visit.synthetic,
    )


def _side(side: Side) -> dict[str, Any]:
    answer = [{"valueCoding": side_coding(side)}]
    return {"linkId": form_facts()["side"], "text": "Side assessed", "answer": answer}


def _parts(items: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """Nest what is known of each item as the form does; groups without any are left out."""
    parts = []
    for part in form_facts()["parts"]:
        groups = [
            {"linkId": group["link_id"], "text": group["text"], "item": known}
            for group in part["groups"]
            if (known := [_item(name, items[name]) for name in group["items"] if name in items])
        ]
        if groups:
            parts.append({"linkId": part["link_id"], "text": part["text"], "item": groups})
    return parts


def _item(name: str, points: float | None) -> dict[str, Any]:
    facts = FMA_ITEMS[name]
    asked: dict[str, Any] = {
        "linkId": facts.rts_ig_link_id,
        "text": f"{name} {facts.title}",
    }
    return asked if points is None else {**asked, "answer": [_points(points)]}


def _points(points: float) -> dict[str, int | float]:
    value = number(points)
    return {"valueInteger" if isinstance(value, int) else "valueDecimal": value}
