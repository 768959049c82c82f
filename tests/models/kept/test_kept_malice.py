"""What restoring promises of descriptions that somebody else wrote: refused, or harmless."""

from __future__ import annotations

import copy
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kept_builder as build
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridmfp.errors import HybridMfpError, ReadError
from hybridmfp.io.model_container import read_container, write_container
from hybridmfp.models.kept import Told, described_model, restored_model

Place = tuple[str | int, ...]

SMALL = ("table", "nothing kept", "ensemble", "alone")
NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1e308, "os.system", "__class__", "", [], {}, ["os.system"],
    [None], [[]], {"kind": "os.system"}, {"__reduce__": ["os.system", ["id"]]},
)  # fmt: skip
RUNS = {"os.system", "subprocess.Popen", "pickle.find_class", "os.exec", "os.posix_spawn"}


@cache
def warm() -> None:
    """Let numba read its own compiled kernels, which it keeps as pickles."""
    build.fitted("ensemble").predict(build.strangers())


class Watch:
    """Notes what Python starts, unpickles, imports or writes within it, and fails if anything."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[tuple[str, Any]] = []
        sys.addaudithook(self.note)

    def note(self, event: str, told: tuple[Any, ...]) -> None:
        if not self.on:
            return
        writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
        wrote = event == "open" and isinstance(told[2], int) and told[2] & writes
        if wrote or event in RUNS or (event == "import" and told[0] in {"antigravity", "this"}):
            self.seen.append((event, told))

    def __enter__(self) -> None:
        warm()
        self.seen, self.on = [], True

    def __exit__(self, *_: object) -> None:
        self.on = False
        assert self.seen == []


WATCH = Watch()


def described(kind: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A description that may be spoilt, as it comes from a file."""
    words, arrays = described_model(build.fitted(kind))
    return copy.deepcopy(words), {name: one.copy() for name, one in arrays.items()}


