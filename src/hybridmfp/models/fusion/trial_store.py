"""The trials of all sessions as tensors, from which batches are drawn."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hybridmfp.models.fusion.bag_reader import Bags
from hybridmfp.models.fusion.network import Batch

__all__ = ["TrialStore"]


class TrialStore:
    """Hold trials on a device and put sessions together into batches.

    Trials without any valid sample are never put into one.

    Parameters
    ----------
    bags : Bags
    device : torch.device
    """

    def __init__(self, bags: Bags, device: torch.device) -> None:
        def held(array: NDArray[np.generic]) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(device)

        self.emg, self.kinematics = held(bags.emg), held(bags.kinematics)
        self.task, self.context = held(bags.task.astype(np.int64)), held(bags.context)
        self.n_sessions = bags.n_sessions
        self._task = bags.task
        seen = np.isfinite(bags.emg).any((1, 2)) | np.isfinite(bags.kinematics).any((1, 2))
        self._rows = [np.flatnonzero((bags.owner == at) & seen) for at in range(bags.n_sessions)]

    def whole(self, sessions: NDArray[np.intp]) -> Batch:
        """Give all trials of some sessions."""
        return self._batch([self._rows[at] for at in sessions])

    def draw(self, sessions: NDArray[np.intp], n_trials: int, rng: np.random.Generator) -> Batch:
        """Draw trials of some sessions, from as many different tasks as there are."""
        return self._batch([self._drawn(self._rows[at], n_trials, rng) for at in sessions])

    def _drawn(
        self, rows: NDArray[np.intp], n_trials: int, rng: np.random.Generator
    ) -> NDArray[np.intp]:
        shuffled = rng.permutation(rows)
        times: dict[int, int] = {}
        turn = np.empty(len(shuffled), dtype=np.intp)
        for at, task in enumerate(self._task[shuffled].tolist()):
            turn[at] = times.get(task, 0)
            times[task] = turn[at] + 1
        return shuffled[np.argsort(turn, kind="stable")[:n_trials]]

    def _batch(self, rows: list[NDArray[np.intp]]) -> Batch:
        most = max(len(own) for own in rows)
        at = np.zeros((len(rows), most), dtype=np.int64)
        present = np.zeros((len(rows), most), dtype=bool)
        for row, own in enumerate(rows):
            at[row, : len(own)] = own
            present[row, : len(own)] = True
        taken = torch.from_numpy(at).to(self.emg.device)
        return Batch(
            emg=self.emg[taken],
            kinematics=self.kinematics[taken],
            task=self.task[taken],
            context=self.context[taken],
            present=torch.from_numpy(present).to(self.emg.device),
        )
