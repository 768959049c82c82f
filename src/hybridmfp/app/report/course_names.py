"""What biomarkers and items are called in the language of a page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from hybridmfp.app.report.course_words import CourseWords
from hybridmfp.app.report.plain_names import in_plain_units, plain_name

__all__ = ["biomarker_name", "biomarker_values"]


def biomarker_name(name: str, words: CourseWords) -> Markup:
    """Say what a biomarker is; of what and where are translated one by one.

    A name without a translation stays English and is marked as such.
    """
    if words.language == "en":
        return escape(plain_name(name))
    parts = plain_name(name).split(": ", 1)
    about = parts[1].split(" and ") if len(parts) > 1 else []
    if not all(one in words.phrases for one in [parts[0], *about]):
        return words.library(plain_name(name))
    told = words.phrases[parts[0]]
    if about:
        told += words.say("colon") + words.say("and").join(words.phrases[one] for one in about)
    return escape(told)


def biomarker_values(one: Mapping[str, Any], words: CourseWords) -> tuple[str, str, str]:
    """Write a biomarker before, after, and its healthy range, in the units of therapists."""
    healthy = one["healthy"] or [None, None]
    values = [one["from"], one["to"], *healthy]
    (before, after, low, high), unit = in_plain_units(values, _unit(one["name"]))
    with_unit = f"\u00a0{unit}" if unit else ""
    if one["healthy"] is None:
        span = words.say("not_known")
    else:
        span = words.say("span", low=low, high=high)
    return before + with_unit, after + with_unit, span


def _unit(name: str) -> str:
    modality, _, rest = name.partition(".")
    return _units().get(f"{modality}.{rest.partition('.')[0]}", "1")


@cache
def _units() -> dict[str, str]:
    from hybridmfp.features import FEATURES  # noqa: PLC0415 - slow, and only biomarkers need it

    return {one.name: one.unit for one in FEATURES}
