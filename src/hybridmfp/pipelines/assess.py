"""Assess one visit of one person by a fitted model."""

from __future__ import annotations

import platform
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from hybridmfp.errors import CohortError, ReadError, SettingsError
from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.models.explanation import Explanation, explain
from hybridmfp.pipelines.assessment import Assessment, Doubt
from hybridmfp.pipelines.fitted_model import FittedModel, seen_shares, short_hash
from hybridmfp.pipelines.item_estimates import item_estimates
from hybridmfp.pipelines.one_session import OneSession, refuse_foreign_montage, side_of
from hybridmfp.pipelines.provenance import package_versions
from hybridmfp.pipelines.refusal import Refusal, refusals_after, refusals_before
from hybridmfp.pipelines.replay import replay
from hybridmfp.pipelines.screening import screen_session
from hybridmfp.pipelines.session_summary import summarise_session
from hybridmfp.pipelines.session_trials import SessionTrials, digest_recordings, in_vocabulary
from hybridmfp.pipelines.settings import settings_as_toml
from hybridmfp.pipelines.trial_preparation import (
    PreparedTrial,
    begin,
    digest_again,
    prepare_recording,
)
from hybridmfp.pipelines.uncertainty import Missing
from hybridmfp.preprocessing.quality import SessionQuality
from hybridmfp.signals import Problem, Recording, SubjectSession

__all__ = ["assess", "assess_digest", "assess_recordings"]

_FEW_TRIALS = 3


def assess(
    found: OneSession,
    model: FittedModel,
    *,
    level: float = 0.9,
    begun: Iterable[PreparedTrial | Problem] | None = None,
) -> Assessment:
    """Read the recordings of one visit and assess them.

    The same recordings and the same model give the same numbers, bit for bit, on one machine.

    Parameters
    ----------
    found : OneSession
        From `pick_session`.
    model : FittedModel
    level : float, default 0.9
        Of the interval.
    begun : iterable of PreparedTrial or Problem, optional
        From `begin`, with the trials of `found` and the model's settings, where that was done
        while the model was being read.

    Returns
    -------
    Assessment
        Refused, without a number, where the recordings do not allow one.

    Raises
    ------
    CohortError
        If no recording can be read, or both arms moved.
    MontageError
        If the model has never met the set-up.
    SettingsError
        If the level does not lie between 0 and 1.
    """
    trials = list(begin(found.trials, model.settings.digest) if begun is None else begun)
    prepared = [one for one in trials if isinstance(one, PreparedTrial)]
    problems = [one for one in trials if isinstance(one, Problem)]
    if not prepared:
        raise CohortError(
            f"at least one recording of {found.row.subject} must be readable; none of "
            f"{len(found.trials)} is. "
            + (f"The first problem is: {problems[0].problem}" if problems else "Name its folder.")
        )
    return _assessed(prepared, model, found.row, found.synthetic, level, problems)


def assess_recordings(
    recordings: Sequence[Recording],
    model: FittedModel,
    *,
    row: SubjectSession,
    synthetic: bool,
    level: float = 0.9,
) -> Assessment:
    """Assess recordings of one visit that are read already; see `assess`.

    Parameters
    ----------
    recordings : sequence of Recording
        Of one person, one session and one arm; at least one.
    model : FittedModel
    row : SubjectSession
        Whose they are; a score in it is not looked at.
    synthetic : bool
        Whether the recordings are simulated.
    level : float, default 0.9
        Of the interval.

    Returns
    -------
    Assessment

    Raises
    ------
    CohortError
        If there is no recording, or they are of several persons, sessions or arms.
    MontageError
        If the model has never met the set-up.
    SettingsError
        If the level does not lie between 0 and 1.
    """
    prepared = [prepare_recording(one, model.settings.digest) for one in recordings]
    return _assessed(prepared, model, row, synthetic, level, ())


