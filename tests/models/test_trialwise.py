"""What the outside regressors of trials promise, MiniRocket and InceptionTime alike."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from hybridmfp.errors import CohortError, MissingDependencyError, SettingsError
from hybridmfp.evaluation import cross_predict, grouped_k_folds
from hybridmfp.features.session import SessionDigest, as_rows
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.models.inception_time import InceptionTimeRegressor
from hybridmfp.models.mini_rocket import MiniRocketRegressor

N_POINTS = 32
PHASE = np.linspace(0, 1, N_POINTS)
QUICK = {
    "MiniRocket": lambda **other: MiniRocketRegressor(n_kernels=168, **other),
    "InceptionTime": lambda **other: InceptionTimeRegressor(
        **{"n_epochs": 2, "n_filters": 2, "depth": 1, **other}
    ),
}
Quick = Callable[..., Any]


def visit(number: int, *, score: float, emg: bool = True, moved: bool = True) -> SessionDigest:
    """Trials in which the second kinematic channel swings the wider, the higher the score."""
    rng = np.random.default_rng(number)
    n_trials = 3 + number % 3
    kinematics = rng.normal(0, 0.3, size=(n_trials, 3, N_POINTS))
    kinematics[:, 1] += (0.5 + score / 33) * np.sin(np.pi * PHASE)
    activity = rng.random((n_trials, 2, 2, N_POINTS))
    empty = np.empty((n_trials, 0))
    bag = TrialBag(
        muscles=("biceps_brachii", "triceps_brachii"),
        bands_hz=((20.0, 60.0), (60.0, 120.0)),
        emg=(activity if emg else np.full_like(activity, np.nan)).astype(np.float32),
        channels=("a", "b", "c"),
        kinematics=(kinematics if moved else np.full_like(kinematics, np.nan)).astype(np.float32),
        duration_s=np.ones(n_trials, dtype=np.float32),
    )
    task = np.array(["reach"] * n_trials)
    return SessionDigest(f"p{number:02d}", "1", task, (), empty, (), np.empty(0), empty, empty, bag)


SCORES = np.random.default_rng(0).uniform(0, 66, size=40)
VISITS = as_rows([visit(number, score=score) for number, score in enumerate(SCORES)])
FEW, FEW_SCORES = VISITS[:8], SCORES[:8]


@pytest.fixture(params=QUICK)
def quick(request: pytest.FixtureRequest) -> Quick:
    if request.param == "InceptionTime":
        pytest.importorskip("torch", reason="torch is not installed; InceptionTime needs it")
    return QUICK[request.param]


def test_a_planted_relation_is_learned(quick: Quick) -> None:
    model = quick(n_epochs=60, n_filters=8) if quick is QUICK["InceptionTime"] else quick()

    predicted = model.fit(VISITS[:28], SCORES[:28]).predict(VISITS[28:])

    mae_points = np.abs(predicted - SCORES[28:]).mean()
    assert mae_points < 0.5 * np.abs(SCORES[:28].mean() - SCORES[28:]).mean()


def test_it_gives_one_finite_number_for_each_session(quick: Quick) -> None:
    predicted = quick().fit(FEW, FEW_SCORES).predict(VISITS[8:13])

    assert predicted.shape == (5,)
    assert predicted.dtype == np.float64
    assert np.isfinite(predicted).all()


def test_estimates_stay_on_the_scale(quick: Quick) -> None:
    free = quick().fit(FEW, FEW_SCORES).predict(FEW)
    low, high = np.quantile(free, [0.3, 0.7])

    bound = quick(minimum=low, maximum=high).fit(FEW, FEW_SCORES).predict(FEW)

    np.testing.assert_array_equal(bound, np.clip(free, low, high))


def test_the_same_seed_gives_the_same_estimates_and_another_seed_others(quick: Quick) -> None:
    first = quick(random_state=3).fit(FEW, FEW_SCORES)

    again = clone(first).fit(FEW, FEW_SCORES)
    other = quick(random_state=4).fit(FEW, FEW_SCORES)

    np.testing.assert_array_equal(again.predict(VISITS), first.predict(VISITS))
    assert not np.array_equal(other.predict(VISITS), first.predict(VISITS))


def test_the_order_of_the_sessions_does_not_matter(quick: Quick) -> None:
    order = np.random.default_rng(1).permutation(len(FEW))
    model = quick().fit(FEW, FEW_SCORES)

    shuffled = quick().fit(FEW[order], FEW_SCORES[order])

    np.testing.assert_array_equal(shuffled.predict(VISITS), model.predict(VISITS))
    np.testing.assert_allclose(
        model.predict(FEW[order]), model.predict(FEW)[order], atol=1e-4
    )  # float32, batched otherwise


def test_a_list_serves_as_well_as_an_array(quick: Quick) -> None:
    of_list = quick().fit(list(FEW), list(FEW_SCORES)).predict(list(FEW))

    np.testing.assert_array_equal(of_list, quick().fit(FEW, FEW_SCORES).predict(FEW))


def test_a_fitted_model_survives_pickling(quick: Quick) -> None:
    model = quick().fit(FEW, FEW_SCORES)

    revived = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes

    np.testing.assert_array_equal(revived.predict(VISITS), model.predict(VISITS))


@pytest.mark.parametrize("lost", [{"emg": False}, {"moved": False}])
@pytest.mark.parametrize("share", [1, 2])
def test_a_modality_may_be_missing_in_every_session_or_in_some(
    quick: Quick, lost: dict[str, bool], share: int
) -> None:
    sessions = as_rows(
        [
            visit(number, score=score, **(lost if number % share == 0 else {}))
            for number, score in enumerate(FEW_SCORES)
        ]
    )

    model = quick().fit(sessions, FEW_SCORES)

    assert np.isfinite(model.predict(sessions)).all()
    assert np.isfinite(model.predict(VISITS)).all()


def test_without_any_signal_everybody_gets_the_same_estimate(quick: Quick) -> None:
    sessions = as_rows([visit(at, score=0, emg=False, moved=False) for at in range(8)])

    predicted = quick().fit(sessions, FEW_SCORES).predict(sessions)

    np.testing.assert_allclose(predicted, predicted[0], atol=1e-4)  # float32


def test_equal_scores_give_that_score(quick: Quick) -> None:
    model = quick().fit(FEW, np.full(len(FEW), 42.0))

    np.testing.assert_allclose(model.predict(VISITS), 42.0, atol=1.0)  # a network starts elsewhere


def test_sessions_that_were_recorded_otherwise_are_refused(quick: Quick) -> None:
    other = replace(FEW[1], bag=replace(FEW[1].bag, channels=("a", "b", "x")))
    model = quick().fit(FEW, FEW_SCORES)

    with pytest.raises(CohortError, match="the channels of the first session met in fit"):
        model.predict([other])
    with pytest.raises(CohortError, match="session '1' of 'p01' has"):
        quick().fit([FEW[0], other], FEW_SCORES[:2])


def test_sessions_without_their_signals_are_refused(quick: Quick) -> None:
    bare = replace(FEW[1], bag=None)

    with pytest.raises(CohortError, match="must bring the signals of its trials"):
        quick().fit([FEW[0], bare], FEW_SCORES[:2])


def test_one_session_is_too_few(quick: Quick) -> None:
    with pytest.raises(CohortError, match="at least 2 sessions to learn from; got 1"):
        quick().fit(FEW[:1], FEW_SCORES[:1])


def test_a_missing_score_is_refused(quick: Quick) -> None:
    with pytest.raises(ValueError, match="NaN"):
        quick().fit(FEW, np.where(np.arange(8) == 2, np.nan, FEW_SCORES))


def test_without_sktime_the_way_to_install_it_is_named(
    quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("transformations.rocket", "regression.deep_learning.inceptiontime"):
        monkeypatch.setitem(sys.modules, f"sktime.{module}", None)

    with pytest.raises(MissingDependencyError, match=r'pip install "hybridmfp\[compare\]"'):
        quick().fit(FEW, FEW_SCORES)


def test_without_torch_the_way_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import_module("sktime.regression.deep_learning.inceptiontime")  # whole, for the tests after

    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(MissingDependencyError, match=r"torch must be installed.*\[compare\]"):
        InceptionTimeRegressor().fit(FEW, FEW_SCORES)


def test_importing_the_models_imports_neither_sktime_nor_torch() -> None:
    script = (
        "import sys, hybridmfp.models.mini_rocket, hybridmfp.models.inception_time;"
        "print(sorted({'sktime', 'torch'} & set(sys.modules)))"
    )

    said = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"


def test_the_generator_and_the_threads_of_others_are_left_alone() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed; InceptionTime needs it")
    state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    of_numpy = np.random.get_state()[1].copy()  # noqa: NPY002 - to see that it is not touched

    for build in QUICK.values():
        build().fit(FEW, FEW_SCORES).predict(FEW)

    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == n_threads
    np.testing.assert_array_equal(np.random.get_state()[1], of_numpy)  # noqa: NPY002


def test_the_number_of_threads_does_not_change_minirocket() -> None:
    one, all_ = (QUICK["MiniRocket"](n_jobs=n_jobs).fit(FEW, FEW_SCORES) for n_jobs in (1, -1))

    np.testing.assert_array_equal(one.predict(VISITS), all_.predict(VISITS))


def test_minirocket_with_too_few_kernels_is_refused() -> None:
    with pytest.raises(SettingsError, match="n_kernels must be at least 84; got 83"):
        MiniRocketRegressor(n_kernels=83).fit(FEW, FEW_SCORES)


@pytest.mark.slow
def test_folds_in_other_processes_give_the_same_estimates(quick: Quick) -> None:
    subject = [one.subject for one in VISITS]
    folds = grouped_k_folds(subject, n_folds=2)

    here, elsewhere = (
        cross_predict(quick(), VISITS, SCORES, subject=subject, folds=folds, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )

    np.testing.assert_array_equal(elsewhere.predicted, here.predicted)
