"""What moved a network's estimate away from that of an average patient, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from hybridmfp.features.session import SessionDigest
from hybridmfp.models.fusion.bag_reader import read_bags
from hybridmfp.models.fusion.network import Batch
from hybridmfp.models.fusion.quiet_torch import quiet_torch
from hybridmfp.models.fusion.regressor import FusionRegressor
from hybridmfp.models.fusion.signal_reference import SignalReference, at_reference
from hybridmfp.models.fusion.trial_store import TrialStore
from hybridmfp.preprocessing.joint_angles import JOINTS

__all__ = [
    "LANDMARKS",
    "N_PLACES",
    "PHASES",
    "THE_ESTIMATE",
    "Attribution",
    "SessionPath",
    "Target",
    "attribute_together",
    "deal_places",
    "row_of_channel",
]

LANDMARKS = ("hand", "wrist", "elbow", "shoulder", "trunk")
"""Points of the body whose path a network sees; the hand's speed and jerk are among it."""

PHASES = ("early", "middle", "late")
"""Thirds of the aligned time, from movement onset to offset."""

N_PLACES = 12
"""Places on the way at which gradients are taken; chosen in docs/explanation.md."""

_MOST_PLACES = 9 * N_PLACES  # where the way is so steep that more would be needed, it is told

_TOLERATED = 0.02  # completeness error, as a share of all points moved either way

_AT_ONCE = 4  # places in one pass: fewer waste time on overhead, more do not gain any


@dataclass(frozen=True, eq=False)
class Attribution:
    """Hold how many points each cell moved a target away from its value at the reference.

    Attributes
    ----------
    muscles : tuple of str
    rows : tuple of str
        Muscles, then `JOINTS`, then `LANDMARKS`.
    phases : tuple of str
    points : array of float, shape (n_rows, 3)
        By row and phase; 0 where nothing was recorded.
    context : array of float, shape (2,)
        Points of movement time and of warping effort.
    completeness_error : float
        Sum of all points, minus the change that they are to explain.
    """

    muscles: tuple[str, ...]
    rows: tuple[str, ...]
    phases: tuple[str, ...]
    points: NDArray[np.float64]
    context: NDArray[np.float64]
    completeness_error: float


