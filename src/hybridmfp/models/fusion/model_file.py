"""Write a trained fusion network to one file, and read it back."""

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
from hybridmfp.models.fusion.network import FusionNetwork, NetworkShape
from hybridmfp.models.fusion.quiet_torch import quiet_torch
from hybridmfp.models.fusion.training import Trained
from hybridmfp.models.fusion_settings import FusionSettings, NetworkSettings, TrainingSettings
from hybridmfp.preprocessing.channel_scaler import ChannelScaler
from hybridmfp.preprocessing.template_aligner import TemplateAligner
from hybridmfp.signals.scale import Scale, scale_from

__all__ = ["TrainedFusion", "read_fusion", "write_fusion"]


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
    tensors = {
        f"network.{name}": _stored(tensor.cpu().numpy(), half=half)
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
        "scale": asdict(model.scale),
        "rates_items": bool(shape.items),
        "items_rated": model.items_rated,
        "modality": model.modality,
        "random_state": model.random_state,
        "settings": asdict(model.settings),
        "trained": asdict(model.trained),
        "start": model.start,
        "reader": {
            "align": reader.align, "band": reader.band, "max_iterations": reader.max_iterations,
            "muscles": reader.muscles_, "tasks": reader.tasks_, "channels": reader.channels_,
            "bands_hz": reader.bands_hz_, "n_points": reader.n_points_,
            "templates": templates,
            "template_points": None if aligner is None else aligner.n_points_,
        },
        "n_context": shape.n_context,
        "about": dict(about),
    }  # fmt: skip
    write_container(path, tensors, described)


def read_fusion(path: Path) -> TrainedFusion:
    """Read a trained network back; nothing in the file is executed.

    Raises
    ------
    ReadError
        If the file is missing, damaged, of another format, or does not describe a network.
    """
    tensors, described = read_container(path)
    try:
        with quiet_torch(0):  # building draws numbers before the weights replace them
            return _restored(tensors, described)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ReadError(
            f"a trained network must describe itself completely; {path} does not "
            f"({type(error).__name__}: {error}). Train it anew."
        ) from error


def _restored(tensors: Mapping[str, NDArray[Any]], described: Mapping[str, Any]) -> TrainedFusion:
    training = described["settings"]["training"]
    settings = FusionSettings(
        NetworkSettings(**described["settings"]["network"]),
        TrainingSettings(**{**training, "auxiliary": tuple(training.get("auxiliary", ()))}),
    )
    scale = scale_from(described["scale"], source="the file")
    reader = _restored_reader(tensors, described["reader"])
    network = FusionNetwork(
        NetworkShape(
            n_emg=len(reader.muscles_) * len(reader.bands_hz_),
            n_kinematics=len(reader.channels_),
            n_points=reader.n_points_,
            n_tasks=len(reader.tasks_),
            n_context=int(described["n_context"]),
            items=scale.items if described["rates_items"] else (),
        ),
        settings.network,
    )
    prefix = "network."
    network.load_state_dict(
        {
            name.removeprefix(prefix): torch.from_numpy(array.astype(np.float32))
            for name, array in tensors.items()
            if name.startswith(prefix)
        }
    )
    trained = described["trained"]
    return TrainedFusion(
        scale=scale,
        settings=settings,
        modality=described["modality"],
        random_state=int(described["random_state"]),
        reader=reader,
        network=network.eval(),
        trained=Trained(**{**trained, "watched_mae": tuple(trained["watched_mae"])}),
        items_rated=bool(described["items_rated"]),
        start=described.get("start"),
    )


def _restored_reader(tensors: Mapping[str, NDArray[Any]], told: Mapping[str, Any]) -> BagReader:
    reader = BagReader(
        align=told["align"],
        muscles=tuple(told["muscles"]),
        tasks=tuple(told["tasks"]),
        band=told["band"],
        max_iterations=told["max_iterations"],
    )
    reader.muscles_, reader.tasks_ = tuple(told["muscles"]), tuple(told["tasks"])
    reader.channels_ = tuple(told["channels"])
    reader.bands_hz_ = tuple((float(low), float(high)) for low, high in told["bands_hz"])
    reader.n_points_ = int(told["n_points"])
    reader.aligner_ = None
    if told["template_points"] is not None:
        scaler = ChannelScaler()
        scaler.mean_ = tensors["template_scale.mean"]
        scaler.scale_ = tensors["template_scale.spread"]
        scaler.unscaled_ = np.empty(0, dtype=np.intp)
        aligner = TemplateAligner(band=reader.band, max_iterations=reader.max_iterations)
        aligner.scaler_, aligner.n_points_ = scaler, int(told["template_points"])
        aligner.templates_ = {
            name: tensors[f"template.{at}"] for at, name in enumerate(told["templates"])
        }
        aligner.n_trials_ = {}
        reader.aligner_ = aligner
    return reader


def _stored(array: NDArray[Any], *, half: bool) -> NDArray[Any]:
    return array.astype(np.float16) if half and array.dtype == np.float32 else array
