"""Cohorts of virtual patients, as ordinary recordings."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import partial

from hybridmfp.signals import (
    Cohort,
    FileProvenance,
    Group,
    Recording,
    SubjectSession,
    TrialKey,
    TrialSource,
    find_scale,
)
from hybridmfp.simulation.cohort_settings import VirtualCohortSettings
from hybridmfp.simulation.virtual_trial import TrialPlan, planned_trials, record_trial
from hybridmfp.simulation.virtual_visit import (
    Rating,
    Visit,
    follow_person,
    oracle_scores,
    rate_visit,
)

__all__ = ["GENERATOR", "virtual_cohort", "virtual_visits"]

GENERATOR = "virtual-patients/1"
"""Raised whenever the same settings would give other recordings or scores."""


def virtual_cohort(settings: VirtualCohortSettings) -> Cohort:
    """Make a cohort of virtual stroke patients and healthy controls.

    The patients are synthetic. They are calibrated to summary statistics of small published
    studies; a result on them says nothing about clinical accuracy. See ``docs/simulation.md``.

    Parameters
    ----------
    settings : VirtualCohortSettings
        How many, where, what they do and how they are recorded.

    Returns
    -------
    Cohort
        On the scale ``fma-ue`` with rated items, marked as synthetic, with the oracle's estimate
        of every score. Patients are S1, S2, …, controls H1, H2, …, visits 1, 2, …. Nothing is
        generated before a trial is loaded. A trial is the same whatever was loaded before it,
        in whichever process, and whatever other persons the cohort has.

    Examples
    --------
    >>> cohort = virtual_cohort(
    ...     VirtualCohortSettings(n_patients=2, n_controls=1, tasks=("reach_forward",))
    ... )
    >>> len(cohort), cohort.subjects, cohort.synthetic
    (9, ('H1', 'S1', 'S2'), True)
    >>> cohort.trials[0].load().modalities
    ('emg', 'kinematics')
    """
    visits = virtual_visits(settings)
    patients = [visit for visit in visits if visit.group == "patient"]
    ratings = {visit: rate_visit(settings, visit) for visit in patients}
    return Cohort(
        f"synthetic cohort of virtual patients ({settings.setting}, seed {settings.seed})",
        scale=find_scale("fma-ue"),
        sessions=[_session(visit, ratings.get(visit)) for visit in visits],
        trials=[
            _trial(settings, visit, plan) for visit in visits for plan in planned_trials(settings)
        ],
        oracle={
            (visit.person.name, _session_name(visit)): float(score)
            for visit, score in zip(patients, oracle_scores(patients), strict=True)
        },
        synthetic=True,
    )


def virtual_visits(settings: VirtualCohortSettings) -> list[Visit]:
    """Give every visit of everybody, patients first."""
    people: list[tuple[Group, int]] = [
        *(("patient", number) for number in range(1, settings.n_patients + 1)),
        *(("control", number) for number in range(1, settings.n_controls + 1)),
    ]
    return [visit for who in people for visit in follow_person(settings, *who)]


def _session(visit: Visit, rating: Rating | None) -> SubjectSession:
    person = visit.person
    since = None if person.chronicity_weeks is None else person.chronicity_weeks + visit.weeks
    return SubjectSession(
        subject=person.name,
        session=_session_name(visit),
        group=person.group,
        score=None if rating is None else rating.score,
        items={} if rating is None else rating.items,
        site=visit.site.name,
        age_years=round(person.body.age_years, 1),
        sex=person.body.sex,
        chronicity_weeks=None if since is None else round(since, 1),
        affected_side=person.affected_side,
        dominant_side=person.dominant_side,
        tested_side=person.tested_side,
    )


def _session_name(visit: Visit) -> str:
    return str(visit.at + 1)


def _trial(settings: VirtualCohortSettings, visit: Visit, plan: TrialPlan) -> TrialSource:
    key = TrialKey(visit.person.name, _session_name(visit), plan.label, str(plan.repetition))
    decoder = _decoder(settings, key)
    load = partial(_load, settings, visit.group, visit.number, visit.at, plan)
    return TrialSource(key=key, files=(), decoder=decoder, load=load)


def _load(
    settings: VirtualCohortSettings, group: Group, number: int, at: int, plan: TrialPlan
) -> Recording:
    visit = follow_person(settings, group, number)[at]
    emg, kinematics, side = record_trial(settings, visit, plan)
    key = TrialKey(visit.person.name, _session_name(visit), plan.label, str(plan.repetition))
    decoder = _decoder(settings, key)
    return Recording(
        key=key,
        emg=emg,
        kinematics=kinematics,
        side=side,
        montage="mhh-markers" if kinematics is not None and kinematics.units[0] == "m" else None,
        device="synthetic",
        provenance=(
            FileProvenance(
                path=f"synthetic/{key}",
                sha256=hashlib.sha256(decoder.encode()).hexdigest(),
                reader=decoder,
            ),
        ),
    )


def _decoder(settings: VirtualCohortSettings, key: TrialKey) -> str:
    """Everything the trial depends on, in words: it stands in for the bytes of a file."""
    told = " ".join(f"{one.name}={getattr(settings, one.name)!r}" for one in fields(settings))
    return f"{GENERATOR} {told} key={key}"
