"""Values at scattered points of a year of images: requests against the ideal, and time against the recipe's way.

The ideal is one request for every 1 048 576 values, which is what getRegion gives at most. The recipe lays a grid of
points, a pixel apart, over the bounds of what is wanted, and asks getRegion with the official client for one image
after the other. It is timed on one of the images, and that is counted for all.
"""

from __future__ import annotations

import math
import time

import ee
import numpy as np
import pandas as pd
import xarray as xr

import xee_lite

from ._service import CRS, SMALL, STACK, TRANSFORM, Service, Size

IMAGES, SIDE, POINTS = (10, 16, 20) if SMALL else (365, 512, 1000)
LATENCY = 0.01 if SMALL else 0.1
"""Seconds from a request to its reply."""
TIMED = 1
"""Images on which the recipe is timed."""
MAX_VALUES = 1_048_576
STEP, LEFT, TOP = TRANSFORM[0], TRANSFORM[2], TRANSFORM[5]


class Sampling:
    """1000 points of 365 images."""

    timeout = 600

    def setup(self) -> None:
        """Start the service, and make it prepare all replies."""
        self.service = Service(Size(IMAGES, SIDE), faults=f"latency={LATENCY},concurrent=40")
        rng = np.random.default_rng(0)
        rows, columns = np.divmod(rng.choice(SIDE * SIDE, POINTS, replace=False), SIDE)
        self.x, self.y = LEFT + STEP * (columns + 0.5), TOP + TRANSFORM[4] * (rows + 0.5)
        self.dataset = xr.open_dataset(STACK, engine="xee_lite")
        self.by_sample(), self.by_recipe()

    def teardown(self) -> None:
        """End the service."""
        self.service.stop()

    def by_sample(self) -> xr.Dataset:
        """Our way."""
        return xee_lite.sample(self.dataset, (self.x, self.y), points_crs=CRS)

    def by_recipe(self) -> list[pd.DataFrame]:
        """The recipe's way, of a few images."""
        x_pt = ee.List.sequence(float(self.x.min()), float(self.x.max()), STEP)
        y_pt = ee.List.sequence(float(self.y.min()), float(self.y.max()), STEP)

        def column(x: ee.Number) -> ee.FeatureCollection:
            return ee.FeatureCollection(y_pt.map(lambda y: ee.Feature(ee.Geometry.Point([x, y], ee.Projection(CRS)))))

        geometry = ee.FeatureCollection(x_pt.map(column)).flatten().geometry()
        tables = []
        for number in range(TIMED):
            image = ee.ImageCollection(ee.ImageCollection(STACK).toList(1, number))
            rows = image.getRegion(geometry, STEP, CRS).getInfo()
            table = pd.DataFrame(rows[1:], columns=rows[0])
            assert len(table)
            len(x_pt.getInfo()), len(y_pt.getInfo())
            tables.append(table)
        return tables

    def track_requests_per_ideal(self) -> float:
        """Requests, for each that the values need."""
        sent: list[object] = []
        stop = xee_lite.subscribe(lambda event: sent.append(event) if isinstance(event, xee_lite.Done) else None)
        try:
            self.by_sample()
        finally:
            stop()
        return len(sent) / math.ceil(POINTS * IMAGES / MAX_VALUES)

    def track_times_faster_than_the_recipe(self) -> float:
        """How many times longer the recipe takes, for all images."""
        began = time.perf_counter()
        self.by_recipe()
        recipe = (time.perf_counter() - began) / TIMED * IMAGES
        began = time.perf_counter()
        self.by_sample()
        return recipe / (time.perf_counter() - began)
