"""xarray's lazy pointwise index, whose arrays are never broadcast against each other.

xarray combines indices by broadcasting them to the shape of the result: four arrays of int64, eight times as many bytes
as an array of float32 has itself. Here each keeps a size of 1 along the dimensions along which it does not vary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from xarray.core import indexing

from .planning.selection import positions

if TYPE_CHECKING:
    import numpy.typing as npt


class LazyArray(indexing.LazilyIndexedArray):
    """An array that is indexed lazily, whichever way."""

    __slots__ = ()

    def _vindex_get(self, indexer: indexing.VectorizedIndexer) -> VectorisedArray:
        found: VectorisedArray = VectorisedArray(self.array, self.key).vindex[indexer]
        return found

    def transpose(self, order: tuple[int, ...]) -> VectorisedArray:
        """The same with its dimensions in another order."""
        array = VectorisedArray(self.array, self.key)
        return VectorisedArray(
            self.array, indexing.VectorizedIndexer(tuple(k.transpose(order) for k in array.key.tuple))
        )


class VectorisedArray(indexing.LazilyVectorizedIndexedArray):
    """A part of an array by pointwise indexing."""

    __slots__ = ()

    def __getitem__(self, indexer: indexing.ExplicitIndexer) -> LazyArray | VectorisedArray:
        """Index it by integers and slices."""
        if all(isinstance(part, int | np.integer) for part in indexer.tuple):
            point = (int(np.broadcast_to(axis, self.shape)[indexer.tuple]) for axis in self.key.tuple)
            return LazyArray(self.array, indexing.BasicIndexer(tuple(point)))
        return VectorisedArray(self.array, self._updated_key(indexer))

    def _updated_key(self, new_key: indexing.ExplicitIndexer) -> indexing.VectorizedIndexer:
        shape = self.shape
        arrays = indexing.LazilyVectorizedIndexedArray(np.broadcast_to(0, shape), new_key).key.tuple
        found = [positions(array, size) for array, size in zip(arrays, shape, strict=True)]
        combined = [_indexed(axis, found) for axis in self.key.tuple]
        result = np.broadcast_shapes(*(array.shape for array in found))
        if np.broadcast_shapes(*(array.shape for array in combined)) != result:  # a dimension that repeats one element
            combined[0] = np.broadcast_to(combined[0], result)
        return indexing.VectorizedIndexer(tuple(combined))


def _indexed(axis: npt.NDArray[Any], arrays: list[npt.NDArray[np.intp]]) -> npt.NDArray[Any]:
    """What is left of an index that is indexed by an array for each of its dimensions."""
    varying = [dim for dim, size in enumerate(axis.shape) if size != 1]
    if not varying:
        return axis.reshape((1,) * arrays[0].ndim)
    if len(varying) == 1 and np.array_equal(axis.ravel(), np.arange(axis.size)):
        return arrays[varying[0]]  # of the whole axis, as nearly every first index is
    return np.asarray(axis.squeeze()[tuple(arrays[dim] for dim in varying)])
