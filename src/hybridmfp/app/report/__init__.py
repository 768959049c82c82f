"""The pages of HybridMFP: judged models, assessments, cards and courses, as HTML or PDF."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybridmfp.app.report.assessment import render_assessment
    from hybridmfp.app.report.card import render_card
    from hybridmfp.app.report.comparison import render_comparison
    from hybridmfp.app.report.course_page import render_course
    from hybridmfp.app.report.course_patient_page import render_course_patient_page
    from hybridmfp.app.report.course_patient_words_en import ENGLISH_COURSE
    from hybridmfp.app.report.course_patient_words_zh import CHINESE_COURSE
    from hybridmfp.app.report.course_pdf import write_course_pdf
    from hybridmfp.app.report.course_words_en import CLINICIAN_ENGLISH
    from hybridmfp.app.report.course_words_zh import CLINICIAN_CHINESE
    from hybridmfp.app.report.degradation import render_degradation
    from hybridmfp.app.report.patient_page import render_patient_page
    from hybridmfp.app.report.patient_wording import ENGLISH
    from hybridmfp.app.report.patient_wording_zh import CHINESE
    from hybridmfp.app.report.pdf import write_pdf
    from hybridmfp.app.report.report import render_report

__all__ = [
    "CHINESE",
    "CHINESE_COURSE",
    "CLINICIAN_CHINESE",
    "CLINICIAN_ENGLISH",
    "ENGLISH",
    "ENGLISH_COURSE",
    "render_assessment",
    "render_card",
    "render_comparison",
    "render_course",
    "render_course_patient_page",
    "render_degradation",
    "render_patient_page",
    "render_report",
    "write_course_pdf",
    "write_pdf",
]

# Imported when asked for: no page waits for what other pages need.
_HOMES = {
    "CHINESE": "hybridmfp.app.report.patient_wording_zh",
    "CHINESE_COURSE": "hybridmfp.app.report.course_patient_words_zh",
    "CLINICIAN_CHINESE": "hybridmfp.app.report.course_words_zh",
    "CLINICIAN_ENGLISH": "hybridmfp.app.report.course_words_en",
    "ENGLISH": "hybridmfp.app.report.patient_wording",
    "ENGLISH_COURSE": "hybridmfp.app.report.course_patient_words_en",
    "render_assessment": "hybridmfp.app.report.assessment",
    "render_card": "hybridmfp.app.report.card",
    "render_comparison": "hybridmfp.app.report.comparison",
    "render_course": "hybridmfp.app.report.course_page",
    "render_course_patient_page": "hybridmfp.app.report.course_patient_page",
    "render_degradation": "hybridmfp.app.report.degradation",
    "render_patient_page": "hybridmfp.app.report.patient_page",
    "render_report": "hybridmfp.app.report.report",
    "write_course_pdf": "hybridmfp.app.report.course_pdf",
    "write_pdf": "hybridmfp.app.report.pdf",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
