"""Statistics of polygons: from a source or a dataset to a table of features and times."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..errors import InputError, XeeLiteWarning, brief
from ..opened import lazy_read
from ..options import OPTIONS
from ..reader import RegionsRequest, regions_reader
from ..traffic.concurrency import run_all
from .attributes import with_attributes
from .polygons import Features
from .region_requests import region_requests
from .sources import dataset_of, grid_of_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..reader import Polygons

FEATURE = "feature"
"""The dimension of the polygons."""


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

    The service reduces them, on the pixels of the grid: no pixel is transferred. Pixels on the outline are weighted by
    the part of them that lies inside, with the reducers that have weights ("mean", "sum", "stdDev", "variance",
    "mode"); with the others ("min", "max", "count", "first", ...) a pixel counts where its centre lies inside. Earth
    Engine's documents do not say whether "median" has weights: on the local one it has none.

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
        If the polygons, the reducer or the arguments can not be understood, or the dataset is a computed one.
    RequestError
        If the service could not give the values.

    Warns
    -----
    XeeLiteWarning
        If polygons lie outside of the grid, with their number: their values are NaN.

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
    """The statistics of one variable: its items and bands for each region."""
    lazy = lazy_read(variable.variable)
    reader = None if lazy is None else regions_reader(lazy[0].reader)
    if lazy is None or reader is None:
        raise InputError(
            f"The variable {name!r} is no plain read of a service that reduces regions: pass the dataset as it was "
            "opened, or indexed by ranges, or load it and reduce its pixels."
        )
    pixels, (items, bands, *_) = lazy
    chosen, names = np.atleast_1d(items), tuple(pixels.bands[band] for band in np.atleast_1d(bands))
    out = np.full((len(chosen), len(names), len(regions)), np.nan)

    def read(some: slice, numbers: list[int]) -> None:
        request = RegionsRequest(tuple(chosen[some].tolist()), names, [regions[number] for number in numbers], reducer)
        statistics = np.full(request.shape, np.nan)
        reader.read_regions(request, statistics)
        out[some][:, :, numbers] = statistics

    concurrency = OPTIONS.concurrency(pixels.limits.concurrent_requests)
    pixel_area = abs(reader.grid.transform.determinant)
    requests = region_requests(len(chosen), len(names), regions, pixel_area, concurrency)
    run_all([partial(read, *request) for request in requests], concurrency)
    # An axis that was indexed with an integer is no dimension of the variable.
    kept = [axis for axis, part in enumerate((items, bands)) if not isinstance(part, int)]
    values = out.reshape([out.shape[axis] for axis in kept] + [len(regions)])
    dims = [dim for dim in variable.dims if dim not in ("y", "x")]
    attrs = {key: value for key, value in variable.attrs.items() if not key.startswith(("_FillValue", "flag_"))}
    return xr.Variable((*dims, FEATURE), values, attrs).transpose(FEATURE, *dims)


def _warn_of_outside(regions: list[Polygons]) -> None:
    outside = [number for number, region in enumerate(regions) if not region]
    if outside:
        warnings.warn(
            f"{len(outside)} of {len(regions)} polygons lie outside of the grid, and their values are missing: the "
            f"first is number {outside[0]}.",
            XeeLiteWarning,
            stacklevel=3,
        )
