"""How many injected faults the signal checks find, and how often they cry wolf on clean signals.

Faults and severities are those of `hybridmfp.simulation.faults`. Simulated sessions come from
`--seeds`; the muscle pattern is learned from `--pattern-seeds`, others. Real recordings lie in
$HYBRIDMFP_DATA or ../shared/data. Run from the repository's root::

    OMP_NUM_THREADS=1 python benchmarks/quality_faults.py --seeds 261 262 --out quality_faults.json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hybridmfp.errors import SignalError
from hybridmfp.io import open_cohort
from hybridmfp.preprocessing.quality import (
    ALL,
    Finding,
    MusclePattern,
    SessionQuality,
    TrialQuality,
    check_session,
    check_trial,
)
from hybridmfp.signals import Recording
from hybridmfp.simulation import VirtualCohortSettings, virtual_cohort
from hybridmfp.simulation.cohort import virtual_visits
from hybridmfp.simulation.faults import FAULTS, SEVERITIES, inject
from hybridmfp.simulation.virtual_trial import _set_up

# Which findings name a fault rightly. "found" asks only that the channel is not green.
NAMES = {
    "flat": {"flat"},
    "dead": {"silent"},
    "clipped": {"clipped"},
    "mains": {"mains"},
    "ecg": {"ecg"},
    "motion": {"motion", "contact"},
    "noise": {"noise"},
    "contact": {"contact", "motion"},
    "dropout": {"gap"},
    "emg_unit": {"unit"},
    "hidden": {"gap"},
    "marker_swap": {"swap"},
    "jumps": {"jump"},
    "frozen": {"frozen"},
    "point_unit": {"unit"},
    "wrong_side": {"side"},
    "swapped_neighbours": {"swapped"},
    "swapped_far": {"swapped"},
    "other_arm": {"unmoved", "silent"},
    "rate": {"rate"},
    "lag": {"lag"},
    "drift": {"drift", "rate"},
}
SESSION_ONLY = ("swapped_neighbours", "swapped_far", "lag")
# Faults of which a session shows more than a trial; others are judged trial by trial.
IN_SESSIONS = (*SESSION_ONLY, "drift", "rate", "dead", "other_arm")
DATA_SETS = ("ulimb_mhh_task12", "ulimb_uzh_mvnx", "shoulder_c3d")
Session = list[Recording]
_DRAWS_PER_SESSION = 3  # of single trials


@dataclass
class Tally:
    """Count injections and what was said of them."""

    n: int = 0
    found: int = 0
    red: int = 0
    named: int = 0

    def add(self, findings: Sequence[Finding], names: set[str]) -> None:
        """Count one injection."""
        self.n += 1
        self.found += bool(findings)
        self.red += any(one.verdict == "red" for one in findings)
        self.named += any(one.fault in names for one in findings)

    def as_dict(self) -> dict[str, float]:
        """Give shares of the injections."""
        shares = {name: getattr(self, name) / max(self.n, 1) for name in ("found", "red", "named")}
        return {"n": self.n, **shares}


@dataclass
class Alarms:
    """Count what was said of signals that nobody spoilt."""

    channels: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    alarmed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    explained: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_fault: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sessions: int = 0
    session_alarms: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def as_dict(self) -> dict[str, object]:
        """Give the counts."""
        return {name: dict(v) if isinstance(v, dict) else v for name, v in vars(self).items()}


def simulated_sessions(
    seeds: Iterable[int], *, n_patients: int, n_controls: int, n_sites: int, n_repetitions: int
) -> Iterable[tuple[Session, set[str]]]:
    """Give sessions, one after the other, and the muscles whose electrode has come off."""
    for seed in seeds:
        settings = VirtualCohortSettings(
            n_patients=n_patients,
            n_controls=n_controls,
            n_sites=n_sites,
            n_repetitions=n_repetitions,
            seed=seed,
        )
        cohort = virtual_cohort(settings)
        off = {}
        for visit in virtual_visits(settings):
            emg = _set_up(settings, visit.group, visit.number, visit.at, False).emg
            off[visit.person.name] = emg.electrodes.bad
        by_subject = defaultdict(list)
        for trial in cohort.trials:
            by_subject[trial.key.subject].append(trial)
        for subject, sources in by_subject.items():
            session = [source.load() for source in sources]
            muscles = session[0].emg.channels
            yield session, {m for m, lost in zip(muscles, off[subject], strict=True) if lost}


def real_sessions(name: str) -> list[Session]:
    folder = Path(os.environ.get("HYBRIDMFP_DATA", "../shared/data")) / name
    if not folder.exists():
        return []
    by_session = defaultdict(list)
    for source in open_cohort(folder).trials:
        by_session[source.key.subject, source.key.session].append(source.load())
    return list(by_session.values())


def true_faults(recording: Recording) -> set[str]:
    """Name the points that are truly hidden: never seen, or for more than half a second on end."""
    kinematics = recording.kinematics
    hidden = set()
    if kinematics is None:
        return hidden
    for row, channel in enumerate(kinematics.channels):
        missing = ~np.isfinite(kinematics.samples[row])
        edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(int), [0]])))
        longest = max(edges[1::2] - edges[::2], default=0) / kinematics.rate_hz
        if missing.mean() > 0.2 or longest > 0.5:
            hidden.add(channel[:-2])
    return hidden


def count_alarms(
    alarms: Alarms,
    session: Session,
    checked: Sequence[TrialQuality],
    quality: SessionQuality,
    off: set[str],
) -> None:
    wrong_before = set(off)
    for recording, trial in zip(session, checked, strict=True):
        hidden = true_faults(recording)
        wrong_before |= hidden
        for modality, verdicts, known in (
            ("emg", trial.muscles, off),
            ("kinematics", trial.points, hidden),
        ):
            for channel, verdict in verdicts.items():
                if channel in known:
                    alarms.explained[modality] += verdict != "green"
                    continue
                alarms.channels[modality] += 1
                alarms.alarmed[modality] += verdict != "green"
        for one in trial.findings:
            if one.channel not in off | hidden:
                alarms.by_fault[f"{one.fault}/{one.verdict}"] += 1
    alarms.sessions += 1
    said = {(one.fault, one.verdict) for one in quality.findings if one.channel not in wrong_before}
    for fault, verdict in said:
        alarms.session_alarms[f"{fault}/{verdict}"] += 1
    alarms.session_alarms["any finding"] += bool(said)
    alarms.session_alarms["any red finding"] += any(verdict == "red" for _, verdict in said)
    coloured = {
        channel
        for verdicts in (quality.muscles, quality.points)
        for channel, verdict in verdicts.items()
        if verdict != "green"
    }
    wide = any(one.channel == ALL for one in quality.findings)
    alarms.session_alarms["session not green"] += wide or bool(coloured - wrong_before)


def try_faults(
    tallies: dict[tuple[str, str, str], Tally],
    session: Session,
    *,
    pattern: MusclePattern | None,
    rng: np.random.Generator,
    off: set[str],
    faults: Sequence[str],
) -> None:
    """Inject every fault at every severity once, in the session and in one of its trials."""
    for name in faults:
        for severity in SEVERITIES:
            if name not in SESSION_ONLY:
                for at in rng.integers(len(session), size=_DRAWS_PER_SESSION):
                    _try_one(tallies, "trial", [session[at]], name, severity, None, rng, off)
            if name in IN_SESSIONS and len(session) > 1:
                _try_one(tallies, "session", session, name, severity, pattern, rng, off)


def _try_one(
    tallies: dict[tuple[str, str, str], Tally],
    level: str,
    trials: Session,
    name: str,
    severity: str,
    pattern: MusclePattern | None,
    rng: np.random.Generator,
    off: set[str],
) -> None:
    try:
        injection = inject(trials, name, severity, rng=rng)
    except SignalError:
        return
    checked = [check_trial(trial) for trial in injection.trials]
    findings = checked[0].findings
    if level == "session":
        findings = check_session(checked, pattern=pattern).findings
    for channel in injection.channels:
        if channel in off:  # an electrode that is off already proves nothing
            continue
        wanted = {channel, ALL} if channel != ALL else None
        mine = [
            one
            for one in findings
            if one.modality in (injection.modality, "both")
            and (wanted is None or one.channel in wanted)
        ]
        if wanted is None:
            mine = [one for one in mine if one.channel == ALL]
        tallies.setdefault((level, name, severity), Tally()).add(mine, NAMES[name])


def learn_pattern(seeds: Sequence[int], arguments: argparse.Namespace) -> MusclePattern:
    sessions = simulated_sessions(
        seeds, n_patients=arguments.pattern_patients, n_controls=2, n_sites=1, n_repetitions=1
    )
    return MusclePattern().fit([[check_trial(one) for one in session] for session, _ in sessions])


def run(arguments: argparse.Namespace) -> dict[str, object]:
    rng = np.random.default_rng(arguments.random_state)
    pattern = learn_pattern(arguments.pattern_seeds, arguments)
    report: dict[str, object] = {"arguments": vars(arguments) | {"out": str(arguments.out)}}
    report["pattern"] = {
        "swap_gain": pattern.swap_gain_,
        "usual_lag_ms": 1e3 * pattern.usual_lag_s_,
        "lag_spread_ms": 1e3 * pattern.lag_spread_s_,
    }
    tallies: dict[tuple[str, str, str], Tally] = {}
    alarms, lags, lost, spent = Alarms(), [], Tally(), []
    for session, off in simulated_sessions(
        arguments.seeds,
        n_patients=arguments.patients,
        n_controls=1,
        n_sites=arguments.sites,
        n_repetitions=arguments.repetitions,
    ):
        start = time.process_time()
        checked = [check_trial(one) for one in session]
        spent.append((time.process_time() - start) / len(session))
        quality = check_session(checked, pattern=pattern)
        count_alarms(alarms, session, checked, quality, off)
        lags.append(quality.lag_s)
        for muscle in off:
            lost.add([one for one in quality.findings if one.channel == muscle], {"silent"})
        try_faults(tallies, session, pattern=pattern, rng=rng, off=off, faults=list(FAULTS))
    known = np.array([lag for lag in lags if lag is not None])
    report["simulated"] = {
        "faults": _table(tallies),
        "alarms": alarms.as_dict(),
        "electrodes off": lost.as_dict(),
        "clean lag ms": {
            "n": len(lags),
            "unknown": len(lags) - known.size,
            "mean": 1e3 * float(known.mean()),
            "sd": 1e3 * float(known.std()),
            "largest": 1e3 * float(np.abs(known).max()),
        },
        "ms per trial, median": 1e3 * float(np.median(spent)),
    }
    for name in DATA_SETS:
        report[name] = run_real(name, rng=rng, n_draws=arguments.real_draws)
    return report


def run_real(name: str, *, rng: np.random.Generator, n_draws: int) -> dict[str, object]:
    sessions = real_sessions(name)
    tallies: dict[tuple[str, str, str], Tally] = {}
    alarms = Alarms()
    for session in sessions:
        checked = [check_trial(one) for one in session]
        count_alarms(alarms, session, checked, check_session(checked), set())
    for _ in range(max(1, n_draws // max(1, len(sessions)))):
        for session in sessions:
            try_faults(tallies, session, pattern=None, rng=rng, off=set(), faults=list(FAULTS))
    return {"faults": _table(tallies), "alarms": alarms.as_dict()}


def _table(tallies: dict[tuple[str, str, str], Tally]) -> dict[str, dict[str, float]]:
    return {"/".join(key): tally.as_dict() for key, tally in sorted(tallies.items())}


def print_report(report: dict[str, object]) -> None:
    """Print the table of `docs/quality.md`: share found / red, mild, moderate, severe."""
    for source in ("simulated", *DATA_SETS):
        part = report[source]
        print(f"\n### {source}\n")
        for level in ("trial", "session"):
            rows = {key: value for key, value in part["faults"].items() if key.startswith(level)}
            if not rows:
                continue
            print(f"| fault ({level}) | n | mild | moderate | severe | severe red | named |")
            print("|---|---|---|---|---|---|---|")
            for name in FAULTS:
                cells = [rows.get(f"{level}/{name}/{severity}") for severity in SEVERITIES]
                if cells[2] is None:
                    continue
                shown = " | ".join("-" if c is None else f"{c['found']:.0%}" for c in cells)
                n, red, named = (cells[2][key] for key in ("n", "red", "named"))
                print(f"| {name} | {n} | {shown} | {red:.0%} | {named:.0%} |")
        print(json.dumps({k: v for k, v in part.items() if k != "faults"}, indent=1))


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--pattern-seeds", type=int, nargs="+", default=[201, 203])
    parser.add_argument("--patients", type=int, default=2, help="per seed")
    parser.add_argument("--pattern-patients", type=int, default=20, help="per pattern seed")
    parser.add_argument("--sites", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--real-draws", type=int, default=40)
    parser.add_argument("--random-state", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("quality_faults.json"))
    arguments = parser.parse_args(words)
    report = run(arguments)
    arguments.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print_report(report)


if __name__ == "__main__":
    main(sys.argv[1:])
