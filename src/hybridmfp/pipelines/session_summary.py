"""What needs all trials of a session: co-contraction, synergies, variability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hybridmfp.features.emg import SYNERGY_NUMBER, emg_session_features, session_peaks
from hybridmfp.features.kinematics import kinematic_session_features
from hybridmfp.features.session import SessionDigest
from hybridmfp.features.synergies import extract_synergies
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.hashing import key_of
from hybridmfp.pipelines.session_trials import SessionTrials
from hybridmfp.pipelines.trial_digest import EMG_BANDS_HZ
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS
from hybridmfp.signals import SubjectSession

__all__ = ["healthy_synergies", "session_bag", "summarise_session"]

_HAND = slice(0, 3)
_ANGLES = slice(3, 5)


def summarise_session(
    row: SubjectSession,
    trials: SessionTrials,
    *,
    columns: Sequence[str],
    muscles: Sequence[str],
    reference: NDArray[np.float64] | None,
    cache: ContentCache | None = None,
) -> SessionDigest:
    """Put a session into the columns it shares with its cohort, session features included.

    Parameters
    ----------
    row : SubjectSession
    trials : SessionTrials
    columns : sequence of str
        Trial features of the whole cohort.
    muscles : sequence of str
        Muscles of the whole cohort; those this session lacks are NaN.
    reference : array of float or None, shape (n_muscles, n_synergies)
        Synergies of healthy people.
    cache : ContentCache, optional

    Returns
    -------
    SessionDigest
    """
    features = np.full((len(trials.task), len(columns)), np.nan)
    at = [list(columns).index(name) for name in trials.columns]
    features[:, at] = trials.features
    envelopes = _of_muscles(trials, muscles)
    names, values = _kept_features(trials, envelopes, muscles, reference, cache)
    return SessionDigest(
        subject=row.subject,
        session=row.session,
        task=trials.task,
        columns=tuple(columns),
        features=features,
        session_columns=names,
        session_features=values,
        movement=trials.movement,
        envelopes=_in_session_peaks(envelopes),
        bag=session_bag(trials, muscles),
    )


def healthy_synergies(
    sessions: Sequence[SessionTrials], muscles: Sequence[str]
) -> NDArray[np.float64] | None:
    """Find the synergies that healthy people share.

    Parameters
    ----------
    sessions : sequence of SessionTrials
        Healthy sessions; each muscle is taken in shares of its session peak.
    muscles : sequence of str

    Returns
    -------
    array of float, shape (n_muscles, n_synergies), or None
        None without healthy sessions in which every muscle was recorded.
    """
    if len(muscles) <= SYNERGY_NUMBER:
        return None
    activity = [_in_session_peaks(_of_muscles(one, muscles)) for one in sessions]
    joined = [block.transpose(1, 0, 2).reshape(len(muscles), -1) for block in activity]
    complete = [block[:, np.all(np.isfinite(block), axis=0)] for block in joined]
    together = np.concatenate(complete, axis=1) if complete else np.empty((len(muscles), 0))
    if together.shape[1] == 0:
        return None
    return extract_synergies(together.astype(np.float64), n_synergies=SYNERGY_NUMBER).weights


def _of_muscles(trials: SessionTrials, muscles: Sequence[str]) -> NDArray[np.float32]:
    """Give the envelopes of all muscles of the cohort; NaN for those not recorded."""
    shape = (len(trials.task), len(muscles), trials.movement.shape[-1])
    envelopes = np.full(shape, np.nan, dtype=np.float32)
    envelopes[:, [list(muscles).index(name) for name in trials.muscles]] = trials.envelopes
    return envelopes


def session_bag(trials: SessionTrials, muscles: Sequence[str]) -> TrialBag:
    """Give the signals of a session on the time base of networks.

    Parameters
    ----------
    trials : SessionTrials
    muscles : sequence of str
        Muscles of the whole cohort; those this session lacks are NaN.

    Returns
    -------
    TrialBag
    """
    n_trials, _, n_bands, n_points = trials.bands.shape
    emg = np.full((n_trials, len(muscles), n_bands, n_points), np.nan, dtype=np.float32)
    if trials.muscles:
        strength = np.sqrt(_sum_of_seen(trials.bands**2))
        peaks = session_peaks(strength)[:, np.newaxis, np.newaxis]
        rows = [list(muscles).index(name) for name in trials.muscles]
        emg[:, rows] = trials.bands / np.where(peaks > 0, peaks, np.nan)
    return TrialBag(
        muscles=tuple(muscles),
        bands_hz=EMG_BANDS_HZ,
        emg=emg,
        channels=KINEMATIC_CHANNELS,
        kinematics=trials.channels,
        duration_s=trials.duration_s,
    )


def _sum_of_seen(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add up bands; a band that the rate cannot hold counts 0, a gap in all of them is a gap."""
    seen = np.isfinite(power)
    total = np.where(seen, power, 0.0).sum(axis=2)
    return np.where(seen.any(axis=2), total, np.nan).astype(np.float32)


def _in_session_peaks(envelopes: NDArray[np.float32]) -> NDArray[np.float32]:
    if envelopes.shape[1] == 0:
        return envelopes
    peaks = session_peaks(envelopes)
    shares = envelopes / np.where(peaks > 0, peaks, np.nan)[:, np.newaxis]
    return shares.astype(np.float32)


def _kept_features(
    trials: SessionTrials,
    envelopes: NDArray[np.float32],
    muscles: Sequence[str],
    reference: NDArray[np.float64] | None,
    cache: ContentCache | None,
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    key = key_of(
        "session features/1",
        trials.content,
        *muscles,
        "no reference" if reference is None else reference.tobytes().hex(),
    )
    kept = None if cache is None else cache.get(key)
    if kept is None:
        values = _features(trials, envelopes, muscles, reference)
        kept = {
            "names": np.array(list(values), dtype=np.str_),
            "values": np.array(list(values.values()), dtype=np.float64),
        }
        if cache is not None:
            cache.put(key, kept)
    return tuple(str(name) for name in kept["names"]), kept["values"].astype(np.float64)


def _features(
    trials: SessionTrials,
    envelopes: NDArray[np.float32],
    muscles: Sequence[str],
    reference: NDArray[np.float64] | None,
) -> dict[str, float]:
    movement = trials.movement.astype(np.float64)
    values = kinematic_session_features(movement[:, _HAND], movement[:, _ANGLES], task=trials.task)
    if len(muscles):
        values |= emg_session_features(
            envelopes.astype(np.float64), channels=muscles, reference_weights=reference
        )
    return values