def _assessed(
    prepared: Sequence[PreparedTrial],
    model: FittedModel,
    row: SubjectSession,
    synthetic: bool,
    level: float,
    problems: Sequence[Problem],
) -> Assessment:
    recordings = [one.recording for one in prepared]
    if not 0 < level < 1:
        raise SettingsError(f"level must lie between 0 and 1, such as 0.9; got {level:g}.")
    _refuse_several(recordings, row)
    side = side_of(recordings)
    notes = (
        *_met_before(recordings, model),
        *refuse_foreign_montage(recordings, model.vocabulary),
    )
    settings = model.settings.digest
    with threadpool_limits(limits=1):  # sums over several threads differ in their last bits
        clean, quality = screen_session(
            recordings,
            settings.quality,
            pattern=model.pattern,
            checked=[one.quality for one in prepared],
        )
        trials = digest_recordings(
            clean, settings, problems=problems, digest=digest_again(prepared, settings)
        )
        known = in_vocabulary(trials, model.vocabulary.columns, model.vocabulary.muscles)
        session = None if len(known.task) == 0 else _summarised(known, model, row)
        said = _said(model, session, quality, level)
    return Assessment(
        row=row,
        side=side,
        scale=model.scale,
        verdict=said.verdict,
        estimate=said.estimate,
        interval=said.interval,
        level=level,
        reasons=tuple(one.reason for one in said.refusals),
        remedies=tuple(dict.fromkeys(one.remedy for one in said.refusals)),
        notes=(*notes, *_notes(trials, said, len(recordings) + len(problems))),
        items=said.items,
        explanation=said.explanation,
        quality=quality,
        doubt=said.doubt,
        tasks=dict(sorted(Counter(map(str, trials.task)).items())),
        n_trials=len(recordings) + len(problems),
        replay=None if session is None else replay(session),
        model=_model(model),
        synthetic=synthetic or bool(model.card["synthetic"]),
        provenance=_provenance(recordings, model),
    )


@dataclass(frozen=True, eq=False)
class _Said:
    """What the model said, or why it is not asked."""

    doubt: Doubt
    refusals: tuple[Refusal, ...]
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    items: dict[str, float | None] | None = None
    explanation: Explanation | None = None
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Literal["estimated", "refused"]:
        return "refused" if self.refusals else "estimated"


def _said(
    model: FittedModel, session: SessionDigest | None, quality: SessionQuality, level: float
) -> _Said:
    doubt = _doubt(model, session, quality)
    refusals = refusals_before(model, session, quality, doubt)
    if refusals or session is None:
        return _Said(doubt, refusals)
    estimate, interval, notes = assess_digest(model, session, missing=doubt.missing, level=level)
    refusals = refusals_after(interval, doubt)
    if refusals:
        return _Said(doubt, refusals)
    return _Said(
        doubt=doubt,
        refusals=(),
        estimate=estimate,
        interval=interval,
        items=item_estimates(model.estimator, session, model.scale),
        explanation=explain(model.estimator, session, reference=model.reference),
        notes=notes,
    )


def assess_digest(
    model: FittedModel, session: SessionDigest, *, missing: Missing, level: float = 0.9
) -> tuple[float, tuple[float, float], tuple[str, ...]]:
    """Estimate a digested session, with its interval.

    Parameters
    ----------
    model : FittedModel
    session : SessionDigest
        In the columns of the model's vocabulary.
    missing : Missing
    level : float, default 0.9

    Returns
    -------
    estimate : float
        In points.
    interval : tuple of float
    notes : tuple of str
        What the models warned of.

    Raises
    ------
    ReadError
        If an estimate is not finite, which no fitted model gives.
    """
    rows = as_rows([session])
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        answers = [
            float(np.clip(one.predict(rows)[0], model.scale.minimum, model.scale.maximum))
            for one in (model.estimator, *model.fold_estimators)
        ]
    if not np.isfinite(answers).all():
        raise ReadError(
            f"a model must give finite estimates; {model.name} gives {answers[0]:g} and, from its "
            "folds, others that are not. Its numbers are not those of a fit: fit it anew."
        )
    interval = model.uncertainty.interval(
        answers[0], np.array(answers[1:]), missing=missing, level=level
    )
    return answers[0], interval, tuple(dict.fromkeys(str(one.message) for one in warned))


def _met_before(recordings: Sequence[Recording], model: FittedModel) -> tuple[str, ...]:
    """Say how many recordings the model has learned from: it knows their score."""
    met = [
        one
        for one in recordings
        if any(short_hash(file.sha256) in model.learned_files for file in one.provenance)
    ]
    if not met:
        return ()
    return (
        (
            f"FLATTERED: the model has learned from {len(met)} of these {len(recordings)} "
            "recordings and knows their score. Use a model that has not met this person."
        ),
    )


