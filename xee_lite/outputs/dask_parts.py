"""Parts of Dask arrays, computed in one graph by Dask's threads of this process.

What several parts need, such as the mean of an anomaly or the edge of a moving window, is then computed once, and the
reads of all parts are started ahead. To compute each part by itself would read it again for each.
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
    """Compute the parts that are missing, and hand each to a writer.

    Parameters
    ----------
    dataset : xarray.Dataset
    parts : sequence of Part
        All parts of some variables that are Dask arrays.
    missing : sequence of Part
        Those of them to compute.
    write : callable
        Gets a part and its variables in memory, in one of Dask's threads.

    Raises
    ------
    Exception
        The first that a read or the writer raised; nothing is written any more then.
    """
    import dask.array  # noqa: PLC0415 - slow to import, and few export
    from dask._task_spec import Task, TaskRef  # noqa: PLC0415 - as above
    from dask.base import compute_as_if_collection  # noqa: PLC0415 - as above
    from dask.highlevelgraph import HighLevelGraph  # noqa: PLC0415 - as above

    cuts = _cuts_of(parts)
    arrays: dict[str, Any] = {}
    for names, sides in cuts.items():
        chunks = tuple(tuple(stop - start for start, stop in sorted(side)) for side in sides)
        # Dask's chunks may be uneven, or lie otherwise than the target's.
        arrays |= {name: dataset[name].variable.data.rechunk(chunks) for name in names}
    positions = {names: [_numbered(side) for side in sides] for names, sides in cuts.items()}
    layer: dict[str, Task] = {}
    gate = _Gate()
    token = f"write-{uuid4().hex}"
    for number, part in enumerate(missing):
        placed = zip(positions[part.names], part.region, strict=True)
        block = tuple(numbers[start, stop] for numbers, (_, start, stop) in placed)
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
    """Lets Dask's threads write while a compute runs: they go on with what they have begun after it has failed."""

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
        """Leave this block, however it ends, when nobody writes any more."""
        try:
            yield
        finally:
            with self._changed:
                self._closed = True
                self._changed.wait_for(lambda: not self._inside)


def _cuts_of(parts: Sequence[Part]) -> dict[tuple[str, ...], list[set[tuple[int, int]]]]:
    """Starts and stops of the parts along each dimension, by the variables that share parts."""
    cuts: dict[tuple[str, ...], list[set[tuple[int, int]]]] = {}
    for part in parts:
        sides = cuts.setdefault(part.names, [set() for _ in part.region])
        for side, (_, start, stop) in zip(sides, part.region, strict=True):
            side.add((start, stop))
    return cuts


def _numbered(side: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    return {cut: number for number, cut in enumerate(sorted(side))}
