"""Collections of scenes, which differ in position as well as in time."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from ...geometry.projecting import project
from ...types import WGS84
from .scene import KEPT_IMAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ...images.image import Image
    from ...values.stored import Query
    from .schema import Dataset

Bounds = tuple[float, float, float, float]
"""West, south, east and north in degrees."""
Equal = tuple[tuple[str, str | float], ...]
"""See `Query.equal`."""
Site = TypeVar("Site")


def at_sites(
    sites: Iterable[Site], equal: Equal, properties: Mapping[str, Callable[[Site], str | float]]
) -> list[Site]:
    """Those whose known properties have the values of the query."""
    conditions = [(properties[name], value) for name, value in equal if name in properties]
    return [site for site in sites if all(tell(site) == value for tell, value in conditions)]


class Scenes(ABC):
    """An image collection of scenes.

    Parameters
    ----------
    dataset : Dataset
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        # A client reads an image in many requests, and making it takes a millisecond.
        self._image = lru_cache(maxsize=KEPT_IMAGES)(self._make)

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index, lazily."""
        if query.named is not None:
            yield from filter(None, map(self.image, query.named))
            return
        start, end = self._span(query)
        if start < end:
            where = query.valid_in or query.bounds
            bounds = None if where is None else project(where, WGS84.crs).bounds
            yield from self._search(start, end, bounds, query.equal)

    def count(self, query: Query) -> int:
        """How many images start within the time of a query, which asks for nothing else."""
        start, end = self._span(query)
        return self._count(start, end) if start < end else 0

    @abstractmethod
    def image(self, index: str) -> Image | None:
        """The image of one system:index."""

    @abstractmethod
    def _search(self, start: float, end: float, bounds: Bounds | None, equal: Equal = ()) -> Iterator[Image]:
        """Images that start from ``start`` to before ``end`` and may touch the bounds, by their system:index.

        Of those whose properties are others than the equal ones, some may be left out.
        """

    def _count(self, start: float, end: float) -> int:
        """How many images start from ``start`` to before ``end``; where possible without making them."""
        return sum(1 for _ in self._search(start, end, None))

    @abstractmethod
    def _make(self, *args: Any, **kwargs: Any) -> Image:  # noqa: ANN401 - what identifies a scene depends on the tiling
        """The image of a scene, which `_image` keeps."""

    def _span(self, query: Query) -> tuple[float, float]:
        """The time of a query within that of the dataset."""
        start = max(self._dataset.start, -math.inf if query.start is None else query.start)
        return start, min(self._dataset.end, math.inf if query.end is None else query.end)
