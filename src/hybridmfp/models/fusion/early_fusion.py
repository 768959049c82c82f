"""How the token sequences of two modalities meet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridmfp.models.fusion.attention import attend
from hybridmfp.models.fusion_settings import NetworkSettings

__all__ = ["early_fusion"]


def early_fusion(settings: NetworkSettings) -> nn.Module:
    """Build the exchange that `settings.fusion` names.

    Every kind is called with the EMG tokens, the kinematic tokens (each of shape
    ``(n_trials, n_tokens, width)``) and which trials have each modality (bool, ``(n_trials,)``),
    and gives both sequences back. Tokens of a modality that a trial lacks have no influence on
    the other one.
    """
    kinds: dict[str, type[nn.Module]] = {
        "cross": _Cross,
        "concat": _Concat,
        "gated": _Gated,
        "late": _Late,
    }
    return kinds[settings.fusion](settings)


class _Late(nn.Module):
    """No exchange: the modalities meet only when trials are pooled."""

    def __init__(self, settings: NetworkSettings) -> None:  # noqa: ARG002 - one signature
        super().__init__()

    def forward(
        self,
        emg: Tensor,
        kinematics: Tensor,
        has_emg: Tensor,  # noqa: ARG002
        has_kinematics: Tensor,  # noqa: ARG002
    ) -> tuple[Tensor, Tensor]:
        return emg, kinematics


class _Cross(nn.Module):
    """Each modality asks the other one: cross-attention in both directions.

    An extra token that is always there stands for *nothing to be found*, so that a trial
    without the other modality has something to attend to.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.to_emg = _Asking(settings)
        self.to_kinematics = _Asking(settings)

    def forward(
        self, emg: Tensor, kinematics: Tensor, has_emg: Tensor, has_kinematics: Tensor
    ) -> tuple[Tensor, Tensor]:
        return (
            self.to_emg(emg, kinematics, has_kinematics),
            self.to_kinematics(kinematics, emg, has_emg),
        )


class _Asking(nn.Module):
    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.nothing = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.ask, self.answer, self.think = (nn.LayerNorm(width) for _ in range(3))
        self.attend = nn.MultiheadAttention(
            width, settings.n_heads, dropout=settings.dropout, batch_first=True
        )
        self.feed = nn.Sequential(
            nn.Linear(width, 2 * width),
            nn.GELU(),
            nn.Dropout(settings.dropout),
            nn.Linear(2 * width, width),
        )

    def forward(self, tokens: Tensor, others: Tensor, present: Tensor) -> Tensor:
        heard = torch.cat([self.nothing.expand(len(others), -1, -1), self.answer(others)], dim=1)
        hidden = (~present)[:, None].expand(-1, heard.shape[1]).clone()
        hidden[:, 0] = False
        tokens = tokens + attend(self.attend, self.ask(tokens), heard, hidden)
        mixed: Tensor = tokens + self.feed(self.think(tokens))
        return mixed


class _Concat(nn.Module):
    """Both sequences side by side, then one layer for each."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.mix = nn.Sequential(nn.Linear(2 * width, 2 * width), nn.GELU())
        self.to_emg, self.to_kinematics = nn.Linear(2 * width, width), nn.Linear(2 * width, width)

    def forward(
        self, emg: Tensor, kinematics: Tensor, has_emg: Tensor, has_kinematics: Tensor
    ) -> tuple[Tensor, Tensor]:
        both = torch.cat([_shown(emg, has_emg), _shown(kinematics, has_kinematics)], dim=-1)
        mixed = self.mix(both)
        return emg + self.to_emg(mixed), kinematics + self.to_kinematics(mixed)


class _Gated(nn.Module):
    """A gate decides, token by token and unit by unit, how much the other modality adds."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.gate = nn.Linear(2 * width, 2 * width)
        self.from_emg, self.from_kinematics = nn.Linear(width, width), nn.Linear(width, width)

    def forward(
        self, emg: Tensor, kinematics: Tensor, has_emg: Tensor, has_kinematics: Tensor
    ) -> tuple[Tensor, Tensor]:
        emg_seen, moved = _shown(emg, has_emg), _shown(kinematics, has_kinematics)
        gates = torch.sigmoid(self.gate(torch.cat([emg_seen, moved], dim=-1)))
        open_to_kinematics, open_to_emg = gates.chunk(2, dim=-1)
        return (
            emg + open_to_kinematics * self.from_kinematics(moved),
            kinematics + open_to_emg * self.from_emg(emg_seen),
        )


def _shown(tokens: Tensor, present: Tensor) -> Tensor:
    return tokens * present[:, None, None]
