"""A grid as the service spells it: its PixelGrid, whose pixels are areas, as those of our grids are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..grids.crs import is_code
from ..grids.grid import intersects

if TYPE_CHECKING:
    from ..grids.grid import Grid


def pixel_grid(grid: Grid, native: Grid | None) -> dict[str, Any]:
    """The JSON of a PixelGrid.

    Parameters
    ----------
    grid : Grid
        What is asked for; it does not cross the antimeridian.
    native : Grid, optional
        The source's own grid.
    """
    # Longitudes beyond 180 are asked for as those within [-180, 180), unless the source's own grid lies there.
    if native is None or native.crs != grid.crs or not intersects(native.bounds, grid.bounds, turn=0):
        grid = grid.wrapped()
    a, b, c, d, e, f = tuple(grid.transform)[:6]
    return {
        "crsCode" if is_code(grid.crs) else "crsWkt": grid.crs,
        "dimensions": {"width": grid.width, "height": grid.height},
        "affineTransform": {"scaleX": a, "shearX": b, "translateX": c, "shearY": d, "scaleY": e, "translateY": f},
    }
