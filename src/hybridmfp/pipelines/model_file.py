"""Write a fitted model to one file, and read it back; nothing in the file is executed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import HybridMfpError, ReadError, SettingsError
from hybridmfp.evaluation import ConformalCalibration, ErrorSpread
from hybridmfp.io.model_container import read_container, read_document, write_container
from hybridmfp.models import SessionRows
from hybridmfp.models.array_rules import checked_array
from hybridmfp.models.explanation import ExplanationReference
from hybridmfp.models.kept import Told, described_model, restored_model, under, with_prefix
from hybridmfp.models.kept.rows import described_rows, restored_rows
from hybridmfp.models.novelty import NoveltyDetector
from hybridmfp.pipelines.fitted_model import FittedModel, Vocabulary
from hybridmfp.pipelines.settings import Settings, settings_as_toml, settings_from_toml
from hybridmfp.pipelines.uncertainty import InputLoss, Uncertainty
from hybridmfp.preprocessing.quality import MusclePattern
from hybridmfp.preprocessing.quality.profiles import N_PHASES
from hybridmfp.signals import Scale
from hybridmfp.signals.scale import scale_from

__all__ = ["read_model", "read_model_settings", "write_model"]

Arrays = dict[str, NDArray[Any]]

_NOVELTY = ("mean_", "scale_", "components_", "variance_", "usual_", "left_out_")


def write_model(path: str | Path, model: FittedModel, *, overwrite: bool = False) -> FittedModel:
    """Write a model to one ``.hmfp`` file, or nothing at all.

    Parameters
    ----------
    path : str or Path
    model : FittedModel
    overwrite : bool, default False

    Returns
    -------
    FittedModel
        The same one, with its hash.

    Raises
    ------
    WriteError
        If the file exists, or the disk refuses.
    SettingsError
        If the model is of a kind that no file can hold.
    """
    described, arrays = _described(model)
    documents = {"model": described, "card": dict(model.card)}
    found = write_container(path, documents=documents, arrays=arrays, overwrite=overwrite)
    return dataclasses.replace(model, hash=found)


def read_model(path: str | Path) -> FittedModel:
    """Read a model back; it gives the same numbers, bit for bit, on one machine.

    Raises
    ------
    ReadError
        If the file is missing, damaged, tampered with, of another major version, or something
        else than a fitted model.
    """
    contents = read_container(path)
    missing = [name for name in ("model", "card") if name not in contents.documents]
    if missing:
        raise ReadError(
            f"a fitted model must hold the documents model and card; {path} lacks "
            f"{' and '.join(missing)}. Fit it anew."
        )
    try:
        model = _restored(
            Told(contents.documents["model"], what=str(path)),
            contents.arrays,
            contents.documents["card"],
        )
    except ReadError:
        raise
    except (HybridMfpError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadError(
            f"a fitted model must describe itself completely; {path} does not "
            f"({type(error).__name__}: {error}). Fit it anew."
        ) from error
    return dataclasses.replace(model, hash=contents.hash)


def read_model_settings(path: str | Path) -> Settings:
    """Read the settings of a fitted model alone, which is quick.

    Raises
    ------
    ReadError
        If the file is not a model file, or its settings are not those of this version.
    """
    told = Told(read_document(path, "model"), what=str(path))
    try:
        return settings_from_toml(told.text("settings"), source=str(path))
    except SettingsError as error:
        raise ReadError(
            f"a fitted model must have settings that this hybridmfp knows; {path} was fitted by "
            f"another version: {error} Fit it anew."
        ) from error


def _described(model: FittedModel) -> tuple[dict[str, Any], Arrays]:
    known, doubt = model.vocabulary, model.uncertainty
    estimator, arrays = described_model(model.estimator)
    arrays = with_prefix("estimator.", arrays)
    folds = []
    for at, one in enumerate(model.fold_estimators):
        words, some = described_model(one)
        folds.append(words)
        arrays |= with_prefix(f"fold.{at}.", some)
    novelty, some = _described_novelty(model.novelty)
    arrays |= with_prefix("novelty.", some)
    reference, some = model.reference.as_arrays()
    arrays |= with_prefix("reference.", some)
    pattern, some = _described_pattern(model.pattern)
    arrays |= with_prefix("pattern.", some)
    if known.synergies is not None:
        arrays["synergies"] = known.synergies
    calibration = doubt.calibration
    arrays |= {
        "calibration.score": calibration.score,
        "calibration.fold": calibration.fold.astype(np.int64),
        "calibration.weight": calibration.weight,
        "spread.grid": doubt.spread.grid_,
        "spread.spread": doubt.spread.spread_,
        "guess": doubt.guess,
    }
    words = dataclasses.asdict(known)
    del words["synergies"]
    return {
        "name": model.name,
        "scale": _described_scale(model.scale),
        "settings": settings_as_toml(model.settings),
        "seed": model.seed,
        "estimator": estimator,
        "folds": folds,
        "vocabulary": words,
        "loss": dataclasses.asdict(doubt.loss),
        "novelty": novelty,
        "reference": reference,
        "pattern": pattern,
        "learned_files": sorted(model.learned_files),
    }, arrays


def _described_scale(scale: Scale) -> dict[str, Any]:
    """Describe a scale as it comes back: with bounds that are floats."""
    words = dataclasses.asdict(scale)
    return {**words, "minimum": float(scale.minimum), "maximum": float(scale.maximum)}


def _restored(told: Told, arrays: Arrays, card: object) -> FittedModel:
    scale = scale_from(told.part("scale").words, source=told.what)
    return FittedModel(
        name=told.text("name"),
        scale=scale,
        settings=settings_from_toml(told.text("settings"), source=told.what),
        seed=told.whole("seed"),
        estimator=restored_model(told.part("estimator").words, under("estimator.", arrays)),
        fold_estimators=tuple(
            restored_model(one.words, under(f"fold.{at}.", arrays))
            for at, one in enumerate(told.parts("folds"))
        ),
        vocabulary=_restored_vocabulary(told.part("vocabulary"), arrays),
        uncertainty=_restored_uncertainty(told, arrays, scale.minimum, scale.maximum),
        novelty=_restored_novelty(told.part("novelty"), under("novelty.", arrays)),
        reference=ExplanationReference.from_arrays(
            told.part("reference").words, under("reference.", arrays)
        ),
        pattern=_restored_pattern(told.part_or_none("pattern"), under("pattern.", arrays)),
        learned_files=frozenset(told.texts("learned_files")),
        card=Told(card, what=f"the card of {told.what}").words,
    )


def _restored_vocabulary(told: Told, arrays: Arrays) -> Vocabulary:
    muscles, synergies = told.texts("muscles"), arrays.get("synergies")
    if synergies is not None:
        synergies = checked_array(synergies, "synergies", shape=[len(muscles), None])
    return Vocabulary(
        columns=told.texts("columns"),
        session_columns=told.texts("session_columns"),
        muscles=muscles,
        tasks=told.texts("tasks"),
        montages=told.texts("montages"),
        synergies=synergies,
        emg_seen=told.number("emg_seen"),
        kinematics_seen=told.number("kinematics_seen"),
    )


def _restored_uncertainty(
    told: Told, arrays: Arrays, minimum: float, maximum: float
) -> Uncertainty:
    score, weight = (
        checked_array(arrays[f"calibration.{name}"], f"calibration {name}s", shape=[None])
        for name in ("score", "weight")
    )
    fold = checked_array(
        arrays["calibration.fold"], "calibration folds", shape=[len(score)], dtype=np.int64
    )
    n_folds = len(told.parts("folds"))
    if len(weight) != len(score) or not ((fold >= 0) & (fold < n_folds)).all():
        raise ReadError(
            f"the calibration of {told.what} must belong to its {n_folds} folds. Fit it anew."
        )
    if not ((score >= 0).all() and (weight > 0).all() and weight.sum() < 1):
        raise ReadError(
            f"the calibration of {told.what} must hold errors, and weights above 0 that leave "
            f"something for a new person; they sum to {weight.sum():g}. Fit it anew."
        )
    spread = ErrorSpread(minimum=minimum, maximum=maximum)
    spread.grid_ = checked_array(arrays["spread.grid"], "spread grid", shape=[None])
    spread.spread_ = checked_array(arrays["spread.spread"], "spreads", shape=[len(spread.grid_)])
    loss = told.part("loss")
    return Uncertainty(
        calibration=ConformalCalibration(score=score, fold=fold.astype(np.intp), weight=weight),
        spread=spread,
        loss=InputLoss(
            without_emg=loss.number("without_emg"),
            without_kinematics=loss.number("without_kinematics"),
            one_trial=loss.number("one_trial"),
            usual_trials=loss.whole("usual_trials", least=1),
        ),
        guess=checked_array(arrays["guess"], "guess", shape=[2]),
        minimum=minimum,
        maximum=maximum,
    )


def _described_novelty(novelty: NoveltyDetector) -> tuple[dict[str, Any], Arrays]:
    rows, some = described_rows(novelty.rows_)
    arrays = with_prefix("rows.", some) | {name: getattr(novelty, name) for name in _NOVELTY}
    words = {name: getattr(novelty, name) for name in ("explained", "margin", "n_folds")}
    return {**words, "limit": novelty.limit_, "rows": rows}, arrays


def _restored_novelty(told: Told, arrays: Mapping[str, NDArray[Any]]) -> NoveltyDetector:
    rows = restored_rows(told.part("rows"), under("rows.", arrays))
    novelty = NoveltyDetector(
        prepare=SessionRows(),
        explained=told.number("explained"),
        margin=told.number("margin"),
        n_folds=told.whole("n_folds", least=2),
    )
    novelty.rows_, novelty.limit_ = rows, told.number("limit")
    n_columns = len(rows.get_feature_names_out())
    n_kept = arrays["components_"].shape[0]
    shapes: dict[str, list[int | None]] = {
        "mean_": [n_columns], "scale_": [n_columns], "components_": [n_kept, n_columns],
        "variance_": [n_kept], "usual_": [2], "left_out_": [None],
    }  # fmt: skip
    for name, shape in shapes.items():
        setattr(novelty, name, checked_array(arrays[name], f"novelty {name}", shape=shape))
    return novelty


_NAMES_OF_A_PATTERN = ("muscles_", "tasks_")


def _described_pattern(pattern: MusclePattern | None) -> tuple[dict[str, Any] | None, Arrays]:
    if pattern is None:
        return None, {}
    arrays = pattern.to_arrays()
    words = {name: [str(one) for one in arrays[name]] for name in _NAMES_OF_A_PATTERN}
    numbers = {name: one for name, one in arrays.items() if name not in words}
    return words, {name: np.atleast_1d(one) for name, one in numbers.items()}


def _restored_pattern(
    told: Told | None, arrays: Mapping[str, NDArray[Any]]
) -> MusclePattern | None:
    if told is None:
        return None
    words = {name: np.array(told.texts(name), dtype=np.str_) for name in _NAMES_OF_A_PATTERN}
    n_muscles, n_steps = len(words["muscles_"]), len(words["tasks_"]) * N_PHASES
    shapes: dict[str, list[int | None]] = {
        "means_": [n_muscles, n_steps],
        "covariance_": [n_steps, n_steps],
        "weights_": [None, n_muscles],
    }
    numbers = {
        name: checked_array(one, f"pattern {name}", shape=shapes.get(name, [1]), gaps=True)
        for name, one in arrays.items()
    }
    single = {name: one.reshape(()) for name, one in numbers.items() if one.shape == (1,)}
    return MusclePattern.from_arrays({**words, **numbers, **single})
