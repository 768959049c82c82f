"""Write a synthetic cohort in the folder layout of the published system, for timings.

    python benchmarks/rocky_cohort.py OUT --subjects 20 --tasks 24 --repetitions 3

writes `Stroke/All_EMG/S1_1_1.csv` (12 muscles at 2000 Hz in volts, no header),
`Stroke/All_KIN/S1_1_1.csv` (21 markers at 200 Hz in millimetres, two header rows),
`Metadata/MHH_Clinical_Labels.csv` and `dataset_description.json`. Numbers have six
significant digits; gaps are empty cells.

Scores are whole points of the partial scale `fma-ue-mhh20`. With `--relation planted` they
are the toy's 0-66 points scaled to 0-20; with `none` they are drawn from 14 to 20, the range
of the original labels, without looking at the signals.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hybridmfp.errors import SettingsError
from hybridmfp.signals import TrialSource, find_montage, find_scale
from hybridmfp.simulation import ReachCohortSettings, reach_cohort

_MM_PER_M = 1000.0
_LABELS = 12  # keeps the draw of the labels apart from every draw of the generator
_ORIGINAL_SCORES = (14, 20)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="a folder that is empty or does not exist")
    parser.add_argument("--subjects", type=int, default=20)
    parser.add_argument("--tasks", type=int, default=24)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--relation", choices=["none", "planted"], default="none")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(arguments)
    if asked.out.exists() and (not asked.out.is_dir() or any(asked.out.iterdir())):
        parser.error(f"OUT must be an empty folder or a new one; {asked.out} is not.")
    if asked.processes < 1:
        parser.error(f"--processes must be 1 or more; got {asked.processes}.")
    try:
        settings = ReachCohortSettings(
            n_patients=asked.subjects,
            n_controls=0,
            n_tasks=asked.tasks,
            n_repetitions=asked.repetitions,
            seed=asked.seed,
            relation=asked.relation,
        )
    except SettingsError as error:
        parser.error(str(error))
    started = time.perf_counter()
    n_bytes = write_cohort(asked.out, settings, processes=asked.processes)
    print(f"{n_bytes / 1e9:.2f} GB of trials in {time.perf_counter() - started:.0f} s")


def write_cohort(out: Path, settings: ReachCohortSettings, *, processes: int) -> int:
    """Write the whole folder and give the bytes of its trials."""
    cohort = reach_cohort(settings)
    for folder in ("Stroke/All_EMG", "Stroke/All_KIN", "Metadata"):
        (out / folder).mkdir(parents=True)
    description = {
        "Name": cohort.name,
        "Synthetic": True,
        "GeneratedBy": [{"Name": "benchmarks/rocky_cohort.py", "Description": repr(settings)}],
    }
    text = json.dumps(description, indent=2)
    (out / "dataset_description.json").write_text(f"{text}\n", encoding="utf-8")
    labels = out / "Metadata" / "MHH_Clinical_Labels.csv"
    with labels.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["Subject_ID", "FMA_UE_Score"])
        table.writerows(_scores(settings))
    # Spawned rather than forked: a fork inherits the locks of other threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        return sum(pool.map(partial(_write_trial, out), cohort.trials, chunksize=8))


def _scores(settings: ReachCohortSettings) -> list[tuple[str, int]]:
    rows = reach_cohort(settings).sessions
    if settings.relation == "none":
        lowest, highest = _ORIGINAL_SCORES
        rng = np.random.default_rng([settings.seed, _LABELS])
        drawn = rng.integers(lowest, highest, len(rows), endpoint=True)
        return [(row.subject, int(score)) for row, score in zip(rows, drawn, strict=True)]
    ratio = find_scale("fma-ue-mhh20").maximum / find_scale("fma-ue").maximum
    rated = [(row.subject, row.score) for row in rows if row.score is not None]
    return [(subject, round(score * ratio)) for subject, score in rated]


def _write_trial(out: Path, trial: TrialSource) -> int:
    recording = trial.load()
    if recording.emg is None or recording.kinematics is None:
        raise SettingsError(f"a benchmark trial must have both modalities; {trial.key} has not.")
    name = f"{trial.key.subject}_{trial.key.task}_{trial.key.repetition}.csv"
    emg = _rows_of_text(recording.emg.samples)
    kinematics = _marker_header() + _rows_of_text(recording.kinematics.samples * _MM_PER_M)
    return sum(
        (out / "Stroke" / folder / name).write_bytes(text.encode("ascii"))
        for folder, text in (("All_EMG", emg), ("All_KIN", kinematics))
    )


def _marker_header() -> str:
    markers = find_montage("mhh-markers").points
    return f"{',,,'.join(markers)},,\n{','.join('XYZ' * len(markers))}\n"


def _rows_of_text(samples: NDArray[np.float32]) -> str:
    """One line per instant; a single formatting call for all of them is what makes it fast."""
    line = ",".join(["%.6g"] * samples.shape[0]) + "\n"
    text: str = (line * samples.shape[1]) % tuple(samples.T.ravel().tolist())
    return text.replace("nan", "")


if __name__ == "__main__":
    main()
