"""What a dataset would ask for: the requests of a read, without sending one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from .chunks import human_bytes
from .lazy import rehearsal

if TYPE_CHECKING:
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
