"""What a page can be made of: an assessment, the course of a patient, or a model."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from hybridmfp.clinical.course_file import FORMAT as COURSE_FORMAT
from hybridmfp.errors import ReadError, SettingsError
from hybridmfp.io.strict_json import parse_json

__all__ = ["Kind", "PageSource", "kind_of", "write_source"]

Kind = Literal["assessment", "card", "course"]
"""What a page is of."""

_OF_ASSESSMENT = ("model", "reader", "language", "paper")
_OF_COURSE = (
    "source",
    "scheme",
    "keyform",
    "plan",
    "rules",
    "repeat_sd",
    "reader",
    "language",
    "paper",
)


@dataclass(frozen=True)
class PageSource:
    """Hold what the command line says beside the source.

    Attributes
    ----------
    model : Path or None
        Of an assessment.
    source, scheme, keyform, plan, rules, repeat_sd
        Of a course.
    reader, language : str
        Of an HTML page; an assessment has the patient's page alone in Chinese.
    paper : str
        Of a PDF.
    """

    model: Path | None = None
    source: str | None = None
    scheme: str = "hoonhorst"
    keyform: Path | None = None
    plan: Path | None = None
    rules: Path | None = None
    repeat_sd: float | None = None
    reader: str = "therapist"
    language: str = "en"
    paper: str = "A4"


def kind_of(source: Path) -> Kind:
    """Tell by its name and content what a file is.

    Raises
    ------
    ReadError
        If it cannot be read, or is no strict JSON.
    """
    if source.suffix == ".hmfp":
        return "card"
    try:
        data = source.read_bytes()
    except OSError as error:
        raise ReadError(
            "an assessment or course must be a file that can be read; the system answers for "
            f"{source}: {error.strerror or error}. Check the path."
        ) from error
    described = parse_json(data, what=str(source))
    found = described.get("format") if isinstance(described, dict) else None
    return "course" if str(found).startswith(COURSE_FORMAT.partition("/")[0]) else "assessment"


def write_source(
    kind: Kind, source: Path, out: Path, asked: PageSource, *, overwrite: bool
) -> None:
    """Write the page of a source.

    Raises
    ------
    SettingsError
        If an option is not for such a source, or has no such value.
    ReadError, WriteError, ClinicalError, MissingDependencyError
        As the parts raise them.
    """
    known = {"assessment": _OF_ASSESSMENT, "card": ("paper",), "course": _OF_COURSE}[kind]
    for one in fields(PageSource):
        if one.name not in known and getattr(asked, one.name) != one.default:
            option = one.name.replace("_", "-")
            raise SettingsError(
                f"--{option} is not for the page of {_ARTICLES[kind]}; leave it out."
            )
    if kind == "course":
        _write_course(source, out, asked, overwrite=overwrite)
    elif kind == "card":
        _write_card(source, out, asked, overwrite=overwrite)
    else:
        _write_assessment(source, out, asked, overwrite=overwrite)


_ARTICLES = {"assessment": "an assessment", "card": "a model", "course": "a course"}


def _write_course(source: Path, out: Path, asked: PageSource, *, overwrite: bool) -> None:
    from hybridmfp.app.course_pages import (  # noqa: PLC0415 - each kind waits for its own pages
        check_course_page,
        write_course_page,
    )
    from hybridmfp.app.reviewing import Reviewing, review_of_file  # noqa: PLC0415

    check_course_page(
        out,
        reader=asked.reader,
        language=asked.language,
        paper=asked.paper,
        overwrite=overwrite,
    )
    how = Reviewing(
        source=asked.source,
        scheme=asked.scheme,
        keyform=asked.keyform,
        plan=asked.plan,
        rules=asked.rules,
        repeat_sd=asked.repeat_sd,
    )
    write_course_page(
        out,
        review_of_file(source, how),
        reader=asked.reader,
        language=asked.language,
        paper=asked.paper,
        overwrite=overwrite,
    )


def _write_card(source: Path, out: Path, asked: PageSource, *, overwrite: bool) -> None:
    from hybridmfp.app.cards import read_card, write_card  # noqa: PLC0415
    from hybridmfp.app.page_file import check_page  # noqa: PLC0415

    check_page(out, paper=asked.paper, overwrite=overwrite)
    write_card(out, read_card(source), overwrite=overwrite)


def _write_assessment(source: Path, out: Path, asked: PageSource, *, overwrite: bool) -> None:
    from hybridmfp.app.assessing import read_assessment, write_page  # noqa: PLC0415
    from hybridmfp.app.cards import read_card  # noqa: PLC0415
    from hybridmfp.app.page_file import check_page  # noqa: PLC0415

    check_page(out, paper=asked.paper, overwrite=overwrite)
    _check_reader(asked, out)
    described = read_assessment(source)
    if asked.reader == "patient":
        _write_patient_page(described, out, asked.language, overwrite=overwrite)
        return
    wanted = described["model"]["hash"]
    card = None if asked.model is None else read_card(asked.model, wanted=wanted)
    write_page(out, described, card=card, paper=asked.paper, overwrite=overwrite)


def _check_reader(asked: PageSource, out: Path) -> None:
    if asked.reader not in ("therapist", "patient"):
        raise SettingsError(f"--reader must be therapist or patient; got {asked.reader!r}.")
    if asked.language not in ("en", "zh"):
        raise SettingsError(f"language must be one of en, zh; got {asked.language!r}.")
    if asked.reader == "therapist" and asked.language != "en":
        raise SettingsError(
            "--language zh is for the patient's page of an assessment; add --reader patient."
        )
    if asked.reader == "patient" and out.suffix.lower() != ".html":
        raise SettingsError(
            f"the patient's page alone must end in .html; got {out.name!r}. A PDF has both sheets."
        )


def _write_patient_page(
    described: dict[str, Any], out: Path, language: str, *, overwrite: bool
) -> None:
    from hybridmfp.app.report import CHINESE, ENGLISH, render_patient_page  # noqa: PLC0415
    from hybridmfp.io.atomic import atomic_file  # noqa: PLC0415

    page = render_patient_page(described, words=CHINESE if language == "zh" else ENGLISH)
    with atomic_file(out, overwrite=overwrite) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
