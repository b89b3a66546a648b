"""Expressions over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..values.function import Function
from .band_expression import parse

if TYPE_CHECKING:
    from collections.abc import Mapping


@algorithm("Image.parseExpression")
def parse_expression(
    expression: str,
    arg_name: str,
    vars_: list[str],
    map_free_vars_to_default_image_bands: bool = False,
) -> Function:
    evaluate = parse(expression, arg_name, vars_, free_are_bands=map_free_vars_to_default_image_bands)

    def apply(arguments: Mapping[str, Any]) -> Image:
        for name, value in arguments.items():
            if not isinstance(value, Image):
                raise EarthError(f"Image.parseExpression: The variable '{name}' must be an image.")
        return evaluate(arguments)

    return Function(tuple(vars_), apply)
