"""Pointwise indexing: the pixels that index arrays name together, factored into few boxes.

The arrays are never broadcast against each other. A dimension of the result along which one axis alone varies, as the
rows of a patch do, stays a list of that axis: 500 patches of 128 x 128 are 500 boxes and not 8 million points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .selection import positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .costs import ReadCost
    from .selection import Key

Integers = npt.NDArray[np.intp]

ROW, COLUMN = 2, 3
"""Their places among the axes (item, band, row, column)."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points, each of which stands for the items x bands x rows x columns of four short lists.

    Attributes
    ----------
    axes : four ndarrays of int, shape (points or 1, length of the list)
        Positions of items, bands, rows and columns; of length 1 where all points have the same list.
    dims : tuple of tuple of int
        Dimensions of the result that the points run over, and those that each of the four lists runs over.
    shape : tuple of int
        Of the result, where dimensions along which nothing varies have a size of 1.
    """

    axes: tuple[Integers, ...]
    dims: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many points, and how long each of the four lists is: the shape of an array of all pixels."""
        return tuple(math.prod(self.shape[dim] for dim in dims) for dims in self.dims)

    def arranged(self, pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """An array of the shape `sizes` in the dimensions of the result, without a copy."""
        order = [dim for dims in self.dims for dim in dims]
        return pixels.reshape([self.shape[dim] for dim in order]).transpose(np.argsort(order))

    def without_list(self, axis: int) -> Points:
        """The same pixels, with a point for each element of the list of one axis."""
        length = self.axes[axis].shape[1]
        count = self.sizes[0]
        axes = [np.repeat(each, length, axis=0) if len(each) > 1 else each for each in self.axes]
        axes[axis] = np.broadcast_to(self.axes[axis], (count, length)).reshape(-1, 1)
        dims = [*self.dims]
        dims[0], dims[axis + 1] = (*dims[0], *dims[axis + 1]), ()
        return Points(tuple(axes), tuple(dims), self.shape)


def points_of(key: Sequence[Key], sizes: Sequence[int]) -> Points:
    """Factor index arrays: find along which dimensions of the result each axis varies.

    Parameters
    ----------
    key : four ints or arrays of int that broadcast
        Of any number of dimensions, negative ones counted from the end.
    sizes : four int
        Of the axes.

    Raises
    ------
    IndexError
        If something lies outside.
    """
    arrays = [np.asarray(part) for part in key]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    arrays = [array.reshape((1,) * (len(shape) - array.ndim) + array.shape) for array in arrays]
    found = [positions(_without_repeats(array), size) for array, size in zip(arrays, sizes, strict=True)]
    varying = [{dim for dim in range(len(shape)) if array.shape[dim] != 1} for array in found]
    joint = {dim for dim in range(len(shape)) if sum(dim in each for each in varying) > 1}
    for each in varying[:2]:
        if each & joint:  # items, and bands, are one list for all points, or a single one for each point
            joint |= each
    joint_dims = tuple(sorted(joint | (set(range(len(shape))) - set().union(*varying))))
    own = tuple(tuple(sorted(each - joint)) for each in varying)
    reduced = tuple(max(array.shape[dim] for array in found) for dim in range(len(shape)))
    axes = tuple(_listed(array, joint_dims, dims, reduced) for array, dims in zip(found, own, strict=True))
    return Points(axes, (joint_dims, *own), reduced)


def _without_repeats(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The array with a size of 1 along each dimension along which all its elements are equal."""
    for dim in range(array.ndim if array.size else 0):
        first = array[(slice(None),) * dim + (slice(0, 1),)]
        # Most arrays that vary do so along the first line, without which all elements would be compared.
        line = array[(0,) * dim + (slice(None),) + (0,) * (array.ndim - dim - 1)]
        if not array.strides[dim] or ((line == line[0]).all() and (array == first).all()):
            array = first
    return array


def _listed(array: Integers, joint: tuple[int, ...], own: tuple[int, ...], shape: tuple[int, ...]) -> Integers:
    """An index array in the shape (points or 1, length of the list)."""
    length = math.prod(shape[dim] for dim in own)
    others = tuple(dim for dim in range(array.ndim) if dim not in (*joint, *own))  # along which it does not vary
    moved = array.transpose(*joint, *own, *others).reshape([array.shape[dim] for dim in (*joint, *own)])
    if all(size == 1 for size in moved.shape[: len(joint)]):
        return moved.reshape(1, length)
    return np.broadcast_to(moved, [shape[dim] for dim in (*joint, *own)]).reshape(-1, length)


def compact(points: Points, cost: ReadCost, seams: Sequence[int]) -> Points:
    """Make points of lists of rows or columns where the box around them has more pixels to spare than a request costs.

    And of lists of columns that cross a seam.
    """
    while True:
        lengths = [points.axes[axis].shape[1] for axis in (ROW, COLUMN)]
        extents = [np.ptp(points.axes[axis], axis=1) + 1 for axis in (ROW, COLUMN)]
        images = points.axes[0].shape[1] * points.axes[1].shape[1]
        unused = (extents[0].astype(np.float64) * extents[1] - math.prod(lengths)) * images * cost.pixel_bytes
        sparse = [int(extent.max()) / length for extent, length in zip(extents, lengths, strict=True)]
        if unused.max() > cost.overhead and max(sparse) > 1:
            points = points.without_list(ROW if sparse[0] >= sparse[1] else COLUMN)
        elif len(seams) and lengths[1] > 1 and _crosses(points.axes[COLUMN], seams):
            points = points.without_list(COLUMN)
        else:
            return points


def _crosses(columns: Integers, seams: Sequence[int]) -> bool:
    first, last = (np.searchsorted(seams, ends, side="right") for ends in (columns.min(axis=1), columns.max(axis=1)))
    return bool((first != last).any())


def cut(points: Points, largest: tuple[int, int]) -> tuple[Points, list[tuple[slice, slice]]]:
    """Cut the lists of rows and columns into parts whose boxes have at most these sides.

    Returns
    -------
    (Points, parts)
        With points for the elements of lists that can not be cut so, since they jump.
    """
    parts = []
    for axis, side in ((ROW, largest[0]), (COLUMN, largest[1])):
        length = points.axes[axis].shape[1]
        pieces = [slice(start, min(start + side, length)) for start in range(0, length, side)]
        if any((np.ptp(points.axes[axis][:, piece], axis=1) >= side).any() for piece in pieces):
            points = points.without_list(axis)
            pieces = [slice(0, 1)]
        parts.append(pieces)
    return points, [(rows, columns) for rows in parts[0] for columns in parts[1]]


def equal_bounds(size: int, count: int) -> list[int]:
    """Where ``count`` parts of nearly equal lengths begin, and where the last one ends."""
    return [size * number // count for number in range(count + 1)]
