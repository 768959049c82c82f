"""Pages laid out on sheets of paper: the fullest that fits, joined to one PDF."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NoReturn, TypeVar, get_args

from hybridmfp.errors import MissingDependencyError, SettingsError
from hybridmfp.io.atomic import atomic_file

__all__ = [
    "Paper",
    "check_pdf_can_be_written",
    "fullest_that_fits",
    "layer",
    "write_sheets",
]

Paper = Literal["A4", "Letter"]
"""What the PDF may be printed on."""

_MISSING_SIGN = re.compile(r"\.notdef glyph rendered.*U\+(?P<sign>[0-9A-F]+)")
_Amount = TypeVar("_Amount")


def layer(paper: Paper) -> Callable[[str], Any]:
    """Give what lays an HTML page out on paper, as a document of WeasyPrint.

    Parameters
    ----------
    paper : {"A4", "Letter"}

    Raises
    ------
    SettingsError
        If `paper` is unknown.
    MissingDependencyError
        If WeasyPrint, or what it draws text with, is not installed.
    """
    if paper not in get_args(Paper):
        raise SettingsError(
            f"paper must be one of {', '.join(get_args(Paper))}; got {paper!r}. Choose one of them."
        )
    weasyprint = _weasyprint()
    size = weasyprint.CSS(string=f"@page {{ size: {paper} }}")

    def laid_out(page: str) -> Any:
        return weasyprint.HTML(string=page, url_fetcher=_refuse).render(stylesheets=[size])

    return laid_out


def fullest_that_fits(
    lay_out: Callable[[_Amount], Any],
    amounts: Sequence[_Amount],
    *,
    guess: int,
    n_sheets: int = 1,
    refuse: Callable[[], NoReturn],
) -> Any:
    """Lay out the largest amount, of descending ones, that fits.

    A layout takes half a second, so the search goes by growing steps from the guess, and halves
    once it knows one that fits and one that does not.

    Parameters
    ----------
    lay_out : callable
        Takes an amount and gives a document.
    amounts : sequence
        The largest first.
    guess : int
        Where to look first.
    n_sheets : int, default 1
        How many there may be at most.
    refuse : callable
        Called if not even the smallest amount fits; must raise.
    """
    fitting, low, high, middle, step = None, 0, len(amounts), guess, 1
    while low < high:
        document = lay_out(amounts[middle])
        if len(document.pages) <= n_sheets:
            fitting, high = document, middle
        else:
            low = middle + 1
        if low == 0:  # nothing was too large yet
            middle = max(high - step, 0)
        elif fitting is None:
            middle = min(low + step - 1, high - 1)
        else:
            middle = (low + high) // 2
        step *= 2
    if fitting is None:
        refuse()
    return fitting


def write_sheets(
    path: str | Path,
    documents: Sequence[Any],
    *,
    overwrite: bool = False,
    every_sign: bool = False,
) -> None:
    """Write documents one after the other as one PDF; the same bytes for the same documents.

    Parameters
    ----------
    path : str or Path
    documents : sequence
        Of WeasyPrint.
    overwrite : bool, default False
        Whether an existing file may be replaced.
    every_sign : bool, default False
        Whether to refuse, before a file is made, what would show boxes in place of signs.

    Raises
    ------
    MissingDependencyError
        If no font that is installed has a sign, and every one is needed.
    WriteError
        If the file cannot be written.
    """
    joined = documents[0].copy([page for one in documents for page in one.pages])
    missing = _MissingSigns()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(missing)
    try:
        data: bytes = joined.write_pdf(pdf_identifier=b"hybridmfp")
    finally:
        logger.removeHandler(missing)
    if every_sign and missing.signs:
        signs = "".join(dict.fromkeys(missing.signs))
        raise MissingDependencyError(
            f"a font with the signs {signs[:12]} must be installed to print them; without it the "
            "PDF would show boxes. Install a Chinese font such as Noto Sans CJK SC (Debian and "
            "Ubuntu: apt install fonts-noto-cjk), or write the HTML pages."
        )
    with atomic_file(path, overwrite=overwrite) as unfinished:
        unfinished.write_bytes(data)


class _MissingSigns(logging.Handler):
    """Note the signs that WeasyPrint says it has no glyph for."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.signs: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        found = _MISSING_SIGN.search(record.getMessage())
        if found is not None:
            self.signs.append(chr(int(found["sign"], 16)))


def check_pdf_can_be_written() -> None:
    """Refuse before the work starts where no PDF can be made after it.

    Raises
    ------
    MissingDependencyError
        If WeasyPrint, or what it needs, is not installed.
    """
    _weasyprint()


def _refuse(url: str, *_: object) -> NoReturn:
    """Load nothing: a page holds all it needs."""
    raise ValueError(url)


def _weasyprint() -> ModuleType:
    try:
        import weasyprint  # noqa: PLC0415 - optional, and slow to import
    except (ImportError, OSError) as error:  # OSError: Pango is not there
        raise MissingDependencyError(
            f"WeasyPrint must be installed to write a PDF; importing it says: {error}. Install it "
            'with: pip install "hybridmfp[pdf]" (and Pango, see docs/assessment-report.md), or '
            "write the HTML report."
        ) from error
    module: ModuleType = weasyprint
    return module
