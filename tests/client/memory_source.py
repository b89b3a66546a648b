"""A second kind of source: an array in memory, with limits and failures of its own, that registers itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xee_lite.errors import TooMuchError, TransientError
from xee_lite.items import Item, Items
from xee_lite.planning.limits import Limits
from xee_lite.source import Driver, Query, Source, register_driver
from xee_lite.stack import Band, Stack
from xee_lite.traffic.events import RequestInfo
from xee_lite.traffic.failures import Failure
from xee_lite.traffic.gateways import gateway_of

if TYPE_CHECKING:
    from xee_lite.grids.grid import Grid
    from xee_lite.reader import Reader, ReadRequest, View

LIMITS = Limits(
    request_bytes=2000, side=16, bands=2, payload_bytes=1000, default_bytes=1000, least_bytes=100, overhead_bytes=0,
    tile=8, concurrent_requests=3, requests_per_second=1e6,
)  # fmt: skip


class BusyError(Exception):
    """How this service says that it stumbled."""


@dataclass(frozen=True)
class MemoryArray:
    """What a user opens: values (item, band, y, x) of two bands, of which NaN is missing, and where they lie."""

    values: npt.NDArray[np.float32]
    grid: Grid
    asked: list[ReadRequest] = field(default_factory=list)
    stumbles: list[Exception] = field(default_factory=list)


def judge(error: Exception) -> Failure | None:
    kinds = {BusyError: TransientError, OverflowError: TooMuchError}
    return Failure(kinds[type(error)], str(error)) if type(error) in kinds else None


@dataclass(frozen=True)
class MemoryReader:
    array: MemoryArray
    view: View

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        gateway_of("memory", LIMITS).call(lambda: self._copy(request, out), info=RequestInfo("memory"), judge=judge)

    def _copy(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        self.array.asked.append(request)
        if self.array.stumbles:
            raise self.array.stumbles.pop()
        bands = ["ab".index(name) for name in request.bands]
        whole = ~self.array.grid.transform @ self.view.grid.transform
        row, col = round(whole.f) + request.window.row, round(whole.c) + request.window.col
        rows, columns = slice(row, row + request.window.height), slice(col, col + request.window.width)
        pixels = self.array.values[np.ix_(request.items, bands)][..., rows, columns]
        fill = self.view.codecs[request.bands[0]].fill
        np.copyto(out, np.where(np.isnan(pixels), fill, pixels), casting="same_kind")


@dataclass(frozen=True)
class MemorySource:
    array: MemoryArray
    stack: Stack
    limits: Limits = LIMITS

    def reader(self, view: View) -> MemoryReader:
        return MemoryReader(self.array, view)


class MemoryDriver:
    own_arguments: frozenset[str] = frozenset()

    def recognizes(self, obj: object) -> bool:
        return isinstance(obj, MemoryArray)

    def plain(self, value: object) -> object:
        return value

    def open(self, obj: object, query: Query) -> MemorySource:
        assert isinstance(obj, MemoryArray)
        assert query.resampling == "nearest"
        times = np.arange(len(obj.values)).astype("datetime64[D]").astype("datetime64[ns]")
        items = Items.of(Item(f"i{number}", time) for number, time in enumerate(times))
        bands = (Band(name, obj.values.dtype, grid=obj.grid) for name in "ab")
        return MemorySource(obj, Stack("memory", tuple(bands), items))


_: type[Reader] = MemoryReader
__: type[Source] = MemorySource
___: type[Driver] = MemoryDriver

register_driver(MemoryDriver())
