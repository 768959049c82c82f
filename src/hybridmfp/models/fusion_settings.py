"""How the fusion network is built and trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from hybridmfp.errors import SettingsError

__all__ = [
    "FEWEST_SUBJECTS",
    "Auxiliary",
    "Fusion",
    "FusionSettings",
    "NetworkSettings",
    "Start",
    "Temporal",
    "TrainingSettings",
    "fusion_settings_from",
]

FEWEST_SUBJECTS = 5
"""Subjects that a network must at least be trained on."""

Fusion = Literal["cross", "concat", "gated", "late"]
"""How the modalities meet: cross-attention both ways, side by side, by a gate, or only pooled."""

Temporal = Literal["attention", "recurrent"]
"""What follows the convolutions in time."""

Start = Literal["simulated", "scratch"]
"""Where training starts: the weights that ship, from virtual patients, or random ones."""


Auxiliary = Literal["severity", "task", "side", "group"]
"""Further questions while training: third of the scale, task, affected side, healthy or stroke."""


def _check_word(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingsError(f"{name} must be one of {', '.join(known)}; got {value!r}.")


def _check(name: str, value: float, holds: bool, rule: str) -> None:
    if not holds:
        raise SettingsError(f"{name} must be {rule}; got {value:g}. Correct it in the settings.")


@dataclass(frozen=True)
class NetworkSettings:
    """Say how the network is built.

    Attributes
    ----------
    width : int
        Size of a token and of the embedding; a multiple of `n_heads`.
    n_heads : int
        Heads of every attention.
    fusion : {"cross", "concat", "gated", "late"}
        How the modalities meet.
    temporal : {"attention", "recurrent"}
        What follows the convolutions in time.
    dropout : float
        Share of activations dropped while training.
    align : bool
        Whether trials are first brought to the timing of their task's DTW template, which is
        learned inside the fold.
    """

    width: int = 64
    n_heads: int = 4
    fusion: Fusion = "cross"
    temporal: Temporal = "attention"
    dropout: float = 0.1
    align: bool = True

    def __post_init__(self) -> None:
        _check_word("fusion", self.fusion, get_args(Fusion))
        _check_word("temporal", self.temporal, get_args(Temporal))
        fits = self.n_heads >= 1 and self.width >= 8 and self.width % (2 * self.n_heads) == 0
        rule = f"a multiple of 2 n_heads={2 * self.n_heads}, at least 8"
        _check("width", self.width, fits, rule)
        _check("dropout", self.dropout, 0 <= self.dropout < 1, "from 0 to below 1")


@dataclass(frozen=True)
class TrainingSettings:
    """Say how the network is trained.

    Attributes
    ----------
    start : {"simulated", "scratch"}
        Where training starts.
    n_epochs, tuning_epochs : int
        Most passes over the training sessions, from scratch and from simulated weights.
    masked_epochs : int
        Passes of self-supervised pre-training before them, over all training recordings.
    patience : int
        Passes without improvement on the inner validation subjects after which training stops.
    validation_share : float
        Share of the training subjects that early stopping watches; they are never trained on.
    batch_sessions, batch_trials : int
        Sessions in a step, and trials drawn from each.
    learning_rate : float
        Highest rate of the one-cycle schedule, from scratch.
    tuning_rate : float
        The same where training starts from simulated weights.
    weight_decay : float
        Of AdamW.
    averaging : float
        Decay of the exponential average of the weights; the average is what estimates.
    modality_dropout, channel_dropout, task_dropout : float
        Chance that a session loses a modality; a muscle or landmark; that a trial loses its name.
    mixup : float
        Chance that a session's embedding is mixed with that of one of near score.
    auxiliary : tuple of {"severity", "task", "side", "group"}
        Further questions that the network is asked while it is trained; ``"group"`` lets
        healthy controls take part.
    auxiliary_weight : float
        What their mean counts, beside the misfit of the score.
    """

    start: Start = "simulated"
    n_epochs: int = 24
    tuning_epochs: int = 12
    masked_epochs: int = 0
    patience: int = 8
    validation_share: float = 0.15
    batch_sessions: int = 16
    batch_trials: int = 10
    learning_rate: float = 2e-3
    tuning_rate: float = 3e-5
    weight_decay: float = 0.02
    averaging: float = 0.9
    modality_dropout: float = 0.25
    channel_dropout: float = 0.1
    task_dropout: float = 0.1
    mixup: float = 0.3
    auxiliary: tuple[Auxiliary, ...] = ()
    auxiliary_weight: float = 0.1

    def __post_init__(self) -> None:
        _check_word("start", self.start, get_args(Start))
        for name in ("n_epochs", "tuning_epochs", "patience", "batch_sessions", "batch_trials"):
            _check(name, getattr(self, name), getattr(self, name) >= 1, "at least 1")
        _check("masked_epochs", self.masked_epochs, self.masked_epochs >= 0, "0 or more")
        for name in ("learning_rate", "tuning_rate"):
            _check(name, getattr(self, name), getattr(self, name) > 0, "positive")
        for name in self.auxiliary:
            _check_word("auxiliary", name, get_args(Auxiliary))
        _check("auxiliary_weight", self.auxiliary_weight, self.auxiliary_weight >= 0, "0 or more")
        _check("weight_decay", self.weight_decay, self.weight_decay >= 0, "0 or more")
        for name in (
            *("validation_share", "averaging", "mixup"),
            *("modality_dropout", "channel_dropout", "task_dropout"),
        ):
            _check(name, getattr(self, name), 0 <= getattr(self, name) < 1, "from 0 to below 1")


@dataclass(frozen=True)
class FusionSettings:
    """Compose the settings of the network and of its training.

    Attributes
    ----------
    network : NetworkSettings
    training : TrainingSettings
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def starting_from(self, start: Start) -> FusionSettings:
        """Give the same settings with another start of training."""
        return replace(self, training=replace(self.training, start=start))


def fusion_settings_from(described: Mapping[str, Any]) -> FusionSettings:
    """Make settings of what `dataclasses.asdict` made of them, also after a way through JSON.

    Raises
    ------
    SettingsError
        If a setting breaks a rule.
    KeyError, TypeError
        If one is missing, unknown, or of another type.
    """
    training = described["training"]
    return FusionSettings(
        NetworkSettings(**described["network"]),
        TrainingSettings(**{**training, "auxiliary": tuple(training.get("auxiliary", ()))}),
    )
