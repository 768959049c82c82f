"""Take out of a session what cannot be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from hybridmfp.preprocessing.quality import (
    MusclePattern,
    QualitySettings,
    SessionQuality,
    TrialQuality,
    check_session,
    check_trial,
    screened,
)
from hybridmfp.signals import Recording

__all__ = ["screen_session"]


def screen_session(
    recordings: Sequence[Recording],
    settings: QualitySettings,
    *,
    pattern: MusclePattern | None = None,
    checked: Sequence[TrialQuality] | None = None,
) -> tuple[tuple[Recording, ...], SessionQuality]:
    """Check all trials of a session together, and leave out what is red.

    Parameters
    ----------
    recordings : sequence of Recording
        Of one session; at least one.
    settings : QualitySettings
    pattern : MusclePattern, optional
        What muscles usually do; without it neither swapped electrodes nor a lag are looked for.
    checked : sequence of TrialQuality, optional
        Of the recordings, where they were checked already.

    Returns
    -------
    recordings : tuple of Recording
        Red channels are gaps; lag and drift are corrected.
    quality : SessionQuality

    Raises
    ------
    SignalError
        If there is no recording.
    """
    if checked is None:
        checked = [check_trial(one, settings) for one in recordings]
    quality = check_session(checked, pattern=pattern, settings=settings)
    return tuple(screened(one, quality) for one in recordings), quality
