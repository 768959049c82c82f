"""Faults to put into recordings, so that what looks for them can be tested."""

from hybridmfp.simulation.faults.definition import SEVERITIES, Fault, Injection, Severity
from hybridmfp.simulation.faults.registry import FAULTS, inject

__all__ = ["FAULTS", "SEVERITIES", "Fault", "Injection", "Severity", "inject"]
