"""The one thing that the lazy array asks of a source: pixels of some items, some bands, one window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .grids.grid import Window

Place = tuple[slice, ...]
"""Where pixels (item, band, y, x) lie in a larger array; axes that are not named are whole."""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One read.

    Parameters
    ----------
    items : tuple of int
        Positions in ``Stack.items``, in the order in which they are wanted.
    bands : tuple of str
        Names of bands in the order in which they are wanted.
    window : Window
        The part of the grid, in pixels.
    """

    items: tuple[int, ...]
    bands: tuple[str, ...]
    window: Window

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape (item, band, y, x) of the pixels."""
        return len(self.items), len(self.bands), self.window.height, self.window.width

    @property
    def size(self) -> int:
        """Pixels, over all items and bands."""
        return len(self.items) * len(self.bands) * self.window.height * self.window.width

    def halves(self) -> list[tuple[ReadRequest, Place]]:
        """Two requests for the same pixels, with their places: items apart, else rows or columns. A pixel has none."""
        items, _, height, width = self.shape
        axis = 0 if items > 1 else 2 if height >= width else 3
        size = self.shape[axis]
        return [self._part(axis, part) for part in (slice(0, size // 2), slice(size // 2, size))] if size > 1 else []

    def _part(self, axis: int, part: slice) -> tuple[ReadRequest, Place]:
        place = (*[slice(None)] * axis, part)
        if axis == 0:
            return replace(self, items=self.items[part]), place
        start, length = part.start, part.stop - part.start
        if axis == 2:
            return replace(self, window=replace(self.window, row=self.window.row + start, height=length)), place
        return replace(self, window=replace(self.window, col=self.window.col + start, width=length)), place


@runtime_checkable
class Reader(Protocol):
    """A source of pixels: pickles, and may be called from many threads at once."""

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        """Read one request, which fits the service's limits.

        Parameters
        ----------
        request : ReadRequest
        out : ndarray, shape (item, band, y, x)
            Where the pixels go: often a part of a larger array, so of any strides.

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        ...