def places(words: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in a description, the containers too."""
    if at:
        yield at
    if isinstance(words, dict | list | tuple):
        for name, one in words.items() if isinstance(words, dict) else enumerate(words):
            yield from places(one, (*at, name))


def changed(words: dict[str, Any], at: Place, value: Any) -> dict[str, Any]:
    """The description with something else at one place."""
    words = listed(words)
    holder = words
    for step in at[:-1]:
        holder = holder[step]
    holder[at[-1]] = value
    return words


def listed(words: Any) -> Any:
    if isinstance(words, dict):
        return {name: listed(one) for name, one in words.items()}
    return [listed(one) for one in words] if isinstance(words, list | tuple) else words


def refused_or_harmless(kind: str, words: Any, arrays: dict[str, Any]) -> bool:
    """Say whether it was refused; a model that was not must answer, or refuse the question."""
    asked = build.questions(kind)
    with WATCH, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a task may have lost its name
        try:
            model = restored_model(words, arrays)
        except ReadError:
            return True
        try:
            said = model.predict(asked)
        except HybridMfpError:
            return False
    assert said.shape == (len(asked),)
    return False


@pytest.mark.parametrize("kind", SMALL)
def test_no_word_of_a_description_can_do_harm(kind: str) -> None:
    words, arrays = described(kind)
    everywhere = [at for at in places(words) if len(at) < 5 or at[-1] in (0, 1)]
    n_refused = n_tried = 0

    for at in everywhere:
        for value in (None, -1, "os.system", {"kind": "os.system"}):
            n_refused += refused_or_harmless(kind, changed(words, at, value), arrays)
            n_tried += 1

    assert n_refused > 0.7 * n_tried  # what is left are names, and numbers that may be others


@pytest.mark.parametrize("kind", ["hybrid", "recurrent"])
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_word_of_a_network_can_do_harm(kind: str, data) -> None:
    words, arrays = described(kind)
    at = data.draw(st.sampled_from(list(places(words))))

    refused_or_harmless(kind, changed(words, at, data.draw(st.sampled_from(NASTY))), arrays)


@pytest.mark.parametrize("kind", [*SMALL, "hybrid"])
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_word_that_is_missing_is_missed(kind: str, data) -> None:
    words, arrays = described(kind)
    at = data.draw(st.sampled_from([at for at in places(words) if isinstance(at[-1], str)]))
    words = listed(words)
    holder = words
    for step in at[:-1]:
        holder = holder[step]
    del holder[at[-1]]

    refused = refused_or_harmless(kind, words, arrays)

    optional = {"mdc_points", "mdc_source", "requires", "items", "auxiliary", "start", "left_out"}
    with_defaults = {"settings", "start"} & {*at[:-1]}
    assert refused or at[-1] in optional or with_defaults


def spoilt(array: np.ndarray) -> dict[str, np.ndarray]:
    """Another array in the place of one, by what is wrong with it."""
    wrong = {
        "another type": array.astype(np.float16),
        "one axis more": array[np.newaxis],
        "nothing": array[:0],
        "too long": np.concatenate([array, array])[: 2 * len(array) + 1],
        "flat": array.reshape(-1)[:1],
        "infinite": np.full(array.shape, np.inf),
    }
    if array.dtype.kind == "i":
        wrong |= {
            "negative": np.full_like(array, -7),
            "far outside": np.full_like(array, 2**40),
            "backwards": array[::-1].copy(),
        }
    return wrong


@pytest.mark.parametrize("kind", [*SMALL, "hybrid"])
def test_no_array_can_be_exchanged_for_one_of_another_kind(kind: str) -> None:
    words, arrays = described(kind)
    of_networks = [name for name in arrays if name.startswith("networks.")]
    left_out = {*of_networks} - {*of_networks[::40]}  # there are hundreds, all checked alike
    if kind == "hybrid":
        left_out |= {name for name in arrays if name.startswith("stack.")}  # as of the ensemble
    believed = []

    for name, array in arrays.items():
        for how, other in spoilt(array).items() if array.ndim and name not in left_out else ():
            same = other.shape == array.shape and np.array_equal(other, array, equal_nan=True)
            if same and other.dtype == array.dtype:
                continue
            if not refused_or_harmless(kind, words, {**arrays, name: other}):
                believed.append((name.rpartition(".")[2], how))

    # Which component a tree looks at is anybody's word; networks may be kept in 16 bits.
    assert {(name, how) for name, how in believed if how != "another type"} <= {
        ("column", "backwards")
    }
    assert kind == "hybrid" or "another type" not in {how for _, how in believed}


def test_an_array_that_is_missing_is_missed() -> None:
    for kind in ("table", "ensemble", "hybrid"):
        words, arrays = described(kind)
        for name in list(arrays)[:: 9 if kind == "hybrid" else 1]:
            rest = {other: one for other, one in arrays.items() if other != name}
            with pytest.raises(ReadError, match="must describe itself completely"):
                restored_model(words, rest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("emg_scale.spread", 0.0),
        ("kinematics_scale.spread", -1.0),
        ("kind", np.nan),
        ("trials_to_person.value.weight", np.inf),
    ],
)
def test_weights_that_make_no_sense_are_refused(name: str, value: float) -> None:
    words, arrays = described("fusion")
    arrays[f"network.{name}"][...] = value

    with pytest.raises(ReadError, match=r"must be (finite|positive)"):
        restored_model(words, arrays)


@pytest.mark.parametrize(
    "wish",
    [
        lambda words: words["settings"]["network"].update(width=2**20, n_heads=2),
        lambda words: words["settings"]["network"].update(n_heads=2**30, width=2**31),
        lambda words: words["reader"].update(n_points=2**40),
        lambda words: words.update(n_context=2**40),
        lambda words: words["reader"].update(tasks=["a"] * 100_000),
        lambda words: words["reader"].update(bands_hz=[[1.0, 2.0]] * 100_000),
    ],
)
def test_a_network_that_would_fill_the_memory_is_never_built(
    wish: Callable[[dict[str, Any]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hybridmfp.models.fusion import model_file

    words, arrays = described("fusion")
    wish(words["network"])
    built: list[object] = []
    monkeypatch.setattr(model_file, "FusionNetwork", lambda *given: built.append(given))
    with pytest.raises(ReadError, match="must describe itself completely"):
        restored_model(words, arrays)

    assert not built


def test_kinds_are_known_by_name_and_looked_up_nowhere() -> None:
    words, arrays = described("table")

    for kind in ("os.system", "builtins.eval", "sklearn.svm.SVR", "antigravity", "Line", "line "):
        for at in (("kind",), ("members", 1, "kind")):
            with WATCH, pytest.raises(ReadError, match=r"kind of the model.* must be one of"):
                restored_model(changed(words, at, kind), arrays)


def test_a_file_of_malice_does_nothing(tmp_path: Path) -> None:
    """The whole way: a well-formed container with right hashes, whose words wish for a program."""
    path = tmp_path / "model.hmfp"
    wishes = {
        "kind": "os.system", "args": [f"touch {tmp_path / 'run'}"],
        "__reduce__": ["os.system", [f"touch {tmp_path / 'run'}"]], "py/object": "os.system",
    }  # fmt: skip
    write_container(path, documents={"model": wishes}, arrays={})

    with WATCH:
        found = read_container(path)
        with pytest.raises(ReadError, match=r"got 'os\.system'"):
            restored_model(found.documents["model"], found.arrays)

    assert [one.name for one in tmp_path.iterdir()] == ["model.hmfp"]


@pytest.mark.parametrize("words", [None, [], "x", 3, {1: 2}])
def test_what_is_no_description_is_refused(words: Any) -> None:
    with pytest.raises(ReadError, match="all of the model must be a mapping by text"):
        restored_model(words, {})


def test_weights_of_a_stack_are_shares() -> None:
    words, arrays = described("table")

    for value in (-0.5, 2.0, 1e300):
        with pytest.raises(ReadError, match="weights that sum to 1"):
            restored_model(changed(words, ("members", 0, "weight"), value), arrays)


def test_two_members_of_one_name_are_refused() -> None:
    words, arrays = described("table")
    name = words["members"][1]["name"]

    with pytest.raises(ReadError, match="a name of its own"):
        restored_model(changed(words, ("members", 0, "name"), name), arrays)


def test_words_are_told_by_their_type() -> None:
    told = Told(
        {"text": "a", "number": 1.5, "whole": 3, "flag": True, "texts": ["a"], "part": {}}, what="x"
    )

    assert told.text("text") == told.text_or_none("text") == "a"
    assert told.number("whole") == 3.0
    for ask, name in (
        (told.text, "number"), (told.number, "flag"), (told.number, "text"), (told.whole, "flag"),
        (told.whole, "number"), (told.flag, "whole"), (told.texts, "text"), (told.part, "text"),
        (told.parts, "part"), (told.text, "missing"), (told.kind, "a"),
    ):  # fmt: skip
        with pytest.raises(ReadError, match=r"of x.* must be .*fit the model anew"):
            ask(name)
    with pytest.raises(ReadError, match="at least 4"):
        told.whole("whole", least=4)
