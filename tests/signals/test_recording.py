"""What `Recording` promises."""

from __future__ import annotations

import pytest

from hybridmfp.errors import SignalError
from hybridmfp.signals import Recording, Signal, TrialKey

KEY = TrialKey("S1", "1", "12", "3")
EMG = Signal([[0.0, 1.0]], rate_hz=2000, channels=["biceps_brachii"], units="V")
POSITION = Signal([[0.0, 1.0]], rate_hz=200, channels=["wrist_x"], units="m")


def test_a_key_reads_as_a_path() -> None:
    assert str(KEY) == "S1/1/task-12/rep-3"


@pytest.mark.parametrize(
    ("signals", "modalities"),
    [
        ({"emg": EMG}, ("emg",)),
        ({"kinematics": POSITION}, ("kinematics",)),
        ({"emg": EMG, "kinematics": POSITION}, ("emg", "kinematics")),
    ],
)
def test_either_modality_may_be_absent(signals: dict, modalities: tuple[str, ...]) -> None:
    assert Recording(KEY, **signals).modalities == modalities


def test_a_recording_of_nothing_is_refused() -> None:
    with pytest.raises(SignalError, match="must have EMG or kinematics; S1/1/task-12/rep-3 has"):
        Recording(KEY)


def test_a_side_that_no_person_has_is_refused() -> None:
    with pytest.raises(SignalError, match="side must be 'left', 'right' or None; got 'both'"):
        Recording(KEY, emg=EMG, side="both")  # type: ignore[arg-type]
