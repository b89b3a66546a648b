"""``xee-lite reduce``: statistics of a source within polygons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .group import debug_option
from .looks import Command
from .output import json_option
from .service import service_options
from .source_options import source_options
from .value_files import output_option, write_values

if TYPE_CHECKING:
    from pathlib import Path

    from .service import Access
    from .source_options import Selection


@click.command(cls=Command)
@source_options
@click.argument("polygons", metavar="POLYGONS")
@click.option(
    "--reducer", default="mean", show_default=True, metavar="NAME",
    help="mean, median, mode, min, max, sum, count, stdDev, variance, ...",
)  # fmt: skip
@click.option("--polygons-crs", metavar="CRS", help="CRS of polygons that say none.")
@output_option
@service_options
@json_option
@debug_option
def reduce(
    selection: Selection,
    polygons: str,
    reducer: str,
    polygons_crs: str | None,
    out: Path | None,
    service: Access,
    as_json: bool,
) -> None:
    """Reduce the pixels of ID within each of the POLYGONS, a file: FILE[:LAYER] of GeoPackage, GeoJSON or GeoParquet.

    The service reduces, and only the numbers are transferred. The columns of the file are kept.
    """
    from ..outputs.polygons import Features  # noqa: PLC0415 - with the machinery of grids
    from ..outputs.reduce import reduce as reduced  # noqa: PLC0415 - as above

    if selection.is_image_service:
        raise click.UsageError(
            "reduce has the service reduce, which an image service does not do: 'xee-lite export' writes its pixels."
        )
    around = Features.of(polygons, polygons_crs).degrees_bounds(0.0) if selection.limit is not None else None
    with service.session():
        source = selection.source(around)
        values = reduced(source, polygons, reducer, polygons_crs=polygons_crs, **selection.arguments())
    write_values(values, out, as_json=as_json)
