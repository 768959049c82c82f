"""What made a result: versions, code, data, settings, seed."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["PACKAGES", "git_commit", "package_versions", "provenance"]

PACKAGES = (
    "hybridmfp", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "numba", "joblib",
    "matplotlib", "h5py", "ezc3d", "torch", "safetensors", "sktime",
)  # fmt: skip
"""Packages whose version can change a number, or that are optional."""


def package_versions() -> dict[str, str | None]:
    """Give the installed version of each of `PACKAGES`; None if it is not installed."""
    versions: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return versions


def git_commit() -> str | None:
    """Give the commit of the source tree this package runs from, with ``+changes`` if edited.

    None where it does not run from a git checkout, or git is not installed.
    """
    folder = Path(__file__).parent
    try:
        commit = _git("rev-parse", "HEAD", folder=folder)
        changed = _git("status", "--porcelain", "--", ".", folder=folder)
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit}+changes" if changed else commit


def _git(*arguments: str, folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
        ["git", *arguments],  # noqa: S607 - whichever git the user has
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


def provenance(*, data: str, data_hash: str, seed: int) -> dict[str, Any]:
    """Describe what made a result.

    Parameters
    ----------
    data : str
        Where the data lay.
    data_hash : str
        Hash of every file and setting that the features were made from.
    seed : int
    """
    return {
        "data": data,
        "data_hash": data_hash,
        "seed": seed,
        "versions": package_versions(),
        "git_commit": git_commit(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
