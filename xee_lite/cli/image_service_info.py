"""What ``xee-lite info`` and ``xee-lite imageserver info`` say about an image service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .band_table import COLUMNS, band_row, described_band, selected_bands
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..grids.reprojection import Bounds
    from ..imageserver.multidimensional import Dimension
    from ..imageserver.overview import ServiceOverview


def print_service(url: str, region: Bounds | None, bands: tuple[str, ...] | None, *, as_json: bool) -> None:
    """Ask a service about itself, and print what it says.

    Parameters
    ----------
    url : str
    region : (west, south, east, north), optional
        Degrees: only rasters that touch it count.
    bands : tuple of str, optional
        Which to print; None for all.
    as_json : bool
    """
    from ..imageserver.overview import service_overview  # noqa: PLC0415 - HTTP is slow to import

    found = service_overview(url, region)
    service = found.service
    shown = service.bands if bands is None else selected_bands(service.url, service.bands, bands)
    if as_json:
        print_json({**_summary(found), "bands": [described_band(band) for band in shown]})
        return
    click.echo(f"{service.url}: an image service")
    for line in (str(service.attrs.get("summary", "")), _rasters(found), _offers(found), service.grid_problem):
        if line:
            click.echo(line)
    for variable in found.variables:
        along = ", ".join(f"{one.name} ({len(one.values)})" for one in variable.dimensions)
        click.echo(f"variable {variable.name}{f' in {variable.unit}' if variable.unit else ''} along {along}")
    if service.fields:
        click.echo(f"fields: {', '.join(service.fields)}")
    print_table(COLUMNS, [band_row(band) for band in shown])


def _summary(found: ServiceOverview) -> dict[str, object]:
    service = found.service
    return {
        "url": service.url,
        "type": "image service",
        "name": service.name,
        "count": found.count,
        "start": service.attrs.get("time_coverage_start"),
        "end": service.attrs.get("time_coverage_end"),
        "capabilities": sorted(service.capabilities),
        "max_image_width": service.max_width or None,
        "max_image_height": service.max_height or None,
        "max_download_images": service.max_downloads or None,
        "fields": dict(service.fields),
        "variables": [
            {"name": one.name, "unit": one.unit or None, "dimensions": {d.name: _values(d) for d in one.dimensions}}
            for one in found.variables
        ],
    }


def _values(dimension: Dimension) -> list[object]:
    return [list(value) if isinstance(value, tuple) else value for value in dimension.values]


def _rasters(found: ServiceOverview) -> str:
    """How many rasters, and when."""
    attrs = found.service.attrs
    count = "" if found.count is None else "1 raster" if found.count == 1 else f"{found.count} rasters"
    ends = [str(attrs[name])[:10] for name in ("time_coverage_start", "time_coverage_end") if name in attrs]
    between = " to ".join(dict.fromkeys(ends))
    return ", ".join(part for part in (count, between) if part)


def _offers(found: ServiceOverview) -> str:
    service = found.service
    said = f"capabilities: {', '.join(sorted(service.capabilities)) or 'none'}"
    if service.max_width and service.max_height:
        said += f"; exports of up to {service.max_width} x {service.max_height} pixels"
    if "download" in service.capabilities and service.max_downloads:
        said += f"; downloads of {service.max_downloads} rasters at once"
    return said
