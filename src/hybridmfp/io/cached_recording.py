"""Decoded recordings, kept by the content of the files they were decoded from."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import WriteError
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.hashing import file_sha256, key_of
from hybridmfp.signals import (
    Cohort,
    Event,
    FileProvenance,
    Problem,
    Recording,
    Signal,
    TrialKey,
    TrialSource,
)

__all__ = ["read_cached", "through_cache"]

_LOG = logging.getLogger(__name__)
_FORM = "recording/1"


def read_cached(source: TrialSource, cache: ContentCache) -> Recording:
    """Read a trial, or take its decoded form from the cache if its files did not change.

    Parameters
    ----------
    source : TrialSource
        The trial.
    cache : ContentCache
        Where decoded forms are kept.

    Returns
    -------
    Recording
        Exactly what ``source.load()`` gives: samples bit by bit, problems, provenance.

    Raises
    ------
    ReadError
        If a file is missing, or the trial cannot be read.
    """
    hashes = [file_sha256(path, cache.stats) for path in source.files]
    # The last two parts of each path are what a reader may tell trials apart by; folders
    # above may move without anything being decoded again.
    places = ["/".join(path.parts[-2:]) for path in source.files]
    identity = dataclasses.astuple(source.key)
    key = key_of(_FORM, source.decoder, *identity, *places, *hashes)
    files = [str(path) for path in source.files]
    arrays = cache.get(key)
    if arrays is not None:
        return _revived(arrays, files)
    recording = source.load()
    if {entry.sha256 for entry in recording.provenance} <= set(hashes):
        try:
            cache.put(key, _flattened(recording, files))
        except WriteError as error:
            _LOG.warning("%s is read but not kept: %s", source.key, error)
    return recording


def through_cache(cohort: Cohort, cache: ContentCache) -> Cohort:
    """Give the same cohort with every trial read through a cache."""
    return Cohort(
        cohort.name,
        scale=cohort.scale,
        sessions=cohort.sessions,
        trials=[
            dataclasses.replace(source, load=partial(read_cached, source, cache))
            for source in cohort.trials
        ],
        problems=cohort.problems,
        synthetic=cohort.synthetic,
        oracle=cohort.oracle,
    )


def _flattened(recording: Recording, files: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Write a recording as arrays; its own files by number, since folders may move."""
    about: dict[str, Any] = {
        "key": dataclasses.astuple(recording.key),
        "side": recording.side,
        "montage": recording.montage,
        "events": [dataclasses.astuple(event) for event in recording.events],
        "device": recording.device,
        "latency_s": recording.latency_s,
        "provenance": [
            (_numbered(entry.path, files), entry.sha256, entry.reader)
            for entry in recording.provenance
        ],
        "problems": [
            (_numbered(entry.file, files), entry.problem, entry.done)
            for entry in recording.problems
        ],
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    for name in recording.modalities:
        signal: Signal = getattr(recording, name)
        about[name] = [signal.rate_hz, signal.channels, signal.units]
        arrays[name] = signal.samples
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    return arrays


def _revived(arrays: Mapping[str, NDArray[np.generic]], files: Sequence[str]) -> Recording:
    about = json.loads(arrays["about"].tobytes())
    signals = {
        name: Signal(
            arrays[name], rate_hz=about[name][0], channels=about[name][1], units=about[name][2]
        )
        for name in ("emg", "kinematics")
        if name in arrays
    }
    return Recording(
        key=TrialKey(*about["key"]),
        emg=signals.get("emg"),
        kinematics=signals.get("kinematics"),
        side=about["side"],
        montage=about["montage"],
        events=tuple(Event(*event) for event in about["events"]),
        device=about["device"],
        latency_s=about["latency_s"],
        provenance=tuple(
            FileProvenance(_named(path, files), *rest) for path, *rest in about["provenance"]
        ),
        problems=tuple(Problem(_named(file, files), *rest) for file, *rest in about["problems"]),
    )


def _numbered(path: str, files: Sequence[str]) -> int | str:
    return files.index(path) if path in files else path


def _named(place: int | str, files: Sequence[str]) -> str:
    return files[place] if isinstance(place, int) else place
