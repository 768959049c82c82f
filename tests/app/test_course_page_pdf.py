"""What comes out of the printer for a course: nothing cut off, no boxes in place of letters."""

from __future__ import annotations

import itertools
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pypdfium2 as pdfium
import pytest
from course_builder import (
    SCORES,
    course_of,
    estimated,
    estimated_review,
    refused_review,
    review_of,
    signed_review,
    usual_review,
)

from hybridmfp.app.report import CLINICIAN_CHINESE, ENGLISH_COURSE, write_course_pdf
from hybridmfp.app.report.course_detail import EVERYTHING, PAPER_DETAILS
from hybridmfp.app.report.course_patient_words_zh import CHINESE_COURSE
from hybridmfp.app.report.sheets import Paper
from hybridmfp.errors import MissingDependencyError, SettingsError, WriteError

try:
    import weasyprint  # noqa: F401
except OSError as error:  # the package is there, the system library is not
    pytest.skip(f"WeasyPrint needs Pango, which is not here: {error}", allow_module_level=True)

SIZES = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0)}  # points
MARGIN = 25.0  # points, on every side, that no printer needs
LONG_NAME = "musculus_with_a_very_long_name"


def everything_at_once() -> dict[str, Any]:
    review = signed_review() | {"synthetic": True, "subject": LONG_NAME}
    review["notes"] = ["A note that says at some length what was left out. " * 4] * 6
    review["plan"]["modules"] *= 3
    review["plan"]["blocked"] *= 3
    review["trend"]["alarms"] *= 3
    for one in review["visits"]:
        one["session"] = f"{one['session']}_{LONG_NAME}"
    return review


def every_day() -> dict[str, Any]:
    return review_of(course_of(visits=tuple(estimated(at, 200 + at, 40.0) for at in range(60))))


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "usual": usual_review,
    "signed": signed_review,
    "estimated": estimated_review,
    "refused": refused_review,
    "everything": everything_at_once,
    "every day": every_day,
}
QUICK = {("usual", "A4", "en")}


def _cases(*languages: str) -> Any:
    return pytest.mark.parametrize(
        ("case", "paper", "language"),
        [
            pytest.param(*one, marks=[] if one in QUICK else pytest.mark.slow)
            for one in itertools.product(CASES, get_args(Paper), languages)
        ],
    )


every_case, every_english_case = _cases("en", "zh"), _cases("en")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Print each case once."""
    folder, documents = tmp_path_factory.mktemp("pdf"), {}

    def document(case: str, paper: Paper, language: Any = "en") -> pdfium.PdfDocument:
        key = (case, paper, language)
        if key not in documents:
            path = folder / f"{'-'.join(key)}.pdf"
            try:
                write_course_pdf(path, CASES[case](), paper=paper, language=language)
            except MissingDependencyError as error:  # said in a test of its own
                pytest.skip(str(error))
            documents[key] = pdfium.PdfDocument(path)
        return documents[key]

    return document


def text_of(page: pdfium.PdfPage) -> str:
    words = page.get_textpage().get_text_range().replace("\u00a0", " ")
    return re.sub(r"\s+", " ", words.replace("\u0002", "").replace("\ufffe", ""))


@every_case
def test_there_are_at_most_two_sheets_and_the_patients(
    printed: Any, case: str, paper: Paper, language: str
) -> None:
    document = printed(case, paper, language)
    ask = (ENGLISH_COURSE if language == "en" else CHINESE_COURSE).say("next.ask")
    texts = [text_of(page) for page in document]

    assert len(document) in {2, 3}
    for page in document:
        assert page.get_size() == pytest.approx(SIZES[paper], abs=0.5)
    assert [ask in text for text in texts] == [False] * (len(texts) - 1) + [True]


@every_case
def test_no_sign_and_no_ink_comes_near_the_edge(
    printed: Any, case: str, paper: Paper, language: str
) -> None:
    for page in printed(case, paper, language):
        words, (width, height) = page.get_textpage(), page.get_size()
        boxes = np.array([words.get_charbox(at) for at in range(words.count_chars())])
        boxes = boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])]
        ink = np.asarray(page.render(scale=1).to_numpy()).min(axis=2) < 255
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))

        assert boxes[:, :2].min() >= MARGIN
        assert boxes[:, 2].max() <= width - MARGIN
        assert boxes[:, 3].max() <= height - MARGIN
        assert min(rows[0], columns[0]) >= MARGIN
        assert rows[-1] <= height - MARGIN
        assert columns[-1] <= width - MARGIN


@every_english_case
def test_what_a_therapist_must_know_is_on_the_first_sheets(
    printed: Any, case: str, paper: Paper, language: str
) -> None:
    review, document = CASES[case](), printed(case, paper)
    text = " ".join(text_of(page) for page in list(document)[:-1])

    assert "Research use only; not a medical device." in text
    assert ("SYNTHETIC DATA" in text) is review["synthetic"]
    assert "At a glance" in text
    for name in ("stratum", "plan", "progression", "trend"):
        refused = review[name]["refused"]
        assert refused is None or refused["message"][:40] in text
    if review["plan"]["refused"] is None:
        mark = "DRAFT: not signed." if review["plan"]["status"] == "draft" else "SIGNED"
        assert mark in text
        assert review["plan"]["modules"][0]["title"] in text


@every_english_case
def test_what_is_left_out_of_a_list_is_counted(
    printed: Any, case: str, paper: Paper, language: str
) -> None:
    review, document = CASES[case](), printed(case, paper)
    text = " ".join(text_of(page) for page in list(document)[:-1])

    def more(what: str) -> int:
        found = re.search(rf"and (\d+) more {what}, see the HTML page", text)
        return int(found[1]) if found else 0

    plan = review["plan"] if review["plan"]["refused"] is None else {"modules": [], "blocked": []}
    shown = sum(one["dose"][:20] in text for one in plan["modules"])
    assert shown + more("modules") >= len(plan["modules"])
    assert more("modules") < max(1, len(plan["modules"]))
    listed = len(
        re.findall(r"(?:rated|estimated)(?: \[synthetic\])? (?:\d+ of 66 points|no estimate)", text)
    )
    assert listed + more("visits") == len(review["visits"])


def test_the_usual_case_keeps_its_picture_its_plan_and_most_of_its_visits(printed: Any) -> None:
    text = " ".join(text_of(page) for page in printed("usual", "A4"))

    assert "weeks since the stroke" in text
    assert text.count("rated 3") + text.count("estimated 3") >= 5
    assert "Task-specific practice with many repetitions" in text
    assert "PREP2" in text


@pytest.mark.slow
def test_a_refused_course_prints_no_points(printed: Any) -> None:
    for page in printed("refused", "A4"):
        assert not re.search(r"\d of 66", text_of(page))


@pytest.mark.slow
def test_chinese_is_printed_as_chinese(printed: Any) -> None:
    document = printed("signed", "A4", "zh")

    assert CLINICIAN_CHINESE.say("plan.title") in text_of(document[0])
    assert CHINESE_COURSE.say("plan.title") in text_of(document[len(document) - 1])


@pytest.mark.slow
def test_the_same_review_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        write_course_pdf(tmp_path / name, refused_review())

    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


@pytest.mark.slow
def test_no_rule_of_the_style_is_ignored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        write_course_pdf(tmp_path / "a.pdf", signed_review())

    assert [record.getMessage() for record in caplog.records] == []


LATIN_ALONE = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
PRINT = """
import sys
sys.path.insert(0, {tests!r})
from course_builder import refused_review
from hybridmfp.app.report import write_course_pdf
from hybridmfp.errors import MissingDependencyError
for language in ("en", "zh"):
    try:
        write_course_pdf(f"{{language}}.pdf", refused_review(), language=language)
    except MissingDependencyError as error:
        print(language, error)
