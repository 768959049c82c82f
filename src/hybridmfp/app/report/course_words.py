"""The words of a page about a course: our own by key, those of the library by their English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

__all__ = ["CourseWords"]


@dataclass(frozen=True)
class CourseWords:
    """Hold every text of a page in one language.

    Attributes
    ----------
    language : str
        Code for the page, such as ``"en"``.
    texts : mapping of str to str
        Our own texts by key; words in braces are filled in. Another language has the same keys
        and the same braces.
    phrases : mapping of str to str
        Texts that come with a review, by their English. One that is not listed, such as an edit
        by a therapist, stays as it is and is marked as English: nothing is guessed.

    Examples
    --------
    >>> words = CourseWords("zh-CN", {"week": "w{n}"}, {"no capacity": "\u65e0\u80fd\u529b"})
    >>> words.say("week", n=3), words.library("no capacity"), words.library("<new>")
    ('w3', Markup('\u65e0\u80fd\u529b'), Markup('<span lang="en">&lt;new&gt;</span>'))
    """

    language: str
    texts: Mapping[str, str]
    phrases: Mapping[str, str] = field(default_factory=dict)

    def say(self, key: str, **filled: Any) -> str:
        """Give one of our own texts, filled in."""
        return self.texts[key].format(**filled)

    def of_kind(self, kind: str, name: str) -> str:
        """Give the word for a name of a closed list, such as ``refusal.too_few``.

        A name that the list got later is shown as it is, with spaces for underscores.
        """
        return self.texts.get(f"{kind}.{name}", name.replace("_", " "))

    def library(self, text: str) -> Markup:
        """Give a text of the library as HTML: translated, or marked as English."""
        if self.language == "en":
            return escape(text)
        if text in self.phrases:
            return escape(self.phrases[text])
        known, rest = self._parted(text)
        return Markup('{}<span lang="en">{}</span>').format(known, rest)

    def _parted(self, text: str) -> tuple[str, str]:
        """Part a text such as "dose (source)" into what is listed, translated, and the rest."""
        start, parenthesis, rest = text.partition(" (")
        if start in self.phrases:
            return self.phrases[start], parenthesis + rest
        return "", text

    def plain(self, text: str) -> str:
        """Give a text of the library without markup, for pictures: translated, or as it is."""
        return text if self.language == "en" else self.phrases.get(text, text)
