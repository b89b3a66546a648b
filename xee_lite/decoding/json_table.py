"""Tables of values as JSON: parsed in pieces, so that few of the values are Python objects at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = npt.NDArray[np.float64]

_PIECE = 2**20
"""Bytes of text that are parsed at a time; chosen: some ten thousand rows."""

_BEGIN = re.compile(rb'\s*\{\s*"result"\s*:\s*\[\s*(?=\[)')
_END = re.compile(rb"\s*\]\s*\}\s*\Z")
_BETWEEN = re.compile(rb"\]\s*,\s*(?=\[)")


def decode_rows(content: bytes, width: int, max_rows: int) -> Iterator[list[list[Any]]]:
    """The rows of ``{"result": [[...], [...], ...]}``, some at a time.

    Parameters
    ----------
    content : bytes
    width : int
        Values of each row, none of which is a list or an object.
    max_rows : int
        Rows that were asked for at most.

    Raises
    ------
    WireError
        If it is anything else.
    """
    begin, end = _BEGIN.match(content), _END.search(content, max(0, len(content) - 100))
    if begin is None or end is None:
        raise WireError("the reply is no JSON table")
    at, stop, count = begin.end(), end.start(), 0
    while at < stop:
        cut = _BETWEEN.search(content, min(at + _PIECE, stop), stop)
        piece = content[at : stop if cut is None else cut.start() + 1]
        if piece.count(b"[") > max_rows - count:
            raise WireError(f"the reply has more rows than the {max_rows} that were asked for")
        rows = _parsed(piece)
        if any(type(row) is not list or len(row) != width for row in rows):
            raise WireError(f"a row of the reply has not the {width} values that were asked for")
        count += len(rows)
        yield rows
        at = stop if cut is None else cut.end()


def _parsed(piece: bytes) -> list[Any]:
    try:
        rows: list[Any] = json.loads(b"[" + piece + b"]")
    except (ValueError, RecursionError) as error:
        raise WireError(f"the reply is no JSON ({type(error).__name__})") from error
    return rows


def numbers_of(column: tuple[Any, ...]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The numbers of a column in float64, with NaN for null, and which of the values are not null.

    The texts "NaN", "Infinity" and "-Infinity" are numbers too, which JSON can not write otherwise.

    Raises
    ------
    WireError
        If a value is anything else.
    """
    cells = np.empty(len(column), dtype=object)
    cells[:] = column
    present = np.array([value is not None for value in column], dtype=bool)
    if not set(map(type, column)) <= {int, float, str, type(None)}:
        raise WireError("a value of the reply is no number")
    try:
        numbers = np.full(len(column), np.nan)
        numbers[present] = cells[present].astype(np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise WireError("a value of the reply is no number") from error
    return numbers, present
