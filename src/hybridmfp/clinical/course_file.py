"""The course of a patient as a file: strict JSON, days since the stroke, no dates and no names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from pathlib import Path
from typing import Any, get_args

from hybridmfp.clinical.bedside import BedsideFindings, Contraindication, Mas
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.errors import ClinicalError, ReadError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.io.json_form import (
    FLAG,
    NUMBER,
    PAIR,
    TEXT,
    ListOf,
    MappingTo,
    MaybeAbsent,
    OrNull,
    misfit,
    one_of,
)
from hybridmfp.io.strict_json import parse_json, pretty_json

__all__ = [
    "FORMAT",
    "course_as_json",
    "course_from_json",
    "read_course",
    "visit_from_assessment",
    "with_findings",
    "with_visit",
    "write_course",
]

FORMAT = "hybridmfp-course/1"
"""Changes whenever a reader of the JSON would misread it."""

_SIDE = MaybeAbsent(one_of("left", "right"))
_NUMBER = MaybeAbsent(NUMBER)
_VISIT: Mapping[str, Any] = {
    "session": TEXT,
    "days_post_stroke": NUMBER,
    "source": one_of("rated", "estimated"),
    "score": OrNull(NUMBER),
    "interval": MaybeAbsent(PAIR),
    "level": _NUMBER,
    "side": _SIDE,
    "items": MaybeAbsent(MappingTo(OrNull(NUMBER))),
    "biomarkers": MaybeAbsent(MappingTo(NUMBER)),
    "healthy": MaybeAbsent(MappingTo(PAIR)),
    "drivers": MaybeAbsent(
        ListOf(
            {
                "name": TEXT,
                "kind": TEXT,
                "phase": OrNull(TEXT),
                "direction": one_of("raises", "lowers"),
                "points": NUMBER,
                "share": NUMBER,
            }
        )
    ),
    "quality": MaybeAbsent(one_of("green", "amber", "red")),
    "reasons": MaybeAbsent(ListOf(TEXT)),
    "model": MaybeAbsent(TEXT),
    "recordings": MaybeAbsent(ListOf(TEXT)),
    "synthetic": MaybeAbsent(FLAG),
}
_FINDINGS: Mapping[str, Any] = {
    "days_post_stroke": NUMBER,
    "side": _SIDE,
    "wrist_extension_deg": _NUMBER,
    "finger_extension_deg": _NUMBER,
    "shoulder_flexion_deg": _NUMBER,
    "elbow_extension_deg": _NUMBER,
    "spasticity_mas": MaybeAbsent(one_of(*get_args(Mas))),
    "follows_instructions": MaybeAbsent(FLAG),
    "shoulder_pain": _NUMBER,
    "contraindications": MaybeAbsent(ListOf(one_of(*get_args(Contraindication)))),
    "mrc_shoulder_abduction": _NUMBER,
    "mrc_finger_extension": _NUMBER,
    "mep_present": MaybeAbsent(FLAG),
    "nihss": _NUMBER,
}
_COURSE: Mapping[str, Any] = {
    "format": one_of(FORMAT),
    "subject": TEXT,
    "scale": TEXT,
    "affected_side": _SIDE,
    "age_years": _NUMBER,
    "visits": ListOf(_VISIT),
    "bedside": MaybeAbsent(ListOf(_FINDINGS)),
    "answers": MaybeAbsent(MappingTo(FLAG)),
}


def visit_from_assessment(described: Mapping[str, Any], *, days_post_stroke: float) -> Visit:
    """Turn an assessment into a visit of a course.

    Parameters
    ----------
    described : mapping
        What ``hybridmfp assess --json`` printed, or `Assessment.as_json` gave.
    days_post_stroke : float
        When the session was recorded, in days since the stroke; recordings do not know it.

    Returns
    -------
    Visit
        Without score where the estimate was refused.

    Raises
    ------
    ClinicalError
        ``other_scale``, if the estimate is not on FMA-UE; ``impossible_value`` if it is not an
        assessment.
    """
    from hybridmfp.pipelines.assessment import FORMAT as ASSESSMENT_FORMAT  # noqa: PLC0415 - slow

    if described.get("format") != ASSESSMENT_FORMAT:
        raise ClinicalError(
            f"an assessment must be of the format {ASSESSMENT_FORMAT}; "
            f"got {described.get('format')!r}. Make it with `hybridmfp assess --json`.",
            refusal="impossible_value",
        )
    _refuse_other_scale(described["subject"], described["scale"])
    biomarkers = described["biomarkers"]
    interval = described["interval"]
    return Visit(
        session=described["session"],
        days_post_stroke=days_post_stroke,
        source="estimated",
        score=described["estimate"],
        interval=None if interval is None else (interval[0], interval[1]),
        level=described["level"],
        side=described["side"],
        items=described["items"],
        biomarkers={one["name"]: one["value"] for one in biomarkers if one["value"] is not None},
        healthy={
            one["name"]: (one["healthy"][0], one["healthy"][1])
            for one in biomarkers
            if one["healthy"] is not None
        },
        drivers=tuple(described["drivers"]),
        quality=described["quality"]["verdict"],
        reasons=tuple(described["reasons"]),
        model=described["model"]["hash"],
        recordings=tuple(one["sha256"] for one in described["provenance"]["recordings"]),
        synthetic=described["synthetic"],
    )


def with_visit(course: PatientCourse, visit: Visit) -> PatientCourse:
    """Add a visit to a course, at its place in time.

    Raises
    ------
    ClinicalError
        If the course already holds that session from that source, or it is of the other arm.
    """
    return replace(course, visits=_in_time(course.visits, visit))


def with_findings(course: PatientCourse, findings: BedsideFindings) -> PatientCourse:
    """Add bedside findings to a course, at their place in time.

    Raises
    ------
    ClinicalError
        If they are of the other arm.
    """
    return replace(course, bedside=_in_time(course.bedside, findings))


def course_as_json(course: PatientCourse) -> dict[str, Any]:
    """Give a course JSON-ready; what is not known is left out."""
    described = {
        "format": FORMAT,
        "subject": course.subject,
        "scale": course.scale,
        "affected_side": course.affected_side,
        "age_years": course.age_years,
        "visits": [_known(one, _VISIT, keep=("score",)) for one in course.visits],
        "bedside": [_known(one, _FINDINGS) for one in course.bedside],
        "answers": dict(course.answers),
    }
    return {name: value for name, value in described.items() if value is not None}


def course_from_json(described: Mapping[str, Any], *, source: str) -> PatientCourse:
    """Make a course of its JSON.

    Parameters
    ----------
    described : mapping
        As `course_as_json` gives it; what is not known may be left out.
    source : str
        Where it stands, for messages.

    Raises
    ------
    ReadError
        If it is not of the form.
    ClinicalError
        If it breaks a rule of `PatientCourse`, `Visit` or `BedsideFindings`.
    """
    if isinstance(described, Mapping) and described.get("format") != FORMAT:
        raise ReadError(
            f"a course must be of the format {FORMAT}; in {source}, format must be {FORMAT}; got "
            f"{described.get('format')!r}. Begin a course with `hybridmfp visit`."
        )
    wrong = misfit(described, _COURSE, closed=True)
    if wrong is not None:
        raise ReadError(
            f"a course must be of the format {FORMAT}; in {source}, {wrong}. "
            "docs/course.md shows the format."
        )
    _refuse_other_scale(described["subject"], described["scale"])
    return PatientCourse(
        subject=described["subject"],
        visits=tuple(_visit(one) for one in described["visits"]),
        affected_side=described.get("affected_side"),
        age_years=described.get("age_years"),
        bedside=tuple(_findings(one) for one in described.get("bedside") or ()),
        answers=described.get("answers") or {},
        scale=described["scale"],
    )


def read_course(path: Path) -> PatientCourse:
    """Read a course from its file.

    Raises
    ------
    ReadError
        If the file is missing, is not strict JSON, or not a course.
    ClinicalError
        If what it tells breaks a rule; the message says which.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(
            f"a course must be a file that can be read; the system answers for {path}: "
            f"{error.strerror or error}. Check the path."
        ) from error
    return course_from_json(parse_json(data, what=str(path)), source=str(path))


