"""Which size of a request wins: one image, from a service whose latency grows with the pixels of a request.

The service is a reader that waits in the gateway, and brings nothing: what counts is how a read is cut, not bytes and
decoding, which are the same for every size. Everything else, from the plan to the threads, is what a read runs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import xee_lite
from xee_lite import Grid, explain
from xee_lite.argument_values import budget_of
from xee_lite.arguments import Arguments
from xee_lite.dataset import build
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.items import Item, Items
from xee_lite.reader import View
from xee_lite.stack import Band, Stack
from xee_lite.traffic.events import RequestInfo
from xee_lite.traffic.gateways import gateway_of

from ._service import CRS, SMALL, TRANSFORM

if TYPE_CHECKING:
    import numpy.typing as npt
    import xarray as xr

    from xee_lite.reader import ReadRequest

SIDES = (64, 128) if SMALL else (2745, 10_980)
"""Pixels of the image: a tile of Sentinel-2, and a sixteenth of it."""
SIZES = (None, "32MiB") if SMALL else (None, "32MiB", "16MiB", "8MiB", "4MiB", "2MiB", "1MiB")
"""Of a request, as ``request_bytes``; None leaves it to xee_lite."""
PER_MEGAPIXEL = (0.1, 0.4)
"""Seconds of latency that each million of pixels adds: light work, and heavy."""
FIXED = 0.01 if SMALL else 0.3
"""Seconds of latency of a request for no pixels."""

_RATE = 100
"""Starts within any second, at most."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A reader that takes a service's time and leaves the pixels as they are."""

    per_megapixel: float

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:  # noqa: ARG002 - nothing is written
        seconds = FIXED + self.per_megapixel * request.size / 1e6
        gateway_of("waiting", EARTH_ENGINE).call(lambda: time.sleep(seconds), info=RequestInfo("waiting"))


class RequestSize:
    """An image of uint16 with masks."""

    params: ClassVar[list[Any]] = [list(SIDES), list(PER_MEGAPIXEL), list(SIZES)]
    param_names: ClassVar[list[str]] = ["side", "seconds per megapixel", "request_bytes"]

    def setup(self, side: int, per_megapixel: float, request_bytes: str | None) -> None:
        """Plan the read."""
        self.options = xee_lite.set_options(max_concurrent_requests=40, requests_per_second=_RATE)
        arguments = Arguments(request_bytes=request_bytes)
        stack = Stack("image", (Band("v", np.dtype("u2")),), Items.of([Item("0")]), is_image=True)
        grid = Grid(CRS, TRANSFORM, (side, side))
        reader = _Waiting(per_megapixel)
        view = View(stack, grid, arguments.codecs(stack))
        dataset = build(view, reader, EARTH_ENGINE, budget_of(request_bytes, EARTH_ENGINE), arguments.layout)
        self.pixels: xr.DataArray = dataset["v"]
        self.requests = explain(self.pixels).count
        self.held = self.requests * FIXED + per_megapixel * side**2 / 1e6
        """Seconds for which the read holds places at the service, over all its requests: others can not have them."""

    def teardown(self, *_: object) -> None:
        """Go back to the options from before."""
        self.options.__exit__(None, None, None)

    def track_seconds(self, *_: object) -> float:
        """Of a read into NumPy."""
        began = time.perf_counter()
        _ = self.pixels.copy().values
        seconds = time.perf_counter() - began
        if self.requests >= _RATE:
            time.sleep(1)  # lest the next pays for the starts of this one
        return seconds
