"""Rigid bodies: where a marker cluster is, and where its hidden markers must be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SignalError

__all__ = ["RigidMotion", "cluster_shape", "rebuild_cluster", "rigid_motion"]

_FEWEST = 3  # points that fix a pose in space
_SHAPE_FRAMES = 200  # complete frames that are enough to average a shape
_FLAT = 1e-3  # second singular value over the first below which points lie on one line


@dataclass(frozen=True, eq=False)
class RigidMotion:
    """Say how a body moved from its reference shape.

    ``position = rotation @ reference + translation``, frame by frame.

    Attributes
    ----------
    rotation : array of float, shape (n_samples, 3, 3)
        Proper rotations; NaN where fewer than three markers were seen.
    translation : array of float, shape (n_samples, 3)
        In metres; NaN in the same frames.
    """

    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]

    def carry(self, reference: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move reference points along with the body.

        Parameters
        ----------
        reference : array of float, shape (n_points, 3)
            Points in the reference pose, in metres.

        Returns
        -------
        array of float, shape (n_points, 3, n_samples)
        """
        moved = np.einsum("nij,pj->pin", self.rotation, reference)
        carried: NDArray[np.float64] = moved + self.translation.T
        return carried


def rigid_motion(reference: NDArray[np.float64], positions: NDArray[np.float64]) -> RigidMotion:
    """Find the rotation and translation that carry a shape onto what was seen.

    Least squares in every frame over the markers seen in it (Kabsch with reflections excluded).

    Parameters
    ----------
    reference : array of float, shape (n_markers, 3)
        The shape, in metres, complete.
    positions : array of float, shape (n_markers, 3, n_samples)
        What was seen, in metres; NaN where hidden.

    Returns
    -------
    RigidMotion
        NaN in frames with fewer than three markers, or with all of them on one line.

    Raises
    ------
    SignalError
        If the shapes do not fit, or the reference has gaps.

    References
    ----------
    Söderkvist, I., & Wedin, P.-Å. (1993). Determining the movements of the skeleton using
    well-configured markers. J Biomech 26(12). doi:10.1016/0021-9290(93)90098-Y
    """
    if reference.ndim != 2 or positions.shape[:2] != reference.shape or reference.shape[1] != 3:
        raise SignalError(
            "reference must be (n_markers, 3) and positions (n_markers, 3, n_samples); "
            f"got {reference.shape} and {positions.shape}."
        )
    if not np.isfinite(reference).all():
        raise SignalError("reference must be complete; got gaps. Build it with cluster_shape.")
    seen = np.all(np.isfinite(positions), axis=1)
    weight = seen / np.maximum(seen.sum(axis=0), 1)
    clean = np.where(seen[:, np.newaxis], positions, 0.0)
    centre = np.einsum("mn,mcn->nc", weight, clean)
    centre_reference = np.einsum("mn,mc->nc", weight, reference)
    spread = np.einsum(
        "mn,mna,mnb->nab",
        weight,
        clean.transpose(0, 2, 1) - centre,
        reference[:, np.newaxis] - centre_reference,
    )
    left, size, right = np.linalg.svd(spread)
    upright = np.ones((len(spread), 3))
    upright[:, 2] = np.sign(np.linalg.det(left @ right))
    rotation = (left * upright[:, np.newaxis]) @ right
    lost = (seen.sum(axis=0) < _FEWEST) | (size[:, 1] <= _FLAT * size[:, 0])
    rotation[lost] = np.nan
    translation = centre - np.einsum("nij,nj->ni", rotation, centre_reference)
    return RigidMotion(rotation, translation)


def cluster_shape(positions: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Learn the shape of a cluster from the frames in which all its markers are seen.

    Parameters
    ----------
    positions : array of float, shape (n_markers, 3, n_samples)
        In metres.

    Returns
    -------
    array of float, shape (n_markers, 3), or None
        The mean shape in the pose of the first complete frame; None if no frame is complete, or
        if the markers lie on one line and so fix no pose.
    """
    complete = np.flatnonzero(np.all(np.isfinite(positions), axis=(0, 1)))
    if len(complete) == 0 or len(positions) < _FEWEST:
        return None
    picked = complete[
        np.linspace(0, len(complete) - 1, min(len(complete), _SHAPE_FRAMES)).astype(int)
    ]
    frames = positions[:, :, picked]
    first = frames[:, :, 0]
    motion = rigid_motion(first, frames)
    posed = np.isfinite(motion.rotation[:, 0, 0])
    if not posed.any():
        return None
    returned = np.einsum("nji,mjn->min", motion.rotation, frames - motion.translation.T)
    shape: NDArray[np.float64] = returned[:, :, posed].mean(axis=2)
    return shape


def rebuild_cluster(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put hidden markers of a rigid cluster where the visible ones say they are.

    Needs at least three visible markers in a frame; what cannot be rebuilt stays NaN. Visible
    markers are never changed.

    Parameters
    ----------
    positions : array of float, shape (n_markers, 3, n_samples)
        In metres.

    Returns
    -------
    array of float, shape (n_markers, 3, n_samples)
        A copy with hidden markers rebuilt. A marker hidden throughout stays hidden, because
        nothing tells where on the body it sat; the others are rebuilt without it.

    References
    ----------
    Söderkvist & Wedin (1993). doi:10.1016/0021-9290(93)90098-Y
    """
    rebuilt = np.array(positions, dtype=np.float64)
    hidden = np.any(np.isnan(rebuilt), axis=1)
    present = np.flatnonzero(~hidden.all(axis=1))
    frames = np.flatnonzero(hidden[present].any(axis=0))
    if len(frames) == 0:
        return rebuilt
    shape = cluster_shape(rebuilt[present])
    if shape is None:
        return rebuilt
    part = rebuilt[present][:, :, frames]
    carried = rigid_motion(shape, part).carry(shape)
    lost = hidden[present][:, np.newaxis, frames]
    rebuilt[present[:, np.newaxis], :, frames] = np.where(lost, carried, part).transpose(0, 2, 1)
    return rebuilt
