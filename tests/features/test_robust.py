"""What `robust` promises."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from hybridmfp.features.robust import nan_quantiles

QUANTILES = (0.0, 0.25, 0.5, 0.9, 1.0)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 17, 50])
@pytest.mark.parametrize("share_missing", [0.0, 0.3, 0.9])
def test_quantiles_agree_with_numpy(n_rows: int, share_missing: float) -> None:
    rng = np.random.default_rng(n_rows)
    table = rng.normal(size=(n_rows, 40))
    table[rng.random(table.shape) < share_missing] = np.nan
    before = table.copy()

    found = nan_quantiles(table, QUANTILES)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy warns of columns without any value
        expected = np.nanquantile(table, QUANTILES, axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_array_equal(table, before)


def test_a_column_without_any_value_has_no_quantile() -> None:
    table = np.column_stack([np.arange(5.0), np.full(5, np.nan)])

    assert np.isnan(nan_quantiles(table, QUANTILES)).tolist() == [[False, True]] * len(QUANTILES)


def test_a_table_without_rows_has_no_quantile() -> None:
    found = nan_quantiles(np.empty((0, 3)), [0.5])

    assert found.shape == (1, 3)
    assert np.isnan(found).all()
