"""Draw the pictures of docs/how-to: each is the one PNG that the code of its page writes.

Run it with ``python -m ci.how_to_pictures`` after a page or what it draws has changed, with names of pages
(``dem-national-grid``) for some of them.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path

import ee
import matplotlib as mpl
import matplotlib.pyplot as plt
from PIL import Image as Picture

PAGES = Path(__file__).parents[1] / "docs" / "how-to"
IMAGES = PAGES.parent / "images" / "how-to"
COLOURS = 96
"""Of a picture's palette, so that the file stays small."""


def main() -> None:
    """Run the pages that were named, or all, and keep what they drew."""
    mpl.use("Agg")
    IMAGES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or sorted(page.stem for page in PAGES.glob("*.md")):
        start = time.process_time()
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            _run(PAGES / f"{name}.md")
            picture = small(drawn(Path()))
        picture.save(IMAGES / f"{name}.png", optimize=True)
        print(f"{name}: {time.process_time() - start:.1f} s of a core, {picture.width} x {picture.height}")


def drawn(folder: Path) -> Path:
    """The picture that a page wrote there.

    Raises
    ------
    ValueError
        If there is not one alone.
    """
    (picture,) = folder.glob("*.png")
    return picture


def small(path: Path) -> Picture.Image:
    """A picture on white, in a few colours."""
    with Picture.open(path) as opened:
        whole = opened.convert("RGBA")
    ground = Picture.new("RGBA", whole.size, "white")
    ground.alpha_composite(whole)
    return ground.convert("RGB").quantize(COLOURS, dither=Picture.Dither.NONE)


def _run(page: Path) -> None:
    names: dict[str, object] = {"__name__": page.stem}
    try:
        for block in re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            exec(compile(block, page.name, "exec"), names)  # noqa: S102 - our own page
    finally:
        plt.close("all")
        names["earth"].stop()  # type: ignore[attr-defined]
        ee.Reset()


if __name__ == "__main__":
    main()
