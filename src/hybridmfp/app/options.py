"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hybridmfp.errors import SettingsError, WriteError
from hybridmfp.signals import Side

__all__ = [
    "AsJson", "Data", "EmgRate", "Jobs", "KeyformFile", "KinematicsRate", "Model", "NoCache",
    "Out", "Overwrite", "PlanFile", "RepeatSd", "RulesFile", "ScaleName", "ScoreKind", "Seed",
    "SettingsFile", "check_file", "check_out", "n_workers", "side_of",
]  # fmt: skip

Data = Annotated[Path, typer.Argument(help="Folder of recordings; its layout is recognised.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Model to judge; `doctor` lists them. By default hybrid on the FMA-UE, else ensemble.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
ScaleName = Annotated[
    str | None,
    typer.Option("--scale", help="Scale of the scores: fma-ue, fma-ue-mhh20, or a .json file."),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random.")]
Jobs = Annotated[int, typer.Option("--jobs", help="Worker processes; 0 means one per core.", min=0)]
Out = Annotated[Path | None, typer.Option("--out", help="Folder to write the results to.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace OUT if it exists.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML file of settings; see docs/settings.md.")
]
EmgRate = Annotated[
    float | None, typer.Option("--emg-rate", help="Hz, where the files do not say (2000).")
]
KinematicsRate = Annotated[
    float | None, typer.Option("--kinematics-rate", help="Hz, where the files do not say (200).")
]
ScoreKind = Annotated[
    str | None, typer.Option("--source", help="Which scores it is about: rated or estimated.")
]
KeyformFile = Annotated[
    Path | None, typer.Option("--keyform", help="Keyform of a cohort (JSON), for next targets.")
]
PlanFile = Annotated[
    Path | None, typer.Option("--plan", help="Plan of `hybridmfp plan`; left out, one is proposed.")
]
RepeatSd = Annotated[
    float | None,
    typer.Option(
        "--repeat-sd", help="Points by which repeated scores of unchanged persons scatter."
    ),
]
RulesFile = Annotated[
    Path | None, typer.Option("--rules", help="Rules of the plan of your own clinic (YAML).")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither use nor keep digests.")]


def check_out(out: Path | None, *, overwrite: bool) -> None:
    """Refuse before the work starts what could not be written after it.

    Raises
    ------
    WriteError
        If OUT holds something and may not be overwritten.
    """
    if out is None or overwrite:
        return
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise WriteError(
            f"OUT must be a new or empty folder; {out} is not. "
            "Name another one, or replace it with --overwrite."
        )


def check_file(out: Path, *, overwrite: bool) -> None:
    """Refuse before the work starts a file that could not be written after it.

    Raises
    ------
    WriteError
        If it exists and may not be overwritten, or is a folder.
    """
    if out.is_dir() or (out.exists() and not overwrite):
        raise WriteError(
            f"OUT must be a new file; {out} exists. Name another one, or replace a file with "
            "--overwrite."
        )


def n_workers(jobs: int) -> int:
    """Give the number of worker processes that --jobs asks for."""
    return jobs or os.cpu_count() or 1


def side_of(word: str | None) -> Side | None:
    """Give left or right; None for None.

    Raises
    ------
    SettingsError
        For any other word.
    """
    sides: dict[str | None, Side | None] = {None: None, "left": "left", "right": "right"}
    if word in sides:
        return sides[word]
    raise SettingsError(f"--side must be left or right; got {word!r}.")
