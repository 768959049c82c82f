"""The places of the arm in one trial, to draw it as a stick figure."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridmfp.features.session import SessionDigest

__all__ = ["replay"]

_DIRECTIONS = ("forward", "up", "right")
_LEAST_SEEN = 0.8  # of the frames


def replay(session: SessionDigest) -> dict[str, Any] | None:
    """Choose a trial that shows the session well, and give its places.

    The trial of median duration among those that are seen best. Shoulder, elbow and wrist are
    seen from the trunk and moved along with it; turns of the trunk are not shown.

    Parameters
    ----------
    session : SessionDigest

    Returns
    -------
    dict or None
        ``task``, ``duration_s`` and ``points``: for trunk, shoulder, elbow and wrist a list of
        (forward, up, right) in metres, as if of a right arm, 64 frames from onset to offset,
        None in gaps. None if no trial is seen well enough.
    """
    bag = session.bag
    if bag is None:
        return None
    rows = {
        name: [bag.channels.index(f"{name}_{way}") for way in _DIRECTIONS]
        for name in ("trunk", "shoulder", "elbow", "wrist")
    }
    places = bag.kinematics[:, [at for one in rows.values() for at in one]]
    seen = np.isfinite(places).all(axis=1).mean(axis=1)
    best = np.flatnonzero(seen >= max(_LEAST_SEEN, seen.max(initial=0.0) - 0.05))
    if not len(best):
        return None
    chosen = int(best[np.argsort(bag.duration_s[best], kind="stable")[len(best) // 2]])
    trial = bag.kinematics[chosen].astype(np.float64)
    trunk = trial[rows["trunk"]]
    points = {"trunk": trunk} | {
        name: trial[rows[name]] + trunk for name in ("shoulder", "elbow", "wrist")
    }
    return {
        "task": str(session.task[chosen]),
        "duration_s": float(bag.duration_s[chosen]),
        "points": {name: _frames(place) for name, place in points.items()},
    }


def _frames(place: Any) -> list[list[float] | None]:
    return [
        [round(float(value), 4) for value in frame] if np.isfinite(frame).all() else None
        for frame in place.T
    ]
