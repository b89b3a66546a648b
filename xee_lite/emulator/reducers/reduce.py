"""Reducers as values: one description of a statistic that serves columns of scalars and stacks of pixels alike.

``reducer.columns`` reduces lists (properties of features, pixels of a region); ``reducer.stack`` reduces along axis 0
of NumPy arrays, pixel by pixel (image collections, bands, neighbourhoods). Elementary reducers live in
``statistics.py`` (one input) and ``records.py`` (several); the functions here build new reducers out of given ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError

if TYPE_CHECKING:
    from ..images.image import Pixels
    from ..types import PixelType

Column = Sequence[Any] | npt.NDArray[Any]
Columns = Sequence[Column]
Stacks = Sequence[npt.NDArray[Any]]


INPUTS = 10_000
"""Inputs that a reducer may have: this emulator's own limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Reducer:
    """A statistic with named outputs.

    Attributes
    ----------
    inputs : int
        How many values make up one record: 1 for most, 2 for a linear fit, the tuple's size for ``toList(n)``.
    outputs : tuple of str
        Names, in order: ``("mean",)``, ``("min", "max")``.
    reduce_columns : callable
        ``(columns, weights) -> [value per output]``; see `columns`, which checks what it gets.
    reduce_stacks : callable, optional
        ``(stacks, weights) -> [Pixels per output]``; None where the result is not a number per pixel.
    pixel_types : callable
        ``[type per input] -> [type per output]``.
    weighted : bool
        Whether weights count; if not, a record counts fully wherever its weight is above zero.
    optional : int
        How many of the last inputs may be null in a record that still counts.
    of_arrays : bool
        Whether the values are arrays, not numbers; pixels of arrays come as such.
    """

    inputs: int
    outputs: tuple[str, ...]
    reduce_columns: Callable[[Columns, Columns], list[Any]]
    reduce_stacks: Callable[[Stacks, Stacks], list[Pixels]] | None
    pixel_types: Callable[[Sequence[PixelType]], list[PixelType]]
    weighted: bool = False
    optional: int = 0
    of_arrays: bool = False

    def columns(self, columns: Columns, weights: Columns | None = None) -> dict[str, Any]:
        """Reduce columns to one value per output.

        Parameters
        ----------
        columns : sequence of sequences
            One column per input, all of one length: lists (None is null) or one-dimensional arrays.
        weights : sequence of sequences, optional
            A weight per value; 0 takes it out. All 1 by default.

        Returns
        -------
        dict
            JSON values by output name; None where nothing was left to reduce (0 for counts and sums).

        Raises
        ------
        EarthError
            If the number of columns is not the number of inputs, or a value is of the wrong type.
        """
        self._expect(len(columns))
        given = [np.ones(len(column)) for column in columns] if weights is None else weights
        return dict(zip(self.outputs, self.reduce_columns(columns, self._weights(given)), strict=True))

    def stack(self, stacks: Stacks, weights: Stacks) -> dict[str, Pixels]:
        """Reduce along axis 0, pixel by pixel.

        Parameters
        ----------
        stacks : sequence of ndarray, shape (n, ...)
            One stack per input.
        weights : sequence of ndarray, same shapes
            Masks, or weights; 0 takes a value out.

        Returns
        -------
        dict
            By output name: values of shape (...) and mask, 1 where at least one record was left.

        Raises
        ------
        EarthError
            If the number of stacks is not the number of inputs, or the result is not a number per pixel.
        """
        self._expect(len(stacks))
        if self.reduce_stacks is None:
            raise self._not_of_pixels()
        return dict(zip(self.outputs, self.reduce_stacks(stacks, self._weights(weights)), strict=True))

    def types(self, inputs: Sequence[PixelType]) -> dict[str, PixelType]:
        """Pixel types by output name, given those of the inputs.

        Raises
        ------
        EarthError
            If the outputs are no numbers, as those of a histogram.
        """
        types = list(self.pixel_types(inputs))
        if len(types) != len(self.outputs):
            raise self._not_of_pixels()
        return dict(zip(self.outputs, types, strict=True))

    def _not_of_pixels(self) -> EarthError:
        return EarthError(f"Reducer: The outputs {list(self.outputs)} can not be computed for each pixel.")

    def _expect(self, found: int) -> None:
        if found != self.inputs:
            raise EarthError(
                f"Need {self.inputs} inputs for the reducer with outputs {list(self.outputs)}, got {found}."
            )

    def _weights(self, weights: Columns) -> list[npt.NDArray[Any]]:
        try:
            arrays = [np.asarray(weight, dtype=np.float64) for weight in weights]
        except (TypeError, ValueError) as error:
            raise EarthError("Reducer: The weights must be numbers.") from error
        return arrays if self.weighted else [(array > 0).astype(np.float64) for array in arrays]


def check_inputs(count: int, where: str) -> None:
    """Refuse a reducer without inputs, and one with too many."""
    if not 0 < count <= INPUTS:
        raise EarthError(f"{where}: A reducer has between 1 and {INPUTS} inputs; found {count}.")


def unweighted(reducer: Reducer) -> Reducer:
    """The same reducer, blind to weights."""
    inner = reducer.reduce_columns
    stacks = reducer.reduce_stacks
    return replace(
        reducer,
        weighted=False,
        reduce_columns=lambda columns, weights: inner(columns, _ones(weights)),
        reduce_stacks=None if stacks is None else lambda values, weights: stacks(values, _ones(weights)),
    )


