"""The lazy array behind a variable of a dataset that was opened, and only indexed since.

With Dask, a point costs a chunk: the task of the chunk reads all of it, and Dask takes the point. Where every block of
a Dask array is nothing but a read of one lazy array, that array can be indexed instead, so that only the points are
read.
"""

from __future__ import annotations

import itertools
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.core import indexing

from .lazy import LazyPixels
from .noted_reads import noted_reads
from .vectorised import LazyArray

if TYPE_CHECKING:
    import numpy.typing as npt

    Part = int | npt.NDArray[np.intp]
    """What is taken of an axis: one position, which drops the axis, or the positions along it."""


def without_dask(dataset: xr.Dataset) -> xr.Dataset:
    """The same dataset, with lazy arrays in place of the Dask arrays that are only read and indexed."""
    variables = {}
    for name, variable in dataset.variables.items():
        opened = None if variable.chunks is None else lazy_read(variable)
        if opened is not None:
            pixels, parts = opened
            key = indexing.OuterIndexer(tuple(map(_key, parts)))
            variables[name] = xr.Variable(variable.dims, LazyArray(pixels, key), variable.attrs, variable.encoding)
    return dataset.assign({name: variable for name, variable in variables.items() if name in dataset.data_vars})


def lazy_read(variable: xr.Variable) -> tuple[LazyPixels, tuple[Part, ...]] | None:
    """The array that a variable reads, and what it takes of its axes (item, band, y, x).

    Parameters
    ----------
    variable : Variable
        With Dask or without.

    Returns
    -------
    (LazyPixels, parts) or None
        None where the variable is in memory, is computed from what is read, or is indexed pointwise.
    """
    if variable.chunks is None:
        reads = [] if variable._in_memory else noted_reads(variable, (slice(None),) * variable.ndim)  # noqa: SLF001 - else one can only see it by reading
        blocks = {(0,) * variable.ndim: reads[0]} if len(reads) == 1 else {}
    else:
        blocks = _blocks(variable.data)
    arrays = {id(read.pixels): read.pixels for read in blocks.values()}
    pixels = next(iter(arrays.values()), None)
    if len(arrays) != 1 or not isinstance(pixels, LazyPixels):
        return None
    if any(isinstance(read.key, indexing.VectorizedIndexer) for read in blocks.values()):
        return None
    parts = _joined({
        block: tuple(_part(part, size) for part, size in zip(read.key.tuple, pixels.shape, strict=True))
        for block, read in blocks.items()
    })  # fmt: skip
    return None if parts is None else (pixels, parts)


def _blocks(array: Any) -> dict[tuple[int, ...], Any]:  # noqa: ANN401 - a Dask array
    """The read that each block of a Dask array is; empty where one is anything else."""
    import dask  # noqa: PLC0415 - which whoever has such an array has imported

    from .graph_reads import plain_read  # noqa: PLC0415 - which imports Dask

    (array,) = dask.optimize(array)
    graph, blocks = dict(array.__dask_graph__()), {}
    for block in itertools.product(*map(range, array.numblocks)):
        array_read = plain_read((array.name, *block), graph)
        reads = [] if array_read is None else noted_reads(*array_read)
        if len(reads) != 1:
            return {}
        blocks[block] = reads[0]
    return blocks


def _part(part: Any, size: int) -> Part:  # noqa: ANN401 - what NumPy indexes by
    """What an index takes of an axis of this size."""
    if isinstance(part, int | np.integer):
        return int(part)
    positions: npt.NDArray[np.intp] = np.arange(size)[part]
    return positions


def _joined(keys: dict[tuple[int, ...], tuple[Part, ...]]) -> tuple[Part, ...] | None:
    """What all blocks together take of each axis; None where they do not tile a rectangle of parts."""
    first = next(iter(keys.values()))
    # The axes that are dimensions of the Dask array; of the others all blocks take the same single position.
    dims = [axis for axis, part in enumerate(first) if not isinstance(part, int)]
    pieces: dict[tuple[int, int], npt.NDArray[np.intp]] = {}
    for block, parts in keys.items():
        if len(dims) != len(block):
            return None
        for axis, part in enumerate(parts):
            if isinstance(part, int) or axis not in dims:
                if not isinstance(part, int) or part != first[axis]:
                    return None
            # Blocks at the same place along a dimension take the same of its axis.
            elif not np.array_equal(pieces.setdefault((axis, block[dims.index(axis)]), part), part):
                return None
    return tuple(
        part
        if isinstance(part, int)
        else np.concatenate([piece for (own, _), piece in sorted(pieces.items(), key=itemgetter(0)) if own == axis])
        for axis, part in enumerate(first)
    )


def _key(part: Part) -> int | slice | npt.NDArray[np.intp]:
    """The index of an axis: a slice where the positions follow one another, which makes a view."""
    if isinstance(part, int) or not len(part) or (np.diff(part) != 1).any():
        return part
    return slice(int(part[0]), int(part[-1]) + 1)
