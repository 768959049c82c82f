"""How well FMA-UE at 12 weeks and 6 months is foretold from what is known at baseline.

On the 222 patients of the SPECS data, leaving out one patient at a time; whatever is fitted or
calibrated is so on the other patients alone. The form of the model was chosen on half of the
patients (`is_development`); figures are printed for all, and for the other half alone.

    python benchmarks/prognosis_specs.py --out /tmp/prognosis
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression

from hybridmfp.clinical.prognosis import MixtureModel
from hybridmfp.clinical.prognosis.adapted import RecoveryRegressor
from hybridmfp.clinical.prognosis.rule_prognosis import rule_facts
from hybridmfp.evaluation import grouped_k_folds

Array = NDArray[np.float64]

HORIZONS = {"w12": 12.0, "m06": 26.0}  # weeks after baseline
VISIT_WEEKS = {"baseline": 0, "w03": 3, "w05": 5, "w06": 6, "w12": 12, "m06": 26, "m12": 52}
KNOWN = ["baseline", "days_post_stroke", "weeks_ahead", "age_years", "cahai", "barthel"]
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
PHASES = {"up to 30 days": (0, 30), "31 to 180 days": (30, 180), "later": (180, 1e9)}
OURS, WITH_PROGRAMME = "RecoveryRegressor", "RecoveryRegressor, study and treatment known"
N_REFITS = 20  # groups of patients left out together for the refitted mixture, for time
N_DRAWS = 4000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    asked.add_argument("--data", type=Path, default=os.environ.get("HYBRIDMFP_DATA", beside))
    asked.add_argument("--out", type=Path, required=True, help="folder for plot and tables")
    asked.add_argument("--development", action="store_true", help="the development half alone")
    asked.add_argument("--by-study", action="store_true", help="leave whole studies out, no table")
    options = asked.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    scores, rows = read_specs(Path(options.data) / "specs_recovery")
    if options.development:
        rows = rows[rows.development].reset_index(drop=True)
        scores = scores[[is_development(one) for one in scores.patientID]]
    if options.by_study:
        show_by_study(rows)
        return
    foretold = pd.DataFrame(dict(foretell(rows, scores)))
    foretold[OURS], intervals = foretell_ours(rows)
    show(rows, foretold, intervals)
    draw(rows, intervals, options.out / "calibration.svg")
    pd.concat([rows, foretold], axis=1).to_csv(options.out / "foretold.csv", index=False)
    print(f"{time.perf_counter() - began:.0f} s")


def is_development(patient: int) -> bool:
    """Half of the patients, by a hash that knows nothing of them."""
    return int(hashlib.sha256(f"specs-{patient}".encode()).hexdigest(), 16) % 2 == 0


def read_specs(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give all scores, and a row per patient and horizon with a baseline and an outcome."""
    scores = pd.read_csv(folder / "Clinical_Scales_all.csv", na_values="NULL")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an extension of the sheet
        screening = pd.read_excel(folder / "patients_Demographics_and_ClinicalScreening.xlsx")
    age = screening.drop_duplicates("patientID").set_index("patientID").age
    baseline = scores[scores.eval_time == "baseline"].set_index("patientID")
    known = pd.DataFrame({
        "baseline": baseline.fuglmeyer, "days_post_stroke": baseline.new_days_after_stroke,
        "age_years": age.reindex(baseline.index), "cahai": baseline.cahai,
        "barthel": baseline.barthel, "study": baseline.study, "treatment": baseline.treatment,
    })  # fmt: skip
    rows = []
    for horizon, weeks in HORIZONS.items():
        end = scores[scores.eval_time == horizon].set_index("patientID").fuglmeyer
        rows.append(
            known.assign(weeks_ahead=weeks, horizon=horizon, outcome=end.reindex(known.index))
        )
    table = pd.concat(rows).dropna(subset=["baseline", "outcome"]).reset_index(names="patient")
    table["development"] = [is_development(one) for one in table.patient]
    return scores.dropna(subset=["fuglmeyer"]), table


