"""Every word of the patient's page, in one place, so that another language is one more object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["ENGLISH", "PatientWords"]


@dataclass(frozen=True)
class PatientWords:
    """Hold the texts of the patient's page in one language.

    Words in braces are filled in. Sentences are short and plain (school grade 8), never name a
    plan, and never alarm.

    Attributes
    ----------
    language : str
        Code for the page, such as ``"en"``.
    title, measured_title, range_title, refused_title, parts_title, next_title : str
        Headings.
    well_title, hard_title : str
        Headings of the two lists of drivers.
    whose : str
        ``{subject}`` and ``{session}``.
    sides : mapping of str to str
        What an arm is called; the key ``""`` is for an unknown side.
    measured, emg, kinematics : str
        What was recorded; `measured` with ``{arm}`` and ``{n_trials}``, for each modality one
        more sentence.
    between : str
        What stands between two sentences.
    range, points, certainty, often_other : str
        The number as a range: ``{low}``, ``{high}``; what points are: ``{minimum}``,
        ``{maximum}``; how sure it is: ``{often}``; how often, for an unusual level: ``{percent}``.
    often : mapping of str to str
        How often a range holds, for each usual level.
    range_label : str
        What the picture of the range shows, with ``{low}``, ``{high}``, ``{maximum}``.
    parts_intro, no_drivers : str
        The sentence above the lists of drivers, and in place of both.
    part_when : str
        A driver with ``{part}`` and ``{when}`` in the movement.
    refused, not_your_fault, repeat : str
        In place of the range.
    next_step, not_a_plan : str
        What to do with the page.
    synthetic, synthetic_model : str
        Where the patient is made up; instead, where everybody the model has met is.
    research : str
        At the foot.
    phases : mapping of str to str
        When in a movement.
    parts : mapping of str to str
        What a muscle, joint or biomarker is about; of a biomarker without modality and target.
        What is not listed is not told.
    """

    language: str
    title: str
    measured_title: str
    range_title: str
    refused_title: str
    parts_title: str
    well_title: str
    hard_title: str
    next_title: str
    whose: str
    sides: Mapping[str, str]
    measured: str
    emg: str
    kinematics: str
    between: str
    range: str
    points: str
    certainty: str
    often: Mapping[str, str]
    often_other: str
    range_label: str
    parts_intro: str
    no_drivers: str
    part_when: str
    refused: str
    not_your_fault: str
    repeat: str
    next_step: str
    not_a_plan: str
    synthetic: str
    synthetic_model: str
    research: str
    phases: Mapping[str, str]
    parts: Mapping[str, str]


_STILL = "keeping your body still"
_SMOOTH = "how smooth your movement was"
_SPEED = "how fast you moved"
_RELAX = "letting one muscle rest while the other works"
_STEADY = "moving the same way each time"
_USUAL = "moving in the usual way"
_PALM = "turning your palm"
_WRIST = "bending your wrist"

ENGLISH = PatientWords(
    language="en",
    title="Your arm today",
    measured_title="What we measured",
    range_title="Your range",
    refused_title="No range today",
    parts_title="Parts of your movement",
    well_title="Going well",
    hard_title="Harder",
    next_title="What now?",
    whose="{subject}, session {session}",
    sides=MappingProxyType({"left": "left arm", "right": "right arm", "": "arm"}),
    measured="We recorded how you move your {arm}. You did {n_trials} movements.",
    emg="Sensors on your skin listened to your muscles.",
    kinematics="We also followed how your arm moved.",
    between=" ",
    range="{low} to {high} points",
    points="Points go from {minimum} to {maximum}. More points mean that the arm can do more.",
    certainty="A person trained to test arms would give you points in this range {often}.",
    often=MappingProxyType(
        {
            "0.8": "about 8 times out of 10",
            "0.9": "about 9 times out of 10",
            "0.95": "about 19 times out of 20",
        }
    ),
    often_other="about {percent} times out of 100",
    range_label="A bar shows your range, {low} to {high}, on the way from {minimum} to {maximum}.",
    parts_intro="This is how the computer saw some parts of your movement.",
    no_drivers="The computer could not tell which parts went well and which were harder.",
    part_when="{part}, {when}",
    refused="The computer could not find a range that you can trust.",
    not_your_fault="This says nothing about your arm, and you did nothing wrong. Most often a "
    "sensor did not sit well, or the computer does not know movements like these yet.",
    repeat="Your therapist may ask you to do some movements again.",
    next_step="Ask your therapist what this page means for you.",
    not_a_plan="This page does not replace a test by your therapist. It is not a plan for your "
    "training, and it does not say how your arm will do later.",
    synthetic="This page is an example. The person on it is made up.",
    synthetic_model="This is only a trial run. The computer has learned from made-up people, so "
    "please do not rely on what it says.",
    research="For research only. Not a medical device.",
    phases=MappingProxyType(
        {"early": "at the start", "middle": "on the way", "late": "near the end"}
    ),
    parts=MappingProxyType(
        {
            "deltoid_anterior": "lifting your upper arm",
            "deltoid_medial": "lifting your arm to the side",
            "deltoid_posterior": "pulling your arm back",
            "biceps_brachii": "bending your elbow",
            "triceps_brachii": "straightening your elbow",
            "brachioradialis": "bending your elbow",
            "pronator_teres": _PALM,
            "flexor_digitorum_superficialis": "closing your fingers",
            "extensor_digitorum": "opening your fingers",
            "flexor_carpi_ulnaris": _WRIST,
            "flexor_carpi_radialis": _WRIST,
            "extensor_carpi_ulnaris": "lifting your hand at the wrist",
            "extensor_carpi_radialis": "lifting your hand at the wrist",
            "abductor_pollicis_brevis": "moving your thumb",
            "abductor_digiti_minimi": "spreading your little finger",
            "elbow_flexion": "moving your elbow",
            "elbow": "moving your elbow",
            "shoulder_elevation": "raising your arm",
            "shoulder_plane": "raising your arm",
            "shoulder": "raising your arm",
            "forearm_rotation": _PALM,
            "wrist": "moving your hand",
            "hand": "moving your hand",
            "trunk": _STILL,
            "trunk_flexion": _STILL,
            "trunk_bending": _STILL,
            "trunk_turning": _STILL,
            "trunk_displacement": _STILL,
            "trunk_share": _STILL,
            "trunk_rotation": _STILL,
            "movement_time": _SPEED,
            "peak_speed": _SPEED,
            "mean_speed": _SPEED,
            "joint_speed": _SPEED,
            "velocity_peaks": _SMOOTH,
            "velocity_peak_rate": _SMOOTH,
            "sparc": _SMOOTH,
            "elbow_sparc": _SMOOTH,
            "log_dimensionless_jerk": _SMOOTH,
            "path_ratio": "moving your hand straight to the goal",
            "reach_distance": "how far you reached",
            "range": "how far your joints moved",
            "coordination": "moving your shoulder and elbow together",
            "path_variability": _STEADY,
            "joint_variability": _STEADY,
            "cocontraction_share": _RELAX,
            "cocontraction_level": _RELAX,
            "synergy_count": "how your muscles work together",
            "synergy_vaf_4": "how your muscles work together",
            "synergy_similarity": "how your muscles work together",
            "effort": _USUAL,
            "distance": _USUAL,
            "envelope_distance": _USUAL,
        }
    ),
)
"""The page in English."""
