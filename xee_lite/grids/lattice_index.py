"""An xarray index of coordinates that are computed when they are used, and work as those in memory do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from xarray import DataArray, Variable
from xarray.core.indexing import IndexSelResult
from xarray.indexes import CoordinateTransform, CoordinateTransformIndex, Index, PandasIndex

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from .axis import Axis


class LatticeTransform(CoordinateTransform):
    """From positions along a dimension to the centres of an axis.

    Parameters
    ----------
    axis : Axis
    name : hashable
        Of the coordinate.
    dim : str
    """

    def __init__(self, axis: Axis, name: Hashable, dim: str) -> None:
        super().__init__((name,), {dim: axis.size})
        self.axis = axis

    def forward(self, dim_positions: dict[str, Any]) -> dict[Hashable, Any]:
        """Centres of the pixels at some positions."""
        return {self.coord_names[0]: self.axis.at(dim_positions[self.dims[0]])}

    def reverse(self, coord_labels: dict[Hashable, Any]) -> dict[str, Any]:
        """Positions, not rounded, of some coordinates."""
        return {self.dims[0]: self.axis.positions(coord_labels[self.coord_names[0]])}

    def equals(self, other: CoordinateTransform, *, exclude: frozenset[Hashable] | None = None) -> bool:  # noqa: ARG002
        """Whether the centres are the same to the last bit."""
        return isinstance(other, LatticeTransform) and self.axis.same_centres(other.axis)


class LatticeIndex(CoordinateTransformIndex):
    """An index of one axis of a pixel grid that keeps no labels in memory.

    It selects exactly, by ``method="nearest"`` and by slices, and joins and concatenates as an index of labels does.
    The result is an index of this class wherever it is a part of the same lattice with even spacing.

    Parameters
    ----------
    transform : LatticeTransform
    """

    transform: LatticeTransform

    @classmethod
    def of(cls, axis: Axis, name: Hashable, dim: str) -> Self:
        """The index of an axis."""
        return cls(LatticeTransform(axis, name, dim))

    @property
    def axis(self) -> Axis:
        """The pixels."""
        return self.transform.axis

    @property
    def dim(self) -> str:
        """The dimension that is indexed."""
        return self.transform.dims[0]

    def _with(self, axis: Axis) -> LatticeIndex:
        return LatticeIndex.of(axis, self.transform.coord_names[0], self.dim)

    def to_pandas_index(self) -> pd.Index[Any]:
        """All labels, in memory."""
        return pd.Index(self.axis.centres(), name=self.transform.coord_names[0])

    def _kept(self, labels: pd.Index[Any]) -> PandasIndex:
        """An index of labels in memory, for what is not evenly spaced."""
        return PandasIndex(labels, self.dim, coord_dtype=np.dtype(np.float64))

    def isel(self, indexers: Mapping[Any, int | slice | np.ndarray[Any, Any] | Variable]) -> Index | None:
        """The index of some positions; None where they are a single one, or have dimensions of their own."""
        positions = indexers[self.dim]
        if isinstance(positions, slice):
            return self._with(self.axis.part(positions))
        if isinstance(positions, Variable):
            if positions.dims != (self.dim,):
                return None
            positions = positions.to_numpy()
        array = np.asarray(positions)
        if array.ndim != 1:
            return None
        if array.dtype == bool:
            array = np.flatnonzero(array)
        chosen = np.where(array < 0, array + self.axis.size, array)
        return self._kept(pd.Index(self.axis.at(chosen), name=self.transform.coord_names[0]))

    def sel(self, labels: dict[Any, Any], method: str | None = None, tolerance: float | None = None) -> IndexSelResult:
        """Positions of labels: exactly these, or the nearest ones; a slice includes both of its ends.

        Raises
        ------
        KeyError
            If a label is none of the centres, or farther from all of them than the tolerance.
        """
        label = labels[self.transform.coord_names[0]]
        if isinstance(label, slice):
            return IndexSelResult({self.dim: self._range(label)})
        if method not in (None, "nearest"):
            raise ValueError(f"method={method!r} is unknown to an index without labels: pass None or 'nearest'.")
        values = np.asarray(label, dtype=np.float64)
        nearest = np.clip(np.floor(self.axis.positions(values) + 0.5), 0, max(self.axis.size - 1, 0))
        found = np.where(np.isnan(nearest), -1, nearest).astype(np.int64)
        apart = np.abs(self.axis.at(found) - values)
        allowed = 0.0 if method is None else np.inf if tolerance is None else tolerance
        if not self.axis.size or not np.all((found >= 0) & (apart <= allowed)):
            raise KeyError(f"not all values found in index {self.transform.coord_names[0]!r}")
        if isinstance(label, Variable):
            return IndexSelResult({self.dim: Variable(label.dims, found)})
        if isinstance(label, DataArray):
            return IndexSelResult({self.dim: DataArray(found, coords=label.coords, dims=label.dims)})
        return IndexSelResult({self.dim: found if found.ndim else int(found)})

    def _range(self, labels: slice) -> slice:
        """The positions between two labels, both of them included."""
        start = 0 if labels.start is None else self._bisected(float(labels.start), after_equal=False)
        stop = self.axis.size if labels.stop is None else self._bisected(float(labels.stop), after_equal=True)
        return slice(start, max(start, stop), labels.step)

    def _bisected(self, label: float, *, after_equal: bool) -> int:
        """How many centres lie before a label, in the order of positions."""
        sign = 1 if self.axis.rises else -1
        low, high = 0, self.axis.size
        while low < high:
            middle = (low + high) // 2
            centre = float(self.axis.at(middle))
            before = sign * centre <= sign * label if after_equal else sign * centre < sign * label
            low, high = (middle + 1, high) if before else (low, middle)
        return low

    def join(self, other: Self, how: str = "inner") -> Self:
        """The labels that both have, in the order of this one, or those that either has, rising."""
        joined = _joined(self.axis, other.axis, how) if _are_lazy(self, other) else None
        if joined is not None:
            return self._with(joined)  # type: ignore[return-value]
        one, two = self.to_pandas_index(), other.to_pandas_index()
        # What is not evenly spaced needs labels in memory, as xarray's own index has them.
        return LatticeIndex._kept(self, one.union(two) if how == "outer" else one.intersection(two))  # type: ignore[return-value]

    def reindex_like(
        self, other: Self, method: str | None = None, tolerance: float | None = None
    ) -> dict[Hashable, Any]:
        """Positions of another index's labels in this one, -1 for those that it lacks."""
        labels = other.to_pandas_index().to_numpy()
        nearest = np.floor(self.axis.positions(labels) + 0.5)
        found = np.clip(nearest, 0, max(self.axis.size - 1, 0)).astype(np.int64)
        apart = np.abs(self.axis.at(found) - labels)
        if method not in (None, "nearest"):
            return {self.dim: self.to_pandas_index().get_indexer(labels, method, tolerance=tolerance)}
        allowed = 0.0 if method is None else np.inf if tolerance is None else tolerance
        return {self.dim: np.where((apart <= allowed) & (self.axis.size > 0), found, -1)}

    @classmethod
    def concat(cls, indexes: Sequence[Self], dim: Hashable, positions: Iterable[Iterable[int]] | None = None) -> Self:
        """The labels of several indexes, one after the other."""
        axes = [index.axis for index in indexes if isinstance(index, LatticeIndex)]
        name = indexes[0].transform.coord_names[0]
        if len(axes) == len(indexes) and positions is None and (axis := _chained(axes)) is not None:
            return cls.of(axis, name, str(dim))
        kept = [PandasIndex(index.to_pandas_index().rename(name), dim) for index in indexes]
        return PandasIndex.concat(kept, dim, positions)  # type: ignore[return-value]

    def roll(self, shifts: Mapping[Any, int]) -> Self:
        """The labels moved along the dimension, from its end to its beginning."""
        return self._kept(self.to_pandas_index()).roll(shifts)  # type: ignore[return-value]

    def _repr_inline_(self, max_width: int) -> str:  # noqa: ARG002 - xarray passes it
        return repr(self)

    def __repr__(self) -> str:
        axis = self.axis
        ends = f"start={float(axis.at(0)):.6g}, step={axis.step * axis.stride:.6g}"
        return f"LatticeIndex ({ends}, size={axis.size})"


