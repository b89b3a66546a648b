"""A Zarr store whose arrays exist, and are written part by part."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.conventions import encode_cf_variable

from ..errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt
    import zarr

    from .parts import Part
    from .zarr_place import ZarrPlace

_SHARDED_BYTES = 8 * 2**20
"""A chunk of more bytes becomes a shard of smaller chunks (chosen), since readers decompress whole chunks."""

_CHUNK_BYTES = 2 * 2**20
"""Bytes of a chunk within a shard at most (chosen)."""

_MAX_DIVISOR = 11
"""Of the size of a shard along a dimension (chosen): sizes without a divisor up to it are not divided."""

_ENCODING = ("dtype", "_FillValue", "missing_value", "scale_factor", "add_offset", "units", "calendar")
"""Encodings of xarray that change the values of a variable when it is written."""


class ZarrTarget:
    """A store that exists.

    Parameters
    ----------
    place : ZarrPlace
        The place of a store in format 3.

    Raises
    ------
    InputError
        If there is no such store.
    """

    def __init__(self, place: ZarrPlace) -> None:
        from zarr.errors import GroupNotFoundError  # noqa: PLC0415 - an extra

        self.place = place
        try:
            self._open()
        except (GroupNotFoundError, FileExistsError, NotADirectoryError) as error:
            raise InputError(f"{place.name} is no Zarr store of format 3: pass another path.") from error

    def _open(self) -> None:
        import zarr  # noqa: PLC0415 - an extra

        self._store = self.place.store
        self._group: zarr.Group = zarr.open_group(self._store, mode="r+", zarr_format=3, use_consolidated=False)
        self._arrays: dict[str, zarr.Array[Any]] = {}

    @cached_property
    def decoded(self) -> xr.Dataset:
        """The store as xarray opens it."""
        dataset: xr.Dataset = xr.open_zarr(self.place.store, chunks=None, consolidated=False)
        return dataset

    def write(self, part: Part, values: xr.Dataset, start: Mapping[str, int]) -> None:
        """Write the variables of a part; from any thread, where no two parts share a chunk.

        Parameters
        ----------
        part : Part
        values : xarray.Dataset
            In memory.
        start : mapping of str to int
            The position in the store at which the dataset of the part begins, along dimensions where that is not 0.
        """
        for name in part.names:
            variable = values[name].variable
            where = [_moved(part.slices[str(dim)], start.get(str(dim), 0)) for dim in variable.dims]
            self._array(name)[tuple(where)] = self._encoded(name, variable)

    def chunks(self, name: str) -> dict[str, int]:
        """The sizes of a part of a variable: those of a shard, or of a chunk where there are no shards."""
        array = self._array(name)
        return dict(zip(map(str, self.decoded[name].dims), array.shards or array.chunks, strict=True))

    def check(self, ds: xr.Dataset, dim: str) -> None:
        """Refuse a dataset that can not be added along a dimension, since it differs in something else.

        Raises
        ------
        InputError
            It names the difference, with the values of both.
        """
        there = self.decoded
        if dim not in there.dims:
            raise InputError(f"{self.place.name} has no dimension {dim!r}: it has {', '.join(map(str, there.dims))}.")
        grid = [str(name) for name in ds.dims if name != dim and name in ds.coords]
        sides: dict[str, tuple[object, object]] = {
            "source": (there.attrs.get("source"), ds.attrs.get("source")),
            "list of variables": (_described(there), _described(ds)),
            "CRS": (_crs(there), _crs(ds)),
            **{f"coordinate {name}": (_ends(there, name), _ends(ds, name)) for name in grid},
        }
        different = [word for word, (left, right) in sides.items() if left != right]
        different += [f"coordinate {name}" for name in grid if not np.array_equal(there[name].values, ds[name].values)]
        if different:
            word = different[0]
            left, right = sides[word]
            raise InputError(
                f"{self.place.name} has another {word}: {brief(left)} there, {brief(right)} here. Only more of the "
                f"same can be added along {dim!r}: pass another path."
            )

    def restore(self, dim: str, length: int) -> None:
        """Undo an interrupted `extend`, which may have made some of the arrays longer."""
        for name, array in self._group.arrays():
            dims = array.metadata.dimension_names or ()
            if dim in dims and array.shape[dims.index(dim)] != length:
                self._resize(name, dims.index(dim), length)
        self.__dict__.pop("decoded", None)
        self._consolidate()

    def extend(self, ds: xr.Dataset, dim: str, start: int) -> None:
        """Make the arrays longer for a dataset, from a position along a dimension on, and write its coordinates."""
        names = [name for name, array in ds.variables.items() if dim in array.dims]
        label = label_name(ds, dim)
        coords = {name: self._encoded(str(name), ds[name].variable) for name in names if name in ds.coords}
        # The labels last: where they are, all else is there.
        for name in sorted(map(str, names), key=lambda name: name == label):
            self._resize(name, ds[name].dims.index(dim), start + ds.sizes[dim])
            if name in coords:
                where = tuple(slice(start, None) if other == dim else slice(None) for other in ds[name].dims)
                self._array(name)[where] = coords[name]
        self.__dict__.pop("decoded", None)
        self._consolidate()

    def _resize(self, name: str, axis: int, length: int) -> None:
        array = self._array(name)
        shape = list(array.shape)
        shape[axis] = length
        array.resize(tuple(shape))

    def _consolidate(self) -> None:
        """Write consolidated metadata anew where a store has it: by the old one it would be as long as before."""
        import zarr  # noqa: PLC0415 - an extra

        if zarr.open_group(self.place.store, mode="r", zarr_format=3).metadata.consolidated_metadata is not None:
            with _consolidating():
                zarr.consolidate_metadata(self.place.store, zarr_format=3)

    def _array(self, name: str) -> zarr.Array[Any]:
        if self._store is not self.place.store:  # a commit has ended the session of the store
            self._open()
        if name not in self._arrays:
            self._arrays[name] = self._group[name]
        return self._arrays[name]

    def _encoded(self, name: str, variable: xr.Variable) -> npt.NDArray[Any]:
        """Values in the encoding of the store.

        Raises
        ------
        InputError
            If the encoding can not hold them, such as times that are no whole numbers of its units.
        """
        stored = self.decoded[name].encoding
        encoding = {word: stored[word] for word in _ENCODING if word in stored}
        encoded = encode_cf_variable(xr.Variable(variable.dims, variable.values, encoding=encoding), name=name)
        if encoded.attrs.get("units", encoding.get("units")) != encoding.get("units"):
            raise InputError(
                f"{name!r} of {self.place.name} is stored in {encoding.get('units')!r}, in which the values to add are "
                f"no whole numbers: they need {encoded.attrs['units']!r}; write to a new store."
            )
        return np.asarray(encoded.values)


def make(ds: xr.Dataset, place: ZarrPlace, chunks: Mapping[str, Mapping[str, int]]) -> None:
    """Make a store with the arrays of a dataset, and write its coordinates alone.

    A store that is there is overwritten.
    """
    import dask.array  # noqa: PLC0415 - slow to import, and few export

    variables = {}
    for name, array in ds.data_vars.items():
        own = {key: value for key, value in array.encoding.items() if key != "preferred_chunks"}
        encoding = {**own, **_chunk_encoding(array.variable, chunks[str(name)])}
        empty = dask.array.zeros(array.shape, chunks=-1, dtype=array.dtype)  # never computed
        variables[name] = xr.Variable(array.dims, empty, array.attrs, encoding)
    coords = ds.coords.to_dataset().compute().coords
    template = xr.Dataset(variables, coords, ds.attrs)
    consolidated = isinstance(place.store, Path)  # by which xarray opens it at once; Icechunk has no use for it
    with _consolidating():
        template.to_zarr(
            place.store, mode="w", compute=False, consolidated=consolidated, zarr_format=3, safe_chunks=False
        )


@contextmanager
def _consolidating() -> Iterator[None]:
    """Keep to ourselves that Zarr's format 3 has no word yet on consolidated metadata, which xarray looks for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Consolidated metadata is currently not part", UserWarning)
        yield


