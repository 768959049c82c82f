"""How long `hybridmfp assess` takes in a fresh process, page included, and how much memory.

    OMP_NUM_THREADS=1 python benchmarks/assess_cold.py --folder /tmp/assess --runs 5

A session of 30 trials (10 tasks, three times each) is assessed by models that were fitted on a
small simulated cohort; the time does not depend on its size. The folder keeps models between runs.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from hybridmfp.io import write_cohort
from hybridmfp.pipelines import Settings
from hybridmfp.pipelines.fit import FitPlan, fit_model
from hybridmfp.pipelines.model_file import write_model
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

TRAINING = VirtualCohortSettings(
    n_patients=20, n_controls=3, tasks=("reach_forward", "hand_to_mouth"), n_repetitions=2, seed=331
)
SESSION = VirtualCohortSettings(n_patients=1, n_controls=0, seed=332)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, required=True)
    asked.add_argument("--models", nargs="+", default=["hybrid", "ensemble"])
    asked.add_argument("--runs", type=int, default=5)
    options = asked.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    session = options.folder / "session"
    program = str(Path(sys.executable).with_name("hybridmfp"))
    if not session.exists():
        write_cohort(virtual_cohort(SESSION), session)
    print("| model | MB | seconds, median (all) | CPU seconds | peak MB |")
    print("|---|---|---|---|---|")
    for name in options.models:
        model = options.folder / f"{name}.hmfp"
        if not model.exists():
            plan = FitPlan(model=name, n_audit_draws=0, n_jobs=2)
            write_model(model, fit_model(virtual_cohort(TRAINING), Settings(), plan))
        page = options.folder / "page.html"
        command = [
            *(program, "assess", str(session), "--model", str(model)),
            *("--json", "--report", str(page), "--overwrite"),
        ]
        walls = []
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(options.runs):
            began = time.perf_counter()
            subprocess.run(  # noqa: S603 - our own program
                command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            walls.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / options.runs
        middle, each = statistics.median(walls), ", ".join(f"{one:.2f}" for one in walls)
        print(
            f"| {name} | {model.stat().st_size / 1e6:.1f} | {middle:.2f} ({each}) "
            f"| {cpu:.1f} | {after.ru_maxrss / 1e3:.0f} |"
        )


if __name__ == "__main__":
    main()
