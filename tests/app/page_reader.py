"""Reads pages as a browser would: elements, visible text and drawings; complains of loose ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

VOID = {"meta", "br", "input"}
SIGN_WIDTH = 0.62  # of the size of the letters; the mean sign of a wide sans-serif


@dataclass
class Page:
    """What stands on a page."""

    html: str
    text: str = ""
    headings: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def drawings(self) -> list[ET.Element]:
        found = re.findall(r"<svg.*?</svg>", self.html, flags=re.DOTALL)
        return [ET.fromstring(one) for one in found]  # noqa: S314 - our own

    def row(self, start: str) -> list[str]:
        (found,) = [row for row in self.rows if row and row[0].startswith(start)]
        return found

    def of_class(self, name: str) -> list[dict[str, str]]:
        return [had for _, had in self.elements if name in had.get("class", "").split()]

    def elements_with(self, attribute: str, value: str) -> list[dict[str, str]]:
        return [had for _, had in self.elements if had.get(attribute) == value]


def read_page(html: str) -> Page:
    """Read a page; every element that is opened must be closed in its turn."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [], f"never closed: {reader.open}"
    text = re.sub(r"\s+", " ", reader.page.text.replace("\u00a0", " ")).strip()
    reader.page.html, reader.page.text = html, text
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page("")
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"h1", "h2", "h3"}:
            self.page.headings.append("")
        if tag == "tr":
            self.page.rows.append([])
        if tag in {"td", "th"}:
            self.page.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        opened = self.open.pop()
        assert opened == tag, f"<{opened}> closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        if "style" in self.open or "title" in self.open:
            return
        self.page.text += f"{data} " if "svg" in self.open else data
        if self.open and self.open[-1] in {"h1", "h2", "h3"}:
            self.page.headings[-1] += data
        if "tr" in self.open and self.page.rows[-1]:
            self.page.rows[-1][-1] += data.replace("\u00a0", " ").replace("\n", "")


def cut_off(svg: ET.Element) -> list[str]:
    """Give the words of a drawing that its edge would cut off; what moves is left out."""
    _, _, width, height = (float(part) for part in svg.get("viewBox", "").split())
    outside = []
    for element in _standing(svg):
        size, said = float(element.get("font-size", "0")), element.text or ""
        x, y = float(element.get("x", "0")), float(element.get("y", "0"))
        long = SIGN_WIDTH * size * len(said)
        left = x - long * {"end": 1.0, "middle": 0.5}.get(element.get("text-anchor", ""), 0.0)
        if left < 0 or left + long > width or y - size < -2 or y + 0.25 * size > height:
            outside.append(said)
    return outside


def _standing(element: ET.Element) -> list[ET.Element]:
    """Give the words in a drawing that do not move."""
    if element.get("class") == "moving":
        return []
    if element.tag == "text":
        return [element]
    return [one for child in element for one in _standing(child)]
