"""What it costs to make a dataset of very many chunks: the Dask graph, before anything is read."""

from __future__ import annotations

from typing import Any, ClassVar

import xarray as xr

from ._service import CRS, SMALL, TRANSFORM, Service, count_id

_IMAGES = 100
_TILE = 256
_BYTES_PER_PIXEL = 5
"""What the service counts for a pixel of uint16 and its mask, each with a mask byte of its own."""


class ManyChunks:
    """A hundred images on a wide grid, and requests so small that there are at least so many chunks."""

    params: ClassVar[list[int]] = [1000] if SMALL else [1000, 100_000]
    param_names: ClassVar[list[str]] = ["chunks"]

    def setup(self, chunks: int) -> None:
        """Start the service, and open once so that it prepares its answer."""
        self.service = Service()
        self.dataset = self.time_open(chunks)
        assert chunks <= self.dataset["v"].data.npartitions <= 1.05 * chunks

    def teardown(self, chunks: int) -> None:  # noqa: ARG002 - asv passes it
        """End the service."""
        self.service.stop()

    def time_open(self, chunks: int) -> xr.Dataset:
        """Open with Dask: metadata, plan, and one blockwise layer."""
        source: Any = count_id(_IMAGES)
        return xr.open_dataset(
            source,
            engine="xee_lite",
            crs=CRS,
            transform=TRANSFORM,
            shape=(_TILE, _TILE * chunks // _IMAGES),
            request_bytes=_TILE * _TILE * _BYTES_PER_PIXEL,
            chunks={},
        )

    def time_mean_graph(self, chunks: int) -> int:  # noqa: ARG002 - asv passes it
        """The whole graph of a mean over time, every task written out."""
        return len(dict(self.dataset["v"].mean("time").__dask_graph__()))
