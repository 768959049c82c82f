"""How often a twin's intervals hold the truth, in virtual persons it has not seen.

OMP_NUM_THREADS=1 python benchmarks/twin_coverage.py --held-out 240              # in the bank
OMP_NUM_THREADS=1 python benchmarks/twin_coverage.py --seed 6400 --people 60    # development
OMP_NUM_THREADS=1 python benchmarks/twin_coverage.py --seed 7401 --people 100   # what is reported
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, chisquare

from hybridmfp.clinical.twin import PARAMETERS, TwinModel, TwinPosterior, TwinVisit, fit_twin
from hybridmfp.clinical.twin.bank import TwinBank
from hybridmfp.clinical.twin.evidence import Evidence
from hybridmfp.clinical.twin.fit import draw_numbers
from hybridmfp.clinical.twin.parameters import impairment_row
from hybridmfp.clinical.twin.person_prior import PersonPrior
from hybridmfp.clinical.twin.posterior import draws_of_states
from hybridmfp.clinical.twin.session_features import row_of_digest
from hybridmfp.errors import ClinicalError
from hybridmfp.features import SessionDigest
from hybridmfp.pipelines import digest_trial
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
from hybridmfp.simulation.cohort import virtual_visits
from hybridmfp.simulation.virtual_visit import Visit

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95)
WEEKS = (0.0, 6.0, 12.0)
SHOWN = (
    *("theta", "ability.shoulder", "ability.elbow", "ability.wrist", "ability.hand"),
    *("ability.individuation", "ability.coordination", "drive.elbow_extension", "synergy"),
    *("spasticity", "co_contraction", "roughness", "slowness", "compensation", "own_pace"),
)


@dataclass(frozen=True, eq=False)
class Person:
    """One virtual person at three visits, and the truth about them."""

    number: int
    visits: tuple[Visit, ...]
    sessions: tuple[SessionDigest, ...]
    scores: tuple[float, ...]

    @property
    def truth(self) -> Array:
        """The parameters at the last visit, in the order of `PARAMETERS`."""
        last = self.visits[-1]
        drift = 0.0 if last.course is None else last.course.natural.drift_per_year
        impairment = impairment_row(last.impairment)
        return np.concatenate([[last.theta], last.abilities, impairment, [drift]])


def digest(trials: dict[str, dict[str, float]], subject: str, session: str) -> SessionDigest:
    columns = tuple(dict.fromkeys(name for values in trials.values() for name in values))
    rows = [[values.get(name, np.nan) for name in columns] for values in trials.values()]
    nothing = np.empty((len(trials), 0, 11), dtype=np.float32)
    return SessionDigest(
        subject=subject,
        session=session,
        task=np.array(list(trials)),
        columns=columns,
        features=np.array(rows),
        session_columns=(),
        session_features=np.empty(0),
        movement=nothing,
        envelopes=nothing,
    )


def people(seed: int, number: int, tasks: tuple[str, ...]) -> list[Person]:
    settings = VirtualCohortSettings(
        n_patients=number,
        n_controls=0,
        n_repetitions=1,
        tasks=tasks,
        seed=seed,
        n_sites=number,
        visit_weeks=WEEKS,
    )
    cohort, digesting = virtual_cohort(settings), DigestSettings()
    values: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for trial in cohort.trials:
        key = trial.key
        made = digest_trial(trial.load(), digesting).values
        values.setdefault((key.subject, key.session), {})[key.task] = made
    scores = {(row.subject, row.session): row.score for row in cohort.sessions}
    visits = virtual_visits(settings)
    found = []
    for first in range(0, len(visits), len(WEEKS)):
        own = tuple(visits[first : first + len(WEEKS)])
        keys = [(visit.person.name, str(visit.at + 1)) for visit in own]
        found.append(
            Person(
                own[0].number,
                own,
                tuple(digest(values[key], *key) for key in keys),
                tuple(float(scores[key] or 0.0) for key in keys),
            )
        )
    return found


def fitted(
    person: Person, model: TwinModel, *, at: tuple[int, ...], rated: tuple[int, ...] = ()
) -> TwinPosterior:
    first = (person.visits[0].person.chronicity_weeks or 0.0) * 7
    visits = [
        TwinVisit(
            first + 7 * WEEKS[one],
            session=person.sessions[one],
            score=person.scores[one] if one in rated else None,
        )
        for one in at
    ]
    return fit_twin(visits, model=model, random_state=person.number)


SCENARIOS = {
    "one session": ((2,), ()),
    "three sessions": ((0, 1, 2), ()),
    "three sessions, two ratings": ((0, 1, 2), (0, 1)),
}


def rejection(row: Array, model: TwinModel, *, n_kept: int = 60) -> Array:
    """Take the simulated sessions whose summaries are nearest: the plainest reference.

    Returns abilities and impairments, shape (n_kept, 27).
    """
    bank, measurement = model.bank, model.measurement
    features = bank.features.reshape(-1, bank.features.shape[-1])
    summaries = measurement.summarise(features)
    precision = np.linalg.inv(np.cov(summaries.T))
    away = summaries - measurement.summarise(row)
    nearest = np.argsort(np.einsum("ni,ij,nj->n", away, precision, away))[:n_kept]
    truth = np.concatenate([bank.abilities, bank.impairments], axis=-1)
    kept: Array = truth.reshape(len(features), -1)[nearest]
    return kept


def beside_rejection(everybody: list[Person], model: TwinModel) -> dict[str, float]:
    """Compare the twin of one session with rejection, parameter by parameter."""
    apart, wider, together = [], [], []
    for person in everybody:
        try:
            twin = fitted(person, model, at=(2,)).draws[:, 1:-1]
        except ClinicalError:
            continue
        kept = rejection(row_of_digest(person.sessions[2], model.bank.tasks), model)
        apart.append((kept.mean(axis=0) - twin.mean(axis=0)) / twin.std(axis=0))
        wider.append(kept.std(axis=0) / twin.std(axis=0))
        together.append(np.stack([kept.mean(axis=0), twin.mean(axis=0)]))
    means = np.array(together)
    found = [np.corrcoef(means[:, 0, at], means[:, 1, at])[0, 1] for at in range(means.shape[2])]
    return {
        "persons": len(means),
        "median_correlation_of_means": float(np.median(found)),
        "mean_difference_in_posterior_sd": float(np.mean(apart)),
        "median_sd_over_twins": float(np.median(wider)),
    }


HELD_OUT = {"one session": (1,), "two sessions": (0, 1)}
N_FOLDS = 4


def drawn_without(model: TwinModel, person: int, bank: TwinBank, at: tuple[int, ...]) -> Array:
    """Draw the abilities and impairments of a person of the bank that the model has not seen."""
    prior = PersonPrior(tuple(bank.settings.visit_weeks[one] for one in at))
    evidence = Evidence(
        measurement=model.measurement,
        curve=bank.score_curve,
        summaries=model.measurement.summarise(bank.features[person, list(at)]),
        recorded=tuple(range(len(at))),
        scores=np.full(len(at), np.nan),
    )
    numbers = draw_numbers(evidence, prior, rng=np.random.default_rng([person, 7]))
    return draws_of_states(prior.states(numbers))[:, 1:-1]


def judge_held_out(bank: TwinBank, number: int) -> dict[str, object]:
    """Fit persons of the bank with models learned from others, and count as for new persons."""
    names = tuple(PARAMETERS)[1:-1]  # the bank does not keep overall ability and drift
    width = prior_widths()[1:-1]
    everybody = np.arange(len(bank.features))
    report: dict[str, object] = {}
    models = [
        TwinModel.learn(bank.only(everybody[everybody % N_FOLDS != k])) for k in range(N_FOLDS)
    ]
    for scenario, at in HELD_OUT.items():
        ranks, widths, inside, started = [], [], [], time.process_time()
        for person in everybody[:number]:
            if np.isnan(bank.features[person, list(at)]).any():
                continue  # a patient of whom a feature is missing is refused
            draws = drawn_without(models[person % N_FOLDS], person, bank, at)
            truth = np.concatenate([bank.abilities[person, 1], bank.impairments[person, 1]])
            low_high = intervals(draws)
            ranks.append(np.mean(draws < truth, axis=0))
            widths.append(np.diff(low_high[0.9], axis=0)[0] / width)
            inside.append([(truth >= low) & (truth <= high) for low, high in low_high.values()])
        report[scenario] = told(scenario, ranks, widths, inside, started, names)
    return report


def intervals(draws: Array) -> dict[float, Array]:
    """Give the central intervals of every level; lower and upper ends."""
    return {
        level: np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0) for level in LEVELS
    }


def prior_widths() -> Array:
    """Give how wide the prior's 90 % intervals are."""
    prior = PersonPrior((0.0,))
    rng = np.random.default_rng(0)
    drawn = draws_of_states(prior.states(rng.standard_normal((8000, prior.n_numbers))))
    widths: Array = np.diff(np.quantile(drawn, [0.05, 0.95], axis=0), axis=0)[0]
    return widths


