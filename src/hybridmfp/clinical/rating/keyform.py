"""A keyform: how hard each step of each item is, learned from a cohort of rated persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridmfp.clinical.fma_ue import FMA_UE, require_fma_ue
from hybridmfp.clinical.rating.check import checked_items
from hybridmfp.clinical.rating.choices import keyform_choices, voluntary_items
from hybridmfp.clinical.rating.items import FMA_ITEMS
from hybridmfp.errors import ClinicalError, ReadError
from hybridmfp.io.atomic import atomic_file
from hybridmfp.io.hashing import read_bytes
from hybridmfp.io.json_form import FLAG, NUMBER, TEXT, ListOf, MappingTo, misfit, one_of
from hybridmfp.io.strict_json import parse_json, pretty_json
from hybridmfp.signals import Scale

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMAT", "CalibratedItem", "Keyform", "fit_keyform"]

FORMAT = "hybridmfp-keyform/1"
"""Changes whenever a reader of the JSON would misread it."""

_SUBJECT_COLUMNS = ("subject", "participant_id", "subject_id")
_DOCUMENT: Mapping[str, Any] = {
    "format": one_of(FORMAT),
    "scale": TEXT,
    "cohort": TEXT,
    "synthetic": FLAG,
    "n_fitted": NUMBER,
    "mean": NUMBER,
    "sd": NUMBER,
    "reliability": NUMBER,
    "items": MappingTo(
        {
            "thresholds": ListOf(NUMBER, 2),
            "standard_errors": ListOf(NUMBER, 2),
            "infit": NUMBER,
            "outfit": NUMBER,
        }
    ),
}
_HIGHEST = 100.0  # logits; what lies beyond is no threshold but an overflow


@dataclass(frozen=True)
class CalibratedItem:
    """Hold how hard an item is.

    Attributes
    ----------
    thresholds : tuple of float
        Of the steps to 1 and to 2 points, in logits.
    standard_errors : tuple of float
        Of the thresholds, in logits.
    infit, outfit : float
        Mean squares; 1 is expected.
    """

    thresholds: tuple[float, ...]
    standard_errors: tuple[float, ...]
    infit: float
    outfit: float

    @property
    def location(self) -> float:
        """Mean of the thresholds, in logits."""
        return sum(self.thresholds) / len(self.thresholds)


@dataclass(frozen=True)
class Keyform:
    """Hold the thresholds of the 30 voluntary items, and whom they were learned from.

    Attributes
    ----------
    items : mapping of str to CalibratedItem
        By identifier; the means of the items sum to zero.
    cohort : str
        Who was rated.
    n_fitted : int
        How many persons.
    mean, sd : float
        Of their abilities, in logits.
    reliability : float
        Share of the spread of abilities that is not error, 0 to 1.
    synthetic : bool
        Whether the persons are simulated; such a keyform says nothing about patients.
    """

    items: Mapping[str, CalibratedItem]
    cohort: str
    n_fitted: int
    mean: float
    sd: float
    reliability: float
    synthetic: bool

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "format": FORMAT,
            "scale": FMA_UE.name,
            "cohort": self.cohort,
            "synthetic": self.synthetic,
            "n_fitted": self.n_fitted,
            "mean": self.mean,
            "sd": self.sd,
            "reliability": self.reliability,
            "items": {
                name: {
                    "thresholds": list(item.thresholds),
                    "standard_errors": list(item.standard_errors),
                    "infit": item.infit,
                    "outfit": item.outfit,
                }
                for name, item in self.items.items()
            },
        }

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write it to a JSON file.

        Raises
        ------
        WriteError
            If there is such a file already and it may not be replaced, or the disk refuses.
        """
        data = pretty_json(self.as_json(), what="a keyform")
        with atomic_file(path, overwrite=overwrite) as unfinished:
            unfinished.write_bytes(data)

    @classmethod
    def load(cls, path: str | Path) -> Keyform:
        """Read one that was saved.

        Raises
        ------
        ReadError
            If the file is none.
        ClinicalError
            ``other_scale``.
        """
        data, _ = read_bytes(Path(path))
        document = parse_json(data, what=str(path))
        wrong = misfit(document, _DOCUMENT, closed=True)
        if wrong is None:
            require_fma_ue(document["scale"], whose=f"the keyform {path}")
            wrong = _impossible(document)
        if wrong is not None:
            raise ReadError(f"{path} must be a keyform: {wrong}. Fit it again.")
        return cls(
            items={
                name: CalibratedItem(
                    thresholds=tuple(map(float, one["thresholds"])),
                    standard_errors=tuple(map(float, one["standard_errors"])),
                    infit=float(one["infit"]),
                    outfit=float(one["outfit"]),
                )
                for name, one in document["items"].items()
            },
            cohort=document["cohort"],
            n_fitted=int(document["n_fitted"]),
            mean=float(document["mean"]),
            sd=float(document["sd"]),
            reliability=float(document["reliability"]),
            synthetic=document["synthetic"],
        )


