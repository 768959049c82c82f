"""The pages of HybridMFP: judged models, assessments and cards, as HTML or PDF."""

from __future__ import annotations

from hybridmfp.app.report.assessment import render_assessment
from hybridmfp.app.report.card import render_card
from hybridmfp.app.report.comparison import render_comparison
from hybridmfp.app.report.degradation import render_degradation
from hybridmfp.app.report.patient_page import render_patient_page
from hybridmfp.app.report.patient_wording import ENGLISH
from hybridmfp.app.report.patient_wording_zh import CHINESE
from hybridmfp.app.report.pdf import write_pdf
from hybridmfp.app.report.report import render_report

__all__ = [
    "CHINESE",
    "ENGLISH",
    "render_assessment",
    "render_card",
    "render_comparison",
    "render_degradation",
    "render_patient_page",
    "render_report",
    "write_pdf",
]
