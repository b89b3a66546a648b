"""Every spelling of a grid becomes one Grid: the arguments of ``open_dataset`` that say where pixels are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from affine import Affine

from ..errors import InputError
from .crs import crs_name
from .georeference import as_grid, grid_of
from .grid import Grid, intersects, metres_per_unit, nominal_scale
from .projected_bounds import TornError, UndefinedHereError
from .region import box_bounds, check_bbox, geometry_bounds, spell_bounds
from .reprojection import DEGREES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from .reprojection import Bounds


@dataclass(frozen=True, slots=True)
class GridSpec:
    """The grid as the user spelled it; at most one spelling.

    Attributes
    ----------
    grid : Grid, GeoBox-like, or mapping with "crs", "transform", "shape"
    like : xarray.DataArray or xarray.Dataset
        Georeferenced; its grid is taken.
    crs : str, int or pyproj.CRS
    scale : float
        Metres per pixel; in degrees by Earth Engine's rule of 111319.49 m.
    bbox : (west, south, east, north)
        Degrees. Across the antimeridian with west > east, as (170, -20, -170, 20), or beyond 180, as
        (170, -20, 190, 20).
    geometry : GeoJSON mapping, or anything with ``__geo_interface__``
        Longitude and latitude in degrees; the grid covers its bounding box.
    shape : (height, width)
    transform : affine.Affine or six numbers
    """

    grid: object = None
    like: xr.DataArray | xr.Dataset | None = None
    crs: object = None
    scale: float | None = None
    bbox: Sequence[float] | None = None
    geometry: object = None
    shape: Sequence[int] | None = None
    transform: object = None

    def resolve(self, native: Grid | None, *, source: str, must_intersect: bool) -> Grid:
        """Turn the spelling into a Grid.

        Parameters
        ----------
        native : Grid, optional
            The source's own grid: the default, and the lattice that a region snaps to. None for a composite.
        source : str
            What the source is called, for messages.
        must_intersect : bool
            Whether a region outside ``native`` is an error (one image), or legal (a collection reaches further than
            its first image).

        Raises
        ------
        InputError
            If two spellings are mixed, one is incomplete, the region lies outside the image, the CRS does not show it
            in one piece, or a sheared grid of longitudes crosses the antimeridian.
        """
        grid = self._resolved(native, source, must_intersect=must_intersect)
        grid.require_one_turn()
        return grid

    def _resolved(self, native: Grid | None, source: str, *, must_intersect: bool) -> Grid:
        given = self._given()
        self._check(given)
        if "grid" in given:
            return as_grid(self.grid)
        if self.like is not None:
            return grid_of(self.like)
        if "transform" in given:
            return self._from_transform(native, source)
        if native is None and not {"scale", "shape"} & given:
            raise InputError(
                f"{source} is a composite or a constant without a grid of its own: pass a grid, for example "
                "crs=, scale= and bbox=, or like=."
            )
        crs = crs_name(self.crs) if self.crs is not None else (native.crs if native else DEGREES)
        if native is not None and given <= {"crs"} and crs == native.crs:
            return native
        if native is not None and must_intersect and {"bbox", "geometry"} & given:
            self._check_intersection(native, source)
        bounds = self._bounds(crs, native, source)
        if self.shape is not None:
            return _fit_shape(crs, bounds, self.shape)
        return _lattice(crs, self._scale(), native).covering(*bounds)

    def _given(self) -> set[str]:
        return {field.name for field in fields(self) if getattr(self, field.name) is not None}

    def _check(self, given: set[str]) -> None:
        for whole in ("grid", "like"):
            if whole in given and len(given) > 1:
                raise InputError(_mixed(whole, given - {whole}))
        if {"bbox", "geometry"} <= given:
            raise InputError(_mixed("bbox", {"geometry"}))
        if "transform" in given:
            if "scale" in given:
                raise InputError(_mixed("transform", {"scale"}))
            if not given & {"shape", "bbox", "geometry"}:
                raise InputError("transform= has no extent: pass shape=(height, width), bbox= or geometry= beside it.")
            if "shape" in given and given & {"bbox", "geometry"}:
                raise InputError(_mixed("transform with shape", given & {"bbox", "geometry"}))
        elif {"shape", "scale"} <= given:
            raise InputError(_mixed("shape", {"scale"}))

    def _from_transform(self, native: Grid | None, source: str) -> Grid:
        crs = self.crs if self.crs is not None else (native.crs if native else None)
        if crs is None:
            raise InputError(f"transform= needs crs= beside it: {source} has no CRS of its own.")
        if self.shape is not None:
            return Grid(crs, self.transform, self.shape)  # type: ignore[arg-type] # Grid normalises all three
        lattice = Grid(crs, self.transform, (1, 1))  # type: ignore[arg-type]
        return lattice.covering(*self._bounds(lattice.crs, native, source))

    def _scale(self) -> float | None:
        if self.scale is None:
            return None
        try:
            scale = float(self.scale)
        except (TypeError, ValueError) as error:
            raise InputError(f"scale={self.scale!r} is not a number of metres.") from error
        if not (math.isfinite(scale) and scale > 0):
            raise InputError(f"scale={scale} is not a positive number of metres.")
        return scale

    def _bounds(self, crs: str, native: Grid | None, source: str) -> Bounds:
        """The region in CRS units: bbox, geometry, or the whole of the native grid."""
        if self.bbox is not None:
            return box_bounds(check_bbox(self.bbox), DEGREES, crs)
        if self.geometry is not None:
            return geometry_bounds(self.geometry, crs)
        if native is None:
            raise InputError(f"{source} is unbounded: pass bbox= or geometry= to say which part of it to open.")
        return native.bounds if crs == native.crs else box_bounds(native.bounds, native.crs, crs)

    def _check_intersection(self, native: Grid, source: str) -> None:
        name = "bbox" if self.bbox is not None else "geometry"
        extent = f"the image spans {spell_bounds(native.bounds)} in {native.crs}; pass a region that meets it."
        try:
            bounds = self._bounds(native.crs, native, source)
        except (UndefinedHereError, TornError) as error:
            if self._meets_in_degrees(native, source):
                return
            raise InputError(
                f"{name}= lies outside {source}, far from where {native.crs} is defined: {extent}"
            ) from error
        if not native.intersects(*bounds):
            raise InputError(f"{name}= lies outside {source}: it spans {spell_bounds(bounds)}, {extent}")

    def _meets_in_degrees(self, native: Grid, source: str) -> bool:
        """Whether the region meets the image where the image's own CRS does not show all of it, as the whole Earth."""
        try:
            bounds = box_bounds(native.bounds, native.crs, DEGREES)
        except UndefinedHereError:
            return False
        return intersects(bounds, self._bounds(DEGREES, native, source), turn=360.0)


