"""Statistics of regions by ``Image.reduceRegions``: each image reduced over each region, as rows of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..decoding.json_table import decode_rows, numbers_of
from ..errors import InputError, WireError, brief
from .region import TIME, function_of

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
"""Those without arguments that make one number of a column of values (the service's list of algorithms)."""

_INNER, _OUTER = "_MAPPING_VAR_0_0", "_MAPPING_VAR_1_0"
"""Arguments of functions within each other, as the client library names them."""

_FEATURE, _IMAGE = "xee_lite_feature", "xee_lite_image"


def reducer_of(graph: Graph, name: str, bands: int) -> Node:
    """The reducer of a name, whose outputs are called b0, b1, ... as the bands are.

    Raises
    ------
    InputError
        If the service has none that makes one number of a region.
    """
    if name not in _REDUCERS:
        raise InputError(
            f"reducer={brief(name)} makes no single number of a region on Earth Engine: pass one of "
            f"{', '.join(sorted(_REDUCERS))}."
        )
    reducer = graph.call(f"Reducer.{name}")
    # Of one band the output has the reducer's own name, of several the bands': with a name set, it is that of the band.
    return graph.call("Reducer.setOutputs", reducer=reducer, outputs=["b0"]) if bands == 1 else reducer


def regions_of(graph: Graph, regions: Sequence[Polygons], grid: Grid) -> Node:
    """The regions as numbered features, with straight edges in the grid's CRS."""
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
    """Rows of feature, image and a value for each band, of all images and regions."""
    bands_named = [f"b{number}" for number in range(bands)]
    image = {"argumentReference": _OUTER}
    reduced = graph.call(
        "Image.reduceRegions",
        image=image,
        collection=regions,
        reducer=reducer,
        crs=graph.call("Projection", crs=grid.crs),
        crsTransform=[float(number) for number in tuple(grid.transform)[:6]],
    )
    number = graph.call("Element.get", object=image, property=TIME)
    marked = graph.call("Element.set", object={"argumentReference": _INNER}, key=_IMAGE, value=number)
    rows = graph.call("Collection.map", collection=reduced, baseAlgorithm=function_of(_INNER, marked))
    collection = graph.call("ImageCollection.fromImages", images=images)
    mapped = graph.call("Collection.map", collection=collection, baseAlgorithm=function_of(_OUTER, rows))
    names = [_FEATURE, _IMAGE, *bands_named]
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
    found = np.full(shape, np.nan)
    seen = np.zeros((items, regions), dtype=bool)
    for rows in decode_rows(content, 2 + bands, items * regions):
        region, item, *values = (numbers_of(column)[0] for column in zip(*rows, strict=True))
        if not (np.isin(region, np.arange(regions)) & np.isin(item, np.arange(items))).all():
            raise WireError("a row of the reply is of no image or no region that was asked for")
        at = item.astype(np.intp), region.astype(np.intp)
        seen[at] = True
        for position, column in enumerate(values):
            found[at[0], position, at[1]] = column
    if not seen.all():
        raise WireError(f"the reply has {int(seen.sum())} of the {items * regions} rows that were asked for")
    return found
