"""Run what is over in seconds without looking for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["short_lived"]


@contextmanager
def short_lived() -> Iterator[None]:
    """Switch the search for reference cycles off, also for the end of the process.

    Importing PyTorch and scikit-learn makes a million objects that live until the end. Searching
    them for cycles again and again takes a quarter of the time of an assessment.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
