"""The patient's page of a course in English: plain words, school grade 8."""

from __future__ import annotations

from types import MappingProxyType

from hybridmfp.app.report.course_words import CourseWords

__all__ = ["ENGLISH_COURSE"]

_PAGE = {
    "title": "Your arm over time",
    "whose": "{subject}",
    "synthetic": "This page is an example, or a trial run with made-up data. Please do not rely "
    "on what it says.",
    "looked.title": "What we looked at",
    "looked": "We looked at your {arm} {n} times.",
    "looked_once": "We looked at your {arm} once.",
    "looked.rated": "A person trained to test arms gave you the points on this page.",
    "looked.estimated": "The computer found the ranges on this page from the way you moved. They "
    "do not replace a test by a person.",
    "arm.left": "left arm",
    "arm.right": "right arm",
    "arm.unknown": "arm",
    "points.title": "Your points",
    "points.first": "First visit",
    "points.now": "Now",
    "points.one": "{points}",
    "points.range": "{low} to {high}",
    "points.meaning": "Points go from 0 to 66. More points mean that the arm can do more.",
    "points.label": "A bar shows {points} on the way from 0 to 66 points.",
    "points.none": "There are no points for your arm yet. This says nothing about your arm, and "
    "you did nothing wrong.",
    "change.title": "What changed",
    "change.since_first": "Since your first visit",
    "change.since_previous": "Since last time",
    "change.important.better": "You have more points, and more than chance can explain. This is "
    "a change that matters in daily life.",
    "change.real.better": "You have more points, and more than chance can explain.",
    "change.noise": "There is no change we can be sure of. Points go up and down a little from "
    "day to day.",
    "change.worse": "You have fewer points, and more than chance can explain. This can have many "
    "reasons. Your therapist will look at it with you.",
    "change.unknown": "We can not tell yet if there is a change. It takes more visits to know.",
    "goals.title": "Small next steps",
    "goals.intro": "These movements are close to what you can do now:",
    "goals.more": "Your therapist can tell you which one to try first.",
    "plan.title": "Your training",
    "plan.intro": "Your therapist has chosen and signed this for you:",
    "plan.more": "Your therapist will tell you how often and how long.",
    "next.title": "What now?",
    "next.ask": "Ask your therapist what this page means for you.",
    "next.limits": "This page does not say how your arm will do later. Your therapist can "
    "talk with you about that.",
    "research": "For research only. Not a medical device.",
    "between": " ",
    "colon": ": ",
}
_ITEMS = {
    "item.A2a": "pulling your shoulder back",
    "item.A2b": "lifting your shoulder",
    "item.A2c": "lifting your upper arm to the side",
    "item.A2d": "turning your arm out",
    "item.A2e": "bending your elbow",
    "item.A2f": "turning your palm up as you lift your hand to your ear",
    "item.A2g": "moving your arm across your body",
    "item.A2h": "straightening your elbow",
    "item.A2i": "turning your palm down as you reach to your knee",
    "item.A3a": "moving your hand behind your back",
    "item.A3b": "lifting your straight arm in front of you",
    "item.A3c": "turning your palm up and down with a bent elbow",
    "item.A4a": "lifting your straight arm to the side",
    "item.A4b": "lifting your straight arm over your head",
    "item.A4c": "turning your palm up and down with a straight arm",
    "item.B1": "holding your wrist up with a bent elbow",
    "item.B2": "moving your wrist up and down with a bent elbow",
    "item.B3": "holding your wrist up with a straight arm",
    "item.B4": "moving your wrist up and down with a straight arm",
    "item.B5": "moving your hand in circles",
    "item.C1": "closing your fingers",
    "item.C2": "opening your fingers",
    "item.C3": "holding a bag with your fingers",
    "item.C4": "holding paper between your thumb and your hand",
    "item.C5": "holding a pen with your thumb and one finger",
    "item.C6": "holding a cup",
    "item.C7": "holding a ball",
    "item.D1": "moving your finger to your nose without shaking",
    "item.D2": "finding your nose with your finger",
    "item.D3": "moving your finger to your nose as fast as with the other arm",
}
_MODULES = {
    "module.mirror_therapy": "moving your good arm in front of a mirror",
    "module.nmes_fes": "small pulses on the skin that help to lift your hand",
    "module.motor_imagery": "thinking through a movement step by step",
    "module.bci_fes": "thinking of a movement while a machine helps your hand",
    "module.positioning_rom": "good places to rest your arm, and moving it gently",
    "module.bilateral_training": "moving both arms together",
    "module.assisted_reaching": "reaching with help",
    "module.supported_task_practice": "daily tasks with the weight of your arm taken off",
    "module.task_practice": "daily tasks, many times over",
    "module.keyform_training": "the small next steps on this page, many times over",
    "module.mcimt": "using this arm while the other one rests",
    "module.mcimt_lower_criterion": "using this arm while the other one rests",
    "module.expanded_cimt": "using this arm while the other one rests",
    "module.vns": "daily tasks while a small device sends signals to a nerve",
    "module.robot": "moving your arm with the help of a robot",
    "module.telerehabilitation": "training at home, with help over video",
    "module.high_dose": "many hours of training in a few weeks",
    "module.bimanual_tasks": "tasks for both hands",
    "module.fine_motor": "small movements of your fingers",
    "module.home_programme": "training at home",
    "module.kinematic_feedback": "seeing on a screen how you move",
    "module.work_sport": "movements for your work or sport",
    "module.botulinum_referral": "a talk with a doctor about tight muscles",
}

ENGLISH_COURSE = CourseWords(language="en", texts=MappingProxyType(_PAGE | _ITEMS | _MODULES))
"""The page in English."""
