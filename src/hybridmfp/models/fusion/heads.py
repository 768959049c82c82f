"""From an embedding to what was rated: items that sum to sections and the total, or a total."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hybridmfp.signals import Item

__all__ = ["ItemHead", "TotalHead", "cumulative_link_nll"]


class ItemHead(nn.Module):
    """Rate every item by a cumulative-link model, so that sections and total are sums.

    ``P(points >= level k) = sigmoid(w · h - t_k)`` with ascending thresholds ``t_k``, one set
    for each item (McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x). An item that requires
    others, such as A5, exceeds its lowest level only as often as the least likely of them is
    full, which bounds the chance that all are.

    Parameters
    ----------
    width : int
    items : sequence of Item
    """

    lowest: Tensor
    steps: Tensor

    def __init__(self, width: int, items: Sequence[Item]) -> None:
        super().__init__()
        n_steps = max(len(item.levels) for item in items) - 1
        self.ability = nn.Linear(width, len(items))
        self.first = nn.Parameter(torch.zeros(len(items)))
        self.gaps = nn.Parameter(torch.zeros(len(items), max(n_steps - 1, 0)))
        steps = torch.zeros(len(items), n_steps)
        lowest = torch.zeros(len(items))
        for at, item in enumerate(items):
            lowest[at] = item.levels[0]
            for step in range(len(item.levels) - 1):
                steps[at, step] = item.levels[step + 1] - item.levels[step]
        self.register_buffer("steps", steps)
        self.register_buffer("lowest", lowest)
        names = [item.identifier for item in items]
        self.requires = [
            (at, [names.index(name) for name in item.requires])
            for at, item in enumerate(items)
            if item.requires
        ]

    def reached(self, embedding: Tensor) -> Tensor:
        """Give how likely each level above the lowest is reached.

        Parameters
        ----------
        embedding : Tensor, shape (n_sessions, width)

        Returns
        -------
        Tensor, shape (n_sessions, n_items, n_levels - 1)
            Descending along the last axis; 0 for levels that an item does not have.
        """
        gaps = nn.functional.softplus(self.gaps)
        thresholds = torch.cat([self.first[:, None], self.first[:, None] + gaps.cumsum(1)], dim=1)
        reached = torch.sigmoid(self.ability(embedding)[..., None] - thresholds)
        reached = reached * (self.steps > 0)
        for at, required in self.requires:
            full = torch.stack([self._full(reached, one) for one in required], dim=-1)
            own = reached[:, at] * full.min(dim=-1).values[:, None]
            reached = torch.cat([reached[:, :at], own[:, None], reached[:, at + 1 :]], dim=1)
        return reached

    def points(self, embedding: Tensor) -> Tensor:
        """Give the expected points of each item, shape (n_sessions, n_items)."""
        expected: Tensor = self.lowest + (self.reached(embedding) * self.steps).sum(dim=-1)
        return expected

    def _full(self, reached: Tensor, item: int) -> Tensor:
        return reached[:, item, int((self.steps[item] > 0).sum()) - 1]


def cumulative_link_nll(reached: Tensor, points: Tensor, head: ItemHead) -> Tensor:
    """Give the negative log-likelihood of rated items; items that were not rated count nothing.

    Parameters
    ----------
    reached : Tensor, shape (n_sessions, n_items, n_levels - 1)
        From `ItemHead.reached`.
    points : Tensor, shape (n_sessions, n_items)
        Rated points; NaN where not rated.
    head : ItemHead
        Whose levels count.

    Returns
    -------
    Tensor, shape (n_sessions,)
        Mean over the rated items of each session; 0 without any.
    """
    rated = torch.isfinite(points)
    known = torch.where(rated, points, head.lowest)
    tops = head.lowest[:, None] + head.steps.cumsum(dim=1)
    level = ((known[..., None] >= tops - 1e-6) & (head.steps > 0)).sum(dim=-1, keepdim=True)
    edges = torch.cat([torch.ones_like(reached[..., :1]), reached, 0 * reached[..., :1]], dim=-1)
    chance = edges.gather(-1, level) - edges.gather(-1, level + 1)
    nll = -torch.log(chance[..., 0].clamp_min(1e-4))
    return (nll * rated).sum(dim=1) / rated.sum(dim=1).clamp_min(1)


class TotalHead(nn.Module):
    """Estimate the total alone, in standard deviations of the training scores."""

    centre: Tensor
    spread: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.line = nn.Linear(width, 1)
        self.register_buffer("centre", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, embedding: Tensor) -> Tensor:
        """Give points, shape (n_sessions,)."""
        points: Tensor = self.centre + self.spread * self.line(embedding)[:, 0]
        return points
