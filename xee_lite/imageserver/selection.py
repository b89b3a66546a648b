"""What one item of a dataset is on the service: the mosaic of all rasters, some rasters of it, or a slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import InputError

if TYPE_CHECKING:
    from ..items import Item


class Selection(Protocol):
    """How items are named in requests."""

    @property
    def by_band(self) -> bool:
        """Whether each band is a request of its own."""
        ...

    def rule(self, item: Item, band: str) -> dict[str, Any] | None:
        """The ``mosaicRule`` of an item."""
        ...


@dataclass(frozen=True, slots=True)
class Mosaic:
    """The mosaic that the service makes by its own rule."""

    by_band: bool = False

    def rule(self, item: Item, band: str) -> dict[str, Any] | None:  # noqa: ARG002 - as the protocol has it
        """None: the service's own."""
        return None


@dataclass(frozen=True, slots=True)
class Rasters:
    """Rasters of the catalogue, by their ids."""

    by_band: bool = False

    def rule(self, item: Item, band: str) -> dict[str, Any] | None:  # noqa: ARG002 - as the protocol has it
        """The raster alone, or those of a group with the last on top."""
        ids = [member.position for member in reversed(item.members or (item,))]
        return {"mosaicMethod": "esriMosaicLockRaster", "lockRasterIds": ids, "mosaicOperation": "MT_FIRST"}


@dataclass(frozen=True, slots=True)
class Slices:
    """Slices of multidimensional variables, each of which is a band.

    Attributes
    ----------
    names : tuple of str
        Of the dimensions.
    values : tuple of tuple
        By the position of an item, its value in each dimension: a number, or a pair of them.
    """

    names: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    by_band: bool = True

    def rule(self, item: Item, band: str) -> dict[str, Any] | None:
        """The slice."""
        if item.members or item.position is None:
            raise InputError("groupby= combines rasters of a catalogue; slices are read one by one: leave it out.")
        definition = [
            {
                "variableName": band,
                "dimensionName": name,
                "values": [list(value) if isinstance(value, tuple) else value],
                "isSlice": True,
            }
            for name, value in zip(self.names, self.values[item.position], strict=True)
        ]
        return {"multidimensionalDefinition": definition}
