"""Catalogues for tests: images that are made of a few arrays on one grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xee_lite.emulator.catalogue.memory import memory_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xee_lite.emulator.images.image import Image
    from xee_lite.emulator.types import PixelGrid


@dataclass(frozen=True)
class MemoryCatalogue:
    """A catalogue of images.

    Attributes
    ----------
    grid : PixelGrid
        Of the bands of all.
    assets : mapping
        By id, the arrays by the names of the bands; masked where a pixel has no value.
    """

    grid: PixelGrid
    assets: Mapping[str, Mapping[str, Any]]

    def find(self, asset_id: str) -> Image | None:
        """The image of an id, or None."""
        bands = self.assets.get(asset_id)
        return None if bands is None else memory_image(bands, crs=self.grid.crs, transform=self.grid.transform)


class EmptyCatalogue:
    """A catalogue without assets."""

    def find(self, asset_id: str) -> None:
        """None, whatever is asked for."""
        del asset_id
