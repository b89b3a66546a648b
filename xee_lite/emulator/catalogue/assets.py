"""Interfaces of a catalogue of stored assets, for the evaluator and the REST API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..images.image import Image
    from ..values.feature import Feature
    from ..values.stored import StoredCollection

MASKS_TAG = "XEE_LITE_MASKS"
"""A file with this tag holds the bands, then as many bands with their masks, 0 or 1: what an export to an asset writes,
as GDAL has no masks of single bands."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of assets, or the root of a project."""

    id: str
    children: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A collection of features that is stored.

    Attributes
    ----------
    id : str
        Short asset id.
    features : callable
        Reads the features, in order.
    properties : mapping
        JSON values.
    version : int
        Asset version, microseconds of Unix time.
    size : int
        Bytes that it takes.
    """

    id: str
    features: Callable[[], Sequence[Feature]]
    properties: Mapping[str, Any] = field(default_factory=dict)
    version: int = -1
    size: int = 0


Asset: TypeAlias = "Image | StoredCollection | Folder | Table"


class Catalogue(Protocol):
    """A set of stored assets; ids are in the short form (``USGS/SRTMGL1_003``, ``projects/p/assets/x``)."""

    def find(self, asset_id: str) -> Asset | None:
        """The asset of that id, or None."""
        ...
