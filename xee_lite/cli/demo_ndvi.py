"""The demo's first part: a monthly NDVI of fields at 10 m, computed, written, read back and drawn."""

from __future__ import annotations

import inspect
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import xarray as xr

from ..explain import explain
from ..traffic.events import Done, subscribe
from .demo_picture import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import ee

_MONTHS = ("2023-03-01", "2023-10-01")
"""From the first day to before the second."""


def monthly_ndvi(place: tuple[float, float, float, float], months: tuple[str, str]) -> xr.Dataset:
    """Open Sentinel-2 without clouds, and average its NDVI by month: the demo prints these lines, and runs them."""
    import ee  # noqa: PLC0415 - slow to import

    def clear(image: ee.Image) -> ee.Image:
        clouds = image.select("SCL").remap([3, 8, 9, 10], [0, 0, 0, 0], 1)  # shadow, cloud, thin cirrus
        return image.select(["B4", "B8"]).updateMask(clouds).copyProperties(image, ["system:time_start"])

    sentinel = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED")
    season = sentinel.filterDate(*months).map(clear)
    ds = xr.open_dataset(season, engine="xee_lite", bbox=place, crs="EPSG:32631", scale=10, chunks={})
    ndvi = (ds.B8 - ds.B4) / (ds.B8 + ds.B4)
    monthly: xr.Dataset = ndvi.resample(time="MS").mean().to_dataset(name="NDVI")
    return monthly


def fields(place: tuple[float, float, float, float], out: Path, *, invented: bool) -> None:
    """Compute it, write ndvi.nc, ndvi.zarr, ndvi.tif and ndvi.png, and compare the files with the values in memory.

    Parameters
    ----------
    place : (west, south, east, north)
        Degrees.
    out : path
    invented : bool
        Whether the pixels are invented, which the picture then says.
    """
    click.echo("\n1. Sentinel-2: a monthly NDVI without clouds, at 10 m\n")
    click.echo(code_of(monthly_ndvi, place=place, months=_MONTHS))
    lazy = monthly_ndvi(place, _MONTHS)
    sizes = ", ".join(f"{name} {size}" for name, size in lazy.sizes.items())
    click.echo(f"   {sizes}; at most {explain(lazy)}")
    with _counted_requests():
        ndvi = _described(lazy.compute())
    _write(ndvi, out)
    _check(ndvi, out)
    title = "NDVI of each month, Sentinel-2 at 10 m"
    draw(ndvi["NDVI"], out / "ndvi.png", f"{title}: invented data" if invented else title)
    click.echo("   ndvi.png: a picture" + (" of invented fields" if invented else ""))


def code_of(function: Callable[..., object], **values: object) -> str:
    """The body of a function as a user would type it: without annotations, docstring and comments for linters.

    Parameters
    ----------
    function : callable
        Its docstring has one line.
    **values : object
        The values of its arguments, which are written in their place.
    """
    body = inspect.cleandoc("\n".join(["", *inspect.getsource(function).splitlines()[2:]]))
    body = body.replace("image: ee.Image) -> ee.Image", "image)").replace("monthly: xr.Dataset", "monthly")
    body = (
        body.removesuffix("\nreturn monthly")
        .replace("import ee", "import ee\nimport xarray as xr")
        .replace("*months", '"{}", "{}"'.format(*_MONTHS))
    )
    for name, value in values.items():
        body = body.replace(f"={name}", f"={value}")
    return "\n".join(f"     {line.partition('  # noqa')[0]}".rstrip() for line in body.splitlines()) + "\n"


@contextmanager
def _counted_requests() -> Iterator[None]:
    """Count the requests for pixels as they are answered: in place on a terminal, at the end elsewhere."""
    done, lock, on_terminal = 0, threading.Lock(), sys.stderr.isatty()

    def count(event: object) -> None:
        nonlocal done
        if isinstance(event, Done) and event.error is None and event.request.window:
            with lock:
                done += 1
                if on_terminal:
                    click.echo(f"\r   {done} requests answered", nl=False, err=True)

    stop = subscribe(count)
    try:
        yield
    finally:
        stop()
        if on_terminal:
            click.echo("\r", nl=False, err=True)
    click.echo(f"   {done} requests answered")


def _described(ndvi: xr.Dataset) -> xr.Dataset:
    """The same with attributes for files: a name, a unit, and the grid mapping, which arithmetic may have dropped."""
    monthly = ndvi["NDVI"].transpose("time", "y", "x")
    attrs = {"long_name": "normalised difference vegetation index", "units": "1", "grid_mapping": "spatial_ref"}
    return monthly.assign_attrs(attrs).to_dataset().drop_vars("id", errors="ignore")


def _write(ndvi: xr.Dataset, out: Path) -> None:
    ndvi.to_netcdf(out / "ndvi.nc", engine="h5netcdf")
    ndvi.to_zarr(out / "ndvi.zarr", mode="w", consolidated=False)
    ndvi["NDVI"].rio.to_raster(out / "ndvi.tif", compress="deflate")


def _check(ndvi: xr.Dataset, out: Path) -> None:
    """Read everything back and compare it with the values in memory, and the GeoTIFF's place by GDAL."""
    import rasterio  # noqa: PLC0415 - an extra

    for name, engine in (("ndvi.nc", "h5netcdf"), ("ndvi.zarr", "zarr")):
        options: dict[str, Any] = {"consolidated": False} if engine == "zarr" else {}
        with xr.open_dataset(out / name, engine=engine, **options) as back:
            xr.testing.assert_identical(back.load().drop_attrs(), ndvi.drop_attrs())
        click.echo(f"   {name}: identical")
    with rasterio.open(out / "ndvi.tif") as raster:
        np.testing.assert_array_equal(raster.read(), ndvi["NDVI"].values)
        if tuple(raster.transform) != tuple(ndvi["NDVI"].rio.transform()) or raster.crs != ndvi["NDVI"].rio.crs:
            raise click.ClickException(f"ndvi.tif lies at {raster.transform} {raster.crs}: not where it was opened.")
        click.echo(
            f"   ndvi.tif: identical; GDAL sees {raster.crs} at {raster.bounds.left:.0f}, {raster.bounds.top:.0f}"
        )
