"""``xee-lite export``: a source on a grid as a Zarr store, GeoTIFF files or a NetCDF file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .group import debug_option, resumable
from .looks import Command
from .output import json_option, print_json
from .progress import shown_progress
from .service import service_options
from .source_options import source_options

if TYPE_CHECKING:
    import xarray as xr

    from ..outputs.progress import Export, ProgressArgument
    from .service import Access
    from .source_options import Selection

_ZARR, _GEOTIFF, _NETCDF = (".zarr",), (".tif", ".tiff"), (".nc",)


@click.command(cls=Command)
@source_options
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--append", metavar="DIM", help="Add to a Zarr store what it lacks along this dimension, such as time.")
@click.option("--cog", is_flag=True, help="Write Cloud Optimized GeoTIFFs.")
@click.option("--integers", is_flag=True, help="Keep integer types; missing pixels are a number then, and not NaN.")
@click.option("--keep-going", is_flag=True, help="Go on when a part fails for good; run it again to ask for it.")
@service_options
@json_option
@debug_option
def export(
    selection: Selection,
    target: Path,
    append: str | None,
    cog: bool,
    integers: bool,
    keep_going: bool,
    service: Access,
    as_json: bool,
) -> None:
    """Write ID on a grid to TARGET, whose suffix says the format: .zarr, .tif or .nc.

    A name such as 'b4_{time:%Y%m%d}.tif' gives a file for each step in time. What was interrupted, or failed, goes on
    where it was when the same command runs again.
    """
    _check(target, append, cog=cog)
    errors: Literal["record", "raise"] = "record" if keep_going else "raise"
    with service.session():
        dataset = selection.dataset(mask_and_scale=not integers)
        with resumable(), shown_progress(quiet=as_json) as progress:
            written = _write(dataset, target, append, cog=cog, errors=errors, progress=progress)
    if as_json:
        print_json({
            "paths": written.paths, "parts": written.parts, "reused": written.reused, "requests": written.requests,
            "bytes": written.bytes, "failed": len(written.failed), "eecu_seconds": written.eecu_seconds,
        })  # fmt: skip
    else:
        click.echo(written)
    if written.failed:
        raise click.ClickException(f"{written.failed[0].error} ({len(written.failed)} parts failed)")


def _check(target: Path, append: str | None, *, cog: bool) -> None:
    """Refuse a suffix that says no format, and options of another format."""
    suffix = target.suffix.lower()
    if suffix not in (*_ZARR, *_GEOTIFF, *_NETCDF):
        raise click.BadParameter(
            f"{str(target)!r} ends in {suffix!r}, which says no format: pass a name that ends in .zarr, .tif or .nc.",
            param_hint="TARGET",
        )
    if append is not None and suffix not in _ZARR:
        raise click.UsageError(f"--append adds to a Zarr store, and {target} is none: pass a name that ends in .zarr.")
    if cog and suffix not in _GEOTIFF:
        raise click.UsageError(f"--cog is a kind of GeoTIFF, and {target} is none: pass a name that ends in .tif.")


def _write(
    dataset: xr.Dataset,
    target: Path,
    append: str | None,
    *,
    cog: bool,
    errors: Literal["record", "raise"],
    progress: ProgressArgument,
) -> Export:
    import xee_lite  # noqa: PLC0415 - the functions as users call them

    suffix = target.suffix.lower()
    if suffix in _ZARR:
        return xee_lite.to_zarr(dataset, target, append=append, errors=errors, progress=progress)
    if suffix in _NETCDF:
        return xee_lite.to_netcdf(dataset, target, errors=errors, progress=progress)
    return xee_lite.to_geotiff(dataset, target, driver="COG" if cog else "GTiff", errors=errors, progress=progress)
