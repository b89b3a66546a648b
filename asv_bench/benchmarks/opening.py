"""What opening costs, by the number of images: one metadata round trip and what is made of it."""

from __future__ import annotations

from typing import Any, ClassVar

import ee
import xarray as xr

from ._service import COUNTS, CRS, TRANSFORM, Service, count_id


class Open:
    """Collections of one band and images of one pixel; the service answers from prepared bytes."""

    params: ClassVar[list[int]] = list(COUNTS)
    param_names: ClassVar[list[str]] = ["images"]

    def setup(self, images: int) -> None:
        """Start the service and have it prepare its answers."""
        self.service = Service()
        self.time_xee_lite(images)
        self.time_xee(images)

    def teardown(self, images: int) -> None:  # noqa: ARG002 - asv passes it
        """End the service."""
        self.service.stop()

    def time_xee_lite(self, images: int) -> xr.Dataset:
        """By asset id, on the native grid."""
        source: Any = count_id(images)
        return xr.open_dataset(source, engine="xee_lite")

    def time_xee(self, images: int) -> xr.Dataset:
        """Xee, which wants the collection and the grid."""
        collection: Any = ee.ImageCollection(count_id(images))
        return xr.open_dataset(collection, engine="ee", crs=CRS, crs_transform=TRANSFORM, shape_2d=(1, 1))
