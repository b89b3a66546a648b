"""Bands as rows of a table, or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..stack import Band

COLUMNS = ("band", "type", "range", "pixel", "crs", "width x height")


def selected_bands(source: str, bands: tuple[Band, ...], names: tuple[str, ...]) -> tuple[Band, ...]:
    """Bands by name.

    Raises
    ------
    InputError
        If there is no such band.
    """
    from ..items import Items  # noqa: PLC0415 - light, but of no use to other commands
    from ..stack import Stack  # noqa: PLC0415 - as above

    return Stack(source, bands, Items.of(())).select(names)


def described_band(band: Band) -> dict[str, Any]:
    """A band as JSON."""
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


def band_row(band: Band) -> tuple[object, ...]:
    """A band as a row of the table."""
    described = described_band(band)
    limits = None if band.range is None else f"{band.range[0]:.10g} to {band.range[1]:.10g}"
    if band.grid is None:
        return band.name, described["type"], limits, "none of its own", "", ""
    from ..grids.crs import spell_crs  # noqa: PLC0415 - with pyproj

    size = f"{described['width']} x {described['height']}"
    scale = f"{described['scale']:.4g} m"
    return band.name, described["type"], limits, scale, spell_crs(band.grid.crs), size
