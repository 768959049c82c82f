"""A rating as a therapist keeps it: a spreadsheet saved as CSV, or JSON."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hybridmfp.clinical.fma_ue import FMA_UE, require_fma_ue
from hybridmfp.clinical.rating.check import check_rating
from hybridmfp.clinical.rating.items import FMA_ITEMS
from hybridmfp.clinical.rating.rating import FORMAT, Rating
from hybridmfp.errors import ClinicalError, ReadError
from hybridmfp.io.hashing import read_bytes
from hybridmfp.io.json_form import (
    FLAG,
    NUMBER,
    TEXT,
    ListOf,
    MappingTo,
    MaybeAbsent,
    OrNull,
    misfit,
    one_of,
)
from hybridmfp.io.labels import ABSENT, column_name
from hybridmfp.io.strict_json import parse_json
from hybridmfp.signals import Side

__all__ = ["rating_template", "read_rating"]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+", re.ASCII)
_SIDES: Mapping[str, Side] = {"left": "left", "l": "left", "right": "right", "r": "right"}
_TEXTS = ("format", "scale", "subject", "session", "rater")
_KNOWN = (*_TEXTS, "days_post_stroke", "side", "affected_side", "synthetic", "total")
_OTHER_UNITS = re.compile(r"(weeks|months|years)_(post|since|after)_stroke|chronicity_weeks")
_ITEM_COLUMN, _POINTS_COLUMN = "item", "points"
_HEAD = {
    "subject": "pseudonym of the patient, one word; no name",
    "session": "what this visit is called, such as v01",
    "days_post_stroke": "days since the stroke",
    "side": "left or right: the affected arm",
    "rater": "short name of who rates; may stay empty",
}
_DOCUMENT: Mapping[str, Any] = {
    "format": MaybeAbsent(one_of(FORMAT)),
    "scale": MaybeAbsent(TEXT),
    "subject": MaybeAbsent(TEXT),
    "session": MaybeAbsent(TEXT),
    "days_post_stroke": MaybeAbsent(NUMBER),
    "side": MaybeAbsent(TEXT),
    "affected_side": MaybeAbsent(TEXT),
    "rater": MaybeAbsent(TEXT),
    "synthetic": MaybeAbsent(FLAG),
    "items": MappingTo(OrNull(NUMBER)),
    "sections": MaybeAbsent(MappingTo(OrNull(NUMBER))),
    "total": MaybeAbsent(NUMBER),
    "notes": MaybeAbsent(ListOf(TEXT)),
}


@dataclass
class _Told:
    """What a file says, by the names that are used here."""

    facts: dict[str, Any] = field(default_factory=dict)
    items: dict[str, float | None] = field(default_factory=dict)
    sections: dict[str, float | None] = field(default_factory=dict)


def read_rating(path: str | Path) -> Rating:
    """Read one rating.

    A spreadsheet has two columns, a name and its value, below each other in any order: ``subject``,
    ``session``, ``days_post_stroke``, the items such as ``A2e`` and, if wanted, ``side``,
    ``affected_side``, ``rater``, ``scale``, ``synthetic``, the sections ``A`` to ``D`` and
    ``total``. Or it has one row of names and one row of values. Columns beside ``item`` and
    ``points`` are comments, see `rating_template`. Comma, semicolon and tab separate. JSON is
    what `Rating.as_json` gives; its file name ends in ``.json``.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    ReadError
        If the file cannot be read, a name in it is unknown or stands twice, or a number is none.
    ClinicalError
        What `Rating` and `check_rating` refuse; ``other_scale``; ``missing_input`` without
        subject, session or days; ``unit_mix_up`` for weeks or months since the stroke;
        ``contradictory_sides`` if the rated side is not the affected one.
    """
    file = Path(path)
    data, _ = read_bytes(file)
    if file.suffix.lower() == ".json":
        return _rating_of(_from_document(data, file), file)
    return _rating_of(_from_pairs(_pairs(_lines(data, file), file), file), file)


def rating_template() -> str:
    """Give an empty rating as CSV, for a spreadsheet: what each item asks and its points mean.

    Examples
    --------
    >>> rating_template().splitlines()[6]
    'A1a,,"reflex activity: flexors (biceps and finger flexors, at least one)",0: cannot be ...
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_ITEM_COLUMN, _POINTS_COLUMN, "title", "meaning"])
    for name, meaning in _HEAD.items():
        writer.writerow([name, "", "", meaning])
    for name, facts in FMA_ITEMS.items():
        title = f"{facts.title} ({facts.detail})" if facts.detail else facts.title
        meaning = "; ".join(f"{points}: {words}" for points, words in facts.rule.items())
        writer.writerow([name, "", title, meaning])
    return text.getvalue()


