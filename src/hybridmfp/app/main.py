"""The command line: ``hybridmfp``."""

from __future__ import annotations

import sys
import warnings
from typing import Annotated

import typer

from hybridmfp import __version__
from hybridmfp.app.commands.assess import assess
from hybridmfp.app.commands.audit import audit
from hybridmfp.app.commands.compare import compare
from hybridmfp.app.commands.degradation import degradation
from hybridmfp.app.commands.demo import demo
from hybridmfp.app.commands.doctor import doctor
from hybridmfp.app.commands.evaluate import evaluate
from hybridmfp.app.commands.export import export
from hybridmfp.app.commands.fit import fit
from hybridmfp.app.commands.inspect import inspect
from hybridmfp.app.commands.keyform import keyform
from hybridmfp.app.commands.plan import plan
from hybridmfp.app.commands.prognose import prognose
from hybridmfp.app.commands.rating_form import rating_form
from hybridmfp.app.commands.report import report
from hybridmfp.app.commands.simulate import simulate
from hybridmfp.app.commands.visit import visit
from hybridmfp.errors import HybridMfpError

__all__ = ["app", "run"]

_THEIRS = 2  # exit code for what the user can mend

app = typer.Typer(
    name="hybridmfp",
    help="Honest Fugl-Meyer estimates from surface EMG and kinematics. Research use only.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_COMMANDS = (
    *(demo, simulate, inspect, evaluate, compare, degradation, audit),
    *(fit, assess, report),
    *(rating_form, visit, keyform, plan, prognose, export, doctor),
)
for command in _COMMANDS:
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Honest Fugl-Meyer estimates from surface EMG and kinematics. Research use only."""


def run() -> None:
    """Run the command line; what the user can mend ends in one message and exit code 2."""
    # Workers that have grown are replaced by joblib, which then suspects a leak aloud.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
    try:
        app()
    except HybridMfpError as error:
        typer.echo(f"hybridmfp: {error}", err=True)
        sys.exit(_THEIRS)
