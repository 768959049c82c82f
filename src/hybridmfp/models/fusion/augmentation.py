"""Other recordings that the same person could have given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hybridmfp.models.fusion.network import Batch
from hybridmfp.models.fusion_settings import TrainingSettings
from hybridmfp.preprocessing.kinematic_channels import KINEMATIC_CHANNELS, KINEMATIC_GROUPS

__all__ = [
    "Augmenter",
    "drop_channels",
    "drop_modalities",
    "scale_amplitudes",
    "shift_electrodes",
    "turn_about_vertical",
    "warp_time",
]

_GAIN_SD = 0.2  # natural logarithm of the gain of a muscle
_SHIFT = 0.25  # largest share of a neighbour that a shifted electrode picks up
_TURN_RAD = math.radians(10)
_WARP = 0.04  # largest shift in time, as a share of the movement
_SIZE_SD = 0.05  # natural logarithm of the size of a body
_METRES = tuple(group != "angles" for group in KINEMATIC_GROUPS)  # positions and their rates


def scale_amplitudes(
    emg: Tensor, kinematics: Tensor, *, n_bands: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Give every muscle of a session another gain, and every body another size.

    Parameters
    ----------
    emg : Tensor, shape (n_sessions, n_trials, n_muscles * n_bands, n_points)
    kinematics : Tensor, shape (n_sessions, n_trials, 44, n_points)
    n_bands : int
    rng : Generator
    """
    n_sessions, n_muscles = emg.shape[0], emg.shape[2] // n_bands
    gain = np.exp(rng.normal(0, _GAIN_SD, (n_sessions, 1, n_muscles))).repeat(n_bands, axis=2)
    size = np.exp(rng.normal(0, _SIZE_SD, (n_sessions, 1, 1)))
    sizes = np.where(np.array(_METRES), size, 1.0)
    return emg * _like(gain, emg)[..., None], kinematics * _like(sizes, kinematics)[..., None]


def shift_electrodes(emg: Tensor, *, n_bands: int, rng: np.random.Generator) -> Tensor:
    """Let every electrode of a session pick up a share of another muscle's power."""
    n_sessions, _, n_channels, _ = emg.shape
    n_muscles = n_channels // n_bands
    share = _like(rng.uniform(0, _SHIFT, (n_sessions, n_muscles, 1)).repeat(n_bands, 1), emg)[
        :, None
    ]
    neighbour = np.stack([rng.permutation(n_muscles) for _ in range(n_sessions)])
    rows = (neighbour[..., None] * n_bands + np.arange(n_bands)).reshape(n_sessions, n_channels)
    at = torch.from_numpy(rows).to(emg.device)[:, None, :, None].expand(emg.shape)
    other = torch.nan_to_num(emg.gather(2, at))
    return torch.sqrt((1 - share) * emg**2 + share * other**2)


def turn_about_vertical(kinematics: Tensor, *, rng: np.random.Generator) -> Tensor:
    """Turn every session's directions a little about the vertical."""
    angle = rng.normal(0, _TURN_RAD, len(kinematics))
    cosine, sine = (_like(f(angle), kinematics)[:, None, None, None] for f in (np.cos, np.sin))
    forward = [at for at, name in enumerate(KINEMATIC_CHANNELS) if name.endswith("_forward")]
    right = [at for at, name in enumerate(KINEMATIC_CHANNELS) if name.endswith("_right")]
    ahead, aside = kinematics[:, :, forward], kinematics[:, :, right]
    turned = kinematics.clone()
    turned[:, :, forward] = cosine * ahead - sine * aside
    turned[:, :, right] = sine * ahead + cosine * aside
    return turned


def warp_time(signals: Sequence[Tensor], *, rng: np.random.Generator) -> list[Tensor]:
    """Shift the inner instants of every trial smoothly, the same in all modalities.

    Parameters
    ----------
    signals : sequence of Tensor, shape (n_sessions, n_trials, n_channels, n_points)
    rng : Generator
    """
    n_sessions, n_trials, _, n_points = signals[0].shape
    phase = np.linspace(0, np.pi, n_points)
    waves = np.stack([np.sin(phase), np.sin(2 * phase)])
    size = rng.uniform(-_WARP, _WARP, (n_sessions, n_trials, 2)) / np.array([1.0, 2.0])
    places = np.clip(np.arange(n_points) + (n_points - 1) * (size @ waves), 0, n_points - 1)
    below = np.minimum(np.floor(places).astype(np.int64), n_points - 2)
    share = places - below
    return [_read(signal, below, share) for signal in signals]


