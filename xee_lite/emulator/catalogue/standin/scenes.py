"""Collections of scenes, which differ in place as well as in time."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...pixels.coverage import project
from ...types import WGS84
from .scene import KEPT_IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...pixels.image import Image
    from ..assets import Query
    from .schema import Dataset

Bounds = tuple[float, float, float, float]
"""West, south, east and north in degrees."""


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
        if query.index is not None:
            found = self.image(query.index)
            yield from [] if found is None else [found]
            return
        start = max(self._dataset.start, -math.inf if query.start is None else query.start)
        end = min(self._dataset.end, math.inf if query.end is None else query.end)
        if start < end:
            where = query.place or query.bounds
            bounds = None if where is None else project(where, WGS84.crs).bounds
            yield from self._search(start, end, bounds)

    @abstractmethod
    def image(self, index: str) -> Image | None:
        """The image of one system:index."""

    @abstractmethod
    def _search(self, start: float, end: float, bounds: Bounds | None) -> Iterator[Image]:
        """Images that start from ``start`` to before ``end`` and may touch the bounds, by their system:index."""

    @abstractmethod
    def _make(self, *args: Any, **kwargs: Any) -> Image:  # noqa: ANN401 - what tells a scene from others is the tiling's
        """The image of a scene, which `_image` keeps."""
