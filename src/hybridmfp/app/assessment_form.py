"""What an assessment from a file must look like before a page is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["misfit_of"]


_MOST_POINTS = 10_000  # of a scale; a bar of more could not be drawn


@dataclass(frozen=True)
class _Kind:
    """A kind of plain value, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class _OrNull:
    """A value of some form, or null."""

    form: Any


@dataclass(frozen=True)
class _ListOf:
    """A list whose entries are of one form; of one length where that is given."""

    form: Any
    length: int | None = None


@dataclass(frozen=True)
class _MappingTo:
    """A mapping of any names to values of one form."""

    form: Any


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TEXT = _Kind("text", lambda value: isinstance(value, str))
_NUMBER = _Kind("a number", _is_number)
_FLAG = _Kind("true or false", lambda value: isinstance(value, bool))
_PAIR = _ListOf(_NUMBER, 2)
_PLACES = _ListOf(_OrNull(_ListOf(_NUMBER, 3)))


def _one_of(*words: str) -> _Kind:
    return _Kind(" or ".join(words), lambda value: isinstance(value, str) and value in words)


_FORM: Mapping[str, Any] = {
    "format": _TEXT,
    "subject": _TEXT,
    "session": _TEXT,
    "side": _OrNull(_one_of("left", "right")),
    "n_trials": _NUMBER,
    "n_used": _NUMBER,
    "tasks": _MappingTo(_NUMBER),
    "verdict": _one_of("estimated", "refused"),
    "estimate": _OrNull(_NUMBER),
    "interval": _OrNull(_PAIR),
    "level": _NUMBER,
    "scale": _TEXT,
    "scale_range": _PAIR,
    "reasons": _ListOf(_TEXT),
    "remedies": _ListOf(_TEXT),
    "notes": _ListOf(_TEXT),
    "items": _OrNull(_MappingTo(_OrNull(_NUMBER))),
    "drivers": _ListOf(
        {
            "name": _TEXT,
            "kind": _one_of("muscle", "joint", "biomarker"),
            "phase": _OrNull(_TEXT),
            "direction": _one_of("raises", "lowers"),
            "points": _NUMBER,
            "share": _NUMBER,
        }
    ),
    "explained_from": _OrNull(_NUMBER),
    "signal_map": _OrNull(
        {
            "rows": _ListOf(_TEXT),
            "kinds": _ListOf(_one_of("muscle", "joint")),
            "phases": _ListOf(_TEXT),
            "points": _ListOf(_ListOf(_NUMBER)),
        }
    ),
    "biomarkers": _ListOf(
        {
            "name": _TEXT,
            "definition": _TEXT,
            "unit": _TEXT,
            "value": _OrNull(_NUMBER),
            "healthy": _OrNull(_PAIR),
            "cohort": _OrNull(_PAIR),
            "points": _NUMBER,
        }
    ),
    "quality": {
        "verdict": _one_of("green", "amber", "red"),
        "channels": _ListOf(
            {
                "modality": _TEXT,
                "channel": _TEXT,
                "verdict": _one_of("green", "amber", "red"),
                "fault": _OrNull(_TEXT),
                "reason": _OrNull(_TEXT),
                "remedy": _OrNull(_TEXT),
                "n_trials": _NUMBER,
            }
        ),
        "lag_ms": _OrNull(_NUMBER),
        "drift_ppm": _OrNull(_NUMBER),
    },
    "uncertainty": {
        "missing_emg": _NUMBER,
        "missing_kinematics": _NUMBER,
        "width_factor": _NUMBER,
        "novelty": _OrNull(_NUMBER),
        "novelty_limit": _NUMBER,
        "guess_width": _NUMBER,
    },
    "replay": _OrNull(
        {
            "task": _TEXT,
            "duration_s": _NUMBER,
            "points": {
                "trunk": _PLACES, "shoulder": _PLACES, "elbow": _PLACES, "wrist": _PLACES,
            },
        }
    ),
    "model": {
        "hash": _OrNull(_TEXT),
        "name": _TEXT,
        "trained_on": {
            "name": _TEXT,
            "n_subjects": _NUMBER,
            "n_sessions": _NUMBER,
            "synthetic": _FLAG,
            "observed_range": _PAIR,
        },
        "mae": _NUMBER,
        "mae_interval": _PAIR,
        "coverage": _NUMBER,
    },
    "synthetic": _FLAG,
    "provenance": {
        "recordings": _ListOf({"path": _TEXT, "sha256": _TEXT}),
        "versions": _MappingTo(_OrNull(_TEXT)),
        "settings": _TEXT,
        "python": _TEXT,
        "platform": _TEXT,
    },
}  # fmt: skip


