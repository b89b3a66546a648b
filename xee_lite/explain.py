"""What a dataset would ask for: the requests of a read, without sending one."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import xarray as xr

from .lazy import LazyPixels, requests_together
from .options import OPTIONS
from .planning.sizes import human_bytes
from .read_ahead import noted_reads

if TYPE_CHECKING:
    import pandas as pd

    from .lazy import PlannedRequest


@dataclass(frozen=True, slots=True)
class Explanation:
    """The requests that reading a dataset takes.

    Attributes
    ----------
    requests : tuple of PlannedRequest
        One for each request, in the order in which they would be made.
    """

    requests: tuple[PlannedRequest, ...]

    @property
    def count(self) -> int:
        """How many requests."""
        return len(self.requests)

    @property
    def bytes(self) -> int:
        """Bytes that the service counts, over all requests."""
        return sum(request.bytes for request in self.requests)

    @property
    def largest(self) -> int:
        """Bytes of the largest request."""
        return max((request.bytes for request in self.requests), default=0)

    def seconds(self, latency: float, *, concurrency: int | None = None, bytes_per_second: float = math.inf) -> float:
        """Expect a read to take this long, at least.

        Whichever holds it up longest: the service, which answers each request after ``latency`` and so many at once;
        the rate at which requests may start; or the line. Decoding goes on beside these.

        Parameters
        ----------
        latency : float
            Seconds from a request to its reply; on Earth Engine from 0.3 for stored pixels to minutes for heavy work.
        concurrency : int, optional
            Requests at once; by default as many as the service and `set_options` allow, with Dask's own schedulers
            too.
        bytes_per_second : float
            Of the line; counted bytes stand for those that travel, which are a little fewer.
        """
        by_service = Counter(planned.limits for planned in self.requests)
        seconds = [self.bytes / bytes_per_second]
        for limits, count in by_service.items():
            at_once = OPTIONS.concurrency(limits.concurrent_requests) if concurrency is None else concurrency
            rate = OPTIONS.rate(limits.requests_per_second)
            seconds += [math.ceil(count / at_once) * latency, max(0, count - rate) / rate]
        return max(seconds)

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each request: how many items from which on, the bands, the window in pixels, the bytes."""
        import pandas as pd  # noqa: PLC0415 - few look

        rows = [
            {
                "items": len(asked.items),
                "first_item": asked.items[0],
                "bands": ", ".join(asked.bands),
                **{side: getattr(asked.window, side) for side in ("row", "col", "height", "width")},
                "bytes": planned.bytes,
            }
            for planned in self.requests
            for asked in (planned.request,)
        ]
        columns = ["items", "first_item", "bands", "row", "col", "height", "width", "bytes"]
        return pd.DataFrame(rows, columns=columns).sort_values(["first_item", "row", "col"], ignore_index=True)

    def _repr_pretty_(self, printer: Any, _: object) -> None:  # noqa: ANN401 - IPython's printer, which is no dependency
        """Show itself in a notebook as `str` does."""
        printer.text(str(self))

    def __str__(self) -> str:
        if not self.requests:
            return "nothing to request"
        count = "1 request" if self.count == 1 else f"{self.count} requests"
        return f"{count} for {human_bytes(self.bytes)}, {human_bytes(self.largest)} at most in one"


def explain(data: xr.Dataset | xr.DataArray) -> Explanation:
    """Say what reading a dataset asks of the service.

    The read is planned by the same code that reads, with Dask's own optimisations: what is counted is what would be
    sent. Nothing is computed of pixels that nobody has, so that it takes as long as the plan, and no memory for pixels.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataArray
        Opened with this engine, and maybe indexed; with Dask or without.

    Returns
    -------
    Explanation
    """
    from .graph_reads import reads_of_arrays  # noqa: PLC0415 - which imports Dask

    dataset = data.to_dataset(name="data") if isinstance(data, xr.DataArray) else data
    variables = [variable.variable for variable in dataset.data_vars.values()]
    arrays = [variable.data for variable in variables if variable.chunks is not None]
    parts = [(variable, (slice(None),) * variable.ndim) for variable in variables if variable.chunks is None]
    together = requests_together([read for part in parts for read in noted_reads(*part)])
    reads = [read for part in reads_of_arrays(arrays) for read in noted_reads(*part)]
    found = [read.pixels.requests(read.key) for read in reads if isinstance(read.pixels, LazyPixels)]
    return Explanation((*together, *chain.from_iterable(found)))
