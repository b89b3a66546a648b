"""One axis of a lattice of pixels: a pixel's coordinate follows from its number, the same in every part."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = npt.NDArray[np.float64]

FARTHEST_PIXEL = 2**53
"""Rows and columns from the origin of a lattice: float64 has all whole numbers up to here."""

_ROUNDING = 4
"""Units in the last place within which two edges are one: those of tiles are computed from a tile's corner; chosen."""

_BLOCK = 2**20
"""Centres that are compared at a time; chosen: 8 MiB of each axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Evenly spaced pixels of a lattice without shear.

    The centre of pixel ``k`` of the lattice depends on the lattice and the number alone, so that all parts of one
    lattice have the same coordinates to the last bit. It is ``step * k + (edge + step / 2)`` in float64, as rioxarray,
    odc-geo and ``numpy.linspace`` compute it. Where the pixels divide the unit of the CRS into ``n`` parts and have
    their corners or centres at whole multiples of these, it is the float64 that is nearest to ``(2 k + 1) / 2 n`` or
    ``k / n``: a pixel at 70.025 degrees has the coordinate 70.025.

    Attributes
    ----------
    edge : float
        Outer edge of the lattice's pixel 0, in CRS units.
    step : float
        Size of the lattice's pixels, negative where coordinates fall.
    first : int
        Number, within the lattice, of the first pixel.
    size : int
        How many pixels.
    stride : int
        From one pixel to the next, in pixels of the lattice; not 0.
    """

    edge: float
    step: float
    first: int
    size: int
    stride: int = 1

    @property
    def pixels(self) -> range:
        """Numbers of the pixels within the lattice."""
        return range(self.first, self.first + self.stride * self.size, self.stride)

    @property
    def rises(self) -> bool:
        """Whether coordinates increase with position."""
        return self.step * self.stride > 0

    def at(self, positions: Any) -> Any:  # noqa: ANN401 - a number or an array, as NumPy takes them
        """Centres of the pixels at some positions, 0 for the first."""
        pixels = self.first + self.stride * np.asarray(positions)
        if parts := _parts(self.step, self.edge):
            return np.copysign(1, self.step) * (2 * pixels + (1 if self.edge == 0 else 0)) / (2 * parts)
        return self.step * pixels + (self.edge + self.step / 2)

    def edge_before(self, position: int) -> float:
        """The edge of the pixel at a position on the side of the one before it; neighbours have the same one."""
        pixel = self.first + self.stride * position
        if parts := _parts(self.step, self.edge):
            return math.copysign(1, self.step) * (2 * pixel - (0 if self.edge == 0 else 1)) / (2 * parts)
        return self.step * pixel + self.edge

    @property
    def corner(self) -> float:
        """Outer edge of the first pixel, computed from its centre as rioxarray does: both give the same transform."""
        return float(self.at(0)) - self.step / 2

    def positions(self, centres: Any) -> Floats:  # noqa: ANN401 - a number or an array, as NumPy takes them
        """Positions of coordinates: whole numbers at centres, but for rounding."""
        pixels = (np.asarray(centres, dtype=np.float64) - (self.edge + self.step / 2)) / self.step
        return np.asarray((pixels - self.first) / self.stride)

    def centres(self) -> Floats:
        """All centres, shape (size,)."""
        return np.asarray(self.at(np.arange(self.size)), dtype=np.float64)

    def has(self, centres: Floats) -> bool:
        """Whether some coordinates are exactly these centres."""
        return len(centres) == self.size and all(
            np.array_equal(block, centres[start : start + _BLOCK]) for start, block in self._blocks()
        )

    def same_centres(self, other: Axis) -> bool:
        """Whether two axes have the same centres to the last bit, even as parts of different lattices."""
        if self == other:
            return True
        return self.size == other.size and all(
            np.array_equal(mine, theirs) for (_, mine), (_, theirs) in zip(self._blocks(), other._blocks(), strict=True)
        )

    def same_lattice(self, other: Axis) -> bool:
        """Whether two axes are parts of one lattice, so that pixels of the same number are the same."""
        return (self.edge, self.step) == (other.edge, other.step)

    def part(self, positions: slice) -> Axis:
        """The pixels at a slice of positions."""
        return self.of(self.pixels[positions])

    def of(self, pixels: range) -> Axis:
        """The pixels of these numbers, of the same lattice."""
        return replace(self, first=pixels.start, size=len(pixels), stride=pixels.step)

    def _blocks(self) -> Iterator[tuple[int, Floats]]:
        for start in range(0, self.size, _BLOCK):
            yield start, self.at(np.arange(start, min(start + _BLOCK, self.size)))


@lru_cache(maxsize=256)
def _parts(step: float, edge: float) -> int:
    """Into how many pixels a lattice with a corner or a centre at 0 divides a unit; 0 where it is no such lattice.

    A step that was rounded, as 0.1 is, counts as a whole part within two units in the last place.
    """
    if edge not in (0, -step / 2) or not abs(step) <= 1:
        return 0
    parts = 1 / abs(step)
    whole = round(parts) if math.isfinite(parts) else 0
    return whole if whole and abs(whole * abs(step) - 1) <= 2 * math.ulp(1) else 0


def from_origin(step: float, edge: float) -> tuple[float, int] | None:
    """The lattice from the origin of the CRS on which an edge lies, and the number of the pixel that starts there.

    Returns
    -------
    (edge, number) or None
        The edge of the lattice's pixel 0, which is 0 where pixels meet at the origin, and ``-step / 2`` where one has
        its centre there. None where the given edge is on neither.
    """
    halves = 2 * edge / step
    if not abs(halves) <= FARTHEST_PIXEL:
        return None
    number, is_odd = divmod(round(halves), 2)
    start, first = (-step / 2, number + 1) if is_odd else (0.0, number)
    same = abs(Axis(start, step, first, 1).edge_before(0) - edge) <= _ROUNDING * math.ulp(max(abs(edge), abs(step)))
    return (start, first) if same else None
