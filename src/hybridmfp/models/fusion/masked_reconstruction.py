"""Self-supervised pre-training: hide stretches and muscles, and tell what they held."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hybridmfp.models.fusion.encoder import STRIDE
from hybridmfp.models.fusion.network import FusionNetwork
from hybridmfp.models.fusion.trial_store import TrialStore

__all__ = ["pretrain_masked"]

_HIDDEN_TOKENS = 0.4
_HIDDEN_CHANNELS = 0.2
_BATCH = 128  # trials
_RATE = 1e-3


def pretrain_masked(
    network: FusionNetwork, store: TrialStore, *, n_epochs: int, rng: np.random.Generator
) -> list[float]:
    """Teach the encoders to fill in what was hidden from them; no label is needed.

    Of every trial 40 % of the time and 20 % of the channels are hidden, in each modality by
    itself, so that one modality may help to tell the other.

    Parameters
    ----------
    network : FusionNetwork
        Changed in place.
    store : TrialStore
        All training recordings, rated or not.
    n_epochs : int
    rng : Generator

    Returns
    -------
    list of float
        Mean squared error per epoch, in units of the channels' variance.
    """
    width, shape = network.settings.width, network.shape
    decoders = nn.ModuleList(
        nn.Linear(width, STRIDE * n) for n in (shape.n_emg, shape.n_kinematics)
    ).to(store.emg.device)
    numbers = [*network.parameters(), *decoders.parameters()]
    optimiser = torch.optim.AdamW(numbers, lr=_RATE, weight_decay=0.01)
    n_trials = len(store.task)
    network.train()
    errors = []
    for _ in range(n_epochs):
        order = rng.permutation(n_trials)
        losses = []
        for start in range(0, n_trials, _BATCH):
            loss = _loss(network, decoders, store, order[start : start + _BATCH], rng)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(numbers, 1.0)
            optimiser.step()
            losses.append(float(loss.detach()))
        errors.append(float(np.mean(losses)))
    return errors


def _loss(
    network: FusionNetwork,
    decoders: nn.ModuleList,
    store: TrialStore,
    rows: NDArray[np.intp],
    rng: np.random.Generator,
) -> Tensor:
    at = torch.from_numpy(rows).to(store.emg.device)
    signals = (store.emg[at], store.kinematics[at])
    hidden = [_hidden(signal, rng) for signal in signals]
    shown = [
        signal.masked_fill(mask, torch.nan) for signal, mask in zip(signals, hidden, strict=True)
    ]
    tokens, _ = network.tokens(shown[0], shown[1], store.task[at])
    scales = (network.emg_scale, network.kinematics_scale)
    total = torch.zeros((), device=tokens.device)
    count = torch.zeros((), device=tokens.device)
    for part, decoder, signal, mask, scale in zip(
        tokens.chunk(2, dim=1), decoders, signals, hidden, scales, strict=True
    ):
        scores, valid = scale(signal)
        told = decoder(part).unflatten(2, (signal.shape[1], STRIDE))
        told = told.permute(0, 2, 1, 3).flatten(2)
        judged = valid * mask
        total = total + ((told - scores) ** 2 * judged).sum()
        count = count + judged.sum()
    return total / count.clamp_min(1)


def _hidden(signal: Tensor, rng: np.random.Generator) -> Tensor:
    n_trials, n_channels, n_points = signal.shape
    tokens = rng.uniform(size=(n_trials, n_points // STRIDE)) < _HIDDEN_TOKENS
    channels = rng.uniform(size=(n_trials, n_channels)) < _HIDDEN_CHANNELS
    mask = tokens.repeat(STRIDE, axis=1)[:, None, :] | channels[:, :, None]
    return torch.from_numpy(mask).to(signal.device)
