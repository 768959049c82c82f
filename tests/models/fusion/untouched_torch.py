"""A fixture for tests of the network; import it, and it watches every test of the module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

__all__ = ["untouched_torch"]


@pytest.fixture(autouse=True)
def untouched_torch() -> Iterator[None]:
    """No test, and nothing it calls, may leave torch otherwise than it was."""
    state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    seen = torch.equal(torch.get_rng_state(), state), torch.get_num_threads()
    torch.set_rng_state(state)
    torch.set_num_threads(n_threads)
    assert seen == (True, 1), "torch's own generator was used, or the number of threads changed"
