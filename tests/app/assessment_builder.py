"""Assessments and cards made by hand, as `hybridmfp assess` and `hybridmfp fit` give them."""

from __future__ import annotations

import copy
import math
from typing import Any

MUSCLES = (
    "deltoid_anterior",
    "biceps_brachii",
    "triceps_brachii",
    "flexor_digitorum_superficialis",
    "extensor_digitorum",
    "brachioradialis",
    "flexor_carpi_ulnaris",
    "extensor_carpi_ulnaris",
    "pronator_teres",
    "flexor_carpi_radialis",
    "abductor_pollicis_brevis",
    "abductor_digiti_minimi",
)
JOINTS = ("elbow_flexion", "shoulder_elevation", "forearm_rotation", "trunk")
MARKERS = ("WRA", "WRB", "ELB_L", "SA_3", "CS_1")
NASTY = '<b>O\'Neil</b> & "Söhne"'
LONG_NAME = "musculus_with_a_very_long_name"  # 30 signs
ESTIMATE, LOW, HIGH = 41.3, 33.0, 49.1
N_FRAMES = 64


def assessment_of(**changes: Any) -> dict[str, Any]:
    """Give a complete assessment of a good session, with some of its values changed."""
    made: dict[str, Any] = {
        "format": "hybridmfp-assessment/1",
        "subject": "P07",
        "session": "1",
        "side": "right",
        "n_trials": 30,
        "n_used": 29,
        "tasks": {"reach_forward": 12, "drinking": 9, "hand_to_mouth": 8},
        "verdict": "estimated",
        "estimate": ESTIMATE,
        "interval": [LOW, HIGH],
        "level": 0.9,
        "scale": "fma-ue",
        "scale_range": [0, 66],
        "reasons": [],
        "remedies": [],
        "notes": ["Trial 17 was left out: the hand never moved."],
        "items": items_of(),
        "drivers": drivers_of(),
        "explained_from": 38.2,
        "signal_map": signal_map_of(),
        "biomarkers": biomarkers_of(),
        "quality": {
            "verdict": "amber",
            "channels": channels_of(),
            "lag_ms": 35.0,
            "drift_ppm": 12.0,
        },
        "uncertainty": {
            "missing_emg": 0.08,
            "missing_kinematics": 0.0,
            "width_factor": 1.2,
            "novelty": 0.7,
            "novelty_limit": 1.5,
            "guess_width": 52.0,
        },
        "replay": replay_of(),
        "model": {
            "hash": "4f7a" * 16,
            "name": "hybrid",
            "trained_on": {
                "name": "virtual patients, seed 210",
                "n_subjects": 60,
                "n_sessions": 60,
                "synthetic": False,
                "observed_range": [3, 64],
            },
            "mae": 5.1,
            "mae_interval": [4.3, 6.1],
            "coverage": 0.91,
        },
        "synthetic": False,
        "provenance": {
            "recordings": [
                {"path": f"P07/1/trial_{at:02d}.parquet", "sha256": f"{at:064x}"}
                for at in range(30)
            ],
            "versions": {"hybridmfp": "0.1.0", "numpy": "2.4.6", "weasyprint": None},
            "settings": '[assessment]\nlevel = 0.9\nmodel = "hybrid"\n',
            "python": "3.11.7",
            "platform": "Linux",
        },
    }
    return {**made, **copy.deepcopy(changes)}


def refused_assessment(n_reasons: int = 2, **changes: Any) -> dict[str, Any]:
    """Give an assessment without an estimate; reasons and remedies are of usual length."""
    reasons = [
        f"Mains hum drowned {muscle.replace('_', ' ')} in 12 of 12 trials; it is stronger than "
        "the muscle itself and cannot be filtered out without losing the muscle."
        for muscle in MUSCLES[:n_reasons]
    ]
    remedies = [
        f"Clean the skin over {muscle.replace('_', ' ')}, press the electrodes on again, keep "
        "cables away from chargers, and record every task once more."
        for muscle in MUSCLES[:n_reasons]
    ]
    empty: dict[str, Any] = {
        "verdict": "refused", "estimate": None, "interval": None, "items": None, "drivers": [],
        "signal_map": None, "biomarkers": [], "reasons": reasons, "remedies": remedies,
    }  # fmt: skip
    return assessment_of(**{**empty, **changes})


