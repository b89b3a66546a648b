"""Lazy pointwise indexing in xarray, without broadcasting the index arrays.

xarray combines indices by broadcasting them to the shape of the result: four arrays of int64, eight times as many bytes
as an array of float32 has itself. Here each index array keeps a size of 1 along dimensions along which it is constant.
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
        indexed: VectorisedArray = VectorisedArray(self.array, self.key).vindex[indexer]
        return indexed

    def transpose(self, order: tuple[int, ...]) -> VectorisedArray:
        """The array with its dimensions in another order."""
        key = VectorisedArray(self.array, self.key).key.tuple
        return VectorisedArray(self.array, indexing.VectorizedIndexer(tuple(part.transpose(order) for part in key)))


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
        new = [positions(array, size) for array, size in zip(arrays, shape, strict=True)]
        combined = [_indexed(axis, new) for axis in self.key.tuple]
        result = np.broadcast_shapes(*(array.shape for array in new))
        # Where the new index repeats an element along a dimension, no combined array has the size of it.
        if np.broadcast_shapes(*(array.shape for array in combined)) != result:
            combined[0] = np.broadcast_to(combined[0], result)
        return indexing.VectorizedIndexer(tuple(combined))


def _indexed(axis: npt.NDArray[Any], arrays: list[npt.NDArray[np.intp]]) -> npt.NDArray[Any]:
    """An index array, indexed by an array for each of its dimensions."""
    varying = [dim for dim, size in enumerate(axis.shape) if size != 1]
    if not varying:
        return axis.reshape((1,) * arrays[0].ndim)
    if len(varying) == 1 and np.array_equal(axis.ravel(), np.arange(axis.size)):
        return arrays[varying[0]]  # the index was of the whole axis, as before most first ones
    return np.asarray(axis.squeeze()[tuple(arrays[dim] for dim in varying)])
