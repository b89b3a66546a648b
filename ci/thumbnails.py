"""Draw docs/images/thumbnails.png: what the examples of docs/pictures-and-downloads.md show, by running them.

Run it with ``python -m ci.thumbnails`` after the examples or what they draw have changed.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import ee
from PIL import Image as Picture

DOCS = Path(__file__).parents[1] / "docs"
SIDE = 220
GAP = 12
COLOURS = 128
"""Of the picture's palette, so that the file stays small."""


def main() -> None:
    """Run the first two examples of the page, and put their pictures side by side."""
    page = (DOCS / "pictures-and-downloads.md").read_text("utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[:2]:
        exec(compile(block, "pictures-and-downloads.md", "exec"), names)  # noqa: S102 - our own page
    ee.Reset()
    drawn = [names[name] for name in ("terrain", "natural", "wet")]
    sheet = Picture.new("RGB", (len(drawn) * (SIDE + GAP) - GAP, SIDE), "white")
    for number, picture in enumerate(drawn):
        assert isinstance(picture, bytes)  # noqa: S101 - for the types
        opened = Picture.open(io.BytesIO(picture)).convert("RGBA").resize((SIDE, SIDE))
        sheet.paste(opened, (number * (SIDE + GAP), 0), opened)
    sheet.quantize(COLOURS, dither=Picture.Dither.NONE).save(DOCS / "images" / "thumbnails.png", optimize=True)


if __name__ == "__main__":
    main()
