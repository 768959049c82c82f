"""Weights from simulated patients that ship with the package, made to fit another cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.models.fusion.container import read_container
from hybridmfp.models.fusion_settings import NetworkSettings

__all__ = ["StartWeights", "read_start_weights", "shipped_weights"]

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
