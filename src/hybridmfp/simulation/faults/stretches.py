"""Stretches of a trial, drawn at random."""

from __future__ import annotations

import numpy as np

__all__ = ["draw_stretches"]


def draw_stretches(
    n_samples: int, *, share: float, lengths: tuple[int, int], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Draw stretches that do not overlap and make up a share of the samples.

    Parameters
    ----------
    n_samples : int
    share : float
        From 0 to 1; the stretches come as near to it as their lengths allow, at least one.
    lengths : tuple of int
        Shortest and longest stretch, in samples.
    rng : numpy.random.Generator

    Returns
    -------
    list of tuple of int
        First sample of each, and the first after it, rising.

    Examples
    --------
    >>> import numpy as np
    >>> drawn = draw_stretches(1000, share=0.3, lengths=(10, 50), rng=np.random.default_rng(0))
    >>> sum(stop - start for start, stop in drawn)
    300
    """
    wanted = max(1, round(share * n_samples))
    pieces: list[int] = []
    while sum(pieces) < wanted:
        length = int(rng.integers(lengths[0], lengths[1] + 1))
        pieces.append(min(length, wanted - sum(pieces), n_samples))
    free = n_samples - sum(pieces)
    breaks = np.sort(rng.integers(0, free + 1, len(pieces)))
    starts = breaks + np.concatenate([[0], np.cumsum(pieces)[:-1]])
    return [(int(at), int(at) + length) for at, length in zip(starts, pieces, strict=True)]
