"""The signals of an average patient, task by task, as a network reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import CohortError
from hybridmfp.features.session import SessionDigest
from hybridmfp.models.fusion.bag_reader import Bags, read_bags
from hybridmfp.models.fusion.regressor import FusionRegressor

__all__ = ["SignalReference", "at_reference", "learn_signal_reference"]


@dataclass(frozen=True, eq=False)
class SignalReference:
    """Hold what a network reads of an average patient, task by task.

    Row 0 of every array is for tasks that the network does not know: the mean over all tasks.
    There are no gaps.

    Attributes
    ----------
    emg : array of float32, shape (n_tasks + 1, n_muscles * n_bands, n_points)
        In shares of the session peak, aligned as the network reads it.
    kinematics : array of float32, shape (n_tasks + 1, n_channels, n_points)
        SI units.
    context : array of float32, shape (n_tasks + 1, 2)
        Log of seconds, and warping effort.
    """

    emg: NDArray[np.float32]
    kinematics: NDArray[np.float32]
    context: NDArray[np.float32]


def learn_signal_reference(
    model: FusionRegressor, sessions: Sequence[SessionDigest]
) -> SignalReference:
    """Learn the signals of an average patient from training sessions; scores are not looked at.

    Every person counts once in each task they did, however many trials or visits they brought.
    What nobody brought in a task is the mean over all tasks; what nobody brought at all is the
    mean by which the network standardises.

    Parameters
    ----------
    model : FusionRegressor
        Fitted; its templates align the trials.
    sessions : sequence of SessionDigest

    Returns
    -------
    SignalReference

    Raises
    ------
    CohortError
        If there is no session, or one cannot be read.
    """
    check_is_fitted(model, "network_")
    if len(sessions) == 0:
        raise CohortError("sessions to learn a reference from must be at least one; got none.")
    subjects = [one.subject for one in sessions]
    n_rows = len(model.reader_.tasks_) + 1
    sums: list[_RunningMean] | None = None
    for session in sessions:
        bags = read_bags(model.reader_, [session], modality=model.modality)
        parts = (bags.emg, bags.kinematics, bags.context)
        sums = sums or [_RunningMean((n_rows, *one.shape[1:])) for one in parts]
        share = 1 / subjects.count(session.subject)
        for task in np.unique(bags.task):
            for running, one in zip(sums, parts, strict=True):
                running.add(int(task), one[bags.task == task], share)
    assert sums is not None  # noqa: S101 - there is at least one session
    network = model.network_
    usual = (network.emg_scale, network.kinematics_scale, network.context_scale)
    found = [
        running.mean(scale.mean.cpu().numpy()) for running, scale in zip(sums, usual, strict=True)
    ]
    return SignalReference(*found)


def at_reference(bags: Bags, reference: SignalReference) -> Bags:
    """Give the same trials with the signals of an average patient; gaps stay.

    Parameters
    ----------
    bags : Bags
    reference : SignalReference

    Returns
    -------
    Bags

    Raises
    ------
    CohortError
        If the reference is of another network.
    """
    if reference.emg.shape[1:] != bags.emg.shape[1:]:
        raise CohortError(
            "reference must be of the network that is explained, with "
            f"{bags.emg.shape[1:]} EMG channels and points; got {reference.emg.shape[1:]}. "
            "Learn it anew with learn_signal_reference."
        )

    def placed(own: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.where(np.isfinite(own), usual[bags.task], np.float32(np.nan))

    return replace(
        bags,
        emg=placed(bags.emg, reference.emg),
        kinematics=placed(bags.kinematics, reference.kinematics),
        context=placed(bags.context, reference.context),
    )


class _RunningMean:
    """The mean over persons of what each brought in each task, without keeping anybody."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.sum = np.zeros(shape)
        self.weight = np.zeros(shape)

    def add(self, task: int, trials: NDArray[np.float32], share: float) -> None:
        seen = np.isfinite(trials)
        count = seen.sum(axis=0)
        mean = np.where(seen, trials, 0.0).sum(axis=0) / np.maximum(count, 1)
        self.sum[task] += share * mean
        self.weight[task] += share * (count > 0)

    def mean(self, otherwise: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill what nobody brought: from all tasks, and `otherwise`, shape (n_channels,)."""
        weight = self.weight.sum(axis=0)
        spread_out = otherwise.reshape(-1, *[1] * (self.sum.ndim - 2))
        anywhere = np.where(
            weight > 0, self.sum.sum(axis=0) / np.where(weight > 0, weight, 1.0), spread_out
        )
        known = self.weight > 0
        mean = np.where(known, self.sum / np.where(known, self.weight, 1.0), anywhere)
        mean[0] = anywhere
        return mean.astype(np.float32)
