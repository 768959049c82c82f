"""``fit``, ``assess`` and ``report`` as scripts and people meet them."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hybridmfp.io import write_cohort
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

Run = Callable[..., tuple[int, str, str]]

CONTRACT = {
    *("estimate", "interval", "level", "scale", "verdict", "reasons", "items", "drivers"),
    *("quality", "model", "synthetic"),
}


def on_disk(path: Path, **settings: object) -> Path:
    given = {"n_controls": 0, "tasks": ("reach_forward",), "emg": "amplitude_noise"}
    write_cohort(virtual_cohort(VirtualCohortSettings(**(given | settings))), path)
    return path


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fit") / "cohort"
    return on_disk(path, n_patients=16, n_controls=2, n_repetitions=1, seed=350)


@pytest.fixture(scope="session")
def somebody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("new") / "somebody"
    return on_disk(path, n_patients=1, n_repetitions=3, seed=351)


@pytest.fixture(scope="session")
def model(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from hybridmfp.io import open_cohort
    from hybridmfp.pipelines import Settings
    from hybridmfp.pipelines.fit import FitPlan, fit_model
    from hybridmfp.pipelines.model_file import write_model

    path = tmp_path_factory.mktemp("model") / "model.hmfp"
    plan = FitPlan(model="ensemble", n_folds=4, n_audit_draws=0, n_jobs=1)
    write_model(path, fit_model(open_cohort(cohort), Settings(), plan))
    return path


def the_object(out: str) -> dict[str, Any]:
    described = json.loads(out)
    assert isinstance(described, dict)
    return described


def test_fit_writes_one_file_and_says_how_well_it_does(
    run: Run, cohort: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model.hmfp"

    code, said, _ = run(
        *("fit", cohort, "--out", out, "--model", "ensemble", "--folds", 4, "--audit", 1),
        *("--jobs", 1, "--no-cache", "--json"),
    )

    described = the_object(said)
    assert code == 0
    assert out.exists()
    assert described["n_subjects"] == 16
    assert described["mae"] > 0
    assert described["coverage"][0]["group"] == "all"
    assert described["audit"]["nested_is_honest"] in (True, False)
    assert len(described["hash"]) == 64
    code, _, err = run("fit", cohort, "--out", out, "--model", "ensemble")
    assert (code, "must be a new file" in err) == (2, True)


def test_assess_prints_one_object_with_the_contract(run: Run, somebody: Path, model: Path) -> None:
    code, out, err = run("assess", somebody, "--model", model, "--json")

    described = the_object(out)
    assert (code, err) == (0, "")
    assert set(described) >= CONTRACT
    assert described["n_trials"] == 3
    assert described["provenance"]["recordings"][0]["sha256"]
    again = the_object(run("assess", somebody, "--model", model, "--json")[1])
    assert again == described


def test_assess_speaks_to_people_too(run: Run, somebody: Path, model: Path) -> None:
    code, out, _ = run("assess", somebody, "--model", model)

    assert code == 0
    assert "SYNTHETIC" in out
    assert "3 of 3 recordings used" in out


def test_somebody_the_model_has_met_is_not_assessed_unknowingly(
    run: Run, cohort: Path, somebody: Path, model: Path
) -> None:
    met, new = (
        the_object(run("assess", *who, "--model", model, "--json")[1])
        for who in ((cohort, "--subject", "S1"), (somebody,))
    )

    assert "FLATTERED: the model has learned from 1 of these 1 recordings" in met["notes"][0]
    assert not any("FLATTERED" in note for note in new["notes"])


def test_reports_are_written_as_asked_and_can_be_made_again(
    run: Run, somebody: Path, model: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"

    code, out, _ = run("assess", somebody, "--model", model, "--json", "--report", page)
    (tmp_path / "said.json").write_text(out)
    again = run(
        *("report", tmp_path / "said.json", "--model", model, "--out", tmp_path / "again.html")
    )
    card = run("report", model, "--out", tmp_path / "card.html", "--json")

    assert (code, again[0], card[0]) == (0, 0, 0)
    assert (tmp_path / "again.html").read_text() == page.read_text()
    assert "TRIPOD" in (tmp_path / "card.html").read_text()
    assert the_object(card[1])["kind"] == "card"


def test_a_refusal_is_an_answer_and_not_an_error(run: Run, model: Path, tmp_path: Path) -> None:
    other = on_disk(tmp_path / "other", n_patients=1, tasks=("finger_to_nose",), seed=352)

    code, out, _ = run("assess", other, "--model", model, "--json")

    described = the_object(out)
    assert code == 0
    assert (described["verdict"], described["estimate"]) == ("refused", None)
    assert described["reasons"]
    assert described["remedies"]
    code, out, _ = run("assess", other, "--model", model)
    assert (code, "REFUSED" in out) == (0, True)


def test_what_the_user_can_mend_ends_in_one_message(
    run: Run, cohort: Path, somebody: Path, model: Path, tmp_path: Path
) -> None:
    tampered = tmp_path / "tampered.hmfp"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    tampered.write_bytes(data)
    pickled = tmp_path / "pickled.hmfp"
    pickled.write_bytes(pickle.dumps({"a": 1}))
    said = tmp_path / "said.json"
    said.write_text("{}")
    changed = tmp_path / "changed.json"
    described = the_object(run("assess", somebody, "--model", model, "--json")[1])
    changed.write_text(json.dumps(described | {"drivers": None}))
    folder = tmp_path / "folder.html"
    folder.mkdir()
    there = tmp_path / "there.html"
    there.write_text("mine")
    out = tmp_path / "out.html"

    for arguments, message in (
        (("assess", cohort, "--model", model), "18 sessions of 18 persons"),
        (("assess", cohort, "--model", model, "--subject", "S99"), "fits --subject S99"),
        (("assess", tmp_path / "nowhere", "--model", model), "nowhere"),
        (("assess", somebody, "--model", tmp_path / "no.hmfp"), "no.hmfp"),
        (("assess", somebody, "--model", tampered), "tampered.hmfp"),
        (("assess", somebody, "--model", pickled), "pickled.hmfp"),
        (("assess", somebody, "--model", model, "--level", "90"), "level must lie between 0 and 1"),
        (("assess", somebody, "--model", model, "--report", "x.docx"), "must end in .html or .pdf"),
        (("assess", somebody, "--model", model, "--report", there), "must be a new file"),
        (("assess", somebody, "--model", model, "--report", folder), "is a folder"),
        (("assess", somebody, "--model", model, "--level", "0.95"), "level must be at most 0.941"),
        (("assess", somebody, "--model", somebody), "Name the file in it"),
        (("assess", model, "--model", model), "model.hmfp"),
        (("report", somebody, "--out", out), "must be a file that can be read"),
        (("report", changed, "--out", out), "drivers must be a list; got null"),
        (("report", said, "--out", folder, "--overwrite"), "is a folder"),
        (("report", said, "--out", out), "must be of the format"),
        (("report", model, "--out", tmp_path / "card.pdf"), "must be an .html page"),
        (("report", pickled, "--out", out), "pickled.hmfp"),
        (("fit", cohort, "--out", out, "--model", "ridge"), "can be kept"),
    ):
        code, printed, err = run(*arguments)
        assert (code, printed) == (2, ""), arguments
        assert message in err.replace("\n", " "), err
        assert "Traceback" not in err
    assert there.read_text() == "mine"
    assert not out.exists()


def test_a_pdf_that_cannot_be_made_is_refused_before_the_work(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    code, _, err = run(
        *("assess", tmp_path / "nowhere", "--model", tmp_path / "no.hmfp"),
        *("--report", tmp_path / "page.pdf"),
    )

    assert (code, "WeasyPrint must be installed" in err) == (2, True)
