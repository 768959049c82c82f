"""The form that a JSON document must have, and the first thing in it that has another."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "FLAG",
    "NUMBER",
    "PAIR",
    "TEXT",
    "Kind",
    "ListOf",
    "MappingTo",
    "MaybeAbsent",
    "OrNull",
    "misfit",
    "one_of",
]


@dataclass(frozen=True)
class Kind:
    """A kind of plain value, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class OrNull:
    """A value of some form, or null."""

    form: Any


@dataclass(frozen=True)
class MaybeAbsent:
    """A value of some form whose name may be left out, or that is null."""

    form: Any


@dataclass(frozen=True)
class ListOf:
    """A list whose entries are of one form; of one length where that is given."""

    form: Any
    length: int | None = None


@dataclass(frozen=True)
class MappingTo:
    """A mapping of any names to values of one form."""

    form: Any


def one_of(*words: str) -> Kind:
    """Give the kind of text that is one of these words."""
    return Kind(" or ".join(words), lambda value: isinstance(value, str) and value in words)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TEXT = Kind("text", lambda value: isinstance(value, str))
NUMBER = Kind("a number", _is_number)
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
PAIR = ListOf(NUMBER, 2)


def misfit(value: Any, form: Any, *, where: str = "", closed: bool = False) -> str | None:
    """Say what of a document is not of its form.

    Parameters
    ----------
    value : JSON value
    form : Kind, OrNull, MaybeAbsent, ListOf, MappingTo, or mapping of names to forms
    where : str, default ""
        The place of `value` in the document, for the message.
    closed : bool, default False
        Whether names that the form does not have are misfits too.

    Returns
    -------
    str or None
        The first thing that does not fit; None where all is well.

    Examples
    --------
    >>> misfit({"day": "3"}, {"day": NUMBER})
    "day must be a number; got '3'"
    >>> misfit({"day": 3, "sdie": "left"}, {"day": NUMBER, "side": MaybeAbsent(TEXT)}, closed=True)
    "sdie is not known; did you mean 'side'?"
    """
    if isinstance(form, OrNull | MaybeAbsent):
        return None if value is None else misfit(value, form.form, where=where, closed=closed)
    if isinstance(form, Kind):
        return None if form.fits(value) else f"{where} must be {form.words}; got {_shown(value)}"
    if isinstance(form, ListOf):
        return _misfit_of_list(value, form, where, closed=closed)
    if not isinstance(value, Mapping):
        return f"{where or 'it'} must be a mapping; got {_shown(value)}"
    if isinstance(form, MappingTo):
        return _first(
            misfit(one, form.form, where=_inside(where, name), closed=closed)
            for name, one in value.items()
        )
    return _misfit_of_mapping(value, form, where, closed=closed)


def _misfit_of_mapping(
    value: Mapping[str, Any], form: Mapping[str, Any], where: str, *, closed: bool
) -> str | None:
    lacking = [
        name for name, one in form.items() if name not in value and not isinstance(one, MaybeAbsent)
    ]
    if lacking:
        return f"{_inside(where, lacking[0])} must be there; it is missing"
    unknown = [name for name in value if name not in form] if closed else []
    if unknown:
        nearest = difflib.get_close_matches(unknown[0], form, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are {', '.join(form)}"
        return f"{_inside(where, unknown[0])} is not known; {hint}"
    return _first(
        misfit(value[name], one, where=_inside(where, name), closed=closed)
        for name, one in form.items()
        if name in value
    )


def _misfit_of_list(value: Any, form: ListOf, where: str, *, closed: bool) -> str | None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return f"{where} must be a list; got {_shown(value)}"
    if form.length not in (None, len(value)):
        return f"{where} must have {form.length} entries; got {len(value)}"
    return _first(
        misfit(one, form.form, where=f"{where}[{at}]", closed=closed)
        for at, one in enumerate(value)
    )


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _first(found: Iterable[str | None]) -> str | None:
    return next((one for one in found if one is not None), None)


def _shown(value: Any) -> str:
    return "null" if value is None else repr(value)[:40]
