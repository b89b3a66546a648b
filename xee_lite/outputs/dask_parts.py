"""Parts of Dask arrays, computed in one graph by Dask's threads of this process.

Values that several parts need, such as the mean of an anomaly or the edge of a moving window, are then computed once,
and the reads of all parts are started ahead. If each part were computed by itself, they would be read again for each.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from threading import Condition
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import xarray as xr

from ..traffic.cancellation import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt
    from dask._task_spec import Task

    from .parts import Part

    Write = Callable[[Part, xr.Dataset], None]


def compute_parts(dataset: xr.Dataset, parts: Sequence[Part], missing: Sequence[Part], write: Write) -> None:
    """Compute the missing parts, and hand each to a writer.

    Parameters
    ----------
    dataset : xarray.Dataset
    parts : sequence of Part
        All parts of some variables that are Dask arrays.
    missing : sequence of Part
        The parts to compute.
    write : callable
        Called with a part and its variables in memory, in one of Dask's threads.

    Raises
    ------
    Exception
        The first that a read or the writer raised; nothing is written after that.
    """
    import dask.array  # noqa: PLC0415 - slow to import, and few export
    from dask._task_spec import Task, TaskRef  # noqa: PLC0415 - as above
    from dask.base import compute_as_if_collection  # noqa: PLC0415 - as above
    from dask.highlevelgraph import HighLevelGraph  # noqa: PLC0415 - as above

    cuts = _cuts_of(parts)
    arrays: dict[str, Any] = {}
    for names, sides in cuts.items():
        chunks = tuple(tuple(stop - start for start, stop in sorted(side)) for side in sides)
        # Dask's chunks may be uneven, and their edges need not be those of the target's chunks.
        arrays |= {name: dataset[name].variable.data.rechunk(chunks) for name in names}
    positions = {names: [_numbered(side) for side in sides] for names, sides in cuts.items()}
    layer: dict[str, Task] = {}
    gate = _Gate()
    token = f"write-{uuid4().hex}"
    for number, part in enumerate(missing):
        axes = zip(positions[part.names], part.region, strict=True)
        block = tuple(numbers[start, stop] for numbers, (_, start, stop) in axes)
        refs = [TaskRef((arrays[name].name, *block)) for name in part.names]
        key = f"{token}-{number}"
        dims = [dataset[name].dims for name in part.names]
        layer[key] = Task(key, partial(_write, gate, write, part, dims), *refs)
    graph = HighLevelGraph.from_collections(token, layer, dependencies=list(arrays.values()))
    with gate.closing():
        compute_as_if_collection(dask.array.Array, graph, list(layer), scheduler="threads")


def _write(
    gate: _Gate, write: Write, part: Part, dims: list[tuple[Hashable, ...]], *blocks: npt.NDArray[np.generic]
) -> None:
    with gate.passing():
        write(part, xr.Dataset(dict(zip(part.names, zip(dims, blocks, strict=True), strict=True))))


class _Gate:
    """Lets Dask's threads write while a compute runs: after a failure they go on with tasks that have begun."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._closed = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Write within this block.

        Raises
        ------
        CancelledError
            If the compute is over.
        """
        with self._changed:
            if self._closed:
                raise CancelledError("the export is over")
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def closing(self) -> Iterator[None]:
        """At the end of this block refuse further writes, and wait for those that have begun."""
        try:
            yield
        finally:
            with self._changed:
                self._closed = True
                self._changed.wait_for(lambda: not self._inside)


def _cuts_of(parts: Sequence[Part]) -> dict[tuple[str, ...], list[set[tuple[int, int]]]]:
    """Starts and stops of the parts along each dimension, for each group of variables that share parts."""
    cuts: dict[tuple[str, ...], list[set[tuple[int, int]]]] = {}
    for part in parts:
        sides = cuts.setdefault(part.names, [set() for _ in part.region])
        for side, (_, start, stop) in zip(sides, part.region, strict=True):
            side.add((start, stop))
    return cuts


def _numbered(side: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The number of the chunk for each start and stop along a dimension."""
    return {cut: number for number, cut in enumerate(sorted(side))}
