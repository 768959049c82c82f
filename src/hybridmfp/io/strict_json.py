"""JSON without freedom: finite numbers, no name twice, one way to write a thing."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from hybridmfp.errors import ReadError, WriteError

__all__ = ["dump_json", "parse_json", "pretty_json"]


def dump_json(value: object, *, what: str) -> bytes:
    """Write a value as JSON, always the same bytes for the same value.

    Parameters
    ----------
    value : JSON-ready
        Names are sorted; numbers must be finite.
    what : str
        What it is, for the message.

    Raises
    ------
    WriteError
        If it cannot be said in JSON.

    Examples
    --------
    >>> dump_json({"b": 1.5, "a": [None, True]}, what="settings").decode()
    '{"a":[null,true],"b":1.5}'
    """
    return _encoded(value, what=what, sort_keys=True, separators=(",", ":"))


def pretty_json(value: object, *, what: str) -> bytes:
    """Write a value as JSON for people: in the order given, indented, with a last line end.

    Parameters
    ----------
    value : JSON-ready
        Numbers must be finite.
    what : str
        What it is, for the message.

    Raises
    ------
    WriteError
        If it cannot be said in JSON.

    Examples
    --------
    >>> print(pretty_json({"b": 1.5, "a": None}, what="settings").decode(), end="")
    {
      "b": 1.5,
      "a": null
    }
    """
    return _encoded(value, what=what, indent=2) + b"\n"


def _encoded(value: object, *, what: str, **layout: Any) -> bytes:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, **layout)
        data = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise WriteError(
            f"{what} must be JSON-ready: text, finite numbers, lists and mappings by text; "
            f"it is not ({error}). Turn it into these first, with null for what is missing."
        ) from error
    return data


def parse_json(data: bytes, *, what: str) -> Any:
    """Read JSON; anything that readers could understand differently is refused.

    Parameters
    ----------
    data : bytes
        UTF-8.
    what : str
        What it is, for the message.

    Raises
    ------
    ReadError
        If it is not JSON, a number is not finite, a name stands twice in a mapping, or it is
        nested too deep.
    """
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_not_finite,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{what} must be strict JSON; it is not ({error}).") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one mapping")
    return found


def _not_finite(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number
