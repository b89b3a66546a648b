"""Every spelling of a grid becomes one Grid: the arguments of ``open_dataset`` that say where pixels are asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine
from pyproj import Transformer
from pyproj.exceptions import ProjError

from .crs import crs_name, parse_crs
from .errors import InputError
from .grid import Grid, metres_per_unit

if TYPE_CHECKING:
    import xarray as xr

Bounds = tuple[float, float, float, float]
Position = tuple[float, float]

_DEGREES = "EPSG:4326"
_EDGE_POINTS = 255
"""Points put on each edge of a region before it is reprojected: a straight edge in degrees is a curve elsewhere."""


class _UndefinedHereError(InputError):
    """A CRS has no coordinates where a region lies."""


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
        Degrees.
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
            If two spellings are mixed, one is incomplete, or the region lies outside the image.
        """
        given = self._given()
        self._check(given)
        if "grid" in given:
            return _as_grid(self.grid)
        if self.like is not None:
            return _grid_of(self.like)
        if "transform" in given:
            return self._from_transform(native, source)
        if native is None and not {"scale", "shape"} & given:
            raise InputError(
                f"{source} is a composite or a constant without a grid of its own: pass a grid, for example "
                "crs=, scale= and bbox=, or like=."
            )
        crs = crs_name(self.crs) if self.crs is not None else (native.crs if native else _DEGREES)
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
            return _box_bounds(_check_bbox(self.bbox), _DEGREES, crs)
        if self.geometry is not None:
            return geometry_bounds(self.geometry, crs)
        if native is None:
            raise InputError(f"{source} is unbounded: pass bbox= or geometry= to say which part of it to open.")
        return native.bounds if crs == native.crs else _box_bounds(native.bounds, native.crs, crs)

    def _check_intersection(self, native: Grid, source: str) -> None:
        name = "bbox" if self.bbox is not None else "geometry"
        extent = f"the image spans {_spell(native.bounds)} in {native.crs}; pass a region that meets it."
        try:
            bounds = self._bounds(native.crs, native, source)
        except _UndefinedHereError as error:
            raise InputError(
                f"{name}= lies outside {source}, far from where {native.crs} is defined: {extent}"
            ) from error
        if not native.intersects(*bounds):
            raise InputError(f"{name}= lies outside {source}: it spans {_spell(bounds)}, {extent}")


def _mixed(first: str, others: set[str]) -> str:
    names = ", ".join(f"{name}=" for name in sorted(others))
    return f"Two spellings of the grid at once: {first}= and {names}; pass one of them."


def _spell(bounds: Bounds) -> str:
    return "({:.6g}, {:.6g}, {:.6g}, {:.6g})".format(*bounds)


def _as_grid(grid: object) -> Grid:
    if isinstance(grid, Grid):
        return grid
    if isinstance(grid, Mapping):
        if set(grid) != {"crs", "transform", "shape"}:
            raise InputError(f"grid= has the keys {sorted(map(str, grid))}: pass exactly 'crs', 'transform', 'shape'.")
        return Grid(grid["crs"], grid["transform"], grid["shape"])
    try:  # odc.geo.GeoBox, and whatever else has the three
        box: Any = grid
        return Grid(str(box.crs), box.transform, tuple(box.shape))
    except AttributeError as error:
        raise InputError(
            f"grid={type(grid).__name__} is not a grid: pass xee_lite.Grid, an odc-geo GeoBox, "
            "or {'crs': …, 'transform': …, 'shape': (height, width)}."
        ) from error


