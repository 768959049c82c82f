"""The sections of a review as rows of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hybridmfp.clinical.exchange.columns import Row
from hybridmfp.clinical.exchange.sections import (
    answered,
    refusal_of,
    section,
    source_text,
    told,
)

__all__ = [
    "alarm_rows",
    "change_rows",
    "group_rows",
    "plan_rows",
    "prognosis_rows",
    "refusal_rows",
    "rule_rows",
    "stratum_rows",
    "trend_rows",
]

Review = Mapping[str, Any] | None

_SECTIONS = ("stratum", "change", "trend", "plan", "progression", "prognosis", "keyform")
_SINCE = {"since_previous": "previous", "since_first": "first"}


def stratum_rows(review: Review) -> Iterator[Row]:
    """Give one row for each stratum."""
    found = answered(section(review, "stratum")) or {}
    for one in told(found, "strata"):
        yield {
            "session": found.get("session"),
            "scheme": found.get("scheme"),
            "stratum": one["name"],
            "label": one.get("label"),
            "low_points": one.get("low"),
            "high_points": one.get("high"),
            "probability_fraction": one.get("probability"),
            "most_likely": one["name"] == found.get("most_likely"),
            "citation": found["source"]["citation"],
            "source_status": found["source"]["source_status"],
        }


def change_rows(review: Review) -> Iterator[Row]:
    """Give one row for the change since the previous, and one since the first visit."""
    found = answered(section(review, "change")) or {}
    for name, since in _SINCE.items():
        one = answered(found.get(name))
        if one is not None:
            yield {
                "source": found.get("source"),
                "since": since,
                "from_session": one["from"],
                "to_session": one["to"],
                "change_points": one["points"],
                **_limit("mdc", one),
                **_limit("mcid", one),
                "phase": one["phase"],
                "kind": one["kind"],
                "direction": one["direction"],
                "probability_better_fraction": one["probability_better"],
            }


def _limit(name: str, change: Mapping[str, Any]) -> dict[str, Any]:
    source = change[f"{name}_source"]
    return {
        f"{name}_points": change[name],
        f"{name}_citation": source["citation"],
        f"{name}_source_status": source["source_status"],
    }


def trend_rows(review: Review) -> Iterator[Row]:
    """Give one row for each week that the trend was fitted at."""
    trend = answered(section(review, "trend"))
    for one in told(trend, "fitted"):
        yield {
            "source": (trend or {}).get("source"),
            "time_weeks": one["week"],
            "mean_points": one["mean"],
            "low_points": one["low"],
            "high_points": one["high"],
        }


def alarm_rows(review: Review) -> Iterator[Row]:
    """Give one row for each alarm of the trend."""
    trend = answered(section(review, "trend"))
    for one in told(trend, "alarms"):
        yield {
            "source": (trend or {}).get("source"),
            "kind": one["kind"],
            "session": one.get("session"),
            "time_weeks": one.get("week"),
            "message": one.get("message"),
        }


def prognosis_rows(review: Review) -> Iterator[Row]:
    """Give one row for each week of the fan."""
    found = answered(section(review, "prognosis"))
    for one in told(found, "fan"):
        yield {
            "time_weeks": one["week"],
            **{f"{name}_points": one[name] for name in ("q05", "q25", "q50", "q75", "q95")},
            "model": (found or {}).get("model"),
        }


def group_rows(review: Review) -> Iterator[Row]:
    """Give one row for each course of recovery."""
    for one in told(answered(section(review, "prognosis")), "groups"):
        yield {
            "group": str(one["name"]),
            "label": one.get("label"),
            "probability_fraction": one["probability"],
        }


def rule_rows(review: Review) -> Iterator[Row]:
    """Give one row for each rule of the ward, with its accuracy elsewhere."""
    for one in told(section(review, "prognosis"), "rules"):
        external = (
            f"{each['text']} ({source_text(each['source'])})" for each in told(one, "external")
        )
        yield {
            "rule": one["name"],
            "category": one.get("category"),
            "meaning": one.get("meaning"),
            "external": "; ".join(external) or None,
        }


def plan_rows(review: Review) -> Iterator[Row]:
    """Give one row for each module, those of the plan first."""
    plan = answered(section(review, "plan"))
    for one in told(plan, "modules"):
        guidelines = "; ".join(
            f"{each['name']}: {each['statement']} ({each.get('grade') or 'no grade'})"
            for each in told(one, "guidelines")
        )
        yield {
            "status": (plan or {}).get("status"),
            "offered": True,
            "rank": one["rank"],
            "module": one["id"],
            "title": one["title"],
            "dose": one.get("dose"),
            "reason": one.get("reason"),
            "guidelines": guidelines or None,
            "conflicts": "; ".join(one.get("conflicts") or ()) or None,
            "safety": "; ".join(one.get("safety") or ()) or None,
        }
    for one in told(plan, "blocked"):
        yield {
            "status": (plan or {}).get("status"),
            "offered": False,
            "module": one["id"],
            "title": one["title"],
            "reason": one["because"],
        }


def refusal_rows(review: Review) -> Iterator[Row]:
    """Give one row for each section, or part of one, that was refused."""
    for name in _SECTIONS:
        found = section(review, name)
        if found is not None:
            yield from _refusals(name, found)


def _refusals(name: str, found: Mapping[str, Any]) -> Iterator[Row]:
    refused = refusal_of(found)
    if refused is not None:
        yield {"section": name, "refusal": refused["refusal"], "message": refused["message"]}
    for part, value in found.items():
        if isinstance(value, Mapping) and part != "refused":
            yield from _refusals(f"{name}.{part}", value)
        elif part == "rules" and isinstance(value, list):
            for rule in value:
                yield from _refusals(f"{name}.{rule['name']}", rule)
