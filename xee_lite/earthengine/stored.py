"""Which graphs are a stored image with its pixels unchanged, so that getPixels can give them.

Selecting, ordering and renaming bands, and setting properties, change no pixel. Anything else, and anything that the
graph does not say in constants (such as a band name that is computed), makes an image a computed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

from .system_properties import FOOTPRINT, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .graph import Graph, Node

_NAME = re.compile(r"\w+", re.ASCII)
"""A selector that can only be the name of one band; any other may be a regular expression that matches several."""


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
        Where the node is part of functions: the images that their arguments stand for.
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
    """The image that a function of the user's gives for its arguments."""
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
        # A single pattern or number gives bands under their own names. Of several selectors only the service knows
        # which bands they select, and in which order, and a band that two of them select gets a new name.
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
    # Whether the service cuts an image to a footprint that is set on it is not documented.
    return image if isinstance(key, str) and key != FOOTPRINT else None


def _with_copies(graph: Graph, image: Stored, arguments: Mapping[str, Node]) -> Stored | None:
    if "properties" not in arguments:  # then no system property is copied (reference of Element.copyProperties)
        return image
    names = graph.constant(arguments["properties"])
    return image if _are_texts(names) and not {INDEX, FOOTPRINT} & set(names) else None


_KEEPING: dict[str, tuple[str, Callable[[Graph, Stored, Mapping[str, Node]], Stored | None]]] = {
    "Image.select": ("input", _selected),
    "Image.rename": ("input", _renamed),
    "Element.set": ("object", _with_property),
    "Element.copyProperties": ("destination", _with_copies),
    "Image.copyProperties": ("destination", _with_copies),
}
"""Algorithms that change no pixel: the name of their argument for the image, and the rule for their result."""
