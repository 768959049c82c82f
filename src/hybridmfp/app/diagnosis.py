"""What this installation is made of and what it finds."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
from threadpoolctl import threadpool_info

from hybridmfp.app.console import cache_folder
from hybridmfp.pipelines.models import MODELS
from hybridmfp.pipelines.provenance import git_commit, package_versions
from hybridmfp.signals import MONTAGES, SCALES

__all__ = ["as_rows_of_text", "diagnose"]

_OPTIONAL = {
    "sktime": "outside baselines of compare",
    "ezc3d": "C3D files",
    "weasyprint": "PDF",
    "fhir.resources": "checking FHIR bundles",
    "openpyxl": "spreadsheets",
    "statsmodels": "trends of a cohort",
}


def diagnose() -> dict[str, Any]:
    """Look at this installation.

    Returns
    -------
    dict
        JSON-ready: versions, optional parts, threads, cache, data.
    """
    versions = package_versions()
    return {
        "version": versions["hybridmfp"],
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "git_commit": git_commit(),
        "versions": versions,
        "optional": {
            name: {"for": purpose, "installed": _is_installed(name)}
            for name, purpose in _OPTIONAL.items()
        },
        "cpu_count": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "thread_pools": [
            {"library": pool["internal_api"], "threads": pool["num_threads"]}
            for pool in threadpool_info()
        ],
        "cache": _cache(),
        "data": _data(),
        "models": list(MODELS),
        "scales": list(SCALES),
        "montages": list(MONTAGES),
    }


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _cache() -> dict[str, Any]:
    folder = cache_folder()
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return {"folder": str(folder), "n_entries": len(sizes), "mb": round(sum(sizes) / 1e6, 1)}


def _data() -> dict[str, Any]:
    """Give $HYBRIDMFP_DATA and the data sets in it."""
    named = os.environ.get("HYBRIDMFP_DATA")
    if named is None:
        return {"folder": None, "found": []}
    folder = Path(named)
    found = sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []
    return {"folder": named, "found": found}


def as_rows_of_text(described: Mapping[str, Any]) -> dict[str, str]:
    """Put a diagnosis in words."""
    versions = ", ".join(
        f"{name} {version}" for name, version in described["versions"].items() if version
    )
    optional = ", ".join(
        f"{name} ({one['for']}): {'installed' if one['installed'] else 'not installed'}"
        for name, one in described["optional"].items()
    )
    pools = ", ".join(f"{one['library']} {one['threads']}" for one in described["thread_pools"])
    data = described["data"]
    return {
        "version": f"{described['version']} on Python {described['python']}",
        "platform": described["platform"],
        "commit": described["git_commit"] or "not a git checkout",
        "packages": versions,
        "optional parts": optional,
        "cores, memory": f"{described['cpu_count']}, {described['memory_gb']:g} GB",
        "threads": pools or "no pool loaded",
        "cache": "{folder}: {n_entries} files, {mb:g} MB".format(**described["cache"]),
        "data": ", ".join(data["found"]) or "none: set HYBRIDMFP_DATA to a folder of data sets",
        "models": ", ".join(described["models"]),
        "scales": ", ".join(described["scales"]),
        "montages": ", ".join(described["montages"]),
    }
