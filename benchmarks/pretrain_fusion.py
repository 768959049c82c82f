"""Make the weights that ship: train the fusion network on simulated patients.

    python benchmarks/pretrain_fusion.py --out src/hybridmfp/models/fusion/weights

Cohorts are those of `COHORTS`, whose seeds are used for nothing else. Needs the memory of a
few gigabytes; with a GPU it takes minutes, most of them for simulating.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed

from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.io.cache import ContentCache
from hybridmfp.models.fusion import FusionRegressor, FusionSettings, NetworkSettings
from hybridmfp.models.fusion_settings import TrainingSettings
from hybridmfp.pipelines.session_summary import session_bag
from hybridmfp.pipelines.session_trials import digest_session
from hybridmfp.pipelines.settings import Settings
from hybridmfp.signals import MONTAGES, SubjectSession, find_scale
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

SEEDS = tuple(range(1_000_001, 1_000_017))
"""Reserved for pre-training: nothing is ever evaluated on them."""

DEVELOPMENT_SEEDS = (101, 102, 103)
"""What choices were made on; nothing is reported from them."""

VARIANTS: dict[str, dict[str, Any]] = {
    "simulated-cross": {},
    "simulated-cross-unaligned": {"align": False},
    "simulated-concat": {"fusion": "concat"},
    "simulated-gated": {"fusion": "gated"},
    "simulated-late": {"fusion": "late"},
}
"""Weights by the name of their file; the first one ships."""

_KINDS: tuple[dict[str, Any], ...] = (
    {}, {"n_sites": 4}, {}, {"setting": "chronic"},
    {}, {"n_sites": 4}, {}, {"setting": "early", "n_sites": 4},
)  # fmt: skip
_MUSCLES = MONTAGES["mhh-emg"].points
TRAINING = TrainingSettings(
    start="scratch", n_epochs=60, patience=60, validation_share=0.05, batch_sessions=24,
    batch_trials=12, learning_rate=1.5e-3, averaging=0.99, mixup=0.2,
)  # fmt: skip


def cohort_settings(at: int, n_patients: int) -> VirtualCohortSettings:
    return VirtualCohortSettings(
        n_patients=n_patients, n_controls=0, seed=SEEDS[at], **_KINDS[at % len(_KINDS)]
    )


def read_session(
    settings: VirtualCohortSettings, at: int, cache: ContentCache | None
) -> tuple[SubjectSession, SessionDigest]:
    cohort = virtual_cohort(settings)
    row = cohort.sessions[at]
    trials = digest_session(row, cohort.trials_of(row), Settings().digest, cache)
    blank = np.empty((len(trials.task), 0))
    return row, SessionDigest(
        subject=f"{settings.seed}/{row.subject}",
        session=row.session,
        task=trials.task,
        columns=(),
        features=blank,
        session_columns=(),
        session_features=np.empty(0),
        movement=trials.movement,
        envelopes=trials.envelopes,
        bag=session_bag(trials, _MUSCLES),
    )


def simulate(
    all_settings: list[VirtualCohortSettings], n_jobs: int, cache: ContentCache | None
) -> Any:
    work = [(one, at, cache) for one in all_settings for at in range(one.n_patients)]
    found = Parallel(n_jobs=n_jobs, batch_size=4)(delayed(read_session)(*one) for one in work)
    sessions = as_rows([session for _, session in found])
    rows = tuple(
        SubjectSession(session.subject, session.session, score=row.score, items=row.items)
        for row, session in found
    )
    return sessions, rows, np.array([row.score for row in rows])


def about(cohorts: list[VirtualCohortSettings]) -> dict[str, Any]:
    return {
        "made_by": "benchmarks/pretrain_fusion.py",
        "synthetic": True,
        "cohorts": [
            {"seed": one.seed, "n_patients": one.n_patients, "setting": one.setting,
             "n_sites": one.n_sites}
            for one in cohorts
        ],
    }  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--patients", type=int, default=48, help="per cohort")
    asked.add_argument("--cohorts", type=int, default=len(SEEDS))
    asked.add_argument("--epochs", type=int, default=TRAINING.n_epochs)
    asked.add_argument("--variants", default="simulated-cross")
    asked.add_argument("--jobs", type=int, default=-1)
    asked.add_argument("--cache", type=Path, help="folder that keeps simulated sessions")
    asked.add_argument("--check", type=int, default=40, help="patients per development seed")
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)

    cache = None if given.cache is None else ContentCache(given.cache)
    started = time.time()
    cohorts = [cohort_settings(at, given.patients) for at in range(given.cohorts)]
    checks = [
        VirtualCohortSettings(n_patients=given.check, n_controls=0, seed=seed)
        for seed in DEVELOPMENT_SEEDS
    ]
    sessions, rows, scores = simulate(cohorts, given.jobs, cache)
    unmet, _, unmet_scores = simulate(checks, given.jobs, cache)
    print(
        f"simulated {len(rows)} + {len(unmet)} patients in {time.time() - started:.0f} s",
        flush=True,
    )
    for name in given.variants.split(","):
        started = time.time()
        network = NetworkSettings(**VARIANTS[name])
        training = TrainingSettings(**{**asdict(TRAINING), "n_epochs": given.epochs})
        model = FusionRegressor(
            scale=find_scale("fma-ue"), rows=rows, settings=FusionSettings(network, training)
        ).fit(sessions, scores)
        took = time.time() - started
        missed = np.abs(model.predict(unmet) - unmet_scores)
        by_seed = missed.reshape(len(DEVELOPMENT_SEEDS), -1).mean(axis=1)
        print(json.dumps({
            "variant": name,
            "seconds": round(took, 1),
            "best_epoch": model.trained_.best_epoch,
            "watched_mae": [round(one, 2) for one in model.trained_.watched_mae[::8]],
            "development_mae": [round(float(one), 2) for one in by_seed],
            "peak_gpu_mb": round(torch.cuda.max_memory_allocated() / 1e6)
            if torch.cuda.is_available() else None,
        }), flush=True)  # fmt: skip
        model.save(
            given.out / f"{name}.safetensors",
            about=about(cohorts),
            half=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