def _grid_of(like: xr.DataArray | xr.Dataset) -> Grid:
    """The grid of a georeferenced xarray object, by CF and GDAL's conventions."""
    for y, x in (("y", "x"), ("lat", "lon"), ("latitude", "longitude")):
        if y in like.dims and x in like.dims:
            break
    else:
        raise InputError(f"like= has the dimensions {tuple(like.dims)}: it needs y and x (or latitude and longitude).")
    shape = (like.sizes[y], like.sizes[x])
    mapping = _grid_mapping(like)
    crs = mapping.get("crs_wkt") or mapping.get("spatial_ref") or like.attrs.get("crs")
    if crs is None and x in ("lon", "longitude"):
        crs = _DEGREES
    if crs is None:
        raise InputError("like= says no CRS: write one with .rio.write_crs(), or pass grid= instead.")
    if "GeoTransform" in mapping:
        c, a, b, f, d, e = (float(number) for number in str(mapping["GeoTransform"]).split())
        return Grid(crs, Affine(a, b, c, d, e, f), shape)
    return Grid(crs, _transform_of(np.asarray(like[x], float), np.asarray(like[y], float)), shape)


def _grid_mapping(like: xr.DataArray | xr.Dataset) -> Mapping[Any, Any]:
    variables = [like, *(like.data_vars.values() if hasattr(like, "data_vars") else ())]
    names = [place.get("grid_mapping") for item in variables for place in (item.encoding, item.attrs)]
    for name in [*names, "spatial_ref", "crs"]:
        if name is not None and name in like.coords:
            return like.coords[name].attrs
    return {}


def _transform_of(x: np.ndarray[Any, np.dtype[np.float64]], y: np.ndarray[Any, np.dtype[np.float64]]) -> Affine:
    if len(x) < 2 or len(y) < 2:
        raise InputError("like= has a single row or column and no GeoTransform: its pixel size is unknown; pass grid=.")
    steps = (x[-1] - x[0]) / (len(x) - 1), (y[-1] - y[0]) / (len(y) - 1)
    for name, values, step in (("x", x, steps[0]), ("y", y, steps[1])):
        if not np.allclose(np.diff(values), step, rtol=1e-4, atol=0):
            raise InputError(f"like= has unevenly spaced {name} coordinates: it is not a pixel grid.")
    return Affine(steps[0], 0, x[0] - steps[0] / 2, 0, steps[1], y[0] - steps[1] / 2)


def _check_bbox(bbox: Sequence[float]) -> Bounds:
    try:
        west, south, east, north = (float(number) for number in bbox)
    except (TypeError, ValueError) as error:
        raise InputError(f"bbox={bbox!r} is not (west, south, east, north) in degrees.") from error
    if not all(map(math.isfinite, (west, south, east, north))):
        raise InputError(f"bbox={tuple(bbox)} has a side that is not finite.")
    if not (west < east and -90 <= south < north <= 90):
        raise InputError(
            f"bbox={tuple(bbox)} is not (west, south, east, north) in degrees with west < east and south < north; "
            "a box across the antimeridian has east = west + its width, beyond 180."
        )
    return west, south, east, north


def _box_bounds(box: Bounds, from_crs: str, to_crs: str) -> Bounds:
    """Bounds of a box with edges straight in ``from_crs``, in ``to_crs``."""
    source, target = parse_crs(from_crs), parse_crs(to_crs)
    if source == target or (source.is_geographic and target.is_geographic and from_crs == to_crs):
        return box
    transformer = Transformer.from_crs(source, target, always_xy=True)
    try:
        bounds: Bounds = transformer.transform_bounds(*box, densify_pts=_EDGE_POINTS, errcheck=True)
    except ProjError as error:
        raise _UndefinedHereError(
            f"The region {_spell(box)} ({from_crs}) can not be expressed in {to_crs}: {error}; pass another crs."
        ) from error
    return _finite(bounds, to_crs)


