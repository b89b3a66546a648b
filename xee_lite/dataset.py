"""From a stack, a grid and a reader to an xarray.Dataset with CF and GDAL metadata."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.core import indexing

from .chunks import chunk_shape
from .lazy import LazyBand

if TYPE_CHECKING:
    from .grid import Grid
    from .nodata import Codec
    from .reader import Reader
    from .stack import Stack

DIMS = ("time", "y", "x")
_GRID_MAPPING = "spatial_ref"


def build(stack: Stack, grid: Grid, reader: Reader, codecs: dict[str, Codec], budget: int) -> xr.Dataset:
    """Assemble the dataset; nothing is read.

    Parameters
    ----------
    stack : Stack
    grid : Grid
    reader : Reader
        Reads windows of ``grid``.
    codecs : dict of Codec by band
    budget : int
        Bytes that one request may count.

    Returns
    -------
    xarray.Dataset
        One lazy variable (time, y, x) for each band; a single image has (y, x) and its time as a scalar.
    """
    shape = (len(stack.items), grid.height, grid.width)
    # All variables get the chunks of the most costly one, so that the dataset has one set of chunks.
    chunk = chunk_shape(
        shape,
        max(codec.cost for codec in codecs.values()),
        max(codec.fields for codec in codecs.values()),
        budget=budget,
    )
    variables = {
        band.name: _variable(LazyBand(reader, band.name, codecs[band.name], shape, budget), codecs[band.name], chunk)
        for band in stack.bands
    }
    attrs = {**stack.attrs, "Conventions": "CF-1.10", "source": stack.source}
    dataset = xr.Dataset(variables, {**_item_coordinates(stack, chunk[0]), **grid_coordinates(grid)}, attrs)
    if stack.is_image:
        dataset = _without_time(dataset)
    dataset.encoding["source"] = stack.source
    return dataset


def grid_coordinates(grid: Grid) -> dict[str, xr.Variable]:
    """x, y and the grid mapping: what rioxarray, odc-geo, cf_xarray and GDAL read with no further step."""
    coordinates = {_GRID_MAPPING: _grid_mapping(grid)}
    if grid.is_rectilinear:
        axes = {axis["axis"]: axis for axis in grid.pyproj_crs.cs_to_cf() if "axis" in axis}
        for name, values in (("y", grid.y), ("x", grid.x)):
            # Coordinates have no missing values: without this, NetCDF would be given a fill value for them.
            coordinates[name] = xr.Variable(name, values, axes.get(name.upper(), {}), {"_FillValue": None})
    return coordinates


def _variable(band: LazyBand, codec: Codec, chunk: tuple[int, int, int]) -> xr.Variable:
    encoding = {**codec.encoding, "preferred_chunks": dict(zip(DIMS, chunk, strict=True))}
    # An attribute, not an encoding: then xarray lists the grid mapping among the coordinates of what it writes, and it
    # comes back as one.
    attrs = {**codec.attrs, "grid_mapping": _GRID_MAPPING}
    return xr.Variable(DIMS, indexing.LazilyIndexedArray(band), attrs, encoding)


def _item_coordinates(stack: Stack, chunk: int) -> dict[str, xr.Variable]:
    times = np.array([item.time for item in stack.items], dtype="datetime64[ns]")
    ids = np.array([item.id for item in stack.items], dtype=np.str_)
    in_file = {"units": "milliseconds since 1970-01-01", "calendar": "proleptic_gregorian", "dtype": "int64"}
    # Text of variable length is what NetCDF and every Zarr know. Chunked like the bands, since xarray chunks every
    # variable that is no index.
    text = {"dtype": np.dtypes.StringDType(), "preferred_chunks": {"time": chunk}}
    return {
        "time": xr.Variable("time", times, {"standard_name": "time", "axis": "T"}, in_file),
        "id": xr.Variable("time", ids, {"long_name": "system:index of the image"}, text),
        **{
            name: _property(name, [item.properties[name] for item in stack.items], text)
            for name in stack.items[0].properties
        },
    }


def _property(name: str, values: list[Any], text: dict[str, Any]) -> xr.Variable:
    """A property of each image: numbers with NaN where one lacks it, or text, empty there."""
    chunks = {"preferred_chunks": text["preferred_chunks"]}
    if all(value is None or isinstance(value, (int, float)) for value in values):
        complete = None not in values
        numbers = np.array(values if complete else [np.nan if value is None else value for value in values])
        return xr.Variable("time", numbers, {"long_name": name}, chunks)
    plain = [value if isinstance(value, str) else "" if value is None else json.dumps(value) for value in values]
    return xr.Variable("time", np.array(plain, dtype=np.str_), {"long_name": name}, text)


def _without_time(dataset: xr.Dataset) -> xr.Dataset:
    """A single image: no time dimension, and no time at all where the image has none."""
    image = dataset.isel(time=0)
    for variable in image.variables.values():
        variable.encoding.get("preferred_chunks", {}).pop("time", None)
    return image.drop_vars("time") if np.isnat(image["time"].values) else image


def _grid_mapping(grid: Grid) -> xr.Variable:
    crs = grid.pyproj_crs
    a, b, c, d, e, f = tuple(grid.transform)[:6]
    attrs = crs.to_cf()
    attrs["spatial_ref"] = attrs["crs_wkt"]
    attrs["GeoTransform"] = " ".join(repr(float(number)) for number in (c, a, b, f, d, e))
    return xr.Variable((), np.int64(0), attrs)
