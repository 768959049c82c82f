"""Simulate the persons of the digital twin's bank, on one core; about 10 minutes of its time.

OMP_NUM_THREADS=1 nice python benchmarks/build_twin_bank.py src/hybridmfp/clinical/twin/bank.npz
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from hybridmfp.clinical.twin import BankSettings, TwinModel, build_bank


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("path", type=Path)
    words.add_argument("--persons", type=int, default=BankSettings.n_persons)
    words.add_argument("--seed", type=int, default=BankSettings.seed)
    asked = words.parse_args()
    started = time.process_time()

    def tell(done: int, number: int) -> None:
        if done % 600 == 0 or done == number:
            print(f"{done} of {number} trials, {time.process_time() - started:.0f} s", flush=True)

    bank = build_bank(BankSettings(n_persons=asked.persons, seed=asked.seed), progress=tell)
    bank.save(asked.path)
    print(f"{asked.path}: {asked.path.stat().st_size / 1e6:.2f} MB")
    for name, r2 in TwinModel.learn(bank).measurement.accuracy.items():
        print(f"  {name:22s} R2 {r2:5.2f}")


if __name__ == "__main__":
    main()
