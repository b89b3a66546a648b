"""A service of 10 000 x 8 000 pixels read whole, against the same bytes by the path of Earth Engine."""

from __future__ import annotations

import math
import time
from statistics import median
from typing import Any, ClassVar

import ee
import numpy as np
import xarray as xr
from google.auth.credentials import AnonymousCredentials

import xee_lite
from xee_lite import emulator

from ._service import CRS, SMALL, TRANSFORM

SHAPE = (100, 80) if SMALL else (10_000, 8_000)
ASSET = "projects/xee-lite/assets/whole"
THREADS = 4


class Whole:
    """An image of uint8 without missing pixels, in TIFF and in LERC."""

    params: ClassVar[list[str]] = ["tiff", "lerc"]
    param_names: ClassVar[list[str]] = ["transport"]
    rounds: ClassVar[int] = 1 if SMALL else 3
    timeout: ClassVar[int] = 600

    def setup(self, transport: str) -> None:
        """Serve the image, and hold one read against it, pixel by pixel."""
        rng = np.random.default_rng(0)
        self.truth = rng.integers(0, 255, SHAPE, dtype="u1", endpoint=True)
        image = emulator.memory_image({"v": self.truth}, crs=CRS, transform=TRANSFORM, properties={})
        self.earth = emulator.start(assets={ASSET: image}, project="xee-lite", cache_replies=True)
        ee.Initialize(AnonymousCredentials(), url=self.earth.url, project="xee-lite")
        self._options = xee_lite.set_options(max_concurrent_requests=THREADS)
        url = self.earth.image_server_url(ASSET)
        whole: dict[str, Any] = {"engine": "xee_lite", "cache": False, "mask_and_scale": False}
        self.ours = xr.open_dataset(url, transport=transport, **whole)["v"]
        self.theirs = xr.open_dataset(ASSET, **whole)["v"]
        self.plan = xee_lite.explain(self.ours.to_dataset(name="v"))
        np.testing.assert_array_equal(self.ours.values, self.truth)

    def teardown(self, transport: str) -> None:  # noqa: ARG002 - asv passes it
        """End the service."""
        self._options.__exit__(None, None, None)
        self.earth.stop()
        ee.Reset()

    def time_read(self, transport: str) -> object:  # noqa: ARG002 - asv passes it
        """The read itself."""
        return self.ours.values

    def peakmem_read(self, transport: str) -> object:  # noqa: ARG002 - asv passes it
        """With the image that is served, which is in the same process."""
        return self.ours.values

    def track_requests_over_least(self, transport: str) -> float:  # noqa: ARG002 - asv passes it
        """Requests over those that the bytes alone require."""
        return self.plan.count / math.ceil(self.plan.bytes / self.plan.largest)

    def track_speed_beside_earth_engine(self, transport: str) -> float:  # noqa: ARG002 - asv passes it
        """How many times as fast as the same pixels from the local Earth Engine."""
        seconds: list[list[float]] = []
        for _ in range(self.rounds):
            taken = []
            for array in (self.ours, self.theirs):
                began = time.perf_counter()
                _ = array.values
                taken.append(time.perf_counter() - began)
            seconds.append(taken)
        return median(theirs / ours for ours, theirs in seconds)
