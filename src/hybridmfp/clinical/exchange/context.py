"""What every resource of a bundle needs to know of the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.exchange.entries import Entry, entry_of, identifier
from hybridmfp.clinical.exchange.when import Calendar
from hybridmfp.errors import ClinicalError
from hybridmfp.signals import Side

__all__ = ["Context", "check_pseudonyms", "described", "patient_of"]

_TELLING = re.compile(r"[\\/@]|[^\S ]|://")


@dataclass(frozen=True)
class Context:
    """Hold what the resources of one bundle share.

    Attributes
    ----------
    course : PatientCourse
    calendar : Calendar
    patient, software : Entry
    models : mapping of str to Entry
        Devices by the hash of the model.
    """

    course: PatientCourse
    calendar: Calendar
    patient: Entry
    software: Entry
    models: Mapping[str, Entry]

    def side(self, visit: Visit) -> Side | None:
        """Give the arm of a visit: all visits of a course are of the affected one."""
        return visit.side or self.course.affected_side

    def device(self, visit: Visit) -> Entry:
        """Give the model that estimated, or the software where the model is not known."""
        return self.software if visit.model is None else self.models[visit.model]


def patient_of(course: PatientCourse) -> Entry:
    """Make the patient: a pseudonym and nothing else."""
    visits = course.visits
    return entry_of(
        {"resourceType": "Patient", "identifier": [identifier("subject", course.subject)]},
        synthetic=bool(visits) and all(one.synthetic for one in visits),
    )


def check_pseudonyms(course: PatientCourse) -> None:
    """Refuse names that look as if they told who the patient is.

    Raises
    ------
    ClinicalError
        ``impossible_value`` for a session that holds a path or an address. The subject is one word,
        as every course sees to; a name in one word is not recognised.
    """
    for visit in course.visits:
        if not visit.session.strip() or _TELLING.search(visit.session):
            raise ClinicalError(
                f"sessions of {course.subject} must be plain names without paths or addresses; "
                f"got {visit.session!r}. Name the session S1, S2 and so on.",
                refusal="impossible_value",
            )


def described(visit: Visit, what: str) -> list[dict[str, Any]]:
    """Identify what a resource is about: the session, who scored, and the part."""
    return [identifier("visit", f"{visit.session}:{visit.source}:{what}")]
