"""Special functions of numbers, arrays and images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluator.registry import algorithm
from ..images import arrays
from ..images.operators import Unary
from ..images.pixelwise import apply_unary, map_bands
from ..images.ranges import floating
from ..numerics import special
from ..values.array import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..images.image import Band, Image

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "gamma": math.gamma,
    "digamma": special.digamma,
    "trigamma": special.trigamma,
    "erf": math.erf,
    "erfc": math.erfc,
    "erfInv": special.erf_inv,
    "erfcInv": special.erfc_inv,
    # The service's description says "the Lanczos approximation" and no more: that of the gamma function, as it stands
    # beside the other functions around it in libraries for the language that the service is written in.
    "lanczos": special.lanczos,
}


def _register(name: str, function: Callable[[float], float]) -> None:
    def number(value: float) -> float:
        try:
            return function(value)
        except ArithmeticError:
            return math.inf
        except ValueError:
            return math.nan

    each = np.vectorize(number, otypes=[np.float64])
    # Without elements there is nothing that NumPy could learn the shape from.
    operator = Unary(lambda values: each(values) if values.size else values.astype(np.float64), floating)

    def array(value: Array) -> Array:
        found: Any = operator.function(value.values)
        return Array(np.asarray(found, np.float64))

    def band(one: Band) -> Band:
        where = f"Image.{name}"
        if one.type.dimensions:
            return arrays.apply_elementwise(operator, [one], where)
        return apply_unary(operator, one, where)

    def image(value: Image) -> Image:
        return map_bands(value, band)

    algorithm(f"Number.{name}")(number)
    algorithm(f"Array.{name}")(array)
    algorithm(f"Image.{name}")(image)


for _name, _function in FUNCTIONS.items():
    _register(_name, _function)
