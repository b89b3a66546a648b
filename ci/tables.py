"""Tables within pages, between two marks: written by the scripts beside this one, and held by tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


def updated(page: str, table: str) -> str:
    """The text of a page with the table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def keep(path: Path, table: str) -> None:
    """Write a table into its page; with ``--check`` only tell whether that would change it."""
    page = path.read_text("utf-8")
    if "--check" in sys.argv[1:]:
        sys.exit(f"The table of {path.name} is out of date." if updated(page, table) != page else 0)
    path.write_text(updated(page, table), "utf-8")
