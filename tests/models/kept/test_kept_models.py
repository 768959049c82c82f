"""What kept models promise: after a way through a file they say the same, to the last bit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import kept_builder as build
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from hybridmfp.errors import CohortError, SettingsError
from hybridmfp.features.session import as_rows
from hybridmfp.io.model_container import read_container, write_container
from hybridmfp.io.strict_json import dump_json
from hybridmfp.models import ElasticNetEnsemble, HybridRegressor, SessionRows
from hybridmfp.models.fusion import FusionRegressor
from hybridmfp.models.kept import (
    KEPT_MODELS,
    check_can_be_kept,
    described_model,
    restored_model,
    under,
    with_prefix,
)
from hybridmfp.models.not_kept import NOT_KEPT
from hybridmfp.pipelines import MODELS, Settings
from hybridmfp.pipelines.models import model_for
from hybridmfp.pipelines.selection import look_inside


def read_back(kind: str, path: Path) -> Any:
    """The model of that kind after a way through a file."""
    described, arrays = described_model(build.fitted(kind))
    write_container(path, documents={"model": described}, arrays=arrays, overwrite=True)
    found = read_container(path)
    return restored_model(found.documents["model"], found.arrays)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.hmfp"


@pytest.mark.parametrize("kind", build.KINDS)
def test_a_model_read_back_says_the_same_to_the_last_bit(kind: str, path: Path) -> None:
    model, asked = build.fitted(kind), build.questions(kind)

    found = read_back(kind, path)

    assert type(found) is type(model)
    np.testing.assert_array_equal(found.predict(asked), model.predict(asked))
    if kind in build.ON_SESSIONS and not kind.startswith("fusion e"):
        rated = build.digest().sessions[: build.N_TRAINING]
        np.testing.assert_array_equal(found.predict(rated), model.predict(rated))


@pytest.mark.parametrize("kind", build.KINDS)
def test_a_model_read_back_makes_the_same_file(kind: str, path: Path) -> None:
    found = read_back(kind, path)
    content = path.read_bytes()

    described, arrays = described_model(found)
    write_container(path, documents={"model": described}, arrays=arrays, overwrite=True)

    assert path.read_bytes() == content


@pytest.mark.parametrize("kind", ["fusion", "fusion emg", "fusion total", "tuned", "hybrid"])
def test_embeddings_and_items_are_the_same_too(kind: str, path: Path) -> None:
    model, asked = build.fitted(kind), build.questions(kind)

    found = read_back(kind, path)

    np.testing.assert_array_equal(found.embed(asked), model.embed(asked))
    if kind != "fusion total":
        np.testing.assert_array_equal(found.predict_items(asked), model.predict_items(asked))


@pytest.mark.parametrize("kind", ["ensemble", "tuned", "hybrid", "alone", "table", "nothing kept"])
def test_what_a_model_chose_can_be_looked_at(kind: str, path: Path) -> None:
    found = look_inside(read_back(kind, path))

    assert found == look_inside(build.fitted(kind))
    assert found is not None


def test_everything_that_an_ensemble_tells_is_told_again(path: Path) -> None:
    for kind in ("ensemble", "table", "nothing kept"):
        model, found = build.fitted(kind), read_back(kind, path)
        assert found.weights_ == model.weights_
        assert list(found.weights_) == list(model.weights_)  # the order in which they are summed
        assert found.chosen_ == model.chosen_
        assert (found.fallback_, found.converged_) == (model.fallback_, model.converged_)
        assert found.feature_names_.tolist() == model.feature_names_.tolist()
        assert found.feature_names_.dtype.kind == model.feature_names_.dtype.kind
        np.testing.assert_array_equal(found.coefficients_, model.coefficients_)


def test_the_kinds_here_are_what_their_names_say() -> None:
    assert build.fitted("nothing kept").fallback_ == "training mean"
    assert build.fitted("alone").networks_ == []
    assert len(build.fitted("hybrid").networks_) == 2
    assert build.fitted("fusion total").network_.items is None
    assert build.fitted("tuned").start_ is not None
    assert build.fitted("ensemble").front_.prepare.envelope_aligner_ is None


def test_templates_of_envelopes_are_kept_where_they_were_learned(path: Path) -> None:
    """Some training sessions lack kinematics, so that their envelopes were aligned."""
    sessions = build.digest().sessions[: build.N_TRAINING]
    mixed = as_rows([*sessions[:6], *(build.without(one, "kinematics") for one in sessions[6:])])
    model = model_for(build.digest(), "ensemble", settings=Settings())
    model.fit(mixed, build.digest().scores[: build.N_TRAINING])
    assert model.front_.prepare.envelope_aligner_ is not None

    described, arrays = described_model(model)
    found = restored_model(described, arrays)

    asked = build.strangers()
    np.testing.assert_array_equal(found.predict(asked), model.predict(asked))


def test_a_model_of_a_table_with_named_columns_keeps_their_names() -> None:
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(build.questions("table"), columns=list("abcdefgh"))
    model = ElasticNetEnsemble(minimum=0, maximum=66).fit(X, np.arange(7.0))

    found = restored_model(*described_model(model))

    np.testing.assert_array_equal(found.predict(X), model.predict(X))
    with pytest.raises(ValueError, match="feature names"):
        found.predict(X[list("hgfedcba")])


def test_many_models_lie_in_one_file(path: Path) -> None:
    documents, arrays = {}, {}
    for at, kind in enumerate(("table", "nothing kept")):
        described, some = described_model(build.fitted(kind))
        documents[f"fold-{at}"] = described
        arrays |= with_prefix(f"fold.{at}.", some)
    write_container(path, documents=documents, arrays=arrays)

    found = read_container(path)

    for at, kind in enumerate(("table", "nothing kept")):
        model = restored_model(found.documents[f"fold-{at}"], under(f"fold.{at}.", found.arrays))
        asked = build.questions(kind)
        np.testing.assert_array_equal(model.predict(asked), build.fitted(kind).predict(asked))


def test_another_process_says_the_same_without_ever_having_fitted(path: Path) -> None:
    read_back("table", path)
    asked = build.questions("table")
    np.save(path.with_suffix(".npy"), asked)
    program = (
        "import sys, numpy as np\n"
        "from hybridmfp.io.model_container import read_container\n"
        "from hybridmfp.models.kept import restored_model\n"
        f"found = read_container({str(path)!r})\n"
        "model = restored_model(found.documents['model'], found.arrays)\n"
        f"said = model.predict(np.load({str(path.with_suffix('.npy'))!r}))\n"
        "assert 'torch' not in sys.modules\n"
        "print(said.tobytes().hex())"
    )

    said = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()

    assert said == build.fitted("table").predict(asked).tobytes().hex()


# What is not inside


def test_no_control_recording_rating_or_name_of_a_person_is_in_a_file(path: Path) -> None:
    digest = build.digest()
    read_back("hybrid", path)
    content = path.read_bytes()

    for one in [*digest.sessions, *digest.controls]:
        for array in (one.features, one.movement, one.envelopes, one.bag.emg, one.bag.kinematics):
            for trial in array:
                assert trial.tobytes() not in content
        assert f'"{one.subject}"'.encode() not in content
    assert digest.scores.tobytes() not in content


def test_scores_of_neighbours_and_their_components_are_inside_as_the_documents_say() -> None:
    described, arrays = described_model(build.fitted("table"))
    model = build.fitted("table")

    at = [one["kind"] for one in described["members"]].index("nearest-neighbours")
    rows, scores = arrays[f"members.{at}.rows"], arrays[f"members.{at}.scores"]

    assert rows.shape == (30, model.front_.reduction.n_components)
    assert scores.std() == pytest.approx(1)


# Fitting again


def test_a_model_without_data_of_persons_among_its_parameters_can_be_fitted_again() -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(20, 8)), rng.normal(33, 9, size=20)
    model = build.fitted("table")
    found = restored_model(*described_model(model))

    assert found.get_params() == model.get_params()
    again = clone(found).fit(X, y).predict(X)

    np.testing.assert_array_equal(again, clone(model).fit(X, y).predict(X))


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [
        ("ensemble", "prepare__controls"),
        ("fusion", "controls, rows"),
        ("fusion total", "controls"),
        ("hybrid", "ensemble__prepare__controls, network__controls, network__rows"),
        ("alone", "ensemble__prepare__controls, network__controls, network__rows"),
    ],
)
def test_what_was_left_out_is_asked_for_before_a_model_is_fitted_again(
    kind: str, lacking: str, path: Path
) -> None:
    digest, found = build.digest(), read_back(kind, path)
    before = found.predict(build.questions(kind))

    for one in (found, clone(found)):
        with pytest.raises(SettingsError, match=f"must be given {lacking} to be fitted again"):
            one.fit(digest.sessions[:12], digest.scores[:12])
    np.testing.assert_array_equal(found.predict(build.questions(kind)), before)


def test_with_what_was_left_out_a_model_can_be_fitted_again(path: Path) -> None:
    digest = build.digest()
    whole = clone(read_back("hybrid", path)).set_params(
        ensemble__prepare__controls=digest.controls,
        network__controls=digest.controls,
        network__rows=digest.rows,
    )

    whole.fit(digest.sessions[: build.N_TRAINING], digest.scores[: build.N_TRAINING])

    asked = build.strangers()
    np.testing.assert_array_equal(whole.predict(asked), build.fitted("hybrid").predict(asked))


def test_rows_of_a_file_say_what_they_lack() -> None:
    with pytest.raises(SettingsError, match=r"controls.*Call set_params\(controls=\.\.\.\)"):
        SessionRows(controls=NOT_KEPT).fit(build.digest().sessions)  # type: ignore[arg-type]


def test_a_network_in_a_file_of_its_own_says_so_too(tmp_path: Path) -> None:
    build.fitted("fusion").save(tmp_path / "network.safetensors")

    found = FusionRegressor.load(tmp_path / "network.safetensors")

    with pytest.raises(SettingsError, match="must be given controls, rows"):
        found.fit(build.digest().sessions, build.digest().scores)


# What cannot be kept


def test_what_can_be_kept_is_known_before_it_is_fitted() -> None:
    kept = []
    for name in MODELS:
        try:
            check_can_be_kept(model_for(build.digest(), name, settings=build.settings()))
        except SettingsError as refused:
            assert all(one in str(refused) for one in KEPT_MODELS)  # noqa: PT017 - many names
        else:
            kept.append(name)

    assert kept == [
        name for name in MODELS if name in ("hybrid", "ensemble") or name.startswith("fusion")
    ]


def test_parts_of_another_kind_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"must be one of Elastic.*got Ridge\. Fit one of"):
        described_model(Ridge())
    with pytest.raises(SettingsError, match=r"got HybridRegressor of Ridge"):
        check_can_be_kept(HybridRegressor(network=Ridge(), ensemble=ElasticNetEnsemble()))
    with pytest.raises(SettingsError, match=r"made by SessionRows.*got Ridge"):
        check_can_be_kept(ElasticNetEnsemble(prepare=Ridge()))


def test_a_child_class_is_not_taken_for_its_parent() -> None:
    class Other(ElasticNetEnsemble):
        """Might estimate in another way."""

    with pytest.raises(SettingsError, match="got Other"):
        check_can_be_kept(Other())


def test_a_model_that_has_learned_nothing_is_not_kept() -> None:
    for name in ("hybrid", "ensemble", "fusion"):
        with pytest.raises(NotFittedError):
            described_model(model_for(build.digest(), name, settings=build.settings()))


# Sessions of other cohorts


def test_sessions_with_other_columns_or_muscles_are_refused_not_misread(path: Path) -> None:
    import dataclasses

    found, one = read_back("ensemble", path), build.strangers()[0]
    renamed = dataclasses.replace(one, columns=(*one.columns[:-1], "another"))
    turned = dataclasses.replace(one, columns=one.columns[::-1])
    fewer = dataclasses.replace(one, envelopes=one.envelopes[:, :1])

    with pytest.raises(CohortError, match=r"2 differ, such as .*in_columns_of"):
        found.predict(as_rows([renamed]))
    with pytest.raises(CohortError, match="all of them in another order"):
        found.predict(as_rows([turned]))
    with pytest.raises(CohortError, match="envelopes must have the muscles"):
        found.predict(as_rows([fewer]))


def test_a_description_is_plain_json() -> None:
    for kind in build.KINDS:
        described, _ = described_model(build.fitted(kind))
        assert json.loads(dump_json(described, what=kind))["kind"] == described["kind"]
