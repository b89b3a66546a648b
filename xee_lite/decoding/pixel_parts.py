"""Parts of a reply: rectangles of pixels as they are in it, which are copied once, to where they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class PixelPart:
    """A rectangle of some bands.

    Attributes
    ----------
    bands, rows, columns : slice
        Its place among all pixels of the reply.
    values : ndarray, shape (bands, rows, columns)
        A view of the reply where possible, and so of any strides and byte order.
    """

    bands: slice
    rows: slice
    columns: slice
    values: Pixels


def one_part(pixels: Pixels) -> PixelPart:
    """All pixels (band, y, x) as one part."""
    bands, height, width = pixels.shape
    return PixelPart(slice(0, bands), slice(0, height), slice(0, width), pixels)
