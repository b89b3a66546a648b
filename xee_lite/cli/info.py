"""``xee-lite info``: what a source is, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .band_table import COLUMNS, band_row, described_band, selected_bands
from .group import debug_option
from .image_service_info import print_service
from .looks import Command
from .output import json_option, print_json, print_table
from .service import service_options
from .source_options import CHOICES, source_options

if TYPE_CHECKING:
    import numpy as np

    from ..earthengine.overview import Overview
    from .service import Access
    from .source_options import Selection


@click.command(cls=Command)
@source_options
@service_options
@json_option
@debug_option
def info(selection: Selection, service: Access, as_json: bool) -> None:
    """Say what ID, an image, a collection or an image service, is: bands, types, grid, dates, count.

    With dates, a region or a filter it is about the images that are left. No pixel is read.
    """
    selection.refuse("info", ("crs", "scale", "like", "groupby", "nodata", "resampling", "rasters", "transport"))
    if selection.is_image_service:
        selection.refuse("info of an image service", CHOICES)
        with service.session():
            print_service(selection.asset, selection.region, selection.bands, as_json=as_json)
        return
    with service.session():
        from ..earthengine.overview import overview  # noqa: PLC0415 - ee is slow to import

        found = overview(selection.source(), selection.asset, selection.region)
    bands = found.bands if selection.bands is None else selected_bands(found.asset, found.bands, selection.bands)
    if as_json:
        print_json({**_summary(found), "bands": [described_band(band) for band in bands]})
        return
    click.echo(f"{found.asset}: {'an image' if found.is_image else 'an image collection'}")
    if found.title:
        click.echo(found.title)
    click.echo(_images(found))
    if not found.is_image:
        click.echo("Bands of the first image:")
    print_table(COLUMNS, [band_row(band) for band in bands])


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
