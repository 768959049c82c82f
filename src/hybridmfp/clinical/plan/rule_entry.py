"""One entry of a rules file: takes its keys, names what is wrong and the line it is on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from hybridmfp.clinical.plan.lined_yaml import LinedMapping
from hybridmfp.clinical.sourced import Source, source_of
from hybridmfp.errors import SettingsError

__all__ = ["Entry"]

_SOURCE_KEYS = ("citation", "doi", "source_status")


class Entry:
    """Hold one mapping of a rules file and where it is.

    Parameters
    ----------
    raw : object
        What the file holds there.
    path : str
        Such as ``"module mcimt, eligibility 1"``.
    file : str
        Name of the file.
    line : int
        Line to tell if `raw` is no mapping.
    """

    def __init__(self, raw: Any, *, path: str, file: str, line: int = 1) -> None:
        self.path = path
        self.file = file
        self.line = raw.line if isinstance(raw, LinedMapping) else line
        if not isinstance(raw, LinedMapping):
            raise self.wrong(f"must be a mapping; got {raw!r}")
        self.raw = raw

    def wrong(self, what: str) -> SettingsError:
        """Make the error that says what is wrong here."""
        return SettingsError(f"{self.file}, line {self.line}: {self.path} {what}. Correct it.")

    def keys(self, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Refuse keys that are missing or unknown."""
        known = (*required, *optional)
        for key in self.raw:
            if key not in known:
                raise self.wrong(f"must have only known keys; got {key!r}{_nearest(key, known)}")
        missing = [key for key in required if key not in self.raw]
        if missing:
            raise self.wrong(f"must have {', '.join(missing)}; got none")

    def sourced(self, required: Sequence[str], optional: Sequence[str] = ()) -> Source:
        """Refuse keys that are missing or unknown, and give the source that must be there."""
        self.keys((*required, "citation", "source_status"), (*optional, "doi"))
        for key in _SOURCE_KEYS:
            if key in self.raw:
                self.text(key)
        try:
            return source_of(self.raw)
        except ValueError as error:
            raise self.wrong(
                "must have a source_status of verified, unverified or assumption; "
                f"got {self.raw['source_status']!r}"
            ) from error

    def text(self, key: str) -> str:
        """Take words."""
        value = self.raw[key]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"must have words as {key}; got {value!r}")
        return value

    def number(self, key: str, *, low: float = 0, high: float = math.inf) -> float:
        """Take a number within limits."""
        value = self.raw[key]
        real = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not (real and math.isfinite(value) and low <= value <= high):
            limits = f"of {low:g} or more" if high == math.inf else f"of {low:g} to {high:g}"
            raise self.wrong(f"must have a number {limits} as {key}; got {value!r}")
        return float(value)

    def whole(self, key: str, *, low: int = 0, high: float = math.inf) -> int:
        """Take a whole number within limits."""
        value = self.number(key, low=low, high=high)
        if value != int(value):
            raise self.wrong(f"must have a whole number as {key}; got {value:g}")
        return int(value)

    def word(self, key: str, known: Iterable[str]) -> str:
        """Take one of the known words."""
        value = self.text(key)
        self._check_known(key, value, tuple(known))
        return value

    def words(self, key: str, known: Iterable[str] | None = None) -> tuple[str, ...]:
        """Take a list of words, known ones if they are given; an empty one if it is not there."""
        value = self.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(f"must have a list of words as {key}; got {value!r}")
        for one in value:
            if value.count(one) > 1:
                raise self.wrong(f"must name {one!r} once in {key}; got it twice")
            if known is not None:
                self._check_known(key, one, tuple(known))
        return tuple(value)

    def entry(self, key: str) -> Entry:
        """Take a mapping."""
        return Entry(self.raw[key], path=f"{self.path}, {key}", file=self.file, line=self.line)

    def entries(self, key: str, *, name_key: str | None = None) -> tuple[Entry, ...]:
        """Take a list of mappings, none if it is not there; each is named by its id or number."""
        value = self.raw.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(f"must have a list as {key}; got {value!r}")
        found = []
        for number, one in enumerate(value, start=1):
            name = one.get(name_key, number) if isinstance(one, dict) else number
            path = f"{self.path}, {key} {name}"
            found.append(Entry(one, path=path, file=self.file, line=self.line))
        if name_key is not None:
            _check_once(found, name_key)
        return tuple(found)

    def _check_known(self, key: str, value: str, known: tuple[str, ...]) -> None:
        if value not in known:
            raise self.wrong(
                f"must have {key} of {', '.join(known) or '(none)'}; "
                f"got {value!r}{_nearest(value, known)}"
            )


def _check_once(entries: list[Entry], name_key: str) -> None:
    seen: dict[str, Entry] = {}
    for one in entries:
        one.keys((name_key,), tuple(one.raw))
        name = one.text(name_key)
        if name in seen:
            raise one.wrong(f"must have a {name_key} of its own; line {seen[name].line} has it too")
        seen[name] = one


def _nearest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
