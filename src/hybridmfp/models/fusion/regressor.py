"""The fusion network with scikit-learn's face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import EvaluationError, ScaleError, SettingsError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.fusion.auxiliary import auxiliary_answers
from hybridmfp.models.fusion.bag_reader import Bags, read_bags
from hybridmfp.models.fusion.labels import Labels, labels_of
from hybridmfp.models.fusion.masked_reconstruction import pretrain_masked
from hybridmfp.models.fusion.model_file import (
    TrainedFusion,
    described_fusion,
    read_fusion,
    restored_fusion,
    write_fusion,
)
from hybridmfp.models.fusion.preparation import (
    build_network,
    fit_new_head,
    fit_reader,
    set_aside,
)
from hybridmfp.models.fusion.quiet_torch import choose_device, quiet_torch
from hybridmfp.models.fusion.start_weights import (
    StartWeights,
    read_start_weights,
    shipped_weights,
)
from hybridmfp.models.fusion.training import Targets, estimate, train
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.models.fusion_settings import FEWEST_SUBJECTS, FusionSettings
from hybridmfp.models.not_kept import NOT_KEPT, check_complete, is_left_out
from hybridmfp.signals import Scale, SubjectSession

__all__ = ["FusionRegressor"]

_MODALITIES = (None, "emg", "kinematics")


class FusionRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Estimate a score from the signals of all trials of a session by a trained network.

    Parameters
    ----------
    scale : Scale
        Of the scores. Where it has items and some are rated, the network rates items and the
        total is their sum; else it estimates the total alone.
    rows : sequence of SubjectSession, default ()
        What else is known of the sessions, found by subject and session: rated items, affected
        side. Their scores are never looked at.
    controls : sequence of SessionDigest, default ()
        Healthy sessions, for self-supervised pre-training and the auxiliary head ``"group"``.
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
        controls: Sequence[SessionDigest] = (),
        settings: FusionSettings | None = None,
        modality: str | None = None,
        weights: Path | None = None,
        device: str = "auto",
        random_state: int = 0,
    ) -> None:
        self.scale = scale
        self.rows = rows
        self.controls = controls
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
        SettingsError
            If there is no such modality, no weights for the network that the settings ask for,
            or if the model is from a file that leaves out what it was first fitted with.
        CohortError, SignalError
            If a session cannot be read; see `BagReader`.
        """
        check_complete(self)
        sessions = list(X)
        whose = np.array([one.subject for one in sessions] if groups is None else groups)
        scores = self._checked_scores(sessions, y, whose)
        settings = self._own_settings()
        start = self._start(self.settings or FusionSettings())
        with quiet_torch(self.random_state):
            rng = np.random.default_rng(self.random_state)
            self.reader_ = fit_reader(sessions, settings, start)
            further = self._further(settings)
            labels = self._labels(sessions, scores, n_further=len(further))
            device = choose_device(self.device)
            bags = self._read([*sessions, *further])
            store = TrialStore(bags, device)
            self.network_ = build_network(
                settings, start, labels, bags, reader=self.reader_, scale=self.scale
            ).to(device)
            learn, watch = set_aside(scores, whose, settings.training.validation_share, rng)
            self.masked_error_ = pretrain_masked(
                self.network_, store, n_epochs=settings.training.masked_epochs, rng=rng
            )
            if start is not None:
                fit_new_head(self.network_, store, labels, learn)
            if "group" in settings.training.auxiliary:
                learn = np.append(learn, np.arange(len(sessions), store.n_sessions))
            self.trained_ = train(
                self.network_,
                store,
                self._targets(sessions, labels, device),
                learn=learn,
                watch=watch,
                settings=settings.training,
                tuned=start is not None,
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
        return self.estimate_and_embed(X)[0]

    def estimate_and_embed(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give what `predict` and `embed` give, from one look at the signals."""
        embedding, points = self._estimated(X)
        return np.clip(points, self.scale.minimum, self.scale.maximum), embedding

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
        write_fusion(self._parts(), Path(path), about=about or {}, half=half)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a fitted model back; nothing in the file is executed.

        Raises
        ------
        ReadError
            If the file is missing, damaged, or of another format.
        """
        return cls._of(read_fusion(Path(path)))

    def described(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Take the fitted model apart into a description, JSON-ready, and arrays."""
        return described_fusion(self._parts())

    @classmethod
    def restored(
        cls, described: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], *, source: str
    ) -> Self:
        """Put a model together again from what `described` gave; see `restored_fusion`."""
        return cls._of(restored_fusion(described, arrays, source=source))

    def _parts(self) -> TrainedFusion:
        check_is_fitted(self, "network_")
        given = {"rows": self.rows, "controls": self.controls, "weights": self.weights}
        return TrainedFusion(
            scale=self.scale,
            settings=self.settings or FusionSettings(),
            modality=self.modality,
            random_state=self.random_state,
            reader=self.reader_,
            network=self.network_,
            trained=self.trained_,
            items_rated=self.items_rated_,
            start=self.start_,
            left_out=tuple(name for name, value in given.items() if is_left_out(value)),
        )

    @classmethod
    def _of(cls, parts: TrainedFusion) -> Self:
        left_out: dict[str, Any] = dict.fromkeys(parts.left_out, NOT_KEPT)
        model = cls(
            scale=parts.scale,
            settings=parts.settings,
            modality=parts.modality,
            random_state=parts.random_state,
            **left_out,
        )
        model.reader_, model.network_, model.trained_ = parts.reader, parts.network, parts.trained
        model.items_rated_ = parts.items_rated
        model.start_ = None if parts.start is None else dict(parts.start)
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
        return read_bags(self.reader_, sessions, modality=self.modality)

    def _own_settings(self) -> FusionSettings:
        settings = self.settings or FusionSettings()
        if self.modality not in _MODALITIES:
            raise SettingsError(
                f"modality must be 'emg', 'kinematics' or None for both; got {self.modality!r}."
            )
        if self.modality != "emg":
            return settings
        # Templates are those of the movement, which a model of EMG alone must not look at.
        return replace(settings, network=replace(settings.network, align=False))

    def _further(self, settings: FusionSettings) -> list[SessionDigest]:
        """Give the sessions without a score that training can use: healthy controls."""
        training = settings.training
        wanted = training.masked_epochs > 0 or "group" in training.auxiliary
        return list(self.controls) if wanted else []

    def _labels(
        self, sessions: list[SessionDigest], scores: NDArray[np.float64], *, n_further: int
    ) -> Labels:
        labels = labels_of(
            [(one.subject, one.session) for one in sessions],
            scores,
            self.scale,
            {(row.subject, row.session): row.items for row in self.rows},
        )
        blank = np.full((n_further, labels.items.shape[1]), np.nan, dtype=np.float32)
        return Labels(
            total=np.append(labels.total, np.full(n_further, np.nan, dtype=np.float32)),
            items=np.concatenate([labels.items, blank]),
        )

    def _targets(
        self, sessions: list[SessionDigest], labels: Labels, device: torch.device
    ) -> Targets:
        known = {(row.subject, row.session): row for row in self.rows}
        rows = [known.get((one.subject, one.session)) for one in sessions]
        n_further = len(labels.total) - len(sessions)
        answers = auxiliary_answers(
            [*rows, *[None] * n_further],
            labels.total,
            self.scale,
            healthy=np.arange(len(labels.total)) >= len(sessions),
        )
        return Targets(
            total=torch.from_numpy(labels.total).to(device),
            items=torch.from_numpy(labels.items).to(device),
            spread=float(np.nanstd(labels.total)) or 1.0,
            answers={name: torch.from_numpy(one).to(device) for name, one in answers.items()},
        )

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
        if n_subjects < FEWEST_SUBJECTS:
            raise EvaluationError(
                f"a network needs at least {FEWEST_SUBJECTS} training subjects; got {n_subjects}. "
                "Use the model 'ridge', or rate more persons."
            )
        return scores
