"""Images that are evaluated on the grid of a request, and not before (the pull model).

A band knows how to compute itself on any pixel grid. Nothing is computed until a request samples it: the sampler
carries the grid down, the pixels come up, and what two consumers share is computed once for that request.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..profiling import note_band, note_load
from ..request_limits import check_time, hold
from .memo import Memo

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from ..geometry.geometry import Geometry
    from ..types import PixelGrid, PixelType, Projection

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.float32]
Shared = TypeVar("Shared")


@dataclass(frozen=True, slots=True)
class Pixels:
    """Values and their mask on one grid.

    Attributes
    ----------
    values : ndarray, shape (height, width)
        In any dtype that holds the band's pixel type. What stands under a zero mask means nothing.
    mask : ndarray of float32, shape (height, width)
        0 (missing) to 1 (valid); fractions are partial coverage. May be a broadcast view: never write into it.
    """

    values: Values
    mask: Mask

    @classmethod
    def nothing(cls, shape: tuple[int, int], dtype: npt.DTypeLike) -> Pixels:
        """Missing everywhere, without a byte for each pixel."""
        return cls(np.broadcast_to(np.zeros((), dtype), shape), everywhere(shape, 0.0))

    @property
    def is_nothing(self) -> bool:
        """Whether it is known, without looking at each pixel, that all are missing."""
        return self.mask.size == 0 or (self.mask.strides == (0, 0) and not self.mask[0, 0])

    @property
    def is_valid(self) -> bool:
        """Whether it is known, without looking at each pixel, that all are fully valid."""
        return self.mask.size == 0 or (self.mask.strides == (0, 0) and bool(self.mask[0, 0] == 1))


@dataclass(frozen=True, slots=True)
class ArrayPixels:
    """Pixels that are arrays.

    Attributes
    ----------
    values : ndarray of objects, shape (height, width)
        Each an ndarray, all of as many dimensions and possibly of different lengths. What stands under a zero mask
        means nothing.
    mask : ndarray of float32, shape (height, width)
    """

    values: Values
    mask: Mask


AnyPixels = TypeVar("AnyPixels", Pixels, ArrayPixels)


def _held(pixels: AnyPixels) -> AnyPixels:
    """Pixels whose memory counts as long as their arrays live; a broadcast view has none of its own."""
    for array in (pixels.values, pixels.mask):
        if all(array.strides):
            hold(array, array.nbytes)
    return pixels


def everywhere(shape: tuple[int, int], value: float = 1.0) -> Mask:
    """One mask value for all pixels, as a read-only view of a single number."""
    return np.broadcast_to(np.float32(value), shape)


class Sampler:
    """Samples bands on one grid, each band once.

    Parameters
    ----------
    grid : PixelGrid
        Where pixels are asked for.
    memo : Memo, optional
        Shared between the samplers of one request.
    """

    def __init__(self, grid: PixelGrid, memo: Memo | None = None) -> None:
        self.grid = grid
        self._memo = Memo() if memo is None else memo

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the grid."""
        return self.grid.height, self.grid.width

    def __call__(self, band: Band) -> Pixels:
        """Compute ``band`` on this grid, or hand out what was computed already.

        What a band is made of is computed first, in a loop: a chain of a thousand operations needs no deep recursion.
        """
        pending, opened = [band], set[Band]()
        while True:
            current = pending[-1]
            if current not in opened:
                opened.add(current)
                inputs = [one for one in current.inputs if (one, self.grid) not in self._memo]
                if inputs:
                    pending += inputs
                    continue
            pixels = self._compute(current)
            pending.pop()
            if not pending:
                return pixels

    def arrays(self, band: Band) -> ArrayPixels:
        """Compute the arrays of a band of arrays on this grid.

        Raises
        ------
        EarthError
            If an operation that is made for numbers lies upstream.
        """
        compute = band.arrays
        if compute is None:
            raise not_scalar(band.name, band.type)
        return self._memo.get((compute, self.grid), lambda: _held(compute(self)))

    def _compute(self, band: Band) -> Pixels:
        check_time()
        # The key holds the band itself: an id is unique only while its object lives.
        return self._memo.get((band, self.grid), lambda: self._computed(band))

    def _computed(self, band: Band) -> Pixels:
        pixels = _held(band.compute(self))
        note_band(pixels.values.nbytes)
        return pixels

    def at(self, grid: PixelGrid) -> Sampler:
        """A sampler on another grid (reproject, reductions, neighbourhoods) that shares what was computed."""
        return Sampler(grid, self._memo)

    def share(self, key: Hashable, make: Callable[[], Shared]) -> Shared:
        """Make something once for this grid and request: coordinates and indices that many bands need."""
        return self._memo.get((key, self.grid), make)


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """One band: what it is called, what it holds, where its pixels lie, and how they are computed.

    Attributes
    ----------
    name : str
    type : PixelType
    projection : Projection
        The default projection: of a stored band its own grid, of a composite EPSG:4326 at one degree.
    compute : callable
        ``compute(sampler) -> Pixels`` on ``sampler.grid``; other bands are read with ``sampler(band)``.
    dimensions : (width, height), optional
        Size of the native grid; None where unbounded.
    origin : (column, row)
        First pixel of a clipped band within its projection's grid.
    footprint : Geometry, optional
        Where the band can be valid; None is everywhere.
    pyramiding : str
        MEAN, MODE, SAMPLE, MIN, MAX or MEDIAN.
    levels : int
        Levels of reduced resolution above the native pixels, which coarser requests read; 0 is none.
    inputs : tuple of Band
        Bands that ``compute`` is sure to read on the same grid.
    arrays : callable, optional
        Of a band of arrays, whose pixels ``compute`` can not give: ``arrays(sampler) -> ArrayPixels``.
    """

    name: str
    type: PixelType
    projection: Projection
    compute: Callable[[Sampler], Pixels]
    dimensions: tuple[int, int] | None = None
    origin: tuple[int, int] = (0, 0)
    footprint: Geometry | None = None
    pyramiding: str = "MEAN"
    levels: int = 0
    inputs: tuple[Band, ...] = ()
    arrays: Callable[[Sampler], ArrayPixels] | None = None

    def renamed(self, name: str) -> Band:
        """The same pixels under another name (computed once for both)."""
        if self.arrays is not None:
            return replace(self, name=name)
        return self.derived(lambda sampler: sampler(self), self, name=name)

    def derived(
        self,
        compute: Callable[[Sampler], Pixels],
        *inputs: Band,
        name: str | None = None,
        type_: PixelType | None = None,
    ) -> Band:
        """A band of the same extent with other pixels, made of ``inputs`` on the same grid."""
        return replace(
            self, name=name or self.name, type=type_ or self.type, compute=compute, inputs=inputs, arrays=None
        )


