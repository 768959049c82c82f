from __future__ import annotations

import re
import runpy
from pathlib import Path

from hybridmfp.features import FEATURES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_and_the_definitions_are_the_same() -> None:
    written = runpy.run_path(str(DOCS / "write_feature_table.py"))["feature_table"]()

    assert (DOCS / "features.md").read_text(encoding="utf-8") == written


def test_no_feature_is_defined_twice() -> None:
    names = [definition.name for definition in FEATURES]

    assert len(set(names)) == len(names)


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [
        *DOCS.rglob("*.md"),
        *(DOCS.parent / name for name in ("README.md", "CONTRIBUTING.md")),
    ]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []
