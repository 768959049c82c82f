"""Keep what turns sessions into rows: templates, norms and mean envelopes, and no recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridmfp.errors import ReadError, SettingsError
from hybridmfp.features.alignment import ALIGNMENT_FEATURES
from hybridmfp.models.array_rules import checked_array
from hybridmfp.models.hybrid_rows import HybridRows
from hybridmfp.models.kept.told import Arrays, Described, Told, under, with_prefix
from hybridmfp.models.not_kept import NOT_KEPT, is_left_out
from hybridmfp.models.session_rows import SessionRows
from hybridmfp.models.task_norms import TaskNorms
from hybridmfp.preprocessing.template_aligner import LearnedTemplates, TemplateAligner

__all__ = [
    "check_rows_can_be_kept",
    "described_rows",
    "restored_rows",
    "rows_from_parameters",
    "rows_parameters",
]

_SESSION, _HYBRID = "session-rows", "hybrid-rows"


def check_rows_can_be_kept(rows: Any) -> None:
    """Refuse a transformer of another kind.

    Raises
    ------
    SettingsError
        If it is not `SessionRows`, or `HybridRows` of them, or None.
    """
    inner = rows.rows if type(rows) is HybridRows else rows
    if inner is not None and type(inner) is not SessionRows:
        raise SettingsError(
            "rows of a model that shall be kept must be made by SessionRows, alone or within "
            f"HybridRows, or be plain tables; got {type(rows).__name__}. Use one of these."
        )


def rows_parameters(rows: SessionRows | HybridRows | None) -> dict[str, Any] | None:
    """Describe a transformer as it is before it learns; controls are left out."""
    if rows is None:
        return None
    if isinstance(rows, HybridRows):
        inner = rows_parameters(rows.rows)
        return {"kind": _HYBRID, "columns": list(rows.columns), "rows": inner}
    return {
        "kind": _SESSION,
        "band": rows.band,
        "max_iterations": rows.max_iterations,
        "left_out": ["controls"] if is_left_out(rows.controls) else [],
    }


def rows_from_parameters(told: Told | None) -> SessionRows | HybridRows | None:
    """Make a transformer of its parameters; it has learned nothing."""
    if told is None:
        return None
    if told.kind(_SESSION, _HYBRID) == _HYBRID:
        inner = rows_from_parameters(told.part("rows"))
        if not isinstance(inner, SessionRows):
            raise ReadError(f"rows of {told.what} must be {_SESSION}. Fit the model anew.")
        return HybridRows(rows=inner, columns=told.texts("columns"))
    band = told.number("band")
    if not 0 <= band <= 1:
        raise ReadError(f"band of {told.what} must be a share; got {band:g}. Fit the model anew.")
    controls: Any = NOT_KEPT if "controls" in told.texts("left_out") else ()
    return SessionRows(
        controls=controls,
        band=band,
        max_iterations=told.whole("max_iterations", least=1),
    )


def described_rows(rows: SessionRows | HybridRows) -> Described:
    """Take a fitted transformer apart."""
    words = rows_parameters(rows) or {}
    if isinstance(rows, HybridRows):
        learned, arrays = described_rows(rows.rows_)
        return {**words, "learned": learned}, arrays
    envelopes, norms = rows.envelope_means_, rows.norms_
    movement, arrays = _described_aligner(rows.movement_aligner_, "movement.")
    contraction, more = _described_aligner(rows.envelope_aligner_, "contraction.")
    arrays |= more
    arrays |= {f"envelope.{at}": one for at, one in enumerate(envelopes.values())}
    arrays["norm.location"] = np.stack(list(norms.location_.values()))
    arrays["norm.scale"] = np.stack(list(norms.scale_.values()))
    return {
        **words,
        "columns": list(rows.columns_),
        "session_columns": list(rows.session_columns_),
        "movement": movement,
        "contraction": contraction,
        "envelopes": [str(task) for task in envelopes],
        "norms": list(norms.location_),
    }, arrays


def restored_rows(told: Told, arrays: Arrays) -> SessionRows | HybridRows:
    """Put a fitted transformer together again.

    Raises
    ------
    ReadError
        If something is missing, or does not fit the rest.
    """
    rows = rows_from_parameters(told)
    if isinstance(rows, HybridRows):
        rows.rows_ = restored_rows(told.part("learned"), arrays)
        if not isinstance(rows.rows_, SessionRows):
            raise ReadError(f"rows of {told.what} must be {_SESSION}. Fit the model anew.")
        return rows
    assert isinstance(rows, SessionRows)  # noqa: S101 - narrows the type
    rows.columns_, rows.session_columns_ = told.texts("columns"), told.texts("session_columns")
    aligners = {
        name: _restored_aligner(told.part_or_none(name), under(f"{name}.", arrays), rows)
        for name in ("movement", "contraction")
    }
    rows.movement_aligner_, rows.envelope_aligner_ = aligners["movement"], aligners["contraction"]
    rows.envelope_means_ = {
        task: checked_array(
            arrays[f"envelope.{at}"], "mean envelopes", shape=[None, None], gaps=True
        )
        for at, task in enumerate(told.texts("envelopes"))
    }
    if len({mean.shape for mean in rows.envelope_means_.values()}) > 1:
        raise ReadError(f"envelopes of {told.what} must share a shape. Fit the model anew.")
    rows.norms_ = _restored_norms(
        told, arrays, n_features=len(rows.columns_) + len(ALIGNMENT_FEATURES)
    )
    return rows


def _restored_norms(told: Told, arrays: Arrays, *, n_features: int) -> TaskNorms:
    tasks = told.texts("norms")
    norms = TaskNorms()
    location, scale = (
        checked_array(
            arrays[f"norm.{name}"], f"{name}s of norms", shape=[len(tasks), n_features], gaps=True
        )
        for name in ("location", "scale")
    )
    if (scale <= 0).any():
        raise ReadError(f"scales of norms of {told.what} must be positive. Fit the model anew.")
    norms.location_ = dict(zip(tasks, location, strict=True))
    norms.scale_ = dict(zip(tasks, scale, strict=True))
    return norms


def _described_aligner(aligner: TemplateAligner | None, prefix: str) -> tuple[Any, dict[str, Any]]:
    if aligner is None:
        return None, {}
    learned = aligner.learned_
    arrays = {f"template.{at}": one for at, one in enumerate(learned.templates.values())}
    arrays |= {"mean": learned.mean, "spread": learned.spread}
    arrays["unscaled"] = learned.unscaled.astype(np.int64)
    words = {
        "templates": [str(task) for task in learned.templates],
        "n_trials": [{"task": str(task), "n": n} for task, n in learned.n_trials.items()],
        "n_points": learned.n_points,
    }
    return words, with_prefix(prefix, arrays)


def _restored_aligner(
    told: Told | None, arrays: Arrays, rows: SessionRows
) -> TemplateAligner | None:
    if told is None:
        return None
    learned = LearnedTemplates(
        templates={
            task: arrays[f"template.{at}"] for at, task in enumerate(told.texts("templates"))
        },
        n_trials={one.text("task"): one.whole("n") for one in told.parts("n_trials")},
        mean=arrays["mean"],
        spread=arrays["spread"],
        unscaled=checked_array(
            arrays["unscaled"], "unscaled channels", shape=[None], dtype=np.int64
        ),
        n_points=told.whole("n_points", least=1),
    )
    aligner = TemplateAligner(band=rows.band, max_iterations=rows.max_iterations)
    return aligner.having_learned(learned)
