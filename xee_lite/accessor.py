"""``ds.xee_lite``: the functions of this package that take a dataset, as methods of datasets."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import xarray as xr

from .errors import InputError, brief
from .explain import explain
from .outputs.geotiff import to_geotiff
from .outputs.netcdf import to_netcdf
from .outputs.reduce import reduce
from .outputs.sample import sample
from .outputs.zarr import to_zarr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

P = ParamSpec("P")
R = TypeVar("R")


def load(ds: xr.Dataset) -> xr.Dataset:
    """Read all variables of a dataset into it: side by side, and the bands of one window in one request where they fit.

    It is what ``ds.load()`` does, with Dask and without.

    Parameters
    ----------
    ds : xarray.Dataset
        Its variables are in memory afterwards.

    Returns
    -------
    xarray.Dataset
        The same one.

    Raises
    ------
    RequestError
        When the service could not give a part.

    Examples
    --------
    >>> import xarray as xr
    >>> import xee_lite
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 6.9, 45.9))
    >>> xee_lite.load(ds)["elevation"].ndim
    2
    """
    return ds.load()


def rgb(ds: xr.Dataset, /, bands: Sequence[str] | None = None, **imshow: Any) -> object:  # noqa: ANN401 - xarray's arguments
    """Plot three bands as red, green and blue, by xarray's ``plot.imshow``.

    Parameters
    ----------
    ds : xarray.Dataset
    bands : sequence of 3 str, optional
        Variables; by default those of a dataset that has three.
    **imshow
        Arguments of ``xarray.DataArray.plot.imshow``, such as ``vmin``, ``vmax`` and ``size``. By default the colours
        reach from the 2nd to the 98th percentile (``robust``), and several images have a plot each, four in a row.

    Returns
    -------
    matplotlib.image.AxesImage or xarray.plot.FacetGrid

    Raises
    ------
    InputError
        If these are not three bands of the dataset.

    Examples
    --------
    >>> import xarray as xr
    >>> import xee_lite
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 6.9, 45.9))
    >>> relief = ds.assign(slope=ds["elevation"].differentiate("x"), aspect=ds["elevation"].differentiate("y"))
    >>> relief.xee_lite.rgb(["elevation", "slope", "aspect"]).get_array().shape[-1]
    4
    """
    names = list(map(str, ds.data_vars)) if bands is None else list(bands)
    if len(names) != 3 or any(name not in ds.data_vars for name in names):
        raise InputError(
            f"bands={brief(names)} are not three variables of the dataset: pass the names of red, green and blue out "
            f"of {', '.join(map(str, ds.data_vars))}."
        )
    stacked = ds[names].to_dataarray("band")
    steps = [dim for dim in stacked.dims if dim not in ("band", "y", "x")]
    facets = {"col": steps[0], "col_wrap": min(4, ds.sizes[steps[0]])} if steps else {}
    limits = {} if {"vmin", "vmax", "robust"} & imshow.keys() else {"robust": True}
    return stacked.plot.imshow(rgb="band", **{"y": "y", "x": "x", **facets, **limits, **imshow})


def _method(function: Callable[Concatenate[xr.Dataset, P], R]) -> Callable[Concatenate[XeeLiteAccessor, P], R]:
    """A function of a dataset as a method, with its own signature and docstring."""

    @wraps(function)
    def method(self: XeeLiteAccessor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(self._dataset, *args, **kwargs)

    return method


@xr.register_dataset_accessor("xee_lite")  # type: ignore[no-untyped-call]
class XeeLiteAccessor:
    """The methods of ``ds.xee_lite``.

    Parameters
    ----------
    dataset : xarray.Dataset
        Opened with this engine, and maybe indexed or computed with.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    load = _method(load)
    explain = _method(explain)
    # For mypy, **arguments might have the dataset a second time, by its name.
    sample = _method(sample)  # type: ignore[arg-type]
    reduce = _method(reduce)  # type: ignore[arg-type]
    rgb = _method(rgb)
    to_zarr = _method(to_zarr)
    to_geotiff = _method(to_geotiff)
    to_netcdf = _method(to_netcdf)