def _lines(data: bytes, path: Path) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{path} must be text in UTF-8; byte {error.start} is not. Save it as CSV in UTF-8."
        ) from error
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = next((mark for mark in "\t;," if mark in head), ",")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ReadError(f"{path} must be a table of text; it is not ({error}).") from error
    stripped = [[cell.strip() for cell in line] for line in lines]
    return [line for line in stripped if any(line)]


def _pairs(lines: Sequence[Sequence[str]], path: Path) -> list[tuple[str, str]]:
    """Take names and values out of a table, whichever way it lies."""
    widths = [sum(map(bool, line)) for line in lines]
    header = [column_name(cell) for cell in lines[0]] if lines else []
    if _ITEM_COLUMN in header and _POINTS_COLUMN in header:
        columns = header.index(_ITEM_COLUMN), header.index(_POINTS_COLUMN)
        return [(_cell(line, columns[0]), _cell(line, columns[1])) for line in lines[1:]]
    if max(widths, default=0) <= 2:
        if any(any(line[2:]) for line in lines):
            raise ReadError(f"{path} must have its names and values in the first two columns.")
        return [(line[0], _cell(line, 1)) for line in lines]
    if len(lines) == 2 and len(lines[1]) <= len(lines[0]):
        return [(name, _cell(lines[1], at)) for at, name in enumerate(lines[0])]
    raise ReadError(
        f"{path} must hold one rating: two columns, a name and its value, or one row of names and "
        f"one of values; got {len(lines)} rows of up to {max(widths)} cells. "
        "Save each rating in a file of its own."
    )


def _cell(line: Sequence[str], at: int) -> str:
    return line[at] if at < len(line) else ""


def _from_pairs(pairs: Iterable[tuple[str, str]], path: Path) -> _Told:
    told = _Told()
    seen: set[str] = set()
    for cell, value in pairs:
        if not cell and not value:
            continue
        name = _known_name(cell, path)
        if name in seen:
            raise ReadError(f"{path} must tell {name} once; it does more than once. Delete one.")
        seen.add(name)
        if name in FMA_ITEMS:
            told.items[name] = _number(value, name, path)
        elif name in FMA_UE.sections:
            told.sections[name] = _number(value, name, path)
        elif name in ("days_post_stroke", "total"):
            told.facts[name] = _number(value, name, path)
        elif name == "synthetic":
            told.facts[name] = _flag(value, path)
        else:
            told.facts[name] = None if value.lower() in ABSENT else value
    return told


def _known_name(cell: str, path: Path) -> str:
    """Give the name that is used here for what stands in the file."""
    plain = column_name(cell)
    names = {column_name(name): name for name in (*FMA_ITEMS, *_KNOWN)}
    for section in FMA_UE.sections:
        names |= {section.lower(): section, f"section_{section.lower()}": section}
    if plain in names:
        return names[plain]
    _refuse_other_units(plain, path)
    nearest = difflib.get_close_matches(plain, names, n=1)
    hint = f" Did you mean {names[nearest[0]]!r}?" if nearest else ""
    raise ReadError(
        f"names in {path} must be items of {FMA_UE.name} or of {', '.join(_KNOWN)}; "
        f"got {cell[:40]!r}.{hint}"
    )


