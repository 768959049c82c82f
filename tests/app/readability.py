"""How hard a text is to read."""

from __future__ import annotations

import re
from collections.abc import Sequence


def school_grade(sentences: Sequence[str]) -> float:
    """Give the grade of Flesch and Kincaid.

    Kincaid et al. (1975), https://apps.dtic.mil/sti/citations/ADA006655
    """
    n_words = sum(len(one.split()) for one in sentences)
    n_syllables = sum(syllables(word) for one in sentences for word in one.split())
    return 0.39 * n_words / len(sentences) + 11.8 * n_syllables / n_words - 15.59


def syllables(word: str) -> int:
    """Count groups of vowels, less a silent e."""
    letters = re.sub("[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", letters))
    silent = letters.endswith("e") and not letters.endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)
