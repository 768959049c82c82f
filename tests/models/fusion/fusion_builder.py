"""Tiny random visits, scales and networks: nothing here is slow, nothing means anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.models.fusion import FusionRegressor, FusionSettings, NetworkSettings
from hybridmfp.models.fusion_settings import TrainingSettings
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS
from hybridmfp.signals import Item, Scale, SubjectSession

N_POINTS, N_PROFILE = 16, 21
BANDS_HZ = ((20.0, 100.0), (100.0, 400.0))
MUSCLES = ("biceps_brachii", "triceps_brachii", "deltoid_anterior")
TASKS = ("drink", "reach")

RATED = Scale(
    name="rated",
    minimum=0,
    maximum=8,
    items=(
        Item("R", "A", "a reflex", levels=(0, 2)),
        Item("A1", "A", "first"),
        Item("B1", "B", "second"),
        Item("B2", "B", "only after the others", requires=("A1", "B1")),
    ),
)
TOTAL = Scale(name="total", minimum=0, maximum=66)


def visit(
    number: int,
    *,
    strength: float = 0.5,
    subject: str | None = None,
    session: str = "1",
    task: Sequence[str] = ("reach", "drink", "reach"),
    muscles: tuple[str, ...] = MUSCLES,
    n_points: int = N_POINTS,
    bands_hz: tuple[tuple[float, float], ...] = BANDS_HZ,
) -> SessionDigest:
    """A visit whose trials are the larger, the greater the strength; each in its own posture."""
    rng = np.random.default_rng(number)
    n_trials = len(task)
    phase = np.linspace(0, 1, n_points)
    emg = rng.uniform(0.1, 0.3, (n_trials, len(muscles), len(bands_hz), n_points)) + strength
    swing = (0.2 + strength) * np.sin(np.pi * phase)
    posture = rng.normal(0, 0.5, (len(KINEMATIC_CHANNELS), 1))
    kinematics = rng.normal(0, 0.05, (n_trials, len(posture), n_points)) + swing + posture
    profile = np.sin(np.pi * np.linspace(0, 1, N_PROFILE) ** rng.uniform(0.7, 1.4, (n_trials, 1)))
    movement = profile[:, None] + rng.normal(0, 0.02, (n_trials, 2, N_PROFILE))
    blank = np.empty((n_trials, 0))
    bag = TrialBag(
        muscles=muscles,
        bands_hz=bands_hz,
        emg=emg.astype(np.float32),
        channels=KINEMATIC_CHANNELS,
        kinematics=kinematics.astype(np.float32),
        duration_s=rng.uniform(0.8, 3, n_trials).astype(np.float32),
    )
    return SessionDigest(
        subject=f"p{number:02d}" if subject is None else subject,
        session=session,
        task=np.array(task),
        columns=(),
        features=blank,
        session_columns=(),
        session_features=np.empty(0),
        movement=movement.astype(np.float32),
        envelopes=emg[:, :, 0].astype(np.float32),
        bag=bag,
    )


def bag(session: SessionDigest) -> TrialBag:
    assert session.bag is not None
    return session.bag


def with_bag(session: SessionDigest, **changed: Any) -> SessionDigest:
    return replace(session, bag=replace(bag(session), **changed))


def emg_only(session: SessionDigest) -> SessionDigest:
    gone = np.full_like(bag(session).kinematics, np.nan)
    unmoved = replace(session, movement=np.full_like(session.movement, np.nan))
    return with_bag(unmoved, kinematics=gone)


def kinematics_only(session: SessionDigest) -> SessionDigest:
    return with_bag(session, emg=np.full_like(bag(session).emg, np.nan))


def with_muscles(session: SessionDigest, muscles: Sequence[str]) -> SessionDigest:
    """The same recording with its muscles written in this order; unknown ones are NaN."""
    own = bag(session)
    emg = np.full((len(own.emg), len(muscles), *own.emg.shape[2:]), np.nan, dtype=np.float32)
    for at, name in enumerate(muscles):
        if name in own.muscles:
            emg[:, at] = own.emg[:, own.muscles.index(name)]
    return with_bag(session, muscles=tuple(muscles), emg=emg)


def trials_of(session: SessionDigest, order: Sequence[int]) -> SessionDigest:
    """The same visit with these trials in this order."""
    own, at = bag(session), list(order)
    taken = replace(own, emg=own.emg[at], kinematics=own.kinematics[at])
    return replace(
        session,
        task=session.task[at],
        features=session.features[at],
        movement=session.movement[at],
        envelopes=session.envelopes[at],
        bag=replace(taken, duration_s=own.duration_s[at]),
    )


STRENGTHS = np.array([0.05, 0.9, 0.3, 0.6, 0.45, 0.75, 0.2])
VISITS = as_rows([visit(at, strength=strength) for at, strength in enumerate(STRENGTHS)])
STRANGERS = as_rows([visit(50 + at, strength=0.2 * at) for at in range(4)])


def rated_rows(sessions: Sequence[SessionDigest]) -> tuple[SubjectSession, ...]:
    """Ratings that rise with the number of the visit and obey the requirement of B2."""
    levels = np.linspace(0, 1, len(sessions))
    rows = []
    for level, one in zip(levels, sessions, strict=True):
        first, second = round(2 * level), round(1.6 * level)
        items = {"R": 2.0 * (level > 0.3), "A1": first, "B1": second, "B2": 0}
        if first == second == 2:
            items["B2"] = 1
        rows.append(SubjectSession(one.subject, one.session, items=items))
    return tuple(rows)


def settings(
    *, width: int = 8, n_heads: int = 2, dropout: float = 0.1, align: bool = False, **others: Any
) -> FusionSettings:
    """Settings of a tiny network from scratch; words of both kinds are told apart."""
    kind = {name: others.pop(name) for name in ("fusion", "temporal") if name in others}
    training = {"start": "scratch", "n_epochs": 2, "batch_trials": 3, **others}
    return FusionSettings(
        NetworkSettings(width=width, n_heads=n_heads, dropout=dropout, align=align, **kind),
        TrainingSettings(**training),
    )


def model_and_scores(
    head: str = "total", *, sessions: Any = VISITS, **others: Any
) -> tuple[FusionRegressor, NDArray[np.float64]]:
    """An unfitted model on the CPU with one of the heads, and scores for the sessions."""
    if head == "items":
        rows = rated_rows(sessions)
        scores = np.array([sum(row.items.values()) for row in rows], dtype=np.float64)
        made = FusionRegressor(scale=RATED, rows=rows, settings=settings(**others), device="cpu")
        return made, scores
    made = FusionRegressor(scale=TOTAL, settings=settings(**others), device="cpu")
    return made, np.linspace(8, 60, len(sessions))


@cache
def trained(head: str = "total", **others: Any) -> FusionRegressor:
    """A model that learned from `VISITS`; do not change it."""
    model, scores = model_and_scores(head, **others)
    return model.fit(VISITS, scores)
