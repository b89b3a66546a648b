"""What commands print: tables and lines for people, one JSON object for scripts."""

from __future__ import annotations

import json
import math
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from .looks import HAS_RICH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json``; the command gets ``as_json``."""
    text = "Print one JSON object, and nothing else, to standard output."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def print_json(entries: Mapping[str, object]) -> None:
    """Print an object as JSON, on one line for scripts that read lines."""
    click.echo(json.dumps(_plain(entries), allow_nan=False, ensure_ascii=False))


def _plain(value: object) -> object:
    """A value as JSON has it: numbers and dates of NumPy and pandas too; NaN and infinities are null."""
    if hasattr(value, "items"):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, np.datetime64):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):  # pandas.Timestamp too
        value = np.datetime64(value)
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else f"{value.astype('datetime64[ms]')}Z"
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows below their columns: by rich on a terminal, as aligned text elsewhere."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if HAS_RICH and sys.stdout.isatty():
        from rich import box  # noqa: PLC0415 - an extra
        from rich.console import Console  # noqa: PLC0415 - as above
        from rich.table import Table  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415 - as above

        table = Table(*columns, box=box.SIMPLE_HEAD)
        for row in cells:
            table.add_row(*map(Text, row))  # rich would take brackets in a plain text for markup
        Console().print(table)
        return
    widths = [max(len(row[number]) for row in [list(columns), *cells]) for number in range(len(columns))]
    for row in [list(columns), *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
