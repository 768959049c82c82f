"""A picture of the arm that shows where each electrode lies and how good its signal was."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybridmfp.app.report.arm_outline import ARM_HEIGHT, SITES, outline_path
from hybridmfp.app.report.drawing import Plot
from hybridmfp.app.report.plain_names import plain_name
from hybridmfp.app.report.svg import INK, path_of, svg, tag, text
from hybridmfp.app.report.verdict_mark import VERDICT_WORDS, verdict_mark
from hybridmfp.signals import find_montage

__all__ = ["ALL_CHANNELS", "electrode_pictures", "unplaced", "worst_verdicts"]

ALL_CHANNELS = "all"
"""The channel of a finding that concerns a whole modality, or both."""

_ORDER = ("green", "amber", "red")
_WIDTH = 400.0
_SQUASHED = 0.72
_LABEL_SIGNS = 19  # signs of a name on one line beside the arm
_WIDEST_SIGN = 7.6  # of a bold name, in the widest usual font
_LINE_HEIGHT, _LABEL_GAP = 13.0, 7.0


def worst_verdicts(channels: Sequence[Mapping[str, Any]], modality: str) -> dict[str, str]:
    """Give the worst verdict on each channel of a modality.

    What was found on all channels of the modality at once counts for each of them.

    Parameters
    ----------
    channels : sequence of mapping
        The channels of an assessment's quality.
    modality : {"emg", "kinematics"}

    Examples
    --------
    >>> entry = {"modality": "emg", "channel": "biceps_brachii"}
    >>> worst_verdicts([entry | {"verdict": "red"}, entry | {"verdict": "amber"}], "emg")
    {'biceps_brachii': 'red'}
    """
    found: dict[str, str] = {}
    for one in channels:
        if one["modality"] == modality:
            known = found.get(one["channel"], "green")
            found[one["channel"]] = max(known, one["verdict"], key=_ORDER.index)
    on_all = found.pop(ALL_CHANNELS, "green")
    return {name: max(verdict, on_all, key=_ORDER.index) for name, verdict in found.items()}


def unplaced(verdicts: Mapping[str, str]) -> dict[str, str]:
    """Give the channels that the picture has no place for."""
    return {name: verdict for name, verdict in verdicts.items() if name not in SITES}


def electrode_pictures(
    verdicts: Mapping[str, str], *, side: str | None, compact: bool = False
) -> list[Plot]:
    """Draw the arm from the front and from behind, with a mark for each muscle.

    Colour, shape and sign of a mark say the same. Muscles of the montage ``mhh-emg`` that were
    not recorded are open circles.

    Parameters
    ----------
    verdicts : mapping of str to {"green", "amber", "red"}
        Of each EMG channel.
    side : {"left", "right"} or None
        Which arm is drawn; None draws a right one.
    compact : bool, default False
        True draws a lower picture for paper, where only marks say of a channel that it is good.

    Returns
    -------
    list of Plot
        Front and back.
    """
    usual = dict.fromkeys(find_montage("mhh-emg").points, "absent")
    shown = {name: verdict for name, verdict in {**usual, **verdicts}.items() if name in SITES}
    return [
        _picture({n: v for n, v in shown.items() if SITES[n].view == view}, view, side, compact)
        for view in ("front", "back")
    ]


@dataclass(frozen=True)
class _Label:
    """Hold the lines beside a mark: the name, in bold, and the verdict."""

    name: tuple[str, ...]
    verdict: str

    @property
    def height(self) -> float:
        return (len(self.name) + bool(self.verdict)) * _LINE_HEIGHT + _LABEL_GAP


def _picture(verdicts: Mapping[str, str], view: str, side: str | None, compact: bool) -> Plot:
    # Seen from the front, the outer side of a right arm is on the left.
    outwards = -1.0 if (view == "front") == (side != "left") else 1.0
    squash = _SQUASHED if compact else 1.0
    arm = "left" if side == "left" else "right"
    title = f"{arm.capitalize()} arm, {'from the front' if view == 'front' else 'from behind'}"
    outline = outline_path(middle=_WIDTH / 2, outwards=outwards, squash=squash)
    drawn = [tag("path", d=outline, fill="#f3ece6", stroke="#9a8f86", stroke_width=1.3)]
    for column in ("lateral", "medial"):
        inside = {n: v for n, v in verdicts.items() if SITES[n].column == column}
        on_right = (outwards > 0) == (column == "lateral")
        drawn += _column(inside, outwards=outwards, on_right=on_right, squash=squash)
    told = ", ".join(f"{plain_name(n)} {VERDICT_WORDS[v]}" for n, v in verdicts.items())
    alt = f"{title}, palm facing forwards: {told}."
    return Plot(title, alt, svg(*drawn, size=(_WIDTH, squash * ARM_HEIGHT)))


def _column(
    verdicts: Mapping[str, str], *, outwards: float, on_right: bool, squash: float
) -> list[str]:
    """Draw marks with their names in a row beside the arm, joined by lines that do not cross."""
    edge = _WIDTH - 2 if on_right else 2.0
    names = sorted(verdicts, key=lambda name: SITES[name].down)
    places = [(_WIDTH / 2 + outwards * SITES[n].lateral, squash * SITES[n].down) for n in names]
    labels = [_label(name, verdicts[name], squash < 1) for name in names]
    tops = _label_tops([y for _, y in places], labels)
    drawn = []
    for name, at, label, top in zip(names, places, labels, tops, strict=True):
        width = _WIDEST_SIGN * len(label.name[0]) + 5
        end = (edge - width if on_right else edge + width, top + 7)
        drawn.append(tag("polyline", points=path_of([at, end]), stroke="#777", fill="none"))
        drawn.append(verdict_mark(verdicts[name], at))
        drawn += _written(label, edge=edge, top=top, anchor="end" if on_right else "start")
    return drawn


def _label(name: str, verdict: str, compact: bool) -> _Label:
    words = "" if compact and verdict == "green" else VERDICT_WORDS[verdict]
    return _Label(tuple(textwrap.wrap(plain_name(name), _LABEL_SIGNS)), words)


def _written(label: _Label, *, edge: float, top: float, anchor: str) -> list[str]:
    style: dict[str, str | float] = {"font_size": 12, "text_anchor": anchor, "fill": INK}
    rows = [top + 11 + row * _LINE_HEIGHT for row in range(len(label.name) + 1)]
    said = [
        text(line, (edge, y), font_weight=600, **style)
        for line, y in zip(label.name, rows, strict=False)
    ]
    return said + [text(label.verdict, (edge, rows[-1]), **style)] * bool(label.verdict)


def _label_tops(marks: Sequence[float], labels: Sequence[_Label]) -> list[float]:
    """Put each label as near to its mark as the one above allows."""
    tops, free = [], 4.0
    for mark, label in zip(marks, labels, strict=True):
        free = max(free, mark - label.height / 2)
        tops.append(free)
        free += label.height
    return tops
