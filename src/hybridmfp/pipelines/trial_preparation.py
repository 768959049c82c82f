"""What can be done with each trial of a session before the others are known."""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from threadpoolctl import threadpool_limits

from hybridmfp.errors import HybridMfpError
from hybridmfp.pipelines.fitted_model import Vocabulary
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.pipelines.trial_digest import TrialDigest, digest_trial
from hybridmfp.preprocessing.quality import TrialQuality, check_trial, screened
from hybridmfp.signals import Problem, Recording, TrialSource

__all__ = [
    "PreparedTrial",
    "begin",
    "digest_again",
    "of_known_modalities",
    "prepare_recording",
    "trial_workers",
]

_MOST_WORKERS = 4


@dataclass(frozen=True, eq=False)
class PreparedTrial:
    """Hold a trial that was checked, and digested as if it were the only one.

    Attributes
    ----------
    recording : Recording
    quality : TrialQuality
    told : tuple of Problem
        What was said of the recording once its own red channels were left out.
    digest : TrialDigest or None
        Of that; None if it could not be digested.
    """

    recording: Recording
    quality: TrialQuality
    told: tuple[Problem, ...]
    digest: TrialDigest | None


def prepare_recording(recording: Recording, settings: DigestSettings) -> PreparedTrial:
    """Check a recording, leave its red channels out, and digest it.

    Parameters
    ----------
    recording : Recording
    settings : DigestSettings
    """
    with threadpool_limits(limits=1):  # sums over several threads differ in their last bits
        quality = check_trial(recording, settings.quality)
        clean = screened(recording, quality)
        try:
            digest = digest_trial(clean, settings)
        except HybridMfpError:  # said by `digest_again`, which tries once more
            digest = None
    return PreparedTrial(recording, quality, clean.problems, digest)


def of_known_modalities(
    prepared: PreparedTrial, known: Vocabulary, settings: DigestSettings
) -> PreparedTrial:
    """Prepare a trial anew without a modality that nobody had whom the model learned from.

    It would have a say, even if no feature of it is known: movements begin where kinematics say.

    Parameters
    ----------
    prepared : PreparedTrial
    known : Vocabulary
    settings : DigestSettings
    """
    recording = prepared.recording
    if recording.emg is None or recording.kinematics is None:
        return prepared
    if not known.montages:
        return prepare_recording(replace(recording, kinematics=None, montage=None), settings)
    if not known.muscles:
        return prepare_recording(replace(recording, emg=None), settings)
    return prepared


def begin(
    trials: Sequence[TrialSource], settings: DigestSettings, workers: Executor | None = None
) -> Iterable[PreparedTrial | Problem]:
    """Begin to read and prepare trials; with workers, at once and beside what comes next.

    Parameters
    ----------
    trials : sequence of TrialSource
    settings : DigestSettings
    workers : Executor, optional

    Returns
    -------
    iterable of PreparedTrial or Problem
        In the order of `trials`; a problem for what cannot be read.
    """
    work = partial(_prepared, settings=settings)
    return map(work, trials) if workers is None else workers.map(work, trials, chunksize=2)


def digest_again(
    prepared: Sequence[PreparedTrial], settings: DigestSettings
) -> Callable[[Recording], TrialDigest]:
    """Give a function that digests a screened recording, or takes what is there already.

    What was prepared is what is wanted wherever the session showed nothing more than the trial.

    Parameters
    ----------
    prepared : sequence of PreparedTrial
    settings : DigestSettings
    """
    known = {one.recording.key: one for one in prepared}

    def digest(recording: Recording) -> TrialDigest:
        one = known[recording.key]
        if one.digest is not None and one.told == recording.problems:
            return one.digest
        return digest_trial(recording, settings)

    return digest


@contextmanager
def trial_workers() -> Iterator[Executor | None]:
    """Give processes that prepare trials, one per core, as they are now.

    None where there is one core, or where processes cannot be forked: a fresh one would need
    longer to import what it needs than it saves.
    """
    n_workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    if n_workers < 2 or not sys.platform.startswith("linux"):
        yield None
        return
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(n_workers, mp_context=context) as workers, warnings.catch_warnings():
        # Python 3.12 warns of threads, of which there are only the idle ones of BLAS.
        warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)
        yield workers


def _prepared(trial: TrialSource, settings: DigestSettings) -> PreparedTrial | Problem:
    try:
        recording = trial.load()
    except HybridMfpError as error:
        names = " + ".join(str(file) for file in trial.files) or str(trial.key)
        return Problem(names, str(error), "trial left out")
    return prepare_recording(recording, settings)