def misfit_of(described: Mapping[str, Any]) -> str | None:
    """Say what of an assessment is not as ``hybridmfp assess --json`` prints it.

    Parameters
    ----------
    described : mapping
        From JSON.

    Returns
    -------
    str or None
        The first thing, such as ``"drivers[2].points must be a number; got null"``; None where
        all is well. Names that are not known do not matter.
    """
    return (
        _misfit(described, _FORM, "")
        or _no_range(*described["scale_range"])
        or _contradiction(described)
        or _uneven_replay(described["replay"])
        or _uneven_map(described["signal_map"])
    )


def _no_range(least: float, most: float) -> str | None:
    if 0 < most - least <= _MOST_POINTS:
        return None
    return f"scale_range must ascend, by at most {_MOST_POINTS} points; got {least:g} to {most:g}"


def _contradiction(described: Mapping[str, Any]) -> str | None:
    """Find numbers beside a refusal, and estimates that lie outside their own interval."""
    estimate, interval = described["estimate"], described["interval"]
    if described["verdict"] == "refused":
        given = [name for name in ("estimate", "interval", "items") if described[name] is not None]
        return f"{given[0]} must be null in a refused assessment" if given else None
    if estimate is None or interval is None:
        return "estimate and interval must be there in an assessment that is not refused"
    least, most = described["scale_range"]
    if not least <= interval[0] <= estimate <= interval[1] <= most:
        return (
            f"estimate must lie in its interval and both on the scale; got {estimate:g} in "
            f"{interval[0]:g} to {interval[1]:g} on {least:g} to {most:g}"
        )
    return None


def _uneven_replay(replay: Mapping[str, Any] | None) -> str | None:
    n_frames = {len(places) for places in replay["points"].values()} if replay else {1}
    if len(n_frames) == 1 and min(n_frames) > 0:
        return None
    return f"replay.points must have as many frames of each; got {sorted(n_frames)}"


def _uneven_map(grid: Mapping[str, Any] | None) -> str | None:
    if grid is None:
        return None
    n_rows, n_phases = len(grid["rows"]), len(grid["phases"])
    if len(grid["kinds"]) == n_rows and [len(row) for row in grid["points"]] == [n_phases] * n_rows:
        return None
    return f"signal_map.points must have {n_rows} rows of {n_phases} phases, each with its kind"


def _misfit(value: Any, form: Any, where: str) -> str | None:
    if isinstance(form, _OrNull):
        return None if value is None else _misfit(value, form.form, where)
    if isinstance(form, _Kind):
        return None if form.fits(value) else f"{where} must be {form.words}; got {_shown(value)}"
    if isinstance(form, _ListOf):
        return _misfit_of_list(value, form, where)
    if not isinstance(value, Mapping):
        return f"{where} must be a mapping; got {_shown(value)}"
    inside = dict.fromkeys(value, form.form) if isinstance(form, _MappingTo) else form
    start = f"{where}." if where else ""
    lacking = [name for name in inside if name not in value]
    if lacking:
        return f"{start}{lacking[0]} must be there; it is missing"
    return _first(_misfit(value[name], one, f"{start}{name}") for name, one in inside.items())


def _misfit_of_list(value: Any, form: _ListOf, where: str) -> str | None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return f"{where} must be a list; got {_shown(value)}"
    if form.length not in (None, len(value)):
        return f"{where} must have {form.length} entries; got {len(value)}"
    return _first(_misfit(one, form.form, f"{where}[{at}]") for at, one in enumerate(value))


def _first(found: Iterable[str | None]) -> str | None:
    return next((one for one in found if one is not None), None)


def _shown(value: Any) -> str:
    return "null" if value is None else repr(value)[:40]
