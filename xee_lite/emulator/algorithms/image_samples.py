"""Pixels as features: samples of regions, some of them or all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.region import Region
from ..pixels.aggregation import region_or_footprint
from ..pixels.bands import find_band, some_bands
from ..pixels.draws import draw_uniform
from ..pixels.points import Points, sample_points
from ..values.collection import Collection, set_index
from ..values.feature import Feature, geometry_of
from .regions import check_tile_scale, projection_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..geometry.geometry import Geometry
    from ..images.image import Image
    from ..types import Projection

MAX_PIXELS = 100_000_000
"""Pixels that are looked at for a sample: this emulator's own limit."""


@algorithm("Image.sample")
def sample(
    image: Image,
    region: Geometry | None,
    scale: float | None,
    projection: Projection | None,
    factor: float | None,
    num_pixels: int | None,
    seed: int,
    drop_nulls: bool,
    tile_scale: float,
    geometries: bool,
) -> Collection:
    """Which pixels a factor or a number leaves depends on seed and position; the service's choice is not known."""
    where = "Image.sample"
    check_tile_scale(tile_scale)
    if factor is not None and num_pixels is not None:
        raise EarthError(f"{where}: Only one of 'factor' and 'numPixels' can be given.")
    if factor is not None and not 0 < factor <= 1:
        raise EarthError(f"{where}: 'factor' must lie within (0, 1], got {factor}.")
    if num_pixels is not None and num_pixels <= 0:
        raise EarthError(f"{where}: 'numPixels' must be positive, got {num_pixels}.")

    def parts() -> Iterator[Points]:
        laid = _lay_out(region_or_footprint(image, region, where), image, scale, projection, where)
        share = num_pixels / max(laid.size(MAX_PIXELS), 1) if num_pixels is not None else factor
        keep = None if share is None else (lambda x, y: draw_uniform(x, y, seed) < share)
        for part in sample_points(laid, image.bands, keep):
            yield part.chosen(part.complete) if drop_nulls else part

    return _samples(image, lambda: _numbered(parts(), image, {}, geometries))


@algorithm("Image.sampleRegions")
def sample_regions(
    image: Image,
    collection: Collection,
    properties: list[str] | None,
    scale: float | None,
    projection: Projection | None,
    tile_scale: float,
    geometries: bool,
) -> Collection:
    where = "Image.sampleRegions"
    check_tile_scale(tile_scale)

    def source() -> Iterator[Feature]:
        for position, feature in enumerate(collection):
            geometry = geometry_of(feature)
            if geometry is None:
                continue
            own = feature.properties
            names = [name for name in own if not name.startswith("system:")] if properties is None else properties
            kept = {name: own[name] for name in names if name in own}
            laid = _lay_out(geometry, image, scale, projection, where)
            # A pixel that is masked in a band is left out, as samples are by default.
            parts = (part.chosen(part.complete) for part in sample_points(laid, image.bands))
            yield from _numbered(parts, image, kept, geometries, f"{own.get('system:index', position)}_")

    return _samples(image, source)


@algorithm("Image.stratifiedSample")
def stratified_sample(
    image: Image,
    num_points: int,
    class_band: str | None,
    region: Geometry | None,
    scale: float | None,
    projection: Projection | None,
    seed: int,
    class_values: list[int] | None,
    class_points: list[int] | None,
    drop_nulls: bool,
    tile_scale: float,
    geometries: bool,
) -> Collection:
    """In each class the pixels of the least random numbers; the service's choice is not known."""
    where = "Image.stratifiedSample"
    check_tile_scale(tile_scale)
    strata = some_bands(image, where)[0] if class_band is None else find_band(image, class_band, where)
    if strata.type.precision != "int":
        raise EarthError(
            f"{where}: The class band '{strata.name}' must hold integers; cast it, for example with toInt()."
        )
    if len(class_values or []) != len(class_points or []):
        raise EarthError(f"{where}: 'classValues' and 'classPoints' must have the same length.")
    points_per_class = dict(zip(class_values or [], class_points or [], strict=True))
    column = image.names.index(strata.name)

    def source() -> Iterator[Feature]:
        laid = _lay_out(region_or_footprint(image, region, where), image, scale, projection, where)
        parts = [
            part.chosen(part.complete if drop_nulls else part.valid[column])
            for part in sample_points(laid, image.bands)
        ]
        best = _least(parts, column, seed, lambda value: points_per_class.get(value, num_points))
        for number, (part, index) in enumerate(best):
            one = part.chosen(np.array([index]))
            row = dict(zip(image.names, next(one.rows()), strict=True))
            yield _feature(one, 0, row, geometries, str(number))

    return _samples(image, source)


def _samples(image: Image, source: Callable[[], Iterator[Feature]]) -> Collection:
    """A collection that says which bands it was made of, as ``Classifier.train`` is described to read."""
    return Collection(lambda _: source(), "Feature", {"band_order": image.names})


def _numbered(
    parts: Iterable[Points], image: Image, kept: dict[str, Any], geometries: bool, prefix: str = ""
) -> Iterator[Feature]:
    """Pixels as features, counted as they come: a null that was dropped has no number."""
    number = 0
    for part in parts:
        for index, row in enumerate(part.rows()):
            values = {**kept, **dict(zip(image.names, row, strict=True))}
            yield _feature(part, index, values, geometries, f"{prefix}{number}")
            number += 1


def _least(parts: list[Points], column: int, seed: int, count: Callable[[int], int]) -> list[tuple[Points, int]]:
    """Tile and number of the chosen pixels, class by class."""
    if not parts:
        return []
    values = np.concatenate([part.columns[column] for part in parts])
    order = np.concatenate([_draw(part, seed) for part in parts])
    homes = np.concatenate([np.full(len(part.longitude), index) for index, part in enumerate(parts)])
    indices = np.concatenate([np.arange(len(part.longitude)) for part in parts])
    found = []
    for value in np.unique(values).tolist():
        members = np.flatnonzero(values == value)
        chosen = np.sort(members[np.argsort(order[members], kind="stable")][: max(count(value), 0)])
        found += [(parts[homes[one]], int(indices[one])) for one in chosen]
    return found


def _lay_out(
    geometry: Geometry, image: Image, scale: float | None, projection: Projection | None, where: str
) -> Region:
    laid = Region(geometry, projection_of(image, scale, projection, None, where))
    count = laid.size(MAX_PIXELS)
    if count > MAX_PIXELS:
        raise EarthError(f"{where}: Too many pixels in the region. Found {count}; at most {MAX_PIXELS} are sampled.")
    return laid


def _draw(part: Points, seed: int) -> Any:  # noqa: ANN401 - numbers
    return draw_uniform(part.longitude, part.latitude, seed)


def _feature(part: Points, index: int, values: dict[str, Any], geometries: bool, name: str) -> Feature:
    made = Feature(part.geometry(index) if geometries else None, {k: v for k, v in values.items() if v is not None})
    return replace(made, properties=set_index(made, name).properties)