def _are_lazy(*indexes: Index) -> bool:
    return all(isinstance(index, LatticeIndex) for index in indexes)


def _joined(one: Axis, two: Axis, how: str) -> Axis | None:
    """The pixels of both axes, or of either; None where these are not evenly spaced, or not of one lattice."""
    if not one.same_lattice(two) or abs(one.stride) != abs(two.stride) or not (one.size and two.size):
        return None
    stride = abs(one.stride)
    first, second = (pixels if pixels.step > 0 else pixels[::-1] for pixels in (one.pixels, two.pixels))
    if (first.start - second.start) % stride:
        return None
    if how == "outer":
        if max(first.start, second.start) > min(first[-1], second[-1]) + stride:
            return None
        both = range(min(first.start, second.start), max(first[-1], second[-1]) + stride, stride)
        return one.of(both if one.step > 0 else both[::-1])  # rising, as pandas sorts them
    both = range(max(first.start, second.start), min(first[-1], second[-1]) + stride, stride)
    return one.of(both if one.stride > 0 else both[::-1])


def _chained(axes: Sequence[Axis]) -> Axis | None:
    """One axis of several that continue each other; None where they do not."""
    whole = axes[0]
    for axis in axes[1:]:
        follows = axis.first == whole.first + whole.stride * whole.size
        if not (whole.same_lattice(axis) and whole.stride == axis.stride and follows):
            return None
        whole = whole.of(range(whole.first, axis.first + axis.stride * axis.size, whole.stride))
    return whole
