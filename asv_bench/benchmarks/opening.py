"""What opening costs, by the number of images: one metadata round trip, or one a page, and what is made of it."""

from __future__ import annotations

from typing import Any, ClassVar

import ee
import xarray as xr

from xee_lite.earthengine.transport import process_transport

from ._floor import Loopback, Recorder
from ._service import COUNTS, CRS, TRANSFORM, Service, count_id

MOST_OF_XEE = 10_000
"""Images; it takes minutes for more."""


class Open:
    """Collections of one band and images of one pixel; the service answers from prepared bytes.

    The floor receives the very replies that xee_lite asks for, all at once, and parses them with ``json.loads``.
    """

    params: ClassVar[list[int]] = list(COUNTS)
    param_names: ClassVar[list[str]] = ["images"]

    def setup(self, images: int) -> None:
        """Start the service and have it prepare its answers."""
        self.service = Service()
        recorder = Recorder(process_transport().expecting(2**30).request, ":compute")
        self.service.initialize(recorder)
        self.time_xee_lite(images)
        self.service.initialize()
        self.floor = Loopback(self.service.url, recorder.requests, len(recorder.requests))
        if images <= MOST_OF_XEE:
            self.time_xee(images)

    def teardown(self, images: int) -> None:  # noqa: ARG002 - asv passes it
        """End the service."""
        self.service.stop()

    def time_xee_lite(self, images: int) -> xr.Dataset:
        """By asset id, on the native grid."""
        source: Any = count_id(images)
        return xr.open_dataset(source, engine="xee_lite")

    def time_floor(self, images: int) -> list[Any]:  # noqa: ARG002 - asv passes it
        """Its replies, received and parsed."""
        return self.floor.documents()

    def time_xee(self, images: int) -> xr.Dataset:
        """Xee, which wants the collection and the grid."""
        collection: Any = ee.ImageCollection(count_id(images))
        return xr.open_dataset(collection, engine="ee", crs=CRS, crs_transform=TRANSFORM, shape_2d=(1, 1))
