"""What every page of results has: its look, where the results come from, and what was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hybridmfp.app.report.wording import as_number, as_percent, as_span
from hybridmfp.signals import Problem

__all__ = ["fill_template", "render_page"]

_MOST_PROBLEMS = 200
_PROVENANCE_TITLES = {
    "data": "Data",
    "data_hash": "Hash of the data and of every setting that features depend on",
    "seed": "Seed",
    "versions": "Versions",
    "git_commit": "Commit",
    "python": "Python",
    "platform": "Platform",
    "made_at": "Made at",
}


def render_page(
    template: str,
    *,
    problems: Sequence[Problem],
    provenance: dict[str, Any],
    **content: Any,
) -> str:
    """Fill in one of the templates beside this module.

    Parameters
    ----------
    template : str
        Its file name.
    problems : sequence of Problem
        What was left out or repaired; the first 200 are listed.
    provenance : dict
        What made the result.
    **content : object
        What else the template names.

    Returns
    -------
    str
        HTML without scripts or references; the same for the same input.
    """
    return fill_template(
        template,
        problems=list(problems)[:_MOST_PROBLEMS],
        n_problems=len(problems),
        provenance=_provenance_rows(provenance),
        **content,
    )


def fill_template(template: str, **content: Any) -> str:
    """Fill in one of the templates beside this module; everything not marked safe is escaped.

    Parameters
    ----------
    template : str
        Its file name.
    **content : object
        Everything that the template names.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=as_number, percent=as_percent, span=as_span)
    return environment.get_template(template).render(**content)


def _provenance_rows(provenance: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (_PROVENANCE_TITLES.get(name, name.replace("_", " ")), _told(value))
        for name, value in provenance.items()
    ]


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one or 'not installed'}" for name, one in value.items())
    return "not known" if value is None else str(value)
