"""The parts of an export, planned before a pixel is read: each is read and written by itself."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr


@dataclass(frozen=True, slots=True)
class Part:
    """A box of some variables that have the same dimensions.

    Attributes
    ----------
    names : tuple of str
        Variables.
    region : tuple of (str, int, int)
        For each dimension its name, the first position, and the one after the last.
    bytes : int
        Bytes in memory.
    """

    names: tuple[str, ...]
    region: tuple[tuple[str, int, int], ...]
    bytes: int

    @property
    def key(self) -> str:
        """A text that no other part of the export has."""
        return json.dumps([self.names, self.region])

    @property
    def slices(self) -> dict[str, slice]:
        """Its place in the dataset, for `xarray.Dataset.isel`."""
        return {dim: slice(start, stop) for dim, start, stop in self.region}

    def __str__(self) -> str:
        box = ", ".join(f"{dim} {start} to {stop}" for dim, start, stop in self.region)
        return f"{', '.join(self.names)} at {box}" if box else ", ".join(self.names)


def chunks_of(variable: xr.Variable) -> dict[str, int]:
    """The size of a chunk along each dimension: the largest of Dask's, else that of a request, else the whole."""
    if variable.chunks is not None:
        return {str(dim): max(sizes) or 1 for dim, sizes in variable.chunksizes.items()}
    planned = variable.encoding.get("preferred_chunks", {})
    return {str(dim): min(size, planned.get(dim, size)) or 1 for dim, size in variable.sizes.items()}


def chunks_by_name(dataset: xr.Dataset) -> dict[str, dict[str, int]]:
    """The size of a chunk along each dimension, for each data variable."""
    return {str(name): chunks_of(array.variable) for name, array in dataset.data_vars.items()}


def parts_of(
    dataset: xr.Dataset,
    chunks: Mapping[str, Mapping[str, int]],
    max_bytes: int,
    start: Mapping[str, int],
) -> list[Part]:
    """Cut the variables of a dataset into parts of a chunk each.

    Variables of the same dimensions and chunks share parts of at most `max_bytes`: their bands are then read in one
    request where they fit into it.

    Parameters
    ----------
    dataset : xarray.Dataset
        Only its data variables are cut.
    chunks : mapping of str to mapping of str to int
        For each variable the size of a chunk along each of its dimensions.
    max_bytes : int
        Bytes of a part of several variables.
    start : mapping of str to int
        The position at which the dataset begins in its target, along dimensions where that is not 0. Parts end where
        chunks of the target do: two parts that write to one chunk would overwrite each other.

    Returns
    -------
    list of Part
        In the order of the variables, then of the dimensions.
    """
    parts: list[Part] = []
    for names in _same_shapes(dataset, chunks):
        sizes, chunk = dataset[names[0]].sizes, chunks[names[0]]
        cuts = [_cuts(size, chunk[str(dim)], start.get(str(dim), 0)) for dim, size in sizes.items()]
        pixels = math.prod(chunk.values())
        for group in _groups([(name, pixels * (dataset[name].dtype.itemsize + 1)) for name in names], max_bytes):
            itemsize = sum(dataset[name].dtype.itemsize for name in group)
            for box in product(*cuts):
                region = tuple((str(dim), *cut) for dim, cut in zip(sizes, box, strict=True))
                parts.append(Part(group, region, itemsize * math.prod(stop - start for start, stop in box)))
    return parts


def _same_shapes(dataset: xr.Dataset, chunks: Mapping[str, Mapping[str, int]]) -> Iterator[list[str]]:
    """Names of the data variables that have the same dimensions and chunks, Dask's apart from others."""
    groups: dict[object, list[str]] = {}
    for name, array in dataset.data_vars.items():
        key = array.dims, tuple(chunks[str(name)].items()), array.chunks is None
        groups.setdefault(key, []).append(str(name))
    yield from groups.values()


def _groups(variables: list[tuple[str, int]], max_bytes: int) -> list[tuple[str, ...]]:
    """Variables (name, bytes) in groups of at most so many bytes; a variable that has more is a group of its own."""
    groups: list[list[str]] = []
    room = 0
    for name, size in variables:
        if not groups or size > room:
            groups.append([])
            room = max_bytes
        groups[-1].append(name)
        room -= size
    return [tuple(group) for group in groups]


def _cuts(size: int, chunk: int, start: int) -> list[tuple[int, int]]:
    """Starts and stops of the pieces of an axis that begins at a position within chunks; one empty piece for size 0."""
    edges = [0, *range(chunk - start % chunk, size, chunk), size]
    return list(pairwise(edges)) if size else [(0, 0)]
