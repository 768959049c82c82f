"""A course at a glance: the few lines that a therapist reads first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup, escape

from hybridmfp.app.report.course_sections import given, refusal_of
from hybridmfp.app.report.course_text import (
    alarm_mark,
    change_mark,
    percent_text,
    score_text,
    signed_points,
)
from hybridmfp.app.report.course_words import CourseWords

__all__ = ["at_a_glance", "foretold"]

Line = tuple[str, Markup]


def at_a_glance(review: Mapping[str, Any], words: CourseWords) -> list[Line]:
    """Give name and value of each line; a section that was refused says so by name."""
    lines: list[Line] = [(words.say("glance.latest"), escape(_latest(review, words)))]
    change = given(review, "change")
    for span in ("since_first", "since_previous"):
        one = None if change is None else change[span]
        if one is not None and one.get("refused") is None:
            lines.append((words.say(f"change.{span}"), escape(_change(one, words))))
    told: list[tuple[str, str, Callable[[Mapping[str, Any], CourseWords], str]]] = [
        ("glance.stratum", "stratum", _stratum),
        ("glance.alarms", "trend", _alarms),
        ("glance.plan", "plan", _plan),
        ("glance.progression", "progression", _progression),
        ("glance.prognosis", "prognosis", _prognosis),
    ]
    for key, section, tell in told:
        found, refused = given(review, section), refusal_of(review, section)
        if found is not None:
            lines.append((words.say(key), escape(tell(found, words))))
        elif refused is not None:
            name = words.of_kind("refusal", refused["refusal"])
            lines.append((words.say(key), escape(words.say("glance.refused", name=name))))
    return lines


def foretold(one: Mapping[str, float], words: CourseWords) -> str:
    """Write what is foretold of one week."""
    return words.say(
        "prognosis.at",
        week=f"{one['week']:g}",
        middle=f"{one['q50']:.0f}",
        low=f"{one['q05']:.0f}",
        high=f"{one['q95']:.0f}",
    )


def _latest(review: Mapping[str, Any], words: CourseWords) -> str:
    latest = review["latest"]
    if latest is None:
        return words.say("glance.no_score")
    return words.say(
        "glance.latest_at",
        score=score_text(latest, words),
        source=words.of_kind("source", latest["source"]),
        week=f"{latest['weeks']:.0f}",
    )


def _change(one: Mapping[str, Any], words: CourseWords) -> str:
    verdict = words.of_kind("kind", one["kind"])
    if one["kind"] != "noise":
        verdict = f"{verdict}{words.say('comma')}{words.of_kind('direction', one['direction'])}"
    return words.say(
        "glance.change",
        mark=change_mark(one["kind"], one["direction"]),
        points=signed_points(one["points"]),
        verdict=verdict,
    )


def _stratum(found: Mapping[str, Any], words: CourseWords) -> str:
    likely = next(one for one in found["strata"] if one["name"] == found["most_likely"])
    return words.say(
        "glance.stratum_is",
        label=words.plain(likely["label"]),
        percent=percent_text(likely["probability"]),
    )


def _alarms(trend: Mapping[str, Any], words: CourseWords) -> str:
    holding = [one for one in trend["alarms"] if one.get("active", True)]
    named = [f"{alarm_mark(one['kind'])} {words.of_kind('alarm', one['kind'])}" for one in holding]
    return words.say("comma").join(dict.fromkeys(named)) or words.say("glance.no_alarm")


def _plan(plan: Mapping[str, Any], words: CourseWords) -> str:
    return words.say(
        "glance.plan_is",
        status=words.of_kind("plan_status", plan["status"]),
        n=len(plan["modules"]),
        n_blocked=len(plan["blocked"]),
    )


def _progression(found: Mapping[str, Any], words: CourseWords) -> str:
    return words.of_kind("decision", found["decision"])


def _prognosis(found: Mapping[str, Any], words: CourseWords) -> str:
    if not found["at"]:
        return words.say("glance.nothing_ahead")
    return foretold(found["at"][-1], words)
