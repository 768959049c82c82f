"""What `find_muscle` promises."""

from __future__ import annotations

from collections import Counter

import pytest

from hybridmfp.errors import MontageError
from hybridmfp.signals import ANTAGONISTS, MUSCLES, find_muscle


@pytest.mark.parametrize("muscle", MUSCLES)
def test_every_alias_leads_to_its_muscle_and_to_no_other(muscle: str) -> None:
    for name in (muscle, *MUSCLES[muscle]):
        assert find_muscle(name) == muscle
        assert find_muscle(f" m. {name.upper().replace('_', ' ')} ") == muscle
        assert find_muscle(name.replace("_", "-")) == muscle


def test_no_alias_is_given_twice() -> None:
    counted = Counter([*MUSCLES, *(alias for aliases in MUSCLES.values() for alias in aliases)])

    assert [name for name, times in counted.items() if times > 1] == []


def test_antagonists_are_muscles_and_no_pair_comes_twice() -> None:
    assert all(muscle in MUSCLES for pair in ANTAGONISTS for muscle in pair)
    assert len({frozenset(pair) for pair in ANTAGONISTS}) == len(ANTAGONISTS)


def test_a_typing_error_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(MontageError, match=r"got 'bicep'\. Did you mean 'biceps'\?"):
        find_muscle("bicep")


@pytest.mark.parametrize("name", ["", "m.", "qqqqqq"])
def test_a_muscle_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(MontageError, match="a muscle must be one of deltoid_anterior, "):
        find_muscle(name)
