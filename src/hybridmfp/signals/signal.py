"""One block of equally sampled channels, gaps included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hybridmfp.errors import SignalError

__all__ = ["UNITS", "Signal"]

UNITS = ("V", "m", "rad", "m/s^2", "rad/s", "N", "1")
"""SI units a channel may have; ``"1"`` is dimensionless."""


@dataclass(frozen=True, eq=False)
class Signal:
    """Hold the samples of several channels that share one clock.

    Parameters
    ----------
    samples : array of float, shape (n_channels, n_samples)
        Values in SI units. NaN marks a gap; infinities are refused.
    rate_hz : float
        Samples per second, above 0.
    channels : sequence of str
        One unique name per channel.
    units : str or sequence of str
        One of `UNITS` for all channels, or one per channel.

    Attributes
    ----------
    samples : array of float32, shape (n_channels, n_samples)
        Read-only; NaN exactly where `valid` is false.
    valid : array of bool, shape (n_channels, n_samples)
        True where a sample was measured.

    Raises
    ------
    SignalError
        If shapes, rate, names or units break a rule above, or if there is no sample.

    Examples
    --------
    >>> signal = Signal([[0.0, 1.0, float("nan")]], rate_hz=100, channels=["wrist_x"], units="m")
    >>> signal.n_samples, signal.duration_s
    (3, 0.03)
    >>> signal.valid.tolist()
    [[True, True, False]]
    """

    samples: NDArray[np.float32]
    rate_hz: float
    channels: tuple[str, ...]
    units: tuple[str, ...] = field(default=())

    def __init__(
        self,
        samples: ArrayLike,
        *,
        rate_hz: float,
        channels: Sequence[str],
        units: str | Sequence[str],
    ) -> None:
        block = np.asarray(samples, dtype=np.float32)
        names = tuple(str(name) for name in channels)
        per_channel = (units,) * len(names) if isinstance(units, str) else tuple(units)
        _check_samples(block, names)
        _check_units(per_channel, names)
        if not (np.isfinite(rate_hz) and rate_hz > 0):
            raise SignalError(
                f"rate_hz must be a positive number of samples per second; got {rate_hz:g}."
            )
        block = block.view()
        block.flags.writeable = False
        object.__setattr__(self, "samples", block)
        object.__setattr__(self, "rate_hz", float(rate_hz))
        object.__setattr__(self, "channels", names)
        object.__setattr__(self, "units", per_channel)

    @property
    def valid(self) -> NDArray[np.bool_]:
        """True where a sample was measured, shape (n_channels, n_samples)."""
        return np.isfinite(self.samples)

    @property
    def n_channels(self) -> int:
        """How many channels there are."""
        return int(self.samples.shape[0])

    @property
    def n_samples(self) -> int:
        """How many instants there are."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """How long the signal lasts, in seconds: samples over rate."""
        return self.n_samples / self.rate_hz

    def pick(self, channels: Sequence[str]) -> Signal:
        """Take the named channels, in the order asked for.

        Raises
        ------
        SignalError
            If a name is not among the channels.
        """
        missing = [name for name in channels if name not in self.channels]
        if missing:
            raise SignalError(
                f"channels must be among {_shortened(self.channels)}; got {_shortened(missing)}."
            )
        rows = [self.channels.index(name) for name in channels]
        return Signal(
            self.samples[rows],
            rate_hz=self.rate_hz,
            channels=[self.channels[row] for row in rows],
            units=[self.units[row] for row in rows],
        )


def _check_samples(block: NDArray[np.float32], names: Sequence[str]) -> None:
    if block.ndim != 2 or block.shape[1] == 0 or block.shape[0] == 0:
        raise SignalError(
            "samples must be (n_channels, n_samples) with at least one of each; "
            f"got shape {block.shape}. Pass one trial at a time."
        )
    if len(names) != block.shape[0]:
        raise SignalError(
            f"channels must name each of the {block.shape[0]} rows of samples once; "
            f"got {len(names)} names: {_shortened(names)}."
        )
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SignalError(f"channels must be unique; got {_shortened(doubled)} more than once.")
    infinite = [name for name, row in zip(names, block, strict=True) if np.isinf(row).any()]
    if infinite:
        raise SignalError(
            "samples must be finite, with NaN for a gap; got infinite values in "
            f"{_shortened(infinite)}."
        )


def _check_units(units: Sequence[str], names: Sequence[str]) -> None:
    if len(units) != len(names):
        raise SignalError(
            f"units must be one unit or one per channel ({len(names)}); got {len(units)}."
        )
    for unit in units:
        if unit not in UNITS:
            raise SignalError(
                f"units must be SI, one of {', '.join(UNITS)}; got {unit!r}. "
                "Convert the samples first, for example millimetres to metres."
            )


def _shortened(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
