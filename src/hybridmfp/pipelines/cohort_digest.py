"""A cohort turned into the rows that estimators see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from hybridmfp.errors import CohortError
from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.hashing import key_of
from hybridmfp.pipelines.session_summary import healthy_synergies, summarise_session
from hybridmfp.pipelines.session_trials import SessionTrials, digest_session
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.signals import Cohort, Problem, Scale, SubjectSession

__all__ = ["CohortDigest", "digest_cohort"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class CohortDigest:
    """Hold everything an evaluation needs of a cohort; no raw signal is left.

    Attributes
    ----------
    name : str
    scale : Scale
    synthetic : bool
    rows : tuple of SubjectSession
        The rated patient sessions, one per row of `sessions`.
    sessions : array of SessionDigest, shape (n_rows,)
    controls : tuple of SessionDigest
        Healthy sessions.
    problems : tuple of Problem
        Everything that was left out or repaired.
    content : str
        Hash of everything this was made from.
    oracle : mapping of (str, str) to float
        `Cohort.oracle`: to judge by, never to learn from.
    synergies : array of float or None, shape (n_muscles, n_synergies)
        What healthy people's muscles share, which session features are compared with.
    montages : tuple of str
        Of the kinematics.
    """

    name: str
    scale: Scale
    synthetic: bool
    rows: tuple[SubjectSession, ...]
    sessions: NDArray[np.object_]
    controls: tuple[SessionDigest, ...]
    problems: tuple[Problem, ...]
    content: str
    oracle: Mapping[tuple[str, str], float] = field(default_factory=dict)
    synergies: NDArray[np.float64] | None = None
    montages: tuple[str, ...] = ()

    @property
    def scores(self) -> NDArray[np.float64]:
        """The rated scores, in points, shape (n_rows,)."""
        return np.array([row.score for row in self.rows], dtype=np.float64)

    @property
    def subjects(self) -> NDArray[np.str_]:
        """The subject of each row, shape (n_rows,)."""
        return np.array([row.subject for row in self.rows])

    def feature_table(self) -> pd.DataFrame:
        """Give the features of every trial, one row each; nothing in it was learned."""
        frames = []
        for session in self.sessions:
            frame = pd.DataFrame(session.features, columns=list(session.columns))
            frame.insert(0, "task", session.task)
            frame.insert(0, "session", session.session)
            frame.insert(0, "subject", session.subject)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)


def digest_cohort(
    cohort: Cohort,
    settings: DigestSettings,
    *,
    cache: ContentCache | None = None,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> CohortDigest:
    """Digest every rated patient session and every healthy one.

    Parameters
    ----------
    cohort : Cohort
    settings : DigestSettings
    cache : ContentCache, optional
        Where digests are kept between runs; without it nothing is kept.
    n_jobs : int, optional
        Worker processes.
    progress : callable, optional
        Told how many sessions are done, and how many there are.

    Returns
    -------
    CohortDigest

    Raises
    ------
    CohortError
        If the scale is not known, or no rated session has a usable trial.
    """
    if cohort.scale is None:
        raise CohortError(
            f"the scores of {cohort.name} must have a scale; nobody in it is rated. "
            "Add scores to the participants table."
        )
    wanted = [
        row
        for row in cohort.sessions
        if row.group == "control" or (row.group == "patient" and row.score is not None)
    ]
    trials = _digest_all(cohort, wanted, settings, cache, n_jobs, progress)
    problems = [*cohort.problems, *(problem for one in trials for problem in one.problems)]
    kept = [(row, one) for row, one in zip(wanted, trials, strict=True) if len(one.task)]
    rated = [(row, one) for row, one in kept if row.group == "patient"]
    if not rated:
        raise CohortError(_nothing_usable(cohort.name, problems))
    healthy = [(row, one) for row, one in kept if row.group == "control"]
    together = [*rated, *healthy]
    columns = tuple(dict.fromkeys(name for _, one in together for name in one.columns))
    muscles = tuple(dict.fromkeys(name for _, one in together for name in one.muscles))
    summary = delayed(summarise_session)
    reference = healthy_synergies([one for _, one in healthy], muscles)
    sessions: list[SessionDigest] = Parallel(n_jobs=n_jobs)(
        summary(row, one, columns=columns, muscles=muscles, reference=reference, cache=cache)
        for row, one in together
    )
    return CohortDigest(
        name=cohort.name,
        scale=cohort.scale,
        synthetic=cohort.synthetic,
        rows=tuple(row for row, _ in rated),
        sessions=as_rows(sessions[: len(rated)]),
        controls=tuple(sessions[len(rated) :]),
        problems=tuple(problems),
        content=key_of(*(one.content for one in trials)),
        synergies=reference,
        montages=tuple(dict.fromkeys(name for _, one in together for name in one.montages)),
        oracle=cohort.oracle,
    )


def _nothing_usable(name: str, problems: Sequence[Problem]) -> str:
    first = f" The first of {len(problems)} problems is: {problems[0].problem}" if problems else ""
    return (
        f"at least one rated patient of {name} must have a usable trial; none has.{first} "
        "See them all with: hybridmfp inspect"
    )


def _digest_all(
    cohort: Cohort,
    rows: Sequence[SubjectSession],
    settings: DigestSettings,
    cache: ContentCache | None,
    n_jobs: int | None,
    progress: Progress | None,
) -> list[SessionTrials]:
    """Digest sessions in parallel and give them in order."""
    work = delayed(digest_session)
    finished = Parallel(n_jobs=n_jobs, return_as="generator")(
        work(row, cohort.trials_of(row), settings, cache) for row in rows
    )
    sessions = []
    for session in finished:
        sessions.append(session)
        if progress is not None:
            progress(len(sessions), len(rows))
    return sessions