def fit_keyform(
    table: pd.DataFrame | Iterable[Mapping[str, Any]],
    *,
    cohort: str,
    synthetic: bool,
    scale: Scale | str = FMA_UE,
) -> Keyform:
    """Learn how hard the steps of the 30 voluntary items are.

    Parameters
    ----------
    table : DataFrame or iterable of mappings
        One row per person, points by identifier of the item; None or NaN for an item that was not
        rated. Reflex items are checked and left out. ``subject`` or ``participant_id``, if there,
        must not repeat: two visits of one person are not two persons.
    cohort : str
        Who was rated, for those who use the keyform.
    synthetic : bool
        Whether the persons are simulated.
    scale : Scale or str, default FMA-UE
        The scale the items are of.

    Raises
    ------
    ClinicalError
        ``other_scale``; ``too_few`` below 100 persons, or if nobody has some points of an item;
        ``missing_items`` without a column for each voluntary item or for a person without any;
        ``impossible_items``; ``contradictory_inputs`` for a person who is told twice.
    """
    from hybridmfp.clinical.rating.partial_credit import PartialCreditModel  # noqa: PLC0415 - slow

    require_fma_ue(scale, whose=cohort)
    names = voluntary_items()
    rows = _rows(table)
    _refuse_few(rows, cohort)
    _refuse_repeats(rows, cohort)
    points = [_points(row, at, names, cohort) for at, row in enumerate(rows)]
    _refuse_unseen(points, names, cohort)
    model = PartialCreditModel(levels=[FMA_ITEMS[name].levels for name in names]).fit(points)
    fit = model.item_fit(points)
    return Keyform(
        items={
            name: CalibratedItem(
                thresholds=tuple(map(float, model.thresholds_[at])),
                standard_errors=tuple(map(float, model.thresholds_se_[at])),
                infit=float(fit.infit[at]),
                outfit=float(fit.outfit[at]),
            )
            for at, name in enumerate(names)
        },
        cohort=cohort,
        n_fitted=len(points),
        mean=model.mean_,
        sd=model.sd_,
        reliability=model.reliability_,
        synthetic=synthetic,
    )


def _rows(table: pd.DataFrame | Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if hasattr(table, "to_dict"):
        return [{str(name): one for name, one in row.items()} for row in table.to_dict("records")]
    return list(table)


def _refuse_few(rows: Sequence[Mapping[str, Any]], cohort: str) -> None:
    least = keyform_choices()["least_persons"]["value"]
    if len(rows) < least:
        raise ClinicalError(
            f"a keyform must be fitted on {least} persons or more; {cohort} has {len(rows)}. "
            "Without one, ordinal_hierarchy gives an order without chances.",
            refusal="too_few",
        )


def _refuse_repeats(rows: Sequence[Mapping[str, Any]], cohort: str) -> None:
    for column in _SUBJECT_COLUMNS:
        told = [row[column] for row in rows if column in row]
        twice = sorted({str(one) for one in told if told.count(one) > 1})
        if twice:
            raise ClinicalError(
                f"each person of {cohort} must be told once, because visits of one person are not "
                f"independent; got {', '.join(twice[:8])} more than once. Keep one visit of each.",
                refusal="contradictory_inputs",
            )


def _points(row: Mapping[str, Any], at: int, names: Sequence[str], cohort: str) -> list[float]:
    """Give the points of one person; NaN where there are none."""
    whose = f"row {at} of {cohort}"
    lacking = [name for name in names if name not in row]
    if lacking:
        raise ClinicalError(
            f"{whose} must have a column for each voluntary item; {', '.join(lacking)} missing. "
            "Leave cells empty that were not rated.",
            refusal="missing_items",
        )
    told = {name: _none_if_nan(row[name]) for name in FMA_ITEMS if name in row}
    rated = checked_items(told, whose=whose)
    if not any(name in rated for name in names):
        raise ClinicalError(
            f"{whose} must have a rated item; it has none. Leave it out.", refusal="missing_items"
        )
    return [float(rated.get(name, float("nan"))) for name in names]


def _none_if_nan(value: Any) -> Any:
    # NaN alone is not equal to itself.
    return None if value is None or value != value else value


def _refuse_unseen(points: Sequence[Sequence[float]], names: Sequence[str], cohort: str) -> None:
    unseen = [
        f"{level} in {name}"
        for name, column in zip(names, zip(*points, strict=True), strict=True)
        for level in FMA_ITEMS[name].levels
        if level not in column
    ]
    if unseen:
        raise ClinicalError(
            f"some of {cohort} must have each number of points in each item, because thresholds "
            f"are infinite otherwise; nobody has {', '.join(unseen)}. Rate more persons, of all "
            "abilities.",
            refusal="too_few",
        )


def _impossible(document: Mapping[str, Any]) -> str | None:
    names = voluntary_items()
    if set(document["items"]) != set(names):
        strange = sorted(set(document["items"]) ^ set(names))
        return f"items must be the {len(names)} voluntary ones; {', '.join(strange[:8])} differ"
    numbers = [
        number
        for one in document["items"].values()
        for number in (*one["thresholds"], *one["standard_errors"], one["infit"], one["outfit"])
    ]
    if any(abs(number) > _HIGHEST for number in (*numbers, document["mean"])):
        return f"thresholds must lie within {_HIGHEST:g} logits"
    if any(
        number < 0
        for one in document["items"].values()
        for number in (*one["standard_errors"], one["infit"], one["outfit"])
    ):
        return "standard errors and mean squares must be 0 or more"
    return _impossible_cohort(document)


def _impossible_cohort(document: Mapping[str, Any]) -> str | None:
    least = keyform_choices()["least_persons"]["value"]
    if document["n_fitted"] < least or document["n_fitted"] != int(document["n_fitted"]):
        return f"n_fitted must be a whole number of {least} or more"
    if not 0 < document["sd"] <= _HIGHEST:
        return "sd must be above 0"
    if not 0 <= document["reliability"] <= 1:
        return "reliability must lie between 0 and 1"
    return None
