"""What an index wants: the rectangles to read, and NumPy's way from these to the answer. No pixel is touched here."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Key = int | np.integer[Any] | slice | npt.NDArray[Any]
Integers = npt.NDArray[np.intp]
Pick = int | slice | Integers
"""NumPy's index into what was read of one axis."""


def positions(key: int | np.integer[Any] | npt.NDArray[Any], size: int) -> Integers:
    """What NumPy takes of an axis for an integer or an array, counted from the front.

    Raises
    ------
    IndexError
        If something lies outside of the axis, or a mask is not as long as it: NumPy's own rule, since what lies
        outside of a grid has pixels too.
    """
    requested = np.asarray(key)
    if requested.dtype == np.bool_:
        if requested.shape != (size,):
            raise IndexError(f"boolean index of shape {requested.shape} did not match an axis of size {size}")
        return np.flatnonzero(requested)
    outside = (requested < -size) | (requested >= size)
    if outside.any():
        raise IndexError(f"index {requested[outside].ravel()[0]} is out of bounds for an axis of size {size}")
    requested = requested.astype(np.intp)
    return np.where(requested < 0, requested + size, requested)


def listed(key: Key, size: int) -> tuple[tuple[int, ...], Pick]:
    """What an axis is asked for by name, as items and bands are: the positions requested, each once.

    Parameters
    ----------
    key : int, slice, or array of integers or booleans
        NumPy's index of one axis.
    size : int
        Of the axis.

    Returns
    -------
    (positions, pick)
        Positions in ascending order (or in that of a slice), and the index into them that gives the answer.
    """
    if isinstance(key, slice):
        return tuple(range(size)[key]), slice(None)
    requested = positions(key, size)
    distinct, pick = np.unique(requested, return_inverse=True)
    return tuple(distinct.tolist()), int(pick.item()) if requested.ndim == 0 else pick.reshape(-1)


def spanned(key: Key, size: int, chunk: int, seams: Sequence[int] = ()) -> tuple[tuple[range, ...], Pick]:
    """What an axis is asked for in spans, as rows and columns are.

    A span reaches from the first position requested to the last. It is broken where a whole chunk lies within of which
    nothing is requested, so that a scattered read never fetches more than the chunks that it touches, and at a seam.

    Parameters
    ----------
    key : int, slice, or array of integers or booleans
    size, chunk : int
        Of the axis, and of its chunks.
    seams : sequence of int, optional
        Positions before which a span has to end.

    Returns
    -------
    (spans, pick)
        Ascending and apart, and the index into the spans put end to end that gives the answer.
    """
    if isinstance(key, slice):
        return _spanned_by_slice(range(size)[key], chunk, seams)
    requested = positions(key, size)
    if requested.size == 0:
        return (), slice(None)
    spans = _spans(requested.reshape(-1), chunk, seams)
    pick = _offsets(requested, spans)
    return spans, int(pick.item()) if requested.ndim == 0 else pick


@dataclass(frozen=True, slots=True)
class Cell:
    """The points of a pointwise selection that lie in one chunk.

    Attributes
    ----------
    items, bands : tuple of int
        Those requested, each once.
    rows, columns : range
        From the first one requested to the last.
    points : ndarray of int
        Which of the points these are.
    pick : four ndarrays of int
        Their positions in the block (items, bands, rows, columns).
    """

    items: tuple[int, ...]
    bands: tuple[int, ...]
    rows: range
    columns: range
    points: Integers
    pick: tuple[Integers, ...]


def cells(points: tuple[Integers, ...], chunk: tuple[int, int, int], seams: Sequence[int] = ()) -> Iterator[Cell]:
    """Group points by the chunk in which they lie, and by the side of a seam.

    Parameters
    ----------
    points : four ndarrays of int, shape (points,)
        Item, band, row and column of each, none negative.
    chunk : (items, rows, columns)
    seams : sequence of int, optional
        Columns before which a read has to end.
    """
    items, _, rows, columns = points
    sides = np.searchsorted(seams, columns, side="right")
    cells = (items // chunk[0], rows // chunk[1], columns // chunk[2], sides)
    sizes = tuple(int(cell.max(initial=0)) + 1 for cell in cells)
    numbers = np.ravel_multi_index(cells, sizes)
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order])) + 1
    for group in np.split(order, starts) if order.size else ():
        yield _cell(group, tuple(axis[group] for axis in points))


def _cell(group: Integers, points: tuple[Integers, ...]) -> Cell:
    items, item = np.unique(points[0], return_inverse=True)
    bands, band = np.unique(points[1], return_inverse=True)
    rows, columns = (range(int(axis.min()), int(axis.max()) + 1) for axis in points[2:])
    pick = (item, band, points[2] - rows.start, points[3] - columns.start)
    return Cell(tuple(items.tolist()), tuple(bands.tolist()), rows, columns, group, pick)


def _spanned_by_slice(indices: range, chunk: int, seams: Sequence[int]) -> tuple[tuple[range, ...], Pick]:
    """A slice makes a view where an array of integers would copy, as long as the spans lie end to end."""
    if not indices:
        return (), slice(None)
    if abs(indices.step) > chunk:  # which may leave out whole chunks
        distinct = np.asarray(indices)
        spans = _spans(distinct, chunk, seams)
        return spans, _offsets(distinct, spans)
    first, last = sorted((indices[0], indices[-1]))
    start = indices[0] - first
    stop = start + indices.step * (len(indices) - 1) + (1 if indices.step > 0 else -1)
    return tuple(_between(seams, range(first, last + 1))), slice(start, None if stop < 0 else stop, indices.step)


def _spans(requested: Integers, chunk: int, seams: Sequence[int]) -> tuple[range, ...]:
    distinct = np.unique(requested)
    gaps = np.diff(distinct // chunk) > 1
    firsts = distinct[np.concatenate([[True], gaps])].tolist()
    lasts = distinct[np.concatenate([gaps, [True]])].tolist()
    return tuple(
        span for first, last in zip(firsts, lasts, strict=True) for span in _between(seams, range(first, last + 1))
    )


def _between(seams: Sequence[int], span: range) -> Iterator[range]:
    inside = seams[bisect_right(seams, span.start) : bisect_right(seams, span.stop - 1)]
    for start, stop in pairwise((span.start, *inside, span.stop)):
        yield range(start, stop)


def _offsets(requested: Integers, spans: tuple[range, ...]) -> Integers:
    """Where positions lie in the spans put end to end."""
    starts = np.array([span.start for span in spans])
    before = np.concatenate([[0], np.cumsum([len(span) for span in spans])[:-1]])
    span = np.searchsorted(starts, requested, side="right") - 1
    return np.asarray(requested - starts[span] + before[span])
