"""Collections that cost nothing until somebody looks at their elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .assets import Query, StoredCollection

if TYPE_CHECKING:
    from .feature import Feature
    from .image import Image

Kind = Literal["Image", "Feature"]
Source = Callable[[Query], Iterable["Image | Feature"]]
"""Yields the elements in order. It may leave out what the query rules out, and need not."""

KEPT = 5000
"""Elements that a collection remembers once it has computed them: as many as one reply can hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """A collection of images or of features.

    Attributes
    ----------
    source : callable
        ``source(query)`` starts over at the first element each time it is called.
    kind : 'Image' or 'Feature'
        What it holds.
    properties : mapping
    id : str, optional
        Asset id of a stored collection, in the short form.
    version : int, optional
        Asset version, microseconds of Unix time.
    """

    source: Source
    kind: Kind
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    version: int | None = None
    _kept: list[Image | Feature] = field(default_factory=list, repr=False)
    _running: list[Iterator[Image | Feature]] = field(default_factory=list, repr=False)

    def __iter__(self) -> Iterator[Any]:
        """All elements in order; the first ``KEPT`` of them are computed once, however often one iterates.

        Two iterations then see the same images, and their pixels are computed once too.
        """
        position = 0
        while position < KEPT:
            if position == len(self._kept) and not self._advance():
                return
            yield self._kept[position]
            position += 1
        rest = iter(self.source(Query()))
        for number, element in enumerate(rest):
            if number >= KEPT:
                yield element

    def scan(self, query: Query) -> Iterable[Any]:
        """Elements in order, possibly without some of those that the query rules out."""
        return self if query == Query() else self.source(query)

    def _advance(self) -> bool:
        """Compute one more element; False if there is none."""
        if not self._running:
            self._running.append(iter(self.source(Query())))
        for element in self._running[0]:
            self._kept.append(element)
            return True
        return False


def stored(collection: StoredCollection) -> Collection:
    """The value of a stored image collection."""
    return Collection(collection.images, "Image", collection.properties, collection.id, collection.version)


def of(elements: Iterable[Any], kind: Kind, properties: Mapping[str, Any] | None = None) -> Collection:
    """A collection of elements that are there already."""
    items = list(elements)
    return Collection(lambda _: items, kind, properties or {})
