"""Muscle synergies: the few groups of muscles that a person switches on together."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from hybridmfp.errors import SignalError

__all__ = [
    "Synergies",
    "count_synergies",
    "extract_synergies",
    "match_synergies",
    "synergy_similarity",
]

_TOLERANCE = 1e-4
_MOST_ITERATIONS = 5000


@dataclass(frozen=True, eq=False)
class Synergies:
    """Hold groups of muscles and when each is active.

    Attributes
    ----------
    weights : array of float, shape (n_muscles, n_synergies)
        What each muscle contributes; every column has length 1. The synergies stand in the
        order of the energy they explain, the largest first.
    activations : array of float, shape (n_synergies, n_instants)
        How strongly each synergy is active, in the unit of the envelopes.
    vaf : float
        Variance accounted for, ``1 - |E - W C|^2 / |E|^2``, without taking the mean off.
    vaf_per_muscle : array of float, shape (n_muscles,)
        The same for each muscle alone; NaN for a muscle that is never active.
    settled : bool
        Whether the factorisation came to rest. With few instants it may creep on for thousands
        of passes that hardly change the fit; what it has reached then is given.
    """

    weights: NDArray[np.float64]
    activations: NDArray[np.float64]
    vaf: float
    vaf_per_muscle: NDArray[np.float64]
    settled: bool = True


def extract_synergies(envelopes: ArrayLike, *, n_synergies: int, seed: int = 0) -> Synergies:
    """Explain the activity of many muscles by a few groups that are switched on together.

    Non-negative matrix factorisation ``E = W C`` by coordinate descent from a start that is
    derived from the singular vectors. One synergy is the leading singular vector itself, which
    is the exact answer.

    Parameters
    ----------
    envelopes : array of float, shape (n_muscles, n_instants)
        Envelopes of one session, trials one after another, each muscle as a share of its
        peak. No gaps.
    n_synergies : int
        How many groups, at most `n_muscles`.
    seed : int, default 0
        Of the randomised singular value decomposition that gives the start.

    Returns
    -------
    Synergies

    Raises
    ------
    SignalError
        If an envelope is negative or not finite, nothing is active at all, or `n_synergies` is
        not between 1 and `n_muscles`.

    References
    ----------
    Lee, D. D. & Seung, H. S. (1999). Learning the parts of objects by non-negative matrix
    factorization. *Nature* 401:788-791. doi:10.1038/44565

    Cichocki, A. & Phan, A.-H. (2009). Fast local algorithms for large scale nonnegative matrix
    and tensor factorizations. *IEICE Trans Fundamentals* E92-A:708-721.
    doi:10.1587/transfun.E92.A.708

    Torres-Oviedo, G., Macpherson, J. M. & Ting, L. H. (2006). Muscle synergy organization is
    robust across a variety of postural perturbations. *J Neurophysiol* 96:1530-1546.
    doi:10.1152/jn.00810.2005

    Examples
    --------
    >>> import numpy as np
    >>> together = np.outer([3.0, 4.0], [0.1, 0.2, 0.1])  # two muscles, always in step
    >>> extract_synergies(together, n_synergies=1).weights.round(6).tolist()
    [[0.6], [0.8]]
    """
    activity = _checked_envelopes(envelopes)
    if not 1 <= n_synergies <= activity.shape[0]:
        raise SignalError(
            f"n_synergies must lie between 1 and {activity.shape[0]}, the number of muscles; "
            f"got {n_synergies}."
        )
    *factors, settled = (
        (*_rank_one(activity), True)
        if n_synergies == 1
        else _factorise(activity, n_synergies, seed)
    )
    weights, activations = _in_order(*factors)
    lost = np.square(activity - weights @ activations).sum(axis=1)
    energy = np.square(activity).sum(axis=1)
    missed = np.divide(lost, energy, out=np.full(energy.shape, np.nan), where=energy > 0)
    return Synergies(
        weights=weights,
        activations=activations,
        vaf=float(1 - lost.sum() / energy.sum()),
        vaf_per_muscle=1 - missed,
        settled=settled,
    )


def count_synergies(
    envelopes: ArrayLike,
    *,
    vaf: float = 0.90,
    muscle_vaf: float = 0.75,
    most: int = 8,
    seed: int = 0,
) -> int | None:
    """Count how few synergies explain the activity of all muscles well.

    Parameters
    ----------
    envelopes : array of float, shape (n_muscles, n_instants)
        As for `extract_synergies`.
    vaf : float, default 0.90
        The share of all activity that must be explained.
    muscle_vaf : float, default 0.75
        The share that must be explained in every muscle that is ever active.
    most : int, default 8
        Where to stop counting.
    seed : int, default 0
        As for `extract_synergies`.

    Returns
    -------
    int or None
        The smallest sufficient number; None if `most`, or one per muscle, do not suffice.

    Raises
    ------
    SignalError
        If an envelope is negative or not finite, or nothing is active at all.

    References
    ----------
    Clark, D. J. et al. (2010). Merging of healthy motor modules predicts reduced locomotor
    performance and muscle coordination complexity post-stroke. *J Neurophysiol* 103:844-857.
    doi:10.1152/jn.00825.2009

    Examples
    --------
    >>> import numpy as np
    >>> count_synergies(np.array([[1.0, 0.0, 1.0], [2.0, 0.0, 2.0], [0.0, 1.0, 0.0]]))
    2
    """
    activity = _checked_envelopes(envelopes)
    for n_synergies in range(1, min(most, activity.shape[0]) + 1):
        found = extract_synergies(activity, n_synergies=n_synergies, seed=seed)
        if found.vaf >= vaf and float(np.nanmin(found.vaf_per_muscle)) >= muscle_vaf:
            return n_synergies
    return None


def match_synergies(
    first: ArrayLike, second: ArrayLike
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find which synergy of one person corresponds to which of another.

    Pairs are chosen so that the sum of their cosines is largest (Hungarian method): the
    order in which synergies come means nothing.

    Parameters
    ----------
    first, second : array of float, shape (n_muscles, n_first) and (n_muscles, n_second)
        Weights of the same muscles in the same order; of any length.

    Returns
    -------
    pairs : array of int, shape (min(n_first, n_second), 2)
        Columns of `first` and of `second`.
    cosines : array of float, shape (min(n_first, n_second),)
        How alike each pair is: 1 the same, 0 no muscle in common.

    Raises
    ------
    SignalError
        If the numbers of muscles differ.

    References
    ----------
    Kuhn, H. W. (1955). The Hungarian method for the assignment problem. *Naval Res Logist*
    2:83-97. doi:10.1002/nav.3800020109

    Examples
    --------
    >>> import numpy as np
    >>> pairs, cosines = match_synergies(np.eye(2), np.eye(2)[:, ::-1])
    >>> pairs.tolist(), cosines.tolist()
    ([[0, 1], [1, 0]], [1.0, 1.0])
    """
    ours, theirs = _unit_columns(first), _unit_columns(second)
    if ours.shape[0] != theirs.shape[0]:
        raise SignalError(
            "both sets of weights must be of the same muscles; "
            f"got {ours.shape[0]} and {theirs.shape[0]}. Pick the common muscles first."
        )
    alike = ours.T @ theirs
    rows, columns = linear_sum_assignment(alike, maximize=True)
    return np.column_stack([rows, columns]), alike[rows, columns]


