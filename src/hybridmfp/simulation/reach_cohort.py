"""A small generated cohort of reaching arms, for demonstrations, tests and timings."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields
from functools import partial
from typing import Literal, TypeVar

import numpy as np

from hybridmfp.errors import SettingsError
from hybridmfp.signals import (
    Cohort,
    FileProvenance,
    Group,
    Recording,
    Side,
    Signal,
    SubjectSession,
    TrialKey,
    TrialSource,
    find_montage,
    find_scale,
)
from hybridmfp.simulation.reach_emg import draw_muscles, record_emg
from hybridmfp.simulation.reach_kinematics import Reacher, ReachPlan, place_markers, plan_reach

__all__ = ["ReachCohortSettings", "reach_cohort"]

Relation = Literal["planted", "none"]
Modality = Literal["emg", "kinematics"]
_T = TypeVar("_T")

_GENERATOR = "reach-cohort/1"
_SESSION = "1"
_RATER_SD_POINTS = 2.5
_HEALTHY_SEVERITY = 0.05
_LINK_BLUR = 0.15  # SD of how far one trait of a person strays from the person's severity
_LOWEST_RATE_HZ = {"emg_rate_hz": 1000.0, "kinematics_rate_hz": 50.0}
_SHORTEST_TRIAL_S = 1.5
_LEFT_HANDED = 0.1  # share of persons
_PLACEMENT_SD_M = 0.005

# The last word of every seed: two draws of one trial never share their random numbers.
_SEVERITY, _RATING, _SIDE, _BIOGRAPHY, _BODY, _MUSCLES, _PLAN, _MARKERS, _ELECTRODES = range(9)


@dataclass(frozen=True)
class ReachCohortSettings:
    """Say which toy cohort to generate.

    Attributes
    ----------
    n_patients : int, default 12
        Persons with a score, at least 1.
    n_controls : int, default 4
        Healthy persons without one, at least 0.
    n_tasks, n_repetitions : int, default 2 and 3
        Targets to reach for, and how often each; at least 1.
    seed : int, default 0
        Same seed, same cohort; at least 0.
    relation : {"planted", "none"}
        Whether scores follow the signals, or are drawn without looking at them.
    emg_rate_hz, kinematics_rate_hz : float, default 2000 and 200
        Samples per second; at least 1000 and 50.
    duration_s : (float, float), default (2, 8)
        Shortest and longest trial in seconds, 1.5 or more. Severity lengthens trials
        within this range.
    modalities : tuple of {"emg", "kinematics"}
        What is recorded.

    Raises
    ------
    SettingsError
        If a setting breaks a rule above.
    """

    n_patients: int = 12
    n_controls: int = 4
    n_tasks: int = 2
    n_repetitions: int = 3
    seed: int = 0
    relation: Relation = "planted"
    emg_rate_hz: float = 2000.0
    kinematics_rate_hz: float = 200.0
    duration_s: tuple[float, float] = (2.0, 8.0)
    modalities: tuple[Modality, ...] = ("emg", "kinematics")

    def __post_init__(self) -> None:
        least = {"n_patients": 1, "n_controls": 0, "n_tasks": 1, "n_repetitions": 1, "seed": 0}
        for name, lowest in least.items():
            _check_whole(name, getattr(self, name), lowest=lowest)
        for name, lowest_hz in _LOWEST_RATE_HZ.items():
            _check_rate(name, getattr(self, name), lowest_hz=lowest_hz)
        _check_duration(self.duration_s)
        if self.relation not in ("planted", "none"):
            raise SettingsError(f"relation must be 'planted' or 'none'; got {self.relation!r}.")
        if self.modalities not in (("emg",), ("kinematics",), ("emg", "kinematics")):
            raise SettingsError(
                "modalities must be ('emg',), ('kinematics',) or ('emg', 'kinematics'); "
                f"got {self.modalities!r}."
            )


def reach_cohort(settings: ReachCohortSettings) -> Cohort:
    """Generate a toy cohort of seated persons who reach for targets.

    This is a toy with a planted relation, not evidence about patients: how severity shows in
    the signals was written down by hand, and an estimate that does well here may fail on any
    person. It exists so that demonstrations, tests and timings need no patient's data.

    Each patient has a severity between 0 and 1. It makes trials longer, movements less
    smooth, elbows stiff and trunks lean, hands shake, muscles weak and antagonists active
    together; every one of these links has a deviation of the person's own, so the score
    cannot be recovered exactly. With ``relation="planted"`` the score is
    66 (1 − severity), plus a rater's error of 2.5 points SD, in whole points. With ``"none"``
    it is drawn in the same way from *another* severity, which the signals know nothing of.
    Age, sex, side and time since the stroke are unrelated to everything.

    Parameters
    ----------
    settings : ReachCohortSettings
        Size, seed, relation, rates.

    Returns
    -------
    Cohort
        On the scale ``fma-ue``, marked as synthetic. Patients are S1, S2, …, controls H1,
        H2, …; nothing is generated before a trial is loaded. A trial is the same whatever
        was loaded before it and whatever other persons the cohort has.

    Examples
    --------
    >>> cohort = reach_cohort(ReachCohortSettings(n_patients=2, n_controls=1, n_tasks=1))
    >>> len(cohort), cohort.subjects, cohort.synthetic
    (9, ('H1', 'S1', 'S2'), True)
    >>> cohort.trials[0].load().modalities
    ('emg', 'kinematics')
    """
    people = [
        *(_Person("patient", number) for number in range(1, settings.n_patients + 1)),
        *(_Person("control", number) for number in range(1, settings.n_controls + 1)),
    ]
    relation = "planted relation" if settings.relation == "planted" else "no relation"
    return Cohort(
        f"synthetic reach cohort ({relation}, seed {settings.seed})",
        scale=find_scale("fma-ue"),
        sessions=[_session(settings, person) for person in people],
        trials=[
            _trial(settings, person, task, repetition)
            for person in people
            for task in range(settings.n_tasks)
            for repetition in range(settings.n_repetitions)
        ],
        synthetic=True,
    )


@dataclass(frozen=True)
class _Person:
    """Name a person and give each a stretch of random numbers that no other one has."""

    group: Group
    number: int

    @property
    def subject(self) -> str:
        return f"{'S' if self.group == 'patient' else 'H'}{self.number}"

    def rng(
        self, seed: int, stream: int, *, task: int = 0, repetition: int = 0
    ) -> np.random.Generator:
        # Even for patients, odd for controls: adding some of one group changes no other.
        person = 2 * self.number + (self.group == "control")
        return np.random.default_rng([seed, person, task, repetition, stream])

    def severity(self, seed: int) -> float:
        highest = 1.0 if self.group == "patient" else _HEALTHY_SEVERITY
        return float(self.rng(seed, _SEVERITY).uniform(0, highest))

    def tested_side(self, seed: int) -> Side:
        return _one_of(("left", "right"), self.rng(seed, _SIDE))


def _session(settings: ReachCohortSettings, person: _Person) -> SubjectSession:
    seed = settings.seed
    side = person.tested_side(seed)
    patient = person.group == "patient"
    rng = person.rng(seed, _BIOGRAPHY)
    return SubjectSession(
        subject=person.subject,
        session=_SESSION,
        group=person.group,
        score=_score(settings, person) if patient else None,
        age_years=float(rng.integers(35, 86)),
        sex=_one_of(("female", "male"), rng),
        dominant_side="left" if rng.uniform() < _LEFT_HANDED else "right",
        chronicity_weeks=float(rng.integers(4, 209)) if patient else None,
        affected_side=side if patient else None,
        tested_side=side,
    )


def _score(settings: ReachCohortSettings, person: _Person) -> float:
    rng = person.rng(settings.seed, _RATING)
    error = rng.normal(0, _RATER_SD_POINTS)
    planted = settings.relation == "planted"
    severity = person.severity(settings.seed) if planted else rng.uniform()
    scale = find_scale("fma-ue")
    return float(np.clip(round(scale.maximum * (1 - severity) + error), 0, scale.maximum))


def _trial(
    settings: ReachCohortSettings, person: _Person, task: int, repetition: int
) -> TrialSource:
    key = TrialKey(person.subject, _SESSION, str(task + 1), str(repetition + 1))
    return TrialSource(
        key=key,
        files=(),
        decoder=_decoder(settings, key),
        load=partial(_generate_trial, settings, person, task, repetition),
    )


def _decoder(settings: ReachCohortSettings, key: TrialKey) -> str:
    """Everything the trial depends on, in words: it stands in for the bytes of a file."""
    told = " ".join(f"{field.name}={getattr(settings, field.name)!r}" for field in fields(settings))
    return f"{_GENERATOR} {told} key={key}"


def _generate_trial(
    settings: ReachCohortSettings, person: _Person, task: int, repetition: int
) -> Recording:
    seed = settings.seed
    key = TrialKey(person.subject, _SESSION, str(task + 1), str(repetition + 1))
    decoder = _decoder(settings, key)
    reacher = _reacher(seed, person)
    draw = partial(person.rng, seed, task=task + 1, repetition=repetition + 1)
    plan = plan_reach(reacher, duration_range_s=settings.duration_s, rng=draw(_PLAN))
    seen = "kinematics" in settings.modalities
    heard = "emg" in settings.modalities
    return Recording(
        key=key,
        emg=_emg(settings, person, plan, draw(_ELECTRODES)) if heard else None,
        kinematics=_kinematics(settings, reacher, plan, task, draw(_MARKERS)) if seen else None,
        side=reacher.side,
        montage="mhh-markers" if seen else None,
        device="synthetic",
        provenance=(
            FileProvenance(
                path=f"synthetic/{key}",
                sha256=hashlib.sha256(decoder.encode()).hexdigest(),
                reader=decoder,
            ),
        ),
    )


def _reacher(seed: int, person: _Person) -> Reacher:
    rng = person.rng(seed, _BODY)
    slowness, roughness, stiffness, leaning, shakiness = _traits(person.severity(seed), 5, rng)
    n_markers = len(find_montage("mhh-markers").points)
    return Reacher(
        side=person.tested_side(seed),
        stature=float(rng.uniform(0.9, 1.1)),
        seat_m=rng.uniform(-0.8, 0.8, 2),
        facing_rad=float(rng.uniform(0, 2 * np.pi)),
        slowness=slowness,
        roughness=roughness,
        stiffness=stiffness,
        leaning=leaning,
        shakiness=shakiness,
        placement_m=rng.normal(0, _PLACEMENT_SD_M, (n_markers, 3)),
    )


def _traits(severity: float, number: int, rng: np.random.Generator) -> list[float]:
    """Give traits that follow the severity, each with a deviation that is the person's own."""
    own = rng.normal(0, _LINK_BLUR, number)
    return [float(trait) for trait in np.clip(severity + own, 0, 1)]


