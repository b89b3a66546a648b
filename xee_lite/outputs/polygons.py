"""Polygons as regions of a grid: in its CRS, with edges that bend where the CRS bends them, cut off at its bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..grids.crs import parse_crs, same_crs
from ..grids.reprojection import Reprojection
from .vectors import vectors_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..grids.grid import Grid
    from ..grids.reprojection import Bounds
    from ..reader import Polygons

    Ring = npt.NDArray[np.float64]

_OFF = 0.01
"""Of a pixel, how far an edge that was drawn straight in one CRS may be from where it bends in another."""

_HALVINGS = 12
"""Of an edge, at most: into 4096 parts."""


@dataclass(frozen=True, slots=True)
class Features:
    """Polygons with their attributes.

    Attributes
    ----------
    shapes : list of shapely geometry
        Polygons and multipolygons.
    crs : str
    attributes : mapping of str to ndarray
    index : ndarray, optional
    """

    shapes: list[Any]
    crs: str
    attributes: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    index: npt.NDArray[Any] | None = None

    @classmethod
    def of(cls, given: object, crs: object) -> Features:
        """Read polygons of any kind that :func:`~xee_lite.outputs.vectors.vectors_of` takes.

        Raises
        ------
        InputError
            If these are no valid polygons; the message names the first that is none, and what is wrong with it.
        """
        import shapely  # noqa: PLC0415 - an extra

        found = vectors_of(given, crs, argument="polygons")
        shapes = []
        for number, shape in enumerate(found.geometries):
            if shape is None or shape.is_empty:
                raise InputError(f"Feature {number} of {found.source} has no geometry: leave it out.")
            if shape.geom_type not in ("Polygon", "MultiPolygon"):
                raise InputError(
                    f"Feature {number} of {found.source} is a {shape.geom_type}: xee_lite.reduce takes polygons, and "
                    "xee_lite.sample takes points."
                )
            if not np.isfinite(shapely.get_coordinates(shape)).all():
                raise InputError(f"Feature {number} of {found.source} has a position that is not finite.")
            if not shape.is_valid:
                raise InputError(
                    f"Feature {number} of {found.source} is no valid polygon ({shapely.is_valid_reason(shape)}): "
                    "mend it, for example by the make_valid() of GeoPandas."
                )
            shapes.append(shapely.force_2d(shape))
        return cls(shapes, found.crs, found.attributes, found.index)

    def __len__(self) -> int:
        return len(self.shapes)

    def degrees_bounds(self, margin: float) -> Bounds | None:
        """(west, south, east, north) around all of them."""
        import shapely  # noqa: PLC0415 - an extra

        from .points import Points  # noqa: PLC0415 - beside it

        lines = np.concatenate([shapely.get_coordinates(_densified(shape)) for shape in self.shapes])
        return Points(lines[:, 0], lines[:, 1], self.crs).degrees_bounds(margin)

    def regions(self, grid: Grid) -> list[Polygons]:
        """The part of each that lies within a grid; empty where none does.

        Raises
        ------
        InputError
            If one has no place in the CRS of the grid, or crosses the antimeridian on pixels that do not meet there.
        """
        from shapely.geometry import box  # noqa: PLC0415 - an extra

        frame = box(*grid.bounds)
        return [_rings(part, grid) for part in self._within(grid, frame)]

    def _within(self, grid: Grid, frame: Any) -> list[Any]:  # noqa: ANN401 - shapely has no types
        import shapely  # noqa: PLC0415 - an extra

        there = None if same_crs(self.crs, grid.crs) else Reprojection(self.crs, grid.crs)
        parts = []
        for number, shape in enumerate(self.shapes):
            moved = shape if there is None else _moved(shape, there, grid, number)
            copies = [moved]
            if parse_crs(grid.crs).is_geographic:
                turns = range(-2, 3)
                copies = [shapely.affinity.translate(moved, 360 * turn) for turn in turns]
            inside = [copy if frame.contains(copy) else copy.intersection(frame) for copy in copies]
            parts.append(shapely.union_all(inside) if len(copies) > 1 else inside[0])
        return parts


def _densified(shape: Any) -> Any:  # noqa: ANN401 - shapely has no types
    import shapely  # noqa: PLC0415 - an extra

    left, bottom, right, top = shape.bounds
    return shapely.segmentize(shape, max((right - left) / 20, (top - bottom) / 20, 1e-9))


def _moved(shape: Any, there: Reprojection, grid: Grid, number: int) -> Any:  # noqa: ANN401 - shapely has no types
    """A shape in the grid's CRS, whose edges follow those of the CRS in which they are straight."""
    from shapely.geometry import MultiPolygon, Polygon  # noqa: PLC0415 - an extra

    pixel = min(np.hypot(grid.transform.a, grid.transform.d), np.hypot(grid.transform.b, grid.transform.e))
    polygons = []
    for part in getattr(shape, "geoms", [shape]):
        rings = [_bent(np.asarray(ring.coords), there, _OFF * pixel) for ring in (part.exterior, *part.interiors)]
        if not all(np.isfinite(ring).all() for ring in rings):
            raise InputError(f"Polygon {number} reaches where {grid.crs:.80} has no coordinates: cut it, or pass crs=.")
        polygons.append(Polygon(rings[0], rings[1:]).buffer(0))
    return polygons[0] if len(polygons) == 1 else MultiPolygon([p for q in polygons for p in getattr(q, "geoms", [q])])


