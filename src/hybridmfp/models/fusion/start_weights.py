"""Weights from simulated patients that ship with the package, made to fit another cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import CohortError, ReadError, SettingsError
from hybridmfp.models.fusion.bag_reader import BagReader
from hybridmfp.models.fusion.container import read_container
from hybridmfp.models.fusion_settings import NetworkSettings

__all__ = ["StartWeights", "check_fit", "read_start_weights", "shipped_weights"]

_FOLDER = Path(__file__).parent / "weights"
_HEADS = ("items.", "total.")


@dataclass(frozen=True, eq=False)
class StartWeights:
    """Hold where training starts.

    Attributes
    ----------
    tensors : dict of str to array
        By the names of the network's state.
    muscles, tasks : tuple of str
        What the weights were trained on, in the order of their channels and embeddings.
    scale : str
        The scale of their head.
    described : dict
        Everything else that is known of them: cohort, seeds, settings.
    """

    tensors: dict[str, NDArray[Any]]
    muscles: tuple[str, ...]
    tasks: tuple[str, ...]
    scale: str
    described: dict[str, Any]

    def grown(
        self, *, muscles: Sequence[str], tasks: Sequence[str], n_bands: int, keep_head: bool
    ) -> dict[str, NDArray[Any]]:
        """Make room for muscles and tasks that the weights do not know.

        A new muscle starts without influence; a new task starts as *other*.

        Parameters
        ----------
        muscles, tasks : sequence of str
            Those of the weights first, then new ones.
        n_bands : int
        keep_head : bool
            Whether the scale is the same, so that the head may be kept.

        Returns
        -------
        dict of str to array
        """
        tensors = {
            name: array
            for name, array in self.tensors.items()
            if keep_head or not name.startswith(_HEADS)
        }
        n_new = (len(muscles) - len(self.muscles)) * n_bands
        n_known = len(self.muscles) * n_bands
        for name in [name for name in tensors if name.startswith("emg_encoder.")]:
            if name.startswith("emg_encoder.scales.") and name.endswith("weight"):
                tensors[name] = _widened(tensors[name], n_known, n_new)
        tensors["emg_encoder.presence.weight"] = _widened(
            tensors["emg_encoder.presence.weight"], n_known, n_new
        )
        for name, blank in (("mean", 0.0), ("spread", 1.0)):
            known = tensors[f"emg_scale.{name}"]
            tensors[f"emg_scale.{name}"] = np.append(known, np.full(n_new, blank, known.dtype))
        other = tensors["task.weight"]
        new = np.repeat(other[:1], len(tasks) - len(self.tasks), axis=0)
        tensors["task.weight"] = np.concatenate([other, new])
        return tensors

    def check_signals(self, reader: BagReader) -> None:
        """Refuse sessions that are laid out otherwise than those of the weights.

        Raises
        ------
        CohortError
            If time base, EMG bands or kinematic channels differ.
        """
        told = self.described["reader"]
        theirs = (told["n_points"], [list(band) for band in told["bands_hz"]])
        ours = (reader.n_points_, [list(band) for band in reader.bands_hz_])
        if theirs != ours or tuple(told["channels"]) != reader.channels_:
            raise CohortError(
                "sessions must have the time base, EMG bands and kinematic channels of the "
                f"weights, {theirs[0]} points, {theirs[1]} Hz and {len(told['channels'])} "
                f"channels; they have {ours[0]}, {ours[1]} and {len(reader.channels_)}, some of "
                'other names perhaps. Digest them alike, or set start = "scratch".'
            )


def check_fit(tensors: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse weights of another kind of network; the head may differ.

    Parameters
    ----------
    tensors : mapping of str to array
        From `StartWeights.grown`.
    shapes : mapping of str to tuple of int
        Of the network's state.

    Raises
    ------
    SettingsError
        If a tensor is missing, left over, or of another shape.
    """
    given = {name: array.shape for name, array in tensors.items()}
    wrong = sorted(
        name
        for name in given.keys() | shapes.keys()
        if not name.startswith(_HEADS) and given.get(name) != shapes.get(name)
    )
    if wrong:
        raise SettingsError(
            "weights must come from a network of the same settings as the one that starts from "
            f"them; {len(wrong)} tensors differ, such as {wrong[0]}. Choose the fusion, temporal "
            'and width of the weights, or set start = "scratch".'
        )


def _widened(weight: NDArray[Any], at: int, n_new: int) -> NDArray[Any]:
    """Insert input channels without influence."""
    return np.insert(weight, [at] * n_new, 0.0, axis=1)


def shipped_weights(settings: NetworkSettings) -> Path:
    """Give the file of the shipped weights for a kind of network.

    Raises
    ------
    SettingsError
        If none was made for it.
    """
    aligned = "" if settings.align else "-unaligned"
    path = _FOLDER / f"simulated-{settings.fusion}{aligned}.safetensors"
    default = NetworkSettings(fusion=settings.fusion, align=settings.align)
    if (settings.width, settings.n_heads, settings.temporal) != (
        default.width, default.n_heads, default.temporal,
    ) or not path.is_file():  # fmt: skip
        made = ", ".join(sorted(one.stem for one in _FOLDER.glob("*.safetensors"))) or "none"
        raise SettingsError(
            "start must be 'scratch' for a network without shipped weights; there are weights "
            f'for {made}, and the network asked for is {settings}. Set start = "scratch".'
        )
    return path


def read_start_weights(path: Path) -> StartWeights:
    """Read weights to start from.

    Raises
    ------
    ReadError
        If the file is missing, damaged, or of another format.
    """
    tensors, described = read_container(path)
    try:
        return _told(tensors, described)
    except (KeyError, TypeError) as error:
        raise ReadError(
            f"weights must describe their muscles, tasks and scale; {path} does not "
            f"({type(error).__name__}: {error}). Make them anew with FusionRegressor.save."
        ) from error


def _told(tensors: Mapping[str, NDArray[Any]], described: dict[str, Any]) -> StartWeights:
    return StartWeights(
        tensors={
            name.removeprefix("network."): array.astype(np.float32)
            for name, array in tensors.items()
            if name.startswith("network.")
        },
        muscles=tuple(described["reader"]["muscles"]),
        tasks=tuple(described["reader"]["tasks"]),
        scale=str(described["scale"]["name"]),
        described=described,
    )
