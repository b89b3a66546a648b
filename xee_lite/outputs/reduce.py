"""Statistics of polygons: from a source or a dataset to a table of features and times."""

from __future__ import annotations

import math
import warnings
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ..errors import InputError, XeeLiteWarning, brief
from ..opened import lazy_read
from ..options import OPTIONS
from ..reader import RegionsRequest, regions_reader
from ..traffic.concurrency import run_all
from .attributes import with_attributes
from .polygons import Features
from .sources import dataset_of, grid_of_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..lazy import LazyPixels
    from ..reader import Polygons

    Floats = npt.NDArray[np.float64]

FEATURE = "feature"

MAX_ROWS = 20_000
"""Images x features of one request: a page of the table of images, which is known to pass."""

MAX_PIXELS = 2e8
"""Pixels x images x bands of one request: some 20 s of the service's work (`PIXEL_SECONDS`), of the five minutes that
it takes at most."""

_SHAPE_BYTES = 6 * 2**20
"""Of the coordinates of one request, whose body has 10 MiB."""

_POSITION_BYTES = 44
"""Of two coordinates as text."""


def reduce(
    source: object,
    polygons: object,
    reducer: str = "mean",
    *,
    bands: str | Sequence[str] | None = None,
    properties: str | Sequence[str] | None = None,
    polygons_crs: object = None,
    **arguments: Any,  # noqa: ANN401 - Arguments has their types
) -> xr.Dataset:
    """Reduce the pixels of polygons to one number each, of one image or of all images of a collection.

    The service reduces them, on the pixels of the grid: none of these is transferred. Pixels on the outline count by
    the part of them that lies inside with the reducers that weight ("mean", "sum", "stdDev", "variance", "mode"); with
    the others ("min", "max", "count", "first", ...) a pixel counts where its centre lies inside. Of "median" Earth
    Engine's documents do not say which: the local one counts it among the others.

    Parameters
    ----------
    source : Dataset, DataArray, or whatever ``open_dataset`` takes
        As in `sample`.
    polygons : path, GeoDataFrame, GeoJSON, or shapely geometries
        A file that GeoPandas reads, with ":layer" where it has several. Edges are straight in the CRS of the polygons.
    reducer : str, default "mean"
        A reducer of Earth Engine without arguments that makes one number: "mean", "median", "mode", "min", "max",
        "sum", "count", "stdDev", "variance" and others.
    bands, properties : str or sequence of str, optional
        As in `sample`.
    polygons_crs : str, int or pyproj.CRS, optional
        CRS of polygons that say none.
    **arguments
        Those of ``open_dataset``, such as ``crs``, ``scale``, ``groupby``.

    Returns
    -------
    xarray.Dataset
        Variables (feature, time), or (feature,) of one image, in float64: NaN where a polygon has no valid pixel. The
        attributes of the features are coordinates along ``feature``; one whose name is taken gets "_feature" behind it.

    Raises
    ------
    InputError
        If the polygons, the reducer or the arguments can not be understood, or the dataset was computed from.
    RequestError
        If the service could not give the values.

    Warns
    -----
    XeeLiteWarning
        With a count, if polygons lie outside of the grid: their values are NaN.

    Examples
    --------
    >>> import xee_lite
    >>> field = {"type": "Polygon", "coordinates": [[[6.8, 45.8], [6.9, 45.8], [6.9, 45.9], [6.8, 45.8]]]}
    >>> xee_lite.reduce("USGS/SRTMGL1_003", field, "max").elevation.dims
    ('feature',)
    """
    if not isinstance(reducer, str):
        raise InputError(f"reducer={brief(reducer)} is no name of a reducer: pass text such as 'mean'.")
    features = Features.of(polygons, polygons_crs)
    dataset = dataset_of(source, bands, properties, arguments, features.degrees_bounds)
    regions = features.regions(grid_of_dataset(dataset))
    _warn_of_outside(regions)
    result = dataset.isel(y=0, x=0, drop=True).drop_vars([*dataset.data_vars]).drop_vars(["x", "y"], errors="ignore")
    for name, variable in dataset.data_vars.items():
        result[name] = _reduced(str(name), variable, regions, reducer)
    return with_attributes(result, FEATURE, features.attributes, features.index)


