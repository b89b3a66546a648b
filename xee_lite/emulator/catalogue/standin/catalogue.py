"""The stand-ins as a catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from ..assets import Folder
from ..memory import VERSION
from ..names import PUBLIC, root_id
from .allocator import keep_freed_memory
from .degree_tiles import DegreeTiles
from .feature_tables import table
from .landsat import Landsat
from .naip import Naip
from .periods import Periods, single_image
from .schema import Dataset, dataset, dataset_ids
from .sentinel1 import Sentinel1
from .sentinel2 import Sentinel2
from .utm_tiles import UtmTiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...images.image import Image
    from ...values.stored import Query
    from ..assets import Asset, Table


class Tiling(Protocol):
    """How the images of a dataset lie in space and time."""

    def __init__(self, dataset: Dataset) -> None: ...

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index, lazily."""
        ...

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        ...

    def count(self, query: Query) -> int:
        """How many images start within the time of a query."""
        ...


TILINGS: Mapping[str, type[Tiling]] = {
    "periods": Periods,
    "sentinel1": Sentinel1,
    "sentinel2": Sentinel2,
    "landsat": Landsat,
    "naip": Naip,
    "degrees": DegreeTiles,
    "utm": UtmTiles,
}

UNIFORM = frozenset({"sentinel2", "landsat", "degrees", "utm"})
"""Tilings whose scenes all have the same bands; Sentinel-1 and NAIP have scenes of several kinds."""


@dataclass(frozen=True, slots=True)
class StandInCollection:
    """A stand-in that is an image collection.

    Attributes
    ----------
    dataset : Dataset
    tiling : Tiling
        Makes the images.
    """

    dataset: Dataset
    tiling: Tiling
    version: int = VERSION
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Asset id."""
        return self.dataset.id

    @property
    def uniform(self) -> bool:
        """Whether all images have the same bands."""
        return self.dataset.tiling in UNIFORM

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index, lazily."""
        yield from self.tiling.images(query)

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        return self.tiling.image(index)

    def count(self, query: Query) -> int:
        """How many images start within the time of a query."""
        return self.tiling.count(query)


class StandIns:
    """The catalogue of stand-ins."""

    def __init__(self) -> None:
        keep_freed_memory()
        self._asset = lru_cache(maxsize=None)(_asset)

    def find(self, asset_id: str) -> Asset | None:
        """The asset of that id, or None."""
        if asset_id in dataset_ids():
            asset: Asset = self._asset(asset_id)
            return asset
        children = _folders().get(asset_id)
        if children is not None:
            return Folder(asset_id, children)
        parent, _, index = asset_id.rpartition("/")
        collection = self._asset(parent) if parent in dataset_ids() else None
        return collection.image(index) if isinstance(collection, StandInCollection) else None


@lru_cache(maxsize=1)
def _folders() -> dict[str, tuple[str, ...]]:
    """The folders of the public catalogue, with what is in each: as in LANDSAT, which the REST reference names.

    That the catalogue itself can be listed as a project is a guess: the reference has ``projects/[PROJECT]`` as a
    parent, and says nothing of this project.
    """
    folders: dict[str, list[str]] = {}
    for name in dataset_ids():
        child = name
        while child:
            parent = child.rpartition("/")[0]
            children = folders.setdefault(parent or root_id(PUBLIC), [])
            if child not in children:
                children.append(child)
            child = parent
    return {name: tuple(sorted(children)) for name, children in folders.items()}


def _asset(asset_id: str) -> Image | StandInCollection | Table:
    found = dataset(asset_id)
    if found.tiling == "image":
        return single_image(found)
    if found.tiling == "table":
        return table(found)
    properties = {"title": found.title, "date_range": [found.start, found.end]}
    return StandInCollection(found, TILINGS[found.tiling](found), properties=properties)
