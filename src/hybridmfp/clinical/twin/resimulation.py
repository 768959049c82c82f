"""Let a candidate for a patient move: the simulator with an impairment of our choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.pipelines.trial_digest import digest_trial
from hybridmfp.signals import Recording, Signal, TrialKey, find_montage
from hybridmfp.simulation.body import Body
from hybridmfp.simulation.impairment import Impairment
from hybridmfp.simulation.marker_cloud import MarkerView, draw_marker_placement, marker_cloud
from hybridmfp.simulation.movement import move
from hybridmfp.simulation.person import draw_person, find_setting
from hybridmfp.simulation.site import REFERENCE_SITE
from hybridmfp.simulation.tasks import find_task

__all__ = ["draw_body", "simulate_movements"]

_PLACEMENT, _MOVEMENT, _MARKERS = 1, 2, 3


def draw_body(seed: int, number: int) -> Body:
    """Give the body of one of the simulator's patients, whatever their impairment."""
    setting = find_setting("rehabilitation")
    return draw_person(seed, number, "patient", site=REFERENCE_SITE, setting=setting).body


def simulate_movements(
    impairment: Impairment, body: Body, *, tasks: Sequence[str], seed: int
) -> dict[str, dict[str, float]]:
    """Let somebody do each task once at the reference site, and take the named features.

    The same seed gives the same random numbers whatever the impairment, so that two impairments
    can be compared without chance between them.

    Parameters
    ----------
    impairment : Impairment
    body : Body
    tasks : sequence of str
        Names of `hybridmfp.simulation.TASKS`.
    seed : int
        0 or more.

    Returns
    -------
    dict of str to dict of str to float
        For each task the kinematic features of its trial, in natural units.

    Raises
    ------
    SignalError
        If a movement is too small to be digested.

    Examples
    --------
    >>> from hybridmfp.simulation.impairment import HEALTHY
    >>> body = draw_body(0, 1)
    >>> once = simulate_movements(HEALTHY, body, tasks=["reach_forward"], seed=1)
    >>> bool(once["reach_forward"]["kin.range.elbow_flexion"] > 0.5)
    True
    """
    placement = draw_marker_placement(np.random.default_rng([seed, 0, _PLACEMENT]))
    site = REFERENCE_SITE
    view = MarkerView(
        rate_hz=site.kinematics_rate_hz,
        noise_m=site.marker_noise_m,
        facing_rad=site.facing_rad,
        side="right",
    )
    found = {}
    for number, name in enumerate(tasks, start=1):
        task = find_task(name)
        angles = move(task, impairment, body, rng=np.random.default_rng([seed, number, _MOVEMENT]))
        markers = marker_cloud(
            angles,
            body,
            placement,
            view=view,
            rng=np.random.default_rng([seed, number, _MARKERS]),
        )
        found[task.name] = _digested(markers, view.rate_hz, task.name)
    return found


def _digested(markers: np.ndarray, rate_hz: float, task: str) -> dict[str, float]:
    recording = Recording(
        key=TrialKey("twin", "1", task, "1"),
        emg=None,
        kinematics=Signal(
            markers,
            rate_hz=rate_hz,
            channels=find_montage("mhh-markers").channels,
            units="m",
        ),
        side="right",
        montage="mhh-markers",
        device="synthetic",
    )
    return digest_trial(recording, DigestSettings()).values
