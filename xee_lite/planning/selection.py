"""Basic and outer indexing of one axis: the spans to read, and NumPy's index into these that gives the answer."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .costs import tile_overhead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .costs import ReadCost

Key = int | np.integer[Any] | slice | npt.NDArray[Any]
Integers = npt.NDArray[np.intp]
Pick = int | slice | Integers
"""An index into what was read of one axis."""


def positions(key: int | np.integer[Any] | npt.NDArray[Any], size: int) -> Integers:
    """The positions that NumPy takes of an axis for an integer or an array, counted from the front.

    Raises
    ------
    IndexError
        If one lies outside of the axis, or a mask is not as long as it: as in NumPy, since a service would give pixels
        outside of the grid as well.
    """
    requested = np.asarray(key)
    if requested.dtype == np.bool_:
        if requested.shape != (size,):
            raise IndexError(f"boolean index of shape {requested.shape} did not match an axis of size {size}")
        return np.flatnonzero(requested)
    outside = (requested < -size) | (requested >= size)
    if outside.any():
        raise IndexError(f"index {requested[outside].ravel()[0]} is out of bounds for an axis of size {size}")
    requested = requested.astype(np.intp, copy=False)
    negative = requested < 0
    return np.where(negative, requested + size, requested) if negative.any() else requested


def listed(key: Key, size: int) -> tuple[tuple[int, ...], Pick]:
    """The distinct positions of an axis whose elements are requested one by one, as items and bands are.

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


def spanned(key: Key, size: int, gap: float, seams: Sequence[int] = ()) -> tuple[tuple[range, ...], Pick]:
    """The spans of an axis that is requested in ranges, as rows and columns are.

    A span reaches from the first position requested to the last. It is broken where more than ``gap`` positions side by
    side are not requested, and at a seam.

    Parameters
    ----------
    key : int, slice, or array of integers or booleans
    size : int
        Of the axis.
    gap : float
        Positions side by side that are read although they are not requested, see `widest_gaps`.
    seams : sequence of int, optional
        Positions before which a span has to end.

    Returns
    -------
    (spans, pick)
        Ascending spans, and the index into the spans put end to end that gives the answer.
    """
    if isinstance(key, slice):
        return _spanned_by_slice(range(size)[key], gap, seams)
    requested = positions(key, size)
    if requested.size == 0:
        return (), slice(None)
    spans = _spans(requested.reshape(-1), gap, seams)
    pick = _offsets(requested, spans)
    return spans, int(pick.item()) if requested.ndim == 0 else pick


def widest_gaps(keys: tuple[Key, Key], sizes: tuple[int, int], images: int, cost: ReadCost) -> tuple[float, float]:
    """How many rows, and how many columns, side by side may be read although none of them is requested.

    Each span of rows is read with each span of columns, so that the cost of a gap in the rows depends on the columns
    that are read, and the other way round. Beginning once with gaps of columns all left out, and once with none left
    out, the best gap for the rows and the best one for the columns are found in turn, three times, which is chosen; the
    cheaper of the two results is taken.

    Parameters
    ----------
    keys, sizes : (rows, columns)
        Indices of the two axes, and the sizes of these.
    images : int
        Items x bands that are read.
    cost : ReadCost

    Returns
    -------
    (rows, columns)
    """
    rows, columns = (_Gaps.of(key, size) for key, size in zip(keys, sizes, strict=True))
    request = cost.overhead * math.ceil(images * cost.wire_bands / cost.limits.bands)
    pixel, tile = images * cost.pixel_bytes, images * tile_overhead(cost.limits)

    def widest(spans: int, read: int) -> float:
        """The gap that costs as much as one span more, where it is read with these spans of the other axis."""
        work = tile * cost.tiles(spans, read)
        within = work / cost.limits.tile
        return float((request * spans + work - within) / (pixel * read + within))

    found = []
    for begin in (0.0, math.inf):
        down, across = 0.0, begin
        for _ in range(3):
            down = widest(*columns.broken(across))
            across = widest(*rows.broken(down))
        (high, height), (wide, width) = rows.broken(down), columns.broken(across)
        work = tile * cost.tiles(high, height) * cost.tiles(wide, width)
        found.append((request * high * wide + work + pixel * height * width, (down, across)))
    return min(found)[1]


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps of an axis between positions that are requested: their sizes, ascending, and how many have each."""

    extent: int
    sizes: Integers
    counts: Integers

    @classmethod
    def of(cls, key: Key, size: int) -> _Gaps:
        """The gaps of an index that requests at least one position."""
        if isinstance(key, slice):
            indices = range(size)[key]
            gaps = np.array([abs(indices.step) - 1])
            return cls(abs(indices[-1] - indices[0]) + 1, gaps, np.array([len(indices) - 1]))
        requested = np.unique(positions(key, size))
        gaps, counts = np.unique(np.diff(requested) - 1, return_counts=True)
        return cls(int(requested[-1] - requested[0]) + 1, gaps, counts)

    def broken(self, gap: float) -> tuple[int, int]:
        """How many spans there are, and how many positions in them, where wider gaps than this are left out."""
        left_out = self.sizes > gap
        return 1 + int(self.counts[left_out].sum()), self.extent - int((self.sizes * self.counts)[left_out].sum())


def _spanned_by_slice(indices: range, gap: float, seams: Sequence[int]) -> tuple[tuple[range, ...], Pick]:
    """The spans of a slice. Where it is one span but for seams, its pick is a slice too, which makes no copy."""
    if not indices:
        return (), slice(None)
    if abs(indices.step) - 1 > gap:
        distinct = np.asarray(indices)
        spans = _spans(distinct, gap, seams)
        return spans, _offsets(distinct, spans)
    first, last = sorted((indices[0], indices[-1]))
    start = indices[0] - first
    stop = start + indices.step * (len(indices) - 1) + (1 if indices.step > 0 else -1)
    return tuple(_between(seams, range(first, last + 1))), slice(start, None if stop < 0 else stop, indices.step)


def _spans(requested: Integers, gap: float, seams: Sequence[int]) -> tuple[range, ...]:
    distinct = np.unique(requested)
    gaps = np.diff(distinct) - 1 > gap
    firsts = distinct[np.concatenate([[True], gaps])].tolist()
    lasts = distinct[np.concatenate([gaps, [True]])].tolist()
    return tuple(
        span for first, last in zip(firsts, lasts, strict=True) for span in _between(seams, range(first, last + 1))
    )


def _between(seams: Sequence[int], span: range) -> Iterator[range]:
    """The parts of a span between seams."""
    inside = seams[bisect_right(seams, span.start) : bisect_right(seams, span.stop - 1)]
    for start, stop in pairwise((span.start, *inside, span.stop)):
        yield range(start, stop)


def _offsets(requested: Integers, spans: tuple[range, ...]) -> Integers:
    """Positions within the spans put end to end."""
    starts = np.array([span.start for span in spans])
    before = np.concatenate([[0], np.cumsum([len(span) for span in spans])[:-1]])
    span = np.searchsorted(starts, requested, side="right") - 1
    return np.asarray(requested - starts[span] + before[span])
