"""Readers for tests, without a service: one with coded pixels, and one that counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ..reader import Reader, ReadRequest

_RADIX = 2**13
"""Items, bands, rows and columns are below it: four numbers of 13 bits, which float64 holds exactly too."""


@dataclass(frozen=True, slots=True)
class CodedReader:
    """Gives pixels that are their own (item, band, row, column) in one number, so that a misplaced one is seen.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands, which are counted in this order.
    """

    bands: tuple[str, ...]

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        """Write the codes of a request, which int64 holds."""
        window = request.window
        out[...] = self.code(
            np.asarray(request.items)[:, None, None, None],
            np.asarray([self.bands.index(band) for band in request.bands])[None, :, None, None],
            np.arange(window.row, window.row + window.height)[None, None, :, None],
            np.arange(window.col, window.col + window.width)[None, None, None, :],
        )

    def code(
        self, item: npt.ArrayLike, band: npt.ArrayLike, row: npt.ArrayLike, column: npt.ArrayLike
    ) -> npt.NDArray[np.int64]:
        """The value of a pixel; each of the four is below 8192."""
        number = np.asarray(item, dtype=np.int64)
        for part in (band, row, column):
            number = number * _RADIX + np.asarray(part, dtype=np.int64)
        return number


@dataclass(slots=True)
class CountingReader:
    """Passes requests on to a reader, and keeps a list of them.

    Attributes
    ----------
    reader : Reader
    requests : list of ReadRequest
        In the order in which they came.
    """

    reader: Reader
    requests: list[ReadRequest] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        """Note the request and pass it on."""
        with self._lock:
            self.requests.append(request)
        self.reader.read(request, out)

    @property
    def pixels(self) -> int:
        """Pixels asked for so far, over all items and bands."""
        return sum(int(np.prod(request.shape)) for request in self.requests)
