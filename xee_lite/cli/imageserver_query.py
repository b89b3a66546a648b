"""``xee-lite imageserver query``: the rasters of a service, a row for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .group import debug_option
from .imageserver_options import catalogue_options, service_url_argument
from .looks import Command
from .output import json_option, print_json

if TYPE_CHECKING:
    from .image_service import ImageService
    from .imageserver_options import CatalogueQuery

_FORMATS = (".csv", ".parquet", ".geojson", ".gpkg")


def _check(_: click.Context, __: click.Parameter, out: Path | None) -> Path | None:
    if out is not None and out.suffix.lower() not in _FORMATS:
        raise click.BadParameter(
            f"{str(out)!r} ends in {out.suffix!r}, which says no format: pass a name that ends in .csv, .parquet, "
            ".geojson or .gpkg."
        )
    return out


@click.command(cls=Command)
@service_url_argument
@catalogue_options
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), metavar="FILE", callback=_check,
    help="File whose suffix says the format: .csv, .parquet, .geojson or .gpkg; else CSV to standard output.",
)  # fmt: skip
@json_option
@debug_option
def query(service: ImageService, catalogue: CatalogueQuery, out: Path | None, as_json: bool) -> None:
    """List the rasters of the service at URL with their fields, times and footprints in degrees."""
    with service.session():
        table = catalogue.table(service.url)
    if out is not None:
        _write(table, out)
        if as_json:
            print_json({"path": str(out), "count": len(table)})
        else:
            click.echo(f"{out}: {len(table)} rasters")
    elif as_json:
        rows = table.drop(columns="geometry").reset_index().to_dict("records")
        outlines = map(_geojson, table["geometry"])
        print_json({"rasters": [{**row, "geometry": outline} for row, outline in zip(rows, outlines, strict=True)]})
    else:
        click.echo(table.to_csv(), nl=False)


def _geojson(shape: Any) -> Any:  # noqa: ANN401 - a shape, GeoJSON, or None
    return getattr(shape, "__geo_interface__", shape)


def _write(table: Any, out: Path) -> None:  # noqa: ANN401 - a DataFrame, for which there are no types
    suffix = out.suffix.lower()
    if suffix == ".csv":
        table.to_csv(out)
        return
    if not hasattr(table, "to_file"):
        raise click.ClickException(f"{suffix} is written by GeoPandas: run  pip install 'xee_lite[demo]'.")
    if suffix == ".parquet":
        table.to_parquet(out)
    else:
        table.to_file(out, index=True)
