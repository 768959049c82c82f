"""The fusion network with scikit-learn's face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import EvaluationError, ScaleError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.fusion.bag_reader import CONTEXT, BagReader, Bags
from hybridmfp.models.fusion.labels import Labels, labels_of
from hybridmfp.models.fusion.masked_reconstruction import pretrain_masked
from hybridmfp.models.fusion.model_file import TrainedFusion, read_fusion, write_fusion
from hybridmfp.models.fusion.network import FusionNetwork, NetworkShape
from hybridmfp.models.fusion.quiet_torch import choose_device, quiet_torch
from hybridmfp.models.fusion_settings import FusionSettings
from hybridmfp.models.fusion.start_weights import (
    StartWeights,
    read_start_weights,
    shipped_weights,
)
from hybridmfp.models.fusion.training import Targets, estimate, train
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.signals import Scale, SubjectSession

__all__ = ["FusionRegressor"]

_FEWEST = 5  # subjects


class FusionRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Estimate a score from the signals of all trials of a session by a trained network.

    Parameters
    ----------
    scale : Scale
        Of the scores. Where it has items and some are rated, the network rates items and the
        total is their sum; else it estimates the total alone.
    rows : sequence of SubjectSession, default ()
        What else is known of the sessions, found by subject and session: rated items. Their
        scores are never looked at.
    settings : FusionSettings, optional
    modality : {"emg", "kinematics"} or None, default None
        The only modality to look at; None looks at both.
    weights : Path or None, default None
        Where training starts, if settings say ``start="simulated"``; None is what ships.
    device : str, default "auto"
        ``"cpu"``, ``"cuda"``, or CUDA where there is one.
    random_state : int, default 0
        Decides initial weights, batches, augmentation, dropout and who is watched.

    Attributes
    ----------
    network_ : FusionNetwork
    reader_ : BagReader
    trained_ : Trained
        How training went.
    start_ : dict or None
        What is known of the weights that training started from.

    Examples
    --------
    The X of ``fit`` are sessions from ``digest_cohort(...).sessions``; see ``docs/fusion.md``.
    """

    def __init__(
        self,
        *,
        scale: Scale,
        rows: Sequence[SubjectSession] = (),
        settings: FusionSettings | None = None,
        modality: str | None = None,
        weights: Path | None = None,
        device: str = "auto",
        random_state: int = 0,
    ) -> None:
        self.scale = scale
        self.rows = rows
        self.settings = settings
        self.modality = modality
        self.weights = weights
        self.device = device
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Train on rated sessions.

        Parameters
        ----------
        X : sequence of SessionDigest
        y : array of float, shape (n_sessions,)
            Scores, in points.
        groups : array, shape (n_sessions,), optional
            The subject of each session; by default what the sessions say.

        Raises
        ------
        EvaluationError
            If there are fewer than 5 subjects, or lengths differ.
        ScaleError
            If a score lies outside the scale.
        CohortError, SignalError
            If a session cannot be read; see `BagReader`.
        """
        sessions = list(X)
        whose = np.array([one.subject for one in sessions] if groups is None else groups)
        scores = self._checked_scores(sessions, y, whose)
        settings = self.settings or FusionSettings()
        start = self._start(settings)
        with quiet_torch(self.random_state):
            rng = np.random.default_rng(self.random_state)
            self.reader_ = _fitted_reader(sessions, settings, start)
            labels = labels_of(
                [(one.subject, one.session) for one in sessions],
                scores,
                self.scale,
                {(row.subject, row.session): row.items for row in self.rows},
            )
            bags = self._read(sessions)
            device = choose_device(self.device)
            store = TrialStore(bags, device)
            self.network_ = self._built(settings, start, labels, bags).to(device)
            learn, watch = _split(scores, whose, settings.training.validation_share, rng)
            self.masked_error_ = pretrain_masked(
                self.network_, store, n_epochs=settings.training.masked_epochs, rng=rng
            )
            tuned = start is not None
            self.trained_ = train(
                self.network_,
                store,
                _targets(labels, scores, device),
                learn=learn,
                watch=watch,
                settings=settings.training,
                highest_rate=(
                    settings.training.tuning_rate if tuned else settings.training.learning_rate
                ),
                n_bands=len(self.reader_.bands_hz_),
                rng=rng,
            )
        self.items_rated_ = bool(labels.items.shape[1])
        self.start_ = None if start is None else start.described
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Estimate scores, shape (n_sessions,), in points, clipped to the scale.

        A task that was not met in training is read as *other*, with an `UnknownTaskWarning`.

        Raises
        ------
        CohortError, SignalError
            If a session cannot be read, such as one with another montage or without samples.
        """
        points = self._estimated(X)[1]
        return np.clip(points, self.scale.minimum, self.scale.maximum)

    def embed(self, X: Any) -> NDArray[np.float64]:
        """Give the network's embedding of each session, shape (n_sessions, width)."""
        return self._estimated(X)[0]

    def predict_items(self, X: Any) -> NDArray[np.float64]:
        """Estimate the points of each rated item; they sum to the estimate.

        Returns
        -------
        array of float, shape (n_sessions, n_items)
            Expected points, in the order of the scale's items.

        Raises
        ------
        EvaluationError
            If no items were rated in training.
        """
        check_is_fitted(self, "network_")
        if not self.items_rated_ or self.network_.items is None:
            raise EvaluationError(
                "predict_items must follow a fit with rated items; only totals were given. "
                "Pass rows with items, or use predict."
            )
        embedding = torch.from_numpy(self.embed(X)).float()
        head = self.network_.items.cpu()
        with torch.no_grad():
            points: NDArray[np.float64] = head.points(embedding).numpy().astype(np.float64)
        self.network_.items.to(next(self.network_.parameters()).device)
        return points

    def save(
        self, path: str | Path, *, about: Mapping[str, Any] | None = None, half: bool = False
    ) -> None:
        """Write the fitted model to one file; see `write_fusion`."""
        check_is_fitted(self, "network_")
        trained = TrainedFusion(
            scale=self.scale,
            settings=self.settings or FusionSettings(),
            modality=self.modality,
            random_state=self.random_state,
            reader=self.reader_,
            network=self.network_,
            trained=self.trained_,
            items_rated=self.items_rated_,
        )
        write_fusion(trained, Path(path), about=about or {}, half=half)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a fitted model back; nothing in the file is executed.

        Raises
        ------
        ReadError
            If the file is missing, damaged, or of another format.
        """
        kept = read_fusion(Path(path))
        model = cls(
            scale=kept.scale,
            settings=kept.settings,
            modality=kept.modality,
            random_state=kept.random_state,
        )
        model.reader_, model.network_, model.trained_ = kept.reader, kept.network, kept.trained
        model.items_rated_ = kept.items_rated
        return model

    def _estimated(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        check_is_fitted(self, "network_")
        device = next(self.network_.parameters()).device
        with quiet_torch(None):
            store = TrialStore(self._read(list(X)), device)
            found = estimate(self.network_, store, np.arange(store.n_sessions))
        embedding, points = (one.cpu().numpy().astype(np.float64) for one in found)
        return embedding, points

    def _read(self, sessions: list[SessionDigest]) -> Bags:
        bags = self.reader_.transform(sessions)
        if self.modality == "emg":
            bags.kinematics[:] = np.nan
            bags.context[:, CONTEXT.index("warp_effort")] = np.nan
        elif self.modality == "kinematics":
            bags.emg[:] = np.nan
        return bags

    def _start(self, settings: FusionSettings) -> StartWeights | None:
        if settings.training.start == "scratch":
            return None
        return read_start_weights(self.weights or shipped_weights(settings.network))

    def _checked_scores(
        self, sessions: list[SessionDigest], y: ArrayLike, whose: NDArray[Any]
    ) -> NDArray[np.float64]:
        scores = np.asarray(y, dtype=np.float64)
        if scores.shape != (len(sessions),) or whose.shape != (len(sessions),):
            raise EvaluationError(
                f"y and groups must have one entry for each of the {len(sessions)} sessions; "
                f"got shapes {scores.shape} and {whose.shape}."
            )
        outside = ~((scores >= self.scale.minimum) & (scores <= self.scale.maximum))
        if outside.any():
            raise ScaleError(
                f"scores must lie on {self.scale.name}, {self.scale.minimum:g} to "
                f"{self.scale.maximum:g} points; got {scores[outside][0]:g}. "
                "Name the scale they were rated on."
            )
        n_subjects = len(np.unique(whose))
        if n_subjects < _FEWEST:
            raise EvaluationError(
                f"a network needs at least {_FEWEST} training subjects; got {n_subjects}. "
                "Use the model 'ridge', or rate more persons."
            )
        return scores

    def _built(
        self, settings: FusionSettings, start: StartWeights | None, labels: Labels, bags: Bags
    ) -> FusionNetwork:
        same_scale = start is not None and start.scale == self.scale.name
        rates_items = bool(labels.items.shape[1]) or (same_scale and bool(self.scale.items))
        network = FusionNetwork(
            NetworkShape(
                n_emg=bags.emg.shape[1],
                n_kinematics=bags.kinematics.shape[1],
                n_points=self.reader_.n_points_,
                n_tasks=len(self.reader_.tasks_),
                n_context=bags.context.shape[1],
                items=self.scale.items if rates_items else (),
            ),
            settings.network,
        )
        if start is None:
            _learn_scales(network, bags)
        else:
            tensors = start.grown(
                muscles=self.reader_.muscles_,
                tasks=self.reader_.tasks_,
                n_bands=len(self.reader_.bands_hz_),
                keep_head=same_scale,
            )
            network.load_state_dict(
                {name: torch.from_numpy(array) for name, array in tensors.items()}, strict=False
            )
        _start_head(network, labels)
        return network


def _fitted_reader(
    sessions: list[SessionDigest], settings: FusionSettings, start: StartWeights | None
) -> BagReader:
    align = settings.network.align
    if start is None:
        return BagReader(align=align).fit(sessions)
    met = BagReader(align=False).fit(sessions)
    return BagReader(
        align=align,
        muscles=tuple(dict.fromkeys((*start.muscles, *met.muscles_))),
        tasks=tuple(dict.fromkeys((*start.tasks, *met.tasks_))),
    ).fit(sessions)


def _split(
    scores: NDArray[np.float64], whose: NDArray[Any], share: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Set subjects aside for early stopping, spread evenly over the scores."""
    subjects = np.unique(whose)
    means = np.array([scores[whose == one].mean() for one in subjects])
    n_watched = round(share * len(subjects))
    if n_watched == 0:
        return np.arange(len(scores)), np.empty(0, dtype=np.intp)
    strata = np.array_split(np.argsort(means, kind="stable"), n_watched)
    watched = subjects[[rng.choice(stratum) for stratum in strata]]
    aside = np.isin(whose, watched)
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def _targets(labels: Labels, scores: NDArray[np.float64], device: torch.device) -> Targets:
    return Targets(
        total=torch.from_numpy(labels.total).to(device),
        items=torch.from_numpy(labels.items).to(device),
        spread=float(np.std(scores)) or 1.0,
    )


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
        network.total.centre.fill_(float(labels.total.mean()))
        network.total.spread.fill_(float(labels.total.std()) or 1.0)
        torch.nn.init.zeros_(network.total.line.bias)
