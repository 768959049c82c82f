"""All trials of one session, digested one after the other and kept by content."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import HybridMfpError
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.hashing import file_sha256, key_of
from hybridmfp.pipelines.screening import screen_session
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.pipelines.trial_digest import (
    EMG_BANDS_HZ,
    MOVEMENT_CHANNELS,
    TrialDigest,
    digest_trial,
)
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS
from hybridmfp.signals import Problem, Recording, SubjectSession, TrialSource

__all__ = [
    "DIGEST_VERSION",
    "SessionTrials",
    "digest_recordings",
    "digest_session",
    "in_vocabulary",
]

DIGEST_VERSION = "4"
"""Raised whenever the same recording would be digested to other numbers."""


@dataclass(frozen=True, eq=False)
class SessionTrials:
    """Hold the digested trials of one session.

    Attributes
    ----------
    task : array of str, shape (n_trials,)
    repetition : array of str, shape (n_trials,)
    columns : tuple of str
    features : array of float, shape (n_trials, n_columns)
    movement : array of float32, shape (n_trials, 5, n_points)
    envelopes : array of float32, shape (n_trials, n_muscles, n_points)
        In volts.
    muscles : tuple of str
    bands : array of float32, shape (n_trials, n_muscles, 4, n_network_points)
        In volts.
    channels : array of float32, shape (n_trials, 44, n_network_points)
    duration_s : array of float32, shape (n_trials,)
    montages : tuple of str
        Of the kinematics.
    problems : tuple of Problem
        Including the trials left out.
    content : str
        Hash of everything this was made from.
    """

    task: NDArray[np.str_]
    repetition: NDArray[np.str_]
    columns: tuple[str, ...]
    features: NDArray[np.float64]
    movement: NDArray[np.float32]
    envelopes: NDArray[np.float32]
    muscles: tuple[str, ...]
    bands: NDArray[np.float32]
    channels: NDArray[np.float32]
    duration_s: NDArray[np.float32]
    montages: tuple[str, ...]
    problems: tuple[Problem, ...]
    content: str


def digest_session(
    row: SubjectSession,
    trials: Sequence[TrialSource],
    settings: DigestSettings,
    cache: ContentCache | None = None,
) -> SessionTrials:
    """Digest the trials of a session, or take them from the cache if nothing changed.

    Only one trial is in memory at a time, unless the session is screened. A trial that cannot be
    read or used is left out and reported.

    Parameters
    ----------
    row : SubjectSession
    trials : sequence of TrialSource
        The trials of that session.
    settings : DigestSettings
    cache : ContentCache, optional

    Returns
    -------
    SessionTrials
        Possibly without any trial.
    """
    content = _content(row, trials, settings, cache)
    kept = None if cache is None else cache.get(content)
    if kept is not None:
        return _unflattened(kept, content)
    problems: list[Problem] = []
    recordings: Iterable[Recording] = _readable(trials, problems)
    if settings.screen:
        recordings = tuple(recordings)
        if recordings:
            recordings, _ = screen_session(recordings, settings.quality)
    session = digest_recordings(recordings, settings, problems=problems, content=content)
    if cache is not None:
        cache.put(content, _flattened(session))
    return session


def digest_recordings(
    recordings: Iterable[Recording],
    settings: DigestSettings,
    *,
    problems: Sequence[Problem] = (),
    content: str = "",
    digest: Callable[[Recording], TrialDigest] | None = None,
) -> SessionTrials:
    """Digest recordings of one session that are read already, as they are.

    Parameters
    ----------
    recordings : iterable of Recording
    settings : DigestSettings
    problems : sequence of Problem
        What went wrong before; may grow while `recordings` are read.
    content : str
        Hash of everything they were made from.
    digest : callable, optional
        What digests one of them; by default `digest_trial` with the settings.

    Returns
    -------
    SessionTrials
        Possibly without any trial.
    """
    work = digest or partial(digest_trial, settings=settings)
    digests: list[TrialDigest] = []
    found: list[Problem] = []
    montages: dict[str, None] = {}
    for recording in recordings:
        try:
            digests.append(work(recording))
        except HybridMfpError as error:
            files = " + ".join(one.path for one in recording.provenance) or str(recording.key)
            found.append(Problem(files, str(error), "trial left out"))
            continue
        if recording.kinematics is not None and recording.montage is not None:
            montages[recording.montage] = None
    found.extend(problem for digest in digests for problem in digest.problems)
    return _stacked(digests, _grouped([*problems, *found]), settings, content, tuple(montages))


def in_vocabulary(
    trials: SessionTrials, columns: Sequence[str], muscles: Sequence[str]
) -> SessionTrials:
    """Leave out the features and muscles of a session that a cohort does not have.

    Parameters
    ----------
    trials : SessionTrials
    columns, muscles : sequence of str
        Of the cohort.
    """
    features = [at for at, name in enumerate(trials.columns) if name in columns]
    rows = [at for at, name in enumerate(trials.muscles) if name in muscles]
    return replace(
        trials,
        columns=tuple(trials.columns[at] for at in features),
        features=trials.features[:, features],
        muscles=tuple(trials.muscles[at] for at in rows),
        envelopes=trials.envelopes[:, rows],
        bands=trials.bands[:, rows],
    )


def _readable(trials: Sequence[TrialSource], problems: list[Problem]) -> Iterator[Recording]:
    """Read one trial after the other; what cannot be read is reported."""
    for trial in trials:
        try:
            yield trial.load()
        except HybridMfpError as error:
            names = " + ".join(str(file) for file in trial.files) or str(trial.key)
            problems.append(Problem(names, str(error), "trial left out"))


def _content(
    row: SubjectSession,
    trials: Sequence[TrialSource],
    settings: DigestSettings,
    cache: ContentCache | None,
) -> str:
    index = None if cache is None else cache.stats
    parts = [f"session/{DIGEST_VERSION}", repr(settings), row.subject, row.session]
    for trial in trials:
        parts += [str(trial.key), trial.decoder]
        for file in trial.files:
            try:
                parts.append(file_sha256(file, index))
            except HybridMfpError as error:
                parts.append(f"unreadable: {error}")
    return key_of(*parts)


def _grouped(problems: Sequence[Problem]) -> list[Problem]:
    """Say once what is true of many files of a session."""
    files: dict[tuple[str, str], list[str]] = {}
    for one in problems:
        files.setdefault((one.problem, one.done), []).append(one.file)
    return [
        Problem(
            named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more", problem, done
        )
        for (problem, done), named in files.items()
    ]


def _stacked(
    digests: Sequence[TrialDigest],
    problems: Sequence[Problem],
    settings: DigestSettings,
    content: str,
    montages: tuple[str, ...],
) -> SessionTrials:
    columns = tuple(dict.fromkeys(name for digest in digests for name in digest.values))
    muscles = tuple(dict.fromkeys(name for digest in digests for name in digest.muscles))
    n_points, n_seen = settings.n_points, settings.n_network_points
    n_trials, n_muscles = len(digests), len(muscles)
    envelopes = np.full((n_trials, n_muscles, n_points), np.nan, dtype=np.float32)
    bands = np.full((n_trials, n_muscles, len(EMG_BANDS_HZ), n_seen), np.nan, dtype=np.float32)
    for at, digest in enumerate(digests):
        rows = [muscles.index(muscle) for muscle in digest.muscles]
        envelopes[at, rows] = digest.envelopes
        bands[at, rows] = digest.bands
    features = [[digest.values.get(name, np.nan) for name in columns] for digest in digests]
    return SessionTrials(
        task=np.array([digest.key.task for digest in digests], dtype=np.str_),
        repetition=np.array([digest.key.repetition for digest in digests], dtype=np.str_),
        columns=columns,
        features=np.array(features, dtype=np.float64).reshape(n_trials, len(columns)),
        movement=np.array([digest.movement for digest in digests], dtype=np.float32).reshape(
            n_trials, len(MOVEMENT_CHANNELS), n_points
        ),
        envelopes=envelopes,
        muscles=muscles,
        bands=bands,
        channels=np.array([digest.channels for digest in digests], dtype=np.float32).reshape(
            n_trials, len(KINEMATIC_CHANNELS), n_seen
        ),
        duration_s=np.array([digest.duration_s for digest in digests], dtype=np.float32),
        montages=montages,
        problems=tuple(problems),
        content=content,
    )


_ARRAYS = (
    *("task", "repetition", "features", "movement", "envelopes"),
    *("bands", "channels", "duration_s"),
)
_NAMES = ("columns", "muscles", "montages")


def _flattened(session: SessionTrials) -> dict[str, NDArray[np.generic]]:
    problems = json.dumps([dataclasses.asdict(problem) for problem in session.problems])
    return {
        **{name: getattr(session, name) for name in _ARRAYS},
        **{name: np.array(getattr(session, name), dtype=np.str_) for name in _NAMES},
        "problems": np.array([problems], dtype=np.str_),
    }


def _unflattened(kept: dict[str, NDArray[np.generic]], content: str) -> SessionTrials:
    problems = json.loads(str(kept["problems"][0]))
    return SessionTrials(
        **{name: kept[name] for name in _ARRAYS},  # type: ignore[arg-type]
        **{name: tuple(str(one) for one in kept[name]) for name in _NAMES},  # type: ignore[arg-type]
        problems=tuple(Problem(**problem) for problem in problems),
        content=content,
    )
