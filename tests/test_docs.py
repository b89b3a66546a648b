"""Every Python block of every page runs, page by page, as a reader would type it."""

from __future__ import annotations

import io
import re
import tomllib
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import ee
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image as Picture

from ci.how_to_pictures import IMAGES, drawn, small
from ci.how_to_pictures import PAGES as HOW_TO

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LARGE = ("torch", "apache_beam", "pyspark")
"""Packages of several hundred megabytes, which may be left out: what comes before their blocks runs all the same."""
LOOSE = {"long-export": 15}
"""Grey levels by which pictures may differ: which requests fail on that page changes with the text of requests."""


def name_of(page: Path) -> str:
    return page.relative_to(DOCS.parent).with_suffix("").as_posix().removeprefix("docs/")


def blocks(page: Path) -> list[tuple[int, str, str | None]]:
    """Line and text of each ``python`` block, and the text of the ``output`` right after it, if there is one."""
    text = page.read_text("utf-8")
    return [
        (text.count("\n", 0, found.start(1)), found[1], found[2])
        for found in re.finditer(
            r"^```python\n(.*?)^```$(?:\n\n^```output\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL
        )
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name_of)
def test_the_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    names: dict[str, object] = {"__name__": page.stem}
    try:
        for line, text, output in blocks(page):
            lacking = next((name for name in LARGE if name in text and find_spec(name) is None), None)
            if lacking is not None:
                pytest.skip(f"{lacking} is not installed: the blocks before line {line} ran")
            printed = io.StringIO()
            with redirect_stdout(printed):
                # Lines are counted as in the page, so that a traceback points there.
                exec(compile("\n" * line + text, str(page), "exec"), names)  # noqa: S102 - our own pages
            assert output in (None, printed.getvalue())
        if page.parent == HOW_TO:
            assert_drawn(IMAGES / f"{page.stem}.png", drawn(tmp_path))
    finally:
        stop = getattr(names.get("earth"), "stop", None)
        if stop is not None:
            stop()
        ee.Reset()
        plt.close("all")


def assert_drawn(kept: Path, path: Path) -> None:
    """The picture of a page is what its code draws, but for what versions of Matplotlib and fonts change."""
    with Picture.open(kept) as opened:
        pictures = [one.convert("L").resize((40, 16), Picture.Resampling.BOX) for one in (opened, small(path))]
    one, other = (np.asarray(picture, dtype=float) for picture in pictures)
    assert abs(one - other).mean() < LOOSE.get(kept.stem, 5), f"run python -m ci.how_to_pictures {kept.stem}"


@pytest.mark.parametrize("page", sorted(HOW_TO.glob("*.md")), ids=name_of)
def test_a_how_to_page_is_short_and_shows_its_picture(page: Path) -> None:
    text = page.read_text("utf-8")
    assert all(code.count("\n") < 40 for _, code, _ in blocks(page))
    (alt,) = re.findall(rf"^!\[([^\]]*)\]\(\.\./images/how-to/{page.stem}\.png\)$", text, re.MULTILINE)
    assert len(alt) > 20
    assert (IMAGES / f"{page.stem}.png").stat().st_size < 100_000


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Markdown's table of contents makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower()) for title in titles}


@pytest.mark.parametrize("page", [*PAGES, *sorted(DOCS.parent.glob("*.md"))], ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text("utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links to {path}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {path}#{anchor}"


def test_the_page_on_installing_names_every_extra_for_users() -> None:
    extras = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = set(re.findall(r"`(\w+)`", (DOCS / "install.md").read_text("utf-8")))
    assert {name for name in extras if not name.startswith("interop")} - {"bench", "test", "docs", "dev"} <= named
