"""Images interpolated from points: distances to them, inverse distance weighting, kriging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapely.geometry import Point

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry import sphere
from ..geometry.geodesy import in_degrees
from ..images.image import Image, Pixels, Sampler
from ..images.pixelwise import make_constant
from ..pixels import kriging
from ..pixels.kriging import Variogram
from ..reducers.statistics import MEAN
from ..types import DOUBLE
from ..values.feature import geometry_of
from ..values.feature import get_property as property_of

if TYPE_CHECKING:
    from ..reducers.reduce import Reducer
    from ..values.collection import Collection

Position = tuple[float, float]

MAX_POINTS = 5000
"""Of which a surface is made: this emulator's own limit."""


@algorithm("Collection.distance")
def distance(features: Collection, search_radius: float, _max_error: float) -> Image:
    where = "Collection.distance"
    if not search_radius > 0:
        raise EarthError(f"{where}: 'searchRadius' must be positive, got {search_radius}.")
    geometries = [geometry for geometry in map(geometry_of, features) if geometry is not None]
    arcs = sphere.find_arcs(geometries)

    def compute(sampler: Sampler) -> Pixels:
        found = sphere.nearest_distances(arcs, sphere.centre_vectors(sampler.grid), search_radius)
        known = np.isfinite(found)
        return Pixels(np.where(known, found, 0), known.astype(np.float32))

    return Image((make_constant(0).derived(compute, name="distance", type_=DOUBLE),))


@algorithm("FeatureCollection.kriging")
def kriging_(
    collection: Collection,
    property_name: str,
    shape: str,
    range_: float,
    sill: float,
    nugget: float,
    max_distance: float | None,
    reducer: Reducer | None,
) -> Image:
    """Ordinary kriging with textbook models.

    Not documented, and so chosen here: that the mean is unknown, that the sill has the nugget in it, which range the
    models mean, the name of the band, and the mean of points at one position where no reducer is given.
    """
    where = "FeatureCollection.kriging"
    if shape not in kriging.SHAPES:
        raise EarthError(f"{where}: '{shape}' is no shape of a semivariogram; need one of {', '.join(kriging.SHAPES)}.")
    reach = range_ if max_distance is None else max_distance
    if not (range_ > 0 and reach > 0 and 0 <= nugget <= sill and sill > 0):
        raise EarthError(
            f"{where}: Need a positive 'range' and 'maxDistance', and 0 <= 'nugget' <= 'sill'; "
            f"found {range_}, {reach}, {nugget} and {sill}."
        )
    points = _points(collection, property_name, reducer or MEAN, where)
    known_points = sphere.to_vectors(*np.array(list(points), np.float64).reshape(-1, 2).T)
    values = np.array(list(points.values()), np.float64)
    return Image(
        (kriging.interpolate(known_points, values, Variogram(shape, range_, sill, nugget), reach, property_name),)
    )


def _points(collection: Collection, name: str, reducer: Reducer, where: str) -> dict[Position, float]:
    """One value for each position; features without a number do not count."""
    if reducer.inputs != 1 or len(reducer.outputs) != 1:
        raise EarthError(f"{where}: The reducer must have one input and one output.")
    found: dict[Position, list[float]] = {}
    for feature in collection:
        geometry, value = geometry_of(feature), property_of(feature, name)
        if geometry is None or not isinstance(value, (int, float)):
            continue
        shape = in_degrees(geometry)
        if not isinstance(shape, Point):
            raise EarthError(f"{where}: The features must be points; found a {geometry.type}.")
        found.setdefault((shape.x, shape.y), []).append(value)
    if len(found) > MAX_POINTS:
        raise EarthError(f"{where}: There are {len(found)} points; at most {MAX_POINTS} are interpolated.")
    reduced = {position: next(iter(reducer.columns([values]).values())) for position, values in found.items()}
    return {position: float(value) for position, value in reduced.items() if isinstance(value, (int, float))}
