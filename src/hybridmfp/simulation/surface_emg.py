"""The EMG of a trial as a session's electrodes record it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.simulation.amplitude_noise import amplitude_noise_emg
from hybridmfp.simulation.contamination import contaminate
from hybridmfp.simulation.electrodes import Electrodes
from hybridmfp.simulation.motor_units import MotorUnitPools, motor_unit_emg

__all__ = ["EmgGenerator", "EmgSession", "record_emg"]

EmgGenerator = Literal["motor_units", "amplitude_noise"]


@dataclass(frozen=True, eq=False)
class EmgSession:
    """Hold what the EMG of all trials of a session has in common.

    Attributes
    ----------
    pools : MotorUnitPools
        The motor units of the arm.
    electrodes : Electrodes
        What the session's electrodes do.
    rate_hz : float
        Samples per second, at least 1000.
    firing_compression : float, default 0
        From 0, healthy, to 0.7: share by which paresis lowers slope and ceiling of firing rates.
    generator : {"motor_units", "amplitude_noise"}, default "motor_units"
        Let motor units fire, or modulate noise that has the medians of their spectra. Noise is
        Gaussian at every drive, and `firing_compression` means nothing to it.

    Raises
    ------
    SettingsError
        If `generator` is none of the two.
    """

    pools: MotorUnitPools
    electrodes: Electrodes
    rate_hz: float
    firing_compression: float = 0.0
    generator: EmgGenerator = "motor_units"

    def __post_init__(self) -> None:
        if self.generator not in get_args(EmgGenerator):
            raise SettingsError(
                f"generator of EMG must be one of {', '.join(get_args(EmgGenerator))}; "
                f"got {self.generator!r}."
            )


def record_emg(
    drive: NDArray[np.float64],
    session: EmgSession,
    *,
    hand_acceleration: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Record the twelve muscles of the montage ``mhh-emg`` in one trial.

    Parameters
    ----------
    drive : array of float, shape (12, n_frames)
        Drive of each muscle from 0 to 1, at 100 frames per second.
    session : EmgSession
        Motor units, electrodes, rate and generator.
    hand_acceleration : array of float, shape (n_frames,)
        Magnitude of the hand's acceleration, in m/s².
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of float32, shape (12, n_samples)
        Volts, muscles in the order of the montage.

    Raises
    ------
    SignalError
        If `drive` or `hand_acceleration` has another shape or leaves its range.
    SettingsError
        If the rate or the firing compression of the session is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridmfp.simulation.body import Body
    >>> from hybridmfp.simulation.electrodes import draw_electrodes
    >>> from hybridmfp.simulation.motor_units import draw_motor_units
    >>> from hybridmfp.simulation.site import REFERENCE_SITE
    >>> rng = np.random.default_rng(0)
    >>> body = Body("male", 60.0, 1.75, 75.0, strength=1.0, fat_mm=5.0)
    >>> session = EmgSession(
    ...     pools=draw_motor_units(body, 1.0, rng),
    ...     electrodes=draw_electrodes(body, REFERENCE_SITE, "right", rng),
    ...     rate_hz=2000.0,
    ... )
    >>> drive, still = np.full((12, 300), 0.2), np.zeros(300)
    >>> record_emg(drive, session, hand_acceleration=still, rng=rng).shape
    (12, 6000)
    """
    if session.generator == "motor_units":
        emg = motor_unit_emg(
            drive,
            session.pools,
            rate_hz=session.rate_hz,
            firing_compression=session.firing_compression,
            rng=rng,
        )
    else:
        emg = amplitude_noise_emg(
            drive,
            median_frequency_hz=session.pools.median_frequency_hz,
            rate_hz=session.rate_hz,
            rng=rng,
        )
    return contaminate(
        emg,
        session.electrodes,
        rate_hz=session.rate_hz,
        hand_acceleration=hand_acceleration,
        rng=rng,
    )
