"""What drove an estimate, against an average patient and against healthy people."""

from hybridmfp.models.explanation.biomarkers import find_definition
from hybridmfp.models.explanation.explain import explain
from hybridmfp.models.explanation.explanation import Biomarker, Driver, Explanation, SignalMap
from hybridmfp.models.explanation.ranges import ReferenceRanges, SessionBiomarkers
from hybridmfp.models.explanation.reference import ExplanationReference
from hybridmfp.models.explanation.shapley import ShapleyValues, shapley_values

__all__ = [
    "Biomarker",
    "Driver",
    "Explanation",
    "ExplanationReference",
    "ReferenceRanges",
    "SessionBiomarkers",
    "ShapleyValues",
    "SignalMap",
    "explain",
    "find_definition",
    "shapley_values",
]
