"""``rating-form``, ``visit``, ``plan``, ``prognose`` and ``export`` as their users meet them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from assessment_builder import assessment_of

from hybridmfp.app import course_pages
from hybridmfp.app.calibrating import keyform_of
from hybridmfp.app.keeping import course_in_words
from hybridmfp.app.planning import plan_in_words
from hybridmfp.app.reviewing import Reviewing, prognosis_in_words, read_plan, review_of_file
from hybridmfp.clinical.bedside import BedsideFindings
from hybridmfp.clinical.course import PatientCourse, Visit
from hybridmfp.clinical.course_file import write_course
from hybridmfp.clinical.prognosis import prognose
from hybridmfp.clinical.rating import fit_keyform
from hybridmfp.errors import ClinicalError
from hybridmfp.signals import SCALES, Cohort
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort

Run = Callable[..., tuple[int, str, str]]

ITEMS = {item.identifier: item.levels[0] for item in SCALES["fma-ue"].items} | {
    "A1a": 2, "A1b": 2, **{f"A2{one}": 2 for one in "abcdefghi"}, "A3a": 2, "A3b": 2, "A3c": 2,
    "C1": 2, "C2": 2, "C6": 2,
}  # fmt: skip
FOUND = (
    "wrist_extension_deg=25", "finger_extension_deg=15", "shoulder_flexion_deg=80",
    "elbow_extension_deg=90", "spasticity_mas=1", "follows_instructions=yes", "shoulder_pain=1",
    "contraindications=none",
)  # fmt: skip


def _rating(path: Path, **changes: Any) -> Path:
    told = {"subject": "P01", "session": "first", "days_post_stroke": 20, "side": "left"}
    lines = {**told, **ITEMS, **changes}
    path.write_text("\n".join(f"{name},{value}" for name, value in lines.items()), encoding="utf-8")
    return path


def _options(name: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (name, value)]


@pytest.fixture
def course(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "p01.json"
    code, _, told = run("visit", path, "--rating", _rating(tmp_path / "r.csv"), "--age", 61)
    assert code == 0, told
    more = _rating(tmp_path / "r2.csv", session="second", days_post_stroke=60, C7=2, B1=2)
    assert run("visit", path, "--rating", more, "--side", "left")[0] == 0
    answers = ("--answer", "balance_is_safe=yes")
    assert run("visit", path, "--days", 60, *_options("--found", FOUND), *answers)[0] == 0
    return path


def _read(path: Path) -> dict[str, Any]:
    described = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(described, dict)
    return described


def test_a_form_that_was_filled_in_becomes_a_visit(run: Run, tmp_path: Path) -> None:
    form, path = tmp_path / "form.csv", tmp_path / "p01.json"
    assert run("rating-form", form)[0] == 0

    rows = list(csv.reader(form.read_text(encoding="utf-8-sig").splitlines()))
    told = {"subject": "P01", "session": "first", "days_post_stroke": "20", **ITEMS}
    for row in rows[1:]:
        row[1] = str(told.get(row[0], ""))
    with form.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    code, out, _ = run("visit", path, "--rating", form, "--json")

    assert code == 0
    assert json.loads(out)["visits"][0]["score"] == sum(ITEMS.values())
    assert json.loads(out) == _read(path)


def test_dates_become_days_and_are_not_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p01.json"
    dates = ("--date", "2026-01-15", "--stroke-date", "2026-01-03")

    code, _, _ = run("visit", path, "--subject", "P01", "--found", "nihss=7", *dates)

    assert code == 0
    assert _read(path)["bedside"][0]["days_post_stroke"] == 12
    assert "2026" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "must add something"),
        (("--found", "nihss=7"), "the day of the visit must be known"),
        (("--found", "nihs=7", "--days", 3), "must name one of"),
        (("--found", "nihss", "--days", 3), "must be NAME=VALUE"),
        (("--found", "nihss=1", "--found", "nihss=2", "--days", 3), "nihss once"),
        (("--found", "nihss=seven", "--days", 3), "nihss must be a number"),
        (("--found", "mep_present=1", "--days", 3), "mep_present must be yes or no"),
        (("--found", "wrist_extension_deg=0.4", "--days", 3), "looks like radians"),
        (("--found", "nihss=7", "--date", "2026-01-15"), "must be given together"),
        (
            ("--found", "nihss=7", "--date", "2026-01-02", "--stroke-date", "2026-01-03"),
            "must not be before --stroke-date",
        ),
        (
            ("--found", "nihss=7", "--days", 3, "--date", "2026-01-15", "--stroke-date",
             "2026-01-03"),
            "must agree with the dates, 12",
        ),
        (("--found", "nihss=7", "--days", 3, "--side", "both"), "must be left or right"),
        (("--found", "nihss=7", "--days", 3, "--side", "right"), "affected_side of P01 must be"),
        (("--found", "nihss=7", "--days", 3, "--subject", "P02"), "must be of P01"),
        (("--answer", "ischaemic_stroke=maybe"), "ischaemic_stroke must be yes or no"),
        (("--answer", "stroke=yes"), "ischaemic_stroke (Was the stroke ischaemic?)"),
        (("--answer", "focal_spasticity=yes"), "the course says no, got yes"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_told_and_the_course_stays_as_it_was(
    run: Run, course: Path, options: tuple[Any, ...], told: str
) -> None:
    assert run("visit", course, "--side", "left", "--answer", "focal_spasticity=no")[0] == 0
    before = course.read_bytes()

    code, out, error = run("visit", course, *options)

    assert (code, out) == (2, "")
    assert told in error
    assert error.count("\n") == 1
    assert course.read_bytes() == before


def test_a_course_in_words_keeps_all_that_one_day_holds() -> None:
    told = PatientCourse(
        "P01",
        (
            Visit("a", 12, "rated", 30),
            Visit("b", 12, "estimated", 28, interval=(20.0, 36.0), level=0.9),
        ),
        bedside=(BedsideFindings(12, nihss=7), BedsideFindings(12, shoulder_pain=1)),
        answers={"ischaemic_stroke": False},
    )

    assert course_in_words(told) == {
        "day 12": "a, rated: 30 points; b, estimated: 28.0 points, 90% interval 20.0 to 36.0",
        "bedside 12": "nihss, shoulder_pain",
        "answers": "ischaemic_stroke: no",
    }


def test_an_answer_can_be_taken_back(run: Run, course: Path) -> None:
    assert _read(course)["answers"] == {"balance_is_safe": True}

    assert run("visit", course, "--answer", "balance_is_safe=unknown")[0] == 0
    assert run("visit", course, "--answer", "balance_is_safe=no")[0] == 0

    assert _read(course)["answers"] == {"balance_is_safe": False}


def test_a_new_course_needs_a_pseudonym(run: Run, tmp_path: Path) -> None:
    code, _, error = run("visit", tmp_path / "x.json", "--found", "nihss=7", "--days", 3)

    assert code == 2
    assert "must have a --subject" in error
    assert not (tmp_path / "x.json").exists()


def test_a_rating_on_another_day_than_told_is_refused(
    run: Run, course: Path, tmp_path: Path
) -> None:
    rating = _rating(tmp_path / "r3.csv", session="third", days_post_stroke=90)

    code, _, error = run("visit", course, "--rating", rating, "--days", 91)

    assert code == 2
    assert "says 90 days since the stroke; got 91" in error


def test_a_plan_is_proposed_changed_and_signed(run: Run, course: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    code, out, _ = run("plan", course, "--out", path, "--json")
    assert code == 0
    proposed = json.loads(out)
    assert proposed == _read(path)
    assert proposed["status"] == "draft"
    first = proposed["modules"][0]["id"]

    who = ("--by", "Th. A", "--why", "no room for it")
    assert run("plan", path, "--remove", first, *who)[0] == 0
    assert first not in [one["id"] for one in _read(path)["modules"]]
    assert run("plan", path, "--sign", "--by", "Th. A")[0] == 0
    assert _read(path)["status"] == "signed"
    assert _read(path)["signed"]["by"] == "Th. A"
    second = _read(path)["modules"][0]["id"]
    assert run("plan", path, "--dose", f"{second}=20 min a day", *who)[0] == 0
    assert _read(path)["status"] == "draft"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--sign",), "must say who makes it"),
        (("--remove", "mirror_therapy", "--by", "A"), "must say why"),
        (("--remove", "a", "--add", "b", "--by", "A", "--why", "w"), "one change at a time"),
        (("--remove", "a", "--sign", "--by", "A", "--why", "w"), "one change at a time"),
        (("--by", "A"), "must be --add, --remove, --move, --dose or --sign"),
        (("--dose", "a", "--by", "A", "--why", "w"), "must be MODULE=new dose"),
        (("--add", "vns", "--by", "A", "--why", "w"), "vns"),
    ],
)
def test_a_change_that_is_not_allowed_leaves_the_plan_as_it_was(
    run: Run, course: Path, tmp_path: Path, options: tuple[Any, ...], told: str
) -> None:
    path = tmp_path / "plan.json"
    assert run("plan", course, "--out", path)[0] == 0
    before = path.read_bytes()

    code, out, error = run("plan", path, *options)

    assert (code, out) == (2, "")
    assert told in error
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "extra",
    [
        ("--out", "other.json"), ("--rules", "rules.yaml"), ("--overwrite",), ("--rank", 1),
        ("--why", "because"), ("--minutes", 30),
    ],
)  # fmt: skip
def test_a_signature_takes_no_option_that_it_would_not_heed(
    extra: tuple[Any, ...], run: Run, course: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    assert run("plan", course, "--out", plan)[0] == 0
    before = plan.read_bytes()

    code, _, told = run("plan", plan, "--sign", "--by", "Dr B", *extra)

    assert code == 2
    assert extra[0].removeprefix("--") in told
    assert plan.read_bytes() == before


def test_a_plan_in_words_tells_its_signature_what_was_overridden_and_what_to_take_care_of(
    run: Run, course: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    assert run("plan", course, "--out", plan)[0] == 0
    why = ("--why", "refer", "--by", "Dr B", "--override", "surgeon agreed")
    assert run("plan", plan, "--add", "vns", *why)[0] == 0

    words = plan_in_words(read_plan(plan))

    assert run("plan", plan, "--sign", "--by", "Dr B")[0] == 0
    (vns,) = [text for name, text in words.items() if name.endswith(" vns")]
    assert vns.startswith("AGAINST THE RULES (")
    assert "Dr B: surgeon agreed" in vns
    assert "Take care: the shoulder hurts: keep below what hurts" in vns
    assert plan_in_words(read_plan(plan))["signed"].startswith("by Dr B, ")


def test_a_course_is_no_plan_and_a_plan_no_course(run: Run, course: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    assert run("plan", course, "--out", plan)[0] == 0

    _, _, told = run("plan", course, "--sign", "--by", "Dr B")
    assert "must be of the format hybridmfp-plan/1; got 'hybridmfp-course/1'" in told
    _, _, told = run("plan", plan)
    assert "format must be hybridmfp-course/1; got 'hybridmfp-plan/1'" in told


def test_no_plan_without_what_is_found_at_the_bedside(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p01.json"
    assert run("visit", path, "--rating", _rating(tmp_path / "r.csv"))[0] == 0

    code, _, error = run("plan", path, "--out", tmp_path / "plan.json")

    assert code == 2
    assert "missing: active wrist extension, active finger extension" in error
    assert not (tmp_path / "plan.json").exists()


def test_a_prognosis_is_a_range_with_its_errors_elsewhere(run: Run, course: Path) -> None:
    code, out, _ = run("prognose", course, "--json")
    said = json.loads(out)

    assert code == 0
    assert [one["week"] for one in said["at"]] == [12, 26]
    assert all(one["q05"] <= one["q50"] <= one["q95"] for one in said["at"])
    code, words, _ = run("prognose", course)
    assert code == 0
    assert "How wrong it was elsewhere" in words
    assert "REFUSED (missing_input)" in words.replace("\n", " ")


def test_errors_elsewhere_are_told_of_what_is_foretold_alone(run: Run, tmp_path: Path) -> None:
    late = tmp_path / "late.json"
    write_course(late, PatientCourse("P01", (Visit("w40", 280, "rated", 30.0),)))
    code, words, _ = run("prognose", late)

    assert code == 0
    assert "REFUSED (outside_window)" in words
    assert "How wrong it was elsewhere" not in words


def test_a_form_that_no_spreadsheet_would_open_is_refused(run: Run, tmp_path: Path) -> None:
    code, _, error = run("rating-form", tmp_path / "form.xlsx")

    assert code == 2
    assert "must end in .csv; got 'form.xlsx'. Name it form.csv" in error
    assert not list(tmp_path.iterdir())


def test_a_rule_is_told_with_its_steps_and_how_right_it_was_elsewhere() -> None:
    found = BedsideFindings(2, mrc_shoulder_abduction=3, mrc_finger_extension=3)
    course = PatientCourse("P01", (Visit("a", 2, "rated", 20),), bedside=(found,), age_years=81)

    words = prognosis_in_words(prognose(course).as_json())

    assert words["based on"] == "1 rated score"
    assert "split at SAFE 8 from 80 years on [unverified]" in words["PREP2"]
    assert "Right for 78 % (71.2 to 86.1) elsewhere. (Millot 2024, n = 143" in words["PREP2"]
    assert words["EPOS"].startswith("both present: some dexterity at 6 months: 98%")


def test_a_week_that_cannot_be_foretold_is_refused_by_name(run: Run, course: Path) -> None:
    code, out, _ = run("prognose", course, "--week", 40, "--json")

    assert code == 0
    assert json.loads(out)["refused"]["refusal"] == "outside_window"


@pytest.mark.parametrize(("name", "kind"), [("b.json", "FHIR R4 bundle"), ("csv", "folder of CSV")])
def test_a_course_is_handed_over(
    run: Run, course: Path, tmp_path: Path, name: str, kind: str
) -> None:
    code, out, _ = run("export", course, "--out", tmp_path / name, "--json")

    said = json.loads(out)
    assert code == 0
    assert said["kind"] == kind
    if kind == "folder of CSV":
        assert said["holds"]["visits"] == 2
        assert (tmp_path / name / "visits.csv").exists()
    else:
        assert said["holds"]["QuestionnaireResponse"] == 2
        assert _read(tmp_path / name)["resourceType"] == "Bundle"
        assert run("export", course, "--out", tmp_path / name)[0] == 2


def test_a_signed_plan_is_handed_over_as_active_and_a_draft_as_draft(
    run: Run, course: Path, tmp_path: Path
) -> None:
    plan, out = tmp_path / "plan.json", tmp_path / "b.json"

    def status() -> list[str]:
        assert run("export", course, "--out", out, "--plan", plan, "--overwrite")[0] == 0
        resources = [one["resource"] for one in _read(out)["entry"]]
        return [one["status"] for one in resources if one["resourceType"] == "CarePlan"]

    assert run("plan", course, "--out", plan)[0] == 0
    assert status() == ["draft"]
    assert run("plan", plan, "--sign", "--by", "A")[0] == 0
    assert status() == ["active"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--out", "x.pdf"), "OUT must end in .json"),
        (("--out", "folder", "--stroke-date", "2026-01-03"), "is for a FHIR bundle"),
        (("--out", "x.json", "--stroke-date", "yesterday"), "must be a date such as"),
        (("--out", "x.json", "--source", "guessed"), "must be rated or estimated"),
        (("--out", "x.json", "--plan", "absent.json"), "absent.json"),
        (("--out", "x.json", "--keyform", "absent.json"), "absent.json"),
    ],
)
def test_what_cannot_be_handed_over_is_told(
    run: Run, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    options: tuple[Any, ...], told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)

    code, out, error = run("export", course, *options)

    assert (code, out) == (2, "")
    assert told in error
    assert not Path(options[1]).exists()


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        ((), "Course of P01"),
        (("--reader", "patient"), "Ask your therapist"),
        (("--language", "zh"), "P01 的病程"),
        (("--language", "zh", "--reader", "patient"), "您的手臂"),
    ],
)
def test_a_course_becomes_a_page_for_either_reader_in_either_language(
    run: Run, course: Path, tmp_path: Path, options: tuple[str, ...], holds: str
) -> None:
    out = tmp_path / "page.html"

    code, said, _ = run("report", course, "--out", out, *options, "--json")

    assert code == 0
    assert json.loads(said) == {"kind": "course", "source": str(course), "written": str(out)}
    assert holds in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--reader", "nurse"), "--reader must be therapist or patient"),
        (("--language", "de"), "language must be one of en, zh"),
        (("--model", "m.hmfp"), "--model is not for the page of a course"),
        (("--scheme", "none"), "scheme must be one of"),
        (("--source", "guessed"), "--source must be rated or estimated"),
        (("--paper", "A3"), "paper must be one of"),
        (("--repeat-sd", 0), "repeat_sd must be a number of points above 0"),
    ],
)
def test_a_page_that_cannot_be_made_is_refused_before_the_work(
    run: Run, course: Path, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    out = tmp_path / "page.html"

    code, said, error = run("report", course, "--out", out, *options)

    assert (code, said) == (2, "")
    assert told in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--repeat-sd", 3), "--repeat-sd is not for the page of an assessment"),
        (("--scheme", "woodbury"), "--scheme is not for the page of an assessment"),
        (("--language", "zh"), "add --reader patient"),
        (("--reader", "nurse"), "--reader must be therapist or patient"),
        (("--language", "de", "--reader", "patient"), "language must be one of en, zh"),
    ],
)
def test_options_that_do_not_fit_an_assessment_are_told(
    run: Run, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(assessment_of()), encoding="utf-8")

    code, _, error = run("report", path, "--out", tmp_path / "a.html", *options)

    assert code == 2
    assert told in error
    assert not (tmp_path / "a.html").exists()


def test_the_patient_gets_a_page_of_an_assessment_in_chinese(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "a.json", tmp_path / "a.html"
    path.write_text(json.dumps(assessment_of()), encoding="utf-8")

    code, _, told = run("report", path, "--out", out, "--reader", "patient", "--language", "zh")

    assert code == 0, told
    assert 'lang="zh-CN"' in out.read_text(encoding="utf-8")
    pdf = ("report", path, "--out", tmp_path / "a.pdf", "--reader", "patient")
    assert "must end in .html" in run(*pdf)[2]


def test_a_cohort_makes_a_keyform_that_names_targets(
    run: Run, course: Path, tmp_path: Path
) -> None:
    cohort = VirtualCohortSettings(
        n_patients=150, n_controls=0, tasks=("reach_forward",), n_repetitions=1, seed=6950
    )
    sessions = virtual_cohort(cohort).sessions
    table = [{"subject": row.subject, **row.items} for row in sessions]
    path = tmp_path / "keyform.json"
    fit_keyform(table, cohort="virtual", synthetic=True).save(path)

    out = tmp_path / "page.html"
    code, _, told = run("report", course, "--out", out, "--keyform", path)

    assert code == 0, told
    assert "logit" in out.read_text(encoding="utf-8").lower()


def test_a_cohort_without_items_or_of_another_scale_makes_no_keyform() -> None:
    bare = Cohort("bare", scale=SCALES["fma-ue"], sessions=(), trials=())
    other = Cohort("other", scale=SCALES["fma-ue-mhh20"], sessions=(), trials=())

    for cohort, refusal in ((bare, "missing_items"), (other, "other_scale")):
        with pytest.raises(ClinicalError, match=cohort.name) as caught:
            keyform_of(cohort)
        assert caught.value.refusal == refusal


def test_a_larger_repeat_error_makes_noise_of_a_change(
    run: Run, course: Path, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("usual", "noisy")]

    assert run("export", course, "--out", folders[0])[0] == 0
    assert run("export", course, "--out", folders[1], "--repeat-sd", 20)[0] == 0

    mdc = []
    for folder in folders:
        rows = csv.DictReader((folder / "changes.csv").read_text(encoding="utf-8").splitlines())
        mdc.append(float(next(rows)["mdc_points"]))
    assert mdc == pytest.approx([6.82, 1.96 * 2**0.5 * 20])


def test_one_visit_of_each_patient_counts_for_a_keyform() -> None:
    settings = VirtualCohortSettings(
        n_patients=120, n_controls=5, tasks=("reach_forward",), n_repetitions=1, seed=6951,
        visit_weeks=(0.0, 4.0),
    )  # fmt: skip
    cohort = virtual_cohort(settings)

    fitted = keyform_of(cohort)

    assert fitted.n_fitted == 120
    assert fitted.synthetic


def test_findings_are_of_the_affected_arm(run: Run, course: Path) -> None:
    assert run("visit", course, "--found", "nihss=3", "--days", 61)[0] == 0

    assert _read(course)["bedside"][-1]["side"] == "left"


def test_a_module_is_moved_and_its_dose_changed(run: Run, course: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    assert run("plan", course, "--out", path)[0] == 0
    last = _read(path)["modules"][-1]["id"]
    who = ("--by", "Th. A", "--why", "suits the patient")

    assert run("plan", path, "--move", last, "--rank", 1, *who)[0] == 0
    assert run("plan", path, "--dose", f"{last}=45 min a day", "--minutes", 45, *who)[0] == 0

    first = _read(path)["modules"][0]
    assert (first["id"], first["minutes_per_day"]) == (last, 45)
    assert first["dose"].startswith("45 min a day")


def test_a_clinic_plans_by_its_own_rules(run: Run, course: Path, tmp_path: Path) -> None:
    ours = resources.files("hybridmfp.clinical.plan").joinpath("rules.yaml").read_text("utf-8")
    title = next(line for line in ours.splitlines() if line.startswith("title:"))
    theirs = tmp_path / "rules.yaml"
    theirs.write_text(ours.replace(title, "title: Rules of the clinic"), encoding="utf-8")

    code, out, told = run("plan", course, "--rules", theirs, "--json")

    assert code == 0, told
    assert json.loads(out)["rules"].startswith("Rules of the clinic")


def test_a_prognosis_is_of_the_scores_that_were_asked_for(run: Run, course: Path) -> None:
    code, out, _ = run("prognose", course, "--source", "estimated", "--json")

    assert code == 0
    assert json.loads(out)["n_observations"] == 0
    assert json.loads(out)["refused"]["refusal"] == "missing_input"


def test_a_pdf_is_of_the_paper_that_was_asked_for(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(course_pages, "write_course_pdf", lambda *_, **named: seen.update(named))
    monkeypatch.setattr(course_pages, "check_course_page", lambda *_, **__: None)

    course_pages.write_course_page(
        tmp_path / "a.pdf", review_of_file(course), paper="Letter", language="zh", overwrite=True
    )

    assert seen == {"paper": "Letter", "language": "zh", "overwrite": True}


def test_the_strata_are_those_of_the_scheme_that_was_asked_for(course: Path) -> None:
    told = review_of_file(course, Reviewing(scheme="three_level")).sections["stratum"]

    assert told is not None
    assert told["scheme"] == "three_level"
