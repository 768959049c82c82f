"""The folder a run leaves behind."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hybridmfp.app.report import render_report
from hybridmfp.io.atomic import atomic_folder
from hybridmfp.pipelines.settings import Settings, settings_as_toml
from hybridmfp.signals import Problem

__all__ = ["write_folder", "write_run"]


def write_run(
    folder: Path,
    *,
    title: str,
    settings: Settings,
    provenance: Mapping[str, Any],
    problems: Sequence[Problem],
    summary: Mapping[str, Any] | None = None,
    audit: Mapping[str, Any] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    overwrite: bool = False,
) -> None:
    """Write everything about a run, or nothing at all.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty, unless `overwrite`.
    title : str
        Of the report.
    settings : Settings
    provenance : dict
    problems : sequence of Problem
    summary : dict, optional
        Becomes ``metrics.json``.
    audit : dict, optional
        Becomes ``audit.json``.
    tables : mapping of str to DataFrame, optional
        ``predictions`` and ``selection`` become CSV, ``features`` becomes Parquet.
    overwrite : bool, default False

    Raises
    ------
    WriteError
        If the folder is not empty, or cannot be written.
    """
    tables = tables or {}
    report = render_report(
        summary=None if summary is None else dict(summary),
        predictions=tables.get("predictions"),
        selection=tables.get("selection"),
        audit=None if audit is None else dict(audit),
        problems=problems,
        provenance=dict(provenance),
        title=title,
    )
    described = {
        "metrics": summary,
        "audit": audit,
        "provenance": provenance,
        "problems": [dataclasses.asdict(problem) for problem in problems],
    }
    write_folder(
        folder,
        described=described,
        settings=settings,
        report=report,
        tables=tables,
        overwrite=overwrite,
    )


def write_folder(
    folder: Path,
    *,
    described: Mapping[str, Any],
    settings: Settings,
    report: str,
    tables: Mapping[str, pd.DataFrame],
    overwrite: bool = False,
) -> None:
    """Write files about a run into a folder that appears whole or not at all.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty, unless `overwrite`.
    described : mapping of str to object
        Each becomes a JSON file of that name; what is None is not written.
    settings : Settings
        Become ``settings.toml``.
    report : str
        Becomes ``report.html``.
    tables : mapping of str to DataFrame
        ``features`` becomes Parquet, every other one CSV.
    overwrite : bool, default False

    Raises
    ------
    WriteError
        If the folder is not empty, or cannot be written.
    """
    with atomic_folder(folder, overwrite=overwrite) as beside:
        for name, content in described.items():
            if content is not None:
                text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
                (beside / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        (beside / "settings.toml").write_text(settings_as_toml(settings), encoding="utf-8")
        (beside / "report.html").write_text(report, encoding="utf-8")
        for name, table in tables.items():
            if name == "features":
                table.to_parquet(beside / "features.parquet", index=False)
            else:
                table.to_csv(beside / f"{name}.csv", index=False)
