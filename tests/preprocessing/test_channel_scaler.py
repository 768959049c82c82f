from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from hybridmfp.errors import SignalError
from hybridmfp.preprocessing.channel_scaler import ChannelScaler


def trials_with_gaps(seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    trials = rng.normal([[5.0], [-2.0], [0.1]], [[3.0], [0.01], [40.0]], (6, 3, 25))
    trials[rng.random(trials.shape) < 0.1] = np.nan
    return trials


def test_every_channel_gets_mean_zero_and_population_deviation_one() -> None:
    scores = ChannelScaler().fit_transform(trials_with_gaps())

    np.testing.assert_allclose(np.nanmean(scores, axis=(0, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(np.nanstd(scores, axis=(0, 2)), 1, rtol=1e-12)


def test_scores_are_those_of_scikit_learn_with_channels_as_columns() -> None:
    train, test = trials_with_gaps(1), trials_with_gaps(2)
    as_columns = StandardScaler().fit(train.transpose(0, 2, 1).reshape(-1, 3))

    scores = ChannelScaler().fit(train).transform(test)

    expected = as_columns.transform(test.transpose(0, 2, 1).reshape(-1, 3))
    np.testing.assert_allclose(
        scores, expected.reshape(6, 25, 3).transpose(0, 2, 1), rtol=1e-9, atol=1e-12
    )


def test_gaps_stay_where_they_are() -> None:
    trials = trials_with_gaps()

    scores = ChannelScaler().fit_transform(trials)

    np.testing.assert_array_equal(np.isnan(scores), np.isnan(trials))


def test_what_is_learned_comes_from_the_trials_of_fit_alone() -> None:
    train = trials_with_gaps()
    scaler = ChannelScaler().fit(train)
    learned = scaler.mean_.copy(), scaler.scale_.copy()

    scores = scaler.transform(train[:1] + 100)

    np.testing.assert_array_equal(scaler.mean_, learned[0])
    np.testing.assert_array_equal(scaler.scale_, learned[1])
    expected = scaler.transform(train[:1]) + 100 / scaler.scale_[:, np.newaxis]
    np.testing.assert_allclose(scores, expected, rtol=1e-9)


def test_the_inverse_gives_the_trials_back() -> None:
    trials = trials_with_gaps()
    trials[:, 1] = 0.1  # a constant comes back too
    scaler = ChannelScaler().fit(trials)

    np.testing.assert_allclose(
        scaler.inverse_transform(scaler.transform(trials)), trials, rtol=1e-12
    )


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e9])
def test_a_constant_channel_is_centred_and_listed(constant: float) -> None:
    trials = trials_with_gaps()
    trials[:, 1] = constant

    scaler = ChannelScaler().fit(trials)

    assert scaler.unscaled_.tolist() == [1]
    assert (scaler.transform(trials)[:, 1] == 0).all()
    assert scaler.scale_[1] == 1


def test_a_channel_that_was_never_valid_becomes_a_gap_and_is_listed() -> None:
    train, test = trials_with_gaps(), trials_with_gaps(1)
    train[:, 2] = np.nan

    scaler = ChannelScaler().fit(train)
    scores = scaler.transform(test)

    assert scaler.unscaled_.tolist() == [2]
    assert np.isnan(scores[:, 2]).all()
    assert np.isfinite(scores[:, :2]).any()


def test_units_do_not_matter() -> None:
    trials = trials_with_gaps()
    factor, offset = np.array([[1000.0], [0.001], [-1.0]]), np.array([[3.0], [0.0], [-7.0]])

    plain = ChannelScaler().fit_transform(trials)
    converted = ChannelScaler().fit_transform(trials * factor + offset)

    np.testing.assert_allclose(converted, plain * np.sign(factor), rtol=1e-9, atol=1e-11)


def test_trials_keep_their_floating_type_and_are_left_as_they_were() -> None:
    trials = trials_with_gaps().astype(np.float32)
    before = trials.copy()
    scaler = ChannelScaler().fit(trials)

    assert scaler.transform(trials).dtype == np.float32
    assert scaler.inverse_transform(trials).dtype == np.float32
    assert scaler.mean_.dtype == scaler.scale_.dtype == np.float64
    np.testing.assert_array_equal(trials, before)


def test_float32_trials_are_summed_in_double_precision() -> None:
    trials = (1000 + trials_with_gaps() / 1000).astype(np.float32)

    scaler = ChannelScaler().fit(trials)

    expected = np.nanmean(trials.astype(np.float64), axis=(0, 2))
    np.testing.assert_allclose(scaler.mean_, expected, rtol=1e-14)


def test_it_is_cloned_unfitted_and_has_no_settings() -> None:
    fitted = ChannelScaler().fit(trials_with_gaps())

    copy = clone(fitted)

    assert fitted.get_params() == {}
    assert not hasattr(copy, "mean_")
    with pytest.raises(NotFittedError, match="not fitted"):
        copy.transform(trials_with_gaps())


@pytest.mark.parametrize(
    ("trials", "message"),
    [
        (np.zeros((3, 4)), r"trials must be \(n_trials, n_channels, n_points\).*\(3, 4\)"),
        (np.zeros((0, 3, 4)), "at least one of each"),
        (np.full((1, 3, 4), np.inf), "trials must be finite.*12 infinite"),
        ([[["a"]]], "must hold real numbers"),
    ],
)
def test_trials_that_are_none_are_refused(trials: object, message: str) -> None:
    with pytest.raises(SignalError, match=message):
        ChannelScaler().fit(trials)  # type: ignore[arg-type]
    with pytest.raises(SignalError, match=message):
        ChannelScaler().fit(trials_with_gaps()).transform(trials)  # type: ignore[arg-type]


def test_other_channels_than_in_fit_are_refused() -> None:
    scaler = ChannelScaler().fit(trials_with_gaps())

    for apply in (scaler.transform, scaler.inverse_transform):
        with pytest.raises(SignalError, match="3 channels the scaler was fitted on; got 2"):
            apply(np.zeros((1, 2, 5)))
