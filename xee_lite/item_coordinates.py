"""The coordinates of images: their times, ids and properties, as variables that stay in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import xarray as xr

from .items import NAT

if TYPE_CHECKING:
    from .items import Times
    from .stack import Stack


TEXT = np.dtype("O", metadata={"element_type": str})
"""Text of any length, marked as xarray marks it, so that its elements need not be looked at to see that it is text.

It is appended to a store whatever the lengths of what is there, and every engine writes it. Fixed lengths (``<U``) fit
no store with others, and NumPy's StringDType can not be realigned with missing values.
"""


class InMemoryVariable(xr.Variable):
    """A variable that ``chunks=`` leaves in memory, since only pixels are worth a Dask array.

    A store gets it as a whole before the first pixel is written. Dask can not choose chunks for text.
    """

    __slots__ = ()

    @property
    def _in_memory(self) -> bool:
        """What xarray asks before it chunks a variable that was opened."""
        return self.chunks is None

    def chunk(self, *args: Any, **kwargs: Any) -> xr.Variable:  # type: ignore[override] # noqa: ANN401 - xarray's own
        """Make a Dask array where sizes of chunks are given, as by `xarray.map_blocks`."""
        try:
            return super().to_base_variable().chunk(*args, **kwargs)
        except NotImplementedError:  # Dask chooses no sizes for text
            return self.copy(deep=False)

    def to_base_variable(self) -> Self:
        """Stay of this class: xarray calls it for coordinates without an index."""
        return self.copy(deep=False)


def item_coordinates(stack: Stack, dim: str) -> dict[str, xr.Variable]:
    """The time, id and properties of each item.

    Parameters
    ----------
    stack : Stack
    dim : str
        The dimension of the items.
    """
    items = stack.items
    return {
        "time": _times(dim, items.times),
        "id": InMemoryVariable(dim, np.array(items.ids, dtype=TEXT), {"long_name": stack.id_name}),
        **{name: _property(name, dim, values) for name, values in items.properties.items()},
    }


def _times(dim: str, times: Times) -> xr.Variable:
    """The times, written as whole milliseconds in 64 bits everywhere, so that stores append to one another."""
    in_file = {
        "units": "milliseconds since 1970-01-01",
        "calendar": "proleptic_gregorian",
        "dtype": "int64",
        "fill_value": NAT,  # in Zarr format 3 what an element reads as that was never written
    }
    if pd.isna(times).any():  # only then: CF allows no _FillValue for a dimension coordinate
        in_file["_FillValue"] = NAT
    return InMemoryVariable(dim, times, {"standard_name": "time", "axis": "T"}, in_file)


def _property(name: str, dim: str, values: list[Any]) -> xr.Variable:
    """A property of each image: numbers with NaN where one lacks it, or text, empty there."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, np.datetime64) for value in present):
        times = np.array([np.datetime64("NaT", "ns") if value is None else value for value in values])
        return InMemoryVariable(dim, times, {"long_name": name})
    if present and all(isinstance(value, (int, float)) for value in present):
        complete = None not in values
        numbers = np.array(values if complete else [np.nan if value is None else value for value in values])
        in_file = {"fill_value": NAT} if numbers.dtype == np.int64 else {}
        return InMemoryVariable(dim, numbers, {"long_name": name}, in_file)
    plain = [value if isinstance(value, str) else "" if value is None else json.dumps(value) for value in values]
    return InMemoryVariable(dim, np.array(plain, dtype=TEXT), {"long_name": name})
