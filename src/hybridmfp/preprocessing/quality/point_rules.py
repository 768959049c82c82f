"""From what was measured of positions to findings in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.quality.point_measures import PointMeasures, Window, measure_points
from hybridmfp.preprocessing.quality.settings import QualitySettings
from hybridmfp.preprocessing.quality.verdicts import ALL, Finding

__all__ = ["check_points", "judge_points"]

_TRACKING = "Check that the cameras see this marker, and correct the tracking or repeat the trial."


@dataclass(frozen=True)
class _Rule:
    """One fault: how bad it is in each point, and how to say so."""

    fault: str
    unit: str
    scale: float
    figure: Callable[[PointMeasures], NDArray[np.float64]]
    levels: Callable[[PointMeasures, QualitySettings], NDArray[np.intp]]
    reason: str
    remedy: str


def check_points(
    points: NDArray[np.float32],
    *,
    rate_hz: float,
    names: Sequence[str],
    window: Window | None = None,
    settings: QualitySettings | None = None,
) -> list[Finding]:
    """Check positions, of a whole trial or of the last seconds of a stream.

    Parameters
    ----------
    points : array of float32, shape (n_points, 3, n_samples)
        In metres; NaN is a gap.
    rate_hz : float
        Samples per second.
    names : sequence of str
        Name of each point.
    window : tuple of int, optional
        First sample of the movement, and the first after it. What lies in it weighs more.
    settings : QualitySettings, optional

    Returns
    -------
    list of Finding
        Nothing for a point that is fine.

    Examples
    --------
    >>> import numpy as np
    >>> still = np.ones((1, 3, 200), dtype=np.float32)
    >>> [one.fault for one in check_points(still, rate_hz=100, names=["WRA"])]
    ['frozen']
    """
    settings = settings or QualitySettings()
    measures = measure_points(points, rate_hz=rate_hz, window=window, settings=settings)
    return judge_points(measures, names=names, settings=settings)


def judge_points(
    measures: PointMeasures, *, names: Sequence[str], settings: QualitySettings
) -> list[Finding]:
    """Turn measures into findings: one for each point and fault.

    In a wrong unit every distance is wrong, so jumps are not judged then.
    """
    unit = _unit_finding(measures, settings)
    findings = [] if unit is None else [unit]
    for rule in _RULES:
        if unit is not None and rule.fault == "jump":
            continue
        levels = rule.levels(measures, settings)
        values = rule.scale * rule.figure(measures)
        for at in np.flatnonzero(levels).tolist():
            other = names[measures.partner[at]]
            findings.append(
                Finding(
                    modality="kinematics",
                    channel=names[at],
                    fault=rule.fault,
                    verdict="red" if levels[at] == 2 else "amber",
                    value=float(values[at]),
                    unit=rule.unit,
                    reason=rule.reason.format(
                        value=float(values[at]), other=other, longest=float(measures.gap_s[at])
                    ),
                    remedy=rule.remedy.format(other=other),
                )
            )
    return findings


def _unit_finding(measures: PointMeasures, settings: QualitySettings) -> Finding | None:
    spread = measures.spread_m
    smallest, largest = settings.extent_m
    if len(measures.gap) < 3 or not np.isfinite(spread) or smallest <= spread <= largest:
        return None
    return Finding(
        modality="kinematics",
        channel=ALL,
        fault="unit",
        verdict="red",
        value=spread,
        unit="m",
        reason=f"The markers lie {spread:.2g} m from their middle, which no body does.",
        remedy="Set the right unit of the markers (m or mm) and read the file again.",
    )


def _levels(figure: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.intp]:
    return (figure > limits[0]).astype(np.intp) + (figure > limits[1])


_RULES: tuple[_Rule, ...] = (
    _Rule(
        fault="gap",
        unit="%",
        scale=100,
        figure=lambda m: m.gap,
        levels=lambda m, s: np.maximum(
            _levels(m.gap, s.point_gap), _levels(m.gap_s, s.point_gap_s)
        ),
        reason="The marker is hidden for {value:.0f} % of the time, up to {longest:.1f} s on end.",
        remedy=_TRACKING,
    ),
    _Rule(
        fault="frozen",
        unit="%",
        scale=100,
        figure=lambda m: m.frozen,
        levels=lambda m, s: _levels(m.frozen, s.frozen),
        reason="The marker repeats the same place for {value:.0f} % of the time.",
        remedy="The system may hold the last place of a lost marker: switch that off and repeat.",
    ),
    _Rule(
        fault="jump",
        unit="mm",
        scale=1e3,
        figure=lambda m: m.jump_m,
        levels=lambda m, s: _levels(m.jumps, s.jumps),
        reason="The marker jumps by up to {value:.0f} mm, faster than an arm can move.",
        remedy="Correct the tracking of this marker, and cover what else shines.",
    ),
    _Rule(
        fault="swap",
        unit="%",
        scale=100,
        figure=lambda m: m.swapped,
        levels=lambda m, s: _levels(m.swapped, s.swapped),
        reason="For {value:.0f} % of the time the marker stands in the place of {other}.",
        remedy="Correct the labels of this marker and of {other} in the tracking software.",
    ),
)
