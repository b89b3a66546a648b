"""Expressions over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xee_lite.emulator.algorithms.band_expression import parse
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.registry import algorithm
from xee_lite.emulator.pixels.image import Image
from xee_lite.emulator.values.function import Function

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
