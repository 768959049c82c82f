"""What is judged, and how."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from hybridmfp.errors import SettingsError
from hybridmfp.pipelines.models import default_model
from hybridmfp.signals import Scale

__all__ = ["PROTOCOLS", "EvaluationPlan", "Progress", "Protocol"]

Protocol = Literal["loso", "group-kfold", "published"]
Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and how many there are."""

PROTOCOLS: tuple[str, ...] = ("loso", "group-kfold", "published")
"""Leave one subject out; grouped k-fold; and the published order of steps, which is wrong."""


@dataclass(frozen=True)
class EvaluationPlan:
    """Say what is judged, and how.

    Attributes
    ----------
    model : str or None
        One of `MODELS`; None is the default of the cohort's scale. The published protocol has
        its own.
    protocol : str
        One of `PROTOCOLS`.
    n_folds : int
        Folds of ``group-kfold``.
    n_permutations : int
        Permutations of the scores for the p-value; 0 asks for none.
    seed : int
        Decides fold membership, permutations, bootstrap and the models' own chance.
    n_jobs : int or None
        Worker processes.

    Raises
    ------
    SettingsError
        If a number is out of range or the protocol is unknown.
    """

    model: str | None = None
    protocol: str = "loso"
    n_folds: int = 10
    n_permutations: int = 0
    seed: int = 0
    n_jobs: int | None = None

    def on(self, scale: Scale) -> tuple[EvaluationPlan, str]:
        """Give the plan with its model named, and that name."""
        name = self.model or default_model(scale)
        return dataclasses.replace(self, model=name), name

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise SettingsError(
                f"protocol must be one of {', '.join(PROTOCOLS)}; got {self.protocol!r}."
            )
        for name, least in (("n_folds", 2), ("n_permutations", 0), ("seed", 0)):
            if getattr(self, name) < least:
                raise SettingsError(f"{name} must be at least {least}; got {getattr(self, name)}.")
        if self.n_permutations and self.protocol == "published":
            raise SettingsError(
                "n_permutations must be 0 with protocol 'published'; its figure is wrong whatever "
                "its p-value. Use: hybridmfp audit"
            )
