"""Which definition a column of named numbers has."""

from __future__ import annotations

from hybridmfp.errors import CohortError
from hybridmfp.features import FEATURES
from hybridmfp.features.definition import FeatureDefinition

__all__ = ["find_definition"]


def find_definition(column: str) -> FeatureDefinition:
    """Give the definition of a biomarker.

    Parameters
    ----------
    column : str
        Such as ``"emg.rms.biceps_brachii"``.

    Raises
    ------
    CohortError
        If no feature has that name.

    Examples
    --------
    >>> find_definition("emg.rms.biceps_brachii").unit
    'V'
    """
    fitting = [one for one in FEATURES if column == one.name or column.startswith(f"{one.name}.")]
    if not fitting:
        raise CohortError(
            f"a biomarker must be among the features of docs/features.md; got {column!r}. "
            "Digest the session with this version."
        )
    return max(fitting, key=lambda one: len(one.name))