def bounds(n: int, level: float) -> tuple[float, float]:
    """Between which shares chance leaves a coverage that is right, 95 % of the time."""
    low, high = binom.interval(0.95, n, level)
    return low / n, high / n


def judge(everybody: list[Person], model: TwinModel) -> dict[str, object]:
    width = prior_widths()
    report: dict[str, object] = {}
    for scenario, (at, rated) in SCENARIOS.items():
        ranks, widths, inside, refused = [], [], [], []
        score_inside, score_error, rhats, fits = [], [], [], []
        started = time.process_time()
        for person in everybody:
            try:
                twin = fitted(person, model, at=at, rated=rated)
            except ClinicalError as error:
                refused.append(f"{person.number}: {error}")
                continue
            truth = person.truth
            low_high = intervals(twin.draws)
            ranks.append(np.mean(twin.draws < truth, axis=0))
            widths.append(np.diff(low_high[0.9], axis=0)[0] / width)
            inside.append([(truth >= low) & (truth <= high) for low, high in low_high.values()])
            rhats.append(twin.rhat)
            fits.append(twin.fit)
            forecast = twin.predict_score()
            score_error.append(abs(forecast.mean - person.scores[-1]))
            score_inside.append(
                [
                    forecast.interval(level)[0] <= person.scores[-1] <= forecast.interval(level)[1]
                    for level in LEVELS
                ]
            )
        report[scenario] = told(scenario, ranks, widths, inside, started, tuple(PARAMETERS)) | {
            "refused": refused,
            "rhat": [float(np.median(rhats)), float(np.max(rhats))],
            "fit_below_5_percent": float(np.mean(np.array(fits) < 0.05)),
            "score_mae_points": float(np.mean(score_error)),
            "score_coverage": np.mean(score_inside, axis=0).tolist(),
        }
        last = report[scenario]
        assert isinstance(last, dict)
        kept = {name: last[name] for name in list(last)[2:]}
        print(json.dumps(kept, indent=1), flush=True)
    return report


