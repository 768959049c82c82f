"""How often virtual patients take the steps that a keyform calls within reach.

Fitted on one virtual cohort, asked about another one: ability comes from all items but one, then
the chance of a step of that item is held against what happened, among those who took the steps
before it or that one. The simulator's items follow another model (graded response on six
abilities, with hidden effects), so that the keyform is wrong about it as it will be about patients.

    python benchmarks/keyform_calibration.py [fitted persons] [seed of the first of two cohorts]
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.stats import spearmanr

from hybridmfp.clinical.rating import Keyform, fit_keyform, voluntary_items
from hybridmfp.clinical.rating.rasch_steps import chance_of_next
from hybridmfp.clinical.rating.warm_estimate import warm_estimate
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
from hybridmfp.simulation.fma_response import _ITEMS as TRUE_ITEMS

BINS = ((0.05, 0.2), (0.2, 0.35), (0.35, 0.5), (0.5, 0.65), (0.65, 0.8), (0.8, 0.95))
N_ASKED = 400


def rated(n_patients: int, seed: int) -> list[dict[str, float]]:
    settings = VirtualCohortSettings(n_patients=n_patients, n_controls=0, seed=seed)
    return [dict(row.items) for row in virtual_cohort(settings).sessions]


def held_out_steps(keyform: Keyform, rows: list[dict[str, float]]) -> np.ndarray:
    """Chance of each step and whether it was taken, shape (n_steps, 2)."""
    names = tuple(keyform.items)
    thresholds = np.array([keyform.items[name].thresholds for name in names])
    points = np.array([[row[name] for name in names] for row in rows])
    found = []
    for at in range(len(names)):
        others = points.copy()
        others[:, at] = np.nan
        theta, _ = warm_estimate(others, thresholds)
        for ability, given in zip(theta, points[:, at].astype(int), strict=True):
            for step, threshold in enumerate(thresholds[at]):
                if given in (step, step + 1):
                    found.append((chance_of_next(ability, threshold), given > step))
    return np.array(found)


def main() -> None:
    n_fitted, seed = (int(one) for one in (*sys.argv[1:], *("200", "6040")[len(sys.argv) - 1 :]))
    keyform = fit_keyform(rated(n_fitted, seed), cohort=f"virtual, seed {seed}", synthetic=True)
    locations = [one.location for one in keyform.items.values()]
    true_order = [TRUE_ITEMS[name][0] for name in voluntary_items()]
    errors = [error for one in keyform.items.values() for error in one.standard_errors]
    print(f"persons {n_fitted}, seeds {seed} and {seed + 1}, synthetic")
    print(f"reliability {keyform.reliability:.3f}, ability SD {keyform.sd:.2f} logits")
    print(f"standard error of thresholds {np.mean(errors):.2f} logits on average")
    print(f"order of items against the simulator's: rho {spearmanr(locations, true_order)[0]:.3f}")
    chance, taken = held_out_steps(keyform, rated(N_ASKED, seed + 1)).T
    for low, high in BINS:
        inside = (chance >= low) & (chance < high)
        print(
            f"told {low:.2f} to {high:.2f}: mean {chance[inside].mean():.3f}, taken "
            f"{taken[inside].mean():.3f} of {inside.sum()} steps"
        )


if __name__ == "__main__":
    main()