def write_course(path: Path, course: PatientCourse, *, overwrite: bool = False) -> None:
    """Write a course to a file, whole or not at all; the same course gives the same bytes.

    Raises
    ------
    WriteError
        If the file exists and may not be replaced, or the disk refuses.
    """
    data = pretty_json(course_as_json(course), what="a course")
    with atomic_file(path, overwrite=overwrite) as unfinished:
        unfinished.write_bytes(data)


def _refuse_other_scale(subject: str, scale: str) -> None:
    PatientCourse(subject, (), scale=scale)


def _in_time(earlier: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    return tuple(sorted((*earlier, one), key=lambda each: float(each.days_post_stroke)))


def _known(
    record: Visit | BedsideFindings, form: Mapping[str, Any], keep: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Give what differs from what a record holds when nothing is told."""
    told: dict[str, Any] = {}
    blank = {one.name: _default(one) for one in fields(record)}
    for name in form:
        value = getattr(record, name)
        if name in keep or value != blank[name]:
            told[name] = _plain(value)
    return told


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _visit(told: Mapping[str, Any]) -> Visit:
    score = told["score"]
    if told["source"] == "rated" and score is not None and score != int(score):
        raise ClinicalError(
            f"the rating of {told['session']} must be a whole number of points, the sum of its "
            f"items; got {score:g}. An average of raters or visits is no rating.",
            refusal="impossible_value",
        )
    given = {name: value for name, value in told.items() if value is not None or name == "score"}
    for name in ("interval", "drivers", "reasons", "recordings"):
        if name in given:
            given[name] = tuple(given[name])
    if "healthy" in given:
        given["healthy"] = {name: (low, high) for name, (low, high) in given["healthy"].items()}
    return Visit(**given)


def _findings(told: Mapping[str, Any]) -> BedsideFindings:
    given = {name: value for name, value in told.items() if value is not None}
    if "contraindications" in given:
        given["contraindications"] = frozenset(given["contraindications"])
    return BedsideFindings(**given)
