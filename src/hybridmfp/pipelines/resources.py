"""How long something took, and how much memory it needed."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

import psutil

__all__ = ["ResourceMeter"]

_EVERY_S = 0.1


class ResourceMeter(AbstractContextManager["ResourceMeter"]):
    """Measure wall time, and the peak memory of this process and its workers together.

    Memory is sampled ten times a second. On Linux a page that several processes share counts
    once in all (proportional set size); elsewhere it counts once for each of them (resident set
    size), which errs on the high side.

    Attributes
    ----------
    seconds : float
        So far, or in all once closed.
    peak_mb : float
        In megabytes of 10⁶ bytes.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._started = time.perf_counter()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._stopped: float | None = None
        self.peak_mb = 0.0

    @property
    def seconds(self) -> float:
        """Wall time so far, or in all once closed."""
        return (self._stopped or time.perf_counter()) - self._started

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
        self._stopped = time.perf_counter()

    def sample(self) -> None:
        """Look at the memory now."""
        held = 0
        for process in (self._process, *self._children()):
            try:
                held += _memory_of(process)
            except psutil.NoSuchProcess:  # a worker that has just ended holds no memory
                continue
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


def _memory_of(process: psutil.Process) -> int:
    """Give bytes held by a process; shared pages in part, where the system tells."""
    if psutil.LINUX:
        try:
            return int(process.memory_full_info().pss)
        except psutil.AccessDenied:  # somebody else's child process
            return int(process.memory_info().rss)
    return int(process.memory_info().rss)
