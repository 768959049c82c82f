"""A therapy plan on the command line: proposed, changed, signed, put in words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from hybridmfp.app.reviewing import Reviewing, plan_bytes, read_plan
from hybridmfp.clinical.course_file import read_course
from hybridmfp.clinical.plan import Plan, PlanEdit, PlannedModule, edit_plan, sign_plan
from hybridmfp.clinical.plan.therapy_plan import Action
from hybridmfp.clinical.review import propose_plan
from hybridmfp.errors import SettingsError
from hybridmfp.io.atomic import atomic_file

__all__ = ["Edit", "change_plan", "plan_in_words", "propose", "refuse_with_change"]


@dataclass(frozen=True)
class Edit:
    """Hold what the command line asks to change; see `PlanEdit`.

    Attributes
    ----------
    add, remove, move : str or None
        Identifier of a module.
    dose : str or None
        ``MODULE=new dose``, or the dose of a module that is added.
    rank, title, minutes_per_day, override, why, by
        As in `PlanEdit`.
    sign : bool
    """

    add: str | None = None
    remove: str | None = None
    move: str | None = None
    dose: str | None = None
    rank: int | None = None
    title: str | None = None
    minutes_per_day: float | None = None
    override: str | None = None
    why: str | None = None
    by: str | None = None
    sign: bool = False

    @property
    def asks_anything(self) -> bool:
        """Whether anything is to be changed."""
        return any(getattr(self, one.name) not in (None, False) for one in fields(self))


def propose(
    course: Path,
    out: Path | None,
    *,
    score_source: str | None = None,
    rules: Path | None = None,
    overwrite: bool = False,
) -> tuple[Plan, Path | None]:
    """Propose a plan for a course, and write it where that is asked for.

    Raises
    ------
    ClinicalError
        If no plan may be made; the message says why.
    WriteError
        If OUT exists and may not be replaced.
    """
    asked = Reviewing(source=score_source, rules=rules)
    made = propose_plan(read_course(course), asked.settings())
    if out is not None:
        with atomic_file(out, overwrite=overwrite) as unfinished:
            unfinished.write_bytes(plan_bytes(made))
    return made, out


def change_plan(path: Path, edit: Edit) -> tuple[Plan, Path]:
    """Change or sign the plan in a file; the file changes whole or not at all.

    Raises
    ------
    SettingsError
        If not exactly one change is asked for, or who and why are missing.
    ClinicalError
        If the change is not allowed; the file stays as it was.
    """
    before = read_plan(path)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    if edit.by is None:
        raise SettingsError("a change of a plan must say who makes it; give --by.")
    if edit.sign:
        _check_sign_alone(edit)
        after = sign_plan(before, by=edit.by, at=at)
    else:
        after = edit_plan(before, _edit(edit, edit.by, at))
    with atomic_file(path, overwrite=True) as unfinished:
        unfinished.write_bytes(plan_bytes(after))
    return after, path


def refuse_with_change(
    *, out: Path | None, score_source: str | None, rules: Path | None, overwrite: bool
) -> None:
    """Refuse what a change of a plan does not heed.

    Raises
    ------
    SettingsError
        If OUT, a source, rules or overwrite are given: a plan changes in its own file, as it was
        proposed.
    """
    given = {
        "--out": out is not None,
        "--source": score_source is not None,
        "--rules": rules is not None,
        "--overwrite": overwrite,
    }
    extra = [name for name, one in given.items() if one]
    if extra:
        raise SettingsError(
            f"a plan is changed and signed in its own file; {', '.join(extra)} is for a new plan "
            "from a course. Leave it out; copy the file first to keep it as it was."
        )


def plan_in_words(plan: Plan) -> dict[str, str]:
    """Put a plan in words: modules by rank, and what blocks the others."""
    rows = {"stratum": plan.stratum, "aim": plan.aim}
    if plan.signed is not None:
        rows["signed"] = f"by {plan.signed.by}, {plan.signed.at}"
    if plan.dose_cap is not None:
        rows["dose cap"] = f"{plan.dose_cap.text} ({plan.dose_cap.source.text})"
    for rank, one in enumerate(plan.modules, start=1):
        rows[f"{rank} {one.identifier}"] = _module_in_words(one)
    for number, text in enumerate((one.as_json()["text"] for one in plan.conflicts), start=1):
        rows[f"guidelines differ {number}"] = text
    for blocked in plan.blocked:
        rows[f"not {blocked.module.identifier}"] = blocked.because
    return rows


def _module_in_words(module: PlannedModule) -> str:
    """Say what is done and why; first what had blocked it, last what to take care of."""
    told = f"{module.title}: {module.dose}. Because: {module.reason}"
    if module.override is not None:
        blocked = "; ".join(one.text for one in module.override.causes)
        why = f"{module.override.by}: {module.override.reason}"
        told = f"AGAINST THE RULES ({blocked}), {why}. {told}"
    return f"{told}. Take care: {'; '.join(module.safety)}" if module.safety else told


def _asked(edit: Edit) -> tuple[Action, str] | None:
    """Give the one change that is asked for, and its module."""
    changes: dict[Action, str | None] = {
        "add": edit.add,
        "remove": edit.remove,
        "move": edit.move,
        "dose": edit.dose if edit.add is None else None,
    }
    asked = [(action, module) for action, module in changes.items() if module is not None]
    if len(asked) > 1 or (asked and edit.sign):
        raise SettingsError(
            "one change at a time: --add, --remove, --move, --dose or --sign; got several."
        )
    return asked[0] if asked else None


def _check_sign_alone(edit: Edit) -> None:
    _asked(edit)
    extra = [
        one.name
        for one in fields(edit)
        if one.name not in ("sign", "by") and getattr(edit, one.name) is not None
    ]
    if extra:
        raise SettingsError(
            f"--sign signs the plan as it stands and takes --by alone; got {', '.join(extra)} too."
        )


def _edit(edit: Edit, by: str, at: str) -> PlanEdit:
    asked = _asked(edit)
    if asked is None:
        raise SettingsError("a change must be --add, --remove, --move, --dose or --sign; got none.")
    if edit.why is None:
        raise SettingsError("a change of a plan must say why it is made; give --why.")
    action, module = asked
    dose = edit.dose
    if action == "dose":
        module, mark, dose = module.partition("=")
        if not mark or not dose:
            raise SettingsError(f"--dose must be MODULE=new dose; got {edit.dose!r}.")
    return PlanEdit(
        action=action,
        module=module,
        by=by,
        why=edit.why,
        at=at,
        title=edit.title,
        dose=dose,
        minutes_per_day=edit.minutes_per_day,
        rank=edit.rank,
        override_reason=edit.override,
    )
