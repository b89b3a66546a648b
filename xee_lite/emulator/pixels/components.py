"""Connected components of pixels with equal values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..images.image import Band, Pixels, Sampler
from ..request_limits import check_memory
from ..types import UINT32
from .cellwise import cell_origin
from .neighbourhood import read_neighbourhood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..reducers.reduce import Reducer

Labels = npt.NDArray[np.int32]

LABEL_BYTES = 150
"""Memory that labelling takes for a pixel, about: pairs of neighbours, and the graph that they make."""
MAX_SIZE = 1024
"""Pixels that a component may have for the operations on single pixels."""

PERIOD = 46_340
"""Pixels after which labels may come again: its square is the largest that 31 bits hold."""


def label_pixels(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_], *, eight: bool) -> Labels:
    """Number the connected components of equal valid values from 1 in the order of their first pixels; 0 elsewhere.

    Each pixel points to one of its component before it, at last to the first: neighbours that point to different ones
    are joined, all at once, until there are none.
    """
    root = np.arange(values.size)
    one, other = _joints(values, valid, eight=eight)
    while one.size:
        here, there = root[one], root[other]
        apart = here != there
        one, other, here, there = one[apart], other[apart], here[apart], there[apart]
        # Where several point from one position any of them will do: the others are still apart the next time.
        root[np.maximum(here, there)] = np.minimum(here, there)
        while not np.array_equal(root, further := root[root]):
            root = further
    found = np.zeros(values.size, np.int32)
    flat = valid.ravel()
    _, numbers = np.unique(root[flat], return_inverse=True)
    found[flat] = numbers + 1
    return found.reshape(values.shape)


def _joints(
    values: npt.NDArray[Any], valid: npt.NDArray[np.bool_], *, eight: bool
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs of neighbours that belong together, as positions in the flattened raster."""
    height, width = values.shape
    index = np.arange(values.size).reshape(values.shape)
    pairs = []
    for down, across in [(0, 1), (1, 0)] + ([(1, 1), (1, -1)] if eight else []):
        here = slice(0, max(height - down, 0)), slice(max(-across, 0), width - max(across, 0))
        there = slice(down, height), slice(max(across, 0), width + min(across, 0))
        alike = valid[here] & valid[there] & (values[here] == values[there])
        pairs.append((index[here][alike], index[there][alike]))
    return np.concatenate([one for one, _ in pairs]), np.concatenate([other for _, other in pairs])


def count_connected(band: Band, max_size: int, *, eight: bool) -> Band:
    """How many pixels are connected to each, itself included; at most a maximum.

    A component of fewer pixels can not reach further than they are, so a margin of as many is enough.
    """

    def compute(sampler: Sampler) -> Pixels:
        source = read_neighbourhood(sampler, band, (max_size,) * 4)
        check_memory(LABEL_BYTES * source.values.size)
        labels = label_pixels(source.values, source.mask > 0, eight=eight)
        sizes = np.minimum(np.bincount(labels.ravel()), max_size)
        inner = _inner(labels, max_size)
        return Pixels(sizes[inner].astype(np.uint32), sampler(band).mask)

    return band.derived(compute, type_=UINT32)


def label_components(band: Band, max_size: int, *, eight: bool) -> Band:
    """A label for each component of at most so many pixels; larger ones are masked.

    The label is the place of the component's first pixel in the grid, so that it is the same in all tiles; the
    service's own labels are not known.
    """

    def compute(sampler: Sampler) -> Pixels:
        margin = max_size + 1
        source = read_neighbourhood(sampler, band, (margin,) * 4)
        check_memory(LABEL_BYTES * source.values.size)
        labels = label_pixels(source.values, source.mask > 0, eight=eight)
        sizes = np.bincount(labels.ravel())
        _, first = np.unique(labels, return_index=True)
        row, col = np.divmod(first, labels.shape[1])
        left, top = cell_origin(sampler.grid)
        identifiers = ((row + top - margin) % PERIOD) * PERIOD + (col + left - margin) % PERIOD
        present = np.unique(labels)
        names = np.zeros(sizes.size, np.int64)
        names[present] = identifiers
        inner = _inner(labels, margin)
        small = (inner > 0) & (sizes[inner] <= max_size)
        mask = np.where(small, sampler(band).mask, np.float32(0))
        return Pixels(np.where(small, names[inner], 0).astype(np.uint32), mask)

    return band.derived(compute, name="labels", type_=UINT32)


def reduce_components(
    label: Band, bands: Sequence[Band], reducer: Reducer, max_size: int, names: Sequence[str]
) -> list[Band]:
    """A reducer's outputs over all pixels of each component; those that reach too far are masked."""
    types = reducer.types([band.type for band in bands])
    token = object()

    def found(sampler: Sampler) -> tuple[Labels, dict[int, dict[str, Any]]]:
        source, *others = (read_neighbourhood(sampler, band, (max_size,) * 4) for band in (label, *bands))
        check_memory(LABEL_BYTES * source.values.size)
        labels = label_pixels(source.values, source.mask > 0, eight=True)
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
