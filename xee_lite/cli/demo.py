"""``xee-lite demo``: from opening a collection to files on disk, offline or on the real service."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
import xarray as xr

from .looks import Command

if TYPE_CHECKING:
    from ..outputs.progress import Progress

_PLACE = (3.05, 43.55, 3.09, 43.58)
"""A few kilometres of fields north of Beziers: (west, south, east, north) in degrees."""
_AROUND = (3.05, 43.55, 3.25, 43.70)
"""The larger region whose elevation is exported."""


@click.command(cls=Command)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("xee_lite_demo"), show_default=True,
    help="Folder for the files that it writes.",
)  # fmt: skip
@click.option("--project", help="Run on the real Earth Engine, billed to this Cloud project.")
def demo(out: Path, project: str | None) -> None:
    """Open Sentinel-2, compute a monthly NDVI with Dask, write Zarr, NetCDF, GeoTIFF and a picture.

    Without --project everything runs on this machine, against a local Earth Engine: its pixels are invented.
    """
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if project is None:
            _begin_local(stack)
        else:
            import ee  # noqa: PLC0415 - slow to import

            ee.Initialize(project=project)
            click.echo(f"Earth Engine, project {project}.")
        from .demo_ndvi import fields  # noqa: PLC0415 - with the machinery of reads

        fields(_PLACE, out, invented=project is None)
        _resumed_export(out)
    click.echo(f"\nAll that was written reads back identical. It lies in {out}/.")


def _begin_local(stack: ExitStack) -> None:
    from ..emulator import start  # noqa: PLC0415 - an extra

    earth = stack.enter_context(start())
    earth.initialize()
    click.echo(f"A local Earth Engine listens at {earth.url}; no account, no network.")


class _Interrupted(BaseException):
    """Ends an export from within, as Ctrl-C does."""


def _resumed_export(out: Path) -> None:
    """Export one image, interrupt that after a third, and start it again."""
    from ..options import set_options  # noqa: PLC0415 - with the machinery of exports
    from ..outputs.zarr import to_zarr  # noqa: PLC0415 - as above

    click.echo("\n2. An export that is interrupted and started again")
    store = out / "elevation.zarr"
    shutil.rmtree(store, ignore_errors=True)
    dataset = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=_AROUND, request_bytes=100_000)

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
