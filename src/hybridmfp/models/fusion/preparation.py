"""From sessions and settings to a network that is ready to be trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from hybridmfp.features.session import SessionDigest
from hybridmfp.models.fusion.bag_reader import BagReader, Bags
from hybridmfp.models.fusion.labels import Labels
from hybridmfp.models.fusion.network import FusionNetwork, NetworkShape
from hybridmfp.models.fusion.start_weights import StartWeights, check_fit
from hybridmfp.models.fusion.training import estimate
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.models.fusion_settings import FusionSettings
from hybridmfp.signals import Scale

__all__ = ["build_network", "fit_new_head", "fit_reader", "set_aside"]

_PENALTIES = np.logspace(1, 5, 9)  # from a little to nearly the mean; never interpolation


def build_network(
    settings: FusionSettings,
    start: StartWeights | None,
    labels: Labels,
    bags: Bags,
    *,
    reader: BagReader,
    scale: Scale,
) -> FusionNetwork:
    """Build a network for what was read and rated, with random or with given weights.

    Parameters
    ----------
    settings : FusionSettings
    start : StartWeights or None
        Their head is kept where it is for the same scale.
    labels : Labels
    bags : Bags
        From which the scale of every channel is learned, if there are no weights.
    reader : BagReader
        Fitted.
    scale : Scale

    Returns
    -------
    FusionNetwork
    """
    same_scale = start is not None and start.scale == scale.name
    rates_items = bool(labels.items.shape[1]) or (same_scale and bool(scale.items))
    network = FusionNetwork(
        NetworkShape(
            n_emg=bags.emg.shape[1],
            n_kinematics=bags.kinematics.shape[1],
            n_points=reader.n_points_,
            n_tasks=len(reader.tasks_),
            n_context=bags.context.shape[1],
            items=scale.items if rates_items else (),
        ),
        settings.network,
    )
    if start is None:
        _learn_scales(network, bags)
    else:
        tensors = start.grown(
            muscles=reader.muscles_,
            tasks=reader.tasks_,
            n_bands=len(reader.bands_hz_),
            keep_head=same_scale,
        )
        check_fit(tensors, {name: tuple(one.shape) for name, one in network.state_dict().items()})
        network.load_state_dict(
            {name: torch.from_numpy(array) for name, array in tensors.items()}, strict=False
        )
    _start_head(network, labels)
    return network


def fit_new_head(
    network: FusionNetwork, store: TrialStore, labels: Labels, learn: NDArray[np.intp]
) -> None:
    """Let a head for another scale begin as a ridge regression on what the network sees already.

    The penalty is chosen by leaving one training session out. Networks that rate items keep
    their head.

    Parameters
    ----------
    network : FusionNetwork
        With weights from elsewhere; its head for the total is changed in place.
    store : TrialStore
    labels : Labels
    learn : array of int
        Sessions to learn from.
    """
    if network.total is None:
        return
    embedding = estimate(network, store, learn)[0].cpu().numpy().astype(np.float64)
    centre, spread = float(network.total.centre), float(network.total.spread)
    line = RidgeCV(alphas=_PENALTIES).fit(embedding, (labels.total[learn] - centre) / spread)
    with torch.no_grad():
        network.total.line.weight.copy_(torch.from_numpy(line.coef_)[None])
        network.total.line.bias.fill_(float(line.intercept_))


def fit_reader(
    sessions: Sequence[SessionDigest], settings: FusionSettings, start: StartWeights | None
) -> BagReader:
    """Learn names and templates from sessions; the names of given weights come first."""
    align = settings.network.align
    if start is None:
        return BagReader(align=align).fit(sessions)
    met = BagReader(align=False).fit(sessions)
    start.check_signals(met)
    return BagReader(
        align=align,
        muscles=tuple(dict.fromkeys((*start.muscles, *met.muscles_))),
        tasks=tuple(dict.fromkeys((*start.tasks, *met.tasks_))),
    ).fit(sessions)


def set_aside(
    scores: NDArray[np.float64], whose: NDArray[Any], share: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Set subjects aside for early stopping, spread evenly over the scores.

    Parameters
    ----------
    scores : array of float, shape (n_sessions,)
    whose : array, shape (n_sessions,)
        The subject of each session; all sessions of one stay on the same side.
    share : float
        Of the subjects.
    rng : Generator

    Returns
    -------
    learn, watch : array of int
        Sessions to learn from, and sessions to watch; nobody is watched if the share is too
        small.
    """
    subjects = np.unique(whose)
    means = np.array([scores[whose == one].mean() for one in subjects])
    n_watched = round(share * len(subjects))
    if n_watched == 0:
        return np.arange(len(scores)), np.empty(0, dtype=np.intp)
    strata = np.array_split(np.argsort(means, kind="stable"), n_watched)
    watched = subjects[[rng.choice(stratum) for stratum in strata]]
    aside = np.isin(whose, watched)
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def _learn_scales(network: FusionNetwork, bags: Bags) -> None:
    """Learn mean and spread of every channel from the training recordings."""
    for part, samples in (
        (network.emg_scale, bags.emg),
        (network.kinematics_scale, bags.kinematics),
        (network.context_scale, bags.context[..., np.newaxis]),
    ):
        seen = np.isfinite(samples)
        count = np.maximum(seen.sum(axis=(0, 2)), 1)
        known = np.where(seen, samples, 0.0).astype(np.float64)
        mean = known.sum(axis=(0, 2)) / count
        away = np.where(seen, known - mean[:, np.newaxis], 0.0)
        spread = np.sqrt((away**2).sum(axis=(0, 2)) / count)
        part.mean.copy_(torch.from_numpy(mean))
        part.spread.copy_(torch.from_numpy(np.where(spread > 0, spread, 1.0)))


def _start_head(network: FusionNetwork, labels: Labels) -> None:
    """Let a head for the total start at the training mean."""
    if network.total is not None:
        network.total.centre.fill_(float(np.nanmean(labels.total)))
        network.total.spread.fill_(float(np.nanstd(labels.total)) or 1.0)
        torch.nn.init.zeros_(network.total.line.bias)
