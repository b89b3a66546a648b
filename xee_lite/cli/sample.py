"""``xee-lite sample``: the values of a source at points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

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

_MARGIN = 1e-4
"""Degrees around the points (ten metres, chosen): images that touch this region count for --limit."""


@click.command(cls=Command)
@source_options
@click.argument("points", metavar="POINTS")
@click.option("--method", type=click.Choice(["nearest", "bilinear"]), default="nearest", show_default=True)
@click.option("--points-crs", metavar="CRS", help="CRS of points that say none; CSV has lon and lat in degrees.")
@output_option
@service_options
@json_option
@debug_option
def sample(
    selection: Selection,
    points: str,
    method: Literal["nearest", "bilinear"],
    points_crs: str | None,
    out: Path | None,
    service: Access,
    as_json: bool,
) -> None:
    """Take the values of ID at POINTS, a file: FILE[:LAYER] of GeoPackage, GeoJSON, GeoParquet or CSV.

    The columns of the file are kept. Points outside have no value, and a warning counts them.
    """
    from ..outputs.points import Points  # noqa: PLC0415 - with the machinery of grids
    from ..outputs.sample import sample as values_at  # noqa: PLC0415 - as above

    around = Points.of(points, points_crs).degrees_bounds(_MARGIN) if selection.limit is not None else None
    with service.session():
        source, arguments = selection.opened(around)
        values = values_at(source, points, method=method, points_crs=points_crs, **arguments)
    write_values(values, out, as_json=as_json)