def _mixed(first: str, others: set[str]) -> str:
    names = ", ".join(f"{name}=" for name in sorted(others))
    return f"Two spellings of the grid at once: {first}= and {names}; pass one of them."


def _fit_shape(crs: str, bounds: Bounds, shape: Sequence[int]) -> Grid:
    """A grid of exactly this shape over exactly these bounds, north up."""
    left, bottom, right, top = bounds
    probe = Grid(crs, Affine.identity(), shape)  # type: ignore[arg-type] # checks the shape
    if not (right > left and top > bottom):
        raise InputError(f"shape= over a region without area, {spell_bounds(bounds)}: pass scale= instead.")
    size = (right - left) / probe.width, (top - bottom) / probe.height
    return Grid(crs, Affine(size[0], 0, left, 0, -size[1], top), probe.shape)


def _lattice(crs: str, scale: float | None, native: Grid | None) -> Grid:
    """The endless lattice of pixels that a region is cut from, as a grid of one pixel.

    In the source's own CRS it starts at the source's own corner, so that the pixels are the source's own and nothing is
    resampled; elsewhere at multiples of the pixel size, where Earth Engine puts it too.
    """
    if native is None:
        return _square(crs, scale or 1.0)
    own = nominal_scale(native)
    if crs != native.crs:
        return _square(crs, own if scale is None else scale)
    if scale is None or math.isclose(scale, own, rel_tol=1e-9):
        return Grid(crs, native.transform, (1, 1))
    return Grid(crs, native.transform @ Affine.scale(scale / own), (1, 1))


def _square(crs: str, scale: float) -> Grid:
    size = scale / metres_per_unit(crs)
    return Grid(crs, Affine(size, 0, 0, 0, -size, 0), (1, 1))
