"""Time one banded multichannel alignment, path included, in every library that is installed.

Run ``OMP_NUM_THREADS=1 python benchmarks/dtw.py``. Compared are aeon, dtaidistance and tslearn,
where installed; none is a dependency. All must agree on the distance to 9 digits.
Times are CPU time of this process, so that other work on the machine counts little.
"""

from __future__ import annotations

import importlib.metadata
import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hybridmfp.preprocessing.dtw import dtw, match_template

BAND = 0.1
N_REPETITIONS = 60
SHAPES = [(63, 500), (12, 1000), (12, 101)]
N_TRIALS = 57

Series = NDArray[np.float64]
Align = Callable[[Series, Series], float]


def prepare_own() -> Align:
    return lambda one, other: dtw(one, other, band=BAND).distance


def prepare_aeon() -> Align:
    from aeon.distances import dtw_alignment_path  # noqa: PLC0415

    def align(one: Series, other: Series) -> float:
        # Its window is a share of the series, rounded down; ours is rounded up.
        window = math.ceil(BAND * one.shape[1]) / one.shape[1]
        return math.sqrt(dtw_alignment_path(one, other, window=window)[1])

    return align


def prepare_dtaidistance() -> Align:
    from dtaidistance.dtw_cc import warping_path_ndim  # noqa: PLC0415 - its C code

    def align(one: Series, other: Series) -> float:
        first, second = np.ascontiguousarray(one.T), np.ascontiguousarray(other.T)
        window = math.ceil(BAND * one.shape[1]) + 1  # its window is exclusive
        _, distance = warping_path_ndim(
            first, second, first.shape[1], include_distance=True, window=window
        )
        return float(distance)

    return align


def prepare_tslearn() -> Align:
    from tslearn.metrics import dtw_path  # noqa: PLC0415

    def align(one: Series, other: Series) -> float:
        radius = math.ceil(BAND * one.shape[1])
        _, distance = dtw_path(
            one.T, other.T, global_constraint="sakoe_chiba", sakoe_chiba_radius=radius
        )
        return float(distance)

    return align


def measure(run: Callable[[], object]) -> tuple[float, float]:
    """Give best and median CPU time of many runs, in milliseconds."""
    spent = []
    for _ in range(N_REPETITIONS):
        start = time.process_time_ns()
        run()
        spent.append((time.process_time_ns() - start) / 1e6)
    return min(spent), float(np.median(spent))


def walk(shape: tuple[int, ...], seed: int) -> Series:
    """Draw a random walk along the last axis."""
    return np.random.default_rng(seed).standard_normal(shape).cumsum(axis=-1)


def print_row(who: str, shape: str, first_ms: float, run: Callable[[], object], per: int) -> None:
    best, median = measure(run)
    print(f"{who:24} {shape:>16} {best / per:9.4f} {median / per:9.4f} {first_ms:9.0f}", flush=True)


def main() -> None:
    prepare = {
        "hybridmfp": prepare_own,
        "aeon": prepare_aeon,
        "dtaidistance": prepare_dtaidistance,
        "tslearn": prepare_tslearn,
    }
    print(
        f"{'with path, band 10 %':24} {'channels x points':>16} {'best ms':>9} {'median':>9} 1st ms"
    )
    missing = []
    for name, prepared in prepare.items():
        try:
            align = prepared()
        except ImportError:
            missing.append(name)
            continue
        label = name if name == "hybridmfp" else f"{name} {importlib.metadata.version(name)}"
        for shape in SHAPES:
            one, other = walk(shape, 0), walk(shape, 1)
            start = time.process_time_ns()
            distance = align(one, other)
            first_ms = (time.process_time_ns() - start) / 1e6
            expected = dtw(one, other, band=BAND).distance
            assert math.isclose(distance, expected, rel_tol=1e-9), (name, distance, expected)
            print_row(
                label,
                f"{shape[0]} x {shape[1]}",
                first_ms,
                lambda one=one, other=other, align=align: align(one, other),
                1,
            )
    trials, template = walk((N_TRIALS, 12, 101), 2), walk((12, 101), 1)
    start = time.process_time_ns()
    match_template(trials, template, band=BAND)
    first_ms = (time.process_time_ns() - start) / 1e6
    print_row(
        "hybridmfp, per trial",
        f"{N_TRIALS} x 12 x 101",
        first_ms,
        lambda: match_template(trials, template, band=BAND),
        N_TRIALS,
    )
    print(f"All agree on the distances. Not installed: {', '.join(missing) or 'none'}.")


if __name__ == "__main__":
    main()
