"""Every error a user of HybridMFP can meet.

::

    HybridMfpError
    ├── SignalError            (ValueError)   samples, rates, units, masks, settings of a filter
    ├── MontageError           (ValueError)   muscles, markers, landmarks
    ├── ScaleError             (ValueError)   scales and scores outside them
    ├── CohortError            (ValueError)   subjects, sessions, trials, labels of a cohort
    ├── ReadError              (ValueError)   a file or folder that cannot be read
    ├── WriteError             (OSError)      a result that cannot be written
    ├── SettingsError          (ValueError)   an option or a settings file
    ├── EvaluationError        (ValueError)   a design that cannot be judged honestly
    ├── ClinicalError          (ValueError)   a named refusal to say what a score means
    └── MissingDependencyError (ImportError)  an optional part that is not installed

A message names the thing, the rule it must obey, the value it had, and what to do.
"""

from __future__ import annotations

from typing import Literal

__all__ = [
    "ClinicalError",
    "CohortError",
    "EvaluationError",
    "HybridMfpError",
    "MissingDependencyError",
    "MontageError",
    "ReadError",
    "Refusal",
    "ScaleError",
    "SettingsError",
    "SignalError",
    "WriteError",
]


class HybridMfpError(Exception):
    """The parent of every error that HybridMFP raises on purpose."""


class SignalError(HybridMfpError, ValueError):
    """Samples, a rate, a unit, a mask or a filter setting breaks a rule."""


class MontageError(HybridMfpError, ValueError):
    """A muscle, marker or landmark is unknown, missing or named twice."""


class ScaleError(HybridMfpError, ValueError):
    """A scale is unknown, or a score lies outside it."""


class CohortError(HybridMfpError, ValueError):
    """Subjects, sessions, trials or labels of a cohort do not fit together."""


class ReadError(HybridMfpError, ValueError):
    """A file or folder cannot be read as what it claims to be."""


class WriteError(HybridMfpError, OSError):
    """A result cannot be written where it was asked to go."""


class SettingsError(HybridMfpError, ValueError):
    """An option or a settings file breaks a rule."""


class EvaluationError(HybridMfpError, ValueError):
    """A model cannot be judged honestly with this design or these data."""


Refusal = Literal[
    "other_scale",
    "missing_input",
    "impossible_value",
    "impossible_items",
    "missing_items",
    "dates_out_of_order",
    "outside_window",
    "unit_mix_up",
    "contradictory_sides",
    "contradictory_inputs",
    "poor_quality",
    "too_uncertain",
    "too_few",
    "no_overlap",
    "not_identified",
    "unsigned",
]
"""Why the clinical layer says nothing; `ClinicalError.refusal` is one of these."""


class ClinicalError(HybridMfpError, ValueError):
    """What a score means cannot be said, for a reason that has a name.

    Parameters
    ----------
    message : str
        What must hold, what was given, what to do.
    refusal : Refusal
        The name of the reason.

    Examples
    --------
    >>> ClinicalError("MEP status must be known; got none.", refusal="missing_input").refusal
    'missing_input'
    """

    def __init__(self, message: str, *, refusal: Refusal) -> None:
        super().__init__(message)
        self.refusal = refusal


class MissingDependencyError(HybridMfpError, ImportError):
    """A part was asked for whose package is not installed."""
