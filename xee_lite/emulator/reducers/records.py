"""Reducers whose records have several values, or whose results are lists and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..images.image import Pixels
from ..request_limits import spend
from ..types import DOUBLE
from ..values.collection import make_collection
from ..values.feature import Feature
from .reduce import Column, Columns, Reducer, Stacks, check_inputs
from .statistics import dense

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..value import Value

Row = tuple[Any, ...]
Values = npt.NDArray[Any]


def rows_of(columns: Columns, weights: Columns, optional: int) -> list[Row]:
    """The records whose required values are all there, and whose weights are above zero."""
    required = len(columns) - optional
    records = zip(*map(_to_list, columns), strict=True)
    return [
        row
        for i, row in enumerate(records)
        if all(value is not None for value in row[:required]) and all(weight[i] > 0 for weight in weights)
    ]


def _to_list(column: Column) -> list[Any]:
    spend(len(column))
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def to_list(size: int | None, optional: int) -> Reducer:
    """A reducer that collects values, or records as lists of ``size`` values; its output is ``list``."""
    inputs = 1 if size is None else size
    check_inputs(inputs, "Reducer.toList")
    if not 0 <= optional <= inputs:
        raise EarthError(f"Reducer.toList: Invalid tupleSize {size} with numOptional {optional}.")

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        rows = rows_of(columns, weights, optional)
        return [[row[0] for row in rows] if size is None else [list(row) for row in rows]]

    return Reducer(inputs, ("list",), reduce_columns, None, lambda _: [], optional=optional)


def to_collection(names: list[str], optional: int) -> Reducer:
    """A reducer that makes each record a feature; its output is ``features``."""
    if not names or not 0 <= optional <= len(names):
        raise EarthError(f"Reducer.toCollection: Invalid propertyNames {names} with numOptional {optional}.")

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        rows = rows_of(columns, weights, optional)
        return [make_collection([Feature(None, dict(zip(names, row, strict=True))) for row in rows], "Feature")]

    return Reducer(len(names), ("features",), reduce_columns, None, lambda _: [], optional=optional)


def extreme(name: str, inputs: int) -> Reducer:
    """The least (``min``) or greatest (``max``) value of the first input, with the other values of its record.

    The further outputs are called min1, min2, ...; of equal records the first counts.
    """
    check_inputs(inputs, f"Reducer.{name}")
    pick: Callable[..., Values] = np.argmin if name == "min" else np.argmax
    worst = np.inf if name == "min" else -np.inf

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        rows = rows_of(columns, weights, 0)
        if not rows:
            return [None] * inputs
        choose: Callable[..., Row] = min if name == "min" else max
        return list(choose(rows, key=lambda row: row[0]))

    def reduce_stacks(stacks: Stacks, weights: Stacks) -> list[Pixels]:
        valid = np.logical_and.reduce([weight > 0 for weight in weights])
        index = np.expand_dims(pick(np.where(valid, stacks[0], worst), axis=0), 0)
        mask = valid.any(axis=0).astype(np.float32)
        return [Pixels(np.take_along_axis(stack, index, axis=0)[0], mask) for stack in stacks]

    outputs = (name, *(f"{name}{i}" for i in range(1, inputs)))
    return Reducer(inputs, outputs, reduce_columns, reduce_stacks, list)


def _fit(stacks: Stacks, weights: Stacks) -> tuple[Values, Values, Values]:
    """Slope, offset and whether there is a fit, of x and y along axis 0."""
    share = weights[0] * weights[1]
    x, y = (np.where(share > 0, stack, 0).astype(np.float64) for stack in stacks)
    total = share.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = (x * share).sum(axis=0) / total, (y * share).sum(axis=0) / total
        spread = (share * (x - mean_x) ** 2).sum(axis=0)
        slope = (share * (x - mean_x) * (y - mean_y)).sum(axis=0) / spread
        return slope, mean_y - slope * mean_x, spread > 0


def _linear_fit() -> Reducer:
    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        known = [np.array([value is not None for value in column]) for column in columns]
        share = [np.asarray(weight) * known[0] * known[1] for weight in weights]
        filled = [np.array([0 if value is None else value for value in column], dtype=np.float64) for column in columns]
        slope, offset, fitted = _fit(filled, share)
        return [float(slope), float(offset)] if fitted else [None, None]

    def reduce_stacks(stacks: Stacks, weights: Stacks) -> list[Pixels]:
        slope, offset, fitted = _fit(stacks, weights)
        return [Pixels(np.where(fitted, values, 0), fitted.astype(np.float32)) for values in (slope, offset)]

    return Reducer(2, ("scale", "offset"), reduce_columns, reduce_stacks, lambda _: [DOUBLE, DOUBLE], weighted=True)


LINEAR_FIT = _linear_fit()


def _frequency_histogram() -> Reducer:
    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        column, shares = dense(columns[0], weights[0])
        table: dict[str, float] = {}
        for value, share in zip(_to_list(column), shares.tolist(), strict=True):
            key = as_key(value)
            if key not in table:
                spend(1)
            table[key] = table.get(key, 0) + share
        return [table]

    return Reducer(1, ("histogram",), reduce_columns, None, lambda _: [], weighted=True)


FREQUENCY_HISTOGRAM = _frequency_histogram()
"""Sums the weights of each value, under the value as text."""


def as_key(value: Value) -> str:
    """A value as the key of a dictionary: whole numbers without a fraction."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "null" if value is None else str(value)
