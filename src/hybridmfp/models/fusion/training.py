"""Train a fusion network on rated sessions, watched by subjects it is not trained on."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from hybridmfp.errors import EvaluationError
from hybridmfp.models.fusion.augmentation import Augmenter
from hybridmfp.models.fusion.auxiliary import AuxiliaryHeads
from hybridmfp.models.fusion.bag_reader import OTHER_TASK
from hybridmfp.models.fusion.heads import cumulative_link_nll
from hybridmfp.models.fusion.network import FusionNetwork
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.models.fusion_settings import TrainingSettings

__all__ = ["Targets", "Trained", "estimate", "train"]

_RISE = 0.2  # share of the schedule in which the rate rises
_NEAR = 0.3  # standard deviations of the score within which embeddings are mixed


@dataclass(frozen=True, eq=False)
class Targets:
    """Hold what was rated, on the device.

    Attributes
    ----------
    total : Tensor, shape (n_sessions,)
        In points; NaN for sessions that only auxiliary heads learn from.
    items : Tensor, shape (n_sessions, n_items)
        In points; NaN is not rated.
    spread : float
        Standard deviation of the training scores, in points.
    answers : dict of str to Tensor of int, shape (n_sessions,)
        What auxiliary heads are asked; -1 is unknown.
    """

    total: Tensor
    items: Tensor
    spread: float
    answers: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Trained:
    """Tell how training went.

    Attributes
    ----------
    n_epochs : int
        Passes that were made.
    best_epoch : int
        The pass, from 1, whose averaged weights were kept.
    watched_mae : tuple of float
        Error on the watched subjects after each pass, in points; empty if nobody was watched.
    """

    n_epochs: int
    best_epoch: int
    watched_mae: tuple[float, ...]


def train(
    network: FusionNetwork,
    store: TrialStore,
    targets: Targets,
    *,
    learn: NDArray[np.intp],
    watch: NDArray[np.intp],
    settings: TrainingSettings,
    tuned: bool,
    n_bands: int,
    rng: np.random.Generator,
) -> Trained:
    """Fit a network in place and keep the averaged weights of its best pass.

    Parameters
    ----------
    network : FusionNetwork
    store : TrialStore
    targets : Targets
    learn, watch : array of int
        Sessions to learn from, and sessions of other subjects that tell when to stop; without
        the latter all passes are made.
    settings : TrainingSettings
    tuned : bool
        Whether the network was trained before, which asks for fewer passes at a lower rate. The
        rate follows a one-cycle schedule (Smith & Topin 2018, arXiv:1708.07120).
    n_bands : int
        EMG channels per muscle.
    rng : Generator
        Of batches and augmentation; torch's own generator drives dropout.

    Returns
    -------
    Trained
    """
    n_steps = -(-len(learn) // settings.batch_sessions)
    n_epochs = settings.tuning_epochs if tuned else settings.n_epochs
    highest_rate = settings.tuning_rate if tuned else settings.learning_rate
    heads = AuxiliaryHeads(settings.auxiliary, network.settings.width, network.shape.n_tasks)
    heads = heads.to(store.emg.device)
    numbers = [*network.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(numbers, lr=highest_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=highest_rate,
        total_steps=n_steps * n_epochs,
        # At 5 steps a rise of one fifth has no length, and torch divides by it.
        pct_start=_RISE if _RISE * n_steps * n_epochs != 1 else 1.5 * _RISE,
    )
    keep = get_ema_multi_avg_fn(settings.averaging)  # type: ignore[no-untyped-call]
    averaged = AveragedModel(network, multi_avg_fn=keep, use_buffers=True)
    average = cast("FusionNetwork", averaged.module)
    augment = Augmenter(settings, n_bands)
    scored = torch.isfinite(targets.total).cpu().numpy()
    best, best_epoch, watched = copy.deepcopy(average.state_dict()), 0, []
    for epoch in range(1, n_epochs + 1):
        network.train()
        for rows in np.array_split(rng.permutation(learn), n_steps):
            given = store.draw(rows, settings.batch_trials, rng)
            batch = augment(given, rng)
            trials, present = network.trials(batch)
            person = network.person_of(trials, present)
            known = scored[rows]
            loss = _loss(network, person[known], targets, rows[known], settings.mixup, rng)
            if settings.auxiliary:
                nameless = present & (batch.task == OTHER_TASK)
                answers = {name: known[rows] for name, known in targets.answers.items()}
                asked = heads(person, trials, given.task, nameless, answers)
                loss = loss + settings.auxiliary_weight * asked
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(numbers, 1.0)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
        if len(watch):
            estimated = estimate(average, store, watch)[1]
            watched.append(float((estimated - targets.total[watch]).abs().mean()))
        if not watched or watched[-1] <= min(watched):
            best, best_epoch = copy.deepcopy(average.state_dict()), epoch
        if epoch - best_epoch >= settings.patience:
            break
    if best_epoch == 0:
        raise EvaluationError(
            "training of the network must converge; its error was no number from the first pass "
            "on. Check the recordings for extreme values, or lower the learning rate."
        )
    network.load_state_dict(best)
    network.eval()
    return Trained(n_epochs=epoch, best_epoch=best_epoch, watched_mae=tuple(watched))


@torch.no_grad()
def estimate(
    network: FusionNetwork, store: TrialStore, sessions: NDArray[np.intp], *, at_once: int = 32
) -> tuple[Tensor, Tensor]:
    """Embed sessions and estimate their totals.

    Returns
    -------
    embedding : Tensor, shape (n_sessions, width)
    points : Tensor, shape (n_sessions,)
    """
    network.eval()
    embeddings = [
        network.embed(store.whole(sessions[start : start + at_once]))
        for start in range(0, len(sessions), at_once)
    ]
    embedding = torch.cat(embeddings)
    return embedding, network.points(embedding)


def _loss(
    network: FusionNetwork,
    embedding: Tensor,
    targets: Targets,
    rows: NDArray[np.intp],
    mixup: float,
    rng: np.random.Generator,
) -> Tensor:
    if len(rows) == 0:
        return embedding.sum()  # nobody in this batch is rated
    total, items = targets.total[rows], targets.items[rows]
    partner, share = _partners(total, targets.spread, mixup, rng)
    mixed = share[:, None] * embedding + (1 - share)[:, None] * embedding[partner]
    own = _misfit(network, mixed, total, items, targets.spread)
    other = _misfit(network, mixed, total[partner], items[partner], targets.spread)
    return (share * own + (1 - share) * other).mean()


def _misfit(
    network: FusionNetwork, embedding: Tensor, total: Tensor, items: Tensor, spread: float
) -> Tensor:
    """How badly each embedding fits what was rated, shape (n_sessions,)."""
    away = (network.points(embedding) - total) / spread
    misfit = nn.functional.smooth_l1_loss(away, torch.zeros_like(away), beta=0.2, reduction="none")
    if network.items is not None and items.shape[1]:
        misfit = misfit + cumulative_link_nll(
            network.items.reached(embedding), items, network.items
        )
    return misfit


def _partners(
    total: Tensor, spread: float, mixup: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Choose for each session one of near score, and the share that it keeps of itself.

    As C-Mixup (Yao et al. 2022, arXiv:2210.05775), on embeddings.
    """
    scores = total.detach().cpu().numpy() / spread
    near = np.exp(-0.5 * ((scores[:, None] - scores) / _NEAR) ** 2) + 1e-12
    chosen = np.array([rng.choice(len(row), p=row / row.sum()) for row in near])
    share = np.where(rng.uniform(size=len(scores)) < mixup, rng.uniform(0.5, 1, len(scores)), 1.0)
    device = total.device
    return torch.from_numpy(chosen).to(device), torch.from_numpy(share).float().to(device)
