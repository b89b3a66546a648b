"""The arithmetic language of ``Image.expression``: a small parser that turns its text into a function of images.

Operands are numbers, images by name, their bands (``image.B4``, ``image[0]``, ``b('B4')``) and the pixel-wise functions
by name (``sqrt(x)``, ``max(x, y)``). ``name = ...`` names a single band. For the operators see `values.infix`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from ..evaluator.registry import REGISTRY
from ..images.casts import NAMED
from ..images.image import Image
from ..images.operators import BINARY, UNARY
from ..images.pixelwise import choose, make_constant
from ..pixels.bands import rename_bands, select_bands
from ..values.infix import Evaluate, Infix

_WHERE = "Image.parseExpression"


def parse(text: str, default: str, names: list[str], *, free_are_bands: bool = False) -> Evaluate[Image]:
    """Parse an expression.

    Parameters
    ----------
    text : str
    default : str
        Name of the image that ``b()`` means.
    names : list of str
        Names that images will be given under.
    free_are_bands : bool
        Whether other names mean bands of the default image.

    Raises
    ------
    EarthError
        If the text is no expression, or names something unknown.
    """
    return _Parser(text, default, names, free_are_bands).whole()


class _Parser(Infix[Image]):
    def __init__(self, text: str, default: str, names: list[str], free_are_bands: bool) -> None:
        super().__init__(text, _WHERE)
        self._default = default
        self._names = set(names)
        self._free_are_bands = free_are_bands

    def whole(self) -> Evaluate[Image]:
        """The whole text, perhaps with a name for the result."""
        if len(self._tokens) > 1 and self._tokens[0][0] == "name" and self._tokens[1][1] == "=":
            label = self._tokens[0][1]
            self._at = 2
            body = super().whole()
            return lambda images: _labelled(body(images), label)
        return super().whole()

    def _constant(self, number: float) -> Image:
        return Image((make_constant(number),))

    def _variable(self, name: str) -> Evaluate[Image]:
        if name in self._names:
            return lambda images: images[name]
        if self._free_are_bands:
            return self._selected(lambda images: images[self._default], [name])
        return self._fail(f"unknown variable '{name}'; the variables are {', '.join(sorted(self._names))}")

    def _called(self, name: str) -> Evaluate[Image]:
        if name == "b":
            self._take("(")
            return self._selected(lambda images: images[self._default], self._selectors(")"))
        arguments = self._arguments()
        if name in BINARY and len(arguments) >= 2:
            function = REGISTRY[f"Image.{name}"]
            return lambda images: reduce(function, [argument(images) for argument in arguments])
        if (name in UNARY or name in NAMED) and len(arguments) == 1:
            return lambda images: self._operate(name, arguments[0](images))
        return self._fail(f"unknown function '{name}' of {len(arguments)} arguments")

    def _parts_of(self, operand: Evaluate[Image]) -> Evaluate[Image]:
        """What follows an image: ``.band``, ``[0]``, ``['a', 'b']``."""
        while self._peek() in {".", "["}:
            if self._next()[1] == ".":
                kind, word = self._next()
                if kind != "name":
                    self._fail(f"expected a band's name after '.', found '{word}'")
                operand = self._selected(operand, [word])
            else:
                operand = self._selected(operand, self._selectors("]"))
        return operand

    def _operate(self, name: str, *values: Image) -> Image:
        result: Image = REGISTRY[f"Image.{name}"](*values)
        return result

    def _either(self, condition: Evaluate[Image], yes: Evaluate[Image], no: Evaluate[Image]) -> Evaluate[Image]:
        return lambda images: choose(condition(images), yes(images), no(images), _WHERE)

    def _selectors(self, closing: str) -> list[str | int]:
        """Names and numbers up to a closing bracket."""
        found: list[str | int] = []
        while self._peek() != closing:
            kind, word = self._next()
            if kind == "number" and word.isdigit():
                found.append(int(word))
            elif kind == "text":
                found.append(word[1:-1])
            else:
                self._fail(f"expected a band's name in quotes or its number, found '{word}'")
            if self._peek() != closing:
                self._take(",")
        self._take(closing)
        return found

    def _selected(self, image: Evaluate[Image], selectors: list[str] | list[str | int]) -> Evaluate[Image]:
        if not selectors:
            return image
        return lambda images: Image(tuple(select_bands(image(images), selectors)))


def _labelled(image: Image, name: str) -> Image:
    return replace(image, bands=rename_bands(image.bands, [name], _WHERE))
