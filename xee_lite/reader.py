"""The one thing that the lazy array asks of a source: pixels of some items, some bands, one window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from .planning.combining import MOSAIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from .grids.grid import Grid, Window
    from .planning.nodata import Codec
    from .planning.resampling import Resampling
    from .stack import Stack

Slices = tuple[slice, ...]
"""Where pixels (item, band, y, x) lie in a larger array; axes that are not named are whole."""


@dataclass(frozen=True, slots=True)
class View:
    """What is read of a source: its bands and items on a grid.

    Attributes
    ----------
    stack : Stack
        The selected bands and the items in their order; groups of images are one item.
    grid : Grid
        The whole grid; requests name windows of it.
    codecs : mapping of band to Codec
        How the pixels of each band travel and stand in memory.
    resampling : str, or mapping of these by band
        How a pixel of the grid finds its value.
    combine : str
        How the images of a group become one.
    """

    stack: Stack
    grid: Grid
    codecs: Mapping[str, Codec]
    resampling: Resampling = "nearest"
    combine: str = MOSAIC


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One read.

    Parameters
    ----------
    items : tuple of int
        Positions in ``Stack.items``, in the order in which they are asked for.
    bands : tuple of str
        Names of bands in the order in which they are asked for.
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

    def halves(self) -> list[tuple[ReadRequest, Slices]]:
        """Two requests for the same pixels, and where they lie: items apart, else rows or columns. A pixel has none."""
        items, _, height, width = self.shape
        axis = 0 if items > 1 else 2 if height >= width else 3
        size = self.shape[axis]
        return [self._part(axis, part) for part in (slice(0, size // 2), slice(size // 2, size))] if size > 1 else []

    def _part(self, axis: int, part: slice) -> tuple[ReadRequest, Slices]:
        slices = (*[slice(None)] * axis, part)
        if axis == 0:
            return replace(self, items=self.items[part]), slices
        start, length = part.start, part.stop - part.start
        if axis == 2:
            return replace(self, window=replace(self.window, row=self.window.row + start, height=length)), slices
        return replace(self, window=replace(self.window, col=self.window.col + start, width=length)), slices


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
