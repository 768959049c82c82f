"""How large a model file is, and how long it takes to write, read and check it.

Run: OMP_NUM_THREADS=1 python benchmarks/model_file.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hybridmfp.io.model_container import read_container, read_document, write_container
from hybridmfp.models.fusion_settings import FusionSettings, TrainingSettings
from hybridmfp.models.kept import described_model, restored_model
from hybridmfp.pipelines import Settings, digest_cohort
from hybridmfp.pipelines.models import model_for
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

PATIENTS = VirtualCohortSettings(
    n_patients=15,
    n_controls=2,
    tasks=("reach_forward", "hand_to_mouth"),
    n_repetitions=1,
    emg="amplitude_noise",
    seed=201,
)
ONE_PASS = Settings(fusion=FusionSettings(training=TrainingSettings(tuning_epochs=1)))


def main() -> None:
    digest = digest_cohort(virtual_cohort(PATIENTS), ONE_PASS.digest, n_jobs=1)
    model = model_for(digest, "hybrid", settings=ONE_PASS).fit(digest.sessions, digest.scores)
    described, arrays = described_model(model)
    documents = {"model": described, "card": {"name": "hybrid"}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.hmfp"
        print(f"networks {len(model.networks_)}")
        show("take apart", lambda: described_model(model))
        show("write", lambda: write_container(path, documents=documents, arrays=arrays,
                                              overwrite=True))  # fmt: skip
        print(f"{'size':12} {path.stat().st_size / 1e6:8.2f} MB")
        show("read, check", lambda: read_container(path))
        show("put together", lambda: restored_model(described, arrays))
        show("read card", lambda: read_document(path, "card"))


def show(what: str, run: Callable[[], Any], *, n_runs: int = 7) -> None:
    taken = []
    for _ in range(n_runs):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    print(f"{what:12} {1e3 * min(taken):8.1f} ms, best of {n_runs}")


if __name__ == "__main__":
    main()
