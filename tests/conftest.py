"""Fixtures that several layers share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# Several folders have fixtures; as documents to test, files of one name stand in each other's way.
collect_ignore_glob = ["conftest.py", "*/conftest.py"]

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Find a folder of real recordings below HYBRIDMFP_DATA; skip where it is not at hand."""

    def find(name: str) -> Path:
        folder = Path(os.environ.get("HYBRIDMFP_DATA", _BESIDE)) / name
        if not folder.is_dir():
            pytest.skip(f"real recordings {name!r} are not at hand; set HYBRIDMFP_DATA")
        return folder

    return find


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., tuple[int, str, str]]:
    """Run a command line and give exit code, stdout and stderr."""
    from hybridmfp.app import main

    monkeypatch.setenv("HYBRIDMFP_CACHE", str(tmp_path_factory.mktemp("cache")))

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["hybridmfp", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        said = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, said.out, said.err

    return call
