"""The smoothest way from one posture to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["minimum_jerk"]


def minimum_jerk(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trace a movement from 0 to 1 that is as smooth as it can be.

    Parameters
    ----------
    share : array of float, any shape
        Elapsed share of the movement time; at rest below 0 and above 1.

    Returns
    -------
    array of float, the shape of `share`
        The share of the way that is behind.

    References
    ----------
    Flash, T., & Hogan, N. (1985). The coordination of arm movements. *Journal of
    Neuroscience*, 5, 1688-1703. doi:10.1523/JNEUROSCI.05-07-01688.1985

    Examples
    --------
    >>> import numpy as np
    >>> minimum_jerk(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    x = np.clip(share, 0, 1)
    traced: NDArray[np.float64] = x**3 * (10 - 15 * x + 6 * x**2)
    return traced
