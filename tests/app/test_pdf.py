"""What comes out of the printer: two sheets, nothing cut off, everything shortened on purpose."""

from __future__ import annotations

import itertools
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pypdfium2 as pdfium
import pytest
from assessment_builder import (
    LONG_NAME,
    MUSCLES,
    assessment_of,
    card_of,
    channels_of,
    drivers_of,
    refused_assessment,
)

from hybridmfp.app.report import write_pdf
from hybridmfp.app.report.clinician_page import DETAILS
from hybridmfp.app.report.pdf import Paper
from hybridmfp.app.report.plain_names import plain_name
from hybridmfp.errors import MissingDependencyError, SettingsError, WriteError

try:
    import weasyprint  # noqa: F401
except OSError as error:  # the package is there, the system library is not
    pytest.skip(f"WeasyPrint needs Pango, which is not here: {error}", allow_module_level=True)

SIZES = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0)}  # points
MARGIN = 25.0  # points, on every side, that no printer needs
ALL_RED = {"verdict": "red", "channels": channels_of(12), "lag_ms": None, "drift_ppm": None}


def of_one_modality(modality: str, **changes: Any) -> dict[str, Any]:
    found = assessment_of(**changes)
    kept = [one for one in found["quality"]["channels"] if one["modality"] == modality]
    found["quality"] = {**found["quality"], "channels": kept, "lag_ms": None, "drift_ppm": None}
    return found


def long_names() -> dict[str, Any]:
    channels = [
        {**one, "channel": f"{LONG_NAME[:-2]}{at:02d}"} for at, one in enumerate(channels_of(12))
    ]
    drivers = [{**one, "name": LONG_NAME} for one in drivers_of(15)]
    biomarkers = [{**one, "name": LONG_NAME} for one in assessment_of()["biomarkers"]]
    return assessment_of(
        subject=LONG_NAME, session=LONG_NAME, tasks={LONG_NAME + str(n): n for n in range(12)},
        quality={**ALL_RED, "channels": channels}, drivers=drivers, biomarkers=biomarkers * 3,
        synthetic=True,
    )  # fmt: skip


def everything_at_once() -> dict[str, Any]:
    found = assessment_of(
        synthetic=True, drivers=drivers_of(15), quality=ALL_RED, subject=LONG_NAME,
        session=LONG_NAME, notes=["A note that says at some length what was left out. " * 4] * 6,
    )  # fmt: skip
    found["model"]["trained_on"] |= {"synthetic": True, "name": LONG_NAME * 4}
    return found


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "usual": assessment_of,
    "left": lambda: assessment_of(side="left"),
    "refused": lambda: refused_assessment(6, quality=ALL_RED, synthetic=True),
    "refused for many reasons": lambda: refused_assessment(12, quality=ALL_RED),
    "all red": lambda: assessment_of(quality=ALL_RED),
    "long names": long_names,
    "15 drivers": lambda: assessment_of(drivers=drivers_of(15)),
    "no EMG": lambda: of_one_modality("kinematics"),
    "no kinematics": lambda: of_one_modality("emg", replay=None),
    "total alone": lambda: assessment_of(
        scale="fma-ue-mhh20", scale_range=[0, 20], estimate=17.2, interval=[15.1, 19.4], items=None,
        signal_map=None, drivers=[], biomarkers=[],
    ),
    "everything": everything_at_once,
}  # fmt: skip


@pytest.fixture(scope="module")
def printed(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Paper], pdfium.PdfDocument]:
    """Print each case once."""
    folder, documents = tmp_path_factory.mktemp("pdf"), {}

    def document(case: str, paper: Paper) -> pdfium.PdfDocument:
        if (case, paper) not in documents:
            path = folder / f"{case}-{paper}.pdf"
            write_pdf(path, CASES[case](), card=card_of(), paper=paper)
            documents[case, paper] = pdfium.PdfDocument(path)
        return documents[case, paper]

    return document


def text_of(page: pdfium.PdfPage) -> str:
    words = page.get_textpage().get_text_range().replace("\u00a0", " ")
    return re.sub(r"\s+", " ", words.replace("\u0002", ""))


QUICK = {("usual", "A4"), ("usual", "Letter"), ("refused", "A4"), ("everything", "Letter")}
every_case = pytest.mark.parametrize(
    ("case", "paper"),
    [
        pytest.param(*one, marks=[] if one in QUICK else pytest.mark.slow)
        for one in itertools.product(CASES, get_args(Paper))
    ],
)


@every_case
def test_there_are_two_sheets_of_the_asked_size(printed: Any, case: str, paper: Paper) -> None:
    document = printed(case, paper)

    assert len(document) == 2
    for page in document:
        assert page.get_size() == pytest.approx(SIZES[paper], abs=0.5)


@every_case
def test_no_sign_and_no_ink_comes_near_the_edge(printed: Any, case: str, paper: Paper) -> None:
    for page in printed(case, paper):
        words, (width, height) = page.get_textpage(), page.get_size()
        boxes = np.array([words.get_charbox(at) for at in range(words.count_chars())])
        ink = np.asarray(page.render(scale=1).to_numpy()).min(axis=2) < 255
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))

        assert boxes[:, :2].min() >= MARGIN
        assert boxes[:, 2].max() <= width - MARGIN
        assert boxes[:, 3].max() <= height - MARGIN
        assert min(rows[0], columns[0]) >= MARGIN
        assert rows[-1] <= height - MARGIN
        assert columns[-1] <= width - MARGIN


