"""The gnomonic projection, in which great circles are straight.

Edges of geometries are "the shortest path on the surface of a sphere" (the service's guide to geodesic and planar
geometries), and operations for which no projection is named "will be performed in a spherical coordinate system" (its
reference, ``Geometry.intersection``). Longitudes and latitudes are those of the sphere as they are. The gnomonic
projection shows great circles as straight lines, so that a plane's operations are the sphere's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from ..types import WGS84
from .coordinates import transform
from .projecting import project, rebuild_lines, scale_to_units
from .sphere import RADIUS, to_vectors

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .geometry import Geometry

Points = npt.NDArray[np.float64]

MARGIN = 1.0
"""Metres by which a great circle may leave a straight edge of a projection, where no margin is given."""
HALVINGS = 14
"""Times that a straight edge may be halved to follow great circles."""
NEAREST_RIM = 0.25
"""Cosine of the angle from the centre beyond which the gnomonic plane is too wide: 75 degrees."""


@dataclass(frozen=True, slots=True)
class GnomonicPlane:
    """A plane that touches the sphere.

    Attributes
    ----------
    axes : array of shape (3, 3)
        Unit vectors: to the point where it touches, and from there to the east and to the north.
    known : dict
        Where the points that were put onto the plane came from, so that they come back as they were,
        but for whole turns.
    """

    axes: Points
    known: dict[tuple[float, float], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def around(cls, *shapes: BaseGeometry) -> GnomonicPlane | None:
        """The plane in the middle of shapes in degrees; None of empty ones, and of what reaches around the sphere."""
        positions = to_vectors(*np.concatenate([shapely.get_coordinates(shape) for shape in shapes]).T)
        centre = positions.sum(axis=0)
        length = np.linalg.norm(centre)
        if not length > 0 or (positions @ centre).min() < NEAREST_RIM * length:
            return None
        centre /= length
        lon = np.arctan2(centre[1], centre[0])
        east = np.array([-np.sin(lon), np.cos(lon), 0.0])
        return cls(np.array([centre, east, np.cross(centre, east)]))

    @property
    def longitude(self) -> float:
        """Of the point where it touches."""
        return float(np.degrees(np.arctan2(self.axes[0, 1], self.axes[0, 0])))

    def onto(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in degrees, with great circles for edges, as one of the plane."""

        def moved(points: Points) -> Points:
            height, x, y = self.axes @ to_vectors(*points.T).T
            projected = np.column_stack([x / height, y / height])
            turns = 360 * np.round((self.longitude - points[:, 0]) / 360)
            positions = np.column_stack([points[:, 0] + turns, points[:, 1]])
            self.known.update(zip(map(tuple, projected.tolist()), map(tuple, positions.tolist()), strict=True))
            return projected

        return shapely.transform(shape, moved)

    def back(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape of the plane in degrees, its longitudes within 180 of the centre's."""

        def moved(points: Points) -> Points:
            x, y, z = (np.column_stack([np.ones(len(points)), points]) @ self.axes).T
            lon = np.degrees(np.arctan2(y, x))
            lon += 360 * np.round((self.longitude - lon) / 360)
            found = np.column_stack([lon, np.degrees(np.arctan2(z, np.hypot(x, y)))])
            pairs = zip(map(tuple, points.tolist()), found.tolist(), strict=True)
            return np.array([self.known.get(point, computed) for point, computed in pairs]).reshape(-1, 2)

        return shapely.transform(shape, moved)


def densify_great_circles(geometry: Geometry, margin: float | None = None) -> BaseGeometry:
    """A geometry's shape in degrees, whose edges are great circles.

    Edges that are straight in a projection get points, so that great circles between them are within the margin, in
    metres, of the edges' middles.
    """
    if geometry.geodesic or not geometry.has_edges or not geometry.even_odd:
        return (
            geometry.shape
            if geometry.projection.crs == WGS84.crs and geometry.even_odd
            else project(geometry, WGS84.crs)
        )
    allowed = (margin or MARGIN) / RADIUS
    return rebuild_lines(scale_to_units(geometry), lambda points: _follow(points, geometry.projection.crs, allowed))


def _follow(points: Points, crs: str, allowed: float) -> Points:
    """Points of a straight line in degrees, with others between them; ``allowed`` is in radians."""

    def degrees(positions: Points) -> Points:
        return np.column_stack(transform(positions[:, 0], positions[:, 1], crs, WGS84.crs))

    for _ in range(HALVINGS):
        ends = to_vectors(*degrees(points).T)
        middles = (points[:-1] + points[1:]) / 2
        arcs = ends[:-1] + ends[1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            arcs /= np.linalg.norm(arcs, axis=1)[:, None]
        away = np.linalg.norm(arcs - to_vectors(*degrees(middles).T), axis=1)
        far = ~(away <= allowed)
        if not far.any():
            break
        points = np.insert(points, np.flatnonzero(far) + 1, middles[far], axis=0)
    return degrees(points)
