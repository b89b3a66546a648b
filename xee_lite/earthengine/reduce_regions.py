"""Statistics of regions by ``Image.reduceRegions``: each image reduced over each region, as rows of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..decoding.json_table import decode_rows, numbers_of
from ..errors import InputError, WireError, brief
from .graph import function_of
from .system_properties import TIME_START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.grid import Grid
    from ..reader import Polygons
    from .graph import Graph, Node

_REDUCERS = {
    "mean", "median", "mode", "min", "max", "sum", "count", "product", "stdDev", "variance", "sampleStdDev",
    "sampleVariance", "kurtosis", "skew", "first", "last", "firstNonNull", "lastNonNull", "anyNonZero", "allNonZero",
    "countDistinct", "countDistinctNonNull",
}  # fmt: skip
"""Reducers without arguments that make one number of many (the service's list of algorithms)."""

_INNER, _OUTER = "_MAPPING_VAR_0_0", "_MAPPING_VAR_1_0"
"""As the client library names the arguments of two functions, one within the other."""

_FEATURE, _IMAGE = "xee_lite_feature", "xee_lite_image"
"""Properties of our own, by which a row says the numbers of its region and of its image."""


def reducer_of(graph: Graph, name: str, bands: int) -> Node:
    """The reducer of this name, for images whose bands are called b0, b1, ...: its outputs have these names too.

    Raises
    ------
    InputError
        If the service has no such reducer, or it makes more of a region than one number.
    """
    if name not in _REDUCERS:
        raise InputError(
            f"reducer={brief(name)} makes no single number of a region on Earth Engine: pass one of "
            f"{', '.join(sorted(_REDUCERS))}."
        )
    reducer = graph.call(f"Reducer.{name}")
    # For several bands outputs have the names of the bands, for one band that of the reducer, unless it is set.
    return graph.call("Reducer.setOutputs", reducer=reducer, outputs=["b0"]) if bands == 1 else reducer


def regions_of(graph: Graph, regions: Sequence[Polygons], grid: Grid) -> Node:
    """The regions as features that have numbers, with edges that are straight in the grid's CRS."""
    crs = graph.call("Projection", crs=grid.crs)
    features = []
    for number, polygons in enumerate(regions):
        coordinates = [[ring.tolist() for ring in polygon] for polygon in polygons]
        shape = graph.call(
            "GeometryConstructors.MultiPolygon", coordinates=coordinates, crs=crs, geodesic=False, evenOdd=True
        )
        features.append(graph.call("Feature", geometry=shape, metadata={"constantValue": {_FEATURE: number}}))
    return graph.call("Collection", features=features)


def reduced_by(graph: Graph, images: list[Node], bands: int, regions: Node, reducer: Node, grid: Grid) -> Node:
    """The node of a table with a row for each image and region: numbers of both, and a value for each band."""
    image = {"argumentReference": _OUTER}
    reduced = graph.call(
        "Image.reduceRegions",
        image=image,
        collection=regions,
        reducer=reducer,
        crs=graph.call("Projection", crs=grid.crs),
        crsTransform=[float(number) for number in tuple(grid.transform)[:6]],
    )
    number = graph.call("Element.get", object=image, property=TIME_START)
    numbered = graph.call("Element.set", object={"argumentReference": _INNER}, key=_IMAGE, value=number)
    rows = graph.call("Collection.map", collection=reduced, baseAlgorithm=function_of(_INNER, numbered))
    collection = graph.call("ImageCollection.fromImages", images=images)
    mapped = graph.call("Collection.map", collection=collection, baseAlgorithm=function_of(_OUTER, rows))
    names = [_FEATURE, _IMAGE, *(f"b{band}" for band in range(bands))]
    listed = graph.call(
        "Collection.reduceColumns",
        collection=graph.call("Collection.flatten", collection=mapped),
        reducer=graph.call("Reducer.toList", tupleSize=len(names), numOptional=bands),
        selectors=names,
    )
    return graph.call("Dictionary.get", dictionary=listed, key="list")


def decode_regions(content: bytes, shape: tuple[int, int, int]) -> npt.NDArray[np.float64]:
    """The statistics (item, band, region) of a table, NaN where a region has none.

    Raises
    ------
    WireError
        If it is no such table, or has a row twice or not at all.
    """
    items, bands, regions = shape
    statistics = np.full(shape, np.nan)
    seen = np.zeros((items, regions), dtype=bool)
    for rows in decode_rows(content, 2 + bands, items * regions):
        region, item, *values = (numbers_of(column)[0] for column in zip(*rows, strict=True))
        if not (np.isin(region, np.arange(regions)) & np.isin(item, np.arange(items))).all():
            raise WireError("a row of the reply is of no image or no region that was asked for")
        at_item, at_region = item.astype(np.intp), region.astype(np.intp)
        seen[at_item, at_region] = True
        for band, column in enumerate(values):
            statistics[at_item, band, at_region] = column
    if not seen.all():
        raise WireError(f"the reply has {int(seen.sum())} of the {items * regions} rows that were asked for")
    return statistics