def read_from(asset: str, band: Band) -> Band:
    """The same band, stored in an asset: profiles tell that its pixels are read from there."""

    def compute(sampler: Sampler) -> Pixels:
        pixels = band.compute(sampler)
        if not pixels.is_nothing:
            note_load(asset, band, pixels.values.size, pixels.values.nbytes)
        return pixels

    return replace(band, compute=compute)


def not_scalar(name: str, type_: PixelType) -> EarthError:
    """The error of an operation on numbers that meets arrays, or of one on arrays that meets numbers."""
    kind = f"arrays of {type_.dimensions} dimensions" if type_.dimensions else "numbers"
    return EarthError(f"Band '{name}' holds {kind}, of which this operation makes nothing.")


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Image:
    """Bands and properties.

    Attributes
    ----------
    bands : tuple of Band
    properties : mapping
        JSON values, ``system:`` ones included (system:index, system:time_start in ms, system:footprint as a
        Geometry value).
    id : str, optional
        Asset id of a stored image, in the short form that users write; None for a computed one.
    version : int, optional
        Asset version, microseconds of Unix time.
    """

    bands: tuple[Band, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    version: int | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, about, without any pixels."""
        return 1000 + 500 * len(self.bands)

    @property
    def names(self) -> list[str]:
        """Names of the bands, in order."""
        return [band.name for band in self.bands]