def deal_places(n_networks: int, *, n_places: int = N_PLACES) -> list[NDArray[np.float64]]:
    """Deal the places on the way from reference to session to networks, in turn.

    The places are the midpoints of equal parts of the way, so that their mean integrates along
    it. Networks of a hybrid resemble each other: together they cover the way as densely as one
    network that is asked everywhere, at no further cost.

    Returns
    -------
    list of array of float, shape (n_own,)
        For each network, equally many; 0 is the reference, 1 the session.

    Examples
    --------
    >>> [own.tolist() for own in deal_places(2, n_places=4)]
    [[0.125, 0.625], [0.375, 0.875]]
    """
    each = -(-n_places // n_networks)
    places = (np.arange(each * n_networks) + 0.5) / (each * n_networks)
    return [places[at::n_networks] for at in range(n_networks)]


def row_of_channel(channel: str) -> str:
    """Name the joint or landmark that a kinematic channel is about.

    Examples
    --------
    >>> row_of_channel("elbow_flexion_velocity"), row_of_channel("hand_jerk")
    ('elbow_flexion', 'hand')
    """
    joint = channel.removesuffix("_velocity")
    return joint if joint in JOINTS else channel.partition("_")[0]


@dataclass(frozen=True, eq=False)
class Target:
    """Say what of a network's words is attributed: ``points * estimate + embedding @ axes``.

    Attributes
    ----------
    points : float
        What the estimate counts.
    embedding : array of float, shape (width,), or None
        What each axis of the embedding counts; None is nothing.
    """

    points: float = 1.0
    embedding: NDArray[np.float64] | None = None

    def of(self, points: Tensor, embedding: Tensor) -> Tensor:
        """Give the target, summed over sessions."""
        total = self.points * points.sum()
        if self.embedding is not None:
            total = total + (torch.from_numpy(self.embedding).to(embedding) * embedding).sum()
        return total


THE_ESTIMATE = Target()
"""The network's estimate itself."""


class SessionPath:
    """Lead from the signals of an average patient to those of one session.

    On the way every sample that was recorded moves in a straight line, and gaps stay gaps: the
    average patient did the same tasks, and lacks the same channels.

    Parameters
    ----------
    model : FusionRegressor
        Fitted.
    session : SessionDigest
    reference : SignalReference
        Of the same model.

    Raises
    ------
    CohortError, SignalError
        If the session cannot be read.
    """

    def __init__(
        self, model: FusionRegressor, session: SessionDigest, reference: SignalReference
    ) -> None:
        check_is_fitted(model, "network_")
        self._model = model
        self.rows = (*model.reader_.muscles_, *JOINTS, *LANDMARKS)
        n_bands, n_muscles = len(model.reader_.bands_hz_), len(model.reader_.muscles_)
        self._emg_rows = np.repeat(np.arange(n_muscles), n_bands)
        names = [row_of_channel(channel) for channel in model.reader_.channels_]
        self._kinematic_rows = np.array([self.rows.index(one, n_muscles) for one in names])
        self._said: dict[float, tuple[float, NDArray[np.float64]]] = {}
        bags = read_bags(model.reader_, [session], modality=model.modality)
        usual = at_reference(bags, reference)
        device = next(model.network_.parameters()).device
        with quiet_torch(None):
            rows = np.zeros(1, dtype=np.intp)
            self._end = TrialStore(bags, device).whole(rows)
            self._away = _difference(self._end, TrialStore(usual, device).whole(rows))

    def said(self, share: float) -> tuple[float, NDArray[np.float64]]:
        """Give the network's points and embedding part of the way.

        Parameters
        ----------
        share : float
            0 is the reference, 1 the session.

        Returns
        -------
        points : float
            Not clipped to the scale.
        embedding : array of float, shape (width,)
        """
        if share not in self._said:
            self._said[share] = self._asked(self._at(share))
        return self._said[share]

    def mixed(self, own: NDArray[np.bool_], *, gaps: bool = False) -> float:
        """Give the network's points where some cells are the session's and all others are not.

        Parameters
        ----------
        own : array of bool, shape (n_rows, 3)
            Which cells, by row and phase, are those of the session.
        gaps : bool, default False
            Whether the others are gaps; by default they are those of the average patient. What
            belongs to a trial as a whole stays that of the session.

        Returns
        -------
        float
            Not clipped; NaN where nothing is left to look at.
        """
        n_points = self._end.emg.shape[-1]
        phase = np.repeat(
            np.arange(len(PHASES)),
            [len(part) for part in np.array_split(np.arange(n_points), len(PHASES))],
        )
        signals = []
        for whole, way, rows in (
            (self._end.emg, self._away[0], self._emg_rows),
            (self._end.kinematics, self._away[1], self._kinematic_rows),
        ):
            kept = torch.from_numpy(own[rows][:, phase]).to(whole.device)
            signals.append(torch.where(kept, whole, torch.nan if gaps else whole - way))
        return self._asked(replace(self._end, emg=signals[0], kinematics=signals[1]))[0]

    def attribute(
        self,
        target: Target = THE_ESTIMATE,
        *,
        places: NDArray[np.float64] | None = None,
    ) -> Attribution:
        """Share the change of a target from reference to session among cells.

        The mean of the target's gradient along the straight path, times the way of each sample,
        is what the sample gets: integrated gradients.

        Parameters
        ----------
        target : Target
            The estimate, by default.
        places : array of float, optional
            Where on the way the gradient is taken; by default `deal_places` for one network.

        Returns
        -------
        Attribution

        References
        ----------
        Sundararajan, M., Taly, A., & Yan, Q. (2017). Axiomatic attribution for deep networks.
        arXiv:1703.01365
        """
        where = deal_places(1)[0] if places is None else places
        with quiet_torch(None):
            parts = [np.zeros(one.shape[2:]) for one in self._away]
            for start in range(0, len(where), _AT_ONCE):
                slopes = self._slopes(where[start : start + _AT_ONCE], target)
                for at, (slope, way) in enumerate(zip(slopes, self._away, strict=True)):
                    moved = (slope * way).double().sum(dim=(0, 1)) / len(where)
                    parts[at] += moved.cpu().numpy()
        return self._cells(parts, self._change(target))

    def _asked(self, batch: Batch) -> tuple[float, NDArray[np.float64]]:
        network = self._model.network_.eval()
        with quiet_torch(None), torch.no_grad():
            embedding = network.embed(batch)
            points = network.points(embedding)
        return float(points[0]), embedding[0].cpu().numpy().astype(np.float64)

    def _change(self, target: Target) -> float:
        (last, last_embedding), (first, first_embedding) = self.said(1.0), self.said(0.0)
        change = target.points * (last - first)
        if target.embedding is not None:
            change += float(target.embedding @ (last_embedding - first_embedding))
        return change

    def _at(self, *shares: float) -> Batch:
        """Give the session at places on the way, each as a session of its own."""
        left = [1 - share for share in shares]
        emg, kinematics, context = (
            torch.cat([whole - one * way for one in left])
            for whole, way in zip(_signals(self._end), self._away, strict=True)
        )
        return Batch(
            emg=emg,
            kinematics=kinematics,
            context=context,
            task=self._end.task.expand(len(left), -1),
            present=self._end.present.expand(len(left), -1),
        )

    def _slopes(self, places: NDArray[np.float64], target: Target) -> tuple[Tensor, ...]:
        network = self._model.network_.eval()
        batch = self._at(*places.tolist())
        signals = [one.requires_grad_() for one in _signals(batch)]
        found = network.embed(batch)
        return torch.autograd.grad(target.of(network.points(found), found), signals)

    def _cells(self, parts: list[NDArray[np.float64]], change: float) -> Attribution:
        emg, kinematics, context = parts
        points = np.zeros((len(self.rows), len(PHASES)))
        np.add.at(points, self._emg_rows, _by_phase(emg))
        np.add.at(points, self._kinematic_rows, _by_phase(kinematics))
        error = float(points.sum() + context.sum()) - change
        muscles = self.rows[: -len(JOINTS) - len(LANDMARKS)]
        return Attribution(muscles, self.rows, PHASES, points, context, error)


def attribute_together(
    paths: Sequence[SessionPath], targets: Sequence[Target]
) -> list[Attribution]:
    """Attribute a target of each of several networks whose mean is wanted.

    Networks share the places on the way (`deal_places`). Where the mean does not add up to 2 % of
    all points moved, three times as many places are taken, and three times as many again.

    Parameters
    ----------
    paths : sequence of SessionPath
        One for each network, of the same session.
    targets : sequence of Target
        One for each network.

    Returns
    -------
    list of Attribution
    """
    n_places = N_PLACES
    while True:
        found = [
            path.attribute(target, places=places)
            for path, target, places in zip(
                paths, targets, deal_places(len(paths), n_places=n_places), strict=True
            )
        ]
        error = abs(np.mean([one.completeness_error for one in found]))
        moved = np.mean([np.abs(one.points).sum() + np.abs(one.context).sum() for one in found])
        if error <= _TOLERATED * moved or n_places >= _MOST_PLACES:
            return found
        n_places *= 3


def _signals(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    return batch.emg, batch.kinematics, batch.context


def _difference(end: Batch, start: Batch) -> list[Tensor]:
    """Give the way of every sample; 0 in gaps."""
    return [
        torch.nan_to_num(last - first)
        for last, first in zip(_signals(end), _signals(start), strict=True)
    ]


def _by_phase(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the points of each third of the time, (n_rows, n_points) -> (n_rows, 3)."""
    return np.stack(
        [part.sum(axis=1) for part in np.array_split(points, len(PHASES), axis=1)], axis=1
    )