def _reduced(name: str, variable: xr.DataArray, regions: list[Polygons], reducer: str) -> xr.Variable:
    """One variable: its items and bands, by regions."""
    found = lazy_read(variable.variable)
    reader = None if found is None else regions_reader(found[0].reader)
    if found is None or reader is None:
        raise InputError(
            f"The variable {name!r} is no plain read of a service that reduces regions: pass the dataset as it was "
            "opened, or indexed by ranges, or load it and reduce its pixels."
        )
    pixels, (items, bands, *_) = found
    chosen, names = np.atleast_1d(items), tuple(pixels.bands[band] for band in np.atleast_1d(bands))
    out = np.full((len(chosen), len(names), len(regions)), np.nan)
    inside = [number for number, region in enumerate(regions) if region]
    pixel = abs(reader.grid.transform.determinant)
    areas = [_area(regions[number]) / pixel for number in inside]
    tasks = [
        partial(_read, pixels, RegionsRequest(tuple(chosen[some].tolist()), names, parts, reducer), out, some, numbers)
        for some, numbers in _requests(len(chosen), len(names), inside, areas, regions, pixels)
        for parts in ([regions[number] for number in numbers],)
    ]
    run_all(tasks, OPTIONS.concurrency(pixels.limits.concurrent_requests))
    kept = [axis for axis, part in enumerate((items, bands)) if not isinstance(part, int)]
    values = out.reshape([out.shape[axis] for axis in kept] + [len(regions)])
    dims = [dim for dim in variable.dims if dim not in ("y", "x")]
    attrs = {key: value for key, value in variable.attrs.items() if not key.startswith(("_FillValue", "flag_"))}
    return xr.Variable((*dims, FEATURE), values, attrs).transpose(FEATURE, *dims)


def _read(pixels: LazyPixels, request: RegionsRequest, out: Floats, items: slice, regions: list[int]) -> None:
    reader = regions_reader(pixels.reader)
    found = np.full(request.shape, np.nan)
    if reader is not None:
        reader.read_regions(request, found)
    out[items][:, :, regions] = found


def _requests(
    items: int, bands: int, inside: list[int], areas: list[float], regions: list[Polygons], pixels: LazyPixels
) -> Iterator[tuple[slice, list[int]]]:
    """Some of the items and of the regions for each request: few enough, and spread over those that run at once."""
    groups: list[list[int]] = []
    weights: list[float] = []
    sizes = 0.0
    for number, area in zip(inside, areas, strict=True):
        size = _POSITION_BYTES * sum(len(ring) for polygon in regions[number] for ring in polygon)
        weight = bands * max(area, 1)
        full = groups and (
            sizes + size > _SHAPE_BYTES or weights[-1] + weight > MAX_PIXELS or len(groups[-1]) == MAX_ROWS
        )
        if full or not groups:
            groups.append([])
            weights.append(0.0)
            sizes = 0.0
        groups[-1].append(number)
        weights[-1] += weight
        sizes += size
    for group, weight in zip(groups, weights, strict=True):
        most = max(1, min(MAX_ROWS // len(group), int(MAX_PIXELS // weight)))
        count = math.ceil(items / most)
        spread = min(items, OPTIONS.concurrency(pixels.limits.concurrent_requests) // len(groups))
        if weight * items > MAX_PIXELS / 100:  # two tenths of a second of work are not worth more requests
            count = max(count, spread)
        for first, last in pairwise([items * number // count for number in range(count + 1)]):
            yield slice(first, last), group


def _area(region: Polygons) -> float:
    """In units of the CRS, squared."""
    return sum(abs(_shoelace(polygon[0])) for polygon in region)


def _shoelace(ring: Floats) -> float:
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


def _warn_of_outside(regions: list[Polygons]) -> None:
    outside = [number for number, region in enumerate(regions) if not region]
    if outside:
        warnings.warn(
            f"{len(outside)} of {len(regions)} polygons lie outside of the grid, and their values are missing: the "
            f"first is number {outside[0]}.",
            XeeLiteWarning,
            stacklevel=3,
        )
