"""Connected components: counting, labelling, reducing, and vectorizing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..images.pixelwise import map_bands
from ..pixels import components, vectors
from ..pixels.aggregation import Aggregation, check_affordable, region_or_footprint, select_inputs
from ..pixels.bands import find_band, some_bands
from ..reducers.statistics import COUNT
from ..values.collection import Collection, make_collection
from .regions import check_tile_scale, projection_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..geometry.geometry import Geometry
    from ..reducers.reduce import Reducer
    from ..types import Projection
    from ..values.feature import Feature
    from ..values.kernel import Kernel

CONNECTIONS: dict[tuple[tuple[int, ...], ...], bool] = {
    ((0, 1, 0), (1, 0, 1), (0, 1, 0)): False,
    ((0, 1, 0), (1, 1, 1), (0, 1, 0)): False,
    ((1, 1, 1), (1, 0, 1), (1, 1, 1)): True,
    ((1, 1, 1), (1, 1, 1), (1, 1, 1)): True,
}
"""Whether corners connect, by the pixels of a kernel that are not zero."""


@algorithm("Image.connectedPixelCount")
def connected_pixel_count(input_: Image, max_size: int, eight_connected: bool) -> Image:
    components.check_size(max_size, "Image.connectedPixelCount")
    return map_bands(input_, lambda band: components.count_connected(band, max_size, eight=eight_connected))


@algorithm("Image.connectedComponents")
def connected_components(image: Image, connectedness: Kernel, max_size: int) -> Image:
    where = "Image.connectedComponents"
    components.check_size(max_size, where)
    bands = some_bands(image, where)
    weights = connectedness.at(1.0).values if connectedness.in_pixels else np.zeros((0, 0))
    eight = CONNECTIONS.get(tuple(tuple(row) for row in (weights != 0).astype(int).tolist()))
    if eight is None:
        raise EarthError(f"{where}: This emulator connects pixels by a plus or a square of radius 1 alone.")
    labels = components.label_components(bands[0], max_size, eight=eight)
    kept = [band for band in bands if band.name != "labels"]
    return Image((*kept, labels), image.properties)


@algorithm("Image.reduceConnectedComponents")
def reduce_connected_components(image: Image, reducer: Reducer, label_band: str | None, max_size: int) -> Image:
    where = "Image.reduceConnectedComponents"
    components.check_size(max_size, where)
    label = some_bands(image, where)[0] if label_band is None else find_band(image, label_band, where)
    rest = Image(tuple(band for band in image.bands if band is not label))
    bands = []
    for group in select_inputs(rest, reducer, where):
        names = list(reducer.outputs)
        if reducer.inputs == 1:
            names = [f"{group[0].name}_{name}" for name in names] if len(names) > 1 else [group[0].name]
        bands += components.reduce_components(label, group, reducer, max_size, names)
    return Image(tuple(bands), image.properties)


@algorithm("Image.reduceToVectors", "Image.reduceToVectorsStreaming")
def reduce_to_vectors(
    image: Image,
    reducer: Reducer | None,
    geometry: Geometry | None,
    scale: float | None,
    geometry_type: str,
    eight_connected: bool,
    label_property: str | None,
    crs: Projection | None,
    crs_transform: list[float] | None,
    best_effort: bool,
    max_pixels: int,
    tile_scale: float,
    geometry_in_native_projection: bool,
) -> Collection:
    where = "Image.reduceToVectors"
    check_tile_scale(tile_scale)
    if geometry_type not in vectors.GEOMETRIES:
        raise EarthError(f"{where}: Unknown geometryType '{geometry_type}'; it is 'polygon', 'bb' or 'centroid'.")
    if not image.bands or image.bands[0].type.precision != "int":
        raise EarthError(f"{where}: The first band must hold integers; cast it, for example with toInt().")
    used = COUNT if reducer is None else reducer
    projection = projection_of(image, scale, crs, crs_transform, where)
    how = Aggregation(used, projection, max_pixels, best_effort, where)

    def source() -> Iterator[Feature]:
        region = check_affordable(region_or_footprint(image, geometry, where), how)
        # Without further bands the reducer counts the labels themselves.
        rest = Image(image.bands[1:] or image.bands[:1])
        groups = select_inputs(rest, used, where)
        outline = vectors.Outline(geometry_type, eight_connected, geometry_in_native_projection)
        for segment in vectors.make_segments(region, image.bands[0], rest.bands, outline):
            found: dict[str, Any] = {} if label_property is None else {label_property: segment.label}
            for group in groups:
                columns = [segment.columns[rest.bands.index(band)] for band in group]
                weights = [segment.weights[rest.bands.index(band)] for band in group]
                result = used.columns(columns, weights)
                prefix = f"{group[0].name}_" if used.inputs == 1 and len(groups) > 1 else ""
                found |= {prefix + name: value for name, value in result.items()}
            yield segment.feature(found)

    return Collection(lambda _: iter(make_collection(source(), "Feature")), "Feature")
