"""The description of a source: its bands, its items, and where its pixels lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from affine import Affine

    from .grids.grid import Grid
    from .items import Items


@dataclass(frozen=True, slots=True)
class Projection:
    """Where the pixels of a band lie, without an extent.

    Attributes
    ----------
    crs : str
    transform : affine.Affine
        From (column, row) to CRS coordinates.
    """

    crs: str
    transform: Affine


@dataclass(frozen=True, slots=True)
class Missing:
    """How a service writes missing pixels where it sends no mask: as a number.

    Attributes
    ----------
    wire : numpy.dtype
        The type in which values travel: the band's own, or a wider one in which a number is free.
    number : float
        A number of that type, which no valid pixel has.
    """

    wire: np.dtype[Any]
    number: float


@dataclass(frozen=True, slots=True)
class Band:
    """One band as the source declares it.

    Attributes
    ----------
    name : str
    dtype : numpy.dtype
        The type of the values on the wire; all images of the source fit into it.
    range : (float, float), optional
        Least and greatest value that the source declares; None where it declares none.
    grid : Grid, optional
        The band's own grid; None for composites and constants, which have none.
    projection : Projection, optional
        Where its pixels lie: a composite without a grid may have been given one.
    classes : mapping of int to str
        Names of its values, where they are classes.
    cast : numpy.dtype, optional
        The type to which images are cast before they are combined; None where all declare the same.
    is_array : bool
        Whether each of its pixels is an array, which no raster holds.
    missing : Missing, optional
        How missing pixels travel; None where the service sends a mask.
    """

    name: str
    dtype: np.dtype[Any]
    range: tuple[float, float] | None = None
    grid: Grid | None = None
    projection: Projection | None = None
    classes: Mapping[int, str] = field(default_factory=dict)
    cast: np.dtype[Any] | None = None
    is_array: bool = False
    missing: Missing | None = None

    @property
    def is_beyond_32_bits(self) -> bool:
        """Whether it declares integers that 32 bits do not hold, which travel as float64."""
        return self.range is not None and self.dtype.kind == "f"


@dataclass(frozen=True, slots=True)
class Stack:
    """A source: what it is called, its bands and its items in the order of time.

    Attributes
    ----------
    source : str
        The asset id, or a few words that name a computed source in messages.
    bands : tuple of Band
    items : Items
    attrs : mapping
        Properties that describe the whole source; values that serialise.
    is_image : bool
        A single image, which opens without a time dimension.
    id_name : str
        What the service calls the id of an item.
    crs_names : tuple of str
        The CRSs in which its images lie, the first image's first; empty where this is not known.
    dim : str
        The dimension of its items where the user names none.
    """

    source: str
    bands: tuple[Band, ...]
    items: Items
    attrs: Mapping[str, Any] = field(default_factory=dict)
    is_image: bool = False
    id_name: str = "id of the image"
    crs_names: tuple[str, ...] = ()
    dim: str = "time"

    def band(self, name: str) -> Band:
        """The band of that name."""
        return next(band for band in self.bands if band.name == name)

    def select(self, names: tuple[str, ...]) -> tuple[Band, ...]:
        """Bands by name, in the order of the names.

        Raises
        ------
        InputError
            If a name is unknown; the message lists the bands there are.
        """
        known = {band.name: band for band in self.bands}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise InputError(
                f"bands={brief(unknown[0])} is not a band of {self.source}: it has {', '.join(known)}; pass some "
                "of these."
            )
        return tuple(known[name] for name in names)

    @property
    def finest_grid(self) -> Grid | None:
        """The grid of the band with the smallest pixels; None if no band has one."""
        grids = [band.grid for band in self.bands if band.grid is not None]
        return min(grids, key=lambda grid: abs(grid.transform.determinant), default=None)

    def finest_projection(self, name: str | None = None) -> Projection | None:
        """The projection with the smallest pixels, of all bands or of the named one; None if no band has one."""
        bands = [band for band in self.bands if name in (None, band.name)]
        projections = [band.projection for band in bands if band.projection is not None]
        return min(projections, key=lambda projection: abs(projection.transform.determinant), default=None)
