"""``xee-lite info``: the description of a source in a few lines."""

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
        from ..earthengine.overview import overview as describe  # noqa: PLC0415 - ee is slow to import

        overview = describe(selection.source(), selection.asset, selection.region)
    bands = overview.bands
    if selection.bands is not None:
        bands = selected_bands(overview.asset, bands, selection.bands)
    if as_json:
        print_json({**_summary(overview), "bands": [described_band(band) for band in bands]})
        return
    click.echo(f"{overview.asset}: {'an image' if overview.is_image else 'an image collection'}")
    if overview.title:
        click.echo(overview.title)
    click.echo(_images(overview))
    if not overview.is_image:
        click.echo("Bands of the first image:")
    print_table(COLUMNS, [band_row(band) for band in bands])


def _summary(overview: Overview) -> dict[str, object]:
    return {
        "id": overview.asset,
        "type": "image" if overview.is_image else "image collection",
        "title": overview.title or None,
        "count": overview.count,
        "start": overview.start,
        "end": overview.end,
        "dates_are_declared": overview.is_declared,
    }


def _images(overview: Overview) -> str:
    """The number of images, and their dates."""
    start, end = (None if time is None else _day(time) for time in (overview.start, overview.end))
    between = "without a date" if start is None else start if end in (None, start) else f"{start} to {end}"
    if overview.is_image:
        return between
    count = "images that the service did not count in time" if overview.count is None else f"{overview.count} images"
    if overview.is_declared:
        between = "dates not looked at, since they are many" if start is None else f"{between}, as it says of itself"
    return f"{'1 image' if overview.count == 1 else count}, {between}"


def _day(time: np.datetime64) -> str:
    return str(time.astype("datetime64[D]"))
