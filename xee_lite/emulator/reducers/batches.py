"""Reducers whose records are tuples of numbers, and which reduce those of many pixels at once.

One statistic serves columns, which are a batch of one pixel, and stacks alike. What it finds of a pixel is a number or,
where its type has dimensions, an array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..images.arrays import scatter
from ..images.image import Pixels
from ..request_limits import check_time
from ..values.array import Array
from .records import rows_of
from .reduce import Columns, Reducer, Stacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..types import PixelType

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Found = tuple[npt.NDArray[Any], Flags]
"""Values of an output, shaped (pixel, ...), and at which pixels there are any."""
Statistic = Callable[[Values, Flags], list[Found]]
"""From points, shaped (input, record, pixel), and which of them count, shaped (record, pixel), to all outputs."""
Single = Callable[[Values], list[float | None]]
"""From the records of one pixel, shaped (record, input), to all outputs."""

HELD = 2**23
"""Numbers that a statistic makes at once."""


def reduce_in_batches(
    inputs: int,
    outputs: tuple[str, ...],
    statistic: Statistic,
    types: Sequence[PixelType],
    *,
    where: str,
    cost: Callable[[int], int] | None = None,
) -> Reducer:
    """A reducer of complete records: those without a null, a NaN or a weight of zero; all of them count alike.

    Parameters
    ----------
    inputs : int
    outputs : tuple of str
    statistic : callable
    types : sequence of PixelType
        Of the outputs.
    where : str
        What a message begins with.
    cost : callable, optional
        From the number of records to that of the numbers that the statistic makes of them for a pixel; as many as there
        are by default.
    """

    def in_parts(points: Values, valid: Flags) -> list[Found]:
        made = len(points) * len(valid) if cost is None else cost(len(valid))
        return _in_parts(points, valid, statistic, max(HELD // max(made, 1), 1))

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        try:
            records = _records(columns, weights)
        except (TypeError, ValueError) as error:
            raise EarthError(f"{where}: The inputs must be numbers.") from error
        records = records[np.isfinite(records).all(axis=1)]
        found = in_parts(records.T[..., np.newaxis], np.ones((len(records), 1), bool))
        return [_value(values[0]) if there[0] else None for values, there in found]

    def reduce_stacks(stacks: Stacks, weights: Stacks) -> list[Pixels]:
        shape = stacks[0].shape[1:]
        points = np.array([np.reshape(one, (len(one), -1)) for one in stacks], np.float64)
        valid = np.all([np.reshape(one, (len(one), -1)) > 0 for one in weights], axis=0)
        valid &= np.isfinite(points).all(axis=0)
        return [_pixels(one, shape) for one in in_parts(np.where(valid, points, 0), valid)]

    return Reducer(inputs, outputs, reduce_columns, reduce_stacks, lambda _: list(types))


def reduce_one_by_one(single: Single, outputs: int) -> Statistic:
    """The statistic that looks at one pixel after the other."""

    def statistic(points: Values, valid: Flags) -> list[Found]:
        pixels = valid.shape[1]
        found = [(np.zeros(pixels), np.zeros(pixels, bool)) for _ in range(outputs)]
        for pixel in range(pixels):
            results = single(points[:, valid[:, pixel], pixel].T)
            for (values, there), result in zip(found, results, strict=True):
                if result is not None:
                    values[pixel], there[pixel] = result, True
        return found

    return statistic


def _records(columns: Columns, weights: Columns) -> Values:
    """The complete records; those of pixels, which come as arrays, all at once."""
    arrays = [column for column in columns if isinstance(column, np.ndarray) and column.dtype != object]
    if len(arrays) == len(columns):
        counted = np.all([np.asarray(weight) > 0 for weight in weights], axis=0)
        return np.column_stack(arrays).astype(np.float64)[counted]
    rows = rows_of(columns, weights, 0)
    return np.array(rows, np.float64).reshape(len(rows), len(columns))


def _value(found: Values) -> float | Array:
    return Array(found) if found.ndim else float(found)


def _pixels(found: Found, shape: tuple[int, ...]) -> Pixels:
    """Values and mask; the arrays of pixels are objects."""
    values, there = found
    mask = there.astype(np.float32).reshape(shape)
    if values.ndim == 1:
        return Pixels(values.reshape(shape), mask)
    arrays = np.empty(shape, object)
    scatter(arrays, np.flatnonzero(there), values[there])
    return Pixels(arrays, mask)


def _in_parts(points: Values, valid: Flags, statistic: Statistic, size: int) -> list[Found]:
    """So many pixels at a time."""
    parts = []
    with np.errstate(all="ignore"):
        for start in range(0, max(valid.shape[1], 1), size):
            check_time()
            parts.append(statistic(points[..., start : start + size], valid[:, start : start + size]))
    return [
        (np.concatenate([values for values, _ in part]), np.concatenate([there for _, there in part]))
        for part in zip(*parts, strict=True)
    ]
