"""The EMG features by name: their table, and the numbers of a trial and of a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import SignalError
from hybridmfp.features.cocontraction import falconer_winter, rudolph
from hybridmfp.features.definition import FeatureDefinition
from hybridmfp.features.emg_amplitude import mean_absolute_value, rms
from hybridmfp.features.emg_spectrum import (
    EMG_BANDS_HZ,
    LOWEST_RATE_HZ,
    band_powers,
    mean_frequency,
    median_frequency,
    power_spectrum,
)
from hybridmfp.features.emg_time_domain import (
    slope_sign_change_rate,
    waveform_length_rate,
    zero_crossing_rate,
)
from hybridmfp.features.synergies import count_synergies, extract_synergies, synergy_similarity
from hybridmfp.signals.muscles import ANTAGONISTS

__all__ = [
    "EMG_SESSION_FEATURES",
    "EMG_TRIAL_FEATURES",
    "SYNERGY_NUMBER",
    "emg_session_features",
    "emg_trial_features",
    "session_peaks",
]

SYNERGY_NUMBER = 4
"""How many synergies a session is described with where a fixed number is needed.

High-functioning patients had about four in the arm (Hesam-Shariati 2017,
doi:10.3389/fneur.2017.00277).
"""

_PEAK_QUANTILE = 0.95
_USABLE_SHARE = 0.5  # of the instants of a session, with every muscle valid

_HUDGINS = "Hudgins 1993, doi:10.1109/10.204774"
_STULEN = "Stulen & De Luca 1981, doi:10.1109/TBME.1981.324738"
_WELCH = "Welch 1967, doi:10.1109/TAU.1967.1161901"
_CHAE = "Chae 2002, PMID 12234087 (lower wrist co-contraction with higher FMA)"


def _of_muscle(name: str, definition: str, unit: str, reference: str) -> FeatureDefinition:
    return FeatureDefinition(f"emg.{name}", definition, unit, "emg", "muscle", "none", reference)


def _band_name(low_hz: float, high_hz: float) -> str:
    return f"band_power_{low_hz:g}_{high_hz:g}"


EMG_TRIAL_FEATURES: tuple[FeatureDefinition, ...] = (
    _of_muscle(
        "rms",
        "Root of the mean square of the band-passed EMG, sqrt(mean(x^2)).",
        "V",
        "Merletti & Farina 2016, doi:10.1002/9781119082934",
    ),
    _of_muscle("mean_absolute_value", "Mean of the rectified EMG, mean(|x|).", "V", _HUDGINS),
    _of_muscle(
        "waveform_length_rate",
        "Path of the EMG per second, sum|x[i+1] - x[i]| / T.",
        "V/s",
        _HUDGINS,
    ),
    _of_muscle(
        "zero_crossing_rate",
        "Changes of sign per second, of 1 % of the RMS or more.",
        "1/s",
        _HUDGINS,
    ),
    _of_muscle(
        "slope_sign_change_rate",
        "Turns per second, with a step of 1 % of the RMS of all steps or more.",
        "1/s",
        _HUDGINS,
    ),
    _of_muscle(
        "mean_frequency", "Centre of the power in 20-450 Hz, sum(f P) / sum(P).", "Hz", _STULEN
    ),
    _of_muscle(
        "median_frequency",
        "Frequency that halves the power in 20-450 Hz; a weak marker of impairment.",
        "Hz",
        f"{_STULEN}; no relation with clinical scales: Li 2014, Clin Neurophysiol 125:988",
    ),
    *(
        _of_muscle(
            _band_name(low, high),
            f"Share of {low:g}-{high:g} Hz in the power of 20-450 Hz.",
            "1",
            _WELCH,
        )
        for low, high in EMG_BANDS_HZ
    ),
)
"""What `emg_trial_features` gives, once per muscle."""


def _of_session(
    name: str,
    definition: str,
    target: Literal["pair", "session"],
    reference: str,
    better: Literal["lower", "none"] = "none",
) -> FeatureDefinition:
    return FeatureDefinition(f"emg.{name}", definition, "1", "emg", target, better, reference)


EMG_SESSION_FEATURES: tuple[FeatureDefinition, ...] = (
    _of_session(
        "cocontraction_share",
        "Activity that two antagonists have in common, 2 sum(min(a, b)) / sum(a + b), over "
        "envelopes as shares of the session's peak.",
        "pair",
        f"Falconer & Winter 1985, PMID 3987606; direction: {_CHAE}",
        "lower",
    ),
    _of_session(
        "cocontraction_level",
        "Mean of (low / high) (low + high) of two antagonists, over envelopes as shares of the "
        "session's peak.",
        "pair",
        "Rudolph 2001, doi:10.1007/s001670000166",
    ),
    _of_session(
        "synergy_count",
        "Fewest synergies with a VAF of 0.90 in all and 0.75 in each muscle.",
        "session",
        "Clark 2010, doi:10.1152/jn.00825.2009; merging rather than number matters: "
        "Hashiguchi 2016, doi:10.1155/2016/5282957",
    ),
    _of_session(
        f"synergy_vaf_{SYNERGY_NUMBER}",
        f"VAF of {SYNERGY_NUMBER} synergies, 1 - |E - W C|^2 / |E|^2, mean not taken off.",
        "session",
        "Torres-Oviedo 2006, doi:10.1152/jn.00810.2005",
    ),
    _of_session(
        "synergy_similarity",
        "Mean cosine between the synergies of the session and those of healthy people, matched.",
        "session",
        "Cheung 2012, doi:10.1073/pnas.1212056109",
    ),
)
"""What `emg_session_features` gives, once per pair of antagonists or once."""


def emg_trial_features(
    emg_clean: ArrayLike, *, rate_hz: float, channels: Sequence[str]
) -> dict[str, float]:
    """Describe the activity of every muscle in one trial.

    Parameters
    ----------
    emg_clean : array of float, shape (n_channels, n_samples)
        Cleaned EMG at its native rate, in volts; NaN is a gap.
    rate_hz : float
        Samples per second.
    channels : sequence of str
        The muscle of each channel.

    Returns
    -------
    dict of str to float
        One column ``name.muscle`` for each of `EMG_TRIAL_FEATURES` and muscle. NaN where a
        muscle has less than 0.25 s of samples, or 0.75 s for spectra, and for spectra of a
        recording below 900 Hz, which does not hold 450 Hz.

    Raises
    ------
    SignalError
        If the shape is another, or the channels are not one name per row.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 1e-4 * np.sin(2 * np.pi * 80 * np.arange(4000) / 2000)
    >>> found = emg_trial_features(tone[np.newaxis], rate_hz=2000, channels=["biceps_brachii"])
    >>> round(found["emg.median_frequency.biceps_brachii"], 6)
    80.0
    """
    measured = np.asarray(emg_clean, dtype=np.float64)
    if measured.ndim != 2:
        raise SignalError(
            f"emg_clean must be (n_channels, n_samples), got shape {measured.shape}. "
            "Pass one trial at a time."
        )
    _check_channels(channels, n_channels=measured.shape[0])
    values: dict[str, NDArray[np.float64]] = {
        name: feature(measured, rate_hz=rate_hz) for name, feature in _OF_SAMPLES.items()
    }
    values |= _spectral_values(measured, rate_hz=rate_hz)
    return {
        f"emg.{name}.{channel}": float(value)
        for name, per_channel in values.items()
        for channel, value in zip(channels, per_channel, strict=True)
    }


def emg_session_features(
    envelopes: ArrayLike,
    *,
    channels: Sequence[str],
    reference_weights: ArrayLike | None = None,
) -> dict[str, float]:
    """Describe how the muscles work together over all trials of one visit.

    Every muscle is first divided by its `session_peaks`, because there is no maximal
    contraction to compare with. Co-contraction is taken over all instants of the visit
    together, so that quiet trials, which are noise, weigh little.

    Parameters
    ----------
    envelopes : array of float, shape (n_trials, n_muscles, n_points)
        Phase profiles of the envelopes, in volts; NaN is a gap.
    channels : sequence of str
        The muscles, under their canonical names.
    reference_weights : array of float, shape (n_muscles, n_synergies), optional
        Synergies of healthy people, of the same muscles, learned within the fold.

    Returns
    -------
    dict of str to float
        A column ``name.agonist-antagonist`` for each pair of `hybridmfp.signals.ANTAGONISTS`
        of which both muscles are among the channels, and one per synergy feature. NaN where
        a muscle is masked. Synergies use the instants at which all muscles are valid, and are
        NaN if these are less than half (so also if one muscle is masked throughout: the number
        of synergies depends on which muscles there are), or with 4 muscles or fewer. Without
        `reference_weights` there is no column of similarity.

    Raises
    ------
    SignalError
        If the shape is another, the channels are not one name per muscle, or the reference is
        of other muscles.

    References
    ----------
    Steele, K. M., Tresch, M. C. & Perreault, E. J. (2013). The number and choice of muscles
    impact the results of muscle synergy analyses. *Front Comput Neurosci* 7:105.
    doi:10.3389/fncom.2013.00105

    Examples
    --------
    >>> import numpy as np
    >>> both = np.ones((3, 2, 101))  # two muscles, always equally active
    >>> found = emg_session_features(both, channels=["biceps_brachii", "triceps_brachii"])
    >>> found["emg.cocontraction_share.biceps_brachii-triceps_brachii"]
    1.0
    """
    measured = np.asarray(envelopes, dtype=np.float64)
    if measured.ndim != 3 or measured.size == 0:
        raise SignalError(
            "envelopes must be (n_trials, n_muscles, n_points) with at least one of each; "
            f"got shape {measured.shape}. Leave out visits without EMG."
        )
    _check_channels(channels, n_channels=measured.shape[1])
    _check_reference(reference_weights, n_muscles=measured.shape[1])
    peaks = session_peaks(measured)[:, np.newaxis]
    in_a_row = measured.transpose(1, 0, 2).reshape(measured.shape[1], -1)
    activity = np.divide(in_a_row, peaks, out=np.full(in_a_row.shape, np.nan), where=peaks > 0)
    return _pair_values(activity, channels) | _synergy_values(activity, reference_weights)


def session_peaks(envelopes: ArrayLike) -> NDArray[np.float64]:
    """Give the activity that counts as a muscle's strongest within one visit.

    The 95th percentile over trials of the highest point in each trial: nearly the maximum, but
    one trial out of many with an artefact does not rule it. With a few trials it can.

    Parameters
    ----------
    envelopes : array of float, shape (n_trials, n_muscles, n_points)
        Phase profiles of the envelopes; NaN is a gap.

    Returns
    -------
    array of float, shape (n_muscles,)
        In the unit of `envelopes`; NaN for a muscle without any valid point.

    Examples
    --------
    >>> session_peaks([[[0.0, 2.0, 1.0]], [[0.0, 2.0, 0.0]]]).tolist()
    [2.0]
    """
    highest = np.fmax.reduce(np.asarray(envelopes, dtype=np.float64), axis=-1)
    peaks = [
        np.quantile(trials[np.isfinite(trials)], _PEAK_QUANTILE)
        if np.isfinite(trials).any()
        else np.nan
        for trials in highest.T
    ]
    return np.array(peaks, dtype=np.float64)


_OF_SAMPLES: dict[str, Callable[..., NDArray[np.float64]]] = {
    "rms": rms,
    "mean_absolute_value": mean_absolute_value,
    "waveform_length_rate": waveform_length_rate,
    "zero_crossing_rate": zero_crossing_rate,
    "slope_sign_change_rate": slope_sign_change_rate,
}


def _spectral_values(emg: NDArray[np.float64], *, rate_hz: float) -> dict[str, NDArray[np.float64]]:
    names = ["mean_frequency", "median_frequency", *(_band_name(*band) for band in EMG_BANDS_HZ)]
    if rate_hz < LOWEST_RATE_HZ:
        return {name: np.full(emg.shape[0], np.nan) for name in names}
    spectrum = power_spectrum(emg, rate_hz=rate_hz)
    shares = np.moveaxis(band_powers(spectrum), -1, 0)
    values = [mean_frequency(spectrum), median_frequency(spectrum), *shares]
    return dict(zip(names, values, strict=True))


def _pair_values(activity: NDArray[np.float64], channels: Sequence[str]) -> dict[str, float]:
    row = {channel: at for at, channel in enumerate(channels)}
    values: dict[str, float] = {}
    for agonist, antagonist in ANTAGONISTS:
        if agonist in row and antagonist in row:
            pair = activity[row[agonist]], activity[row[antagonist]]
            target = f"{agonist}-{antagonist}"
            values[f"emg.cocontraction_share.{target}"] = float(falconer_winter(*pair))
            values[f"emg.cocontraction_level.{target}"] = float(rudolph(*pair))
    return values


def _synergy_values(
    activity: NDArray[np.float64], reference_weights: ArrayLike | None
) -> dict[str, float]:
    count = vaf = similarity = float("nan")
    usable = np.all(np.isfinite(activity), axis=0)
    if usable.mean() >= _USABLE_SHARE and activity.shape[0] > SYNERGY_NUMBER:
        complete = activity[:, usable]
        counted = count_synergies(complete)
        count = float("nan") if counted is None else float(counted)
        fixed = extract_synergies(complete, n_synergies=SYNERGY_NUMBER)
        vaf = fixed.vaf
        if reference_weights is not None:
            similarity = synergy_similarity(fixed.weights, reference_weights)
    values = {"emg.synergy_count": count, f"emg.synergy_vaf_{SYNERGY_NUMBER}": vaf}
    if reference_weights is not None:
        values["emg.synergy_similarity"] = similarity
    return values


def _check_channels(channels: Sequence[str], *, n_channels: int) -> None:
    if len(channels) != n_channels or len(set(channels)) != n_channels:
        raise SignalError(
            f"channels must name each of the {n_channels} rows once; got {len(channels)} names, "
            f"{len(set(channels))} of them different: {', '.join(channels)}."
        )


def _check_reference(reference_weights: ArrayLike | None, *, n_muscles: int) -> None:
    if reference_weights is not None and np.shape(reference_weights)[:1] != (n_muscles,):
        raise SignalError(
            f"reference_weights must have one row for each of the {n_muscles} muscles; got shape "
            f"{np.shape(reference_weights)}. Pick the same muscles in the same order first."
        )
