"""The columns of the tables, as the data dictionary tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from hybridmfp.clinical.fma_ue import FMA_UE
from hybridmfp.clinical.sourced import read_facts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Row", "frame_of", "table_columns"]

Row = Mapping[str, Any]

_DTYPES = {"text": "object", "number": "float64", "flag": "bool"}


@cache
def table_columns() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Give kind, unit and meaning of each column by table and name, in order.

    Examples
    --------
    >>> table_columns()["visits"]["score_points"]["unit"]
    'points, 0 to 66'
    """
    told: dict[str, Any] = read_facts("hybridmfp.clinical.exchange", "dictionary.yaml")
    told["ratings"] |= {
        item.identifier: {
            "kind": "number",
            "unit": f"points, {item.levels[0]} to {item.levels[-1]}",
            "meaning": item.title,
        }
        for item in FMA_UE.items
    }
    return told


def frame_of(table: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Put rows into the columns of a table; what a row does not tell is missing."""
    import pandas as pd  # noqa: PLC0415 - slow to import

    given = list(rows)
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in given], dtype=_DTYPES[facts["kind"]])
            for name, facts in table_columns()[table].items()
        }
    )
