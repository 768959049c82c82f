"""Within one modality: convolutions at several scales, then the whole movement at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridmfp.models.fusion.attention import SelfAttentionLayer
from hybridmfp.models.fusion_settings import NetworkSettings

__all__ = ["STRIDE", "ModalityEncoder"]

STRIDE = 4
"""Points of the time base behind one token."""

_KERNELS = (3, 7, 15)  # points; at 64 points 5 %, 11 % and 23 % of a movement


class ModalityEncoder(nn.Module):
    """Turn the channels of one modality into tokens along the movement.

    Parameters
    ----------
    n_channels : int
    n_points : int
        A multiple of `STRIDE`.
    settings : NetworkSettings
    """

    def __init__(self, n_channels: int, n_points: int, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.scales = nn.ModuleList(
            nn.Conv1d(n_channels + 1, width // 2, kernel, stride=2, padding=kernel // 2)
            for kernel in _KERNELS
        )
        self.join = nn.Conv1d(len(_KERNELS) * (width // 2), width, 5, stride=2, padding=2)
        self.presence = nn.Linear(n_channels, width)
        self.place = nn.Parameter(0.02 * torch.randn(n_points // STRIDE, width))
        self.norm = nn.LayerNorm(width)
        self.temporal: nn.Module = (
            SelfAttentionLayer(
                width,
                settings.n_heads,
                dim_feedforward=2 * width,
                dropout=settings.dropout,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            if settings.temporal == "attention"
            else _Recurrent(width)
        )

    def forward(self, samples: Tensor, valid: Tensor, task: Tensor) -> Tensor:
        """Encode trials.

        Parameters
        ----------
        samples : Tensor, shape (n_trials, n_channels, n_points)
            Standardised; 0 where not valid.
        valid : Tensor, shape (n_trials, n_channels, n_points)
            1 where a sample was measured, else 0.
        task : Tensor, shape (n_trials, width)
            Embedding of each trial's task.

        Returns
        -------
        Tensor, shape (n_trials, n_points / STRIDE, width)
        """
        seen = valid.mean(dim=1, keepdim=True)
        # A network that lost half of its channels must not see half of the signal's size.
        share = valid.mean(dim=(1, 2)).clamp_min(1e-3)[:, None, None]
        given = torch.cat([samples / share.sqrt(), seen], dim=1)
        coarse = nn.functional.gelu(torch.cat([scale(given) for scale in self.scales], dim=1))
        tokens = self.join(coarse).transpose(1, 2)
        about = self.presence(valid.mean(dim=2)) + task
        encoded: Tensor = self.temporal(self.norm(tokens + self.place + about[:, None, :]))
        return encoded


class _Recurrent(nn.Module):
    """A bidirectional gated recurrent unit beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.unit = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)

    def forward(self, tokens: Tensor) -> Tensor:
        found: Tensor = self.unit(tokens)[0]
        return tokens + found
