"""Templates of each task, learned from training trials, and the alignment of others with them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.barycentre import dtw_barycentre
from hybridmfp.preprocessing.channel_scaler import ChannelScaler
from hybridmfp.preprocessing.dtw import checked_trials, match_template

__all__ = ["Alignment", "LearnedTemplates", "TemplateAligner"]


@dataclass(frozen=True, eq=False)
class Alignment:
    """Say how each trial runs along the template of its task.

    Attributes
    ----------
    warp : array of float64, shape (n_trials, n_points)
        Where in the trial each point of the template is found, in points, for `apply_warp`;
        0, 1, 2, ... for a trial that was not matched.
    effort : array of float64, shape (n_trials,)
        Warping needed, as `warp_effort`; NaN for a trial that was not matched.
    distance : array of float64, shape (n_trials,)
        What is left after alignment: root mean square z-score difference per valid channel and
        step of the path; NaN for a trial that was not matched.
    matched : array of bool, shape (n_trials,)
        False where the task has no template, or the trial no valid sample in common with it.
    """

    warp: NDArray[np.float64]
    effort: NDArray[np.float64]
    distance: NDArray[np.float64]
    matched: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class LearnedTemplates:
    """Hold what an aligner learned, to be written down and read back.

    Attributes
    ----------
    templates : dict of task to array of float64, shape (n_channels, n_points)
        In z-scores.
    n_trials : dict of task to int
        How many trials each template rests on; also of tasks without one.
    mean, spread : array of float64, shape (n_channels,)
        Of the channels, as of `ChannelScaler`.
    unscaled : array of int, shape (n_unscaled,)
        Channels that were constant or never valid.
    n_points : int
        Points per trial.

    Raises
    ------
    SignalError
        If the arrays do not fit together.
    """

    templates: dict[Hashable, NDArray[np.float64]]
    n_trials: dict[Hashable, int]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    unscaled: NDArray[np.intp]
    n_points: int

    def __post_init__(self) -> None:
        n_channels = self.mean.size
        shapes = {one.shape for one in self.templates.values()} | {(n_channels, self.n_points)}
        numbers = [self.mean, self.spread, *self.templates.values()]
        sound = (
            self.mean.shape == self.spread.shape == (n_channels,)
            and len(shapes) == 1
            and all(one.dtype == np.float64 and not np.isinf(one).any() for one in numbers)
            and not (self.spread <= 0).any()
            and np.isin(self.unscaled, np.arange(n_channels)).all()
        )
        if not sound:
            raise SignalError(
                "templates must all have the channels of their means and spreads, "
                f"{n_channels}, and {self.n_points} points, without infinity; they do not. "
                "Learn them anew."
            )


class TemplateAligner(BaseEstimator):  # type: ignore[misc]
    """Learn how each task is usually made, and find every instant of it in other trials.

    Channels are brought to z-scores of the training trials first, so that none rules by its
    unit. The template of a task is the DTW barycentre of its training trials. Fit it inside the
    fold: a template that has met a test trial has leaked.

    Parameters
    ----------
    band : float or None, default 0.1
        How far the warping may go, as a share of the trial; see `dtw`.
    max_iterations : int, default 5
        Most iterations of the barycentre.

    Attributes
    ----------
    scaler_ : ChannelScaler
        Fitted on the training trials of all tasks.
    templates_ : dict of task to array of float64, shape (n_channels, n_points)
        In z-scores. A task none of whose trials had a valid sample has none.
    n_trials_ : dict of task to int
        How many trials with a valid sample each template rests on.
    n_points_ : int
        Points per trial.

    References
    ----------
    Petitjean, F., Ketterlin, A., & Gançarski, P. (2011). *Pattern Recognition*, 44(3), 678-693.
    doi:10.1016/j.patcog.2010.09.013

    Examples
    --------
    >>> import numpy as np
    >>> early, late = np.eye(1, 9, 3), np.eye(1, 9, 5)
    >>> aligner = TemplateAligner(band=0.25).fit([early, late], task=["reach", "reach"])
    >>> alignment = aligner.align([early, early], task=["reach", "drink"])
    >>> alignment.matched.tolist(), alignment.distance.tolist()
    ([True, False], [0.0, nan])
    """

    scaler_: ChannelScaler
    templates_: dict[Hashable, NDArray[np.float64]]
    n_trials_: dict[Hashable, int]
    n_points_: int

    def __init__(self, *, band: float | None = 0.1, max_iterations: int = 5) -> None:
        self.band = band
        self.max_iterations = max_iterations

    def fit(self, trials: ArrayLike, y: object = None, *, task: Sequence[Hashable]) -> Self:  # noqa: ARG002
        """Learn the scale of each channel and the template of each task.

        Parameters
        ----------
        trials : array of float, shape (n_trials, n_channels, n_points)
            Phase profiles in any units; NaN marks a gap.
        y : ignored
            Here for scikit-learn.
        task : sequence, length n_trials
            Which task each trial is.

        Raises
        ------
        SignalError
            If `trials` or `task` has another shape, a sample is infinite, or a setting is out of
            range.
        """
        block = checked_trials(trials)
        self.scaler_ = ChannelScaler().fit(block)
        self.n_points_ = block.shape[2]
        self.templates_, self.n_trials_ = {}, {}
        scores = self.scaler_.transform(block.astype(np.float64))
        for name, rows in _by_task(task, n_trials=block.shape[0]):
            usable = scores[rows]
            usable = usable[np.isfinite(usable).any(axis=(1, 2))]
            self.n_trials_[name] = usable.shape[0]
            if usable.shape[0] > 0:
                self.templates_[name] = dtw_barycentre(
                    usable, band=self.band, max_iterations=self.max_iterations
                ).mean
        return self

    @property
    def learned_(self) -> LearnedTemplates:
        """What was learned, to be written down."""
        check_is_fitted(self)
        return LearnedTemplates(
            templates=dict(self.templates_),
            n_trials=dict(self.n_trials_),
            mean=self.scaler_.mean_,
            spread=self.scaler_.scale_,
            unscaled=self.scaler_.unscaled_,
            n_points=self.n_points_,
        )

    def having_learned(self, learned: LearnedTemplates) -> Self:
        """Take over what another aligner of the same settings learned; give itself back.

        Parameters
        ----------
        learned : LearnedTemplates
        """
        self.scaler_ = ChannelScaler()
        self.scaler_.mean_, self.scaler_.scale_ = learned.mean, learned.spread
        self.scaler_.unscaled_ = learned.unscaled
        self.templates_, self.n_trials_ = dict(learned.templates), dict(learned.n_trials)
        self.n_points_ = learned.n_points
        return self

    def align(self, trials: ArrayLike, *, task: Sequence[Hashable]) -> Alignment:
        """Align each trial with the template of its task.

        Parameters
        ----------
        trials : array of float, shape (n_trials, n_channels, n_points)
            The channels, units and number of points met in `fit`; NaN marks a gap.
        task : sequence, length n_trials
            Which task each trial is. One without a template is left unmatched, not refused.

        Returns
        -------
        Alignment
            Warp, effort, distance, and whether there was anything to align with.

        Raises
        ------
        SignalError
            If `trials` or `task` has another shape than in `fit`, or a sample is infinite.
        """
        check_is_fitted(self)
        block = checked_trials(trials)
        if block.shape[2] != self.n_points_:
            raise SignalError(
                f"trials must have the {self.n_points_} points the templates were learned from; "
                f"got {block.shape[2]}. Resample them to as many."
            )
        scores = self.scaler_.transform(block.astype(np.float64))
        n_trials, n_channels, n_points = block.shape
        warp = np.tile(np.arange(n_points, dtype=np.float64), (n_trials, 1))
        effort, distance = np.full(n_trials, np.nan), np.full(n_trials, np.nan)
        matched = np.zeros(n_trials, dtype=bool)
        for name, rows in _by_task(task, n_trials=n_trials):
            if name not in self.templates_:
                continue
            match = match_template(scores[rows], self.templates_[name], band=self.band)
            found, at = match.n_steps > 0, rows[match.n_steps > 0]
            matched[at] = True
            warp[at], effort[at] = match.warp[found], match.effort[found]
            distance[at] = match.distance[found] / np.sqrt(n_channels * match.n_steps[found])
        return Alignment(warp=warp, effort=effort, distance=distance, matched=matched)


def _by_task(
    task: Sequence[Hashable], *, n_trials: int
) -> Iterator[tuple[Hashable, NDArray[np.intp]]]:
    """Give each task, in order of first appearance, with the rows of its trials."""
    if len(task) != n_trials:
        raise SignalError(
            f"task must name the task of each of the {n_trials} trials; got {len(task)} names."
        )
    rows: dict[Hashable, list[int]] = {}
    for row, name in enumerate(task):
        rows.setdefault(name, []).append(row)
    for name, members in rows.items():
        yield name, np.array(members, dtype=np.intp)