def labels_of(ds: xr.Dataset, name: str) -> list[object]:
    """The values of a coordinate, for comparison; times in whole microseconds, whatever their unit is.

    Raises
    ------
    InputError
        If there is no such coordinate.
    """
    if name not in ds.coords:
        raise InputError(f"there is no coordinate {name!r}, by which it could be told what is there already.")
    values = ds[name].values
    labels: list[object] = (values.astype("M8[us]").view("i8") if values.dtype.kind == "M" else values).tolist()
    return labels


def label_name(ds: xr.Dataset, dim: str) -> str:
    """The coordinate by which images are known: their id where they have one, else that of the dimension."""
    return "id" if "id" in ds.coords and ds["id"].dims == (dim,) else dim


def _chunk_encoding(variable: xr.Variable, chunks: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """A part as one chunk, or a large one as a shard, whose chunks divide it."""
    sizes = tuple(max(1, chunks[str(dim)]) for dim in variable.dims)
    itemsize = np.dtype(variable.encoding.get("dtype", variable.dtype)).itemsize
    if np.prod(sizes, dtype=np.int64) * itemsize <= _SHARDED_BYTES:
        return {"chunks": sizes}
    inner = list(sizes)
    while np.prod(inner, dtype=np.int64) * itemsize > _CHUNK_BYTES:
        longest = max(range(len(inner)), key=inner.__getitem__)
        divisor = next((number for number in range(2, _MAX_DIVISOR + 1) if inner[longest] % number == 0), None)
        if divisor is None:
            return {"chunks": sizes}
        inner[longest] //= divisor
    return {"chunks": tuple(inner), "shards": sizes}


def _described(ds: xr.Dataset) -> str:
    return ", ".join(sorted(f"{name} {array.dims} {array.dtype}" for name, array in ds.data_vars.items()))


def _ends(ds: xr.Dataset, name: str) -> str:
    values = ds[name].values if name in ds.coords else np.array([])
    return f"{values.size} from {values[0]} to {values[-1]}" if values.size else "none"


def _crs(ds: xr.Dataset) -> object:
    return ds.coords["spatial_ref"].attrs.get("crs_wkt") if "spatial_ref" in ds.coords else None


def _moved(part: slice, by: int) -> slice:
    """The slice, so many positions further on."""
    return slice(part.start + by, part.stop + by)
