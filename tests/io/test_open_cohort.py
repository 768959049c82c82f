from __future__ import annotations

import dataclasses
import logging
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hybridmfp.errors import ReadError, ScaleError, SettingsError
from hybridmfp.io.cache import ContentCache
from hybridmfp.io.opening import open_cohort
from hybridmfp.signals import MONTAGES, Recording, TrialSource

ROWS = np.random.default_rng(2).normal(size=(50, 63)).cumsum(axis=0)


def _ulimb(folder: Path) -> Path:
    (folder / "Stroke").mkdir(parents=True)
    rows = [",".join("" if cell > 3 else f"{cell:.6g}" for cell in row) for row in ROWS]
    header = ",".join(f"{point},," for point in MONTAGES["mhh-markers"].points)
    for trial in "12":
        text = "\n".join([header, "X,Y,Z", *rows])
        (folder / "Stroke" / f"S1_12_{trial}.csv").write_text(text)
    (folder / "labels_stroke.csv").write_text("subject_id,fma_ue_mhh20,tested_limb\n1,18,left\n")
    return folder


def _generic(folder: Path) -> Path:
    folder.mkdir()
    np.save(folder / "emg.npy", ROWS[:, :2])
    head = "participant_id,task,emg_path,emg_rate_hz,emg_unit,emg_channels"
    (folder / "trials.csv").write_text(f"{head}\nP1,reach,emg.npy,1000,mV,BB;odd\n")
    (folder / "participants.tsv").write_text("participant_id\tfma_ue\nP1\t40\n")
    return folder


LAYOUTS: list[Callable[[Path], Path]] = [_ulimb, _generic]


def _facts(recording: Recording) -> dict[str, object]:
    facts = {field.name: getattr(recording, field.name) for field in dataclasses.fields(Recording)}
    for name in recording.modalities:
        signal = getattr(recording, name)
        facts[name] = (signal.samples.tobytes(), signal.rate_hz, signal.channels, signal.units)
    return facts


def test_a_layout_is_recognised_whatever_its_folder_is_called(tmp_path: Path) -> None:
    assert open_cohort(_ulimb(tmp_path / "generic")).subjects == ("S1",)
    assert open_cohort(str(_generic(tmp_path / "Stroke"))).subjects == ("P1",)


def test_rates_reach_the_recordings(tmp_path: Path) -> None:
    recording = next(iter(open_cohort(_ulimb(tmp_path / "u"), kinematics_rate_hz=100)))

    assert recording.kinematics is not None
    assert recording.kinematics.rate_hz == 100


def test_the_scale_named_is_the_scale(tmp_path: Path) -> None:
    folder = _ulimb(tmp_path / "u")
    (folder / "labels_stroke.csv").write_text("subject_id,score\n1,18\n")

    cohort = open_cohort(folder, scale="fma-ue")

    assert cohort.scale is not None
    assert cohort.scale.name == "fma-ue"
    with pytest.raises(ScaleError, match="got 'fma'"):
        open_cohort(tmp_path / "u", scale="fma")


def test_what_is_no_known_folder_is_told(tmp_path: Path) -> None:
    file = tmp_path / "S1_12_1.csv"
    file.touch()
    (tmp_path / "odd").mkdir()

    with pytest.raises(ReadError, match="does not exist"):
        open_cohort(tmp_path / "absent")
    with pytest.raises(ReadError, match="it is a file"):
        open_cohort(file)
    with pytest.raises(ReadError, match=r"U-Limb MHH.*It holds S1_12_1.csv, odd/"):
        open_cohort(tmp_path)
    with pytest.raises(ReadError, match="It holds nothing"):
        open_cohort(tmp_path / "odd")


@pytest.mark.parametrize("rate_hz", [0, -1, float("inf"), float("nan")])
def test_rates_must_be_positive(tmp_path: Path, rate_hz: float) -> None:
    with pytest.raises(SettingsError, match="emg_rate_hz must be a positive number"):
        open_cohort(_ulimb(tmp_path / "u"), emg_rate_hz=rate_hz)


