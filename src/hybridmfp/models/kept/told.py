"""Read the words of a description one by one, each of the type that is expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ReadError

__all__ = ["Arrays", "Described", "Told", "under", "with_prefix"]

Arrays = Mapping[str, NDArray[Any]]

Described = tuple[dict[str, Any], dict[str, NDArray[Any]]]
"""What a model is taken apart into: words, JSON-ready, and arrays by name."""

_Kind = TypeVar("_Kind")


class Told:
    """A description that somebody else wrote; nothing in it is taken for what it should be.

    Parameters
    ----------
    words : object
        What stands in the file.
    what : str
        What is described, for messages.

    Raises
    ------
    ReadError
        If it is not a mapping by text. So does every method, where a word is missing or of
        another type.
    """

    def __init__(self, words: object, *, what: str) -> None:
        self.what = what
        if not isinstance(words, Mapping) or not all(isinstance(one, str) for one in words):
            raise self._wrong("all", "a mapping by text", words)
        self.words = words

    def text(self, name: str) -> str:
        """Give a word that must be text."""
        return self._of(name, str, "text")

    def flag(self, name: str) -> bool:
        """Give a word that must be true or false."""
        return self._of(name, bool, "true or false")

    def whole(self, name: str, *, least: int = 0) -> int:
        """Give a whole number that must not be below another one."""
        value = self._of(name, int, f"a whole number of at least {least}")
        if isinstance(value, bool) or value < least:
            raise self._wrong(name, f"a whole number of at least {least}", value)
        return value

    def number(self, name: str) -> float:
        """Give a finite number."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise self._wrong(name, "a finite number", value)
        return float(value)

    def whole_or_none(self, name: str, *, least: int = 0) -> int | None:
        """Give a whole number, or None."""
        return None if self._get(name) is None else self.whole(name, least=least)

    def number_or_none(self, name: str) -> float | None:
        """Give a finite number, or None."""
        return None if self._get(name) is None else self.number(name)

    def text_or_none(self, name: str) -> str | None:
        """Give text, or None."""
        return None if self._get(name) is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of text."""
        values = self._of(name, list, "a list of text")
        if not all(isinstance(one, str) for one in values):
            raise self._wrong(name, "a list of text", values)
        return tuple(values)

    def texts_or_none(self, name: str) -> tuple[str, ...] | None:
        """Give a list of text, or None."""
        return None if self._get(name) is None else self.texts(name)

    def part(self, name: str) -> Told:
        """Give what is described within this description."""
        return Told(self._get(name), what=f"{self.what}.{name}")

    def part_or_none(self, name: str) -> Told | None:
        """Give what is described within this description, or None."""
        return None if self._get(name) is None else self.part(name)

    def parts(self, name: str) -> list[Told]:
        """Give a list of descriptions."""
        values = self._of(name, list, "a list of mappings")
        return [Told(one, what=f"{self.what}.{name}.{at}") for at, one in enumerate(values)]

    def kind(self, *known: str) -> str:
        """Give the word ``kind``, which must be one of those that are known."""
        value = self.text("kind")
        if value not in known:
            raise self._wrong("kind", f"one of {', '.join(known)}", value)
        return value

    def _get(self, name: str) -> Any:
        if name not in self.words:
            raise self._wrong(name, "there", "nothing")
        return self.words[name]

    def _of(self, name: str, kind: type[_Kind], rule: str) -> _Kind:
        value = self._get(name)
        if not isinstance(value, kind):
            raise self._wrong(name, rule, value)
        return value

    def _wrong(self, name: str, rule: str, got: object) -> ReadError:
        return ReadError(
            f"{name} of {self.what} must be {rule}; got {repr(got)[:80]}. The model file is "
            "damaged or was not written by hybridmfp: fit the model anew."
        )


def with_prefix(prefix: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Put a word before the names of arrays, so that those of several models can lie together.

    Examples
    --------
    >>> import numpy as np
    >>> under("fold.1.", with_prefix("fold.1.", {"a": np.zeros(2)}))
    {'a': array([0., 0.])}
    """
    return {f"{prefix}{name}": array for name, array in arrays.items()}


def under(prefix: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Give the arrays whose names begin so, without that beginning."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
