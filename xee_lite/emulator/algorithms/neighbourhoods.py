"""Neighbourhood operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..images.pixelwise import map_bands
from ..pixels import neighbourhood
from ..pixels.aggregation import select_inputs
from ..pixels.bands import integer_bands, make_names_distinct
from ..reducers.statistics import MEAN, MEDIAN, MODE
from ..types import DOUBLE
from ..values.kernel import Kernel, Size, make_shape

if TYPE_CHECKING:
    from ..images.image import Band
    from ..reducers.reduce import Reducer

NAMED = ("circle", "square", "cross", "plus", "octagon", "diamond")

MAX_ITERATIONS = 1000
"""Of a focal operation: this emulator's own limit."""


def _lowest(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a NumPy scalar
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _highest(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a NumPy scalar
    return np.inf if dtype.kind == "f" else np.iinfo(dtype).max


REDUCTIONS: dict[str, tuple[neighbourhood.Reduction, Reducer | None]] = {
    "Min": (neighbourhood.find_extreme(np.minimum, _highest), None),
    "Max": (neighbourhood.find_extreme(np.maximum, _lowest), None),
    "Mean": (neighbourhood.stack_neighbourhood(MEAN), MEAN),
    "Median": (neighbourhood.stack_neighbourhood(MEDIAN), MEDIAN),
    "Mode": (neighbourhood.stack_neighbourhood(MODE), MODE),
}
"""By the end of the algorithm's name; with the reducer that gives the type of the result, if it is another."""

Focal = Callable[[Image, float, str, str, int, Kernel | None], Image]


def _focal(name: str) -> Focal:
    where = f"Image.focal{name}"
    reduce, typed = REDUCTIONS[name]

    def function(
        image: Image, radius: float, kernel_type: str, units: str, iterations: int, kernel: Kernel | None
    ) -> Image:
        if not 0 < iterations <= MAX_ITERATIONS:
            raise EarthError(f"{where}: 'iterations' must be between 1 and {MAX_ITERATIONS}, got {iterations}.")
        if kernel is None and kernel_type not in NAMED:
            raise EarthError(f"{where}: Unknown kernelType '{kernel_type}'; it is one of {', '.join(NAMED)}.")
        used = make_shape(kernel_type, Size((radius, radius), units)) if kernel is None else kernel

        def filtered(band: Band) -> Band:
            (type_,) = [band.type] if typed is None else typed.pixel_types([band.type])
            return neighbourhood.apply_focal(band, used, iterations, reduce, type_)

        return map_bands(image, filtered)

    return function


for _name in REDUCTIONS:
    algorithm(f"Image.focal{_name}", f"Image.focal_{_name.lower()}", f"Window.{_name.lower()}")(_focal(_name))


@algorithm("Image.convolve")
def convolve(image: Image, kernel: Kernel) -> Image:
    return map_bands(image, lambda band: neighbourhood.convolve(band, kernel))


@algorithm("Image.reduceNeighborhood")
def reduce_neighborhood(
    image: Image,
    reducer: Reducer,
    kernel: Kernel,
    input_weight: str = "kernel",
    skip_masked: bool = True,
    optimization: str | None = None,
) -> Image:
    """The optimizations of the service give the same pixels faster; here there are none to choose."""
    where = "Image.reduceNeighborhood"
    if input_weight not in {"kernel", "mask", "min"}:
        raise EarthError(f"{where}: Unknown inputWeight '{input_weight}'; it is one of 'mask', 'kernel', 'min'.")
    if optimization not in {None, "boxcar", "window"}:
        raise EarthError(f"{where}: Unknown optimization '{optimization}'; it is one of 'boxcar', 'window'.")
    bands = []
    for group in select_inputs(image, reducer, where):
        prefix = f"{group[0].name}_" if reducer.inputs == 1 else ""
        names = [prefix + output for output in reducer.outputs]
        bands += neighbourhood.reduce_neighbourhood(
            group, reducer, kernel, names, input_weight=input_weight, skip_masked=skip_masked
        )
    return Image(tuple(make_names_distinct(bands)), image.properties)


@algorithm("Image.neighborhoodToBands")
def neighborhood_to_bands(image: Image, kernel: Kernel) -> Image:
    bands = [one for band in image.bands for one in neighbourhood.neighbourhood_bands(band, kernel)]
    return Image(tuple(make_names_distinct(bands)), image.properties)


@algorithm("Image.entropy")
def entropy(image: Image, kernel: Kernel) -> Image:
    bands = integer_bands(image, "Image.entropy")
    return Image(
        tuple(neighbourhood.apply_focal(band, kernel, 1, neighbourhood.compute_entropy, DOUBLE) for band in bands),
        image.properties,
    )
