"""Hold virtual patients against published relations.

    python benchmarks/simulator_validation --table docs/simulator_validation.md

Seeds 1001 to 1005 judge; calibration used other ones (0 to 99). A relation that does not hold is
listed as such.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from ratings import rating_figures, recovery_figures, therapy_figures
from recordings import (
    error_figures,
    load_figures,
    measured_sessions,
    relation_figures,
    site_figures,
)
from relations import RELATIONS

from hybridmfp.pipelines import Settings, digest_cohort
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

_JUDGING_SEEDS = (1001, 1002, 1003, 1004, 1005)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every figure for every seed, print them, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(_JUDGING_SEEDS))
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--controls", type=int, default=24)
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--error-seeds", type=int, default=2, help="how many seeds models and sites are judged on"
    )
    parser.add_argument("--table", type=Path, help="Markdown file to write the table to")
    parser.add_argument("--figures", type=Path, help="JSON file to write every figure to")
    asked = parser.parse_args(arguments)
    figures = {}
    for at, seed in enumerate(asked.seeds):
        started = time.perf_counter()
        settings = VirtualCohortSettings(
            n_patients=asked.patients,
            n_controls=asked.controls,
            n_repetitions=asked.repetitions,
            seed=seed,
        )
        figures[seed] = _measure(settings, n_jobs=asked.jobs, errors=at < asked.error_seeds)
        print(f"seed {seed}: {time.perf_counter() - started:.0f} s", flush=True)
        if asked.figures is not None:
            asked.figures.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    table = _as_table(figures)
    print(table)
    if asked.table is not None:
        command = (
            "python benchmarks/simulator_validation --seeds "
            f"{' '.join(map(str, asked.seeds))} --patients {asked.patients} "
            f"--controls {asked.controls} --repetitions {asked.repetitions} "
            f"--error-seeds {asked.error_seeds}"
        )
        asked.table.write_text(_document(table, figures, command), encoding="utf-8")


def _measure(settings: VirtualCohortSettings, *, n_jobs: int, errors: bool) -> dict[str, float]:
    digest = digest_cohort(virtual_cohort(settings), Settings().digest, n_jobs=n_jobs)
    figures = {
        **rating_figures(settings.seed, settings.n_patients),
        **relation_figures(measured_sessions(settings, digest, n_jobs=n_jobs)),
        **load_figures(settings),
    }
    figures |= therapy_figures(settings.seed, 5 * settings.n_patients)
    figures |= recovery_figures(settings.seed, 2 * settings.n_patients)
    if errors:
        figures |= error_figures(digest, settings.seed, n_jobs=n_jobs)
        figures |= site_figures(settings, n_jobs=n_jobs)
    return {name: float(value) for name, value in figures.items()}


def _as_table(figures: Mapping[int, Mapping[str, float]]) -> str:
    lines = [
        "| relation | band | mean | least to most | holds | source |",
        "|---|---|---|---|---|---|",
    ]
    for relation in RELATIONS:
        values = [one[relation.figure] for one in figures.values() if relation.figure in one]
        if not values:
            continue
        mean = float(np.mean(values))
        held = sum(relation.holds(value) for value in values)
        verdict = "yes" if relation.holds(mean) else "**no**"
        lines.append(
            f"| {relation.title} | {relation.band} | {mean:.2f} "
            f"| {min(values):.2f} to {max(values):.2f} | {verdict} ({held} of {len(values)}) "
            f"| {relation.source} |"
        )
    judged = {relation.figure for relation in RELATIONS}
    others = sorted({name for one in figures.values() for name in one} - judged)
    lines += [
        "",
        "Beside these, without a band:",
        "",
        "| figure | mean | least to most |",
        "|---|---|---|",
    ]
    for name in others:
        values = [one[name] for one in figures.values() if name in one]
        lines.append(f"| {name} | {np.mean(values):.2f} | {min(values):.2f} to {max(values):.2f} |")
    return "\n".join(lines)


def _document(table: str, figures: Mapping[int, object], command: str) -> str:
    return (
        "# Virtual patients against published relations\n\n"
        f"Written by `{command}`. {len(figures)} seeds that calibration did not use; a relation "
        "holds if the mean over the seeds lies in its band, and in how many seeds it does is "
        "told beside. Synthetic: agreement with summary statistics of small studies says nothing "
        f"about clinical accuracy.\n\n{table}\n"
    )


if __name__ == "__main__":
    main()
