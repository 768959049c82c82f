"""What may be foretold of an arm, by which rule or model, and how often that is right."""

from hybridmfp.clinical.prognosis.course_prognosis import Prognosis, prognose
from hybridmfp.clinical.prognosis.epos import EPOS_WINDOW, TwoMovements, epos, epos_findings
from hybridmfp.clinical.prognosis.mixture import MixtureModel
from hybridmfp.clinical.prognosis.mixture_parameters import MixtureParameters
from hybridmfp.clinical.prognosis.mixture_posterior import (
    FAN_LEVELS,
    GroupProbability,
    MixturePosterior,
)
from hybridmfp.clinical.prognosis.prep2 import PREP2_WINDOW, Prep2Findings, prep2, prep2_findings
from hybridmfp.clinical.prognosis.proportional_recovery import (
    proportional_recovery_refused,
    why_not_proportional,
)
from hybridmfp.clinical.prognosis.rule_prognosis import ExternalAccuracy, RulePrognosis

__all__ = [
    "EPOS_WINDOW",
    "FAN_LEVELS",
    "PREP2_WINDOW",
    "ExternalAccuracy",
    "GroupProbability",
    "MixtureModel",
    "MixtureParameters",
    "MixturePosterior",
    "Prep2Findings",
    "Prognosis",
    "RulePrognosis",
    "TwoMovements",
    "epos",
    "epos_findings",
    "prep2",
    "prep2_findings",
    "prognose",
    "proportional_recovery_refused",
    "why_not_proportional",
]
