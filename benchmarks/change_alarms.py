"""How often alarms sound without a reason, and how soon with one, in simulated daily series.

Run ``python benchmarks/change_alarms.py --seeds 7100:7200``; figures are in docs/change.md.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import beta

from hybridmfp.clinical.change import session_trend
from hybridmfp.clinical.course import Visit

REPEAT_SD = 3.0  # points; an estimate's, somewhat above that of raters
MDC = 1.96 * math.sqrt(2) * REPEAT_SD
N_DAYS, FIRST_DAY = 30, 200
Array = NDArray[np.float64]


def correlated(rng: np.random.Generator, n: int, phi: float) -> Array:
    steps = rng.standard_normal(n)
    steps[1:] *= math.sqrt(1 - phi**2)
    return np.asarray(lfilter([1], [1, -phi], steps))


def skewed(rng: np.random.Generator, n: int) -> Array:
    return -(rng.gamma(2, 1, n) - 2) / math.sqrt(2)


def bad_weeks(rng: np.random.Generator, n: int) -> Array:
    width = 0.6
    moved = np.exp(width * correlated(rng, n, 0.4)) - math.exp(width**2 / 2)
    return -moved / math.sqrt((math.exp(width**2) - 1) * math.exp(width**2))


# noise in units of the repeat SD, which is its standard deviation unless said otherwise
STABLE: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "independent": lambda rng, n: rng.standard_normal(n),
    "AR(1) 0.3": lambda rng, n: correlated(rng, n, 0.3),
    "AR(1) 0.5": lambda rng, n: correlated(rng, n, 0.5),
    "half AR(1) 0.7": lambda rng, n: (rng.standard_normal(n) + correlated(rng, n, 0.7)) / 2**0.5,
    "heavy tails (t3)": lambda rng, n: rng.standard_t(3, n) / math.sqrt(3),
    "skewed to bad days": skewed,
    "20 % amber, AR(1) 0.5": lambda rng, n: correlated(rng, n, 0.5),
    "20 % of days missing, AR(1) 0.5": lambda rng, n: correlated(rng, n, 0.5),
    "at the ceiling, whole points": lambda rng, n: correlated(rng, n, 0.3),
}
STRESS: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "AR(1) 0.7": lambda rng, n: correlated(rng, n, 0.7),
    "bad days in a row (skewed, AR(1) 0.4)": bad_weeks,
    "noise 1.25 times what was stated": lambda rng, n: 1.25 * rng.standard_normal(n),
    "1 day in 20 lower by 3 SD, AR(1) 0.4": lambda rng, n: (
        correlated(rng, n, 0.4) - 3 * (rng.random(n) < 0.05)
    ),
}


def visits_of(scores: Array, days: Array, amber: NDArray[np.bool_]) -> list[Visit]:
    half = 1.645 * 1.5 * REPEAT_SD
    return [
        Visit(
            f"d{day:g}", float(day), "estimated", float(score),
            interval=(float(score) - half, float(score) + half), level=0.9, model="simulated",
            quality="amber" if doubtful else "green", synthetic=True,
        )
        for score, day, doubtful in zip(np.clip(scores, 0, 66), days, amber, strict=True)
    ]  # fmt: skip


def simulated(
    rng: np.random.Generator, name: str, *, n_days: int, truth: Array | float = 0.0
) -> list[Visit]:
    noise = (STABLE | STRESS)[name](rng, n_days)
    days = FIRST_DAY + np.arange(n_days, dtype=float)
    amber = rng.random(n_days) < (0.2 if "amber" in name else 0.0)
    kept = rng.random(n_days) >= (0.2 if "missing" in name else 0.0)
    level = 63.0 if "ceiling" in name else 40.0
    scores = level + truth + REPEAT_SD * noise * np.where(amber, 1.5, 1.0)
    if "whole" in name:
        scores = np.round(scores)
    return visits_of(scores[kept], days[kept], amber[kept])


def alarmed(visits: list[Visit]) -> dict[str, float]:
    """Give the first week of each kind of alarm on change."""
    first: dict[str, float] = {}
    for one in session_trend(visits, repeat_sd=REPEAT_SD).alarms:
        if one.kind != "plateau":
            first.setdefault(one.kind, one.week)
    return first


def interval(count: int, n: int) -> list[float]:
    """Clopper-Pearson, 95 %."""
    low = 0.0 if count == 0 else float(beta.ppf(0.025, count, n - count + 1))
    high = 1.0 if count == n else float(beta.ppf(0.975, count + 1, n - count))
    return [low, high]


def false_alarms(seeds: range, names: list[str], per_seed: int) -> dict[str, object]:
    table: dict[str, object] = {}
    totals = np.zeros(4, dtype=int)
    for place, name in enumerate(names):
        counts = np.zeros(4, dtype=int)
        for seed in seeds:
            rng = np.random.default_rng([seed, place])
            for _ in range(per_seed):
                told = alarmed(simulated(rng, name, n_days=N_DAYS))
                counts += [1, "deterioration" in told, "improvement" in told, bool(told)]
        totals += counts
        table[name] = _rates(counts)
    table["all"] = _rates(totals)
    return table


def _rates(counts: NDArray[np.int_]) -> dict[str, object]:
    n, fell, rose, either = map(int, counts)
    return {
        "n": n,
        "deterioration": fell / n,
        "improvement": rose / n,
        "any": either / n,
        "any_95": interval(either, n),
        "count": either,
    }


def power(seeds: range, per_seed: int) -> dict[str, object]:
    """Tell of falls at day 15 of 45, how soon they are seen, in sessions since the fall."""
    table: dict[str, object] = {}
    shapes = {
        "MDC at once": lambda since: -MDC * (since >= 0),
        "MDC over 14 days": lambda since: -MDC * np.clip((since + 1) / 14, 0, 1),
        "1.5 MDC at once": lambda since: -1.5 * MDC * (since >= 0),
    }
    for place, name in enumerate(["independent", "AR(1) 0.3", "AR(1) 0.5"]):
        for index, (shape, fall) in enumerate(shapes.items()):
            delays = []
            for seed in seeds:
                rng = np.random.default_rng([seed, 100 + 10 * place + index])
                for _ in range(per_seed):
                    truth = fall(np.arange(45) - 15)
                    told = alarmed(simulated(rng, name, n_days=45, truth=truth))
                    week = told.get("deterioration", math.inf)
                    delays.append(week * 7 - FIRST_DAY - 15 + 1)
            late = np.array(delays)
            table[f"{shape}, {name}"] = {
                "n": len(late),
                "median_sessions": float(np.median(late)),
                **{f"within_{k}": float((late <= k + 1e-6).mean()) for k in (5, 8, 10, 15, 30)},
                "before": float((late <= 0).mean()),
            }
    return table


def plateaus(seeds: range, per_seed: int) -> dict[str, object]:
    """Tell how often a course of weekly ratings ends on a plateau, by its true gain."""
    table: dict[str, object] = {}
    for place, gain in enumerate([0.0, 1.3, 2.625, 5.25]):
        for n_weeks in (8, 12):
            plateau = 0
            for seed in seeds:
                rng = np.random.default_rng([seed, 200 + place, n_weeks])
                for _ in range(per_seed):
                    scores = (
                        30 + gain / 4 * np.arange(n_weeks) + 2.46 * rng.standard_normal(n_weeks)
                    )
                    told = session_trend(
                        [
                            Visit(f"w{k}", 200 + 7.0 * k, "rated", float(np.clip(one, 0, 66)))
                            for k, one in enumerate(scores)
                        ]
                    )
                    plateau += any(one.kind == "plateau" for one in told.alarms)
            table[f"{gain:g} points in 4 weeks, {n_weeks} weekly ratings"] = plateau / (
                len(seeds) * per_seed
            )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="7100:7200", help="first:one after the last")
    parser.add_argument("--per-seed", type=int, default=25, help="series per seed and kind")
    asked = parser.parse_args()
    first, end = map(int, asked.seeds.split(":"))
    seeds = range(first, end)
    result = {
        "stable": false_alarms(seeds, list(STABLE), asked.per_seed),
        "stress": false_alarms(seeds, list(STRESS), max(asked.per_seed * 2 // 5, 1)),
        "falls": power(seeds, max(asked.per_seed // 5, 1)),
        "plateaus": plateaus(seeds, max(asked.per_seed // 5, 1)),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
