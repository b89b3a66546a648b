"""Overlays of geometries: intersections, unions, hulls and others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import shapely
from shapely.errors import GEOSException

from ..errors import EarthError
from ..types import WGS84
from .geometry import Geometry
from .gnomonic import GnomonicPlane, densify_great_circles
from .projecting import make_valid, project

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from ..types import Projection
    from .error_margin import ErrorMargin


def combine_geometries(
    operands: list[Geometry],
    operation: Callable[..., BaseGeometry],
    margin: ErrorMargin | None = None,
    projection: Projection | None = None,
) -> Geometry:
    """Make one geometry of others.

    Parameters
    ----------
    operands : list of Geometry
    operation : callable
        Takes as many shapes of a plane as there are operands.
    margin : ErrorMargin, optional
        How far edges may move that are straight in a projection, but must become great circles.
    projection : Projection, optional
        Where to do it.

    Returns
    -------
    Geometry
        In the projection that is named. Without one: in that of the operands, where all have straight edges of the
        same; otherwise in degrees, with great circles for edges.

    Raises
    ------
    EarthError
        If the shapes can not be combined.
    """
    if projection is not None:
        shape = overlay_shapes([project(one, projection.crs) for one in operands], operation)
        return Geometry(shape, geodesic=False, projection=projection)
    edged = [one for one in operands if one.has_edges] or operands[:1]
    flat = not any(one.geodesic for one in edged) and all(one.even_odd for one in operands)
    if flat and len({one.projection for one in operands}) == 1:
        return replace(edged[0], shape=overlay_shapes([one.shape for one in operands], operation), unbounded=False)
    shapes = [densify_great_circles(one, None if margin is None else margin.metres) for one in operands]
    plane = GnomonicPlane.around(*shapes)
    if plane is None:  # nothing at all, or around more than the half of the globe: degrees have to do
        return Geometry(overlay_shapes([project(one, WGS84.crs) for one in operands], operation), geodesic=False)
    return Geometry(plane.back(overlay_shapes([plane.onto(shape) for shape in shapes], operation)))


def overlay_shapes(shapes: list[BaseGeometry], operation: Callable[..., BaseGeometry]) -> BaseGeometry:
    """The operation on shapes that are valid: what crosses itself is taken apart by the even-odd rule first.

    Shells run counter-clockwise, as those of the service's bounds do.
    """
    try:
        result = operation(*(shape if shape.is_valid else make_valid(shape) for shape in shapes))
    except GEOSException as error:
        kinds = " and a ".join(shape.geom_type for shape in shapes)
        raise EarthError(f"Geometry: A {kinds} can not be combined.") from error
    return shapely.orient_polygons(result)
