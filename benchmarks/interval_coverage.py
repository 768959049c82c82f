"""How often intervals hold the scores of new simulated persons, and how wide they are.

For each seed a model is fitted on some simulated patients, as `hybridmfp fit` does it, and asked
about others of the same seed, whom it never met. The oracle interval is the one that somebody
would give who knew the distribution of the model's own errors: estimate ± the 90 % quantile of
the absolute errors on all new persons of all seeds, on the scale.

    python benchmarks/interval_coverage.py --seeds 5001 5020 --models ensemble hybrid --jobs 2
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from hybridmfp.evaluation import coverage_by_group, severity_terciles
from hybridmfp.features.session import SessionDigest
from hybridmfp.pipelines import SCENARIOS, CohortDigest, Settings, digest_cohort
from hybridmfp.pipelines.assess import assess_digest
from hybridmfp.pipelines.fit import FitPlan, fit_digest, screening
from hybridmfp.pipelines.fitted_model import FittedModel, seen_shares
from hybridmfp.pipelines.uncertainty import LOSSES, Missing
from hybridmfp.pipelines.versions import Version, digest_versions
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

LEVEL = 0.9
TASKS = ("reach_forward", "hand_to_mouth")
N_REPETITIONS = 2


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, nargs=2, default=(5001, 5020), help="first and last")
    asked.add_argument("--models", nargs="+", default=["ensemble"])
    asked.add_argument("--train", type=int, default=60, help="patients to learn from")
    asked.add_argument("--test", type=int, default=40, help="patients to be asked about")
    asked.add_argument("--complete-only", action="store_true", help="no missing inputs; faster")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--out", type=Path, help="JSON file for every row")
    options = asked.parse_args()
    first, last = options.seeds
    began = time.perf_counter()
    losses = () if options.complete_only else LOSSES
    finished = Parallel(n_jobs=options.jobs, return_as="generator")(
        delayed(judge_seed)(seed, tuple(options.models), options.train, options.test, losses)
        for seed in range(first, last + 1)
    )
    rows: list[dict[str, Any]] = []
    for some in finished:
        rows += some
        if options.out:
            options.out.write_text(json.dumps(rows))
    n_seeds = last - first + 1
    print(
        f"{n_seeds} seeds, {options.train} + {options.test} patients each, "
        f"{time.perf_counter() - began:.0f} s"
    )
    for model in options.models:
        for version in ("complete", *LOSSES):
            told([row for row in rows if (row["model"], row["version"]) == (model, version)])


def judge_seed(
    seed: int, models: tuple[str, ...], n_train: int, n_test: int, losses: tuple[str, ...]
) -> list[dict[str, Any]]:
    cohort = virtual_cohort(
        VirtualCohortSettings(
            n_patients=n_train + n_test,
            n_controls=6,
            tasks=TASKS,
            n_repetitions=N_REPETITIONS,
            n_sites=3,
            seed=seed,
        )
    )
    settings = screening(Settings())
    digest = digest_cohort(cohort, settings.digest, n_jobs=1)
    versions, _ = digest_versions(
        cohort, digest, settings.digest, scenarios=[SCENARIOS[name] for name in losses], n_jobs=1
    )
    by_person = {subject: at for at, subject in enumerate(digest.subjects)}
    train = [at for subject, at in by_person.items() if int(subject[1:]) <= n_train]
    test = [at for subject, at in by_person.items() if int(subject[1:]) > n_train]
    rows = []
    for name in models:
        model = fit_digest(
            part_of(digest, train),
            settings,
            FitPlan(model=name, n_audit_draws=0, n_jobs=1),
            versions={key: version_of(one, train) for key, one in versions.items()},
        )
        for at in test:
            asked = {"complete": digest.sessions[at]}
            asked |= {key: one.sessions[at] for key, one in versions.items() if one.seen[at]}
            for version, session in asked.items():
                rows.append({
                    "seed": seed, "model": name, "version": version,
                    "subject": digest.rows[at].subject, "site": digest.rows[at].site,
                    "rated": digest.rows[at].score, **said(model, session),
                })  # fmt: skip
    return rows


def said(model: FittedModel, session: SessionDigest) -> dict[str, Any]:
    known = model.vocabulary
    emg, kinematics = seen_shares(session)
    missing = Missing(
        emg=1 - min(1.0, emg / known.emg_seen),
        kinematics=1 - min(1.0, kinematics / known.kinematics_seen),
        n_trials=len(session.task),
    )
    estimate, (low, high), _ = assess_digest(model, session, missing=missing, level=LEVEL)
    novelty = float(model.novelty.novelty([session])[0])
    return {
        "estimate": estimate, "low": low, "high": high, "novelty": novelty,
        "refused": novelty > model.novelty.limit_ or high - low >= model.uncertainty.guess_width,
        "factor": model.uncertainty.loss.factor(missing),
    }  # fmt: skip


def part_of(digest: CohortDigest, rows: list[int]) -> CohortDigest:
    return dataclasses.replace(
        digest, rows=tuple(digest.rows[at] for at in rows), sessions=digest.sessions[rows]
    )


def version_of(version: Version, rows: list[int]) -> Version:
    return dataclasses.replace(version, sessions=version.sessions[rows], seen=version.seen[rows])


def told(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    rated, estimate, low, high = (
        np.array([row[name] for row in rows]) for name in ("rated", "estimate", "low", "high")
    )
    reach = np.quantile(np.abs(rated - estimate), LEVEL)
    oracle = float(np.mean(np.clip(estimate + reach, 0, 66) - np.clip(estimate - reach, 0, 66)))
    sites = np.array([row["site"] for row in rows])
    groups = severity_terciles(rated) | {f"site {one}": sites == one for one in np.unique(sites)}
    seeds = np.array([row["seed"] for row in rows])
    held = (low <= rated) & (rated <= high)
    by_seed = [held[seeds == one].mean() for one in np.unique(seeds)]
    refused = np.mean([row["refused"] for row in rows])
    print(
        f"\n{rows[0]['model']}, {rows[0]['version']}: oracle width {oracle:.1f}, "
        f"refused {refused:.1%}, coverage by seed {min(by_seed):.2f} to {max(by_seed):.2f}"
    )
    for one in coverage_by_group(rated, estimate, np.column_stack([low, high]), groups=groups):
        print(
            f"  {one.group:28s} n {one.n:4d}  coverage {one.coverage:.3f}  width {one.width:5.1f} "
            f"({one.width / oracle:.2f} x oracle)  MAE {one.mae:.2f}"
        )


if __name__ == "__main__":
    main()
