"""One patient on the keyform: where their ratings lie, what comes next, what is unexpected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.clinical.rating.check import checked_items
from hybridmfp.clinical.rating.choices import keyform_choices
from hybridmfp.clinical.rating.items import FMA_ITEMS
from hybridmfp.clinical.rating.keyform import Keyform
from hybridmfp.clinical.rating.rasch_steps import Moments, chance_of_next, level_chances, moments
from hybridmfp.clinical.rating.warm_estimate import warm_estimate
from hybridmfp.clinical.sourced import source_of
from hybridmfp.errors import ClinicalError

__all__ = ["KeyformRow", "KeyformView", "keyform_rows", "next_targets", "view_keyform"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class KeyformRow:
    """Hold one item of a patient.

    Attributes
    ----------
    item, title, section : str
    given : int or None
        The points that were rated; None if the item was not.
    expected : float
        The points that are expected at the patient's ability.
    thresholds : tuple of float
        Of the steps to 1 and 2 points, in logits.
    target : bool
        Whether the next step is within reach.
    p_next : float or None
        Chance to take the next step for one of this ability who took those before it; None where
        there is no further step, or no rating.
    p_reach : float or None
        Chance to have the next level or more, whatever was rated.
    residual : float or None
        How far the rating lies from what is expected, in standard deviations.
    unexpected : bool
        Whether it lies 2 or more away.
    """

    item: str
    title: str
    section: str
    given: int | None
    expected: float
    thresholds: tuple[float, ...]
    target: bool
    p_next: float | None
    p_reach: float | None
    residual: float | None
    unexpected: bool

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "item": self.item,
            "title": self.title,
            "section": self.section,
            "given": self.given,
            "expected": self.expected,
            "thresholds": list(self.thresholds),
            "target": self.target,
            "p_next": self.p_next,
            "p_reach": self.p_reach,
            "residual": self.residual,
            "unexpected": self.unexpected,
        }


@dataclass(frozen=True)
class KeyformView:
    """Hold a patient on the keyform.

    Attributes
    ----------
    theta, se : float
        Ability and its standard error, in logits.
    rows : tuple of KeyformRow
        The 30 voluntary items, the easiest first.
    targets : tuple of str
        Items whose next step is within reach, the likeliest first.
    unexpected : tuple of str
        Items whose rating is unexpected: worth a second look.
    keyform : Keyform
    """

    theta: float
    se: float
    rows: tuple[KeyformRow, ...]
    targets: tuple[str, ...]
    unexpected: tuple[str, ...]
    keyform: Keyform

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready, with what was chosen by us and from where."""
        choices = keyform_choices()
        window, practice = choices["target_window"], choices["practice"]
        return {
            "refused": None,
            "theta": self.theta,
            "se": self.se,
            "rows": [row.as_json() for row in self.rows],
            "targets": list(self.targets),
            "unexpected": list(self.unexpected),
            "n_fitted": self.keyform.n_fitted,
            "cohort": self.keyform.cohort,
            "synthetic": self.keyform.synthetic,
            "target_window": {
                "low": window["low"],
                "high": window["high"],
                "source": source_of(window).as_json(),
            },
            "practice": {
                "repetitions_per_session": practice["repetitions_per_session"],
                "sessions_per_target": practice["sessions_per_target"],
                "text": practice["text"],
                "source": source_of(practice).as_json(),
            },
        }


def view_keyform(keyform: Keyform, items: Mapping[str, float | None]) -> KeyformView:
    """Place a patient on the keyform.

    Parameters
    ----------
    keyform : Keyform
    items : mapping of str to number or None
        Rated points by identifier; None for an item that was not rated. Reflex items are not used.

    Raises
    ------
    ClinicalError
        ``impossible_items``, if these are no points that a rater can give, such as the expected
        points of an estimate; ``too_few`` below 10 rated voluntary items.
    """
    rated = checked_items(items, whose="this patient")
    names = tuple(keyform.items)
    given = [rated.get(name) for name in names]
    _refuse_few(sum(one is not None for one in given))
    thresholds = np.array([keyform.items[name].thresholds for name in names])
    taken = np.array([[np.nan if one is None else one for one in given]], dtype=np.float64)
    (theta,), (se,) = warm_estimate(taken, thresholds)
    ability = np.array([theta])
    at, chances = moments(ability, thresholds), level_chances(ability, thresholds)[0]
    rows = [
        _row(name, keyform, given[place], float(theta), chances[place], _moments_of(at, place))
        for place, name in enumerate(names)
    ]
    rows.sort(key=lambda row: keyform.items[row.item].location)
    targets = sorted((row for row in rows if row.target), key=lambda row: -(row.p_next or 0))
    return KeyformView(
        theta=float(theta),
        se=float(se),
        rows=tuple(rows),
        targets=tuple(row.item for row in targets),
        unexpected=tuple(row.item for row in rows if row.unexpected),
        keyform=keyform,
    )


def next_targets(keyform: Keyform, items: Mapping[str, float | None]) -> tuple[str, ...]:
    """Give the items to practise next: chance of the next step 35 to 65 %, the likeliest first.

    Parameters, refusals and choices are those of `view_keyform`.
    """
    return view_keyform(keyform, items).targets


def keyform_rows(keyform: Keyform, items: Mapping[str, float | None]) -> tuple[KeyformRow, ...]:
    """Give the rows of a keyform to draw, the easiest item first; see `view_keyform`."""
    return view_keyform(keyform, items).rows


def _refuse_few(n_rated: int) -> None:
    least = keyform_choices()["least_rated_items"]["value"]
    if n_rated < least:
        raise ClinicalError(
            f"a keyform must have {least} rated voluntary items or more to place a patient; got "
            f"{n_rated}. Rate more items.",
            refusal="too_few",
        )


def _moments_of(at: Moments, place: int) -> tuple[float, float]:
    return float(at.mean[0, place]), float(at.variance[0, place])


def _row(
    name: str,
    keyform: Keyform,
    given: int | None,
    theta: float,
    chances: Array,
    mean_and_variance: tuple[float, float],
) -> KeyformRow:
    thresholds = keyform.items[name].thresholds
    expected, variance = mean_and_variance
    choices = keyform_choices()
    window, limit = choices["target_window"], choices["unexpected_residual"]["value"]
    p_next = p_reach = residual = None
    if given is not None:
        residual = (given - expected) / variance**0.5
        if given < len(thresholds):
            p_next = chance_of_next(theta, thresholds[given])
            p_reach = float(chances[given + 1 :].sum())
    return KeyformRow(
        item=name,
        title=FMA_ITEMS[name].title,
        section=FMA_ITEMS[name].section,
        given=given,
        expected=expected,
        thresholds=thresholds,
        target=p_next is not None and window["low"] <= p_next <= window["high"],
        p_next=p_next,
        p_reach=p_reach,
        residual=residual,
        unexpected=residual is not None and abs(residual) >= limit,
    )
