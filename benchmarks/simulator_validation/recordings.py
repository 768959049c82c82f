"""Figures that are measured on recordings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from measures import from_digest, from_maximal_contractions, from_reaches, power_edge_hz
from numpy.typing import NDArray

from hybridmfp.evaluation import cross_predict, mean_absolute_error
from hybridmfp.evaluation.folds import grouped_k_folds, leave_one_subject_out
from hybridmfp.pipelines import EvaluationPlan, Settings, build_model, digest_cohort, evaluate
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.signals import Cohort
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
from hybridmfp.simulation.arm_chain import CHAIN_ANGLES, pose_chain
from hybridmfp.simulation.cohort import virtual_visits
from hybridmfp.simulation.movement import move
from hybridmfp.simulation.streams import Stream, stream_rng
from hybridmfp.simulation.tasks import TASKS, find_task, table_height_m
from hybridmfp.simulation.virtual_visit import Visit, rate_visit

__all__ = ["error_figures", "load_figures", "measured_sessions", "relation_figures", "site_figures"]

Array = NDArray[np.float64]
_MODERATE, _MILD = 29, 53  # FMA-UE from which on an arm is moderately, mildly impaired
_REACHES = 3
_HEIGHTS = (0.6, 1.25)  # of the target, in shares of the usual one; the second is at 90°
_ELBOW = CHAIN_ANGLES.index("elbow_flexion")


def measured_sessions(
    settings: VirtualCohortSettings, digest: CohortDigest, *, n_jobs: int
) -> pd.DataFrame:
    """Give one row of measures per session, patients and controls."""
    reaching = virtual_cohort(
        replace(settings, tasks=("reach_forward",), n_repetitions=_REACHES, emg="none")
    )
    pressing = virtual_cohort(
        replace(settings, tasks=("reach_forward",), n_repetitions=1, calibration=True)
    )
    sessions = [*digest.sessions, *digest.controls]
    scores = dict(zip(digest.subjects.tolist(), digest.scores.tolist(), strict=True))

    def measure(at: int) -> dict[str, float]:
        subject = sessions[at].subject
        return {
            "score": scores.get(subject, np.nan),
            **from_digest(sessions[at]),
            **from_reaches(_trials(reaching, subject)),
            **from_maximal_contractions(_trials(pressing, subject)),
        }

    rows = Parallel(n_jobs=n_jobs)(delayed(measure)(at) for at in range(len(sessions)))
    return pd.DataFrame(rows)


def relation_figures(table: pd.DataFrame) -> dict[str, float]:
    """Relations between measures and scores, and means by severity."""
    patients = table[table["score"].notna()]
    score = patients["score"]
    groups = {
        "healthy": table[table["score"].isna()],
        "mild": patients[score >= _MILD],
        "moderate": patients[(score >= _MODERATE) & (score < _MILD)],
        "severe": patients[score < _MODERATE],
    }
    synergies = [float(group["synergies"].mean()) for group in groups.values()]

    def r(column: str) -> float:
        return float(score.corr(patients[column]))

    return {
        "trunk_r2": r("trunk_cm") ** 2,
        **{f"trunk_{name}": float(group["trunk_cm"].mean()) for name, group in groups.items()},
        "sparc_slope": float(np.polyfit(patients["sparc_out"], score, 1)[0]),
        "movement_time_r": r("movement_time_s"),
        "units_r": r("movement_units_out"),
        "elbow_r": r("elbow_extension_deg"),
        "mvc_extensor_r": r("mvc_extensor_carpi_ulnaris_uv"),
        "mvc_flexor_r": r("mvc_flexor_carpi_radialis_uv"),
        "cci_wrist_r": r("cci_wrist"),
        "cci_grasp_r": r("cci_grasp"),
        "cci_elbow_r": r("cci_elbow"),
        **dict(zip((f"synergies_{name}" for name in groups), synergies, strict=True)),
        "synergies_order": float(np.max(np.diff(synergies))),
        "frequency_r": abs(r("median_frequency_hz")),
        "coupling_healthy": float(groups["healthy"]["deltoid_biceps_r"].mean()),
        "coupling_rise": float(
            groups["severe"]["deltoid_biceps_r"].mean()
            - groups["healthy"]["deltoid_biceps_r"].mean()
        ),
    }


def load_figures(settings: VirtualCohortSettings) -> dict[str, float]:
    """Abduction load, the table, and the band of the EMG."""
    left: dict[str, list[float]] = {"healthy": [], "severe": []}
    deepest = 0.0
    for visit in virtual_visits(settings):
        deepest = max(deepest, _below_table_m(settings, visit))
        if visit.group == "control" or rate_visit(settings, visit).score < _MODERATE:
            low, high = (_elbow_at_height(settings, visit, height) for height in _HEIGHTS)
            left["healthy" if visit.group == "control" else "severe"].append(high - low)
    severe, healthy = (float(np.mean(left[name])) for name in ("severe", "healthy"))
    edges = [
        power_edge_hz(trial.load())
        for trial in virtual_cohort(
            replace(
                settings, n_patients=10, n_controls=2, tasks=("reach_forward",), n_repetitions=1
            )
        ).trials
    ]
    return {
        "load_severe": severe,
        "load_order": severe - healthy,
        "below_table_mm": 1000 * deepest,
        "edge_hz": float(np.median(edges)),
    }


def _below_table_m(settings: VirtualCohortSettings, visit: Visit) -> float:
    """How far wrist or knuckles sink into the table, in every task that has one."""
    body = visit.person.body
    heights = []
    for number, task in enumerate(TASKS.values()):
        if task.has_table:
            rng = stream_rng(settings.seed, Stream.MOVEMENT, person=visit.number, task=60 + number)
            pose = pose_chain(move(task, visit.impairment, body, rng=rng), body)
            heights += [pose.wrist[:, 1].min(), pose.knuckles[:, 1].min()]
    return float(table_height_m(body) - min(heights))


def _elbow_at_height(settings: VirtualCohortSettings, visit: Visit, height: float) -> float:
    """Least elbow flexion of a forward reach at a height, in degrees."""
    rng = stream_rng(settings.seed, Stream.MOVEMENT, person=visit.number, task=50)
    angles = move(
        find_task("reach_forward"),
        visit.impairment,
        visit.person.body,
        target_height=height,
        rng=rng,
    )
    return float(np.degrees(angles[_ELBOW].min()))


def error_figures(digest: CohortDigest, seed: int, *, n_jobs: int) -> dict[str, float]:
    """Errors of the ensemble, on the scores and on shuffled ones, beside a constant."""
    plan = EvaluationPlan(protocol="group-kfold", n_folds=10, seed=seed, n_jobs=n_jobs)
    run = evaluate(digest, Settings(), plan)
    order = np.random.default_rng([seed, 1]).permutation(len(digest.rows))
    rows = [
        replace(row, score=digest.rows[at].score, items={})
        for row, at in zip(digest.rows, order, strict=True)
    ]
    shuffled = evaluate(replace(digest, rows=tuple(rows)), Settings(), plan)
    return {
        "ensemble_mae": run.metrics.mae,
        "constant_mae": mean_absolute_error(digest.scores, run.baselines["training mean"]),
        "shuffled_ratio": shuffled.metrics.mae
        / mean_absolute_error(digest.scores[order], shuffled.baselines["training mean"]),
    }


def site_figures(settings: VirtualCohortSettings, *, n_jobs: int) -> dict[str, float]:
    """Error on sites never seen, over the error on persons never seen."""
    several = replace(settings, n_patients=min(settings.n_patients, 96), n_sites=6)
    digest = digest_cohort(virtual_cohort(several), Settings().digest, n_jobs=n_jobs)
    sites = np.array([row.site for row in digest.rows])
    model = build_model(
        "ensemble",
        settings=Settings(),
        scale=digest.scale,
        controls=digest.controls,
        seed=several.seed,
    )
    designs = (
        grouped_k_folds(digest.subjects, n_folds=6, seed=several.seed),
        leave_one_subject_out(sites),  # a person belongs to one site
    )
    maes = [
        mean_absolute_error(
            digest.scores,
            cross_predict(
                model,
                digest.sessions,
                digest.scores,
                subject=digest.subjects,
                folds=folds,
                n_jobs=n_jobs,
            ).predicted,
        )
        for folds in designs
    ]
    return {"mixed_mae": maes[0], "site_mae": maes[1], "site_ratio": maes[1] / maes[0]}


def _trials(cohort: Cohort, subject: str) -> list:
    return [trial for trial in cohort.trials if trial.key.subject == subject]
