"""The stand-ins as a catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..memory import VERSION
from .landsat import Landsat
from .periods import Periods, single_image
from .schema import Dataset, datasets
from .sentinel2 import Sentinel2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...pixels.image import Image
    from ..assets import Query, StoredCollection

_TILINGS: Mapping[str, Any] = {"sentinel2": Sentinel2, "landsat": Landsat, "periods": Periods}


@dataclass(frozen=True, slots=True)
class StandInCollection:
    """A stand-in that is an image collection.

    Attributes
    ----------
    dataset : Dataset
    tiling : Sentinel2, Landsat or Periods
        Makes the images.
    """

    dataset: Dataset
    tiling: Any
    version: int = VERSION
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Asset id."""
        return self.dataset.id

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index, lazily."""
        yield from self.tiling.images(query)

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        found: Image | None = self.tiling.image(index)
        return found


class StandIns:
    """The catalogue of stand-ins."""

    def __init__(self) -> None:
        self._asset = lru_cache(maxsize=None)(_asset)

    def find(self, asset_id: str) -> Image | StoredCollection | None:
        """The asset of that id, or None."""
        if asset_id in datasets():
            asset: Image | StoredCollection = self._asset(asset_id)
            return asset
        parent, _, index = asset_id.rpartition("/")
        collection = self._asset(parent) if parent in datasets() else None
        return collection.image(index) if isinstance(collection, StandInCollection) else None


def _asset(asset_id: str) -> Image | StandInCollection:
    dataset = datasets()[asset_id]
    if dataset.tiling == "image":
        return single_image(dataset)
    properties = {"title": dataset.title, "date_range": [dataset.start, dataset.end]}
    return StandInCollection(dataset, _TILINGS[dataset.tiling](dataset), properties=properties)
