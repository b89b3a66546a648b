"""The grid of a raster file, where rasterio is installed to open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError, brief
from .grid import Grid

if TYPE_CHECKING:
    import os


def raster_grid(path: str | os.PathLike[str]) -> Grid:
    """The grid of a raster that GDAL opens.

    Parameters
    ----------
    path : str or path
        A file, or any other name that rasterio opens.

    Raises
    ------
    InputError
        If rasterio is not installed, can not open it, or finds no CRS in it.
    """
    try:
        import rasterio  # noqa: PLC0415 - not a dependency
    except ImportError as error:
        raise InputError(
            f"like={brief(path)} is the path of a raster, which rasterio opens: install it, or pass an xarray object."
        ) from error
    try:
        with rasterio.open(path) as raster:
            crs, transform, shape = raster.crs, raster.transform, raster.shape
    except Exception as error:  # GDAL's drivers and a user's own path may raise anything
        raise InputError(
            f"like={brief(path)} is not a raster that rasterio opens ({brief(str(error))}): pass the path of one, or "
            "an xarray object."
        ) from error
    if crs is None:
        raise InputError(f"like={brief(path)} says no CRS: pass a raster that does, or grid=.")
    # From its own corner, so that it has the coordinates that rioxarray gives it.
    return Grid.part_of(crs.to_wkt(), transform, (0, 0), shape)
