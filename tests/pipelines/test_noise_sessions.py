"""What sessions of noise promise: shapes of a real one, and nothing of anybody in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone

from hybridmfp.evaluation import AuditPlan
from hybridmfp.features.session import SessionDigest
from hybridmfp.features.trial_bag import TrialBag
from hybridmfp.pipelines import CohortDigest, EvaluationPlan, Settings
from hybridmfp.pipelines import audit as audit_module
from hybridmfp.pipelines.noise_sessions import OnNoise, noise_session

ARRAYS = ("features", "session_features", "movement", "envelopes")
OF_BAG = ("emg", "kinematics", "duration_s")


def like(bag: bool = True) -> SessionDigest:
    def one(*shape: int, kind: str = "float32") -> np.ndarray:
        return np.full(shape, np.nan, dtype=kind)  # of which nothing may be left

    return SessionDigest(
        subject="somebody",
        session="2",
        task=np.array(["reach", "drink"]),
        columns=("a", "b", "c"),
        features=one(2, 3, kind="float64"),
        session_columns=("d",),
        session_features=one(1, kind="float64"),
        movement=one(2, 4, 21),
        envelopes=one(2, 3, 21),
        bag=TrialBag(("biceps", "triceps"), ((20.0, 90.0),), one(2, 2, 1, 400), ("x",),
                     one(2, 1, 400), one(2)) if bag else None,
    )  # fmt: skip


def held(session: SessionDigest) -> dict[str, np.ndarray]:
    found = {name: getattr(session, name) for name in ARRAYS}
    return found | {name: getattr(session.bag, name) for name in OF_BAG if session.bag is not None}


ROW, OTHER = np.random.default_rng(0).normal(size=(2, 5))


def test_the_same_row_is_the_same_session_and_another_row_another() -> None:
    one, again, other = (noise_session(row, like()) for row in (ROW, ROW.copy(), OTHER))

    for name, array in held(one).items():
        np.testing.assert_array_equal(held(again)[name], array)
        assert not np.isclose(held(other)[name], array).any()
    assert one.subject == again.subject
    assert other.subject != one.subject


def test_shapes_types_and_names_are_those_of_the_session_it_is_like() -> None:
    real = like()

    made = noise_session(ROW, real)

    for name, array in held(made).items():
        assert array.shape == held(real)[name].shape
        assert array.dtype == held(real)[name].dtype
        assert np.isfinite(array).all()
    assert (made.columns, made.session_columns) == (real.columns, real.session_columns)
    assert made.bag.muscles == real.bag.muscles
    assert (made.bag.duration_s > 0).all()
    assert np.isnan(real.features).all()  # which stays as it was
    assert noise_session(ROW, like(bag=False)).bag is None


def test_noise_is_standard_normal() -> None:
    emg = noise_session(ROW, like()).bag.emg

    assert emg.mean() == pytest.approx(0, abs=3 / np.sqrt(emg.size))
    assert emg.std() == pytest.approx(1, abs=3 / np.sqrt(2 * emg.size))


class Witness(RegressorMixin, BaseEstimator):
    """Gives the mean of what it met, and keeps whom that was."""

    def fit(self, X: Any, y: Any, groups: Any = None) -> Witness:
        self.met_, self.groups_ = [one.subject for one in X], groups
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X: Any) -> np.ndarray:
        known = np.isin([one.subject for one in X], self.met_)
        return np.where(known, np.nan, self.mean_)


class Ungrouped(Witness):
    def fit(self, X: Any, y: Any) -> Ungrouped:
        return super().fit(X, y)


@pytest.mark.parametrize(("kind", "told"), [(Witness, True), (Ungrouped, False)])
def test_a_model_of_sessions_learns_from_a_table_of_noise(kind: type[Witness], told: bool) -> None:
    table = np.random.default_rng(1).normal(size=(6, 3))
    on_noise = OnNoise(kind(), like())

    fitted = clone(on_noise).fit(table, np.arange(6.0), np.arange(6) // 2)
    predicted = fitted.predict(np.concatenate([table[:1], table[:1] + 1]))

    assert np.isnan(predicted[0])  # the same row is the same person again
    assert predicted[1] == 2.5
    assert (fitted.model_.groups_ is not None) == told
    assert len(set(fitted.model_.met_)) == 6
    assert not hasattr(on_noise.model, "met_")


def test_the_audit_asks_a_model_of_sessions_about_noise(
    small_digest: CohortDigest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_module, "model_for", lambda *_, **__: Witness())
    plan = EvaluationPlan(protocol="group-kfold", n_folds=3, n_jobs=1)

    result = audit_module.audit_model(
        small_digest, Settings(), plan, AuditPlan(n_draws=2, n_jobs=1)
    )

    # The mean of others, always; NaN if it had met anybody before.
    assert result.nested_noise_mae == pytest.approx([result.baseline_mae] * 2)