def geometry_bounds(geometry: object, crs: str) -> Bounds:
    """Bounds in ``crs`` of a geometry in degrees, its edges densified.

    Parameters
    ----------
    geometry : GeoJSON mapping (a Feature or a collection counts as its geometries), or ``__geo_interface__``
    crs : str

    Raises
    ------
    InputError
        If it is not a geometry, is empty, or can not be expressed in ``crs``.
    """
    geojson = getattr(geometry, "__geo_interface__", geometry)
    if not isinstance(geojson, Mapping):
        raise InputError(
            f"geometry={type(geometry).__name__} is not a geometry: pass GeoJSON, a shapely geometry or an ee.Geometry."
        )
    points = [point for line in _lines(geojson) for point in _densified(line)]
    if not points:
        raise InputError("geometry= is empty: pass one with at least one position.")
    lon, lat = np.asarray(points, dtype=np.float64).T
    transformer = Transformer.from_crs(parse_crs(_DEGREES), parse_crs(crs), always_xy=True)
    xs, ys = transformer.transform(lon, lat)
    return _finite((float(np.min(xs)), float(np.min(ys)), float(np.max(xs)), float(np.max(ys))), crs)


def _lines(geojson: Mapping[str, Any]) -> Iterator[list[Position]]:
    """Every run of positions in a GeoJSON object: points, lines and rings alike."""
    for child in (*geojson.get("geometries", ()), *geojson.get("features", ())):
        yield from _lines(child)
    if geojson.get("geometry"):
        yield from _lines(geojson["geometry"])
    yield from _runs(geojson.get("coordinates", ()), geojson.get("type"))


def _runs(coordinates: Any, kind: object) -> Iterator[list[Position]]:  # noqa: ANN401 - GeoJSON nests to any depth
    if len(coordinates) == 0:
        return
    if not hasattr(coordinates[0], "__len__"):
        yield [(float(coordinates[0]), float(coordinates[1]))]
    elif kind == "MultiPoint" or hasattr(coordinates[0][0], "__len__"):
        for part in coordinates:
            yield from _runs(part, None)
    else:
        yield [(float(position[0]), float(position[1])) for position in coordinates]


def _densified(line: Sequence[Position]) -> Iterator[Position]:
    steps = np.linspace(0, 1, _EDGE_POINTS, endpoint=False)
    for (x0, y0), (x1, y1) in pairwise(line):
        yield from zip(x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps, strict=True)
    yield from line[-1:]


def _finite(bounds: Bounds, crs: str) -> Bounds:
    if not all(map(math.isfinite, bounds)):
        raise _UndefinedHereError(
            f"The region reaches where {crs} has no coordinates: pass a smaller region or another crs."
        )
    return bounds


def _fit_shape(crs: str, bounds: Bounds, shape: Sequence[int]) -> Grid:
    """A grid of exactly this shape over exactly these bounds, north up."""
    left, bottom, right, top = bounds
    probe = Grid(crs, Affine.identity(), shape)  # type: ignore[arg-type] # checks the shape
    if not (right > left and top > bottom):
        raise InputError(f"shape= over a region without area, {_spell(bounds)}: pass scale= instead.")
    size = (right - left) / probe.width, (top - bottom) / probe.height
    return Grid(crs, Affine(size[0], 0, left, 0, -size[1], top), probe.shape)


def _lattice(crs: str, scale: float | None, native: Grid | None) -> Grid:
    """The endless lattice of pixels that a region is cut from, as a grid of one pixel.

    In the source's own CRS it starts at the source's own corner, so that the pixels are the source's own and nothing is
    resampled; elsewhere at multiples of the pixel size, as Earth Engine places it.
    """
    if native is None:
        return _square(crs, scale or 1.0)
    own = _nominal_scale(native)
    if crs != native.crs:
        return _square(crs, own if scale is None else scale)
    if scale is None or math.isclose(scale, own, rel_tol=1e-9):
        return Grid(crs, native.transform, (1, 1))
    return Grid(crs, native.transform @ Affine.scale(scale / own), (1, 1))


def _square(crs: str, scale: float) -> Grid:
    size = scale / metres_per_unit(crs)
    return Grid(crs, Affine(size, 0, 0, 0, -size, 0), (1, 1))


def _nominal_scale(grid: Grid) -> float:
    return math.sqrt(abs(grid.transform.determinant)) * metres_per_unit(grid.crs)
