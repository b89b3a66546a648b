"""From the arguments of ``open_dataset`` that say the grid, in all their combinations, to one Grid."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from ..errors import InputError, brief
from .crs import plane_crs, same_crs
from .georeference import as_grid, like_grid
from .grid import Grid, intersects
from .lattice import fit_shape, lattice_of
from .projected_bounds import TornError, UndefinedHereError
from .region import box_bounds, check_bbox, geometry_bounds, spell_bounds
from .reprojection import DEGREES
from .sane_size import check_extent, check_scale, check_size
from .user_values import number_of

if TYPE_CHECKING:
    from .reprojection import Bounds


@dataclass(frozen=True, slots=True)
class GridSpec:
    """The grid as the user says it, in one of several ways that exclude each other.

    Attributes
    ----------
    grid : Grid, GeoBox-like, or mapping with "crs", "transform", "shape"
    like : xarray.DataArray or xarray.Dataset, path of a raster, or anything that ``grid`` takes
        Its grid is taken.
    crs : str, int or pyproj.CRS
    scale : float
        Metres along a pixel; a degree counts 111319.49 m, as in Earth Engine.
    bbox : (west, south, east, north), or a geometry
        Degrees. Across the antimeridian with west > east, as (170, -20, -170, 20), or beyond 180, as
        (170, -20, 190, 20). A geometry counts as its bounds.
    geometry : GeoJSON mapping, or anything with ``__geo_interface__``
        Longitude and latitude in degrees, or in the CRS that it says; the grid covers its bounding box.
    shape : (height, width)
    transform : affine.Affine or six numbers
    """

    grid: object = None
    like: object = None
    crs: object = None
    scale: object = None
    bbox: object = None
    geometry: object = None
    shape: object = None
    transform: object = None

    def resolve(self, native: Grid | None, *, source: str, must_intersect: bool, lattice: Grid | None = None) -> Grid:
        """The grid that is meant.

        Parameters
        ----------
        native : Grid, optional
            The source's own grid: the default, and the lattice that a region snaps to. None for a composite.
        source : str
            The name of the source in messages.
        must_intersect : bool
            Whether a region outside ``native`` is an error, as for one image; a collection reaches beyond the grid of
            its first image.
        lattice : Grid, optional
            Any part of the lattice of a source that has pixels without bounds, as a composite with a default projection
            has. A region snaps to it.

        Raises
        ------
        InputError
            If two ways are mixed, an argument is missing or has an impossible value, the region lies outside the image,
            the CRS does not show it in one piece, the grid is so large that it can hardly be meant, or a sheared grid
            of longitudes crosses the antimeridian.
        """
        if native is not None:
            lattice = native
        grid = self._resolved(native, lattice, source, must_intersect=must_intersect)
        check_extent(grid)
        grid.require_one_turn()
        return grid

    def _resolved(self, native: Grid | None, lattice: Grid | None, source: str, *, must_intersect: bool) -> Grid:
        given = self._given()
        self._check(given)
        if "grid" in given:
            return as_grid(self.grid)
        if "like" in given:
            return like_grid(self.like)
        if "transform" in given:
            return self._from_transform(native, lattice, source)
        if lattice is None and not {"scale", "shape"} & given:
            raise InputError(
                f"{source} is a composite or a constant without a grid of its own: pass a grid, for example "
                "crs=, scale= and bbox=, or like=."
            )
        crs = plane_crs(self.crs) if self.crs is not None else (lattice.crs if lattice else DEGREES)
        if native is not None and given <= {"crs"} and crs == native.crs:
            return native
        if native is not None and must_intersect and {"bbox", "geometry"} & given:
            self._check_intersection(native, source)
        bounds = self._bounds(crs, native, source)
        if self.shape is not None:
            return fit_shape(crs, bounds, self.shape)
        scale = self._scale()
        if scale is not None:
            check_scale(crs, scale, bounds, lattice)
        pixels = lattice_of(crs, scale, lattice)
        if lattice is None or pixels.lattice != lattice.lattice:
            check_size(pixels, bounds)
        return pixels.covering(*bounds)

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

    def _from_transform(self, native: Grid | None, lattice: Grid | None, source: str) -> Grid:
        crs = self.crs if self.crs is not None else (lattice.crs if lattice else None)
        if crs is None:
            raise InputError(f"transform= needs crs= beside it: {source} has no CRS of its own.")
        crs = plane_crs(crs)
        if self.shape is not None:
            return Grid(crs, self.transform, self.shape)  # type: ignore[arg-type] # Grid normalises both
        named = Grid(crs, self.transform, (1, 1))
        return named.covering(*self._bounds(named.crs, native, source))

    def _scale(self) -> float | None:
        if self.scale is None:
            return None
        scale = number_of(self.scale)
        if scale is None:
            raise InputError(f"scale={brief(self.scale)} is not a number of metres.")
        if not (math.isfinite(scale) and scale > 0):
            raise InputError(f"scale={brief(self.scale)} is not a positive number of metres.")
        return scale

    def _bounds(self, crs: str, native: Grid | None, source: str) -> Bounds:
        """The bounds of the region in CRS units: of bbox, geometry, or the whole native grid."""
        if self.bbox is not None:
            return box_bounds(check_bbox(self.bbox), DEGREES, crs)
        if self.geometry is not None:
            return geometry_bounds(self.geometry, crs)
        if native is None:
            raise InputError(f"{source} is unbounded: pass bbox= or geometry= to say which part of it to open.")
        return native.bounds if same_crs(crs, native.crs) else box_bounds(native.bounds, native.crs, crs)

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
        """Whether the region meets the image, in degrees, where the image's own CRS can not show the region."""
        try:
            bounds = box_bounds(native.bounds, native.crs, DEGREES)
        except UndefinedHereError:
            return False
        return intersects(bounds, self._bounds(DEGREES, native, source), turn=360.0)


def _mixed(first: str, others: set[str]) -> str:
    names = ", ".join(f"{name}=" for name in sorted(others))
    return f"Two spellings of the grid at once: {first}= and {names}; pass one of them."
