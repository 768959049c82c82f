"""Compute with torch so that the same seed gives the same numbers, and leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["choose_device", "quiet_torch"]


def choose_device(name: str = "auto") -> torch.device:
    """Give the device of that name; ``"auto"`` is CUDA where there is one, else the CPU."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


@contextmanager
def quiet_torch(seed: int | None, *, n_threads: int = 1) -> Iterator[None]:
    """Seed torch, use a fixed number of threads, and put everything back afterwards.

    One thread by default: sums over several threads differ in their last bits, and folds run
    in processes of their own.

    Parameters
    ----------
    seed : int or None
        None leaves the generators as they are.
    n_threads : int, default 1
    """
    threads = torch.get_num_threads()
    fixed = torch.backends.cudnn.deterministic
    devices = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices=devices, enabled=seed is not None):
        try:
            torch.set_num_threads(n_threads)
            torch.backends.cudnn.deterministic = True
            if seed is not None:
                torch.manual_seed(seed)
            yield
        finally:
            torch.set_num_threads(threads)
            torch.backends.cudnn.deterministic = fixed
