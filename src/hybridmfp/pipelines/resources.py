"""How long something took, and how much memory it needed."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

import psutil

__all__ = ["ResourceMeter"]

_EVERY_S = 0.1
_NEW_HIGH = 1.01  # times the highest sum of resident sets so far


class ResourceMeter(AbstractContextManager["ResourceMeter"]):
    """Measure wall time since this process began, and its peak memory, workers included.

    Resident sets are sampled ten times a second. On Linux, whenever their sum is a new high, the
    proportional set sizes are read, in which a page that several processes share counts once in
    all; reading them is slow, so they are not read more often. Elsewhere the peak is the sum of
    resident sets, which counts shared pages once for each process and errs on the high side.

    Attributes
    ----------
    seconds : float
        Since the process began, imports included, so far or in all once closed.
    peak_mb : float
        In megabytes of 10⁶ bytes.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._stopped: float | None = None
        self._highest_resident = 0
        self.peak_mb = 0.0

    @property
    def seconds(self) -> float:
        """Wall time so far, or in all once closed."""
        return (self._stopped or time.time()) - self._process.create_time()

    def figures(self) -> dict[str, float]:
        """Give ``seconds`` and ``peak_mb`` so far, or in all once closed."""
        self.sample()
        return {"seconds": round(self.seconds, 3), "peak_mb": round(self.peak_mb, 1)}

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._watcher.join()
        self._stopped = time.time()

    def sample(self) -> None:
        """Look at the memory now."""
        processes = [self._process, *self._children()]
        resident = _total(processes, _resident)
        if resident > _NEW_HIGH * self._highest_resident:
            self._highest_resident = resident
            held = _total(processes, _proportional) if psutil.LINUX else resident
            self.peak_mb = max(self.peak_mb, held / 1e6)

    def _children(self) -> list[psutil.Process]:
        try:
            return self._process.children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _watch(self) -> None:
        self.sample()
        while not self._stop.wait(_EVERY_S):
            self.sample()


def _total(processes: Sequence[psutil.Process], measure: Callable[[psutil.Process], int]) -> int:
    """Add up bytes; a worker that has just ended holds none."""
    held = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            held += measure(process)
    return held


def _resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)


def _proportional(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:  # somebody else's child process
        return _resident(process)
