"""Features from numbers: random points, and properties as arrays."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from shapely import prepare
from shapely.geometry import MultiPolygon, Point, Polygon

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.geometry import Geometry
from ..geometry.projecting import make_valid, project
from ..request_limits import check_time
from ..types import WGS84
from ..values.array import Array
from ..values.collection import Collection, make_collection
from ..values.feature import Feature
from ..values.feature import get_property as property_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..geometry.error_margin import ErrorMargin

MAX_POINTS = 1_000_000
"""This emulator's own limit."""

MAX_TRIES = 10_000
"""Points that may miss a region for each that hits it: below that a region is as good as empty."""


@algorithm("FeatureCollection.randomPoints")
def random_points(region: Geometry, points: int, seed: int, max_error: ErrorMargin) -> Collection:  # noqa: ARG001 - nothing is approximated
    """Points evenly on the sphere within a polygon; the service's own points are not known."""
    where = "FeatureCollection.randomPoints"
    if not 0 <= points <= MAX_POINTS:
        raise EarthError(f"{where}: Between 0 and {MAX_POINTS} points can be made, got {points}.")
    shape = make_valid(project(region, WGS84.crs))
    if not isinstance(shape, (Polygon, MultiPolygon)) or not shape.area > 0:
        raise EarthError(f"{where}: This emulator makes points within polygons only, got a {region.type}.")
    draws = np.random.default_rng(abs(seed))
    west, south, east, north = shape.bounds
    low, high = math.sin(math.radians(max(south, -90))), math.sin(math.radians(min(north, 90)))
    found: list[Feature] = []
    tries = 0
    prepare(shape)
    while len(found) < points:
        check_time()
        tries += 1
        if tries > MAX_TRIES * (len(found) + 1):
            raise EarthError(f"{where}: The region is too thin for random points.")
        # Areas on a sphere are even in the sine of the latitude.
        lon, lat = draws.uniform(west, east), math.degrees(math.asin(draws.uniform(low, high)))
        if shape.contains(Point(lon, lat)):
            found.append(Feature(Geometry(Point(lon, lat))))
    return make_collection(found, "Feature")


@algorithm("FeatureCollection.makeArray")
def make_array(collection: Collection, properties: list[str], name: str) -> Collection:
    def source() -> Iterator[Feature]:
        for feature in collection:
            values = [property_of(feature, one) for one in properties]
            if all(isinstance(value, (int, float)) for value in values):
                yield replace(feature, properties={**feature.properties, name: Array.of(values)})

    return Collection(lambda _: source(), "Feature", collection.properties)
