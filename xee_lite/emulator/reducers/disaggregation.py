"""Reducers over the elements of arrays, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..values.array import Array

if TYPE_CHECKING:
    from ..images.image import Pixels
    from ..value import Value
    from .reduce import Columns, Reducer


def disaggregate(reducer: Reducer, axis: int | None) -> Reducer:
    """The same reducer of the items of its inputs, each with the weight of what holds it.

    Along an axis the items are slices without it: numbers, if there is no other. Where a reducer has several inputs,
    those of a record must have as many items. The service documents neither.
    """

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        items: list[list[Value]] = [[] for _ in columns]
        shares: list[list[float]] = [[] for _ in columns]
        for i, row in enumerate(zip(*columns, strict=True)):
            parts = [_items(value, axis) for value in row]
            counts = [len(part) for part in parts]
            if len(set(counts)) > 1:
                raise EarthError(
                    f"Reducer.disaggregate: The inputs of a record have {counts} items; need as many of each."
                )
            for number, part in enumerate(parts):
                items[number] += part
                shares[number] += [float(weights[number][i])] * len(part)
        return list(reducer.columns(items, shares).values())

    return replace(reducer, reduce_columns=reduce_columns, reduce_stacks=None, pixel_types=lambda _: [], of_arrays=True)


def for_each_element(reducer: Reducer) -> Reducer:
    """The reducer at each position of arrays of one shape; its outputs are arrays of that shape.

    A position without a result is NaN: what the service puts there is not documented.
    """
    if reducer.reduce_stacks is None:
        raise EarthError(
            f"Reducer.forEachElement: The outputs {list(reducer.outputs)} can not be computed for each element."
        )

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        rows = list(zip(*columns, strict=True))
        kept = [
            i
            for i, row in enumerate(rows)
            if all(value is not None for value in row) and all(weight[i] > 0 for weight in weights)
        ]
        if not kept:
            return [None] * len(reducer.outputs)
        arrays = [[_array(column[i]) for i in kept] for column in columns]
        shapes = sorted({one.shape for column in arrays for one in column})
        if len(shapes) > 1:
            raise EarthError(f"Reducer.forEachElement: The arrays must be of one shape; there are {shapes}.")
        stacks = [np.stack(column) for column in arrays]
        lifted = [np.asarray(weight)[kept].reshape(-1, *(1 for _ in shapes[0])) for weight in weights]
        shares = [np.broadcast_to(weight, stack.shape) for weight, stack in zip(lifted, stacks, strict=True)]
        return [_whole(pixels) for pixels in reducer.stack(stacks, shares).values()]

    return replace(reducer, reduce_columns=reduce_columns, reduce_stacks=None, pixel_types=lambda _: [], of_arrays=True)


def _items(value: Value, axis: int | None) -> list[Value]:
    """What a list, a dictionary or an array holds; any other value is its own only item."""
    if isinstance(value, Array):
        value = value.values
    if isinstance(value, np.ndarray):
        if axis is None:
            return list(value.ravel().tolist())
        if not 0 <= axis < value.ndim:
            raise EarthError(f"Reducer.disaggregate: The array has {value.ndim} dimensions and no axis {axis}.")
        slices = np.moveaxis(value, axis, 0)
        return list(slices.tolist()) if value.ndim == 1 else [Array(one) for one in slices]
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else [value]


def _array(value: Value) -> npt.NDArray[Any]:
    values = value.values if isinstance(value, Array) else value
    if not isinstance(values, np.ndarray):
        raise EarthError("Reducer.forEachElement: The inputs must be arrays.")
    return values


def _whole(pixels: Pixels) -> Array:
    known = pixels.mask > 0
    return Array(pixels.values if known.all() else np.where(known, pixels.values, np.nan))
