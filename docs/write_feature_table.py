"""Write docs/features.md from the definitions in the code."""

from __future__ import annotations

from pathlib import Path

from hybridmfp.features import FEATURES

HEAD = """# Features

Written by `python docs/write_feature_table.py` from the definitions beside the code; a test keeps
both the same. A feature about a muscle, pair or joint has one column for each, such as
`emg.rms.biceps_brachii`. *better* is the direction of less impairment, where evidence gives one. A
feature whose signal is missing is NaN, never zero.

| name | about | definition | unit | better | source |
|---|---|---|---|---|---|
"""


def feature_table() -> str:
    """Give the page."""
    rows = [
        f"| `{one.name}` | {one.modality}, {one.target} | {one.definition} | {one.unit} "
        f"| {one.better} | {one.reference} |"
        for one in FEATURES
    ]
    return HEAD + "\n".join(row.replace("|x|", "abs(x)") for row in rows) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("features.md").write_text(feature_table(), encoding="utf-8")
