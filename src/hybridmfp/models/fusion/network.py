"""The hierarchical fusion network: samples → tokens → trials → a person."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hybridmfp.models.fusion.early_fusion import early_fusion
from hybridmfp.models.fusion.encoder import STRIDE, ModalityEncoder
from hybridmfp.models.fusion.heads import ItemHead, TotalHead
from hybridmfp.models.fusion.pooling import AttentionPool
from hybridmfp.models.fusion_settings import NetworkSettings
from hybridmfp.signals import Item

__all__ = ["Batch", "FusionNetwork", "NetworkShape", "count_parameters"]

_LIMIT = 6.0  # standard deviations beyond which a sample is no more extreme


@dataclass(frozen=True)
class NetworkShape:
    """Say what goes into a network and comes out of it.

    Attributes
    ----------
    n_emg, n_kinematics : int
        Channels of each modality.
    n_points : int
    n_tasks : int
        Known tasks; *other* comes on top.
    n_context : int
        Numbers known of a trial as a whole.
    items : tuple of Item
        Rated items; empty where only a total is known.
    """

    n_emg: int
    n_kinematics: int
    n_points: int
    n_tasks: int
    n_context: int
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, eq=False)
class Batch:
    """Hold the trials of a few sessions, padded to equally many.

    Attributes
    ----------
    emg : Tensor, shape (n_sessions, n_trials, n_emg, n_points)
        Raw units; NaN is a gap.
    kinematics : Tensor, shape (n_sessions, n_trials, n_kinematics, n_points)
        The same.
    task : Tensor of int, shape (n_sessions, n_trials)
    context : Tensor, shape (n_sessions, n_trials, n_context)
        NaN where unknown.
    present : Tensor of bool, shape (n_sessions, n_trials)
        False where there is no trial, only padding.
    """

    emg: Tensor
    kinematics: Tensor
    task: Tensor
    context: Tensor
    present: Tensor


class _Standardise(nn.Module):
    """Channels in standard deviations from the training mean; gaps become 0."""

    mean: Tensor
    spread: Tensor

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_channels))
        self.register_buffer("spread", torch.ones(n_channels))

    def forward(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Standardise samples of shape (..., n_channels, n_points); give them and their mask."""
        valid = torch.isfinite(samples)
        known = torch.where(valid, samples, self.mean[:, None])
        scores = (known - self.mean[:, None]) / self.spread[:, None]
        return scores.clamp(-_LIMIT, _LIMIT), valid.to(samples.dtype)


class FusionNetwork(nn.Module):
    """Estimate what was rated of a person from all their trials.

    Multi-scale convolutions and temporal modelling within each modality, an exchange between
    the two, attention pooling of tokens to a trial (asked by the task) and of trials to a
    person, and fully connected layers to the rated items or the total. The unit of everything
    is the trial; a trial or session may lack any channel, either modality, or any stretch of
    time.

    Parameters
    ----------
    shape : NetworkShape
    settings : NetworkSettings
    """

    def __init__(self, shape: NetworkShape, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.shape, self.settings = shape, settings
        self.emg_scale = _Standardise(shape.n_emg)
        self.kinematics_scale = _Standardise(shape.n_kinematics)
        self.context_scale = _Standardise(shape.n_context)
        self.task = nn.Embedding(shape.n_tasks + 1, width)
        nn.init.normal_(self.task.weight, std=0.1)
        self.emg_encoder = ModalityEncoder(shape.n_emg, shape.n_points, settings)
        self.kinematics_encoder = ModalityEncoder(shape.n_kinematics, shape.n_points, settings)
        self.exchange = early_fusion(settings)
        self.kind = nn.Parameter(0.1 * torch.randn(2, width))
        self.tokens_to_trial = AttentionPool(width, settings.n_heads)
        self.trial = nn.Sequential(
            nn.Linear(2 * width + 2 * shape.n_context, 2 * width),
            nn.GELU(),
            nn.Dropout(settings.dropout),
            nn.Linear(2 * width, width),
            nn.LayerNorm(width),
        )
        self.trials_to_person = AttentionPool(width, settings.n_heads)
        self.person = nn.Sequential(
            nn.Linear(width, width),
            nn.GELU(),
            nn.Dropout(settings.dropout),
            nn.Linear(width, width),
        )
        self.items = ItemHead(width, shape.items) if shape.items else None
        self.total = None if shape.items else TotalHead(width)

    def tokens(self, emg: Tensor, kinematics: Tensor, task: Tensor) -> tuple[Tensor, Tensor]:
        """Encode trials and let their modalities meet.

        Parameters
        ----------
        emg, kinematics : Tensor, shape (n_trials, n_channels, n_points)
            Raw units; NaN is a gap.
        task : Tensor of int, shape (n_trials,)

        Returns
        -------
        tokens : Tensor, shape (n_trials, 2 * n_points / 4, width)
            Those of the EMG, then those of the kinematics.
        present : Tensor of bool, shape (n_trials, 2 * n_points / 4)
            Which of them belong to a modality that the trial has.
        """
        asked = self.task(task)
        emg_scores, emg_valid = self.emg_scale(emg)
        moved, moved_valid = self.kinematics_scale(kinematics)
        has_emg, has_kinematics = emg_valid.any(dim=2).any(dim=1), moved_valid.any(2).any(1)
        emg_tokens, kinematic_tokens = self.exchange(
            self.emg_encoder(emg_scores, emg_valid, asked),
            self.kinematics_encoder(moved, moved_valid, asked),
            has_emg,
            has_kinematics,
        )
        tokens = torch.cat([emg_tokens + self.kind[0], kinematic_tokens + self.kind[1]], dim=1)
        n_tokens = self.shape.n_points // STRIDE
        present = torch.stack([has_emg, has_kinematics], dim=1).repeat_interleave(n_tokens, dim=1)
        return tokens, present

    def trials(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Describe every trial.

        Returns
        -------
        trials : Tensor, shape (n_sessions, n_trials, width)
        present : Tensor of bool, shape (n_sessions, n_trials)
            Which of them exist and hold a valid sample.
        """
        n_sessions, n_trials = batch.task.shape
        task = batch.task.reshape(-1)
        tokens, seen = self.tokens(batch.emg.flatten(0, 1), batch.kinematics.flatten(0, 1), task)
        usable = seen.any(dim=1) & batch.present.reshape(-1)
        asked = self.task(task)
        pooled = self.tokens_to_trial(tokens, seen | ~usable[:, None], asked)
        context, known = self.context_scale(batch.context.flatten(0, 1)[..., None])
        about = torch.cat([context[..., 0], known[..., 0]], dim=-1)
        found = self.trial(torch.cat([pooled, asked, about], dim=-1))
        return found.view(n_sessions, n_trials, -1), usable.view(n_sessions, n_trials)

    def person_of(self, trials: Tensor, present: Tensor) -> Tensor:
        """Put the trials of each session together, shape (n_sessions, width)."""
        person: Tensor = self.person(self.trials_to_person(trials, present))
        return person

    def embed(self, batch: Batch) -> Tensor:
        """Give the embedding of each person's session, shape (n_sessions, width)."""
        return self.person_of(*self.trials(batch))

    def points(self, embedding: Tensor) -> Tensor:
        """Give the total in points, shape (n_sessions,): the sum of the items where there are."""
        if self.items is not None:
            return self.items.points(embedding).sum(dim=-1)
        assert self.total is not None  # noqa: S101 - one of the two heads is there
        total: Tensor = self.total(embedding)
        return total

    def forward(self, batch: Batch) -> Tensor:
        """Estimate the total of each session, in points, shape (n_sessions,)."""
        return self.points(self.embed(batch))


def count_parameters(network: nn.Module) -> int:
    """Give how many numbers training may change."""
    return sum(one.numel() for one in network.parameters() if one.requires_grad)
