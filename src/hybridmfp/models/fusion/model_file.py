"""Take a trained fusion network apart into tensors and words, and put it together again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hybridmfp.errors import ReadError
from hybridmfp.models.fusion.bag_reader import BagReader
from hybridmfp.models.fusion.container import read_container, write_container
from hybridmfp.models.fusion.encoder import STRIDE
from hybridmfp.models.fusion.network import FusionNetwork, NetworkShape
from hybridmfp.models.fusion.quiet_torch import quiet_torch
from hybridmfp.models.fusion.training import Trained
from hybridmfp.models.fusion_settings import FusionSettings, fusion_settings_from
from hybridmfp.preprocessing.template_aligner import LearnedTemplates, TemplateAligner
from hybridmfp.signals.scale import Scale, scale_from

__all__ = [
    "LEFT_OUT",
    "TrainedFusion",
    "described_fusion",
    "left_out_from",
    "read_fusion",
    "restored_fusion",
    "write_fusion",
]

LEFT_OUT = ("rows", "controls", "weights")
"""Parameters of a network that are never written: recordings and ratings of persons, paths."""

Tensors = Mapping[str, NDArray[Any]]

_PREFIX = "network."


@dataclass(frozen=True, eq=False)
class TrainedFusion:
    """Hold everything that a trained network needs to estimate.

    Attributes
    ----------
    scale : Scale
    settings : FusionSettings
    modality : str or None
    random_state : int
    reader : BagReader
        Fitted.
    network : FusionNetwork
        Trained.
    trained : Trained
    items_rated : bool
        Whether items were rated in training.
    start : mapping or None
        What is known of the weights that training started from.
    left_out : tuple of str
        Parameters that were given for training and are not kept; some of `LEFT_OUT`.
    """

    scale: Scale
    settings: FusionSettings
    modality: str | None
    random_state: int
    reader: BagReader
    network: FusionNetwork
    trained: Trained
    items_rated: bool
    start: Mapping[str, Any] | None = None
    left_out: tuple[str, ...] = ()


def write_fusion(
    model: TrainedFusion, path: Path, *, about: Mapping[str, Any], half: bool = False
) -> None:
    """Write a trained network, or nothing at all.

    Parameters
    ----------
    model : TrainedFusion
    path : Path
    about : mapping
        What else to say of it, JSON-ready.
    half : bool, default False
        Whether to keep 16 bits of each weight: enough to start training from.

    Raises
    ------
    WriteError
        If the disk refuses.
    """
    described, tensors = described_fusion(model)
    stored = {name: _stored(array, half=half) for name, array in tensors.items()}
    write_container(path, stored, {**described, "about": dict(about)})


def described_fusion(model: TrainedFusion) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Take a trained network apart.

    Returns
    -------
    described : dict
        JSON-ready.
    tensors : dict of str to array
    """
    tensors = {
        f"{_PREFIX}{name}": tensor.cpu().numpy()
        for name, tensor in model.network.state_dict().items()
    }
    reader = model.reader
    aligner = reader.aligner_
    templates: list[str] = []
    if aligner is not None:
        templates = [str(task) for task in aligner.templates_]
        for at, template in enumerate(aligner.templates_.values()):
            tensors[f"template.{at}"] = template
        tensors["template_scale.mean"] = aligner.scaler_.mean_
        tensors["template_scale.spread"] = aligner.scaler_.scale_
    shape = model.network.shape
    described = {
        "scale": {
            **asdict(model.scale),
            "minimum": float(model.scale.minimum), "maximum": float(model.scale.maximum),
        },
        "rates_items": bool(shape.items),
        "items_rated": model.items_rated,
        "modality": model.modality,
        "random_state": model.random_state,
        "settings": asdict(model.settings),
        "trained": asdict(model.trained),
        "start": None if model.start is None else dict(model.start),
        "reader": {
            "align": reader.align, "band": reader.band, "max_iterations": reader.max_iterations,
            "muscles": reader.muscles_, "tasks": reader.tasks_, "channels": reader.channels_,
            "bands_hz": reader.bands_hz_, "n_points": reader.n_points_,
            "templates": templates,
            "template_points": None if aligner is None else aligner.n_points_,
        },
        "n_context": shape.n_context,
        "left_out": list(model.left_out),
    }  # fmt: skip
    return described, tensors


def read_fusion(path: Path) -> TrainedFusion:
    """Read a trained network back; nothing in the file is executed.

    Raises
    ------
    ReadError
        If the file is missing, damaged, of another format, or does not describe a network.
    """
    tensors, described = read_container(path)
    return restored_fusion(described, tensors, source=str(path))


def restored_fusion(
    described: Mapping[str, Any], tensors: Tensors, *, source: str
) -> TrainedFusion:
    """Put a trained network together again; nothing in the description is executed.

    Parameters
    ----------
    described : mapping
    tensors : mapping of str to array
    source : str
        Where they come from, for the message.

    Raises
    ------
    ReadError
        If they do not describe a network, or contradict each other.
    """
    try:
        with quiet_torch(0):  # building draws numbers before the weights replace them
            return _restored(described, tensors)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ReadError(
            f"a trained network must describe itself completely; {source} does not "
            f"({type(error).__name__}: {error}). Train it anew."
        ) from error


