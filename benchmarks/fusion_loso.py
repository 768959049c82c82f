"""How long networks take: one fold's training, and leaving out each of 60 patients.

OMP_NUM_THREADS=1 python benchmarks/fusion_loso.py --jobs 2            # on a CPU
OMP_NUM_THREADS=1 python benchmarks/fusion_loso.py --device cuda --jobs 4
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import torch

from hybridmfp.evaluation import cross_predict, leave_one_subject_out
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.fusion.network import count_parameters
from hybridmfp.pipelines import CohortDigest, Settings, digest_cohort
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort


def one_fold(model: FusionRegressor, digest: CohortDigest) -> dict[str, float]:
    """Train on everybody but one, and assess the one."""
    started = time.time()
    model.fit(digest.sessions[1:], digest.scores[1:])
    trained = time.time() - started
    seen = model.trained_.n_epochs * (len(digest.rows) - 1) * model.settings.training.batch_trials
    started = time.time()
    model.predict(digest.sessions[:1])
    return {
        "fold_s": round(trained, 2),
        "trials_per_s": round(seen / trained),
        "assess_s": round(time.time() - started, 3),
        "parameters": count_parameters(model.network_),
        "peak_gpu_mb": round(torch.cuda.max_memory_allocated() / 1e6)
        if torch.cuda.is_available()
        else 0,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=101)
    asked.add_argument("--device", default="cpu")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--loso", action="store_true", help="leave each of them out as well")
    given = asked.parse_args()
    started = time.time()
    cohort = virtual_cohort(VirtualCohortSettings(n_patients=60, n_controls=0, seed=given.seed))
    digest = digest_cohort(cohort, Settings().digest, n_jobs=given.jobs)
    print(json.dumps({"digest_s": round(time.time() - started, 1)}), flush=True)
    for start in ("simulated", "scratch"):
        fusion = Settings().fusion
        model = FusionRegressor(
            scale=digest.scale,
            rows=digest.rows,
            settings=fusion.starting_from(start),
            device=given.device,
        )
        print(json.dumps({"start": start, **one_fold(model, digest)}), flush=True)
        if given.loso:
            started = time.time()
            found = cross_predict(
                model,
                digest.sessions,
                digest.scores,
                subject=digest.subjects,
                folds=leave_one_subject_out(digest.subjects),
                n_jobs=given.jobs,
            )
            mae = float(np.abs(found.predicted - digest.scores).mean())
            took = round(time.time() - started, 1)
            print(json.dumps({"start": start, "loso_s": took, "mae": round(mae, 2)}), flush=True)


if __name__ == "__main__":
    main()
