"""Draw docs/images/styled.png: what the example of docs/emulator.md shows, by running it.

Run it with ``python -m ci.styled`` after the example or what it draws has changed.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import chdir
from pathlib import Path

from PIL import Image as Picture

DOCS = Path(__file__).parents[1] / "docs"
COLOURS = 80
"""Of the picture's palette, so that the file stays small."""


def main() -> None:
    """Run the example in a folder of its own and keep what it wrote."""
    blocks = re.findall(r"^```python\n(.*?)^```$", (DOCS / "emulator.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (example,) = [block for block in blocks if "styled.png" in block]
    head = "import ee\nfrom pathlib import Path\nfrom urllib.request import urlopen\nfrom xee_lite import emulator\n"
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        exec(compile(head + example, "emulator.md", "exec"), {})  # noqa: S102 - our own page
        drawn = Picture.open("styled.png").convert("RGB").quantize(COLOURS, dither=Picture.Dither.NONE)
    drawn.save(DOCS / "images" / "styled.png", optimize=True)


if __name__ == "__main__":
    main()
