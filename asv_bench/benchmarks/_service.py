"""The local Earth Engine of the benchmarks: in a process of its own, so that it shares no interpreter with a client.

It holds collections in memory and answers a repeated request with the bytes of the first reply: after one untimed pass
it is the client that is measured. Run as a program it serves until its input is closed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import ee
import numpy as np
from google.auth.credentials import AnonymousCredentials

import xee_lite

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from xee_lite.emulator.images.image import Image

PROJECT = "xee-lite"
CRS = "EPSG:32631"
TRANSFORM = (10.0, 0.0, 500000.0, 0.0, -10.0, 4800000.0)
_BEGIN = 1_600_000_000_000
_HOUR = 3_600_000
"""Milliseconds, as system:time_start has them."""


STACK = f"projects/{PROJECT}/assets/stack"
"""The collection that is read: a band "v" (of several "v0", "v1" ...), a third of its pixels masked by clouds."""
_DIFFERENT = 4
"""Images of `STACK` that differ; the others are these again, which saves memory and nothing else."""

SMALL = os.environ.get("XEE_LITE_BENCH") == "small"
"""Whether everything is tiny, to see that it works: the figures then say nothing."""
COUNTS = (1, 100) if SMALL else (1, 100, 10_000, 100_000)
"""Lengths of the collections that are only opened."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of `STACK`: so many images, of so many pixels a side, with so many bands."""

    images: int
    side: int
    bands: int = 1


SIZES = {
    "scenes": Size(3, 64) if SMALL else Size(24, 1024),
    "series": Size(40, 16) if SMALL else Size(400, 256),
}
"""Few large images, as of a satellite, and many small ones, as of a model."""


def count_id(count: int) -> str:
    """The collection of so many images of one pixel."""
    return f"projects/{PROJECT}/assets/images_{count}"


class Service:
    """A server process, until `stop`.

    Parameters
    ----------
    size : Size, optional
        Of `STACK`; without it, there are the collections of `COUNTS` instead.
    dtype : str
        Of the pixels.
    faults : str
        What makes it slow, as ``xee-lite emulator --faults`` has it: ``latency=0.5,concurrent=40``.

    Attributes
    ----------
    url : str
    """

    def __init__(self, size: Size | None = None, dtype: str = "uint16", faults: str = "") -> None:
        numbers = [] if size is None else map(str, astuple(size))
        command = [sys.executable, str(Path(__file__)), dtype, faults, *numbers]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - itself
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("The benchmarks' server did not start; its message stands above.")
        # The service asks nobody to be slow, and Xee has no such limit.
        self._options = xee_lite.set_options(requests_per_second=1e9)
        self.initialize()

    def initialize(self, transport: object = None) -> None:
        """Point the official client at the server, over a transport of one's own if one is given."""
        ee.Initialize(AnonymousCredentials(), url=self.url, project=PROJECT, http_transport=transport)

    def stop(self) -> None:
        """End the process, and go back to the options from before."""
        self._process.communicate()
        self._options.__exit__(None, None, None)


def _serve(dtype: str, faults: str, *size: int) -> None:
    from xee_lite import emulator  # noqa: PLC0415 - the server's process alone needs it

    collections = {STACK: size} if size else {count_id(count): (count, 1, 1) for count in COUNTS}
    assets = {name: emulator.memory_collection(_images(*wanted, dtype)) for name, wanted in collections.items()}
    with emulator.start(assets=assets, cache_replies=True, faults=emulator.parse_faults(faults)) as earth:
        sys.stdout.write(earth.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _images(count: int, side: int, bands: int, dtype: str) -> Iterator[Image]:
    from xee_lite import emulator  # noqa: PLC0415 - as above

    random = np.random.default_rng(0)
    different = []
    for _ in range(min(count, _DIFFERENT)):
        mask = clouds(side, random)
        masked = [np.ma.MaskedArray(random.integers(1, 200, (side, side)).astype(dtype), mask) for _ in range(bands)]
        named = {"v" if bands == 1 else f"v{number}": band for number, band in enumerate(masked)}
        different.append(emulator.memory_image(named, crs=CRS, transform=TRANSFORM))
    for number in range(count):
        image = different[number % len(different)]
        yield replace(image, properties={**image.properties, "system:time_start": _BEGIN + number * _HOUR})


def clouds(side: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Blobs over about a third of the pixels, shape (side, side): waves of many lengths and directions, cut off."""
    y, x = np.indices((side, side)) / 1024
    waves = np.zeros((side, side))
    for length in (1.0, 0.5, 0.25, 0.125, 0.06, 0.03):
        angle, phase = random.random(2) * 2 * np.pi
        waves += length**0.7 * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length + phase)
    clouds: npt.NDArray[np.bool_] = waves > np.quantile(waves, 2 / 3)
    return clouds


if __name__ == "__main__":
    _serve(*sys.argv[1:3], *map(int, sys.argv[3:]))
