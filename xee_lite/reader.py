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
        """The shape (item, band, y, x) of the answer."""
        return len(self.items), len(self.bands), self.window.height, self.window.width


@runtime_checkable
class Reader(Protocol):
    """A source of pixels: pickles, and may be called from many threads at once."""

    def read(self, request: ReadRequest) -> npt.NDArray[np.generic]:
        """Read one request, which fits the service's limits.

        Returns
        -------
        ndarray
            Shape (item, band, y, x), C order, in the dtype that the stack declares for these bands.

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        ...