def split_weights(reducer: Reducer) -> Reducer:
    """The same reducer, which reads the weight of each input from an input of its own that follows it."""

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        own = [
            np.asarray(column, float) * np.asarray(w) for column, w in zip(columns[1::2], weights[1::2], strict=True)
        ]
        return list(reducer.columns(columns[::2], own).values())

    return replace(
        reducer, inputs=2 * reducer.inputs, weighted=False, reduce_columns=reduce_columns, reduce_stacks=None
    )


def combine(first: Reducer, second: Reducer, prefix: str = "", *, shared: bool = False) -> Reducer:
    """Two reducers side by side, on the same inputs or each on its own."""
    if shared and first.inputs != second.inputs:
        raise EarthError(
            f"Reducer.combine: With sharedInputs, both reducers must have the same number of inputs; "
            f"found {first.inputs} and {second.inputs}."
        )
    here = slice(0, first.inputs)
    there = here if shared else slice(first.inputs, first.inputs + second.inputs)
    both = first.reduce_stacks is not None and second.reduce_stacks is not None
    return Reducer(
        first.inputs if shared else first.inputs + second.inputs,
        _distinct((*first.outputs, *(prefix + name for name in second.outputs))),
        lambda columns, weights: [
            *first.columns(columns[here], weights[here]).values(),
            *second.columns(columns[there], weights[there]).values(),
        ],
        (
            lambda stacks, weights: [
                *first.stack(stacks[here], weights[here]).values(),
                *second.stack(stacks[there], weights[there]).values(),
            ]
        )
        if both
        else None,
        lambda types: [*first.pixel_types(types[here]), *second.pixel_types(types[there])],
        weighted=first.weighted or second.weighted,
    )


def for_each(reducer: Reducer, names: Sequence[str]) -> Reducer:
    """A copy of a reducer for each name; outputs are the names, or name_output where there are several."""
    if not names:
        raise EarthError("Reducer.forEach: The list of output names is empty.")
    copies = [
        replace(
            reducer,
            outputs=(name,) if len(reducer.outputs) == 1 else tuple(f"{name}_{output}" for output in reducer.outputs),
        )
        for name in names
    ]
    combined = copies[0]
    for copy in copies[1:]:
        combined = combine(combined, copy)
    return combined


def repeat(reducer: Reducer, count: int) -> Reducer:
    """Copies of a reducer, each on inputs of its own; every output is the list of the copies' outputs."""
    check_inputs(count * reducer.inputs, "Reducer.repeat")
    size = reducer.inputs

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        parts = [slice(i * size, (i + 1) * size) for i in range(count)]
        results = [reducer.columns(columns[part], weights[part]) for part in parts]
        return [[result[name] for result in results] for name in reducer.outputs]

    return replace(reducer, inputs=size * count, reduce_columns=reduce_columns, reduce_stacks=None)


def set_outputs(reducer: Reducer, names: Sequence[str | None]) -> Reducer:
    """The same reducer with outputs renamed; those whose new name is empty are dropped."""
    if len(names) != len(reducer.outputs):
        raise EarthError(
            f"Reducer.setOutputs: Need {len(reducer.outputs)} names for the outputs {list(reducer.outputs)}, "
            f"got {len(names)}."
        )
    kept = [i for i, name in enumerate(names) if name]
    stacks = reducer.reduce_stacks
    return replace(
        reducer,
        outputs=tuple(name for name in names if name),
        reduce_columns=lambda columns, weights: _pick(reducer.reduce_columns(columns, weights), kept),
        reduce_stacks=None if stacks is None else lambda values, weights: _pick(stacks(values, weights), kept),
        pixel_types=lambda types: _pick(reducer.pixel_types(types), kept),
    )


def group(reducer: Reducer, field: int, name: str) -> Reducer:
    """Reduce the records of each value of one input apart.

    The output ``groups`` is a list of dictionaries, each with the group's value under ``name`` and the reducer's
    outputs, in ascending order of the value.
    """
    if not 0 <= field <= reducer.inputs:
        raise EarthError(f"Reducer.group: The group field {field} is not one of the {reducer.inputs + 1} inputs.")

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        keys = columns[field]
        rest = [i for i in range(reducer.inputs + 1) if i != field]
        members: dict[Any, list[int]] = {}
        for i, key in enumerate(keys.tolist() if isinstance(keys, np.ndarray) else keys):
            if key is not None and weights[field][i] > 0:
                members.setdefault(key, []).append(i)
        groups = []
        for key in sorted(members):
            rows = members[key]
            values = [[columns[i][row] for row in rows] for i in rest]
            shares = [[weights[i][row] for row in rows] for i in rest]
            groups.append({name: key, **reducer.columns(values, shares)})
        return [groups]

    return Reducer(reducer.inputs + 1, ("groups",), reduce_columns, None, lambda _: [], weighted=reducer.weighted)


def _ones(weights: Columns) -> list[npt.NDArray[Any]]:
    return [(np.asarray(weight) > 0).astype(np.float64) for weight in weights]


def _pick(values: list[Any], kept: list[int]) -> list[Any]:
    return [values[i] for i in kept]


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names made unique by _1, _2, ...; how the service does it is unknown."""
    out: list[str] = []
    for name in names:
        unique, number = name, 0
        while unique in out:
            number += 1
            unique = f"{name}_{number}"
        out.append(unique)
    return tuple(out)
