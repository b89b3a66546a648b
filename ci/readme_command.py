"""Print one of the README's commands, so that CI runs what the README says and not something like it."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def command(heading: str, readme: Path) -> str:
    """The one line of the first fenced block below a heading."""
    block = rf"^## {re.escape(heading)}$.*?^```\w*\n(.+?)\n```$"
    found = re.search(block, readme.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    if found is None or "\n" in found[1]:
        raise SystemExit(f"README.md has no one-line command below '## {heading}'.")
    return found[1]


if __name__ == "__main__":
    print(command(sys.argv[1], Path(__file__).parents[1] / "README.md"))