def drop_modalities(
    emg: Tensor, kinematics: Tensor, *, chance: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Take one modality from some sessions, never both."""
    lot = rng.uniform(size=len(emg))
    return (
        _without(emg, (lot < chance / 2)[:, None, None, None]),
        _without(kinematics, (lot > 1 - chance / 2)[:, None, None, None]),
    )


def drop_channels(
    emg: Tensor, kinematics: Tensor, *, n_bands: int, chance: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Take muscles and landmarks from some sessions, and the rest of a trial's movement.

    Half of the sessions are left alone; in the others every muscle is lost with twice the
    chance (in a third of them with six times, as with an armband), every landmark and the
    angles with the chance, and kinematics from some instant on with the chance.
    """
    n_sessions, n_trials, n_channels, n_points = emg.shape
    level = rng.choice([0, 0, 0, 2, 2, 6], size=n_sessions) * chance
    lost = rng.uniform(size=(n_sessions, n_channels // n_bands)) < np.minimum(level, 0.8)[:, None]
    touched = level > 0
    groups = sorted(set(KINEMATIC_GROUPS))
    gone = (rng.uniform(size=(n_sessions, len(groups))) < chance) & touched[:, None]
    hidden = gone[:, [groups.index(group) for group in KINEMATIC_GROUPS]]
    from_instant = rng.integers(n_points // 4, n_points, (n_sessions, n_trials))
    stops = (rng.uniform(size=(n_sessions, n_trials)) < chance) & touched[:, None]
    late = stops[..., None] & (np.arange(n_points) >= from_instant[..., None])
    return (
        _without(emg, lost.repeat(n_bands, axis=1)[:, None, :, None]),
        _without(kinematics, hidden[:, None, :, None] | late[:, :, None, :]),
    )


@dataclass(frozen=True)
class Augmenter:
    """Change a batch in every way that leaves the score as it is.

    Attributes
    ----------
    settings : TrainingSettings
    n_bands : int
    """

    settings: TrainingSettings
    n_bands: int

    def __call__(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """Give an augmented copy of a batch."""
        n_bands, settings = self.n_bands, self.settings
        emg, kinematics = scale_amplitudes(batch.emg, batch.kinematics, n_bands=n_bands, rng=rng)
        emg = shift_electrodes(emg, n_bands=n_bands, rng=rng)
        kinematics = turn_about_vertical(kinematics, rng=rng)
        emg, kinematics = warp_time((emg, kinematics), rng=rng)
        before = (emg, kinematics)
        emg, kinematics = drop_channels(
            emg, kinematics, n_bands=n_bands, chance=settings.channel_dropout, rng=rng
        )
        emg, kinematics = drop_modalities(
            emg, kinematics, chance=settings.modality_dropout, rng=rng
        )
        emg, kinematics = _keep_something(before, (emg, kinematics), batch.present)
        nameless = rng.uniform(size=batch.task.shape) < settings.task_dropout
        task = batch.task * torch.from_numpy(~nameless).to(batch.task.device)
        return replace(batch, emg=emg, kinematics=kinematics, task=task)


def _keep_something(
    before: tuple[Tensor, Tensor], after: tuple[Tensor, Tensor], present: Tensor
) -> tuple[Tensor, Tensor]:
    """Undo the losses of sessions none of whose trials would hold anything; padding is none."""
    left = [(torch.isfinite(signal).flatten(2).any(2) & present).any(1) for signal in after]
    empty = ~(left[0] | left[1])[:, None, None, None]
    emg, kinematics = (torch.where(empty, was, now) for was, now in zip(before, after, strict=True))
    return emg, kinematics


def _read(signal: Tensor, below: NDArray[np.int64], share: NDArray[np.float64]) -> Tensor:
    at = torch.from_numpy(below).to(signal.device)[:, :, None, :].expand(signal.shape)
    weight = _like(share, signal)[:, :, None, :]
    return (1 - weight) * signal.gather(3, at) + weight * signal.gather(3, at + 1)


def _without(signal: Tensor, lost: NDArray[np.bool_]) -> Tensor:
    return signal.masked_fill(torch.from_numpy(lost).to(signal.device), torch.nan)


def _like(array: NDArray[np.float64], tensor: Tensor) -> Tensor:
    return torch.from_numpy(array).to(device=tensor.device, dtype=tensor.dtype)
