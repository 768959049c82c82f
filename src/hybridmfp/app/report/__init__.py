"""The pages of HybridMFP: judged models, assessments, cards and courses, as HTML or PDF."""

from __future__ import annotations

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
