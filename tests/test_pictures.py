"""The pictures in the repository are those that the script draws, and every one is shown by a page."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ci.pictures import IMAGES, PICTURES

ROOT = Path(__file__).parents[1]
PAGES = [page.read_text("utf-8") for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))]
WIDTHS = {"name": 11.5, "note": 7.8, "code": 7, "cell": 8}
"""Pixels of a character in a wide font, by the kind of text."""


@pytest.mark.parametrize("name", PICTURES)
def test_the_file_is_what_the_script_draws(name: str) -> None:
    assert (IMAGES / f"{name}.svg").read_text("utf-8") == PICTURES[name]().svg(), "run python -m ci.pictures"


@pytest.mark.parametrize("picture", sorted(IMAGES.glob("*.svg")), ids=lambda picture: picture.stem)
def test_every_picture_is_shown_and_says_what_it_shows(picture: Path) -> None:
    assert any(re.search(rf"!\[[^\]]{{20,}}\]\([^)]*images/{picture.name}\)", page) for page in PAGES)
    root = ET.fromstring(picture.read_text("utf-8"))  # noqa: S314 - our own files
    assert len(root.get("aria-label", "")) > 20
    assert picture.stat().st_size < 16_000


@pytest.mark.parametrize("name", PICTURES)
def test_no_mark_lies_off_the_card(name: str) -> None:
    root = ET.fromstring(PICTURES[name]().svg())  # noqa: S314 - our own
    width, height = (float(size) for size in root.get("viewBox", "").split()[2:])
    for mark in root.iter():
        kind = mark.tag.rpartition("}")[2]
        if kind == "path" and mark.get("class"):
            found = [point.split() for point in re.split("[MLz]", mark.get("d", "")) if point]
            assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in found)
        if kind == "text":
            room, x = WIDTHS[mark.get("class", "")] * len(mark.text or ""), float(mark.get("x", "nan"))
            before = {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.get("text-anchor", "")]
            assert 0 <= x - before * room <= x + (1 - before) * room <= width, mark.text
