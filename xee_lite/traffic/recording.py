"""Requests that fail for good become missing pixels and a list: ``errors="record"`` of ``open_dataset``."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import RequestError, XeeLiteWarning
from .listeners import Listeners

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import numpy as np
    import numpy.typing as npt

    from ..grids.grid import Grid
    from ..planning.limits import TableLimits
    from ..reader import Integers, PointsRequest, ReadRequest, RegionsRequest
    from .splitting import SplittingReader

    Pixels = npt.NDArray[np.generic]

R = TypeVar("R", "ReadRequest", "PointsRequest", "RegionsRequest")


@dataclass(frozen=True, slots=True)
class FailedRead:
    """A request that failed for good, and whose pixels are missing in what was read.

    Attributes
    ----------
    request : ReadRequest, PointsRequest or RegionsRequest
        Positions along the dimension of the images, bands, and pixels of the grid that was opened.
    error : RequestError
    """

    request: ReadRequest | PointsRequest | RegionsRequest
    error: RequestError

    def __str__(self) -> str:
        return str(self.error)


Collector = Callable[[FailedRead], None]

_collectors: Listeners[FailedRead] = Listeners("failed reads")


@contextmanager
def failed_reads() -> Iterator[list[FailedRead]]:
    """List the requests that fail within this block, of datasets that are opened with ``errors="record"``.

    Those of all threads of this process, and of the workers of its Dask cluster where it has one; the end of the block
    waits for what is on its way. Without such a block each failure is an `XeeLiteWarning`.

    Yields
    ------
    list of FailedRead
        Complete when the block has ended.

    Examples
    --------
    >>> import xarray as xr
    >>> import xee_lite
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 6.9, 45.9), errors="record")
    >>> with xee_lite.failed_reads() as failed:
    ...     highest = ds.elevation.max().compute()
    >>> failed
    []
    """
    found: list[FailedRead] = []
    with collecting_failed_reads(found.append):
        yield found


def collecting_failed_reads(collector: Collector) -> AbstractContextManager[None]:
    """Tell a collector of the requests that fail within this block: see `failed_reads`."""
    return _collectors.listening(collector)


def tell(failed: FailedRead) -> None:
    """Tell the collectors of a request that failed, here or in another process; warn where there are none."""
    if _collectors.functions:
        _collectors.tell(failed)
        return
    warnings.warn(
        f"Pixels are missing in what was read: {failed} Read within `with xee_lite.failed_reads() as failed:` to have "
        "such requests in a list.",
        XeeLiteWarning,
        stacklevel=2,
    )


@dataclass(frozen=True, slots=True)
class RecordingReader:
    """Passes requests on to a reader; the pixels of one that fails for good are missing.

    Attributes
    ----------
    reader : SplittingReader
        Has the methods for windows, points and regions.
    fills : mapping of str to float
        What stands for a missing pixel, by band.
    """

    reader: SplittingReader
    fills: Mapping[str, float]

    def read(self, request: ReadRequest, out: Pixels) -> None:
        """Read one request."""
        self._attempt(self.reader.read, request, out, self._fills(request.bands))

    def table_limits(self) -> TableLimits | None:
        """What a table may have; None where the service gives none."""
        return self.reader.table_limits()

    def tells_apart(self, rows: Integers, columns: Integers) -> bool:
        """Whether a table of these pixels says which value is of which pixel."""
        return self.reader.tells_apart(rows, columns)

    def read_points(self, request: PointsRequest, out: Pixels) -> None:
        """Read one table of values."""
        self._attempt(self.reader.read_points, request, out, self._fills(request.bands))

    @property
    def grid(self) -> Grid:
        """The grid whose pixels are reduced."""
        return self.reader.grid

    def read_regions(self, request: RegionsRequest, out: npt.NDArray[np.float64]) -> None:
        """Reduce regions: a statistic that could not be had is NaN."""
        self._attempt(self.reader.read_regions, request, out, [math.nan] * len(request.bands))

    def _fills(self, bands: tuple[str, ...]) -> list[float]:
        return [self.fills[band] for band in bands]

    def _attempt(self, read: Callable[[R, Any], None], request: R, out: Pixels, fills: list[float]) -> None:
        try:
            read(request, out)
        except RequestError as error:
            for position, fill in enumerate(fills):
                out[:, position] = fill
            tell(FailedRead(request, error))