def _bent(line: Ring, there: Reprojection, tolerance: float) -> Ring:
    """A line in another CRS: edges are halved until their middle lies where it belongs."""
    moved = there(line)
    if there.to_degrees:
        moved[:, 0] = np.unwrap(moved[:, 0], period=360)
    for _ in range(_HALVINGS):
        middles = (line[:-1] + line[1:]) / 2
        found = there(middles)
        straight = (moved[:-1] + moved[1:]) / 2
        if there.to_degrees:
            found[:, 0] += 360 * np.round((straight[:, 0] - found[:, 0]) / 360)
        bends = np.flatnonzero(~(np.abs(found - straight).max(axis=1) <= tolerance))
        if not len(bends):
            break
        line, moved = (
            np.insert(line, bends + 1, middles[bends], axis=0),
            np.insert(moved, bends + 1, found[bends], axis=0),
        )
    return moved


def _rings(shape: Any, grid: Grid) -> Polygons:  # noqa: ANN401 - shapely has no types
    """The rings of the polygons of a shape, by longitudes within [-180, 180] where these are its coordinates."""
    import shapely  # noqa: PLC0415 - an extra
    from shapely.geometry import box  # noqa: PLC0415 - an extra

    parts = [shape]
    if parse_crs(grid.crs).is_geographic and not shape.is_empty:
        left, _, right, _ = shape.bounds
        turns = range(int(np.floor((left + 180) / 360)), int(np.ceil((right + 180) / 360)))
        if len(turns) > 1 and not _closes(grid):
            raise InputError(
                "A polygon crosses the antimeridian, where the pixels of the grid do not meet: pass a grid whose "
                "pixels divide 360 degrees, or another crs=."
            )
        parts = [
            shapely.affinity.translate(
                shape.intersection(box(360 * turn - 180, -90, 360 * turn + 180, 90)), -360 * turn
            )
            if len(turns) > 1 or turn
            else shape
            for turn in turns
        ]
    flat = [polygon for part in parts for polygon in getattr(part, "geoms", [part])]
    return tuple(
        tuple(np.asarray(ring.coords, dtype=np.float64) for ring in (polygon.exterior, *polygon.interiors))
        for polygon in flat
        if polygon.geom_type == "Polygon" and not polygon.is_empty
    )


def _closes(grid: Grid) -> bool:
    """Whether the pixels of a turn of longitudes are a whole number."""
    pixels = 360 / abs(float(grid.transform.a))
    return abs(pixels - round(pixels)) < 1e-6
