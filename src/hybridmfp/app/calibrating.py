"""A keyform from the rated items of a cohort folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridmfp.clinical.fma_ue import require_fma_ue
from hybridmfp.clinical.rating import Keyform, fit_keyform
from hybridmfp.errors import ClinicalError
from hybridmfp.signals import Cohort

__all__ = ["keyform_in_words", "keyform_of"]

_SHOWN = 5  # easiest and hardest items


def keyform_of(cohort: Cohort) -> Keyform:
    """Fit a keyform on the first visit with rated items of each patient.

    Raises
    ------
    ClinicalError
        ``other_scale``, or ``missing_items`` where nobody's items were rated; else as
        `fit_keyform`.
    """
    if cohort.scale is None:
        raise ClinicalError(
            f"{cohort.name} must be rated on fma-ue; it has no scale. Add a score column.",
            refusal="other_scale",
        )
    require_fma_ue(cohort.scale, whose=cohort.name)
    first: dict[str, Mapping[str, Any]] = {}
    for row in cohort.sessions:
        if row.group == "patient" and row.items and row.subject not in first:
            rated = {item.identifier: row.items.get(item.identifier) for item in cohort.scale.items}
            first[row.subject] = {"subject": row.subject, **rated}
    if not first:
        raise ClinicalError(
            f"{cohort.name} must hold rated items, in items.tsv; it holds none. "
            "docs/readers.md shows the table.",
            refusal="missing_items",
        )
    return fit_keyform(first.values(), cohort=cohort.name, synthetic=cohort.synthetic)


def keyform_in_words(fitted: Keyform) -> dict[str, str]:
    """Put a keyform in words."""
    order = sorted(fitted.items, key=lambda name: fitted.items[name].location)
    rows = {
        "persons": f"{fitted.n_fitted}; reliability {fitted.reliability:.2f}",
        "easiest": ", ".join(order[:_SHOWN]),
        "hardest": ", ".join(order[-_SHOWN:]),
    }
    if fitted.synthetic:
        rows["data"] = "SYNTHETIC, says nothing about patients"
    return rows
