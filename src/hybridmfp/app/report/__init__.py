"""The report of an evaluation or an audit, as one HTML page."""

from __future__ import annotations

from hybridmfp.app.report.report import render_report

__all__ = ["render_report"]
