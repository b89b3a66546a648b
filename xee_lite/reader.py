"""The one thing that the lazy array asks of a source: pixels of some items, some bands, one window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .grid import Window


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One read.

    Parameters
    ----------
    items : tuple of int
        Positions in ``Stack.items``, in the order in which they are wanted.
    bands : tuple of str
        Names of bands, all of one dtype, in the order in which they are wanted.
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
