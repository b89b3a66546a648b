"""``xee-lite imageserver download``: the original files of rasters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from .group import debug_option, resumable
from .imageserver_options import catalogue_options, service_url_argument
from .looks import Command
from .output import json_option, print_json

if TYPE_CHECKING:
    from ..imageserver import DownloadedRaster
    from .image_service import ImageService
    from .imageserver_options import CatalogueQuery


def _ids(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} names no rasters: pass ids that commas separate, as 3,7.") from None


@click.command(cls=Command)
@service_url_argument
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--rasters", metavar="IDS", callback=_ids, help="Ids that commas separate, as query lists them.")
@catalogue_options
@click.option(
    "--cut",
    type=click.Choice(["envelope", "polygon"]),
    help="Cut rasters to the box, or the shape, of --bbox or --aoi.",
)
@click.option(
    "--format", "kind", default="TIFF", show_default=True, help="Of rasters that are cut, as far as the server can."
)
@click.option("--convert", is_flag=True, help="Convert rasters that are not cut too.")
@json_option
@debug_option
def download(
    service: ImageService,
    folder: Path,
    rasters: tuple[int, ...] | None,
    catalogue: CatalogueQuery,
    cut: str | None,
    kind: str,
    convert: bool,
    as_json: bool,
) -> None:
    """Download the files of rasters of the service at URL into FOLDER, a folder within it for each raster.

    Rasters are named by --rasters, or found by --where, --start, --end, --bbox and --aoi. Files that are complete
    already are not fetched again.
    """
    from ..imageserver import download as fetch  # noqa: PLC0415 - HTTP is slow to import

    if rasters is None and catalogue.is_empty:
        raise click.UsageError(
            "Which rasters? Pass their ids as --rasters, or find them by --where, --start, --end, --bbox or --aoi."
        )
    if rasters is not None and not (catalogue.is_empty or (cut and catalogue.has_region_alone)):
        raise click.UsageError("--rasters names them: leave out what finds them, but for a region beside --cut.")
    if cut is not None and catalogue.geometry is None:
        raise click.UsageError("--cut has no shape to cut to: pass --bbox or --aoi beside it.")
    with service.session(), resumable():
        ids = rasters or tuple(int(raster) for raster in catalogue.table(service.url).index)
        if not ids:
            raise InputError(f"No raster of {service.url} is left: pass other conditions.")
        downloaded = fetch(
            service.url, ids, folder, geometry=catalogue.geometry if cut else None, geometry_type=cut or "envelope",
            format=kind, convert=convert,
        )  # fmt: skip
    if as_json:
        print_json({"rasters": [_plain(raster) for raster in downloaded]})
        return
    for raster in downloaded:
        for path in raster.images or raster.files:
            click.echo(path)


def _plain(raster: DownloadedRaster) -> dict[str, object]:
    images, files = list(map(str, raster.images)), list(map(str, raster.files))
    return {"id": raster.raster, "format": raster.format, "images": images, "files": files}
