"""What `in_columns_of` promises."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hybridmfp.errors import CohortError
from hybridmfp.features import SessionDigest, in_columns_of
from hybridmfp.features.trial_bag import TrialBag

COLUMNS = ("kin.a", "emg.b.biceps", "emg.b.triceps")
SESSION_COLUMNS = ("kin.c", "emg.d")
MUSCLES = ("biceps", "triceps", "deltoid")


def complete() -> SessionDigest:
    rng = np.random.default_rng(0)
    bag = TrialBag(
        muscles=MUSCLES,
        bands_hz=((20.0, 60.0), (60.0, 120.0)),
        emg=rng.random((4, 3, 2, 16)).astype(np.float32),
        channels=("hand_speed",),
        kinematics=rng.random((4, 1, 16)).astype(np.float32),
        duration_s=np.ones(4, dtype=np.float32),
    )
    return SessionDigest(
        subject="p1",
        session="v1",
        task=np.array(["reach"] * 4),
        columns=COLUMNS,
        features=rng.random((4, 3)),
        session_columns=SESSION_COLUMNS,
        session_features=rng.random(2),
        movement=rng.random((4, 5, 101)).astype(np.float32),
        envelopes=rng.random((4, 3, 101)).astype(np.float32),
        bag=bag,
    )


def part_of(whole: SessionDigest, muscles: list[int], columns: list[int]) -> SessionDigest:
    """What is left with some muscles and columns, in the order given."""
    assert whole.bag is not None
    return dataclasses.replace(
        whole,
        columns=tuple(whole.columns[at] for at in columns),
        features=whole.features[:, columns],
        session_columns=whole.session_columns[1:],
        session_features=whole.session_features[1:],
        envelopes=whole.envelopes[:, muscles],
        bag=dataclasses.replace(
            whole.bag,
            muscles=tuple(whole.bag.muscles[at] for at in muscles),
            emg=whole.bag.emg[:, muscles],
        ),
    )


def test_what_a_part_has_comes_back_and_the_rest_is_nan() -> None:
    whole = complete()

    back = in_columns_of(part_of(whole, [2, 0], [2, 1]), whole)

    assert (back.columns, back.session_columns) == (COLUMNS, SESSION_COLUMNS)
    assert np.isnan(back.features[:, 0]).all()
    assert (back.features[:, 1:] == whole.features[:, 1:]).all()
    assert np.isnan(back.session_features[0])
    assert back.session_features[1] == whole.session_features[1]
    assert np.isnan(back.envelopes[:, 1]).all()
    assert (back.envelopes[:, [0, 2]] == whole.envelopes[:, [0, 2]]).all()
    assert back.bag is not None
    assert whole.bag is not None
    assert back.bag.muscles == MUSCLES
    assert np.isnan(back.bag.emg[:, 1]).all()
    assert (back.bag.emg[:, [0, 2]] == whole.bag.emg[:, [0, 2]]).all()
    assert back.envelopes.dtype == back.bag.emg.dtype == np.float32


def test_its_own_columns_change_nothing() -> None:
    whole = complete()

    same = in_columns_of(whole, whole)

    for name in ("features", "session_features", "movement", "envelopes"):
        assert (getattr(same, name) == getattr(whole, name)).all()


@pytest.mark.parametrize("with_bags", [True, False])
def test_without_any_muscle_all_envelopes_are_gaps(with_bags: bool) -> None:
    whole = complete()
    part = part_of(whole, [], [0])
    if not with_bags:
        whole, part = (dataclasses.replace(one, bag=None) for one in (whole, part))

    back = in_columns_of(part, whole)

    assert back.envelopes.shape == whole.envelopes.shape
    assert np.isnan(back.envelopes).all()
    assert (back.bag is not None) == with_bags


def test_a_column_or_muscle_that_the_other_lacks_is_refused() -> None:
    whole = complete()

    with pytest.raises(CohortError, match=r"^columns of a session must be .*2 more.*'kin\.a'"):
        in_columns_of(whole, part_of(whole, [0, 1, 2], [1]))
    with pytest.raises(CohortError, match=r"^muscles of a session must be .*1 more.*'deltoid'"):
        in_columns_of(part_of(whole, [0, 2], [0]), part_of(whole, [0, 1], [0]))
    with pytest.raises(CohortError, match=r"^session columns of a session .*'kin\.c'"):
        in_columns_of(whole, part_of(whole, [0, 1, 2], [0, 1, 2]))


def test_muscles_that_nobody_names_are_not_guessed() -> None:
    whole = complete()
    nameless = dataclasses.replace(part_of(whole, [0], [0]), bag=None)

    with pytest.raises(CohortError, match="1 and 3 muscles must both have a bag"):
        in_columns_of(nameless, whole)