def _restored(described: Mapping[str, Any], tensors: Tensors) -> TrainedFusion:
    settings = fusion_settings_from(described["settings"])
    scale = scale_from(described["scale"], source="the file")
    reader = _restored_reader(described["reader"], tensors)
    shape = NetworkShape(
        n_emg=len(reader.muscles_) * len(reader.bands_hz_),
        n_kinematics=len(reader.channels_),
        n_points=reader.n_points_,
        n_tasks=len(reader.tasks_),
        n_context=int(described["n_context"]),
        items=scale.items if described["rates_items"] else (),
    )
    state = {
        name.removeprefix(_PREFIX): torch.from_numpy(array.astype(np.float32))
        for name, array in tensors.items()
        if name.startswith(_PREFIX)
    }
    _refuse_larger_than_told(state, shape, settings)
    network = FusionNetwork(shape, settings.network)
    _check_state(state, network.state_dict())
    network.load_state_dict(state)
    trained, start = described["trained"], described.get("start")
    return TrainedFusion(
        scale=scale,
        settings=settings,
        modality=_modality(described["modality"]),
        random_state=int(described["random_state"]),
        reader=reader,
        network=network.eval(),
        trained=Trained(**{**trained, "watched_mae": tuple(trained["watched_mae"])}),
        items_rated=bool(described["items_rated"]) and bool(shape.items),
        start=None if start is None else dict(start),
        left_out=left_out_from(described.get("left_out", ())),
    )


def _refuse_larger_than_told(
    state: Mapping[str, torch.Tensor], shape: NetworkShape, settings: FusionSettings
) -> None:
    """Refuse sizes that the weights at hand cannot fill, before a network is built that does.

    A network holds at least 40 numbers for each pair of its width, and one for each of its
    inputs, tasks and steps in time; so it is never more than a few times as large as the file.
    """
    width = settings.network.width
    longest = max(
        *(8 * width, shape.n_emg, shape.n_kinematics, shape.n_tasks, shape.n_context),
        shape.n_points // STRIDE,
    )
    at_hand = sum(tensor.numel() for tensor in state.values())
    if longest * width > at_hand:
        raise ValueError(f"a network of that size has more than the {at_hand} weights at hand")


def _check_state(state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> None:
    """Compare weights with those of a network of that size."""
    differing = sorted(
        name
        for name in wanted.keys() | state.keys()
        # Files of before kept a single number as an array of one.
        if _sizes(wanted.get(name)) != _sizes(state.get(name))
    )
    if differing:
        raise ValueError(f"{len(differing)} tensors are not those of the network: {differing[0]}")
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{_PREFIX}{name} must be finite")
        if name.endswith("scale.spread") and not (tensor > 0).all():
            raise ValueError(f"{_PREFIX}{name} must be positive")


def _sizes(tensor: torch.Tensor | None) -> tuple[int, ...] | None:
    return None if tensor is None else tuple(tensor.shape) or (1,)


def _modality(name: str | None) -> str | None:
    if name not in (None, "emg", "kinematics"):
        raise ValueError(f"modality must be 'emg', 'kinematics' or None; got {name!r}")
    return name


def _restored_reader(told: Mapping[str, Any], tensors: Tensors) -> BagReader:
    reader = BagReader(
        align=bool(told["align"]),
        muscles=_names(told["muscles"]),
        tasks=_names(told["tasks"]),
        band=float(told["band"]),
        max_iterations=int(told["max_iterations"]),
    )
    reader.muscles_, reader.tasks_ = _names(told["muscles"]), _names(told["tasks"])
    reader.channels_ = _names(told["channels"])
    reader.bands_hz_ = tuple((float(low), float(high)) for low, high in told["bands_hz"])
    reader.n_points_ = int(told["n_points"])
    reader.aligner_ = None
    if told["template_points"] is not None:
        learned = LearnedTemplates(
            templates={
                name: tensors[f"template.{at}"] for at, name in enumerate(_names(told["templates"]))
            },
            n_trials={},
            mean=tensors["template_scale.mean"],
            spread=tensors["template_scale.spread"],
            unscaled=np.empty(0, dtype=np.intp),
            n_points=int(told["template_points"]),
        )
        aligner = TemplateAligner(band=reader.band, max_iterations=reader.max_iterations)
        reader.aligner_ = aligner.having_learned(learned)
    return reader


def left_out_from(told: Any) -> tuple[str, ...]:
    """Read which of `LEFT_OUT` were given.

    Raises
    ------
    TypeError, ValueError
        If it names anything else.
    """
    names = _names(told)
    if not {*names} <= {*LEFT_OUT}:
        raise ValueError(f"left_out must name some of {', '.join(LEFT_OUT)}; got {names}")
    return names


def _names(told: Any) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not all(isinstance(one, str) for one in told):
        raise TypeError(f"names must be a list of text; got {type(told).__name__}")
    return tuple(told)


def _stored(array: NDArray[Any], *, half: bool) -> NDArray[Any]:
    return array.astype(np.float16) if half and array.dtype == np.float32 else array
