"""Further questions that a network may be asked while it is trained, to shape its embedding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hybridmfp.models.fusion_settings import Auxiliary
from hybridmfp.signals import Scale, SubjectSession

__all__ = ["AuxiliaryHeads", "auxiliary_answers"]

_UNKNOWN = -1
_SEVERITIES = 3
_SIDES = {"left": 0, "right": 1}
_GROUPS = {"patient": 0, "control": 1}


def auxiliary_answers(
    rows: Sequence[SubjectSession | None],
    total: NDArray[np.float32],
    scale: Scale,
    *,
    healthy: NDArray[np.bool_],
) -> dict[str, NDArray[np.int64]]:
    """Give what is known of each session: the answers of the heads, -1 where it is not.

    Parameters
    ----------
    rows : sequence of SubjectSession or None
        What is known of each session.
    total : array of float, shape (n_sessions,)
        Scores in points; NaN is not rated. Severity is the third of the scale that they lie in.
    scale : Scale
    healthy : array of bool, shape (n_sessions,)
        Which sessions are of healthy controls.

    Returns
    -------
    dict of str to array of int, shape (n_sessions,)
    """
    reached = (total - scale.minimum) / (scale.maximum - scale.minimum)
    third = np.clip(np.floor(_SEVERITIES * np.nan_to_num(reached)), 0, _SEVERITIES - 1)
    sides = [None if row is None else row.affected_side for row in rows]
    return {
        "severity": np.where(np.isfinite(total), third, _UNKNOWN).astype(np.int64),
        "side": np.array([_SIDES.get(side or "", _UNKNOWN) for side in sides], dtype=np.int64),
        "group": np.where(healthy, _GROUPS["control"], _GROUPS["patient"]).astype(np.int64),
    }


class AuxiliaryHeads(nn.Module):
    """Ask for severity, task, affected side, or healthy against stroke; only while training.

    Parameters
    ----------
    which : sequence of str
        Some of `Auxiliary`.
    width : int
    n_tasks : int
        Known tasks, *other* not counted.
    """

    def __init__(self, which: Sequence[Auxiliary], width: int, n_tasks: int) -> None:
        super().__init__()
        n_classes = {"severity": _SEVERITIES, "side": 2, "group": 2, "task": n_tasks + 1}
        self.heads = nn.ModuleDict({name: nn.Linear(width, n_classes[name]) for name in which})

    def forward(
        self,
        person: Tensor,
        trials: Tensor,
        task: Tensor,
        asked: Tensor,
        answers: dict[str, Tensor],
    ) -> Tensor:
        """Give the mean cross-entropy of all heads.

        Parameters
        ----------
        person : Tensor, shape (n_sessions, width)
        trials : Tensor, shape (n_sessions, n_trials, width)
        task : Tensor of int, shape (n_sessions, n_trials)
            The task that each trial really was.
        asked : Tensor of bool, shape (n_sessions, n_trials)
            Trials whose task the network was not told.
        answers : dict of str to Tensor of int, shape (n_sessions,)
        """
        losses = [
            _cross_entropy(head(trials[asked]), task[asked])
            if name == "task"
            else _cross_entropy(head(person), answers[name])
            for name, head in self.heads.items()
        ]
        return torch.stack(losses).mean()


def _cross_entropy(logits: Tensor, answer: Tensor) -> Tensor:
    known = answer != _UNKNOWN
    total = nn.functional.cross_entropy(logits, answer, ignore_index=_UNKNOWN, reduction="sum")
    return total / known.sum().clamp_min(1)
