"""The card of a fitted model: what it is for, what it learned from, how well it does."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridmfp.evaluation import (
    coverage_by_group,
    probability_transform,
    risk_coverage,
    severity_terciles,
)
from hybridmfp.models.novelty import NoveltyDetector
from hybridmfp.pipelines.cohort_digest import CohortDigest
from hybridmfp.pipelines.provenance import git_commit, package_versions
from hybridmfp.pipelines.settings import Settings, settings_as_toml
from hybridmfp.pipelines.summary import without_nan
from hybridmfp.pipelines.tripod_ai import TRIPOD_AI, tripod_ai
from hybridmfp.pipelines.uncertainty import Uncertainty

__all__ = ["ModelFacts", "model_card"]

_LEVEL = 0.9
_N_PIT_BINS = 10
_FEW = 50  # persons


@dataclass(frozen=True, eq=False)
class ModelFacts:
    """Hold what is known of a fit.

    Attributes
    ----------
    name : str
    settings : Settings
    seed : int
    n_folds : int
        Of whole subjects, by which it was judged.
    evaluation : dict
        From `summarise_evaluation`.
    audit : dict or None
        From `summarise_audit`.
    audited : str
        The model that was audited.
    """

    name: str
    settings: Settings
    seed: int
    n_folds: int
    evaluation: dict[str, Any]
    audit: dict[str, Any] | None
    audited: str


def model_card(
    digest: CohortDigest,
    facts: ModelFacts,
    uncertainty: Uncertainty,
    *,
    estimate: NDArray[np.float64],
    novelty: NoveltyDetector,
) -> dict[str, Any]:
    """Write the card of a model from facts alone.

    Parameters
    ----------
    digest : CohortDigest
        What the model learned from.
    facts : ModelFacts
    uncertainty : Uncertainty
    estimate : array of float, shape (n_rows,)
        Of persons left out.
    novelty : NoveltyDetector

    Returns
    -------
    dict
        JSON-ready: ``first_line``, ``intended_use``, ``not_for``, ``model``, ``data``,
        ``performance``, ``limits``, ``tripod_ai`` and more.
    """
    kind = "SYNTHETIC" if digest.synthetic else "REAL"
    card: dict[str, Any] = {
        "format": "hybridmfp-card/1",
        "synthetic": digest.synthetic,
        "title": f"{facts.name}: {digest.scale.name} of stroke patients from recordings of the arm",
        "first_line": f"{kind} training data: {digest.name}.",
        "intended_use": [
            "Research: an estimate of the score beside a therapist's rating, with its interval.",
            "For persons, tasks and set-ups like those described below.",
        ],
        "not_for": [
            (
                "Diagnosis, treatment decisions, or anything done without a therapist's own "
                "rating: not a medical device."
            ),
            *(
                ["Any patient: it learned from simulated patients only."]
                if digest.synthetic
                else []
            ),
        ],
        "model": _model(facts),
        "data": _data(digest),
        "performance": _performance(digest, facts, uncertainty, estimate, novelty),
        "limits": _limits(digest, facts),
        "tripod_ai_source": TRIPOD_AI,
    }
    card["tripod_ai"] = tripod_ai(card)
    plain: dict[str, Any] = without_nan(card)
    return plain


def _model(facts: ModelFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "protocol": f"{facts.n_folds} folds of whole subjects, each left out once",
        "seed": facts.seed,
        "remarks": list(facts.evaluation["remarks"]),
        "versions": package_versions(),
        "git_commit": git_commit(),
        "settings": settings_as_toml(facts.settings),
    }


def _data(digest: CohortDigest) -> dict[str, Any]:
    sites = Counter(row.site for row in digest.rows if row.site is not None)
    scale, scores = digest.scale, digest.scores
    tasks = Counter(str(task) for one in digest.sessions for task in one.task)
    bag = digest.sessions[0].bag
    return {
        "name": digest.name,
        "content": digest.content,
        "n_subjects": len(set(digest.subjects.tolist())),
        "n_sessions": len(digest.rows),
        "n_trials": sum(tasks.values()),
        "n_controls": len(digest.controls),
        "n_sites": len(sites),
        "sites": ", ".join(f"{name} ({n})" for name, n in sorted(sites.items())),
        "scale": scale.name,
        "scale_range": f"{scale.minimum:g} to {scale.maximum:g} points",
        "observed_range": f"{scores.min():g} to {scores.max():g} points",
        "tasks": ", ".join(f"{name} ({n})" for name, n in sorted(tasks.items())),
        "muscles": ", ".join(() if bag is None else bag.muscles) or "none",
        "montages": ", ".join(digest.montages) or "none",
        "characteristics": _characteristics(digest),
        "n_problems": len(digest.problems),
    }


def _characteristics(digest: CohortDigest) -> str | None:
    """Describe the persons as far as they are described, each once."""
    persons = list({row.subject: row for row in digest.rows}.values())
    said = []
    for name, unit in (("age_years", "years old"), ("chronicity_weeks", "weeks after stroke")):
        known = [float(value) for one in persons if (value := getattr(one, name)) is not None]
        if known:
            low, middle, high = np.quantile(known, [0, 0.5, 1])
            said.append(
                f"{middle:.0f} {unit} ({low:.0f} to {high:.0f}; known of {len(known)} persons)"
            )
    for name in ("sex", "affected_side"):
        counted = Counter(str(getattr(one, name) or "unknown") for one in persons)
        if set(counted) != {"unknown"}:
            listed = ", ".join(f"{n} {value}" for value, n in sorted(counted.items()))
            said.append(f"{name.replace('_', ' ')}: {listed}")
    return "; ".join(said) or None


def _performance(
    digest: CohortDigest,
    facts: ModelFacts,
    uncertainty: Uncertainty,
    estimate: NDArray[np.float64],
    novelty: NoveltyDetector,
) -> dict[str, Any]:
    rated, told = digest.scores, facts.evaluation
    error = rated - estimate
    ends = uncertainty.left_out(estimate, level=_LEVEL)
    sites = [row.site or "unknown" for row in digest.rows]
    by_site = {
        f"site {name}": np.array([one == name for one in sites]) for name in sorted(set(sites))
    }
    groups = severity_terciles(rated) | (by_site if len(by_site) > 1 else {})
    place = probability_transform(uncertainty.calibration, error, uncertainty.spread.left_out_)
    counts, _ = np.histogram(place, bins=_N_PIT_BINS, range=(0, 1))
    share, mae = risk_coverage(error, novelty.left_out_)
    loss = uncertainty.loss
    return {
        "level": _LEVEL,
        "mae": told["mae"],
        "mae_interval": told["mae_interval"],
        "oracle_mae": told["oracle_mae"],
        "baselines": {
            "training mean": told["baseline_mean_mae"],
            "training median": told["baseline_median_mae"],
            "demographics": told["baseline_demographics_mae"],
        },
        "coverage": [
            dataclasses.asdict(one)
            for one in coverage_by_group(rated, estimate, ends, groups=groups)
        ],
        "pit": counts.tolist(),
        "risk_coverage": [
            {"coverage": float(one), "mae": float(points)}
            for one, points in zip(share, mae, strict=True)
        ],
        "doubt": "novelty",
        "wider_when_missing": dataclasses.asdict(loss),
        "guess_width": uncertainty.guess_width,
        "novelty_limit": novelty.limit_,
        "audit": facts.audit,
        "audited": facts.audited if facts.audit is not None else None,
        "evaluation": told,
    }


def _limits(digest: CohortDigest, facts: ModelFacts) -> list[str]:
    told = facts.evaluation
    low, high = told["observed_range"]
    n_subjects = told["n_subjects"]
    said = [
        (
            "Judged on the cohort it learned from, by leaving persons out; no other cohort, no "
            "other device and no other rater was tried."
        ),
        f"Scores below {low:g} and above {high:g} points were never met.",
    ]
    if digest.synthetic:
        said.insert(0, "Simulated patients say nothing about accuracy in patients.")
    if n_subjects < _FEW:
        said.append(f"{n_subjects} persons: figures for groups of them are rough.")
    if facts.audit is None:
        said.append("No audit was run.")
    elif facts.audited != facts.name:
        said.append(f"The audit is of the model {facts.audited}, not of {facts.name}.")
    return said
