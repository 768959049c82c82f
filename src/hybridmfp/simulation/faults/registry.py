"""All faults by name, and how to put one into recordings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from hybridmfp.errors import SettingsError, SignalError
from hybridmfp.signals import Recording
from hybridmfp.simulation.faults.definition import Fault, Injection, Severity
from hybridmfp.simulation.faults.emg_faults import EMG_FAULTS
from hybridmfp.simulation.faults.point_faults import POINT_FAULTS
from hybridmfp.simulation.faults.session_faults import SESSION_FAULTS

__all__ = ["FAULTS", "inject"]

FAULTS: Mapping[str, Fault] = MappingProxyType(
    {fault.name: fault for fault in (*EMG_FAULTS, *POINT_FAULTS, *SESSION_FAULTS)}
)
"""The faults by name; severities are defined by what they do to a recording."""


def inject(
    trials: Recording | Sequence[Recording],
    fault: str,
    severity: Severity,
    *,
    rng: np.random.Generator,
) -> Injection:
    """Spoil the recordings of one session, as electrodes, cameras and clocks do.

    One thing goes wrong in the whole session: the same electrode, the same marker, the same
    clock, in every trial, unless the fault says otherwise.

    Parameters
    ----------
    trials : Recording or sequence of Recording
        Of one session, with the channels of the first; they are not changed.
    fault : str
        One of `FAULTS`.
    severity : {"mild", "moderate", "severe"}
    rng : numpy.random.Generator
        Which channel, when, and the course of noise.

    Returns
    -------
    Injection

    Raises
    ------
    SettingsError
        If the fault or the severity is unknown.
    SignalError
        If there is nothing to spoil: no trial, or not the modality the fault needs.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.signals import Signal, TrialKey
    >>> emg = Signal(np.ones((1, 4)), rate_hz=1000, channels=["biceps_brachii"], units="V")
    >>> trial = Recording(TrialKey("P1", "1", "reach", "1"), emg=emg)
    >>> wrong = inject(trial, "emg_unit", "moderate", rng=np.random.default_rng(0))
    >>> wrong.trials[0].emg.samples.tolist()
    [[1000.0, 1000.0, 1000.0, 1000.0]]
    """
    if fault not in FAULTS:
        nearest = difflib.get_close_matches(fault, FAULTS, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise SettingsError(f"fault must be one of {', '.join(FAULTS)}; got {fault!r}.{hint}")
    FAULTS[fault].check_severity(severity)
    given = (trials,) if isinstance(trials, Recording) else tuple(trials)
    if not given:
        raise SignalError("a fault must have at least one trial to spoil; got none.")
    return FAULTS[fault].apply(given, severity, rng)
