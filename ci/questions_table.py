"""Keep the table of questions in docs/live-tests.md as the recorder asks them.

``python -m ci.questions_table`` writes it, with ``--check`` it tells whether that would change anything.
"""

from __future__ import annotations

from pathlib import Path

from ci.tables import keep
from tests.live.record import cell, questions

PAGE = Path(__file__).parents[1] / "docs" / "live-tests.md"


def table() -> str:
    """The table, in Markdown."""
    rows = [f"| {cell(one.asked)} | {cell(one.assumed)} | {cell(one.by_hand)} |\n" for one in questions()]
    return f"| Question | Assumed | By hand |\n|---|---|---|\n{''.join(rows)}"


if __name__ == "__main__":
    keep(PAGE, table())
