"""How much of a course a page shows: everything on a screen, what fits on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["EVERYTHING", "PAPER_DETAILS", "CourseDetail", "Shown", "first"]


@dataclass(frozen=True)
class CourseDetail:
    """Say how much of a course a page shows.

    Attributes
    ----------
    n_modules, n_guidelines, n_blocked, n_visits, n_items, n_biomarkers, n_sources : int
        Entries of each list; how many more there are is said.
    n_signs : int
        Signs of one text, from which it is cut with an ellipsis.
    keyform : bool
        Whether the keyform is drawn; its targets are always told.
    paper : bool
        Whether it is for paper: nothing can be opened, and what is small print is left out.
    """

    n_modules: int
    n_guidelines: int
    n_blocked: int
    n_visits: int
    n_items: int
    n_biomarkers: int
    n_sources: int
    n_signs: int
    keyform: bool
    paper: bool = False


_ALL = 10_000
EVERYTHING = CourseDetail(_ALL, _ALL, _ALL, _ALL, _ALL, _ALL, _ALL, 10**9, keyform=True)
"""For a screen."""

PAPER_DETAILS = (
    CourseDetail(6, 4, 10, 18, 33, 12, 24, 420, keyform=True, paper=True),
    CourseDetail(6, 3, 8, 14, 33, 10, 10, 360, keyform=True, paper=True),
    CourseDetail(6, 3, 8, 14, 33, 8, 6, 340, keyform=False, paper=True),
    CourseDetail(5, 3, 6, 12, 24, 6, 4, 300, keyform=False, paper=True),
    CourseDetail(5, 2, 5, 12, 24, 6, 2, 280, keyform=False, paper=True),
    CourseDetail(4, 2, 4, 12, 24, 5, 0, 260, keyform=False, paper=True),
    CourseDetail(4, 2, 3, 10, 20, 4, 0, 240, keyform=False, paper=True),
    CourseDetail(4, 1, 3, 8, 16, 4, 0, 220, keyform=False, paper=True),
    CourseDetail(3, 1, 3, 8, 12, 3, 0, 200, keyform=False, paper=True),
    CourseDetail(3, 1, 2, 6, 8, 2, 0, 160, keyform=False, paper=True),
    CourseDetail(2, 1, 1, 4, 4, 1, 0, 120, keyform=False, paper=True),
    CourseDetail(1, 0, 0, 2, 0, 0, 0, 80, keyform=False, paper=True),
)
"""From the most that two sheets are asked to hold to what they can always hold."""


@dataclass(frozen=True)
class Shown:
    """Hold the entries of a list that are shown, and how many are not."""

    shown: list[Any]
    n_more: int


def first(entries: Sequence[Any], n_most: int) -> Shown:
    """Give the first entries of a list.

    Examples
    --------
    >>> first("abc", 2)
    Shown(shown=['a', 'b'], n_more=1)
    """
    return Shown(list(entries[:n_most]), max(0, len(entries) - n_most))
