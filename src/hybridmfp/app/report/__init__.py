"""The reports of the commands that judge models, as one HTML page each."""

from __future__ import annotations

from hybridmfp.app.report.comparison import render_comparison
from hybridmfp.app.report.degradation import render_degradation
from hybridmfp.app.report.report import render_report

__all__ = ["render_comparison", "render_degradation", "render_report"]