def _refuse_several(recordings: Sequence[Recording], row: SubjectSession) -> None:
    if not recordings:
        raise CohortError(
            "recordings to assess must be at least one; got none. Name a folder with trials."
        )
    strange = [
        str(one.key)
        for one in recordings
        if (one.key.subject, one.key.session) != (row.subject, row.session)
    ]
    if strange:
        raise CohortError(
            f"recordings to assess must be of one session of one person, {row.subject}/"
            f"{row.session}; {strange[0]} is not. Assess each session on its own."
        )


def _summarised(trials: SessionTrials, model: FittedModel, row: SubjectSession) -> SessionDigest:
    known = model.vocabulary
    session = summarise_session(
        row, trials, columns=known.columns, muscles=known.muscles, reference=known.synergies
    )
    if session.session_columns != known.session_columns:
        raise CohortError(
            "session features must be those the model learned from; they differ. The model was "
            "fitted by another version of hybridmfp: fit it anew."
        )
    return session


def _doubt(model: FittedModel, session: SessionDigest | None, quality: SessionQuality) -> Doubt:
    missing = _missing(model, session, quality)
    novelty = float("nan") if session is None else float(model.novelty.novelty([session])[0])
    return Doubt(
        missing=missing,
        width_factor=model.uncertainty.loss.factor(missing),
        novelty=novelty,
        novelty_limit=model.novelty.limit_,
        guess_width=model.uncertainty.guess_width,
    )


def _missing(model: FittedModel, session: SessionDigest | None, quality: SessionQuality) -> Missing:
    """Compare what was seen with an ordinary training session; doubtful channels count half."""
    known = model.vocabulary
    if session is None:
        return Missing(float(known.emg_seen > 0), float(known.kinematics_seen > 0), 0)
    shares = []
    for seen, usual, verdicts in (
        (seen_shares(session)[0], known.emg_seen, quality.muscles),
        (seen_shares(session)[1], known.kinematics_seen, quality.points),
    ):
        lost = 0.0 if usual == 0 else 1 - min(1.0, seen / usual)
        doubtful = [verdict == "amber" for verdict in verdicts.values()]
        shares.append(lost + (1 - lost) * (float(np.mean(doubtful)) / 2 if doubtful else 0.0))
    return Missing(
        emg=shares[0] if known.emg_seen > 0 else 0.0,
        kinematics=shares[1] if known.kinematics_seen > 0 else 0.0,
        n_trials=len(session.task),
    )


def _notes(trials: SessionTrials, said: _Said, n_given: int) -> tuple[str, ...]:
    notes = list(said.notes)
    n_used, missing = len(trials.task), said.doubt.missing
    if n_used < n_given:
        notes.append(f"{n_given - n_used} of {n_given} recordings could not be used.")
    if said.verdict == "estimated" and n_used < _FEW_TRIALS:
        few = "One trial only" if n_used == 1 else f"{n_used} trials only"
        notes.append(f"{few}: the interval is {said.doubt.width_factor:.1f} times as wide.")
    if missing.emg == 1:
        notes.append("Without EMG: the estimate is from kinematics alone.")
    if missing.kinematics == 1:
        notes.append("Without kinematics: the estimate is from EMG alone.")
    notes += [f"{one.file}: {one.problem}; {one.done}" for one in trials.problems]
    return tuple(dict.fromkeys(notes))


def _model(model: FittedModel) -> dict[str, Any]:
    data, performance = model.card["data"], model.card["performance"]
    return {
        "hash": model.hash,
        "name": model.name,
        "trained_on": {
            "name": data["name"],
            "n_subjects": data["n_subjects"],
            "n_sessions": data["n_sessions"],
            "synthetic": model.card["synthetic"],
            "observed_range": performance["evaluation"]["observed_range"],
        },
        "mae": performance["mae"],
        "mae_interval": performance["mae_interval"],
        "coverage": performance["coverage"][0]["coverage"],
    }


def _provenance(recordings: Sequence[Recording], model: FittedModel) -> dict[str, Any]:
    return {
        "recordings": [
            {"path": file.path, "sha256": file.sha256, "reader": file.reader}
            for one in recordings
            for file in one.provenance
        ],
        "versions": package_versions(),
        "settings": settings_as_toml(model.settings),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
