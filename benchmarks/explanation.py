"""How faithful explanations are, and what they cost.

OMP_NUM_THREADS=1 python benchmarks/explanation.py --train 201 --judge 202   # development
OMP_NUM_THREADS=1 python benchmarks/explanation.py --train 301 --judge 302   # what is reported
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from hybridmfp.features import in_columns_of
from hybridmfp.models.explanation import ExplanationReference, explain
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.fusion.attribution import SessionPath, deal_places
from hybridmfp.models.fusion.signal_reference import SignalReference, learn_signal_reference
from hybridmfp.pipelines import CohortDigest, Settings, build_model, digest_cohort
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

Cells = NDArray[np.float64]  # points, shape (n_rows, 3)
Method = Callable[[SessionPath], Cells]

N_STEPS = 12  # of a curve: each hands over a twelfth of the cells


def integrated(n_places: int) -> Method:
    return lambda path: path.attribute(places=deal_places(1, n_places=n_places)[0]).points


def occluded(*, gaps: bool) -> Method:
    """Hide one cell at a time, and see what the estimate loses."""

    def method(path: SessionPath) -> Cells:
        whole, found = path.said(1.0)[0], np.zeros((len(path.rows), 3))
        for row, phase in np.ndindex(found.shape):
            own = np.ones(found.shape, dtype=bool)
            own[row, phase] = False
            found[row, phase] = whole - path.mixed(own, gaps=gaps)
        return found

    return method


def sampled_shapley(n_permutations: int) -> Method:
    """Add cells in random orders, each also backwards, and average what each changes."""

    def method(path: SessionPath) -> Cells:
        rng = np.random.default_rng(0)
        shape = (len(path.rows), 3)
        found = np.zeros(shape)
        orders = [rng.permutation(found.size) for _ in range(n_permutations // 2)]
        for order in [*orders, *(one[::-1] for one in orders)]:
            own = np.zeros(shape, dtype=bool)
            before = path.mixed(own)
            for cell in order:
                own.flat[cell] = True
                after = path.mixed(own)
                found.flat[cell] += (after - before) / n_permutations
                before = after
        return found

    return method


def at_random(path: SessionPath) -> Cells:
    seed = int(1e6 * abs(path.said(1.0)[0]))  # another order for everybody
    return np.random.default_rng(seed).normal(size=(len(path.rows), 3))


def at_the_session(path: SessionPath) -> Cells:
    return path.attribute(places=np.ones(1)).points


METHODS: dict[str, Method] = {
    "random order": at_random,
    "gradient x input": at_the_session,
    **{f"integrated gradients, {n} places": integrated(n) for n in (1, 3, 6, 12, 48)},
    "one cell replaced": occluded(gaps=False),
    "one cell hidden": occluded(gaps=True),
    "sampled Shapley, 20 orders": sampled_shapley(20),
}


def curve(path: SessionPath, order: NDArray[np.intp], *, gaps: bool) -> NDArray[np.float64]:
    """Hand cells over from the session to the others, in an order; shape (n_steps + 1,)."""
    own = np.ones((len(path.rows), 3), dtype=bool)
    found = [path.mixed(own, gaps=gaps)]
    for part in np.array_split(order, N_STEPS)[: N_STEPS - gaps]:  # without any cell: no estimate
        own.flat[part] = False
        found.append(path.mixed(own, gaps=gaps))
    return np.array(found)


def judged(judge: SessionPath, points: Cells, *, gaps: bool) -> dict[str, float]:
    """Measure the curves of one map, in points."""
    size, rising = np.argsort(-np.abs(points), axis=None), np.argsort(points, axis=None)
    falls, rises = curve(judge, rising[::-1], gaps=gaps), curve(judge, rising, gaps=gaps)
    found = {"area": float(np.mean(rises - falls))}
    if not gaps:
        deleted, kept = curve(judge, size, gaps=False), curve(judge, size[::-1], gaps=False)
        found["deletion"] = float(np.mean(np.abs(deleted - deleted[-1])))
        found["insertion"] = float(np.mean(np.abs(kept - kept[0])))
    return found


def digested(seed: int, n_patients: int) -> CohortDigest:
    wanted = VirtualCohortSettings(n_patients=n_patients, n_controls=8, seed=seed)
    return digest_cohort(virtual_cohort(wanted), Settings().digest, n_jobs=2)


def judges(
    model: FusionRegressor, session: object, usual: SignalReference, donor: SignalReference
) -> dict[str, tuple[SessionPath, bool]]:
    """Three ways to take a cell away: the average patient's, none, another patient's."""
    path = SessionPath(model, session, usual)
    return {
        "average": (path, False),
        "gap": (path, True),
        "another patient": (SessionPath(model, session, donor), False),
    }


def channel_means(model: FusionRegressor, like: SignalReference) -> SignalReference:
    """Give what training hides channels with: the means by which the network standardises."""
    network = model.network_
    scales = (network.emg_scale, network.kinematics_scale)
    flat = [
        np.broadcast_to(scale.mean.numpy()[:, np.newaxis], usual.shape).copy()
        for scale, usual in zip(scales, (like.emg, like.kinematics), strict=True)
    ]
    return SignalReference(*flat, like.context)


def compare_methods(
    model: FusionRegressor, train: CohortDigest, judge: CohortDigest, n_people: int
) -> None:
    usual = learn_signal_reference(model, train.sessions)
    donors = [learn_signal_reference(model, [one]) for one in train.sessions[:n_people]]
    flat = channel_means(model, usual)
    methods = [(name, method, usual) for name, method in METHODS.items()]
    methods.append(("integrated gradients from channel means", integrated(48), flat))
    for name, method, reference in methods:
        found: dict[str, list[float]] = {}
        for session, donor in zip(judge.sessions[:n_people], donors, strict=True):
            path = SessionPath(model, session, reference)
            path.said(0.0), path.said(1.0)
            started = time.process_time()
            points = method(path)
            found.setdefault("cpu_s", []).append(time.process_time() - started)
            for taken, (one, gaps) in judges(model, session, usual, donor).items():
                for what, value in judged(one, points, gaps=gaps).items():
                    found.setdefault(f"{taken}: {what}", []).append(value)
        means = {what: round(float(np.mean(values)), 3) for what, values in found.items()}
        print(json.dumps({"method": name, **means}), flush=True)


def compare_with_random_weights(
    model: FusionRegressor, train: CohortDigest, judge: CohortDigest, n_people: int
) -> None:
    """Rank correlation of maps with those of a network of the same shape and random weights."""
    usual = learn_signal_reference(model, train.sessions)
    told: dict[str, list[float]] = {"signed": [], "size": []}
    for seed in range(5):
        other = copy.copy(model)
        other.network_ = copy.deepcopy(model.network_)
        torch.manual_seed(seed)
        for part in other.network_.modules():
            if hasattr(part, "reset_parameters"):
                part.reset_parameters()
        for session in judge.sessions[:n_people]:
            maps = [
                SessionPath(one, session, usual).attribute().points.ravel()
                for one in (model, other)
            ]
            told["signed"].append(float(spearmanr(*maps).statistic))
            told["size"].append(float(spearmanr(*np.abs(maps)).statistic))
    print(json.dumps({f"random weights: {k}": round(np.mean(v), 3) for k, v in told.items()}))


def measure_explain(kind: str, train: CohortDigest, judge: CohortDigest) -> None:
    """Cost of a whole explanation, and what nobody was held responsible for."""
    model = build_model(
        kind, settings=Settings(), scale=train.scale, controls=train.controls, rows=train.rows
    ).fit(train.sessions, train.scores)
    started = time.process_time()
    reference = ExplanationReference().fit(train.sessions, model=model, controls=train.controls)
    learned = time.process_time() - started
    sessions = [in_columns_of(one, train.sessions[0]) for one in judge.sessions]
    explain(model, sessions[0], reference=reference)
    found, cpu = [], []
    for session in sessions:
        started = time.process_time()
        found.append(explain(model, session, reference=reference))
        cpu.append(time.process_time() - started)
    held = sum(array.nbytes for array in reference.as_arrays()[1].values())
    print(
        json.dumps(
            {
                "model": kind,
                "reference_cpu_s": round(learned, 2),
                "reference_mb": round(held / 1e6, 2),
                "trials": int(np.median([len(one.task) for one in sessions])),
                "explain_cpu_s": [round(q, 2) for q in np.quantile(cpu, (0.5, 1))],
                "mean_score": round(float(train.scores.mean()), 2),
                "base": round(float(np.mean([one.base for one in found])), 2),
                "mean_abs_change": round(
                    float(np.mean([abs(one.estimate - one.base) for one in found])), 2
                ),
                "unassigned": [
                    round(q, 3) for q in np.quantile([abs(o.unassigned) for o in found], (0.5, 1))
                ],
                "standard_error": round(max(one.standard_error for one in found), 3),
            }
        ),
        flush=True,
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--train", type=int, default=201)
    asked.add_argument("--judge", type=int, default=202)
    asked.add_argument("--patients", type=int, default=30)
    asked.add_argument("--people", type=int, default=12)
    given = asked.parse_args()
    train, judge = digested(given.train, given.patients), digested(given.judge, given.people)
    network = build_model(
        "fusion", settings=Settings(), scale=train.scale, controls=train.controls, rows=train.rows
    ).fit(train.sessions, train.scores)
    for kind in ("hybrid", "ensemble", "fusion"):
        measure_explain(kind, train, judge)
    compare_with_random_weights(network, train, judge, given.people)
    compare_methods(network, train, judge, given.people)


if __name__ == "__main__":
    main()
