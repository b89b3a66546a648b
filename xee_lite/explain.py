"""What a dataset would ask for: the requests of a read, without sending one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from .lazy import rehearsal
from .options import OPTIONS
from .planning.chunks import human_bytes

if TYPE_CHECKING:
    import pandas as pd

    from .lazy import Rehearsed


@dataclass(frozen=True, slots=True)
class Explanation:
    """The requests that reading a dataset takes.

    Attributes
    ----------
    requests : tuple of Rehearsed
        One for each request, in the order in which they would be made.
    """

    requests: tuple[Rehearsed, ...]

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
            Requests at once; what `set_options` says by default. With Dask no more than there are threads.
        bytes_per_second : float
            Of the line; counted bytes stand for those that travel, which are a little fewer.
        """
        at_once = OPTIONS.max_concurrent_requests if concurrency is None else concurrency
        waiting = math.ceil(self.count / at_once) * latency
        starting = max(0, self.count - OPTIONS.requests_per_second) / OPTIONS.requests_per_second
        return max(waiting, starting, self.bytes / bytes_per_second)

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each request: how many items from which on, the bands, the window in pixels, the bytes."""
        import pandas as pd  # noqa: PLC0415 - few look

        rows = [
            {
                "items": len(asked.items),
                "first_item": asked.items[0],
                "bands": ", ".join(asked.bands),
                **{side: getattr(asked.window, side) for side in ("row", "col", "height", "width")},
                "bytes": rehearsed.bytes,
            }
            for rehearsed in self.requests
            for asked in (rehearsed.request,)
        ]
        columns = ["items", "first_item", "bands", "row", "col", "height", "width", "bytes"]
        return pd.DataFrame(rows, columns=columns).sort_values(["first_item", "row", "col"], ignore_index=True)

    def __str__(self) -> str:
        if not self.requests:
            return "nothing to request"
        count = "1 request" if self.count == 1 else f"{self.count} requests"
        return f"{count} for {human_bytes(self.bytes)}, {human_bytes(self.largest)} at most in one"


def explain(data: xr.Dataset | xr.DataArray) -> Explanation:
    """Say what reading a dataset asks of the service.

    The read is rehearsed through the same code that reads, with Dask's own optimisations: what is counted is what
    would be sent. Values that are computed on the way are made of zeros: rehearse a selection, not an analysis.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataArray
        Opened with this engine, and maybe indexed; with Dask or without.

    Returns
    -------
    Explanation
    """
    from dask import config  # noqa: PLC0415 - a fifth of the time that importing the package would take

    dataset = data.to_dataset(name="data") if isinstance(data, xr.DataArray) else data
    with rehearsal() as requests, config.set(scheduler="synchronous"):
        dataset.drop_vars(dataset.coords).compute()
    return Explanation(tuple(requests))
