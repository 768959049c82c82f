"""A cohort as it would look had less been recorded, in the rows and columns of the complete one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import CohortError
from hybridmfp.features.session import SessionDigest, as_rows, in_columns_of
from hybridmfp.io.cache import ContentCache
from hybridmfp.pipelines.cohort_digest import CohortDigest, digest_cohort
from hybridmfp.pipelines.lessen import Scenario, lessened
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.signals import Cohort

__all__ = ["Version", "digest_versions"]

Progress = Callable[[str, int, int], None]

_NOTHING_LEFT = "Not possible: nothing usable is left of any rated person."
_UNTOUCHED = "Changes nothing here: these recordings have none of what it takes away."


@dataclass(frozen=True, eq=False)
class Version:
    """Hold the rated sessions of a cohort as a scenario leaves them.

    Attributes
    ----------
    sessions : array of SessionDigest, shape (n_rows,)
        The complete session stands in where nothing is left; it is never judged.
    seen : array of bool, shape (n_rows,)
        Where something is left.
    n_trials : int
        Trials of the sessions of which something is left.
    note : str
    """

    sessions: NDArray[np.object_]
    seen: NDArray[np.bool_]
    n_trials: int
    note: str = ""


def digest_versions(
    cohort: Cohort,
    digest: CohortDigest,
    settings: DigestSettings,
    *,
    scenarios: Sequence[Scenario],
    n_jobs: int | None = None,
    cache: ContentCache | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, Version], dict[str, str]]:
    """Digest what each scenario leaves; say of those that leave nothing why.

    Parameters
    ----------
    cohort : Cohort
    digest : CohortDigest
        Of that cohort, complete; its rows and columns are those of every version.
    settings : DigestSettings
    scenarios : sequence of Scenario
    n_jobs : int, optional
        Worker processes.
    cache : ContentCache, optional
    progress : callable, optional

    Returns
    -------
    versions : dict of str to Version
        By scenario.
    refusals : dict of str to str
        Why a scenario is not possible, by scenario.
    """
    versions, refusals = {}, {}
    for number, scenario in enumerate(scenarios):
        if progress is not None:
            progress("digesting scenarios", number, len(scenarios))
        try:
            left = digest_cohort(lessened(cohort, scenario), settings, cache=cache, n_jobs=n_jobs)
        except CohortError:  # the scale is known by now, so no rated session is left
            refusals[scenario.name] = _NOTHING_LEFT
            continue
        try:
            versions[scenario.name] = _version(left, digest)
        except CohortError as error:
            refusals[scenario.name] = f"Not possible: {error}"
    return versions, refusals


def _version(left: CohortDigest, digest: CohortDigest) -> Version:
    """Put what is left into the rows and columns of the complete digest."""
    known = {
        (row.subject, row.session): session
        for row, session in zip(left.rows, left.sessions, strict=True)
    }
    keys = [(row.subject, row.session) for row in digest.rows]
    sessions = [
        in_columns_of(known[key], complete) if key in known else complete
        for key, complete in zip(keys, digest.sessions, strict=True)
    ]
    seen = np.array([key in known for key in keys])
    same = seen.all() and all(map(_look_alike, sessions, digest.sessions))
    n_trials = sum(len(session.task) for session in left.sessions)
    return Version(as_rows(sessions), seen, n_trials, _UNTOUCHED if same else "")


def _look_alike(one: SessionDigest, other: SessionDigest) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("features", "session_features", "movement", "envelopes")
    )
