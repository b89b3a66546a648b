"""Connected pixels of one value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from rasterio.features import rasterize, shapes

from ..errors import EarthError
from ..types import UINT32
from .image import Band, Pixels, Sampler
from .neighbourhood import around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..types import PixelGrid
    from ..values.reduce import Reducer

Labels = npt.NDArray[np.int32]

MAX_SIZE = 1024
"""Pixels that a component may have for the operations on single pixels."""

PERIOD = 46_340
"""Pixels after which labels may come again: its square is the largest that 31 bits hold."""


def labelled(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_], *, eight: bool) -> Labels:
    """Number the connected components of equal valid values from 1; 0 elsewhere.

    GDAL outlines the components, and its outlines, which follow the edges of pixels, are filled again.
    """
    # Any values become small integers, which GDAL takes.
    _, codes = np.unique(values, return_inverse=True)
    codes = codes.reshape(values.shape).astype(np.int32)
    outlines = shapes(codes, mask=valid, connectivity=8 if eight else 4)
    numbered = [(outline, number) for number, (outline, _) in enumerate(outlines, 1)]
    if not numbered:
        return np.zeros(values.shape, np.int32)
    found: Labels = rasterize(numbered, values.shape, dtype="int32")
    return found


def counted(band: Band, max_size: int, *, eight: bool) -> Band:
    """How many pixels are connected to each, itself included; at most a maximum.

    A component of fewer pixels can not reach further than they are, so a margin of as many is enough.
    """

    def compute(sampler: Sampler) -> Pixels:
        source = around(sampler, band, (max_size,) * 4)
        labels = labelled(source.values, source.mask > 0, eight=eight)
        sizes = np.minimum(np.bincount(labels.ravel()), max_size)
        inner = _inner(labels, max_size)
        return Pixels(sizes[inner].astype(np.uint32), sampler(band).mask)

    return band.derived(compute, type_=UINT32)


def numbered(band: Band, max_size: int, *, eight: bool) -> Band:
    """A label for each component of at most so many pixels; larger ones are masked.

    The label is the place of the component's first pixel in the grid, so that it is the same in all tiles; the
    service's own labels are not known.
    """

    def compute(sampler: Sampler) -> Pixels:
        margin = max_size + 1
        source = around(sampler, band, (margin,) * 4)
        labels = labelled(source.values, source.mask > 0, eight=eight)
        sizes = np.bincount(labels.ravel())
        _, first = np.unique(labels, return_index=True)
        row, col = np.divmod(first, labels.shape[1])
        left, top = _origin(sampler.grid)
        places = ((row + top - margin) % PERIOD) * PERIOD + (col + left - margin) % PERIOD
        present = np.unique(labels)
        names = np.zeros(sizes.size, np.int64)
        names[present] = places
        inner = _inner(labels, margin)
        small = (inner > 0) & (sizes[inner] <= max_size)
        mask = np.where(small, sampler(band).mask, np.float32(0))
        return Pixels(np.where(small, names[inner], 0).astype(np.uint32), mask)

    return band.derived(compute, name="labels", type_=UINT32)


def reduced(label: Band, bands: Sequence[Band], reducer: Reducer, max_size: int, names: Sequence[str]) -> list[Band]:
    """A reducer's outputs over all pixels of each component; those that reach too far are masked."""
    types = reducer.types([band.type for band in bands])
    token = object()

    def found(sampler: Sampler) -> tuple[Labels, dict[int, dict[str, Any]]]:
        source, *others = (around(sampler, band, (max_size,) * 4) for band in (label, *bands))
        labels = labelled(source.values, source.mask > 0, eight=True)
        inner = _inner(labels, max_size)
        flat = labels.ravel()
        order = np.argsort(flat, kind="stable")
        bounds = np.searchsorted(flat[order], np.arange(flat.max() + 2))
        results = {}
        for number in np.unique(inner[inner > 0]).tolist():
            members = order[bounds[number] : bounds[number + 1]]
            rows, cols = np.divmod(members, labels.shape[1])
            if max(np.ptp(rows), np.ptp(cols)) < max_size:
                values = [one.values.ravel()[members] for one in others]
                results[number] = reducer.columns(values, [one.mask.ravel()[members] for one in others])
        return inner, results

    def band(name: str, output: str) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            inner, results = sampler.share(token, lambda: found(sampler))
            table = np.zeros(int(inner.max(initial=0)) + 1)
            known = np.zeros(table.size, bool)
            for number, result in results.items():
                if isinstance(result[output], (int, float)):
                    table[number], known[number] = result[output], True
            mask = np.where(known[inner], sampler(label).mask, np.float32(0))
            return Pixels(table[inner].astype(types[output].storage), mask)

        return label.derived(compute, name=name, type_=types[output])

    return [band(name, output) for name, output in zip(names, types, strict=True)]


def check_size(size: int, where: str) -> None:
    """Refuse a size beyond what is computed around each pixel."""
    if not 0 < size <= MAX_SIZE:
        raise EarthError(f"{where}: 'maxSize' must be between 1 and {MAX_SIZE}, got {size}.")


def _inner(values: Labels, margin: int) -> Labels:
    return values[margin : values.shape[0] - margin, margin : values.shape[1] - margin]


def _origin(grid: PixelGrid) -> tuple[int, int]:
    """Column and row of a grid's first pixel, counted from where its CRS begins."""
    a, b, c, d, e, f = grid.transform
    area = a * e - b * d
    # Thirds, because grids may be halves of a pixel off, and rounding errors must not decide.
    return math.floor((e * c - b * f) / area + 1 / 3), math.floor((a * f - d * c) / area + 1 / 3)