def items_of() -> dict[str, float | None]:
    from hybridmfp.signals import SCALES

    unseen = {"A1a", "A1b", "A5", "C3", "C4", "C5", "C6", "C7"}
    return {
        item.identifier: None if item.identifier in unseen else round(0.3 + 0.05 * at, 2)
        for at, item in enumerate(SCALES["fma-ue"].items)
    }


def drivers_of(n_drivers: int = 8) -> list[dict[str, Any]]:
    names = (
        ("triceps_brachii", "muscle", "late"),
        ("elbow_flexion", "joint", "late"),
        ("kin.trunk_displacement", "biomarker", None),
        ("deltoid_anterior", "muscle", "early"),
        ("kin.sparc", "biomarker", None),
        ("shoulder_elevation", "joint", "middle"),
        ("emg.cocontraction_share.biceps_brachii-triceps_brachii", "biomarker", None),
        ("flexor_digitorum_superficialis", "muscle", "middle"),
    )
    found = []
    for at in range(n_drivers):
        name, kind, phase = names[at % len(names)]
        points = (-1) ** (at % 3 != 1) * round(2.6 * 0.85**at, 2)
        found.append(
            {
                "name": name,
                "kind": kind,
                "phase": phase,
                "direction": "raises" if points > 0 else "lowers",
                "points": points,
                "share": round(0.2 * 0.85**at, 3),
            }
        )
    return found


def signal_map_of() -> dict[str, Any]:
    rows = [*MUSCLES, *JOINTS]
    return {
        "rows": rows,
        "kinds": ["muscle"] * len(MUSCLES) + ["joint"] * len(JOINTS),
        "phases": ["early", "middle", "late"],
        "points": [
            [round(1.4 * math.sin(3 * row + 2 * phase), 2) for phase in range(3)]
            for row in range(len(rows))
        ],
    }


def biomarkers_of() -> list[dict[str, Any]]:
    table = (
        ("kin.trunk_displacement", "m", 0.11, [0.01, 0.04], [0.02, 0.15], -1.9),
        ("kin.sparc", "1", -2.41, [-1.8, -1.5], [-4.2, -1.6], -1.0),
        ("kin.peak_speed", "m/s", 0.62, [0.7, 1.3], [0.2, 1.1], 0.4),
        ("kin.range.elbow_flexion", "rad", 1.02, [0.9, 1.5], [0.3, 1.4], 0.8),
        ("emg.rms.triceps_brachii", "V", 43e-6, None, [10e-6, 210e-6], -0.3),
    )
    return [
        {
            "name": name,
            "definition": f"What {name} means, in one sentence.",
            "unit": unit,
            "value": value,
            "healthy": healthy,
            "cohort": cohort,
            "points": points,
        }
        for name, unit, value, healthy, cohort, points in table
    ]


def channels_of(n_red: int = 1) -> list[dict[str, Any]]:
    """Give the verdicts on 12 muscles and five markers; the first muscles are not usable."""
    channels = [
        _channel("emg", muscle, "red" if at < n_red else "green", at)
        for at, muscle in enumerate(MUSCLES)
    ]
    channels += [_channel("kinematics", marker, "green", at) for at, marker in enumerate(MARKERS)]
    if n_red < len(MUSCLES):
        channels[-6].update(_fault("amber", "clipped", 11))
    return channels


def _channel(modality: str, channel: str, verdict: str, at: int) -> dict[str, Any]:
    green = {"verdict": "green", "fault": None, "reason": "", "remedy": "", "n_trials": 0}
    found = green if verdict == "green" else _fault(verdict, "mains", at)
    return {"modality": modality, "channel": channel, **found}


def _fault(verdict: str, fault: str, at: int) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "fault": fault,
        "reason": f"Finding {at}: hum of the mains is stronger than the muscle.",
        "remedy": f"Remedy {at}: clean the skin, press the electrode on, and record again.",
        "n_trials": 12,
    }


