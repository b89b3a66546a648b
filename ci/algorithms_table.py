"""Keep the table of algorithms in docs/algorithms.md as the registry has it.

``python -m ci.algorithms_table`` writes it, with ``--check`` it tells whether that would change anything. The names and
their number are those of the installed earthengine-api, whose version the page tells.
"""

from __future__ import annotations

from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from ci.tables import keep
from xee_lite.emulator import algorithms
from xee_lite.emulator.evaluator.registry import REGISTRY, signatures

PAGE = Path(__file__).parents[1] / "docs" / "algorithms.md"
_HEAD = "| Family | There | | Not there |\n|---|---|---|---|\n"
_INTERNAL = ("Container", "Enumerator")
"""What the service lists beside what can be called: its own workers."""


def source() -> str:
    """Whose list of names this is."""
    return f"earthengine-api {version('earthengine-api')}"


def table() -> str:
    """The table and its sum, in Markdown."""
    algorithms.load()
    there = REGISTRY.keys() & signatures().keys()
    names = sorted(signatures(), key=lambda name: (_family(name).lower(), name.lower()))
    rows = [_row(family, list(members), there) for family, members in groupby(names, _family)]
    return f"{len(there)} of the {len(names)} algorithms that {source()} lists.\n\n{_HEAD}{''.join(rows)}"


def _family(name: str) -> str:
    return name.rpartition(".")[0] if "." in name and "/" not in name else ""


def _row(family: str, names: list[str], there: set[str]) -> str:
    def short(chosen: list[str]) -> str:
        return ", ".join(f"`{name.removeprefix(f'{family}.')}`" for name in chosen)

    has = [name for name in names if name in there]
    lacks = [name for name in names if name not in there and not name.endswith(_INTERNAL)]
    count = f"{len(has)} of {len(names)}"
    return f"| {f'`{family}`' if family else 'without a family'} | {count} | {short(has)} | {short(lacks)} |\n"


if __name__ == "__main__":
    keep(PAGE, table())
