"""The local Earth Engine itself: forty requests at once, and who waits for them.

As many as one client may send at a time. Each reads a window of its own, of four bands of a scene of Sentinel-2.
"""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from statistics import median
from typing import TYPE_CHECKING

from xee_lite.emulator.catalogue.standin.schema import dataset

from ._service import SMALL
from .standins import Server, bands_of, body, image_of

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 4 if SMALL else 40
NAME = "COPERNICUS/S2_SR_HARMONIZED"
VALUE = (
    "/v1/projects/earthengine-public/value:compute",
    json.dumps({"expression": {"result": "0", "values": {"0": {"constantValue": 5}}}}),
)
PAUSE = 0.02
"""Seconds between the small requests."""


class AtOnce:
    """A server, and requests for 8 MiB of pixels."""

    unit = "1"
    timeout = 600

    def setup(self) -> None:
        """Start the server, and warm it up."""
        self.server = Server()
        self.image = image_of(NAME)
        self.bands = bands_of(dataset(NAME), self.image, 4)
        self.numbers = count()
        self.server.cost(self.request())

    def teardown(self) -> None:
        """End the server."""
        self.server.stop()

    def request(self) -> tuple[str, str]:
        """One that was not sent before, but for a window that is some pixels off."""
        path, text = body(self.image, self.bands, 0)
        asked = json.loads(text)
        asked["grid"]["dimensions"] = {side: size // 2 for side, size in asked["grid"]["dimensions"].items()}
        for axis in "XY":
            asked["grid"]["affineTransform"][f"translate{axis}"] += 10 * next(self.numbers)
        return path, json.dumps(asked)

    def one_by_one(self) -> float:
        """Seconds of all, one after another."""
        return seconds(lambda: [self.server.cost(self.request()) for _ in range(AT_ONCE)])

    def at_once(self) -> float:
        """Seconds of all, at once."""
        asked = [self.request() for _ in range(AT_ONCE)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return seconds(lambda: list(pool.map(self.server.cost, asked)))

    def waits(self) -> list[float]:
        """Seconds that small requests take meanwhile."""
        done = threading.Event()
        found: list[float] = []

        def ask() -> None:
            while not found or not done.wait(PAUSE):
                found.append(seconds(lambda: self.server.cost(VALUE)))

        asking = threading.Thread(target=ask)
        asking.start()
        self.at_once()
        done.set()
        asking.join()
        return found

    def track_at_once_of_one_by_one(self) -> float:
        """How long forty at once take, of the time that they take one after another."""
        return self.at_once() / self.one_by_one()

    def track_longest_wait_of_all(self) -> float:
        """The longest that a small request waits, of the time that the large ones take; 1 if it is starved."""
        return max(self.waits()) / self.at_once()

    def track_usual_wait(self) -> float:
        """How many times as long as alone a small request usually takes meanwhile."""
        alone = median(seconds(lambda: self.server.cost(VALUE)) for _ in range(20))
        return median(self.waits()) / alone


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
