"""``xee-lite info``: what a source is, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .group import debug_option
from .looks import Command
from .output import json_option, print_json, print_table
from .service import service_options
from .source_options import source_options

if TYPE_CHECKING:
    import numpy as np

    from ..earthengine.overview import Overview
    from ..stack import Band
    from .service import Service
    from .source_options import Selection


@click.command(cls=Command)
@source_options
@service_options
@json_option
@debug_option
def info(selection: Selection, service: Service, as_json: bool) -> None:
    """Say what ID, an image or a collection, is: bands, types, grid, dates, count.

    With dates, a region or a filter it is about the images that are left. No pixel is read.
    """
    selection.refuse("info", ("crs", "scale", "like", "groupby", "nodata", "resampling"))
    with service.session():
        from ..earthengine.overview import overview  # noqa: PLC0415 - ee is slow to import

        found = overview(selection.source(), selection.asset, selection.region)
    bands = found.bands if selection.bands is None else _selected(found, selection.bands)
    if as_json:
        print_json({**_summary(found), "bands": [_described(band) for band in bands]})
        return
    click.echo(f"{found.asset}: {'an image' if found.is_image else 'an image collection'}")
    if found.title:
        click.echo(found.title)
    click.echo(_images(found))
    columns = ("band", "type", "range", "pixel", "crs", "width x height")
    if not found.is_image:
        click.echo("Bands of the first image:")
    print_table(columns, [_row(band) for band in bands])


def _selected(found: Overview, names: tuple[str, ...]) -> tuple[Band, ...]:
    from ..items import Items  # noqa: PLC0415 - light, but of no use to other commands
    from ..stack import Stack  # noqa: PLC0415 - as above

    return Stack(found.asset, found.bands, Items.of(())).select(names)


def _summary(found: Overview) -> dict[str, object]:
    return {
        "id": found.asset,
        "type": "image" if found.is_image else "image collection",
        "title": found.title or None,
        "count": found.count,
        "start": found.start,
        "end": found.end,
        "dates_are_declared": found.is_declared,
    }


def _images(found: Overview) -> str:
    """How many images, and when."""
    start, end = (None if time is None else _day(time) for time in (found.start, found.end))
    between = "without a date" if start is None else start if end in (None, start) else f"{start} to {end}"
    if found.is_image:
        return between
    count = "images that the service did not count in time" if found.count is None else f"{found.count} images"
    if found.is_declared:
        between = "dates not looked at, since they are many" if start is None else f"{between}, as it says of itself"
    return f"{'1 image' if found.count == 1 else count}, {between}"


def _day(time: np.datetime64) -> str:
    return str(time.astype("datetime64[D]"))


def _described(band: Band) -> dict[str, Any]:
    from ..grids.grid import nominal_scale  # noqa: PLC0415 - with pyproj

    grid = band.grid
    return {
        "name": band.name,
        "type": "array" if band.is_array else band.dtype.name,
        "range": band.range,
        "scale": None if grid is None else nominal_scale(grid),
        "crs": None if grid is None else grid.crs,
        "transform": None if grid is None else tuple(grid.transform)[:6],
        "width": None if grid is None else grid.shape[1],
        "height": None if grid is None else grid.shape[0],
        "classes": {str(value): name for value, name in band.classes.items()} or None,
    }


def _row(band: Band) -> tuple[object, ...]:
    said = _described(band)
    limits = None if band.range is None else f"{band.range[0]:.10g} to {band.range[1]:.10g}"
    if band.grid is None:
        return band.name, said["type"], limits, "none of its own", "", ""
    from ..grids.crs import spell_crs  # noqa: PLC0415 - with pyproj

    size = f"{said['width']} x {said['height']}"
    return band.name, said["type"], limits, f"{said['scale']:.4g} m", spell_crs(band.grid.crs), size