def test_rates_are_refused_where_the_folder_declares_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"emg_rate_hz must not be given.*trials\.csv"):
        open_cohort(_generic(tmp_path / "g"), emg_rate_hz=1000)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_cache_changes_nothing_but_the_time(
    tmp_path: Path, layout: Callable[[Path], Path]
) -> None:
    folder = layout(tmp_path / "data")
    cache = ContentCache(tmp_path / "cache")
    plain = [_facts(recording) for recording in open_cohort(folder)]

    cold = [_facts(recording) for recording in open_cohort(folder, cache=cache)]
    warm = [_facts(recording) for recording in open_cohort(folder, cache=cache)]

    assert cold == plain
    assert warm == plain
    assert any(facts["problems"] for facts in plain)


def test_the_cache_keeps_items_and_oracle(tmp_path: Path) -> None:
    folder = _generic(tmp_path / "data")
    (folder / "items.tsv").write_text("participant_id\tC1\nP1\t2\n")
    (folder / "oracle.tsv").write_text("participant_id\toracle_score\nP1\t38.5\n")
    (folder / "dataset_description.json").write_text('{"Synthetic": true}')

    cohort = open_cohort(folder, cache=ContentCache(tmp_path / "cache"))

    assert cohort.oracle == {("P1", "1"): 38.5}
    assert cohort.sessions[0].items == {"C1": 2}


def _refuse() -> Recording:
    raise AssertionError("decoded again")


def _undecodable(source: TrialSource) -> TrialSource:
    """Replace the reader below the cache by one that fails."""
    inner, cache = source.load.args  # type: ignore[attr-defined]
    return dataclasses.replace(
        source, load=lambda: source.load.func(dataclasses.replace(inner, load=_refuse), cache)
    )  # type: ignore[attr-defined]


def test_a_cached_trial_is_not_decoded_again_even_when_its_folder_moved(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache")
    list(open_cohort(_ulimb(tmp_path / "here" / "data"), cache=cache))
    (tmp_path / "here").rename(tmp_path / "there")

    source = _undecodable(open_cohort(tmp_path / "there" / "data", cache=cache).trials[0])

    assert source.load().provenance[0].path == str(source.files[0])


@pytest.mark.parametrize("change", ["bytes", "rate", "side"])
def test_whatever_changes_the_recording_is_decoded_again(tmp_path: Path, change: str) -> None:
    folder = _ulimb(tmp_path / "data")
    cache = ContentCache(tmp_path / "cache")
    list(open_cohort(folder, cache=cache))
    rate_hz = 100.0 if change == "rate" else None
    if change == "bytes":
        file = folder / "Stroke" / "S1_12_1.csv"
        file.write_text(file.read_text().replace("1", "2"))
    if change == "side":
        (folder / "labels_stroke.csv").write_text("subject_id,tested_limb\n1,right\n")

    source = open_cohort(folder, cache=cache, kinematics_rate_hz=rate_hz).trials[0]

    with pytest.raises(AssertionError, match="decoded again"):
        _undecodable(source).load()


def test_equal_files_of_two_trials_keep_their_own_keys(tmp_path: Path) -> None:
    cohort = open_cohort(_ulimb(tmp_path / "data"), cache=ContentCache(tmp_path / "cache"))

    list(cohort)

    assert [recording.key for recording in cohort] == [source.key for source in cohort.trials]


def test_a_damaged_cache_is_repaired(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = _ulimb(tmp_path / "data")
    cache = ContentCache(tmp_path / "cache")
    plain = [_facts(recording) for recording in open_cohort(folder, cache=cache)]
    for entry in cache.folder.rglob("*.arrays"):
        entry.write_bytes(entry.read_bytes()[:-9])

    with caplog.at_level(logging.WARNING):
        again = [_facts(recording) for recording in open_cohort(folder, cache=cache)]

    assert again == plain
    assert caplog.text.count("is damaged; it is removed") == 2
    source = _undecodable(open_cohort(folder, cache=cache).trials[0])
    assert _facts(source.load()) == plain[0]


def test_a_cache_that_cannot_be_written_costs_time_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file")

    with caplog.at_level(logging.WARNING):
        recordings = list(
            open_cohort(_ulimb(tmp_path / "data"), cache=ContentCache(tmp_path / "cache"))
        )

    assert len(recordings) == 2
    assert "is read but not kept" in caplog.text


def test_cached_trials_travel_to_other_processes(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache")
    (source, _) = open_cohort(_ulimb(tmp_path / "data"), cache=cache).trials

    recording = pickle.loads(pickle.dumps(source)).load()  # noqa: S301 -- our own bytes

    assert recording.key == source.key
