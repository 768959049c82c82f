from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.errors import ReadError
from hybridmfp.io import ContentCache
from hybridmfp.pipelines import Settings
from hybridmfp.pipelines.session_trials import SessionTrials, digest_session
from hybridmfp.pipelines.settings import DigestSettings
from hybridmfp.signals import Cohort, Recording

SETTINGS = Settings().digest


def refuse(message: str) -> Recording:
    raise ReadError(message)


def same(first: SessionTrials, second: SessionTrials) -> None:
    for field in dataclasses.fields(SessionTrials):
        ours, theirs = getattr(first, field.name), getattr(second, field.name)
        if isinstance(ours, np.ndarray):
            np.testing.assert_array_equal(ours, theirs)
        else:
            assert ours == theirs


def test_the_cache_gives_back_exactly_what_was_digested(
    small_cohort: Cohort, tmp_path: Path
) -> None:
    row = small_cohort.sessions[0]
    trials = small_cohort.trials_of(row)
    cache = ContentCache(tmp_path)

    first = digest_session(row, trials, SETTINGS, cache)
    unreadable = [
        dataclasses.replace(one, load=partial(refuse, "must not be read again")) for one in trials
    ]
    again = digest_session(row, unreadable, SETTINGS, cache)

    same(first, again)
    same(first, digest_session(row, trials, SETTINGS))


def test_other_settings_are_another_digest(small_cohort: Cohort, tmp_path: Path) -> None:
    row = small_cohort.sessions[0]
    trials = small_cohort.trials_of(row)
    cache = ContentCache(tmp_path)

    coarse = digest_session(row, trials, DigestSettings(n_points=21), cache)
    fine = digest_session(row, trials, SETTINGS, cache)

    assert coarse.movement.shape[-1] == 21
    assert fine.movement.shape[-1] == 101
    assert coarse.content != fine.content


def test_a_file_whose_bytes_change_is_digested_anew(small_cohort: Cohort, tmp_path: Path) -> None:
    row = small_cohort.sessions[0]
    file = tmp_path / "trial.bin"
    trials = [dataclasses.replace(one, files=(file,)) for one in small_cohort.trials_of(row)]

    contents = []
    for text in ("first", "second"):
        file.write_text(text, encoding="utf-8")
        contents.append(digest_session(row, trials, SETTINGS).content)

    assert contents[0] != contents[1]


def test_an_unreadable_trial_is_reported_and_the_rest_goes_on(small_cohort: Cohort) -> None:
    row = small_cohort.sessions[0]
    first, *rest = small_cohort.trials_of(row)
    broken = dataclasses.replace(first, load=partial(refuse, "the file must be whole"))

    session = digest_session(row, [broken, *rest], SETTINGS)

    assert len(session.task) == len(rest)
    assert [one.done for one in session.problems if "must be whole" in one.problem] == [
        "trial left out"
    ]


def test_what_is_true_of_every_trial_is_said_once(small_cohort: Cohort) -> None:
    row = small_cohort.sessions[0]
    trials = small_cohort.trials_of(row)
    sideless = [
        dataclasses.replace(one, load=partial(dataclasses.replace, one.load(), side=None))
        for one in trials
    ]

    (problem,) = digest_session(row, sideless, SETTINGS).problems

    assert "not noted" in problem.problem
    assert problem.file.endswith(f"and {len(trials) - 1} more")


def test_a_programming_error_is_not_taken_for_a_bad_file(small_cohort: Cohort) -> None:
    row = small_cohort.sessions[0]
    first, *rest = small_cohort.trials_of(row)
    broken = dataclasses.replace(first, load=partial(int, "not a number"))

    with pytest.raises(ValueError, match="invalid literal"):
        digest_session(row, [broken, *rest], SETTINGS)
