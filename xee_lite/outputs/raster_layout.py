"""What a dataset becomes as rasters: its files, their bands, one type and one number for missing pixels."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, brief

if TYPE_CHECKING:
    import numpy.typing as npt
    import xarray as xr

_TYPES = frozenset(("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"))
"""Of GDAL's GeoTIFF driver; complex numbers are left out, which no image of a service has."""


@dataclass(frozen=True, slots=True)
class RasterBand:
    """A band of a raster: a variable at one position of each dimension but y and x.

    Attributes
    ----------
    variable : str
    where : dict of str to int
    description : str
        What GDAL shows as the band's name.
    """

    variable: str
    where: dict[str, int]
    description: str


@dataclass(frozen=True, slots=True)
class RasterFile:
    """A file and its bands."""

    path: Path
    bands: tuple[RasterBand, ...]


@dataclass(frozen=True, slots=True)
class Pixels:
    """How the pixels of all bands of a file stand in it.

    Attributes
    ----------
    dtype : numpy.dtype
    nodata : float or None
        What stands for a missing pixel; None where no pixel can be missing.
    fills : dict of str to float or None
        What stands for one in each variable.
    """

    dtype: np.dtype[Any]
    nodata: float | None
    fills: dict[str, float | None]

    def convert(self, name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values of a variable as they stand in the file.

        Raises
        ------
        InputError
            If a valid pixel has the number that stands for missing ones.
        """
        converted = values.astype(self.dtype, copy=False)
        fill = self.fills[name]
        if self.nodata is None or fill == self.nodata or (fill is not None and np.isnan(fill)):
            return converted
        missing = np.zeros(values.shape, bool) if fill is None else values == fill
        if not np.isnan(self.nodata) and (converted[~missing] == self.nodata).any():
            raise InputError(
                f"variable {name!r} has valid pixels of {self.nodata:.17g}, which is what stands for missing ones in "
                "another variable of the file: write them to files of their own, or open with mask_and_scale=True."
            )
        return np.where(missing, self.dtype.type(self.nodata), converted)


def files_of(ds: xr.Dataset, path: str | Path) -> list[RasterFile]:
    """The files that a path or a pattern of names stands for.

    Parameters
    ----------
    ds : xarray.Dataset
        Each data variable with the dimensions y and x last, after any others.
    path : path
        With names of coordinates in braces, such as "ndvi_{time:%Y%m%d}.tif", a file for each step along their
        dimension; else one file of all bands.

    Raises
    ------
    InputError
        If a name is no coordinate, or two steps have one file.
    """
    fields = list(dict.fromkeys(name for _, name, _, _ in string.Formatter().parse(str(path)) if name is not None))
    if not fields:
        return [RasterFile(Path(path), tuple(_bands(ds, {})))]
    steps = [str(dim) for dim in ds.dims if dim not in ("y", "x")]
    usable = [str(name) for name in ds.coords if len(ds[name].dims) == 1 and ds[name].dims[0] in steps]
    unknown = next((name for name in fields if name not in usable), None)
    if unknown is not None:
        raise InputError(
            f"path={brief(str(path))} names {unknown!r}, which is no coordinate along a dimension other than y and x: "
            f"pass some of {', '.join(map(repr, usable)) or 'none, since there is no such dimension'}."
        )
    dims = list(dict.fromkeys(str(ds[name].dims[0]) for name in fields))
    files: dict[Path, dict[str, int]] = {}
    for position in product(*(range(ds.sizes[dim]) for dim in dims)):
        where = dict(zip(dims, position, strict=True))
        values = {name: _for_name(ds[name].to_numpy()[where[str(ds[name].dims[0])]]) for name in fields}
        try:
            name = Path(str(path).format(**values))
        except (ValueError, KeyError, IndexError) as error:
            raise InputError(
                f"path={brief(str(path))} is no pattern of a name ({error}): try '{{time:%Y%m%d}}'."
            ) from error
        if name in files:
            raise InputError(
                f"path={brief(str(path))} gives {str(name)!r} to two steps, {files[name]} and {where}: name what "
                "distinguishes them, such as '{id}' or '{time:%Y%m%dT%H%M%S}'."
            )
        files[name] = where
    return [RasterFile(name, tuple(_bands(ds, where))) for name, where in files.items()]


def pixels_of(ds: xr.Dataset) -> Pixels:
    """One type and one number for missing pixels that hold those of all data variables.

    Raises
    ------
    InputError
        If a type is none of GeoTIFF's, or none holds all.
    """
    dtypes = {str(name): np.dtype("u1") if array.dtype == bool else array.dtype for name, array in ds.data_vars.items()}
    for name, dtype in dtypes.items():
        if dtype.name not in _TYPES:
            raise InputError(
                f"a GeoTIFF can not hold variable {name!r} of type {dtype}: cast it with .astype('float32') or another "
                f"of {', '.join(sorted(_TYPES))}, or leave it out."
            )
    if not dtypes:
        raise InputError("there is no data variable to write.")
    common = np.result_type(*dtypes.values())
    inexact = [
        name for name, dtype in dtypes.items() if dtype.kind in "iu" and dtype.itemsize == 8 and common.kind == "f"
    ]
    if inexact:
        raise InputError(
            f"no type of GeoTIFF holds variable {inexact[0]!r} of 64-bit integers beside the others: write it to a "
            "file of its own."
        )
    fills = {name: _fill(ds[name]) for name in dtypes}
    if common.kind == "f":
        return Pixels(common, float("nan"), fills)
    marks = {fill: dtypes[name].itemsize for name, fill in fills.items() if fill is not None}
    return Pixels(common, max(marks, key=marks.__getitem__) if marks else None, fills)


def _fill(array: xr.DataArray) -> float | None:
    """What stands for a missing pixel in memory."""
    if array.dtype.kind == "f":
        return float("nan")
    mark = array.attrs.get("_FillValue")
    return None if mark is None else float(mark)


def _bands(ds: xr.Dataset, fixed: dict[str, int]) -> list[RasterBand]:
    """All bands at a position of some dimensions: step by step, in each the variables in their order."""
    found: list[tuple[tuple[int, ...], RasterBand]] = []
    for name, array in ds.data_vars.items():
        dims = [str(dim) for dim in array.dims[:-2]]
        if tuple(array.dims[-2:]) != ("y", "x"):
            raise InputError(
                f"variable {name!r} has the dimensions {array.dims}: a raster needs y and x as the last ones, so "
                "transpose it, or leave it out."
            )
        free = [dim for dim in dims if dim not in fixed]
        for position in product(*(range(ds.sizes[dim]) for dim in free)):
            where = {**{dim: fixed[dim] for dim in dims if dim in fixed}, **dict(zip(free, position, strict=True))}
            labels = [_label(ds, dim, where[dim]) for dim in free]
            named = [str(name)] if len(ds.data_vars) > 1 or not labels else []
            found.append((position, RasterBand(str(name), where, " ".join([*named, *labels]))))
    return [band for _, band in sorted(found, key=lambda pair: pair[0])]


def _label(ds: xr.Dataset, dim: str, position: int) -> str:
    """A step of a dimension in words."""
    if dim not in ds.coords:
        return f"{dim} {position}"
    value = ds[dim].to_numpy()[position]
    if isinstance(value, np.datetime64):
        text = str(np.datetime_as_string(value, unit="s"))
        return text.removesuffix("T00:00:00")
    return str(value)


def _for_name(value: Any) -> object:  # noqa: ANN401 - an element of any coordinate
    """A value of a coordinate as ``str.format`` takes it; one that a service has named can not leave the folder."""
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[us]").item()
    plain = value.item() if isinstance(value, np.generic) else value
    return re.sub(r"[/\\\x00]|^\.\.?$", "_", plain) if isinstance(plain, str) else plain
