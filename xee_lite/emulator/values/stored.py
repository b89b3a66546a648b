"""The interface of a stored image collection, and the queries that it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..geometry.geometry import Geometry
    from ..images.image import Image

SITES = frozenset(
    {"MGRS_TILE", "SENSING_ORBIT_NUMBER", "UTM_ZONE", "WRS_PATH", "WRS_ROW", "relativeOrbitNumber_start", "sliceNumber"}
)
"""Properties that tell where a scene lies: what a collection of them may know before it makes their images."""


@dataclass(frozen=True, slots=True)
class Query:
    """A hint that narrows a scan: a superset of what matches may come back, never less.

    Attributes
    ----------
    start, end : float, optional
        Milliseconds of Unix time, half open [start, end), on system:time_start.
    bounds : Geometry, optional
        Images whose footprint does not intersect it may be left out.
    index : str, optional
        The one system:index asked for.
    valid_in : Geometry, optional
        Images without a valid pixel there may be left out.
    indices : tuple of str, optional
        Those asked for, in order.
    equal : tuple of (str, value)
        Images whose property of that name is another may be left out: of properties in `SITES` alone.
    """

    start: float | None = None
    end: float | None = None
    bounds: Geometry | None = None
    index: str | None = None
    valid_in: Geometry | None = None
    indices: tuple[str, ...] | None = None
    equal: tuple[tuple[str, str | float], ...] = ()

    @property
    def named(self) -> tuple[str, ...] | None:
        """Each system:index asked for; None is any."""
        return self.indices if self.index is None else (self.index,)


class StoredCollection(Protocol):
    """An image collection that is stored."""

    @property
    def id(self) -> str:
        """Short asset id."""
        ...

    @property
    def version(self) -> int:
        """Asset version, microseconds of Unix time."""
        ...

    @property
    def properties(self) -> Mapping[str, Any]:
        """JSON values."""
        ...

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index, lazily."""
        ...

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        ...


@runtime_checkable
class Counted(Protocol):
    """A collection that can tell how many images it has without making them."""

    def count(self, query: Query) -> int:
        """How many images start within the time of a query, which asks for nothing else."""
        ...


@runtime_checkable
class Uniform(Protocol):
    """A collection that knows whether its images are alike."""

    @property
    def uniform(self) -> bool:
        """Whether all have the same bands of the same types, which are valid within the image's footprint only."""
        ...
