"""How long a page about twelve sessions takes, from a cold start.

    python benchmarks/course_report.py [--runs 5]

Makes a course of twelve rated and twelve estimated visits with bedside findings, then times
``hybridmfp report``, as a new process each time, for the therapist's page, the patient's and the
PDF of both. Prints the wall time and the CPU time of each run.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.course_file import write_course
from hybridmfp.signals import SCALES

DAYS = (3, 7, 14, 21, 28, 42, 56, 70, 84, 112, 140, 168)
PAGES = {
    "therapist, HTML": ("page.html",),
    "therapist, HTML, Chinese": ("page-zh.html", "--language", "zh"),
    "patient, HTML": ("patient.html", "--reader", "patient"),
    "both, PDF": ("page.pdf",),
}


def a_course() -> PatientCourse:
    rng = np.random.default_rng(7777)
    items = SCALES["fma-ue"].items
    visits = []
    for at, day in enumerate(DAYS):
        share = 0.2 + 0.5 * (1 - np.exp(-day / 60))
        rated = {
            item.identifier: float(item.levels[int(rng.random() < share) * (len(item.levels) - 1)])
            for item in items
        }
        if any(rated[name] < 2 for name in ("A4a", "A4b", "A4c")):
            rated["A5"] = 0.0
        total = sum(rated.values())
        estimate = float(np.clip(total + 3 * rng.standard_normal(), 3, 63))
        visits += [
            Visit(f"S{at}", day, "rated", total, side="left", items=rated, synthetic=True),
            Visit(
                f"S{at}", day, "estimated", estimate, side="left", model="0" * 64, quality="green",
                interval=(max(estimate - 8, 0), min(estimate + 8, 66)), level=0.9,
                biomarkers={f"kin.biomarker_{k}": float(rng.random()) for k in range(150)},
                synthetic=True,
            ),
        ]  # fmt: skip
    found = [
        BedsideFindings(
            day, "left", wrist_extension_deg=25, finger_extension_deg=15, shoulder_flexion_deg=80,
            elbow_extension_deg=90, spasticity_mas="1", follows_instructions=True,
            shoulder_pain=1, contraindications=frozenset(), mrc_shoulder_abduction=3,
            mrc_finger_extension=3, nihss=5,
        )
        for day in (3, 166)
    ]  # fmt: skip
    return PatientCourse("P01", tuple(visits), "left", 61, tuple(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course.json"
        write_course(course, a_course())
        for name, (page, *options) in PAGES.items():
            times = []
            for _ in range(runs):
                before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                subprocess.run(  # noqa: S603 - our own command
                    [
                        *(Path(sys.executable).with_name("hybridmfp"), "report", course),
                        *("--out", Path(folder) / page, "--overwrite", *options),
                    ],
                    check=True,
                    capture_output=True,
                )
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                times.append(f"{time.perf_counter() - begun:.2f} ({cpu:.2f})")
            print(f"{name}: wall (CPU) seconds {', '.join(times)}")


if __name__ == "__main__":
    main()