def synergy_similarity(weights: ArrayLike, reference: ArrayLike) -> float:
    """Say how alike the synergies of a person and those of a reference are.

    Parameters
    ----------
    weights, reference : array of float, shape (n_muscles, n_synergies)
        Weights of the same muscles in the same order.

    Returns
    -------
    float
        The mean cosine of the pairs of `match_synergies`: 1 if the same.

    Raises
    ------
    SignalError
        If the numbers of muscles differ.

    References
    ----------
    Cheung, V. C. K. et al. (2012). Muscle synergy patterns as physiological markers of motor
    cortical damage. *PNAS* 109:14652-14656. doi:10.1073/pnas.1212056109

    Examples
    --------
    >>> import numpy as np
    >>> synergy_similarity(np.eye(3), 2 * np.eye(3)[:, [2, 0, 1]])
    1.0
    """
    return float(np.mean(match_synergies(weights, reference)[1]))


def _checked_envelopes(envelopes: ArrayLike) -> NDArray[np.float64]:
    activity = np.asarray(envelopes, dtype=np.float64)
    if activity.ndim != 2 or activity.size == 0:
        raise SignalError(
            "envelopes must be (n_muscles, n_instants) with at least one of each; "
            f"got shape {activity.shape}. Put the trials of a session one after another."
        )
    if not np.isfinite(activity).all() or activity.min() < 0:
        raise SignalError(
            "envelopes must be finite and not negative; got gaps or negative values. "
            "Leave out instants with a gap, and pass envelopes rather than EMG."
        )
    if not activity.any():
        raise SignalError("envelopes must show activity somewhere; got zeros only.")
    return activity


def _rank_one(activity: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the best single synergy: by Perron and Frobenius, the leading singular vectors."""
    _, vectors = np.linalg.eigh(activity @ activity.T)
    weights = np.abs(vectors[:, -1:])
    return weights, weights.T @ activity


def _factorise(
    activity: NDArray[np.float64], n_synergies: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    model = NMF(
        n_synergies,
        init="nndsvda",
        solver="cd",
        tol=_TOLERANCE,
        max_iter=_MOST_ITERATIONS,
        random_state=seed,
    )
    scale = activity.max()  # the start and the stopping rule are not free of units
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # told by `Synergies.settled`
        weights = model.fit_transform(activity / scale)
    return weights, model.components_ * scale, model.n_iter_ < _MOST_ITERATIONS


def _in_order(
    weights: NDArray[np.float64], activations: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give every synergy length 1 and put first what explains most."""
    lengths = np.linalg.norm(weights, axis=0)
    scaled = activations * lengths[:, np.newaxis]
    order = np.argsort(-np.linalg.norm(scaled, axis=1), kind="stable")
    return _unit_columns(weights)[:, order], scaled[order]


def _unit_columns(weights: ArrayLike) -> NDArray[np.float64]:
    """Scale columns to length 1; a column of zeros stays one."""
    columns = np.asarray(weights, dtype=np.float64)
    lengths = np.linalg.norm(columns, axis=0)
    return columns / np.where(lengths > 0, lengths, 1.0)
