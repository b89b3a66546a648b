"""The registry of algorithms: one short Python function for each, under its Earth Engine name.

The signatures (argument names, types, which are optional, defaults) are the ones that the official client ships and
this server serves; a function here only computes. ``Image.addBands(dstImg, srcImg, …)`` is registered as
``@algorithm("Image.addBands") def add_bands(dst_img, src_img, …)``: argument names turn from camelCase to snake_case,
and a Python keyword gets a trailing underscore.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

Function = Callable[..., Any]
AnyFunction = TypeVar("AnyFunction", bound=Function)

REGISTRY: dict[str, Function] = {}
"""Implemented algorithms by name."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a served signature."""

    name: str
    type: str
    optional: bool
    default: Any

    @property
    def keyword(self) -> str:
        """The argument's name as a Python parameter."""
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()
        return snake + "_" if keyword.iskeyword(snake) else snake


@dataclass(frozen=True, slots=True)
class Signature:
    """A served signature."""

    name: str
    returns: str
    arguments: tuple[Argument, ...]


def algorithm(*names: str) -> Callable[[AnyFunction], AnyFunction]:
    """Register a function as the implementation of one or more algorithms.

    It is called with the arguments of the served signature by position, checked and promoted. If it has a parameter
    ``context``, it also gets the `Context` of the evaluation.
    """

    def register(function: AnyFunction) -> AnyFunction:
        for name in names:
            if name in REGISTRY:
                raise ValueError(f"{name} is registered twice.")
            REGISTRY[name] = function
        return function

    return register


@cache
def load_served() -> dict[str, Any]:
    """The algorithm list that ships inside the installed earthengine-api package, as the REST reply."""
    package = find_spec("ee")  # found, not imported: the server starts faster without the client
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("The emulator serves the algorithm list of earthengine-api, which is not installed.")
    text = Path(package.submodule_search_locations[0], "tests", "algorithms.json").read_text(encoding="utf-8")
    reply: dict[str, Any] = json.loads(text)
    return reply


@cache
def signatures() -> dict[str, Signature]:
    """Served signatures by name (without the ``algorithms/`` prefix)."""
    return {
        name: Signature(
            name,
            entry.get("returnType", "Object"),
            tuple(
                Argument(
                    arg["argumentName"],
                    arg.get("type", "Object"),
                    arg.get("optional", False),
                    arg.get("defaultValue"),
                )
                for arg in entry.get("arguments", ())
            ),
        )
        for entry in load_served()["algorithms"]
        for name in [entry["name"].removeprefix("algorithms/")]
    }
