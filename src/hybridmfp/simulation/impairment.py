"""What a stroke has done to one arm, as the parameters that the signals are made from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HEALTHY", "Drive", "Impairment"]


@dataclass(frozen=True)
class Drive:
    """Hold the strongest voluntary drive, as a share of the drive before the stroke.

    Attributes
    ----------
    shoulder, external_rotation, elbow_flexion, elbow_extension, supination, pronation, \
wrist_extension, wrist_flexion, finger_extension, finger_flexion, thumb : float
        Above 0, at most 1; 1 is healthy.
    """

    shoulder: float = 1.0
    external_rotation: float = 1.0
    elbow_flexion: float = 1.0
    elbow_extension: float = 1.0
    supination: float = 1.0
    pronation: float = 1.0
    wrist_extension: float = 1.0
    wrist_flexion: float = 1.0
    finger_extension: float = 1.0
    finger_flexion: float = 1.0
    thumb: float = 1.0


@dataclass(frozen=True)
class Impairment:
    """Hold how one arm moves and is driven.

    Attributes
    ----------
    drive : Drive
        Ceilings of voluntary drive.
    synergy : float
        From 0 to 1: how far muscles and joints are tied to the flexor and extensor synergies.
    spasticity : float
        From 0 to 1: gain of the stretch reflex, and how low its threshold lies.
    co_contraction : float
        From 0 to 1: how much of a muscle's drive its antagonist receives.
    roughness : float
        From 0 to 1: how much a movement breaks into submovements.
    slowness : float
        From 0 to 1: how much longer movements take.
    compensation : float
        From 0 to 1: how readily trunk and scapula make up for what the arm does not reach.
    proprioceptive_noise : float
        0 or more: how much final postures vary beyond healthy variability.
    tremor : float
        0 or more: amplitude of the tremor; physiological tremor is about 0.3.
    tremor_hz : float
        Its frequency.
    own_pace : float
        Factor on the durations of movements, a habit that impairment does not explain.
    conduction : float
        Factor on the frequencies of the EMG.
    """

    drive: Drive
    synergy: float
    spasticity: float
    co_contraction: float
    roughness: float
    slowness: float
    compensation: float
    proprioceptive_noise: float
    tremor: float
    tremor_hz: float
    own_pace: float
    conduction: float


HEALTHY = Impairment(
    drive=Drive(),
    synergy=0.02,
    spasticity=0.0,
    co_contraction=0.03,
    roughness=0.02,
    slowness=0.0,
    compensation=0.1,
    proprioceptive_noise=0.1,
    tremor=0.3,
    tremor_hz=8.0,
    own_pace=1.0,
    conduction=1.0,
)
"""An arm without impairment."""
