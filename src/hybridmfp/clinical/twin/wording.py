"""The sentences that go with everything a twin says."""

from __future__ import annotations

from typing import Final

__all__ = ["NOT_A_PROMISE", "NO_SCORE", "PRACTICE_ASSUMPTIONS"]

NOT_A_PROMISE: Final = (
    "Simulation: this comes from a simulator of virtual patients, not from people. It has not "
    "been validated outside the simulator. It is neither a prognosis nor a promise."
)

NO_SCORE: Final = (
    "No change of the score is given: in the simulator, scores follow abilities and not the "
    "drive of a muscle, so it cannot say what a stronger muscle does to a score."
)

PRACTICE_ASSUMPTIONS: Final = (
    "The size of the therapy effect, corticospinal reserve and how well somebody responds are "
    "assumptions of the simulator. Reserve and response are not inferred from this patient; they "
    "are drawn anew, which widens the interval."
)
