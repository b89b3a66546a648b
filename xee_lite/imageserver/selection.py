"""How requests name an item: as the mosaic of all rasters, or at a time, as some rasters, or as a slice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ..errors import InputError

if TYPE_CHECKING:
    from ..items import Item
    from .session import Params


class Selection(Protocol):
    """How requests name the items of a source."""

    @property
    def by_band(self) -> bool:
        """Whether each band is a request of its own."""
        ...

    @property
    def combines(self) -> bool:
        """Whether a group of items can be read as one, the last on top."""
        ...

    def params(self, item: Item, band: str) -> Params:
        """The parameters that name an item in a request."""
        ...


@dataclass(frozen=True, slots=True)
class Mosaic:
    """The mosaic that the service makes by its own rule."""

    by_band: ClassVar[bool] = False
    combines: ClassVar[bool] = False

    def params(self, item: Item, band: str) -> Params:  # noqa: ARG002 - as the protocol has it
        """No parameters: without any, the service applies its own rule."""
        return {}


@dataclass(frozen=True, slots=True)
class Steps:
    """The mosaics that the service makes of its rasters at some times.

    Attributes
    ----------
    times : tuple of int
        By the position of an item, in milliseconds since 1970.
    """

    times: tuple[int, ...]
    by_band: ClassVar[bool] = False
    combines: ClassVar[bool] = False

    def params(self, item: Item, band: str) -> Params:  # noqa: ARG002 - as the protocol has it
        """The time of the item."""
        return {"time": self.times[position_of(item)]}


@dataclass(frozen=True, slots=True)
class Rasters:
    """Rasters of the catalogue, by their ids."""

    by_band: ClassVar[bool] = False
    combines: ClassVar[bool] = True

    def params(self, item: Item, band: str) -> Params:  # noqa: ARG002 - as the protocol has it
        """The raster, or those of a group: MT_FIRST puts the first of the list on top."""
        ids = [member.position for member in reversed(item.members or (item,))]
        rule = {"mosaicMethod": "esriMosaicLockRaster", "lockRasterIds": ids, "mosaicOperation": "MT_FIRST"}
        return {"mosaicRule": rule}


@dataclass(frozen=True, slots=True)
class Slices:
    """Slices of multidimensional variables, each of which is a band.

    Attributes
    ----------
    names : tuple of str
        The dimensions.
    values : tuple of tuple
        By the position of an item, its value in each dimension: a number, or a pair for a range.
    """

    names: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    by_band: ClassVar[bool] = True
    combines: ClassVar[bool] = False

    def params(self, item: Item, band: str) -> Params:
        """The variable, and its value in each dimension."""
        definition = [
            {
                "variableName": band,
                "dimensionName": name,
                "values": [list(value) if isinstance(value, tuple) else value],
                "isSlice": True,
            }
            for name, value in zip(self.names, self.values[position_of(item)], strict=True)
        ]
        return {"mosaicRule": {"multidimensionalDefinition": definition}}


def position_of(item: Item) -> int:
    """The position of an item that is no group.

    Raises
    ------
    InputError
        If it is a group.
    """
    if item.members or item.position is None:
        raise InputError(
            "groupby= combines rasters of a catalogue; slices and mosaics are read one by one: leave it out."
        )
    return item.position
