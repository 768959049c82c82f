"""What the search for the fullest sheet promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import pytest

from hybridmfp.app.report.sheets import fullest_that_fits


@dataclass
class Laid:
    amount: int
    pages: list[int]


def refuse() -> NoReturn:
    raise RuntimeError("nothing fits")


@pytest.mark.parametrize("n_amounts", [1, 2, 3, 4, 12, 15])
@pytest.mark.parametrize("n_sheets", [1, 2])
def test_it_is_the_largest_amount_that_fits_wherever_the_search_begins(
    n_amounts: int, n_sheets: int
) -> None:
    amounts = list(range(n_amounts, 0, -1))
    for largest in amounts:
        for guess in range(n_amounts):
            looked: list[int] = []

            def lay_out(amount: int, largest: int = largest, seen: list[int] = looked) -> Laid:
                seen.append(amount)
                return Laid(amount, [0] * (n_sheets if amount <= largest else n_sheets + 1))

            found = fullest_that_fits(
                lay_out, amounts, guess=guess, n_sheets=n_sheets, refuse=refuse
            )

            assert found.amount == largest
            assert len(set(looked)) == len(looked)
            near = abs(amounts.index(largest) - guess) <= 1
            assert len(looked) <= (4 if near else n_amounts)


def test_where_not_even_the_smallest_fits_it_is_refused() -> None:
    with pytest.raises(RuntimeError, match="nothing fits"):
        fullest_that_fits(lambda amount: Laid(amount, [0, 0]), [3, 2, 1], guess=0, refuse=refuse)
