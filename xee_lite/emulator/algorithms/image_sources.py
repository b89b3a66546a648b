"""Images that are computed from the positions of pixels alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.coordinates import apply, transform
from ..images.image import Band, Image, Pixels, Sampler, everywhere
from ..images.sampling import locate
from ..pixels.draws import draw_uniform
from ..types import DOUBLE, WGS84, Floats, Projection

EQUAL_AREA = "EPSG:6933"
"""A cylindrical equal-area projection of the WGS 84 ellipsoid, in metres."""

Compute = Callable[[Sampler], Floats]


@algorithm("Image.pixelLonLat")
def pixel_lon_lat() -> Image:
    return _coordinates(("longitude", "latitude"), WGS84)


@algorithm("Image.pixelCoordinates")
def pixel_coordinates(projection: Projection) -> Image:
    return _coordinates(("x", "y"), projection)


@algorithm("Image.pixelArea")
def pixel_area() -> Image:
    return Image((_band("area", _areas, WGS84),))


@algorithm("Image.random")
def random(seed: int = 0, distribution: str = "uniform") -> Image:
    """Numbers that depend on the seed and the position alone; the service's own numbers are not known."""
    if distribution not in {"uniform", "normal"}:
        raise EarthError(f"Image.random: Unknown distribution '{distribution}'; it is 'uniform' or 'normal'.")

    def uniform(sampler: Sampler) -> Floats:
        return draw_uniform(*locate(sampler, WGS84), 2 * seed)

    def normal(sampler: Sampler) -> Floats:
        radius = np.sqrt(-2 * np.log1p(-draw_uniform(*locate(sampler, WGS84), 2 * seed)))
        return np.asarray(radius * np.cos(2 * np.pi * draw_uniform(*locate(sampler, WGS84), 2 * seed + 1)))

    return Image((_band("random", uniform if distribution == "uniform" else normal, WGS84),))


def _coordinates(names: tuple[str, str], projection: Projection) -> Image:
    def along(axis: int) -> Compute:
        def compute(sampler: Sampler) -> Floats:
            return locate(sampler, projection)[axis]

        return compute

    return Image(tuple(_band(name, along(axis), projection) for axis, name in enumerate(names)))


def _band(name: str, compute: Compute, projection: Projection) -> Band:
    def pixels(sampler: Sampler) -> Pixels:
        values = np.broadcast_to(compute(sampler), sampler.shape)
        finite = np.isfinite(values)
        mask = everywhere(sampler.shape) if finite.all() else finite.astype(np.float32)
        return Pixels(values, mask)

    return Band(name, DOUBLE, projection, pixels)


def _areas(sampler: Sampler) -> Floats:
    """Square metres of each pixel: its corners taken to an equal-area projection."""
    grid = sampler.grid
    col, row = np.meshgrid(np.arange(grid.width + 1.0), np.arange(grid.height + 1.0))
    x, y = transform(*apply(grid.transform, col, row), grid.crs, EQUAL_AREA)
    across = (x[1:, 1:] - x[:-1, :-1]) * (y[1:, :-1] - y[:-1, 1:])
    return np.abs(across - (x[1:, :-1] - x[:-1, 1:]) * (y[1:, 1:] - y[:-1, :-1])) / 2
