"""The images of a source, as columns: a hundred thousand of them are a few arrays, and one is made when it is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    Times = npt.NDArray[np.datetime64]


NAT = np.iinfo(np.int64).min
"""NaT as an integer, as NumPy stores it."""


def datetimes(milliseconds: Sequence[int | None]) -> Times:
    """Milliseconds since 1970 as times: in nanoseconds, xarray's default, or in milliseconds where these overflow."""
    whole = np.array([NAT if time is None else time for time in milliseconds], dtype=np.int64)
    times = whole.view("datetime64[ms]")
    if (np.abs(whole[~np.isnat(times)]) > np.iinfo(np.int64).max // 1_000_000).any():
        return times
    return times.astype("datetime64[ns]")


@dataclass(frozen=True, slots=True)
class Item:
    """One image of the source.

    Attributes
    ----------
    id : str
        Its system:index.
    time : numpy.datetime64
        system:time_start, UTC; NaT where absent.
    position : int, optional
        Its position in the source's own order; None where the id alone says which image it is.
    properties : mapping
        The properties that were asked for, None where the image lacks one.
    members : tuple of Item
        The images of a group, the last on top; empty for an image.
    version : int, optional
        The version of the stored image that is read; None where any will do.
    """

    id: str
    time: np.datetime64 = field(default_factory=lambda: np.datetime64("NaT", "ns"))
    position: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    members: tuple[Item, ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Items(Sequence[Item]):
    """A sequence of `Item` that keeps them as columns.

    Attributes
    ----------
    ids : list of str
    times : ndarray of datetime64, shape (items,)
        In nanoseconds, or in milliseconds where one lies beyond the years 1678 to 2262 that nanoseconds reach.
    positions : list of int or None
    properties : mapping of list
        By name, the values of all items.
    members : list of tuple of Item
    versions : list of int or None
    """

    ids: list[str]
    times: Times
    positions: list[int | None]
    properties: Mapping[str, list[Any]]
    members: list[tuple[Item, ...]]
    versions: list[int | None]

    @classmethod
    def of(cls, items: Iterable[Item]) -> Items:
        """The columns of some items, all with the properties of the first."""
        rows = list(items)
        names = rows[0].properties if rows else ()
        return cls(
            [item.id for item in rows],
            np.array([item.time for item in rows], dtype=None if rows else "datetime64[ns]"),
            [item.position for item in rows],
            {name: [item.properties[name] for item in rows] for name in names},
            [item.members for item in rows],
            [item.version for item in rows],
        )

    def take(self, order: Sequence[int] | npt.NDArray[np.intp]) -> Items:
        """The items at these positions, in this order."""
        positions = np.asarray(order, dtype=np.intp)
        picked = positions.tolist()
        return Items(
            [self.ids[position] for position in picked],
            self.times[positions],
            [self.positions[position] for position in picked],
            {name: [values[position] for position in picked] for name, values in self.properties.items()},
            [self.members[position] for position in picked],
            [self.versions[position] for position in picked],
        )

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, position: int) -> Item: ...
    @overload
    def __getitem__(self, position: slice) -> Items: ...
    def __getitem__(self, position: int | slice) -> Item | Items:
        if isinstance(position, slice):
            return self.take(range(len(self))[position])
        properties = {name: values[position] for name, values in self.properties.items()}
        return Item(
            self.ids[position],
            self.times[position],
            self.positions[position],
            properties,
            self.members[position],
            self.versions[position],
        )
