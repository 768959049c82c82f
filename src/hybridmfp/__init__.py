"""Honest Fugl-Meyer estimates from surface EMG and kinematics.

Research use only; not a medical device.
"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("hybridmfp")
