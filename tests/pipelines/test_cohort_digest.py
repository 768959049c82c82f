from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.errors import CohortError, ReadError
from hybridmfp.io import ContentCache
from hybridmfp.pipelines import CohortDigest, Settings, digest_cohort
from hybridmfp.signals import Cohort, Recording

SETTINGS = Settings().digest


def refuse() -> Recording:
    raise ReadError("the file must be whole; it is not.")


def test_patients_are_rows_and_controls_are_not(
    small_cohort: Cohort, small_digest: CohortDigest
) -> None:
    patients = [row.subject for row in small_cohort.sessions if row.group == "patient"]

    assert small_digest.subjects.tolist() == patients
    assert len(small_digest.controls) == 2
    assert not set(patients) & {session.subject for session in small_digest.controls}
    assert small_digest.synthetic


def test_rows_are_in_the_order_of_scores_and_subjects(small_digest: CohortDigest) -> None:
    assert [session.subject for session in small_digest.sessions] == [
        row.subject for row in small_digest.rows
    ]
    assert small_digest.scores.tolist() == [row.score for row in small_digest.rows]


def test_all_sessions_share_their_columns(small_digest: CohortDigest) -> None:
    everybody = [*small_digest.sessions, *small_digest.controls]

    assert len({(one.columns, one.session_columns) for one in everybody}) == 1


def test_neither_workers_nor_the_cache_change_a_number(
    small_cohort: Cohort, small_digest: CohortDigest, tmp_path: Path
) -> None:
    cache = ContentCache(tmp_path)

    for n_jobs in (2, 1):  # the second run reads what the first has kept
        again = digest_cohort(small_cohort, SETTINGS, cache=cache, n_jobs=n_jobs)
        for ours, theirs in zip(again.sessions, small_digest.sessions, strict=True):
            np.testing.assert_array_equal(ours.features, theirs.features)
            np.testing.assert_array_equal(ours.session_features, theirs.session_features)
            np.testing.assert_array_equal(ours.movement, theirs.movement)
            np.testing.assert_array_equal(ours.envelopes, theirs.envelopes)
        assert again.content == small_digest.content


def test_neither_items_nor_the_oracle_change_anything_but_what_judges(
    small_cohort: Cohort, small_digest: CohortDigest, tmp_path: Path
) -> None:
    untold = Cohort(
        small_cohort.name,
        scale=small_cohort.scale,
        sessions=[dataclasses.replace(row, items={}) for row in small_cohort.sessions],
        trials=small_cohort.trials,
        synthetic=True,
    )

    digest = digest_cohort(small_cohort, SETTINGS, cache=ContentCache(tmp_path), n_jobs=1)
    n_kept = len(list(tmp_path.rglob("*")))
    plain = digest_cohort(untold, SETTINGS, cache=ContentCache(tmp_path), n_jobs=1)

    assert digest.oracle == small_digest.oracle == small_cohort.oracle != {}
    assert plain.oracle == {}
    assert digest.content == plain.content == small_digest.content
    assert len(list(tmp_path.rglob("*"))) == n_kept  # every digest was found again
    for ours, theirs in zip(plain.sessions, digest.sessions, strict=True):
        np.testing.assert_array_equal(ours.features, theirs.features)
        assert ours.columns == theirs.columns


def test_a_session_is_digested_without_its_patients_fellows(
    small_cohort: Cohort, small_digest: CohortDigest
) -> None:
    few = small_cohort.select(
        subjects=[
            *small_digest.subjects[:2].tolist(),
            *(one.subject for one in small_digest.controls),
        ]
    )

    digest = digest_cohort(few, SETTINGS, n_jobs=1)

    for ours, theirs in zip(digest.sessions, small_digest.sessions[:2], strict=True):
        np.testing.assert_array_equal(ours.features, theirs.features)
        np.testing.assert_array_equal(ours.session_features, theirs.session_features)


def test_emg_is_in_shares_of_the_session_peak(small_digest: CohortDigest) -> None:
    for session in small_digest.sessions:
        peaks = np.nanmax(session.envelopes, axis=(0, 2))

        assert ((peaks > 0.9) & (peaks < 1.6)).all()


def test_the_feature_table_has_one_row_per_trial(small_digest: CohortDigest) -> None:
    table = small_digest.feature_table()

    assert len(table) == 7 * 2 * 2
    assert table.columns[:3].tolist() == ["subject", "session", "task"]


def test_a_cohort_without_any_usable_trial_says_what_is_wrong(small_cohort: Cohort) -> None:
    broken = Cohort(
        small_cohort.name,
        scale=small_cohort.scale,
        sessions=small_cohort.sessions,
        trials=[dataclasses.replace(one, load=partial(refuse)) for one in small_cohort.trials],
    )

    with pytest.raises(CohortError, match=r"none has\. The first of .* must be whole"):
        digest_cohort(broken, SETTINGS, n_jobs=1)


def test_a_cohort_without_a_scale_is_refused(small_cohort: Cohort) -> None:
    unrated = Cohort(
        "unrated",
        scale=None,
        sessions=[dataclasses.replace(row, score=None, items={}) for row in small_cohort.sessions],
        trials=small_cohort.trials,
    )

    with pytest.raises(CohortError, match="must have a scale"):
        digest_cohort(unrated, SETTINGS)
