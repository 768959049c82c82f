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
from hybridmfp.pipelines.fitted_model import FittedModel, short_hash
from hybridmfp.pipelines.item_estimates import item_estimates
from hybridmfp.pipelines.one_session import (
    OneSession,
    copies_among,
    refuse_foreign_montage,
    refuse_several,
    side_of,
)
from hybridmfp.pipelines.provenance import package_versions
from hybridmfp.pipelines.refusal import Refusal, refusals_after, refusals_before
from hybridmfp.pipelines.replay import replay
from hybridmfp.pipelines.screening import screen_session
from hybridmfp.pipelines.session_doubt import doubt_about
from hybridmfp.pipelines.session_summary import summarise_session
from hybridmfp.pipelines.session_trials import SessionTrials, digest_recordings, in_vocabulary
from hybridmfp.pipelines.settings import settings_as_toml
from hybridmfp.pipelines.trial_preparation import (
    PreparedTrial,
    begin,
    digest_again,
    of_known_modalities,
    prepare_recording,
)
from hybridmfp.pipelines.uncertainty import GUESS_LEVEL, Missing
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
    _refuse_level(level, model)
    given = [one.recording for one in prepared]
    refuse_several(given, row)
    side = side_of(given)
    notes = (*_met_before(given, model), *refuse_foreign_montage(given, model.vocabulary))
    copies = copies_among(given)
    settings = model.settings.digest
    prepared = [
        of_known_modalities(one, model.vocabulary, settings)
        for one in prepared
        if one.recording.key not in copies
    ]
    recordings = [one.recording for one in prepared]
    with threadpool_limits(limits=1):  # sums over several threads differ in their last bits
        clean, quality = screen_session(
            recordings,
            settings.quality,
            pattern=model.pattern,
            checked=[one.quality for one in prepared],
        )
        trials = digest_recordings(
            clean,
            settings,
            problems=[*problems, *copies.values()],
            digest=digest_again(prepared, settings),
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
        notes=(*notes, *_notes(trials, said, len(given) + len(problems), model)),
        items=said.items,
        explanation=said.explanation,
        quality=quality,
        doubt=said.doubt,
        tasks=dict(sorted(Counter(map(str, trials.task)).items())),
        n_trials=len(given) + len(problems),
        replay=None if session is None else replay(session),
        model=_model(model),
        synthetic=synthetic or bool(model.card["synthetic"]),
        provenance=_provenance(given, model),
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
    doubt = doubt_about(model, session, quality)
    refusals = refusals_before(model, session, quality, doubt)
    if refusals or session is None:
        return _Said(doubt, refusals)
    answers, notes = _answers(model, session)
    refusals = refusals_after(_interval(model, answers, doubt.missing, GUESS_LEVEL), doubt)
    if refusals:
        return _Said(doubt, refusals)
    return _Said(
        doubt=doubt,
        refusals=(),
        estimate=answers[0],
        interval=_interval(model, answers, doubt.missing, level),
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
    answers, notes = _answers(model, session)
    return answers[0], _interval(model, answers, missing, level), notes


def _interval(
    model: FittedModel, answers: list[float], missing: Missing, level: float
) -> tuple[float, float]:
    return model.uncertainty.interval(
        answers[0], np.array(answers[1:]), missing=missing, level=level
    )


def _answers(model: FittedModel, session: SessionDigest) -> tuple[list[float], tuple[str, ...]]:
    """Ask the model, then those of the folds; give what they warned of, too."""
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
    return answers, tuple(dict.fromkeys(str(one.message) for one in warned))


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


def _refuse_level(level: float, model: FittedModel) -> None:
    if not 0 < level < 1:
        raise SettingsError(f"level must lie between 0 and 1, such as 0.9; got {level:g}.")
    known = model.uncertainty.calibration
    if level > known.highest_level:
        raise SettingsError(
            f"level must be at most {known.highest_level:.3g} for this model, because its "
            f"intervals are calibrated on {known.n_subjects} persons; got {level:g}. Ask for less."
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


def _notes(trials: SessionTrials, said: _Said, n_given: int, model: FittedModel) -> tuple[str, ...]:
    notes, n_used = list(said.notes), len(trials.task)
    if n_used < n_given:
        notes.append(f"{n_given - n_used} of {n_given} recordings could not be used.")
    strange = [str(task) for task in trials.task if str(task) not in model.vocabulary.tasks]
    if strange and said.verdict == "estimated":
        notes.append(
            f"The model has not met the task of {len(strange)} recordings, "
            f"{', '.join(dict.fromkeys(strange))}: they make the interval no narrower."
        )
    missing = said.doubt.missing
    if said.verdict == "estimated":
        notes += _notes_on_width(missing, model)
    else:
        notes += ["No EMG to look at."] * (missing.emg == 1)
        notes += ["No kinematics to look at."] * (missing.kinematics == 1)
    notes += [f"{one.file}: {one.problem}; {one.done}" for one in trials.problems]
    return tuple(dict.fromkeys(notes))


def _notes_on_width(missing: Missing, model: FittedModel) -> list[str]:
    """Say what an estimate had to do without."""
    notes, n_trials = [], missing.n_trials
    if n_trials < _FEW_TRIALS:
        few = "One trial only" if n_trials == 1 else f"{n_trials} trials only"
        wider = model.uncertainty.loss.factor(Missing(n_trials=n_trials))
        how = f"the interval is {wider:.1f} times as wide" if wider >= 1.05 else "as in training"
        notes.append(f"{few}: {how}.")
    if missing.emg == 1:
        notes.append("Without EMG: the estimate is from kinematics alone.")
    if missing.kinematics == 1:
        notes.append("Without kinematics: the estimate is from EMG alone.")
    return notes


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
