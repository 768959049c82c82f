"""All settings in one place, read from and written to TOML."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from hybridmfp.errors import SettingsError
from hybridmfp.models.fusion_settings import FusionSettings
from hybridmfp.preprocessing.arm_motion import MotionSettings
from hybridmfp.preprocessing.mains import EmgFilterSettings
from hybridmfp.preprocessing.quality import QualitySettings

__all__ = [
    "AlignmentSettings",
    "DigestSettings",
    "EnsembleSettings",
    "EnvelopeSettings",
    "HybridSettings",
    "Settings",
    "read_settings",
    "settings_as_toml",
    "settings_from_toml",
]


def _check(name: str, value: float, holds: bool, rule: str) -> None:
    if not holds:
        raise SettingsError(f"{name} must be {rule}; got {value:g}. Correct it in the settings.")


@dataclass(frozen=True)
class EnvelopeSettings:
    """Say how EMG envelopes are made.

    Attributes
    ----------
    cutoff_hz : float
        Zero-phase low-pass of the rectified signal, in hertz.
    order : int
        Butterworth order of one pass.
    """

    cutoff_hz: float = 6.0
    order: int = 2


@dataclass(frozen=True)
class DigestSettings:
    """Say how signals become features. They learn nothing from other people.

    Attributes
    ----------
    motion : MotionSettings
        Cleaning of marker positions.
    emg : EmgFilterSettings
        Band-pass and mains removal.
    envelope : EnvelopeSettings
        Linear envelope.
    onset_share : float
        Movement starts and ends at this share of the hand's peak speed.
    n_points : int
        Points of a phase profile.
    n_network_points : int
        Points of the time base that networks see.
    screen : bool
        Whether channels that cannot be trusted are left out, and lag and drift corrected; always
        so where a model is fitted to be kept, and where it is asked.
    quality : QualitySettings
        From where a channel cannot be trusted.
    """

    motion: MotionSettings = field(default_factory=MotionSettings)
    emg: EmgFilterSettings = field(default_factory=EmgFilterSettings)
    envelope: EnvelopeSettings = field(default_factory=EnvelopeSettings)
    onset_share: float = 0.05
    n_points: int = 101
    n_network_points: int = 64
    screen: bool = False
    quality: QualitySettings = field(default_factory=QualitySettings)

    def __post_init__(self) -> None:
        _check("onset_share", self.onset_share, 0 < self.onset_share < 1, "between 0 and 1")
        _check("n_points", self.n_points, self.n_points >= 11, "at least 11")
        n_seen = self.n_network_points
        _check("n_network_points", n_seen, n_seen >= 16 and n_seen % 4 == 0, "16, 20, 24, ...")
        _check("cutoff_hz", self.envelope.cutoff_hz, self.envelope.cutoff_hz > 0, "positive")
        _check("cutoff_hz", self.motion.cutoff_hz, self.motion.cutoff_hz > 0, "positive")
        _check("start_s", self.motion.start_s, self.motion.start_s > 0, "positive")
        kept_hz, least_hz = self.motion.rate_hz, 4 * self.motion.cutoff_hz
        _check("rate_hz", kept_hz, kept_hz >= least_hz, f"at least 4 times cutoff_hz, {least_hz:g}")
        longest_s = self.motion.longest_gap_s
        _check("longest_gap_s", longest_s, longest_s >= 0, "0 or more")
        low_hz, high_hz = self.emg.low_hz, self.emg.high_hz
        _check("low_hz", low_hz, 0 < low_hz < high_hz, f"between 0 and high_hz={high_hz:g}")


@dataclass(frozen=True)
class AlignmentSettings:
    """Say how trials are aligned in time, inside every fold.

    Attributes
    ----------
    band : float
        Sakoe-Chiba band as a share of the length.
    max_iterations : int
        Of the template averaging.
    """

    band: float = 0.1
    max_iterations: int = 3

    def __post_init__(self) -> None:
        _check("band", self.band, 0 < self.band <= 1, "above 0 and at most 1")
        _check("max_iterations", self.max_iterations, self.max_iterations >= 1, "at least 1")


@dataclass(frozen=True)
class EnsembleSettings:
    """Say how features become a score; what is not here is learned in inner folds.

    Attributes
    ----------
    l1_ratio : float
        Of the elastic net.
    explained : float
        Share of the variance that the principal components keep.
    n_folds : int
        Inner folds, grouped by subject.
    shrinkage : float
        Pull of the stacking weights to equality.
    """

    l1_ratio: float = 0.5
    explained: float = 0.95
    n_folds: int = 5
    shrinkage: float = 0.1

    def __post_init__(self) -> None:
        _check("l1_ratio", self.l1_ratio, 0 < self.l1_ratio <= 1, "above 0 and at most 1")
        _check("explained", self.explained, 0 < self.explained < 1, "between 0 and 1")
        _check("n_folds", self.n_folds, self.n_folds >= 2, "at least 2")
        _check("shrinkage", self.shrinkage, self.shrinkage >= 0, "0 or more")


@dataclass(frozen=True)
class HybridSettings:
    """Say how networks and named features are stacked; the rest is as in the ensemble.

    Attributes
    ----------
    n_folds : int
        Inner folds, and so networks.
    shrinkage : float
        Pull of the stacking weights to what is believed beforehand.
    trust : float
        Share of the stack that the network is believed to deserve beforehand.
    """

    n_folds: int = 4
    shrinkage: float = 0.1
    trust: float = 0.75

    def __post_init__(self) -> None:
        _check("n_folds", self.n_folds, self.n_folds >= 2, "at least 2")
        _check("shrinkage", self.shrinkage, self.shrinkage >= 0, "0 or more")
        _check("trust", self.trust, 0 <= self.trust <= 1, "from 0 to 1")


@dataclass(frozen=True)
class Settings:
    """Compose the settings of every part.

    Attributes
    ----------
    digest : DigestSettings
    alignment : AlignmentSettings
    ensemble : EnsembleSettings
    fusion : FusionSettings
    hybrid : HybridSettings
    """

    digest: DigestSettings = field(default_factory=DigestSettings)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    ensemble: EnsembleSettings = field(default_factory=EnsembleSettings)
    fusion: FusionSettings = field(default_factory=FusionSettings)
    hybrid: HybridSettings = field(default_factory=HybridSettings)


def read_settings(path: Path) -> Settings:
    """Read settings from a TOML file; what it does not name keeps its default.

    Raises
    ------
    SettingsError
        If the file is missing or not TOML, a key is unknown, or a value has the wrong type.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SettingsError(f"the settings file must exist; {path} does not.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"a settings file must be TOML; {path} is not: {error}.") from error
    return settings_from_toml(text, source=str(path))


def settings_from_toml(text: str, *, source: str) -> Settings:
    """Read settings from TOML text; what it does not name keeps its default.

    Parameters
    ----------
    text : str
    source : str
        Where it stands, for messages.

    Raises
    ------
    SettingsError
        If it is not TOML, a key is unknown, or a value has the wrong type.
    """
    try:
        described = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"a settings file must be TOML; {source} is not: {error}.") from error
    settings: Settings = _compose(Settings, described, where=source)
    return settings


