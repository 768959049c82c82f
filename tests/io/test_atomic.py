from __future__ import annotations

import errno
from pathlib import Path

import pytest

from hybridmfp.errors import HybridMfpError, WriteError
from hybridmfp.io.atomic import atomic_file, atomic_folder


def test_a_file_appears_only_when_it_is_finished(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "report.txt"

    with atomic_file(target) as unfinished:
        unfinished.write_text("all")
        assert not target.exists()

    assert target.read_text() == "all"
    assert list(target.parent.iterdir()) == [target]


def test_an_interrupted_file_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old")

    def write_half() -> None:
        with atomic_file(target, overwrite=True) as unfinished:
            unfinished.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_existing_file_is_refused_unless_it_may_be_replaced(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old")

    with pytest.raises(WriteError, match="must not exist yet"), atomic_file(target):
        pass
    with atomic_file(target, overwrite=True) as unfinished:
        unfinished.write_text("new")

    assert target.read_text() == "new"


def test_a_file_that_another_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"

    def write_late() -> None:
        with atomic_file(target) as unfinished:
            unfinished.write_text("mine")
            target.write_text("theirs")

    with pytest.raises(WriteError, match="must not exist yet"):
        write_late()

    assert target.read_text() == "theirs"


def test_a_full_disk_is_told_with_its_remedy_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "cohort"

    def fill_the_disk() -> None:
        with atomic_folder(target) as unfinished:
            (unfinished / "half.csv").write_text("1,2")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WriteError, match=r"No space left.*Free some space"):
        fill_the_disk()

    assert not list(tmp_path.iterdir())


def test_a_finished_file_never_appears_as_a_folder_or_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(WriteError, match="it is a folder"), atomic_file(tmp_path):
        pass
    with pytest.raises(WriteError, match="must be writable"), atomic_file(tmp_path / "file" / "a"):
        pass


def test_a_folder_that_holds_something_is_refused_unless_it_may_be_replaced(
    tmp_path: Path,
) -> None:
    target = tmp_path / "cohort"
    target.mkdir()
    (target / "old").write_text("old")

    with pytest.raises(WriteError, match="must be empty"), atomic_folder(target):
        pass
    assert (target / "old").exists()
    with atomic_folder(target, overwrite=True) as unfinished:
        (unfinished / "new").write_text("new")

    assert [entry.name for entry in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    target = tmp_path / "cohort"
    target.mkdir()

    with atomic_folder(target) as unfinished:
        (unfinished / "new").write_text("new")

    assert (target / "new").exists()


def test_a_file_is_no_folder_to_fill(tmp_path: Path) -> None:
    (tmp_path / "cohort").write_text("x")

    with pytest.raises(WriteError, match="it is a file"), atomic_folder(tmp_path / "cohort"):
        pass


def test_errors_of_our_own_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(HybridMfpError, match="mine"), atomic_folder(tmp_path / "cohort"):
        raise HybridMfpError("mine")

    assert not list(tmp_path.iterdir())
