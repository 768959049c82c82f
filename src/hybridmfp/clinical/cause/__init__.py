"""What a treatment does, from observations: a declared graph, a target trial, an effect or none."""

from hybridmfp.clinical.cause.adjustment import (
    adjustment_set,
    check_negative_control,
    open_path,
)
from hybridmfp.clinical.cause.cross_fitting import CrossFitting
from hybridmfp.clinical.cause.dag import Dag
from hybridmfp.clinical.cause.e_value import EValue, e_value, e_value_of_difference
from hybridmfp.clinical.cause.effect import CAVEAT, ControlEffect, Effect, StratumEffect
from hybridmfp.clinical.cause.emulation import EmulatedTrial, emulate
from hybridmfp.clinical.cause.estimate import estimate_effect
from hybridmfp.clinical.cause.overlap import Balance, Overlap
from hybridmfp.clinical.cause.target_trial import (
    Criterion,
    Emulated,
    Estimand,
    Strategy,
    TargetTrial,
    TrialColumns,
)

__all__ = [
    "CAVEAT",
    "Balance",
    "ControlEffect",
    "Criterion",
    "CrossFitting",
    "Dag",
    "EValue",
    "Effect",
    "Emulated",
    "EmulatedTrial",
    "Estimand",
    "Overlap",
    "Strategy",
    "StratumEffect",
    "TargetTrial",
    "TrialColumns",
    "adjustment_set",
    "check_negative_control",
    "e_value",
    "e_value_of_difference",
    "emulate",
    "estimate_effect",
    "open_path",
]
