"""The plan and whether to go on with it, as text for a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from hybridmfp.app.report.course_detail import CourseDetail, first
from hybridmfp.app.report.course_sections import given, refusal_of
from hybridmfp.app.report.course_text import source_text
from hybridmfp.app.report.course_words import CourseWords

__all__ = ["plan_content", "progression_content"]

Cut = Callable[[str], Markup]


def plan_content(
    review: Mapping[str, Any], words: CourseWords, detail: CourseDetail, cut: Cut
) -> dict[str, Any]:
    """Give the plan in words; whether it is a draft or signed comes first."""
    plan = given(review, "plan")
    if plan is None:
        return {"refused": refusal_of(review, "plan"), "shown": False}
    cap, signed = plan["dose_cap"], plan["signed"]
    general = [] if detail.paper else plan.get("guidelines", ())
    shared = _shared_safety(plan["modules"])
    modules = first(plan["modules"], detail.n_modules)
    told = {one["id"] for one in modules.shown}  # each says itself where guidelines disagree
    modules.shown[:] = [_module(one, shared, words, detail, cut) for one in modules.shown]
    other_strata = [one for one in plan["blocked"] if one.get("kind") == "stratum"]
    blocked = first([one for one in plan["blocked"] if one not in other_strata], detail.n_blocked)
    blocked.shown[:] = [_blocked(one, words, detail, cut) for one in blocked.shown]
    return {
        "refused": None,
        "shown": True,
        "status": plan["status"],
        "status_words": words.say(f"plan.is_{plan['status']}"),
        "signed": ""
        if signed is None
        else words.say("plan.signed_by", by=signed["by"], at=signed["at"]),
        "aim": plan["aim"],
        "dose_cap": None if cap is None else _with_source(cap, words, cut),
        "deficits": [one["title"] for one in plan.get("deficits", ())],
        "safety": [cut(one) for one in shared],
        "modules": modules,
        "blocked": blocked,
        "other_strata": [one["title"] for one in other_strata],
        "guidelines": [_guideline(one, words, cut) for one in general],
        "conflicts": [one for one in plan["conflicts"] if one["id"] not in told],
        "edits": [_edit(one, _titles(plan), words) for one in plan["edits"]],
        "disclaimer": plan["disclaimer"],
    }


def progression_content(review: Mapping[str, Any], words: CourseWords) -> dict[str, Any]:
    """Give the decision and its reason."""
    found = given(review, "progression")
    if found is None:
        return {"refused": refusal_of(review, "progression"), "shown": False}
    return {
        "refused": None,
        "shown": True,
        "decision": words.of_kind("decision", found["decision"]),
        "reason": found["reason"],
    }


def _shared_safety(modules: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give what every module of a plan warns of, to be told once."""
    if len(modules) < 2:
        return []
    return [one for one in modules[0]["safety"] if all(one in each["safety"] for each in modules)]


def _module(
    one: Mapping[str, Any],
    shared: Sequence[str],
    words: CourseWords,
    detail: CourseDetail,
    cut: Cut,
) -> dict[str, Any]:
    why, *criteria = one["reason"].split("; ")
    guidelines = first(one["guidelines"], detail.n_guidelines)
    guidelines.shown[:] = [_guideline(said, words, cut) for said in guidelines.shown]
    return {
        "rank": one["rank"],
        "title": cut(one["title"]),
        "aim": cut(one["aim"]) if one.get("aim") else "",
        "dose": cut(one["dose"]),
        "capped": one.get("capped", False),
        "reason": cut(why),
        "criteria": [cut(each) for each in criteria] if not detail.paper else [],
        "effect": cut(one["effect"]) if one.get("effect") else "",
        "guidelines": guidelines,
        "conflicts": [cut(said) for said in one["conflicts"]],
        "safety": [cut(said) for said in one["safety"] if said not in shared],
        "origin": _origin(one, words),
    }


def _origin(one: Mapping[str, Any], words: CourseWords) -> str:
    """Say if a therapist put a module in, and if that overrode what had blocked it."""
    override = one.get("override")
    if override is not None:
        return words.say("plan.overridden", by=override["by"], reason=override["reason"])
    return words.say("plan.by_therapist") if one.get("origin") == "therapist" else ""


def _guideline(said: Mapping[str, Any], words: CourseWords, cut: Cut) -> Markup:
    """Write a statement with its grade and its mark, if it was not verified."""
    told = Markup("{}").format(words.library(said["name"]))
    told += words.say("colon") + cut(said["statement"])
    if said.get("grade"):
        told += words.say("semicolon") + words.say("plan.grade") + words.library(said["grade"])
    status = said["source"]["source_status"]
    if status != "verified":
        mark = words.of_kind("status", status)
        told += Markup(' <span class="mark">[{}]</span>').format(mark)
    return told


def _blocked(
    one: Mapping[str, Any], words: CourseWords, detail: CourseDetail, cut: Cut
) -> dict[str, Any]:
    """Say what blocks a module; on paper the weightiest cause alone."""
    causes = one.get("causes") or [{"text": one["because"], "source": one["source"]}]
    if detail.paper:
        causes = causes[:1]
    return {
        "title": one["title"],
        "kind": words.of_kind("block", one.get("kind", "other")),
        "causes": [_with_source(cause, words, cut) for cause in causes],
    }


def _with_source(one: Mapping[str, Any], words: CourseWords, cut: Cut) -> Markup:
    return Markup("{} ({})").format(cut(one["text"]), source_text(one["source"], words))


def _titles(plan: Mapping[str, Any]) -> dict[str, str]:
    """Give the titles of all modules that a plan holds, blocks or has lost, by identifier."""
    kept = [*plan["modules"], *plan["blocked"], *plan.get("removed", ())]
    return {one["id"]: one["title"] for one in kept}


def _edit(one: Mapping[str, Any], titles: Mapping[str, str], words: CourseWords) -> str:
    return words.say(
        "plan.edit",
        action=words.of_kind("edit", one["action"]),
        module=words.plain(one.get("title") or titles.get(one["module"], one["module"])),
        by=one["by"],
        at=one["at"],
        why=one["why"],
    )