def foretell(rows: pd.DataFrame, scores: pd.DataFrame) -> Iterator[tuple[str, Array]]:
    baseline = rows.baseline.to_numpy(float)
    slope = rule_facts("proportional_recovery")["slope"]
    proportional = baseline + slope * (66 - baseline)
    early = rows.days_post_stroke.to_numpy() <= PHASES["up to 30 days"][1]
    yield "no change", baseline
    yield "regression to the mean", left_out(rows, to_the_mean)
    yield "proportional recovery, everybody", proportional
    yield "proportional recovery up to 30 days", np.where(early, proportional, baseline)
    yield "gradient boosting", left_out(rows, boosted)
    published = MixtureModel.published()
    yield "published mixture", of_mixture(published, rows)
    yield "refitted mixture", refitted(rows, scores)
    programme = pd.get_dummies(rows[["study", "treatment"]], dtype=float)
    wide, columns = pd.concat([rows, programme], axis=1), KNOWN + list(programme.columns)
    yield (
        WITH_PROGRAMME,
        left_out(
            wide,  # two folds, for time: they are for intervals, which nobody asks for here
            lambda train, test: fitted(train, columns, n_folds=2).predict(test[columns]),
        ),
    )


def left_out(
    rows: pd.DataFrame, foretell_of: Callable[[pd.DataFrame, pd.DataFrame], Array]
) -> Array:
    """Foretell each patient by what was learned from all others."""
    told = np.empty(len(rows))
    for patient in rows.patient.unique():
        own = (rows.patient == patient).to_numpy()
        told[own] = foretell_of(rows[~own], rows[own])
    return np.clip(told, 0, 66)


def to_the_mean(train: pd.DataFrame, test: pd.DataFrame) -> Array:
    told = np.empty(len(test))
    for at, row in enumerate(test.itertuples()):
        same = train[train.horizon == row.horizon]
        line = LinearRegression().fit(same[["baseline"]].to_numpy(), same.outcome)
        told[at] = line.predict([[row.baseline]])[0]
    return told


def boosted(train: pd.DataFrame, test: pd.DataFrame) -> Array:
    model = HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=80, learning_rate=0.05, max_leaf_nodes=6,
        min_samples_leaf=8, random_state=0,
    )  # fmt: skip
    return model.fit(train[KNOWN], train.outcome).predict(test[KNOWN])


def fitted(train: pd.DataFrame, columns: list[str], n_folds: int = 5) -> RecoveryRegressor:
    return RecoveryRegressor(n_folds=n_folds).fit(
        train[columns], train.outcome, subject=train.patient
    )


def of_mixture(model: MixtureModel, rows: pd.DataFrame) -> Array:
    return np.array(
        [
            model.posterior([one.days_post_stroke], [one.baseline]).quantiles(
                [one.days_post_stroke / 7 + one.weeks_ahead], [0.5]
            )[0, 0]
            for one in rows.itertuples()
        ]
    )


def refitted(rows: pd.DataFrame, scores: pd.DataFrame) -> Array:
    days = scores.new_days_after_stroke + 7 * scores.eval_time.map(VISIT_WEEKS)
    told = np.empty(len(rows))
    for fold in grouped_k_folds(rows.patient.to_numpy(), n_folds=N_REFITS):
        train = ~scores.patientID.isin(rows.patient.iloc[fold.test])
        model = MixtureModel.fit(days[train], scores.fuglmeyer[train], scores.patientID[train])
        told[fold.test] = of_mixture(model, rows.iloc[fold.test])
    return told


def show_by_study(rows: pd.DataFrame) -> None:
    """Judge on studies that were left out whole, so that nobody could be in two of them."""
    middle, ends = foretell_ours(rows, left_out_by="study")
    foretold = pd.DataFrame({"no change": rows.baseline.to_numpy(float), OURS: middle})
    for horizon in HORIZONS:
        for study in ("all", *rows.study.unique()):
            own = (
                (rows.horizon == horizon) & ((rows.study == study) | (study == "all"))
            ).to_numpy()
            if own.any():
                show_group(rows[own], foretold[own], ends[0.9][own], f"{horizon}, {study}")


