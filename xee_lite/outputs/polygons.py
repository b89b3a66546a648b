"""Polygons as regions of a grid: reprojected to its CRS with edges that bend there, and cut off at its bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..grids.crs import parse_crs, same_crs
from ..grids.reprojection import Reprojection
from .points import Points
from .vectors import vectors_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..grids.grid import Grid
    from ..grids.reprojection import Bounds
    from ..reader import Polygons

    Ring = npt.NDArray[np.float64]

_TOLERANCE = 0.01
"""Of a pixel: how far a reprojected edge may lie from the curve that it is in the CRS of the grid (chosen)."""

_MAX_HALVINGS = 12
"""Of an edge (chosen): at most 4096 parts."""


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

        vectors = vectors_of(given, crs, argument="polygons")
        shapes = []
        for number, shape in enumerate(vectors.geometries):
            if shape is None or shape.is_empty:
                raise InputError(f"Feature {number} of {vectors.source} has no geometry: leave it out.")
            if shape.geom_type not in ("Polygon", "MultiPolygon"):
                raise InputError(
                    f"Feature {number} of {vectors.source} is a {shape.geom_type}: xee_lite.reduce takes polygons, and "
                    "xee_lite.sample takes points."
                )
            if not np.isfinite(shapely.get_coordinates(shape)).all():
                raise InputError(f"Feature {number} of {vectors.source} has a position that is not finite.")
            if not shape.is_valid:
                raise InputError(
                    f"Feature {number} of {vectors.source} is no valid polygon ({shapely.is_valid_reason(shape)}): "
                    "mend it, for example by the make_valid() of GeoPandas."
                )
            shapes.append(shapely.force_2d(shape))
        return cls(shapes, vectors.crs, vectors.attributes, vectors.index)

    def __len__(self) -> int:
        return len(self.shapes)

    def degrees_bounds(self, margin: float) -> Bounds | None:
        """The narrowest (west, south, east, north) around all of them, with a margin in degrees of latitude."""
        import shapely  # noqa: PLC0415 - an extra

        lines = np.concatenate([shapely.get_coordinates(_densified(shape)) for shape in self.shapes])
        return Points(lines[:, 0], lines[:, 1], self.crs).degrees_bounds(margin)

    def regions(self, grid: Grid) -> list[Polygons]:
        """The part of each polygon that lies within a grid, empty where none does.

        Raises
        ------
        InputError
            If a polygon has no coordinates in the CRS of the grid, or crosses the antimeridian where pixels do not
            meet there.
        """
        from shapely.geometry import box  # noqa: PLC0415 - an extra

        frame = box(*grid.bounds)
        return [_rings(part, grid) for part in self._within(grid, frame)]

    def _within(self, grid: Grid, frame: Any) -> list[Any]:  # noqa: ANN401 - shapely has no types
        """The part of each shape within the frame of a grid, in the grid's CRS."""
        import shapely  # noqa: PLC0415 - an extra

        reprojection = None if same_crs(self.crs, grid.crs) else Reprojection(self.crs, grid.crs)
        parts = []
        for number, shape in enumerate(self.shapes):
            moved = shape if reprojection is None else _reprojected(shape, reprojection, grid, number)
            copies = [moved]
            if parse_crs(grid.crs).is_geographic:  # the grid may lie some turns of longitude from the shape
                copies = [shapely.affinity.translate(moved, 360 * turn) for turn in range(-2, 3)]
            inside = [copy if frame.contains(copy) else copy.intersection(frame) for copy in copies]
            parts.append(shapely.union_all(inside) if len(copies) > 1 else inside[0])
        return parts


def _densified(shape: Any) -> Any:  # noqa: ANN401 - shapely has no types
    """The shape with edges cut so that their bounds in degrees are those of the curves that they are there."""
    import shapely  # noqa: PLC0415 - an extra

    left, bottom, right, top = shape.bounds
    return shapely.segmentize(shape, max((right - left) / 20, (top - bottom) / 20, 1e-9))


def _reprojected(shape: Any, reprojection: Reprojection, grid: Grid, number: int) -> Any:  # noqa: ANN401 - shapely has no types
    """A shape in the grid's CRS, with the edges that were straight in its own CRS bent."""
    from shapely.geometry import MultiPolygon, Polygon  # noqa: PLC0415 - an extra

    pixel = min(np.hypot(grid.transform.a, grid.transform.d), np.hypot(grid.transform.b, grid.transform.e))
    polygons = []
    for part in getattr(shape, "geoms", [shape]):
        lines = [np.asarray(ring.coords) for ring in (part.exterior, *part.interiors)]
        rings = [_bent(line, reprojection, _TOLERANCE * pixel) for line in lines]
        if not all(np.isfinite(ring).all() for ring in rings):
            raise InputError(f"Polygon {number} reaches where {grid.crs:.80} has no coordinates: cut it, or pass crs=.")
        polygons.append(Polygon(rings[0], rings[1:]).buffer(0))  # which is valid, whatever the bending has done
    if len(polygons) == 1:
        return polygons[0]
    return MultiPolygon([single for polygon in polygons for single in getattr(polygon, "geoms", [polygon])])


def _bent(line: Ring, reprojection: Reprojection, tolerance: float) -> Ring:
    """A line in another CRS: edges are halved until the reprojected middle of each lies on it."""
    moved = reprojection(line)
    if reprojection.to_degrees:
        moved[:, 0] = np.unwrap(moved[:, 0], period=360)
    for _ in range(_MAX_HALVINGS):
        middles = (line[:-1] + line[1:]) / 2
        curved = reprojection(middles)
        straight = (moved[:-1] + moved[1:]) / 2
        if reprojection.to_degrees:
            curved[:, 0] += 360 * np.round((straight[:, 0] - curved[:, 0]) / 360)
        bends = np.flatnonzero(~(np.abs(curved - straight).max(axis=1) <= tolerance))  # NaN too
        if not len(bends):
            break
        line, moved = (
            np.insert(line, bends + 1, middles[bends], axis=0),
            np.insert(moved, bends + 1, curved[bends], axis=0),
        )
    return moved


def _rings(shape: Any, grid: Grid) -> Polygons:  # noqa: ANN401 - shapely has no types
    """The rings of the polygons of a shape; longitudes are brought into [-180, 180]."""
    import shapely  # noqa: PLC0415 - an extra
    from shapely.geometry import box  # noqa: PLC0415 - an extra

    parts = [shape]
    if parse_crs(grid.crs).is_geographic and not shape.is_empty:
        left, _, right, _ = shape.bounds
        turns = range(int(np.floor((left + 180) / 360)), int(np.ceil((right + 180) / 360)))
        if len(turns) > 1 and not _divides_a_turn(grid):
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
    # An intersection may have lines and points beside polygons, where a shape touches the frame.
    singles = [single for part in parts for single in getattr(part, "geoms", [part])]
    return tuple(
        tuple(np.asarray(ring.coords, dtype=np.float64) for ring in (polygon.exterior, *polygon.interiors))
        for polygon in singles
        if polygon.geom_type == "Polygon" and not polygon.is_empty
    )


def _divides_a_turn(grid: Grid) -> bool:
    """Whether a turn of longitudes has a whole number of pixels."""
    pixels = 360 / abs(float(grid.transform.a))
    return abs(pixels - round(pixels)) < 1e-6
