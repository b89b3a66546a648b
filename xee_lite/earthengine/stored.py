"""Which graphs are a stored image as it is stored: what its pixels are then asked for with, without computing.

Choosing, ordering and renaming bands, and setting properties, leave every pixel as it lies. Whatever else is done to an
image, or can not be read from the graph (a name that is computed, for one), makes it a computed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .graph import Graph, Node

INDEX = "system:index"
_FOOTPRINT = "system:footprint"
"""Whether an image is cut to a footprint that is set on it is unknown."""

_NAME = re.compile(r"\w+", re.ASCII)
"""A selector that can only be the name of one band; anything else may be a pattern that fits several."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored image under other names.

    Attributes
    ----------
    asset : str
        Its asset id.
    index : str
        Its system:index.
    bands : mapping of str to str, optional
        Stored names of its bands by their names, in order; None where bands keep their names.
    is_versioned : bool
        Whether a version of it is named, for which getPixels has no parameter.
    """

    asset: str
    index: str
    bands: Mapping[str, str] | None = None
    is_versioned: bool = False

    def stored_names(self, bands: Iterable[str]) -> list[str] | None:
        """Names under which bands are stored; None where one is unknown, or is asked for twice."""
        names = [band if self.bands is None else self.bands.get(band) for band in bands]
        known = [name for name in names if name is not None]
        return known if len(set(known)) == len(names) else None


def stored_image(graph: Graph, image: Node, known: Mapping[str, Stored | None] | None = None) -> Stored | None:
    """The stored image that a node is; None for a computed one.

    Parameters
    ----------
    graph : Graph
    image : dict
        The node.
    known : mapping of str to Stored, optional
        What the arguments are of the functions that the node stands in.
    """
    node = graph.resolve(image)
    if "argumentReference" in node:
        return (known or {}).get(node["argumentReference"])
    if "functionReference" in node.get("functionInvocationValue", {}):
        return _applied(graph, node, known or {})
    name, arguments = graph.invocation(image)
    if name == "Image.load":
        return _loaded(graph, arguments)
    if name not in _KEEPING:
        return None
    subject, rule = _KEEPING[name]
    inner = stored_image(graph, arguments[subject], known)
    return None if inner is None else rule(graph, inner, arguments)


def _applied(graph: Graph, node: Node, known: Mapping[str, Stored | None]) -> Stored | None:
    """What a function that the user wrote makes of its arguments."""
    call = node["functionInvocationValue"]
    function = graph.resolve({"valueReference": call["functionReference"]})["functionDefinitionValue"]
    arguments = {
        name: stored_image(graph, call["arguments"][name], known)
        for name in function["argumentNames"]
        if name in call["arguments"]
    }
    return stored_image(graph, {"valueReference": function["body"]}, {**known, **arguments})


def _loaded(graph: Graph, arguments: Mapping[str, Node]) -> Stored | None:
    asset = graph.constant(arguments["id"])
    return Stored(asset, asset.split("/")[-1], None, "version" in arguments) if isinstance(asset, str) else None


def _selected(graph: Graph, image: Stored, arguments: Mapping[str, Node]) -> Stored | None:
    selectors = graph.constant(arguments["bandSelectors"])
    selectors = selectors if isinstance(selectors, list) else [selectors]
    plain = all(isinstance(name, str) and _NAME.fullmatch(name) for name in selectors)
    if not plain or len(set(selectors)) < len(selectors):
        # One pattern or number gives bands under their own names; of several, a band that two of them choose gets a
        # new one. Which bands these are, and in which order, only the service knows.
        alone = len(selectors) == 1 and selectors[0] is not None and "newNames" not in arguments
        return image if alone and image.bands is None else None
    stored = image.stored_names(selectors)
    names = graph.constant(arguments["newNames"]) if "newNames" in arguments else selectors
    return None if stored is None else _named(image, names, stored)


def _renamed(graph: Graph, image: Stored, arguments: Mapping[str, Node]) -> Stored | None:
    return None if image.bands is None else _named(image, graph.constant(arguments["names"]), image.bands.values())


def _named(image: Stored, names: object, stored: Iterable[str]) -> Stored | None:
    stored = list(stored)
    if not _are_texts(names) or len(names) != len(stored) or len(set(names)) != len(names):
        return None
    return replace(image, bands=dict(zip(names, stored, strict=True)))


def _are_texts(names: object) -> TypeGuard[list[str]]:
    return isinstance(names, list) and all(isinstance(name, str) for name in names)


def _with_property(graph: Graph, image: Stored, arguments: Mapping[str, Node]) -> Stored | None:
    key, value = graph.constant(arguments["key"]), graph.constant(arguments.get("value"))
    if key == INDEX:
        return replace(image, index=value) if isinstance(value, str) else None
    return image if isinstance(key, str) and key != _FOOTPRINT else None


def _with_copies(graph: Graph, image: Stored, arguments: Mapping[str, Node]) -> Stored | None:
    """Without a list, only ordinary properties are copied (ALG Element.copyProperties)."""
    if "properties" not in arguments:
        return image
    names = graph.constant(arguments["properties"])
    return image if _are_texts(names) and not {INDEX, _FOOTPRINT} & set(names) else None


_KEEPING: dict[str, tuple[str, Callable[[Graph, Stored, Mapping[str, Node]], Stored | None]]] = {
    "Image.select": ("input", _selected),
    "Image.rename": ("input", _renamed),
    "Element.set": ("object", _with_property),
    "Element.copyProperties": ("destination", _with_copies),
    "Image.copyProperties": ("destination", _with_copies),
}
"""Algorithms that keep pixels: the argument that is the image, and what becomes of it."""