def foretell_ours(
    rows: pd.DataFrame, left_out_by: str = "patient"
) -> tuple[Array, dict[float, Array]]:
    middle = np.empty(len(rows))
    ends = {level: np.empty((len(rows), 2)) for level in LEVELS}
    for group in rows[left_out_by].unique():
        own = (rows[left_out_by] == group).to_numpy()
        model = fitted(rows[~own], KNOWN)
        middle[own] = model.predict(rows.loc[own, KNOWN])
        for level in LEVELS:
            ends[level][own] = model.predict_interval(rows.loc[own, KNOWN], level=level)
    return middle, ends


def show(rows: pd.DataFrame, foretold: pd.DataFrame, intervals: dict[float, Array]) -> None:
    everybody = np.ones(len(rows), dtype=bool)
    for part, chosen in (("all", everybody), ("half not used", ~rows.development.to_numpy())):
        for horizon in HORIZONS:
            own = chosen & (rows.horizon == horizon).to_numpy()
            if own.any():
                show_errors(rows[own], foretold[own], f"{horizon}, {part}")
    early = {name: phase_of(rows, name) for name in PHASES}
    groups = {"all": everybody, "half not used": ~rows.development.to_numpy(), **early}
    print("\ncoverage of nominal 90 %, mean width; SD(end) / SD(baseline); medians of |error|")
    for horizon in HORIZONS:
        for name, chosen in groups.items():
            own = chosen & (rows.horizon == horizon).to_numpy()
            if own.any():
                show_group(rows[own], foretold[own], intervals[0.9][own], f"{horizon}, {name}")
    print("\nnominal: held, by horizon")
    for level, ends in intervals.items():
        held = [f"{holds(rows, ends)[(rows.horizon == one)].mean():.3f}" for one in HORIZONS]
        print(f"  {level:.2f}: {'  '.join(held)}")


def phase_of(rows: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    low, high = PHASES[name]
    days = rows.days_post_stroke.to_numpy()
    return (days > low) & (days <= high)


def show_errors(rows: pd.DataFrame, foretold: pd.DataFrame, title: str) -> None:
    errors = foretold.sub(rows.outcome, axis=0).abs()
    still = errors["no change"].to_numpy()
    draws = np.random.default_rng(0).integers(len(rows), size=(N_DRAWS, len(rows)))
    print(f"\n{title}: {len(rows)} patients; median |error|, its ratio to no change (95 %), MAE")
    for name in foretold:
        own = errors[name].to_numpy()
        ratios = np.median(own[draws], axis=1) / np.median(still[draws], axis=1)
        low, high = np.quantile(ratios, [0.025, 0.975])
        print(
            f"  {name:46s} {np.median(own):5.2f}  {np.median(own) / np.median(still):.2f} "
            f"({low:.2f} to {high:.2f})  {own.mean():5.2f}"
        )


def show_group(rows: pd.DataFrame, foretold: pd.DataFrame, ends: Array, title: str) -> None:
    errors = foretold.sub(rows.outcome, axis=0).abs()
    print(
        f"  {title:24s} n {len(rows):3d}  {holds(rows, ends).mean():.3f}  "
        f"{np.diff(ends).mean():5.1f}  SD ratio {rows.outcome.std() / rows.baseline.std():.2f}  "
        f"no change {errors['no change'].median():5.2f}  ours {errors[OURS].median():5.2f}"
    )


def holds(rows: pd.DataFrame, ends: Array) -> NDArray[np.bool_]:
    outcome = rows.outcome.to_numpy()
    return (ends[:, 0] <= outcome) & (outcome <= ends[:, 1])


def draw(rows: pd.DataFrame, intervals: dict[float, Array], path: Path) -> None:
    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0.5, 1], [0.5, 1], color="grey", linewidth=1)
    for horizon in HORIZONS:
        own = (rows.horizon == horizon).to_numpy()
        held = [holds(rows, ends)[own].mean() for ends in intervals.values()]
        axes.plot(list(intervals), held, marker="o", label=f"{horizon}, n = {own.sum()}")
    axes.set(xlabel="nominal", ylabel="intervals that held the score", title=OURS)
    axes.legend()
    figure.savefig(path)
    told = {str(level): float(holds(rows, ends).mean()) for level, ends in intervals.items()}
    path.with_suffix(".json").write_text(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
