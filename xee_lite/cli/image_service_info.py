"""The description of an image service that ``xee-lite info`` and ``xee-lite imageserver info`` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .band_table import COLUMNS, band_row, described_band, selected_bands
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..grids.reprojection import Bounds
    from ..imageserver.multidimensional import Dimension
    from ..imageserver.overview import ServiceOverview
    from ..imageserver.service import Service


def print_service(url: str, region: Bounds | None, bands: tuple[str, ...] | None, *, as_json: bool) -> None:
    """Ask a service about itself, and print its description.

    Parameters
    ----------
    url : str
    region : (west, south, east, north), optional
        Degrees: only rasters that touch it count.
    bands : tuple of str, optional
        The bands to print; None for all.
    as_json : bool
    """
    from ..imageserver.overview import service_overview  # noqa: PLC0415 - HTTP is slow to import

    overview = service_overview(url, region)
    service = overview.service
    shown = service.bands if bands is None else selected_bands(service.url, service.bands, bands)
    if as_json:
        print_json({**_summary(overview), "bands": [described_band(band) for band in shown]})
        return
    click.echo(f"{service.url}: an image service")
    for line in (str(service.attrs.get("summary", "")), _rasters(overview), _offers(service), service.grid_problem):
        if line:
            click.echo(line)
    for variable in overview.variables:
        along = ", ".join(f"{dimension.name} ({len(dimension.values)})" for dimension in variable.dimensions)
        click.echo(f"variable {variable.name}{f' in {variable.unit}' if variable.unit else ''} along {along}")
    if service.fields:
        click.echo(f"fields: {', '.join(service.fields)}")
    print_table(COLUMNS, [band_row(band) for band in shown])


def _summary(overview: ServiceOverview) -> dict[str, object]:
    service = overview.service
    return {
        "url": service.url,
        "type": "image service",
        "name": service.name,
        "count": overview.count,
        "start": service.attrs.get("time_coverage_start"),
        "end": service.attrs.get("time_coverage_end"),
        "capabilities": sorted(service.capabilities),
        "max_image_width": service.max_width or None,
        "max_image_height": service.max_height or None,
        "max_download_images": service.max_downloads or None,
        "fields": dict(service.fields),
        "variables": [
            {
                "name": variable.name,
                "unit": variable.unit or None,
                "dimensions": {dimension.name: _values(dimension) for dimension in variable.dimensions},
            }
            for variable in overview.variables
        ],
    }


def _values(dimension: Dimension) -> list[object]:
    return [list(value) if isinstance(value, tuple) else value for value in dimension.values]


def _rasters(overview: ServiceOverview) -> str:
    """The number of rasters, and their dates."""
    attrs, number = overview.service.attrs, overview.count
    count = "" if number is None else "1 raster" if number == 1 else f"{number} rasters"
    ends = [str(attrs[name])[:10] for name in ("time_coverage_start", "time_coverage_end") if name in attrs]
    between = " to ".join(dict.fromkeys(ends))
    return ", ".join(part for part in (count, between) if part)


def _offers(service: Service) -> str:
    """The capabilities, and their limits."""
    offers = [f"capabilities: {', '.join(sorted(service.capabilities)) or 'none'}"]
    if service.max_width and service.max_height:
        offers.append(f"exports of up to {service.max_width} x {service.max_height} pixels")
    if "download" in service.capabilities and service.max_downloads:
        offers.append(f"downloads of {service.max_downloads} rasters at once")
    return "; ".join(offers)
