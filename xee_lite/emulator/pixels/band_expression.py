"""The arithmetic language of ``Image.expression``: a small parser that turns its text into a function of images.

C-like operators, the tightest first: ``**``; unary ``- + !``; ``* / %``; ``+ -``; ``< <= > >=``; ``== !=``; ``&&``;
``^`` (exclusive or); ``||``; ``? :``. Operands are numbers, images by name, their bands (``image.B4``, ``image[0]``,
``b('B4')``) and the pixel-wise functions by name (``sqrt(x)``, ``max(x, y)``). ``name = ...`` names a single band.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import NoReturn

from ..errors import EarthError
from ..evaluator.registry import REGISTRY
from .bands import renamed, select_bands
from .casts import NAMED
from .image import Image
from .operators import BINARY, UNARY
from .pixelwise import choose, constant

Evaluate = Callable[[Mapping[str, Image]], Image]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>\*\*|&&|\|\||[=!<>]=|[-+*/%<>!^?:=.,()\[\]]))",
)

_LEVELS: dict[str, int] = {
    "?": 1,
    "||": 2,
    "^": 3,
    "&&": 4,
    **dict.fromkeys(("==", "!="), 5),
    **dict.fromkeys(("<", "<=", ">", ">="), 6),
    **dict.fromkeys(("+", "-"), 7),
    **dict.fromkeys(("*", "/", "%"), 8),
    "**": 10,
}
_UNARY_LEVEL = 9
_NAMES = {
    "||": "or",
    "&&": "and",
    "==": "eq",
    "!=": "neq",
    "<": "lt",
    "<=": "lte",
    ">": "gt",
    ">=": "gte",
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "mod",
    "**": "pow",
}


def parse(text: str, default: str, names: list[str], *, free_are_bands: bool = False) -> Evaluate:
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


class _Parser:
    def __init__(self, text: str, default: str, names: list[str], free_are_bands: bool) -> None:
        self._text = text
        self._default = default
        self._names = set(names)
        self._free_are_bands = free_are_bands
        self._tokens = self._split()
        self._at = 0

    def whole(self) -> Evaluate:
        """The whole text, perhaps with a name for the result."""
        if len(self._tokens) > 1 and self._tokens[0][0] == "name" and self._tokens[1][1] == "=":
            label = self._tokens[0][1]
            self._at = 2
            body = self._end(self._expression(0))
            return lambda images: _labelled(body(images), label)
        return self._end(self._expression(0))

    def _end(self, found: Evaluate) -> Evaluate:
        if self._at < len(self._tokens):
            self._fail(f"unexpected '{self._tokens[self._at][1]}'")
        return found

    def _expression(self, level: int) -> Evaluate:
        left = self._prefix()
        while (sign := self._peek()) in _LEVELS and _LEVELS[sign] > level:
            self._at += 1
            if sign == "?":
                left = self._ternary(left)
            else:
                # ** groups from the right: its right side may hold another one.
                right = self._expression(_LEVELS[sign] - (sign == "**"))
                left = _infix(sign, left, right)
        return left

    def _ternary(self, condition: Evaluate) -> Evaluate:
        yes = self._expression(0)
        self._take(":")
        no = self._expression(0)
        return lambda images: choose(condition(images), yes(images), no(images), "Image.parseExpression")

    def _prefix(self) -> Evaluate:
        kind, word = self._next()
        if kind == "number":
            value = Image((constant(float(word) if re.search(r"[.eE]", word) else int(word)),))
            return lambda _: value
        if kind == "name":
            return self._bands_of(self._call(word) if self._peek() == "(" else self._variable(word))
        if word in {"-", "+", "!"}:
            return _prefixed(word, self._expression(_UNARY_LEVEL))
        if word == "(":
            inner = self._expression(0)
            self._take(")")
            return self._bands_of(inner)
        return self._fail(f"unexpected '{word}'")

    def _variable(self, name: str) -> Evaluate:
        if name in self._names:
            return lambda images: images[name]
        if self._free_are_bands:
            return self._selected(lambda images: images[self._default], [name])
        return self._fail(f"unknown variable '{name}'; the variables are {', '.join(sorted(self._names))}")

    def _bands_of(self, image: Evaluate) -> Evaluate:
        """What follows an image: ``.band``, ``[0]``, ``['a', 'b']``."""
        while self._peek() in {".", "["}:
            if self._next()[1] == ".":
                kind, word = self._next()
                if kind != "name":
                    self._fail(f"expected a band's name after '.', found '{word}'")
                image = self._selected(image, [word])
            else:
                image = self._selected(image, self._selectors("]"))
        return image

    def _call(self, name: str) -> Evaluate:
        self._take("(")
        if name == "b":
            selectors = self._selectors(")")
            return self._selected(lambda images: images[self._default], selectors)
        arguments: list[Evaluate] = []
        while self._peek() != ")":
            arguments.append(self._expression(0))
            if self._peek() != ")":
                self._take(",")
        self._take(")")
        if name in BINARY and len(arguments) >= 2:
            function = REGISTRY[f"Image.{name}"]
            return lambda images: reduce(function, [argument(images) for argument in arguments])
        if (name in UNARY or name in NAMED) and len(arguments) == 1:
            function = REGISTRY[f"Image.{name}"]
            return lambda images: function(arguments[0](images))
        return self._fail(f"unknown function '{name}' of {len(arguments)} arguments")

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

    def _selected(self, image: Evaluate, selectors: list[str] | list[str | int]) -> Evaluate:
        if not selectors:
            return image
        return lambda images: Image(tuple(select_bands(image(images), selectors)))

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            self._fail("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, expected: str) -> None:
        kind, word = self._next()
        if word != expected or kind != "sign":
            self._fail(f"expected '{expected}', found '{word}'")

    def _split(self) -> list[tuple[str, str]]:
        tokens, position, text = [], 0, self._text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                self._fail(f"unexpected character '{text[position:].lstrip()[:1]}'")
            tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        return tokens

    def _fail(self, why: str) -> NoReturn:
        raise EarthError(f"Image.parseExpression: Cannot parse '{self._text}': {why}.")


def _infix(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if sign == "^":
        return lambda images: _call("neq", _truth(left(images)), _truth(right(images)))
    return lambda images: _call(_NAMES[sign], left(images), right(images))


def _prefixed(sign: str, operand: Evaluate) -> Evaluate:
    if sign == "+":
        return operand
    if sign == "!":
        return lambda images: _call("not", operand(images))
    return lambda images: _call("multiply", operand(images), Image((constant(-1),)))


def _truth(image: Image) -> Image:
    return _call("neq", image, Image((constant(0),)))


def _call(name: str, *images: Image) -> Image:
    result: Image = REGISTRY[f"Image.{name}"](*images)
    return result


def _labelled(image: Image, name: str) -> Image:
    return replace(image, bands=renamed(image.bands, [name], "Image.parseExpression"))
