"""``xee-lite demo``: the main job from end to end, offline or on the real service."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import xarray as xr

from .looks import Command

if TYPE_CHECKING:
    import ee

    from ..outputs.progress import Progress

_PLACE = (3.05, 43.55, 3.25, 43.70)
"""A few kilometres of vineyards and garrigue north of Beziers: (west, south, east, north) in degrees."""
_MONTHS = ("2023-03-01", "2023-10-01")
_SCALE = 60
_CLOUDS = (3, 8, 9, 10)
"""Classes of SCL that hide the ground: cloud shadow, cloud of medium and high probability, thin cirrus."""


@click.command(cls=Command)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("xee_lite_demo"), show_default=True,
    help="Folder for what it writes.",
)  # fmt: skip
@click.option("--project", help="Run on the real Earth Engine, billed to this Cloud project.")
def demo(out: Path, project: str | None) -> None:
    """Open Sentinel-2, compute a monthly NDVI with Dask, write Zarr, NetCDF, GeoTIFF and a picture.

    Without --project everything runs on this machine, against a local Earth Engine: Sentinel-2 is then a stand-in with
    invented pixels, and a second part opens measured data.
    """
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if project is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _begin_local(stack, folder)
        else:
            import ee  # noqa: PLC0415 - see above

            ee.Initialize(project=project)
            click.echo(f"Earth Engine, project {project}.")
        _sentinel(out)
        if project is None:
            from .measured import measured  # noqa: PLC0415 - needs packages of the demo alone

            measured(folder)
        _interrupted(out, 3 if project is None else 2)
    click.echo(f"\nAll that was written reads back identical. It lies in {out}/.")


def _begin_local(stack: ExitStack, folder: Path) -> None:
    from ..emulator import start  # noqa: PLC0415 - an extra
    from .measured import write_folder  # noqa: PLC0415 - needs packages of the demo alone

    write_folder(folder)
    earth = stack.enter_context(start(data=folder))
    earth.initialize()
    click.echo(f"A local Earth Engine listens at {earth.url}; no account, no network.")


def _sentinel(out: Path) -> None:
    from dask.diagnostics import ProgressBar  # noqa: PLC0415 - with the rest of Dask

    from ..explain import explain  # noqa: PLC0415

    click.echo("\n1. Sentinel-2: a monthly NDVI without clouds")
    dataset = xr.open_dataset(_cloudless(), engine="xee_lite", crs="EPSG:32631", scale=_SCALE, bbox=_PLACE, chunks={})
    sizes = ", ".join(f"{name} {size}" for name, size in dataset.sizes.items())
    click.echo(f"   {sizes}; {explain(dataset)}")
    ndvi = monthly_ndvi(dataset)
    with ProgressBar(dt=1):
        ndvi = ndvi.compute()
    _write(ndvi, out)
    _check(ndvi, out)
    _draw(ndvi, out / "ndvi.png")


class _Interrupted(BaseException):
    """Ends an export from within, as Ctrl-C does."""


def _interrupted(out: Path, number: int) -> None:
    """Export one image, interrupt that after a third, and start it again."""
    import shutil  # noqa: PLC0415 - with the rest of this part

    from ..options import set_options  # noqa: PLC0415 - as above
    from ..outputs.zarr import to_zarr  # noqa: PLC0415 - as above

    click.echo(f"\n{number}. An export that is interrupted and started again")
    store = out / "elevation.zarr"
    shutil.rmtree(store, ignore_errors=True)
    dataset = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=_PLACE, request_bytes=100_000)

    def interrupt(progress: Progress) -> None:
        if progress.done >= progress.total // 3:
            raise _Interrupted

    try:
        with set_options(max_concurrent_requests=2):
            to_zarr(dataset, store, progress=interrupt)
    except _Interrupted:
        click.echo("   interrupted after a third of its parts")
    export = to_zarr(dataset, store)
    click.echo(f"   {export.reused} of {export.parts} parts were there, the rest took {export.requests} requests")
    with xr.open_zarr(store, consolidated=False) as back:
        xr.testing.assert_equal(back.load(), dataset.compute())
    click.echo(f"   {store.name}: identical")


def _cloudless() -> ee.ImageCollection:
    """Ordinary Earth Engine code: a season over one region, clouds masked out by the scene classification."""
    import ee  # noqa: PLC0415 - initialised by now

    def clear(image: ee.Image) -> ee.Image:
        clouds = image.select("SCL").remap(list(_CLOUDS), [1] * len(_CLOUDS), 0)
        return image.updateMask(clouds.Not()).select(["B4", "B8"])

    return (
        ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED")
        .filterBounds(ee.Geometry.BBox(*_PLACE))
        .filterDate(*_MONTHS)
        .filter(ee.Filter.lt("CLOUDY_PIXEL_PERCENTAGE", 40))
        .map(clear)
    )


def monthly_ndvi(dataset: xr.Dataset) -> xr.Dataset:
    """The mean NDVI of each month, float32 (time, y, x) of calendar months."""
    ndvi = (dataset["B8"] - dataset["B4"]) / (dataset["B8"] + dataset["B4"])
    monthly = ndvi.resample(time="MS").mean()
    # The grid mapping is named again, since arithmetic may have dropped it: GDAL looks for it in the NetCDF.
    mapping = dataset["B8"].attrs["grid_mapping"]
    monthly.attrs = {"long_name": "normalised difference vegetation index", "units": "1", "grid_mapping": mapping}
    return monthly.transpose("time", "y", "x").to_dataset(name="NDVI").drop_vars("id", errors="ignore")


def _write(ndvi: xr.Dataset, out: Path) -> None:
    ndvi.to_netcdf(out / "ndvi.nc", engine="h5netcdf")
    ndvi.to_zarr(out / "ndvi.zarr", mode="w", consolidated=False)
    ndvi["NDVI"].rio.to_raster(out / "ndvi.tif", compress="deflate")


def _check(ndvi: xr.Dataset, out: Path) -> None:
    """Read everything back and hold it against what is in memory; GDAL says where it lies."""
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


def _draw(ndvi: xr.Dataset, path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    mpl.use("Agg")
    grid = ndvi["NDVI"].plot.imshow(col="time", col_wrap=4, vmin=-0.1, vmax=0.9, cmap="RdYlGn", size=2.6)
    for axes, month in zip(grid.axs.flat, ndvi["time"].dt.strftime("%B %Y").values, strict=False):
        axes.set(title=month, xlabel="", ylabel="", aspect="equal", xticks=[], yticks=[])
    grid.fig.savefig(path, dpi=120, bbox_inches="tight")
    click.echo(f"   {path.name}: a picture")
