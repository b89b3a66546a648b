"""The xarray.Dataset of a view: lazy variables, coordinates, and metadata for CF and GDAL."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from xarray.core import indexing

from .grids.coordinates import GRID_MAPPING, grid_coordinates
from .item_coordinates import TEXT, item_coordinates
from .lazy import LazyPixels
from .planning.chunks import chunk_shape
from .planning.layout import BAND_DATA
from .read_plan import ReadPlan
from .vectorised import LazyArray

if TYPE_CHECKING:
    from .grids.grid import Grid
    from .planning.layout import Layout
    from .planning.limits import Budget, Limits
    from .planning.nodata import Codec
    from .reader import Reader, View
    from .stack import Stack


def build(view: View, reader: Reader, limits: Limits, budget: Budget, layout: Layout) -> xr.Dataset:
    """Assemble the dataset; nothing is read.

    Parameters
    ----------
    view : View
        Its codecs are of one memory type where the bands are a dimension.
    reader : Reader
        Reads windows of the view's grid.
    limits : Limits
        What the service accepts in one request.
    budget : Budget
    layout : Layout

    Returns
    -------
    xarray.Dataset
        One lazy variable (time, y, x) for each band, or one (time, band, y, x) of all; a single image has no time
        dimension, and its time as a scalar.
    """
    stack, grid, codecs = view.stack, view.grid, view.codecs
    shape = (len(stack.items), grid.height, grid.width)
    # Bands of one variable share a request, so their costs add up. Bands that are variables get the chunks of the most
    # costly one, so that the dataset has one set of chunks.
    combine = sum if layout.band_dim else max
    costs = [limits.pixel_cost(codec.wire_dtypes) for codec in codecs.values()]
    wire_bands = combine(len(codec.wire_dtypes) for codec in codecs.values())
    chunk = chunk_shape(
        shape,
        combine(costs),
        wire_bands,
        budget=budget.per_request(math.prod(shape) * sum(costs)),
        limits=limits,
        block=_source_tiles(stack, grid, limits.tile),
    )
    plan = ReadPlan(shape, chunk, math.prod(chunk) * combine(costs), budget, limits, grid.seams)

    def pixels(*bands: str) -> LazyPixels:
        return LazyPixels(reader, {band: codecs[band] for band in bands}, plan)

    names = tuple(codecs)
    if layout.band_dim:
        chunks = {layout.item_dim: chunk[0], layout.band_dim: len(names), "y": chunk[1], "x": chunk[2]}
        variables = {BAND_DATA: _variable(LazyArray(pixels(*names)), codecs[names[0]], chunks)}
    else:
        chunks = {layout.item_dim: chunk[0], "y": chunk[1], "x": chunk[2]}
        variables = {name: _variable(_only_band(pixels(name)), codecs[name], chunks) for name in names}
    coordinates = item_coordinates(stack, layout.item_dim)
    if layout.band_dim:
        coordinates[layout.band_dim] = xr.Variable(layout.band_dim, np.array(names, dtype=TEXT))
    attrs = {**stack.attrs, "Conventions": "CF-1.10", "source": stack.source}
    dataset = xr.Dataset(variables, coordinates, attrs).assign_coords(grid_coordinates(grid, lazy=layout.lazy_coords))
    if stack.is_image and layout.dim is None:
        dataset = _without_time(dataset)
    dataset.encoding["source"] = stack.source
    return dataset


def _source_tiles(stack: Stack, grid: Grid, side: int) -> tuple[int, int] | None:
    """Sides of the source's tiles, where the grid has the source's pixels and starts at the corner of a tile."""
    native = stack.finest_grid
    if native is None or native.crs != grid.crs or native.transform[:2] != grid.transform[:2]:
        return None
    column, row = ~native.transform @ (grid.transform.c, grid.transform.f)
    # The tolerance is for rounding: far more than float64 needs, and far less than a pixel, 1 / side.
    at_corner = all(abs(pixel / side - round(pixel / side)) < 1e-6 for pixel in (column, row))
    same_rows = native.transform[3:5] == grid.transform[3:5]
    return (side, side) if at_corner and same_rows else None


def _only_band(pixels: LazyPixels) -> LazyArray:
    """The array of one band without the axis of the bands."""
    return LazyArray(pixels, indexing.BasicIndexer((slice(None), 0, slice(None), slice(None))))


def _variable(array: LazyArray, codec: Codec, chunks: dict[str, int]) -> xr.Variable:
    encoding = {**codec.encoding, "preferred_chunks": chunks}
    # An attribute, not an encoding: then xarray lists the grid mapping among the coordinates of what it writes, and it
    # comes back as one.
    attrs = {**codec.attrs, "grid_mapping": GRID_MAPPING}
    return xr.Variable(tuple(chunks), array, attrs, encoding)


def _without_time(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset of a single image: without the dimension, and without a time where the image has none."""
    image = dataset.isel(time=0)
    for variable in image.variables.values():
        variable.encoding.get("preferred_chunks", {}).pop("time", None)
    return image.drop_vars("time") if np.isnat(image["time"].values) else image
