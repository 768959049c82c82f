from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import kurtosis, skew

from hybridmfp.pipelines import CohortDigest
from hybridmfp.pipelines.published_rows import STATISTICS, published_rows


def test_each_statistic_is_what_numpy_and_scipy_say(small_digest: CohortDigest) -> None:
    features = small_digest.sessions[0].features

    row = published_rows(small_digest.sessions[:1])[0].reshape(len(STATISTICS), -1)

    expected = [
        features.mean(axis=0),
        features.std(axis=0),
        features.min(axis=0),
        features.max(axis=0),
        np.median(features, axis=0),
        np.quantile(features, 0.25, axis=0),
        np.quantile(features, 0.75, axis=0),
    ]
    np.testing.assert_allclose(row[:7], expected, rtol=1e-9)
    varied = np.isfinite(row[7])
    assert varied.mean() > 0.9
    np.testing.assert_allclose(row[7, varied], skew(features[:, varied]), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(row[8, varied], kurtosis(features[:, varied]), rtol=1e-6, atol=1e-9)


def test_a_gap_is_skipped_and_an_unseen_feature_is_nan(small_digest: CohortDigest) -> None:
    session = small_digest.sessions[0]
    features = session.features.copy()
    features[0, 0] = np.nan
    features[:, 1] = np.nan

    row = published_rows([dataclasses.replace(session, features=features)])[0]

    n_columns = features.shape[1]
    assert row[0] == pytest.approx(features[1:, 0].mean(), rel=1e-12)
    assert np.isnan(row[1::n_columns]).all()
