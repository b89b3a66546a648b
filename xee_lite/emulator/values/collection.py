"""Collections that are evaluated when they are iterated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from ..images.image import Image
from ..request_limits import check_time, hold
from .stored import Counted, Query, StoredCollection, Uniform

if TYPE_CHECKING:
    from ..value import Value

Kind = Literal["Image", "Feature"]
Count = Callable[[Query], int]
Source = Callable[[Query], Iterable[Any]]
"""Yields the elements in order: images, features or collections. It may leave out what the query rules out."""

KEPT = 5000
"""Elements that a collection remembers once it has computed them: as many as one reply can hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """A collection of images or of features.

    Attributes
    ----------
    source : callable
        ``source(query)`` starts over at the first element each time it is called.
    declared : 'Image' or 'Feature', optional
        What it holds, if that is known without looking; see `kind`.
    properties : mapping
    id : str, optional
        Asset id of a stored collection, in the short form.
    version : int, optional
        Asset version, microseconds of Unix time.
    count : callable, optional
        ``count(query)`` is how many elements start within the query's time, without making them.
    otherwise : 'Image' or 'Feature'
        What it is a collection of if nothing is declared and it is empty.
    uniform : bool
        Whether it is known that all its images have the same bands of the same types, which are valid only where the
        source, queried with that area, gives them.
    """

    source: Source
    declared: Kind | None
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    version: int | None = None
    count: Count | None = None
    otherwise: Kind = "Feature"
    uniform: bool = False
    _kept: list[Any] = field(default_factory=list, repr=False)
    _running: list[Iterator[Any]] = field(default_factory=list, repr=False)

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
        # The first iteration to get here continues where the cached elements end; later ones start over.
        rest = self._running.pop() if self._running else islice(self.source(Query()), KEPT, None)
        yield from map(_counted, rest)

    @property
    def kind(self) -> Kind:
        """What it holds; of a mapped collection, the kind of its first element."""
        if self.declared is not None:
            return self.declared
        first = next(iter(self), None)
        return self.otherwise if first is None else "Image" if isinstance(first, Image) else "Feature"

    def with_source(self, source: Source, count: Count | None = None) -> Collection:
        """The collection with some of its elements only, in another order, or with other properties."""
        return Collection(
            source,
            self.declared,
            self.properties,
            self.id,
            self.version,
            count,
            otherwise=self.otherwise,
            uniform=self.uniform,
        )

    def scan(self, query: Query) -> Iterable[Any]:
        """Elements in order, possibly without some of those that the query rules out."""
        return self if query == Query() else map(_counted, self.source(query))

    def _advance(self) -> bool:
        """Compute one more element; False if there is none."""
        check_time()
        if not self._running:
            self._running.append(iter(self.source(Query())))
        for element in self._running[0]:
            self._kept.append(_counted(element))
            return True
        return False


def _counted(element: Value) -> Value:
    """An element whose memory counts as long as somebody keeps it, as a list does and a sum does not."""
    if not isinstance(element, Collection):
        hold(element, element.size)
    return element


def open_stored(collection: StoredCollection) -> Collection:
    """The value of a stored image collection."""
    return Collection(
        collection.images,
        "Image",
        collection.properties,
        collection.id,
        collection.version,
        collection.count if isinstance(collection, Counted) else None,
        uniform=isinstance(collection, Uniform) and collection.uniform,
    )


def make_collection(
    elements: Iterable[Any], kind: Kind | None = None, properties: Mapping[str, Any] | None = None
) -> Collection:
    """A collection of elements that are there already; one without a system:index gets its position as such.

    That elements keep the index they have is this emulator's choice: what the service does is unknown.
    """
    items = [set_index(element, str(i)) for i, element in enumerate(elements)]
    return Collection(lambda _: items, kind, properties or {})


def set_index(element: Value, index: str | None) -> Value:
    """The element with a system:index, unless it has one."""
    if index is None or element.properties.get("system:index") is not None:
        return element
    return replace(element, properties={**element.properties, "system:index": index})