def told(
    scenario: str,
    ranks: list[Array],
    widths: list[Array],
    inside: list[object],
    started: float,
    names: tuple[str, ...],
) -> dict[str, object]:
    n = len(ranks)
    coverage = np.mean(np.array(inside), axis=0)
    print(f"\n## {scenario}: n = {n}, {(time.process_time() - started) / n:.1f} s each")
    chances = ", ".join(
        f"{level:.0%}: {low:.0%}-{high:.0%}" for level in LEVELS for low, high in [bounds(n, level)]
    )
    print(f"chance alone leaves {chances}")
    print("| parameter | 50 % | 80 % | 90 % | 95 % | width / prior's | ranks p |")
    rows, outside = {}, 0
    for column, name in enumerate(names):
        counts = np.histogram(np.array(ranks)[:, column], bins=10, range=(0, 1))[0]
        uniform = float(chisquare(counts).pvalue)
        share = float(np.median(np.array(widths)[:, column]))
        outside += sum(
            not bounds(n, level)[0] <= one <= bounds(n, level)[1]
            for level, one in zip(LEVELS, coverage[:, column], strict=True)
        )
        rows[name] = {
            "coverage": coverage[:, column].tolist(),
            "width_over_prior": share,
            "rank_counts": counts.tolist(),
            "rank_p": uniform,
        }
        if name in SHOWN:
            covered = " | ".join(f"{100 * one:.0f}" for one in coverage[:, column])
            print(f"| {name} | {covered} | {share:.2f} | {uniform:.3f} |")
    print(f"{outside} of {4 * len(names)} coverages outside chance's bounds")
    by_person = np.array(inside).mean(axis=2)  # parameters of a person are not independent
    errors = by_person.std(axis=0, ddof=1) / np.sqrt(n)
    means = ", ".join(
        f"{one:.1%} ± {error:.1%}" for one, error in zip(coverage.mean(axis=1), errors, strict=True)
    )
    print(f"mean over parameters ± its standard error over persons: {means}")
    of_ability = coverage[:, [name.startswith("ability.") for name in names]].mean(axis=1)
    print("mean over abilities: " + ", ".join(f"{one:.1%}" for one in of_ability))
    return {
        "n": n,
        "parameters": rows,
        "outside_bounds": outside,
        "mean_coverage": coverage.mean(axis=1).tolist(),
        "standard_errors": errors.tolist(),
        "mean_coverage_of_abilities": of_ability.tolist(),
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    which = words.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int, help="of new persons")
    which.add_argument("--held-out", type=int, help="so many persons of the bank instead")
    words.add_argument("--people", type=int, default=60)
    words.add_argument("--bank", type=Path)
    words.add_argument("--json", type=Path)
    asked = words.parse_args()
    path = asked.bank or Path(__file__).parents[1] / "src/hybridmfp/clinical/twin/bank.npz"
    if asked.held_out:
        report = judge_held_out(TwinBank.load(path), asked.held_out)
    else:
        report = judge_new(asked.seed, asked.people, TwinModel.learn(TwinBank.load(path)))
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1))


def judge_new(seed: int, number: int, model: TwinModel) -> dict[str, object]:
    """Simulate persons that neither the bank nor anybody has seen, and fit them."""
    started = time.process_time()
    everybody = people(seed, number, model.bank.tasks)
    print(
        f"{len(everybody)} persons simulated in {time.process_time() - started:.0f} s", flush=True
    )
    report = judge(everybody, model)
    report["rejection"] = beside_rejection(everybody[:30], model)
    print(json.dumps(report["rejection"]))
    return report


if __name__ == "__main__":
    main()