"""


def test_without_a_chinese_font_nothing_is_printed_rather_than_boxes(tmp_path: Path) -> None:
    font = _dejavu()
    (tmp_path / "fonts").mkdir()
    for one in font.parent.glob("DejaVuSans*.ttf"):
        (tmp_path / "fonts" / one.name).write_bytes(one.read_bytes())
    settings = tmp_path / "fonts.conf"
    settings.write_text(
        LATIN_ALONE.format(fonts=tmp_path / "fonts", cache=tmp_path / "cache"), encoding="utf-8"
    )

    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", PRINT.format(tests=str(Path(__file__).parent))],
        cwd=tmp_path,
        env={**os.environ, "FONTCONFIG_FILE": str(settings)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert done.stdout.startswith("zh a font with the signs ")
    assert "apt install fonts-noto-cjk" in done.stdout
    assert "en " not in done.stdout.splitlines()[0][:3]
    assert [one.name for one in tmp_path.glob("*.pdf")] == ["en.pdf"]


def _dejavu() -> Path:
    """Give a font with Latin letters alone, from where systems keep it."""
    places = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts")]
    for place in places:
        for one in place.rglob("DejaVuSans.ttf"):
            return one
    pytest.skip("no DejaVu Sans is installed, which the test needs as a font without Chinese")


def test_without_weasyprint_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    with pytest.raises(MissingDependencyError, match=r'pip install "hybridmfp\[pdf\]"'):
        write_course_pdf(tmp_path / "a.pdf", usual_review())
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_paper_or_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"paper must be one of A4, Letter; got 'A3'"):
        write_course_pdf(tmp_path / "a.pdf", usual_review(), paper="A3")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"language must be one of en, zh; got 'de'"):
        write_course_pdf(tmp_path / "a.pdf", usual_review(), language="de")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(WriteError, match=r"a\.pdf"):
        write_course_pdf(path, refused_review())
    assert path.read_text(encoding="utf-8") == "mine"

    write_course_pdf(path, refused_review(), overwrite=True)
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_what_cannot_fit_is_refused_not_cut_off(tmp_path: Path) -> None:
    long = refused_review() | {"subject": "x" * 20000}

    with pytest.raises(WriteError, match=r"must fit on 2 sheets of A4"):
        write_course_pdf(tmp_path / "a.pdf", long)
    assert list(tmp_path.iterdir()) == []


def test_ever_less_detail_is_asked_for() -> None:
    assert len(SCORES) == 12
    for fuller, shorter in itertools.pairwise([EVERYTHING, *PAPER_DETAILS]):
        names = [name for name in vars(fuller) if name != "paper"]
        assert all(getattr(fuller, name) >= getattr(shorter, name) for name in names)
        assert fuller != shorter
