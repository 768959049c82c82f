"""Rules that arrays of a fitted model must obey, wherever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import ReadError

__all__ = ["checked_array", "checked_number"]


def checked_array(
    values: NDArray[Any],
    name: str,
    *,
    shape: Sequence[int | None],
    dtype: type[np.generic] = np.float64,
    gaps: bool = False,
) -> NDArray[Any]:
    """Give an array back in plain order of memory if it is what a fitted model holds.

    The order decides in which order products are summed, and so the last bits of an estimate.

    Parameters
    ----------
    values : array
    name : str
        For the message.
    shape : sequence of int or None
        How long each axis must be; None is any length.
    dtype : type, default float64
    gaps : bool, default False
        Whether NaN is allowed.

    Raises
    ------
    ReadError
        If the type or the shape is another, or a number is infinite, or NaN unless allowed.
    """
    fits = values.ndim == len(shape) and all(
        wanted in (None, found) for wanted, found in zip(shape, values.shape, strict=True)
    )
    if values.dtype != dtype or not fits:
        wanted = tuple("any" if one is None else one for one in shape)
        raise _broken(
            name, f"be {np.dtype(dtype)} of shape {wanted}", f"{values.dtype} of {values.shape}"
        )
    if values.dtype.kind == "f" and not np.all(np.isfinite(values) | (gaps & np.isnan(values))):
        raise _broken(name, "be finite", "NaN or infinity")
    return np.ascontiguousarray(values)


def checked_number(value: object, name: str, *, above: float = -np.inf) -> float:
    """Give a finite number back as float.

    Raises
    ------
    ReadError
        If it is no number, not finite, or not above a bound.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not np.isfinite(number := float(value)) or number <= above:  # type: ignore[arg-type]
        raise _broken(name, f"be a finite number above {above:g}", repr(value)[:80])
    return number


def _broken(name: str, rule: str, got: str) -> ReadError:
    return ReadError(
        f"{name} of a fitted model must {rule}; got {got}. The model is damaged: fit it anew."
    )
