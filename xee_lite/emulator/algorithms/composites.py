"""Image collections, and stacks of bands, reduced to one image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image
from ..images.pixelwise import choose_template
from ..pixels.bands import make_names_distinct, some_bands
from ..pixels.composite import RUNNING, Running, bands_by_name, compute_running, mosaic, pick_best
from ..pixels.nearby import compose_nearby
from ..pixels.stacking import reduce_images
from ..reducers.statistics import MEDIAN, MODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..reducers.reduce import Reducer
    from ..values.collection import Collection

MAX_BANDS = 5000
"""Of ``ImageCollection.toBands``, as its description says; the service's words for more are not known."""


def _composite(statistic: Running) -> Callable[[Collection], Image]:
    def make(images: Sequence[Image]) -> Image:
        return Image(tuple(compute_running(name, bands, statistic) for name, bands in bands_by_name(images).items()))

    return lambda collection: compose_nearby(collection, make)


def _stack(reducer: Reducer) -> Callable[[Collection], Image]:
    def make(images: Sequence[Image]) -> Image:
        found = bands_by_name(images).items()
        return Image(tuple(band for name, bands in found for band in reduce_images([bands], reducer, [name])))

    return lambda collection: compose_nearby(collection, make)


for _name, _statistic in RUNNING.items():
    algorithm(f"reduce.{_name}")(_composite(_statistic))
algorithm("reduce.median")(_stack(MEDIAN))
algorithm("reduce.mode")(_stack(MODE))


@algorithm("ImageCollection.mosaic")
def mosaic_collection(collection: Collection) -> Image:
    def make(images: Sequence[Image]) -> Image:
        return Image(tuple(mosaic(name, bands) for name, bands in bands_by_name(images).items()))

    return compose_nearby(collection, make)


@algorithm("ImageCollection.qualityMosaic")
def quality_mosaic(collection: Collection, quality_band: str) -> Image:
    def make(images: Sequence[Image]) -> Image:
        bands = [image.bands for image in images]
        if bands and not any(band.name == quality_band for own in bands for band in own):
            raise EarthError(f"ImageCollection.qualityMosaic: No image has the quality band '{quality_band}'.")
        return Image(tuple(pick_best(bands, quality_band)))

    return compose_nearby(collection, make)


@algorithm("ImageCollection.reduce")
def reduce_collection(collection: Collection, reducer: Reducer, parallel_scale: float = 1) -> Image:  # noqa: ARG001 - memory is not scarce here
    return compose_nearby(collection, partial(_reduce, reducer=reducer))


def _reduce(images: Sequence[Image], reducer: Reducer) -> Image:
    found = bands_by_name(images)
    if reducer.inputs == 1:
        bands: Iterable[Band] = (
            band
            for name, stack in found.items()
            for band in reduce_images([stack], reducer, [f"{name}_{output}" for output in reducer.outputs])
        )
        return Image(tuple(make_names_distinct(bands)))
    if len(found) != reducer.inputs:
        raise EarthError(
            f"ImageCollection.reduce: The reducer needs {reducer.inputs} inputs, but the collection has "
            f"{len(found)} bands: [{', '.join(found)}].",
        )
    complete = [image for image in images if set(image.names) >= set(found)]
    stacks = [[band for image in complete for band in image.bands if band.name == name] for name in found]
    return Image(tuple(reduce_images(stacks, reducer, reducer.outputs)) if complete else ())


@algorithm("Image.reduce")
def reduce_bands(image: Image, reducer: Reducer) -> Image:
    if reducer.inputs != 1:
        raise EarthError(f"Image.reduce: The reducer must have a single input, but it needs {reducer.inputs}.")
    bands = reduce_images([some_bands(image, "Image.reduce")], reducer, reducer.outputs)
    return Image(tuple(choose_template(band, *image.bands) for band in bands))


@algorithm("ImageCollection.toBands")
def to_bands(collection: Collection) -> Image:
    bands: list[Band] = []
    for position, image in enumerate(collection):
        index = image.properties.get("system:index", position)
        bands += [band.renamed(f"{index}_{band.name}") for band in image.bands]
        if len(bands) > MAX_BANDS:
            raise EarthError(f"ImageCollection.toBands: Too many bands; the maximum is {MAX_BANDS}.")
    return Image(tuple(make_names_distinct(bands)))
