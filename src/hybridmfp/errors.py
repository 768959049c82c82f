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
    └── MissingDependencyError (ImportError)  an optional part that is not installed

A message names the thing, the rule it must obey, the value it had, and what to do.
"""

from __future__ import annotations

__all__ = [
    "CohortError",
    "EvaluationError",
    "HybridMfpError",
    "MissingDependencyError",
    "MontageError",
    "ReadError",
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


class MissingDependencyError(HybridMfpError, ImportError):
    """A part was asked for whose package is not installed."""
