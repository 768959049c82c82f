"""What counts as missing from a session."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridmfp.pipelines.session_doubt import lost_share

SHARES = st.floats(0, 1)
VERDICTS = st.lists(st.sampled_from(["green", "amber", "red"]), max_size=5)


@given(seen=SHARES, usual=SHARES, verdicts=VERDICTS)
def test_a_share_lies_between_nothing_and_everything(
    seen: float, usual: float, verdicts: list[str]
) -> None:
    channels = {str(at): one for at, one in enumerate(verdicts)}

    lost = lost_share(seen, usual, channels)

    assert 0 <= lost <= 1
    if usual > 0:
        assert lost_share(0, usual, channels) == 1


def test_seeing_more_than_usual_makes_up_for_nothing() -> None:
    assert lost_share(1.0, 0.5, {}) == 0
    assert lost_share(1.0, 0.5, {"a": "amber"}) == 0.5


@pytest.mark.parametrize(("n_amber", "lost"), [(0, 0.2), (1, 0.3), (2, 0.4), (4, 0.6)])
def test_a_doubtful_channel_counts_half_of_what_is_left(n_amber: int, lost: float) -> None:
    verdicts = {str(at): "amber" if at < n_amber else "green" for at in range(4)}

    assert lost_share(0.8, 1.0, verdicts) == pytest.approx(lost)


def test_what_a_model_never_sees_is_not_missed() -> None:
    assert lost_share(0.0, 0.0, {"a": "amber"}) == 0