def _emg(
    settings: ReachCohortSettings, person: _Person, plan: ReachPlan, rng: np.random.Generator
) -> Signal:
    own = person.rng(settings.seed, _MUSCLES)
    weakness, co_contraction = _traits(person.severity(settings.seed), 2, own)
    muscles = draw_muscles(weakness=weakness, co_contraction=co_contraction, rng=own)
    return Signal(
        record_emg(muscles, plan, rate_hz=settings.emg_rate_hz, rng=rng),
        rate_hz=settings.emg_rate_hz,
        channels=find_montage("mhh-emg").channels,
        units="V",
    )


def _kinematics(
    settings: ReachCohortSettings,
    reacher: Reacher,
    plan: ReachPlan,
    task: int,
    rng: np.random.Generator,
) -> Signal:
    return Signal(
        place_markers(reacher, plan, task=task, rate_hz=settings.kinematics_rate_hz, rng=rng),
        rate_hz=settings.kinematics_rate_hz,
        channels=find_montage("mhh-markers").channels,
        units="m",
    )


def _one_of(options: tuple[_T, ...], rng: np.random.Generator) -> _T:
    return options[int(rng.integers(len(options)))]


def _check_whole(name: str, value: object, *, lowest: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < lowest:
        raise SettingsError(f"{name} must be a whole number, {lowest} or more; got {value!r}.")


def _check_rate(name: str, value: float, *, lowest_hz: float) -> None:
    if not (math.isfinite(value) and value >= lowest_hz):
        raise SettingsError(
            f"{name} must be a number of samples per second, {lowest_hz:g} or more; got {value!r}."
        )


def _check_duration(value: tuple[float, float]) -> None:
    if len(value) != 2 or not _SHORTEST_TRIAL_S <= value[0] <= value[1] < math.inf:
        raise SettingsError(
            "duration_s must be the shortest and the longest trial in seconds, ascending and "
            f"{_SHORTEST_TRIAL_S:g} or more, because 0.8 s of each are rest; got {value!r}."
        )