@every_case
def test_the_first_sheet_says_what_a_therapist_must_know(
    printed: Any, case: str, paper: Paper
) -> None:
    assessment, text = CASES[case](), text_of(printed(case, paper)[0])
    synthetic = assessment["synthetic"] or assessment["model"]["trained_on"]["synthetic"]

    assert "Research use only; not a medical device." in text
    assert ("SYNTHETIC DATA" in text) is synthetic
    assert assessment["subject"] in text
    assert "Its honest error" in text
    if assessment["verdict"] == "refused":
        assert "No estimate" in text
        assert assessment["reasons"][0][:50] in text
        assert assessment["remedies"][0][:50] in text
    else:
        assert f"{assessment['estimate']:.0f} of {assessment['scale_range'][1]} points" in text
        assert "It is not a rating and never replaces one." in text
        assert text.count("90 % interval") >= 1


@every_case
def test_what_is_left_out_of_a_list_is_counted(printed: Any, case: str, paper: Paper) -> None:
    assessment, text = CASES[case](), text_of(printed(case, paper)[0])
    faulty = [one for one in assessment["quality"]["channels"] if one["verdict"] != "green"]
    shown = {
        "findings": sum(f"{one['reason'].partition(':')[0]}:" in text for one in faulty),
        "reasons": sum(one[:45] in text for one in assessment["reasons"]),
        "remedies": sum(one[:45] in text for one in assessment["remedies"]),
    }
    every = {
        "findings": faulty,
        "reasons": assessment["reasons"],
        "remedies": assessment["remedies"],
    }

    for what, n_shown in shown.items():
        more = re.search(rf"and (\d+) more {what}, see the HTML report", text)
        assert n_shown + (int(more[1]) if more else 0) == len(every[what])


@pytest.mark.slow
@pytest.mark.parametrize("paper", get_args(Paper))
def test_the_picture_names_every_muscle_even_where_the_list_is_short(
    printed: Any, paper: Paper
) -> None:
    text = text_of(printed("all red", paper)[0])

    assert all(plain_name(muscle) in text for muscle in MUSCLES)
    assert text.count("not usable") >= len(MUSCLES)


@pytest.mark.parametrize("paper", get_args(Paper))
def test_the_usual_case_is_hardly_shortened(printed: Any, paper: Paper) -> None:
    text = text_of(printed("usual", paper)[0])

    assert "more findings" not in text
    assert len(re.findall(r"[+\u2212]\d\.\d", text)) >= 7  # drivers and biomarkers with points
    assert "Replay, from the side" in text


def test_many_tasks_are_counted_instead_of_cut_off(printed: Any) -> None:
    assert "29 of 30 trials used (3 tasks)" not in text_of(printed("usual", "A4")[0])
    assert "29 of 30 trials used (12 tasks)" in text_of(printed("long names", "A4")[0])


@every_case
def test_the_second_sheet_is_the_patients(printed: Any, case: str, paper: Paper) -> None:
    assessment, text = CASES[case](), text_of(printed(case, paper)[1])

    assert "Your arm today" in text
    assert "Ask your therapist what this page means for you." in text
    assert "Not a medical device." in text
    assert ("No range today" in text) is (assessment["verdict"] == "refused")


def test_a_refused_assessment_prints_no_number(tmp_path: Path) -> None:
    full = assessment_of(estimate=57.3, interval=[52.2, 61.7])
    leaking = {**full, "verdict": "refused", "reasons": ["Hum."], "remedies": ["Again."]}

    write_pdf(tmp_path / "a.pdf", leaking, card=card_of())

    for page in pdfium.PdfDocument(tmp_path / "a.pdf"):
        assert not re.search(r"\b(57|52|61|62)\b", text_of(page))


def test_the_same_assessment_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        write_pdf(tmp_path / name, assessment_of(), card=card_of())

    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_no_rule_of_the_style_is_ignored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        write_pdf(tmp_path / "a.pdf", assessment_of(), card=card_of())

    assert [record.getMessage() for record in caplog.records] == []


def test_without_weasyprint_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    with pytest.raises(MissingDependencyError, match=r'pip install "hybridmfp\[pdf\]"'):
        write_pdf(tmp_path / "a.pdf", assessment_of(), card=None)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_paper_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"paper must be one of A4, Letter; got 'A3'"):
        write_pdf(tmp_path / "a.pdf", assessment_of(), card=None, paper="A3")  # type: ignore[arg-type]


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(WriteError, match=r"a\.pdf"):
        write_pdf(path, refused_assessment(), card=None)
    assert path.read_text(encoding="utf-8") == "mine"

    write_pdf(path, refused_assessment(), card=None, overwrite=True)
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_what_cannot_fit_is_refused_not_cut_off(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"must fit on one sheet of Letter; this one does not"):
        write_pdf(tmp_path / "a.pdf", assessment_of(subject="x" * 9000), card=None, paper="Letter")
    assert list(tmp_path.iterdir()) == []


def test_ever_less_detail_is_asked_for() -> None:
    for fuller, shorter in itertools.pairwise(DETAILS):
        amounts = [(getattr(fuller, name), getattr(shorter, name)) for name in vars(fuller)]
        assert all(before >= after for before, after in amounts)
        assert fuller != shorter
