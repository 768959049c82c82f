"""What a feature is: its name, meaning, unit and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["FeatureDefinition"]


@dataclass(frozen=True)
class FeatureDefinition:
    """Document one feature, or one feature per muscle, pair or joint.

    Attributes
    ----------
    name : str
        Such as ``"emg.rms"``. With a target other than ``"trial"`` the column is
        ``name.target``, such as ``"emg.rms.biceps_brachii"``.
    definition : str
        One sentence, with the formula.
    unit : str
        SI unit, or ``"1"``.
    modality : {"emg", "kinematics", "alignment"}
        Where it comes from.
    target : {"trial", "muscle", "pair", "joint", "session"}
        What it is about. ``"session"`` features exist once per subject-session.
    better : {"higher", "lower", "none"}
        The direction of less impairment; ``"none"`` where it is not established.
    reference : str
        Source, with DOI where there is one.
    """

    name: str
    definition: str
    unit: str
    modality: Literal["emg", "kinematics", "alignment"]
    target: Literal["trial", "muscle", "pair", "joint", "session"]
    better: Literal["higher", "lower", "none"]
    reference: str
