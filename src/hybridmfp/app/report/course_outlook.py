"""What the trend says and what is foretold, as text for a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from hybridmfp.app.report.course_sections import given, refusal_of
from hybridmfp.app.report.course_text import alarm_mark, percent_text, signed_points, source_text
from hybridmfp.app.report.course_words import CourseWords

__all__ = ["prognosis_content", "trend_content"]


def trend_content(
    review: Mapping[str, Any], words: CourseWords, cut: Callable[[str], Markup]
) -> dict[str, Any]:
    """Give the slope in words and the alarms, or why there are none."""
    trend = given(review, "trend")
    if trend is None:
        return {"refused": refusal_of(review, "trend"), "shown": False}
    return {
        "refused": None,
        "shown": True,
        "slope": _slope(trend, words),
        "alarms": [
            {
                "kind": words.of_kind("alarm", one["kind"]),
                "mark": alarm_mark(one["kind"]),
                "message": cut(one["message"]),
                "where": words.say(
                    "alarms.where", week=f"{one['week']:.0f}", session=one["session"]
                ),
                "active": one.get("active", True),
            }
            for one in trend["alarms"]
        ],
    }


def prognosis_content(review: Mapping[str, Any], words: CourseWords) -> dict[str, Any]:
    """Give the fan in numbers, the groups, the rules with their windows, or the refusals."""
    section: Mapping[str, Any] = review.get("prognosis") or {}
    told: dict[str, Any] = {
        "refused": section.get("refused"),
        "shown": False,
        "rules": [_rule(one, words) for one in section.get("rules", ())],
        "proportional": section.get("proportional_recovery", ""),
    }
    prognosis = given(review, "prognosis")
    if prognosis is None:
        return told
    return told | {
        "shown": True,
        "at": [_ahead(one, words) for one in prognosis["at"]],
        "groups": _groups(prognosis, words),
        "model": _model(prognosis, words),
        "external": [_accuracy(one, words) for one in prognosis.get("external", ())],
    }


def _slope(trend: Mapping[str, Any], words: CourseWords) -> str:
    if trend.get("slope_per_week") is None:
        return words.say("trend.no_slope", n=trend["n_visits"])
    low, high = trend["slope_interval"]
    return words.say(
        "trend.slope",
        slope=signed_points(trend["slope_per_week"]),
        low=signed_points(low),
        high=signed_points(high),
        n=trend["n_visits"],
    )


def _ahead(one: Mapping[str, float], words: CourseWords) -> dict[str, str]:
    return {
        "week": f"{one['week']:g}",
        "middle": f"{one['q50']:.0f}",
        "half": words.say("span", low=f"{one['q25']:.0f}", high=f"{one['q75']:.0f}"),
        "most": words.say("span", low=f"{one['q05']:.0f}", high=f"{one['q95']:.0f}"),
    }


def _groups(prognosis: Mapping[str, Any], words: CourseWords) -> str:
    groups = prognosis.get("merged_groups") or prognosis["groups"]
    shares = [
        words.say(
            "prognosis.group",
            label=words.plain(one["label"]),
            percent=percent_text(one["probability"]),
        )
        for one in groups
    ]
    return words.say("prognosis.groups", groups=words.say("comma").join(shares))


def _model(prognosis: Mapping[str, Any], words: CourseWords) -> Markup:
    told = Markup("{}").format(words.say("prognosis.model", n=prognosis["n_observations"]))
    model = prognosis.get("model")
    if not model:
        return told
    source = source_text(prognosis.get("source"), words)
    return told + Markup(" {} ({})").format(words.library(model), source)


def _accuracy(one: Mapping[str, Any], words: CourseWords) -> Markup:
    source = source_text(one["source"], words)
    return Markup("{} ({})").format(words.library(one["text"]), source)


def _rule(rule: Mapping[str, Any], words: CourseWords) -> dict[str, Any]:
    refused = rule.get("refused")
    told: dict[str, Any] = {
        "name": rule["name"],
        "refused": refused,
        "window": rule["window"],
        "external": [_accuracy(one, words) for one in rule["external"]],
        "assumptions": rule.get("assumptions", []),
    }
    if refused is not None:
        return told
    return told | {
        "category": words.of_kind("rule", rule["category"]),
        "meaning": rule["meaning"],
        "steps": rule.get("steps", []),
    }