def _refuse_other_units(name: str, path: Path) -> None:
    if _OTHER_UNITS.fullmatch(name):
        raise ClinicalError(
            f"{path} must tell days_post_stroke, in days; got {name}. Weeks are 7 days; count "
            "months and years on a calendar.",
            refusal="unit_mix_up",
        )


def _number(value: str, name: str, path: Path) -> float | None:
    if value.lower() in ABSENT:
        return None
    if name == "days_post_stroke" and _THOUSANDS.fullmatch(value):
        raise ReadError(
            f"{name} in {path} must not have a mark before its last three digits; got "
            f"{value[:40]!r}, which means a thousand times more where the mark groups thousands. "
            "Leave the mark out, or round."
        )
    plain = value.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise ReadError(f"{name} in {path} must be a number; got {value[:40]!r}. Correct it.")
    return float(plain)


def _flag(value: str, path: Path) -> bool:
    if value.lower() not in ("true", "false", *ABSENT):
        raise ReadError(f"synthetic in {path} must be true or false; got {value[:40]!r}.")
    return value.lower() == "true"


def _from_document(data: bytes, path: Path) -> _Told:
    document = parse_json(data, what=str(path))
    if isinstance(document, dict):
        for name in document:
            _refuse_other_units(name, path)
    wrong = misfit(document, _DOCUMENT, closed=True)
    if wrong is not None:
        raise ReadError(f"{path} must be a rating: {wrong}. See Rating.as_json.")
    told = _Told(
        facts={name: one for name, one in document.items() if name in _KNOWN},
        items=dict(document["items"]),
        sections=dict(document.get("sections") or {}),
    )
    for name, value in (*told.items.items(), *told.sections.items(), *told.facts.items()):
        _refuse_endless(value, name, path)
    return told


def _refuse_endless(value: object, name: str, path: Path) -> None:
    try:
        if isinstance(value, int):
            float(value)
    except OverflowError as error:
        raise ReadError(f"{name} in {path} must be a number of points or days.") from error


def _rating_of(told: _Told, path: Path) -> Rating:
    facts = told.facts
    subject = facts.get("subject") or path.name
    require_fma_ue(facts.get("scale") or FMA_UE.name, whose=subject)
    if facts.get("format") not in (None, FORMAT):
        raise ReadError(f"format of {path} must be {FORMAT}; got {facts['format'][:40]!r}.")
    for name in ("subject", "session", "days_post_stroke"):
        if facts.get(name) in (None, ""):
            raise ClinicalError(
                f"{path} must tell {name}; it does not. Add it to the rating.",
                refusal="missing_input",
            )
    items = check_rating(
        told.items,
        whose=subject,
        total=facts.get("total"),
        sections={name: points for name, points in told.sections.items() if points is not None},
    )
    return Rating(
        subject=subject,
        session=facts["session"],
        days_post_stroke=float(facts["days_post_stroke"]),
        side=_rated_side(facts, subject),
        items=items,
        rater=facts.get("rater"),
        synthetic=bool(facts.get("synthetic")),
    )


def _rated_side(facts: Mapping[str, Any], subject: str) -> Side | None:
    side, affected = (_side(facts.get(name), name, subject) for name in ("side", "affected_side"))
    if side is not None and affected is not None and side != affected:
        raise ClinicalError(
            f"the rated side of {subject} must be the affected one, {affected}; got {side}. "
            "Correct one of them, or keep the ratings of the other arm apart.",
            refusal="contradictory_sides",
        )
    return side


def _side(word: str | None, name: str, subject: str) -> Side | None:
    if word is None or word.lower() in ABSENT:
        return None
    if word.lower() not in _SIDES:
        raise ClinicalError(
            f"{name} of {subject} must be left or right; got {word[:40]!r}.",
            refusal="impossible_value",
        )
    return _SIDES[word.lower()]
