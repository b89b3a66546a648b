"""Distances on a spherical Earth, from pixels to points and lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from ..request_limits import check_time
from ..types import WGS84
from .coordinates import transform
from .projecting import densify, project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..types import PixelGrid
    from .geometry import Geometry

Floats = npt.NDArray[np.float64]

RADIUS = 6_371_007.1809
"""Metres; the radius of the sphere that is as large as the ellipsoid. Measured: the area that the service gave for a
field (shapely's issue 726) is the one on this sphere to 3e-11, and that on the ellipsoid but to 2e-3. That the service
takes distances from pixels on the same sphere is assumed."""
STEP = 0.1
"""Degrees between the points put onto straight edges: the arcs between them stray by metres from a parallel."""
PIECES = 10_000
"""At most, from end to end of a shape."""
HELD = 2**20
"""Distances that are held at once."""
BLOCK = 32
"""Pixels along a side of the squares for which what is near is found at once."""
ROUNDING = 1e-9
"""Of angles."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """Pieces of great circles; a point is one that ends where it starts.

    Attributes
    ----------
    starts, ends : ndarray, shape (n, 3)
        Unit vectors.
    """

    starts: Floats
    ends: Floats

    def chosen(self, keep: npt.NDArray[np.bool_]) -> Arcs:
        """Some of them."""
        return Arcs(self.starts[keep], self.ends[keep])

    def angles(self, points: Floats) -> Floats:
        """Angles between positions, shaped (m, 3), and the nearest points of arcs, shaped (m, n)."""
        to_ends = np.minimum(compute_angles(points, self.starts), compute_angles(points, self.ends))
        normals = np.cross(self.starts, self.ends)
        lengths = np.linalg.norm(normals, axis=1)
        normals = np.divide(
            normals, lengths[:, np.newaxis], out=np.zeros_like(normals), where=lengths[:, np.newaxis] > 0
        )
        beside = (points @ np.cross(normals, self.starts).T > 0) & (points @ np.cross(normals, self.ends).T < 0)
        return np.where(beside, np.arcsin(np.clip(np.abs(points @ normals.T), 0, 1)), to_ends)


def compute_angles(points: Floats, others: Floats) -> Floats:
    """Angles between unit vectors, shaped (m, 3) and (n, 3), from the chords between them: exact for small ones too."""
    chords = np.linalg.norm(points[:, np.newaxis] - others, axis=2)
    found: Floats = 2 * np.arcsin(np.minimum(chords / 2, 1))
    return found


def to_vectors(longitude: Floats, latitude: Floats) -> Floats:
    """Unit vectors of positions in degrees, shaped (n, 3)."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def centre_vectors(grid: PixelGrid) -> Floats:
    """Unit vectors of the pixel centres of a grid, shaped (height, width, 3); not finite where not on Earth."""
    longitude, latitude = np.broadcast_arrays(*transform(*grid.centres(), grid.crs, WGS84.crs))
    return to_vectors(longitude.ravel(), latitude.ravel()).reshape(grid.height, grid.width, 3)


def find_arcs(geometries: Sequence[Geometry]) -> Arcs:
    """The points, lines and outlines of geometries."""
    starts, ends = [np.zeros((0, 3))], [np.zeros((0, 3))]
    for geometry in geometries:
        great = geometry.geodesic and geometry.projection.crs == WGS84.crs
        shape = geometry.shape if great else project(geometry, WGS84.crs)
        if not great and geometry.has_edges:
            shape = densify(shape, STEP, PIECES)
        for part in shapely.get_parts(shapely.get_parts(shape)):
            lines = shapely.get_parts(part.boundary).tolist() if part.geom_type == "Polygon" else [part]
            for line in lines:
                points = to_vectors(*shapely.get_coordinates(line).T)
                starts.append(points if len(points) == 1 else points[:-1])
                ends.append(points if len(points) == 1 else points[1:])
    return Arcs(np.concatenate(starts), np.concatenate(ends))


def split_blocks(points: Floats) -> Iterator[tuple[npt.NDArray[np.intp], Floats, float]]:
    """The finite ones of positions on a grid, shaped (height, width, 3), in squares.

    Yields
    ------
    tuple
        Their indices among all positions, row by row; the middle of them, shaped (1, 3); and how far away the last of
        them is, as an angle.
    """
    height, width = points.shape[:2]
    numbers = np.arange(height * width).reshape(height, width)
    finite: npt.NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(points), axis=2)
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            check_time()
            part = slice(top, top + BLOCK), slice(left, left + BLOCK)
            there = finite[part]
            if there.any():
                members = points[part][there]
                middle = members.mean(axis=0, keepdims=True)
                middle /= max(float(np.linalg.norm(middle)), 1e-12)
                yield numbers[part][there], middle, float(compute_angles(middle, members).max())


def nearest_distances(arcs: Arcs, points: Floats, within: float) -> Floats:
    """Metres from positions, shaped (height, width, 3), to the nearest arc; infinite where none is so near."""
    found = np.full(points.shape[0] * points.shape[1], math.inf)
    if not len(arcs.starts):
        return found.reshape(points.shape[:2])
    flat = points.reshape(-1, 3)
    for members, middle, radius in split_blocks(points):
        away = arcs.angles(middle)[0]
        # What is nearest to any place of a block can be no further from its middle than what is nearest there.
        near = arcs.chosen(away <= min(float(away.min()) + radius, within / RADIUS) + radius + ROUNDING)
        for part in np.array_split(members, max(math.ceil(len(members) * len(near.starts) / HELD), 1)):
            if len(near.starts):
                found[part] = near.angles(flat[part]).min(axis=1) * RADIUS
    return np.where(found <= within, found, math.inf).reshape(points.shape[:2])
