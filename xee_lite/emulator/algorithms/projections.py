"""Projections as values, and the projections of images."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import EarthError, NotImplementedHereError
from ..evaluator.registry import algorithm
from ..images import extents
from ..pixels.bands import some_bands
from ..types import Projection, Transform, crs_name

if TYPE_CHECKING:
    from ..images.image import Image

Numbers = list[float]


@algorithm("Projection", "Proj")
def projection(crs: Any, transform: list[Any] | None = None, transform_wkt: str | None = None) -> Projection:  # noqa: ANN401 - code or Projection
    if transform_wkt is not None:
        raise NotImplementedHereError("Projection: This emulator does not implement the argument 'transformWkt'.")
    if not isinstance(crs, (str, Projection)):
        raise EarthError(f"Projection: The CRS must be a code or WKT, got {type(crs).__name__}.")
    base = crs if isinstance(crs, Projection) else Projection(crs_name(crs))
    return base if transform is None else Projection(base.crs, _six(transform, "Projection"))


@algorithm("Projection.atScale")
def at_scale(projection: Projection, meters: float) -> Projection:
    return projection.at_scale(_positive(meters, "Projection.atScale"))


@algorithm("Projection.nominalScale")
def nominal_scale(proj: Projection) -> float:
    return proj.nominal_scale


@algorithm("Projection.crs")
def crs_code(projection: Projection) -> str:
    return projection.crs


@algorithm("Projection.wkt")
def wkt(projection: Projection) -> str:
    return str(projection.pyproj.to_wkt("WKT1_GDAL", pretty=True))


@algorithm("Projection.transform")
def transform_text(projection: Projection) -> str:
    """The affine matrix in the OGC's words, row by row, the zeros and ones of the identity left out."""
    a, b, c, d, e, f = projection.transform
    named = {"elt_0_0": a, "elt_0_1": b, "elt_0_2": c, "elt_1_0": d, "elt_1_1": e, "elt_1_2": f}
    rows = ",\n  ".join(f'PARAMETER["{name}", {value}]' for name, value in named.items() if value)
    return f'PARAM_MT["Affine", \n  PARAMETER["num_row", 3], \n  PARAMETER["num_col", 3], \n  {rows}]'


@algorithm("Projection.scale")
def scale(projection: Projection, x: float, y: float) -> Projection:
    a, b, c, d, e, f = projection.transform
    return replace(projection, transform=(a * x, b * y, c, d * x, e * y, f))


@algorithm("Projection.translate")
def translate(projection: Projection, x: float, y: float) -> Projection:
    return extents.shift_projection(projection, x, y)


@algorithm("Image.projection")
def image_projection(image: Image) -> Projection:
    first, *others = {band.projection for band in some_bands(image, "Image.projection")}
    if others:
        raise EarthError(
            "Image.projection: The bands of the specified image contain different projections. "
            "Use Image.select to pick a single band.",
        )
    return first


def resolved(crs: Projection, crs_transform: Numbers | None, scale: float | None, where: str) -> Projection:
    """The projection that a CRS with a transform or a scale means.

    Raises
    ------
    EarthError
        If both are given, or one of them is not usable.
    """
    if crs_transform is not None and scale is not None:
        raise EarthError(f"{where}: Cannot specify both crsTransform and scale.")
    if crs_transform is not None:
        return Projection(crs.crs, _six(crs_transform, where))
    return crs if scale is None else crs.at_scale(_positive(scale, where))


def _six(numbers: list[Any], where: str) -> Transform:
    if len(numbers) != 6 or not all(isinstance(number, (int, float)) for number in numbers):
        raise EarthError(
            f"{where}: A CRS transform has six numbers, "
            f"[xScale, xShearing, xTranslation, yShearing, yScale, yTranslation]; got {numbers}.",
        )
    a, b, c, d, e, f = (float(number) for number in numbers)
    if not 0 < abs(a * e - b * d) < math.inf:
        raise EarthError(f"{where}: The CRS transform {numbers} is not invertible.")
    return a, b, c, d, e, f


def _positive(number: float, where: str) -> float:
    if not 0 < number < math.inf:
        raise EarthError(f"{where}: The scale must be positive, got {number}.")
    return number
