"""The requests that reading a dataset would take, their time and their cost, without sending them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import xarray as xr

from .errors import InputError, brief
from .joint_reads import requests_together
from .noted_reads import noted_reads
from .options import OPTIONS
from .plan_picture import LATENCIES, plan_picture
from .planning.sizes import human_bytes
from .profiling import Cost, human_eecu
from .reader import PointsRequest
from .traffic.concurrency import run_all
from .traffic.costs import collecting_here

if TYPE_CHECKING:
    import pandas as pd

    from .pixel_array import PixelArray
    from .read_plan import PlannedRequest


def explain(data: xr.Dataset | xr.DataArray) -> Explanation:
    """Plan reading a dataset, without sending a request.

    The read is planned by the same code that reads, with Dask's own optimisations: what is counted is what would be
    sent. No pixel is read or computed, so that it takes the time of the plan and no memory for pixels.

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
    planned = requests_together([read for part in parts for read in noted_reads(*part)])
    for part in reads_of_arrays(arrays):
        for read in noted_reads(*part):
            planned += requests_together([read])
    return Explanation(tuple(request for request, _ in planned), tuple(pixels for _, pixels in planned))


@dataclass(frozen=True, slots=True)
class Explanation:
    """The requests that reading a dataset takes.

    Attributes
    ----------
    requests : tuple of PlannedRequest
        One for each request, in the order in which they would be made.
    """

    requests: tuple[PlannedRequest, ...]
    _arrays: tuple[PixelArray, ...] = field(default=(), repr=False, compare=False)

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
        """Estimate how long a read takes at least.

        It is what takes longest of three: the service, which answers each request after ``latency``, so many at once;
        the rate at which requests may start; and the line. Decoding goes on meanwhile.

        Parameters
        ----------
        latency : float
            Seconds from a request to its reply; on Earth Engine less than one for stored pixels, or minutes.
        concurrency : int, optional
            Requests at once; by default as many as the service and `set_options` allow, with Dask's own schedulers
            too.
        bytes_per_second : float
            Of the line; counted bytes stand for those that travel, which are a little fewer.

        Returns
        -------
        float
            Seconds, without those of the client itself.
        """
        by_service = Counter(planned.limits for planned in self.requests)
        seconds = [self.bytes / bytes_per_second]
        for limits, count in by_service.items():
            at_once = OPTIONS.concurrency(limits.concurrent_requests) if concurrency is None else concurrency
            rate = OPTIONS.rate(limits.requests_per_second)
            seconds += [math.ceil(count / at_once) * latency, max(0, count - rate) / rate]
        return max(seconds)

    def cost(self, sample: int = 3) -> CostEstimate:
        """Send some of the requests and ask the service what they cost, to estimate the cost of all.

        The requests are spread evenly over the plan, the same ones each time; they are real ones, which count against
        the quota, and their pixels are discarded. Cost follows the images and bands that are loaded, so that all images
        and bands are expected to cost what those of the sample cost.

        Parameters
        ----------
        sample : int
            Requests to send, 1 or more; if there are no more than that, all are.

        Returns
        -------
        CostEstimate
            What all requests of the plan are expected to cost, with a range.

        Raises
        ------
        InputError
            For a sample that is no such number.
        RequestError
            When the service could not give one of them.
        """
        if not isinstance(sample, int) or isinstance(sample, bool) or sample < 1:
            raise InputError(f"sample is {brief(sample)}: pass a whole number of requests, 1 or more.")
        count = min(sample, self.count)
        chosen = [int((number + 0.5) * self.count / count) for number in range(count)]
        costs = [Cost() for _ in chosen]
        tasks = [partial(self._send, number, cost) for number, cost in zip(chosen, costs, strict=True)]
        if tasks:
            run_all(tasks, OPTIONS.concurrency(self.requests[0].limits.concurrent_requests))
        seconds = [None if cost.total.unknown else cost.total.eecu_seconds for cost in costs]
        sizes = [_images(self.requests[number]) for number in chosen]
        return _extrapolated(seconds, sizes, self.count, sum(map(_images, self.requests)))

    def _send(self, number: int, cost: Cost) -> None:
        """Send one request, discard its pixels, and ask what it cost."""
        with collecting_here(cost.add):
            self._arrays[number].make(self.requests[number])
        cost.finish()

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each request: how many items from which on, the bands, the window in pixels, the bytes.

        ``points`` is how many pixels of the window a table of values asks for, and 0 where it is all of them.
        """
        import pandas as pd  # noqa: PLC0415 - few look

        rows = [
            {
                "items": len(request.items),
                "first_item": request.items[0],
                "bands": ", ".join(request.bands),
                **{side: getattr(request.window, side) for side in ("row", "col", "height", "width")},
                "points": len(request.rows) if isinstance(request, PointsRequest) else 0,
                "bytes": size,
            }
            for request, size in ((planned.request, planned.bytes) for planned in self.requests)
        ]
        columns = ["items", "first_item", "bands", "row", "col", "height", "width", "points", "bytes"]
        return pd.DataFrame(rows, columns=columns).sort_values(["first_item", "row", "col"], ignore_index=True)

    def _repr_pretty_(self, printer: Any, _: object) -> None:  # noqa: ANN401 - IPython's printer, which is no dependency
        """Show itself in a notebook as `str` does."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """Show the plan as a picture in a notebook: inline SVG, without scripts."""
        return plan_picture(str(self), self.requests, [(latency, self.seconds(latency)) for latency in LATENCIES])

    def __str__(self) -> str:
        if not self.requests:
            return "nothing to request"
        count = "1 request" if self.count == 1 else f"{self.count} requests"
        tables = sum(isinstance(planned.request, PointsRequest) for planned in self.requests)
        note = f" ({tables} for a table of values)" if tables else ""
        return f"{count}{note} for {human_bytes(self.bytes)}, {human_bytes(self.largest)} at most in one"


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What a read is expected to cost, from a sample of its requests.

    Attributes
    ----------
    eecu_seconds : float or None
        EECU-seconds of all requests; None where the service did not tell what the sample cost.
    low, high : float or None
        The same if all requests cost, for each image and band, what the cheapest and the dearest of the sample did: not
        a bound, since a place that was not sampled may cost more.
    sampled, requests : int
        Requests that were sent, and requests that the read takes.
    """

    eecu_seconds: float | None
    low: float | None
    high: float | None
    sampled: int
    requests: int

    def __str__(self) -> str:
        sample = f"{self.sampled} of {'1 request' if self.requests == 1 else f'{self.requests} requests'}"
        if not self.requests:
            return "nothing to request"
        if self.eecu_seconds is None or self.low is None or self.high is None:
            return f"cost unknown: the service did not tell that of {sample}"
        if self.sampled == self.requests:
            return f"{human_eecu(self.eecu_seconds)}, measured on {sample}"
        spread = f"{human_eecu(self.low)} to {human_eecu(self.high)}"
        return f"about {human_eecu(self.eecu_seconds)} ({spread}), measured on {sample}"


def _images(planned: PlannedRequest) -> int:
    """Images times bands of a request, which its cost is expected to follow."""
    return len(planned.request.items) * len(planned.request.bands)


def _extrapolated(seconds: list[float | None], images: list[int], count: int, total: int) -> CostEstimate:
    """The cost of all requests, from those of a sample: None where the service did not tell one.

    Parameters
    ----------
    seconds : list of float or None
        EECU-seconds of each request of the sample.
    images : list of int
        Its images times bands.
    count, total : int
        Of all requests: how many, and their images times bands.
    """
    known = [second for second in seconds if second is not None]
    if len(known) < len(seconds):
        return CostEstimate(None, None, None, len(seconds), count)
    if len(known) == count:  # all were measured
        return CostEstimate(sum(known), sum(known), sum(known), count, count)
    each = [second / size for second, size in zip(known, images, strict=True)]
    return CostEstimate(sum(known) / sum(images) * total, min(each) * total, max(each) * total, len(known), count)