def replay_of() -> dict[str, Any]:
    """Give a reach: the trunk leans, the elbow opens, the hand goes forward and up."""
    points: dict[str, list[list[float]]] = {"trunk": [], "shoulder": [], "elbow": [], "wrist": []}
    for frame in range(N_FRAMES):
        share = 0.5 - 0.5 * math.cos(math.pi * frame / (N_FRAMES - 1))
        lean, lift = 0.10 * share, 0.25 + 1.0 * share
        points["trunk"].append([lean, 0.0, 0.0])
        shoulder = [lean - 0.02, 0.12, 0.19]
        elbow = [
            shoulder[0] + 0.30 * math.sin(lift), shoulder[1] - 0.30 * math.cos(lift), 0.24
        ]  # fmt: skip
        bend = lift + 1.5 * (1 - share) + 0.25
        wrist = [
            elbow[0] + 0.26 * math.sin(bend),
            elbow[1] - 0.26 * math.cos(bend),
            0.22 - 0.10 * share,
        ]
        points["shoulder"].append(shoulder)
        points["elbow"].append(elbow)
        points["wrist"].append(wrist)
    return {"task": "reach_forward", "duration_s": 1.8, "points": points}


def card_of(**changes: Any) -> dict[str, Any]:
    """Give the card of a model trained on simulated patients."""
    made: dict[str, Any] = {
        "synthetic": True,
        "title": "hybrid, trained on 60 virtual patients",
        "first_line": "Trained on synthetic data: 60 virtual patients of simulation seed 210.",
        "intended_use": ["Research on estimates of the FMA-UE from EMG and kinematics."],
        "not_for": ["Care of any patient.", "Change between two sessions."],
        "model": {
            "name": "hybrid",
            "hash": "4f7a" * 16,
            "remarks": ["None."],
            "settings": "[fit]\nseed = 7\n",
        },
        "data": {"name": "virtual patients, seed 210", "subjects": 60, "observed range": "3 to 64"},
        "performance": {
            "mae": 5.1,
            "mae_interval": [4.3, 6.1],
            "baselines": {"training mean": 14.2, "training median": 14.0, "demographics": None},
            "oracle_mae": 2.7,
            "coverage": [
                {"group": "all", "n": 60, "coverage": 0.91, "width": 17.2},
                {"group": "site A", "n": 31, "coverage": 0.94, "width": 16.8},
                {"group": "mild", "n": 22, "coverage": 0.86, "width": 14.0},
            ],
            "pit": [5, 7, 6, 6, 5, 7, 6, 6, 7, 5],
            "risk_coverage": [
                {"coverage": round(0.1 * at, 1), "mae": round(2.9 + 0.022 * at**2, 3)}
                for at in range(1, 11)
            ],
            "level": 0.9,
            "wider_when_missing": {
                "without_emg": 1.3,
                "without_kinematics": 1.9,
                "one_trial": 1.4,
                "usual_trials": 9,
            },
            "guess_width": 52.0,
            "novelty_limit": 1.5,
            "audit": {
                "baseline_mae": 14.2,
                "baseline_interval": [12.0, 16.4],
                "baseline_permuted_mae": [14.1],
                "nested_mae": [14.6],
                "nested_noise_mae": [14.9],
                "nested_is_honest": True,
                "published_mae": [9.1],
                "published_noise_mae": [8.7],
                "published_fell_back": [False],
                "published_noise_fell_back": [False],
            },
            "audited": "ensemble",
        },
        "tripod_ai": [
            {"item": "1", "topic": "Title", "asks": "Identify the study.", "answer": "Done."},
            {"item": "5a", "topic": "Data", "asks": "Describe the sources.", "answer": None},
            {"item": "6b", "topic": "Participants", "asks": "Say who.", "answer": "Simulated."},
        ],
        "limits": ["Forearm electrodes hear their neighbours."],
    }
    return {**made, **copy.deepcopy(changes)}