def settings_as_toml(settings: Settings) -> str:
    """Write every setting, defaults included, as TOML that `read_settings` reads back."""
    return tomli_w.dumps(_without_none(dataclasses.asdict(settings)))


def _compose(kind: Any, described: Mapping[str, Any], *, where: str) -> Any:
    types = typing.get_type_hints(kind)
    values = {}
    for name, value in described.items():
        if name not in types:
            nearest = difflib.get_close_matches(name, types, n=1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            raise SettingsError(
                f"settings in {where} must be among {', '.join(types)}; got {name!r}.{hint}"
            )
        if dataclasses.is_dataclass(types[name]):
            if not isinstance(value, Mapping):
                raise SettingsError(f"{name} in {where} must be a table, [{name}]; got {value!r}.")
            values[name] = _compose(types[name], value, where=f"{where} [{name}]")
        else:
            values[name] = _typed(value, types[name], name=name, where=where)
    return kind(**values)


def _typed(value: Any, wanted: Any, *, name: str, where: str) -> Any:
    if typing.get_origin(wanted) is tuple:
        if not isinstance(value, list):
            raise SettingsError(f"{name} in {where} must be a list, [...]; got {value!r}.")
        kind = typing.get_args(wanted)[0]
        return tuple(_typed(one, kind, name=name, where=where) for one in value)
    if typing.get_origin(wanted) is typing.Literal:
        words = typing.get_args(wanted)
        if value in words:
            return value
        raise SettingsError(f"{name} in {where} must be one of {', '.join(words)}; got {value!r}.")
    allowed = [kind for kind in (typing.get_args(wanted) or (wanted,)) if kind is not type(None)]
    if float in allowed and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if any(type(value) is kind for kind in allowed):
        return value
    names = " or ".join(kind.__name__ for kind in allowed)
    raise SettingsError(f"{name} in {where} must be {names}; got {value!r}.")


def _without_none(described: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what is not set; TOML has no null."""
    return {
        name: _without_none(value) if isinstance(value, Mapping) else value
        for name, value in described.items()
        if value is not None
    }
