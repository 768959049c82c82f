"""What stands for parameters that a model file leaves out, so that nobody misses them unseen."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from hybridmfp.errors import SettingsError

__all__ = ["NOT_KEPT", "NotKept", "check_complete", "is_left_out"]


class NotKept(Enum):
    """Stands where recordings and ratings of persons stood before a model was written."""

    NOT_KEPT = "not kept in the model file"


NOT_KEPT: Final = NotKept.NOT_KEPT
"""The one member; copies of an estimator have it too."""


def check_complete(estimator: Any) -> None:
    """Refuse to fit an estimator from a file that lacks what it was first fitted with.

    Parameters
    ----------
    estimator : BaseEstimator

    Raises
    ------
    SettingsError
        If a parameter, of itself or of its parts, is `NOT_KEPT`.
    """
    lacking = [name for name, value in estimator.get_params().items() if value is NOT_KEPT]
    if lacking:
        given = ", ".join(f"{name}=..." for name in lacking)
        raise SettingsError(
            f"a model from a file must be given {', '.join(lacking)} to be fitted again; model "
            f"files leave out recordings and ratings of persons. Call set_params({given}), or "
            "build the model anew."
        )


def is_left_out(value: Any) -> bool:
    """Say whether a parameter that files leave out held anything, so that its lack is marked."""
    if value is None or value is NOT_KEPT:
        return value is NOT_KEPT
    return not isinstance(value, Sequence) or len(value) > 0
