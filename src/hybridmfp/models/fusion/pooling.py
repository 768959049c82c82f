"""From tokens to a trial, and from trials to a person, by attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["AttentionPool"]


class AttentionPool(nn.Module):
    """Weigh the members of a set and add them up; what is absent has no weight.

    Several heads, each with gated attention (Ilse, Tomczak & Welling 2018,
    arXiv:1802.04712). The weights may depend on a query, such as the task.

    Parameters
    ----------
    width : int
    n_heads : int
    """

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.look, self.gate = nn.Linear(width, width), nn.Linear(width, width)
        self.ask = nn.Linear(width, width, bias=False)
        self.score = nn.Linear(width, n_heads)
        self.value = nn.Linear(width, width)

    def forward(self, members: Tensor, present: Tensor, query: Tensor | None = None) -> Tensor:
        """Pool sets.

        Parameters
        ----------
        members : Tensor, shape (n_sets, n_members, width)
        present : Tensor of bool, shape (n_sets, n_members)
            At least one member of each set.
        query : Tensor, shape (n_sets, width), optional

        Returns
        -------
        Tensor, shape (n_sets, width)
        """
        looked = self.look(members)
        if query is not None:
            looked = looked + self.ask(query)[:, None, :]
        scores = self.score(torch.tanh(looked) * torch.sigmoid(self.gate(members)))
        weights = scores.masked_fill(~present[..., None], -torch.inf).softmax(dim=1)
        n_sets, n_members, width = members.shape
        values = self.value(members).view(n_sets, n_members, self.n_heads, width // self.n_heads)
        pooled: Tensor = (weights[..., None] * values).sum(dim=1).reshape(n_sets, width)
        return pooled
