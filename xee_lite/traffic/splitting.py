"""Requests that are too much for the service, made in halves; sizes that never worked are not tried again.

That a computation takes too much memory or time, the service says only after the work; the limits that it states are
kept when requests are planned. A size that worked before is tried again after it fails: some parts take more work than
others, and a busy service is slower. Only the request that failed is then made in halves.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from ..errors import InputError, TooMuchError
from ..reader import points_reader, regions_reader
from .concurrency import run_all
from .events import Split, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from ..grids.grid import Grid
    from ..planning.limits import TableLimits
    from ..reader import Integers, PointsRequest, Reader, ReadRequest, RegionsReader, RegionsRequest

    Pixels = npt.NDArray[np.generic]

R = TypeVar("R", "ReadRequest", "PointsRequest", "RegionsRequest")
Read = Callable[[R, Any], None]


@dataclass(slots=True)
class _Known:
    """Sizes of requests of a dataset: the largest that worked, and the smallest that never did."""

    worked: int = 0
    too_much: float = math.inf


_known: defaultdict[str, _Known] = defaultdict(_Known)
"""By dataset, in this process."""


@dataclass(frozen=True, slots=True)
class SplittingReader:
    """Passes requests on to a reader, in parts as small as they have to be.

    Attributes
    ----------
    reader : Reader
    concurrency : int
        Parts that are read at once.
    key : str
        Identifies the dataset whose sizes are remembered, in every process that reads it.
    """

    reader: Reader
    concurrency: int
    key: str = field(default_factory=lambda: uuid4().hex)

    def __dask_tokenize__(self) -> object:
        """What is read, and not how."""
        from dask.base import normalize_token  # noqa: PLC0415 - slow to import, and few ask

        return normalize_token(self.reader)

    def read(self, request: ReadRequest, out: Pixels) -> None:
        """Read one request.

        Raises
        ------
        TooMuchError
            If even one pixel is too much.
        RequestError
            When the service could not give it for another reason.
        """
        self._in_parts(self.reader.read, "", request, out)

    def table_limits(self) -> TableLimits | None:
        """What a table may have; None where the service gives none."""
        reader = points_reader(self.reader)
        return None if reader is None else reader.table_limits()

    def tells_apart(self, rows: Integers, columns: Integers) -> bool:
        """Whether a table of these pixels says which value is of which pixel."""
        reader = points_reader(self.reader)
        return reader is not None and reader.tells_apart(rows, columns)

    def read_points(self, request: PointsRequest, out: Pixels) -> None:
        """Read one table of values, in halves where it is too much: see `read`."""
        reader = points_reader(self.reader)
        if reader is None:
            raise InputError("This source gives no tables of values: it has no limits of these.")
        self._in_parts(reader.read_points, " points", request, out)

    @property
    def grid(self) -> Grid:
        """The grid whose pixels are reduced."""
        return self._regions.grid

    def read_regions(self, request: RegionsRequest, out: npt.NDArray[np.float64]) -> None:
        """Reduce regions, in halves where it is too much: see `read`."""
        self._in_parts(self._regions.read_regions, " regions", request, out)

    @property
    def _regions(self) -> RegionsReader:
        reader = regions_reader(self.reader)
        if reader is None:
            raise InputError("The service of this dataset does not reduce regions: load the pixels, and reduce those.")
        return reader

    def _in_parts(self, read: Read[R], kind: str, request: R, out: Pixels) -> None:
        name = self.key + kind
        parts = _parts(name, request, out)
        run_all([partial(self._attempt, read, name, *part) for part in parts], self.concurrency)

    def _attempt(self, read: Read[R], name: str, request: R, out: Pixels) -> None:
        known = _known[name]
        try:
            read(request, out)
            known.worked = max(known.worked, request.size)
        except TooMuchError as error:
            if request.size > known.worked:
                known.too_much = min(known.too_much, request.size)
            halves = request.halves()
            parts = [part for half, slices in halves for part in _parts(name, half, out[slices])]
            if not parts:
                raise
            publish(Split(request, len(parts), error))
            run_all([partial(self._attempt, read, name, *part) for part in parts], self.concurrency)


def _parts(name: str, request: R, out: Pixels) -> Iterator[tuple[R, Pixels]]:
    """The request, or its halves and theirs down to sizes that may work, each with its part of the array."""
    halves = request.halves() if request.size >= _known[name].too_much else []
    if not halves:
        yield request, out
    for half, slices in halves:
        yield from _parts(name, half, out[slices])
