"""What the answers of a questionnaire response say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hybridmfp.clinical.exchange.vocabulary import SNOMED, form_facts, sides_by_code
from hybridmfp.clinical.rating import FMA_ITEMS, RTS_IG_TOTAL, from_rts_ig
from hybridmfp.errors import ClinicalError, ReadError
from hybridmfp.signals import Side

__all__ = ["Answers", "answers_of", "finite_number", "is_rating"]

_SILENT = object()


@dataclass(frozen=True)
class Answers:
    """Hold what a rater answered.

    Attributes
    ----------
    items : mapping of str to float or None
        Points by item; None for one that stands there without an answer.
    score : float
    side : {"left", "right"} or None
    """

    items: Mapping[str, float | None]
    score: float
    side: Side | None


def is_rating(response: Mapping[str, Any]) -> bool:
    """Tell whether a QuestionnaireResponse has any item of the FMA-UE in it."""
    known = {facts.rts_ig_link_id for facts in FMA_ITEMS.values()} | {RTS_IG_TOTAL}
    return any(link_id in known for link_id, _ in _leaves(response))


def answers_of(response: Mapping[str, Any], path: str) -> Answers:
    """Read the answers of a QuestionnaireResponse with the linkIds of RTS-IG.

    Raises
    ------
    ReadError
        If a linkId stands there twice, has several answers, or an answer of another kind.
    ClinicalError
        ``impossible_items`` for an unknown linkId or impossible points; ``missing_items`` without
        a total and with items that are not rated.
    """
    form = form_facts()
    found = _answers(response, path)
    side = _side(found.pop(form["side"], _SILENT), path)
    found.pop(form["phase"], None)
    points = {link_id: _points(answer, link_id, path) for link_id, answer in found.items()}
    total = points.pop(RTS_IG_TOTAL, None)
    rated = from_rts_ig(points)
    names = {facts.rts_ig_link_id: name for name, facts in FMA_ITEMS.items()}
    items = {names[link_id]: rated.get(names[link_id]) for link_id in points}
    ordered = {name: items[name] for name in FMA_ITEMS if name in items}
    if total is None and len(rated) < len(FMA_ITEMS):
        raise ClinicalError(
            f"{path} must have all 33 items or the total answered; got {len(rated)} items. "
            "Rate the others, or add the total.",
            refusal="missing_items",
        )
    return Answers(ordered, float(sum(rated.values())) if total is None else total, side)


def _leaves(response: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give linkId and answers of every item that is no group."""
    waiting = list(response.get("item") or ())
    while waiting:
        item = waiting.pop()
        answers = item.get("answer") or []  # JSON null is what is not there
        below = [one for answer in answers for one in answer.get("item") or ()]
        waiting += [*(item.get("item") or ()), *below]
        if not item.get("item"):
            yield item["linkId"], answers


def _answers(response: Mapping[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for link_id, answers in _leaves(response):
        if link_id in found:
            raise ReadError(f"{path} must have {link_id} once; it stands there more than once.")
        if len(answers) > 1:
            raise ReadError(f"{path} must have one answer to {link_id}; got {len(answers)}.")
        found[link_id] = answers[0] if answers else _SILENT
    return found


def _points(answer: Any, link_id: str, path: str) -> float | None:
    if answer is _SILENT:
        return None
    kind, value = next(
        ((name, one) for name, one in answer.items() if name.startswith("value")), ("", None)
    )
    if kind not in ("valueInteger", "valueDecimal"):
        raise ReadError(
            f"{path} must answer {link_id} with a number of points; got {kind or 'no value'}."
        )
    return finite_number(value, f"{link_id} of {path}")


def _side(answer: Any, path: str) -> Side | None:
    if answer is _SILENT:
        return None
    coding = answer.get("valueCoding") or {}
    side = sides_by_code().get(str(coding.get("code")))
    if side is None or coding.get("system") != SNOMED:
        raise ReadError(
            f"{path} must tell the side as SNOMED CT {', '.join(sides_by_code())}; "
            f"got {coding.get('system')} {coding.get('code')}."
        )
    return side


def finite_number(value: Any, what: str) -> float:
    """Give a number back if JSON told one that can be counted with.

    Raises
    ------
    ReadError
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ReadError(f"{what} must be a number; got {value!r}.")
    try:
        return float(value)
    except OverflowError as error:
        raise ReadError(f"{what} must be a number of a sensible size; it is not.") from error
