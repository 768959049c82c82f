from __future__ import annotations

import time

import numpy as np
import psutil

from hybridmfp.pipelines.resources import ResourceMeter


def test_an_allocation_shows_in_the_peak_and_stays_there() -> None:
    with ResourceMeter() as meter:
        before = meter.figures()["peak_mb"]
        block = np.ones(25_000_000)
        meter.sample()
        del block

    assert meter.figures()["peak_mb"] > before + 150


def test_seconds_count_from_the_start_of_the_process() -> None:
    with ResourceMeter() as meter:
        pass

    age_s = time.time() - psutil.Process().create_time()
    assert 0 < meter.seconds <= age_s
    assert meter.figures()["seconds"] == meter.figures()["seconds"]
