"""Percentages of a scene (clouds, snow, ...), from a coarse lattice of its pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...geometry.coordinates import apply, transform
from .fields import Fields
from .positions import Exact

if TYPE_CHECKING:
    from .frame import Frame
    from .scene import Visible
    from .waves import Array

PERCENTAGES = (
    "CLOUDY_PIXEL_PERCENTAGE",
    "CLOUD_COVERAGE_ASSESSMENT",
    "CLOUDY_SHADOW_PERCENTAGE",
    "HIGH_PROBA_CLOUDS_PERCENTAGE",
    "MEDIUM_PROBA_CLOUDS_PERCENTAGE",
    "THIN_CIRRUS_PERCENTAGE",
    "SNOW_ICE_PERCENTAGE",
    "WATER_PERCENTAGE",
    "VEGETATION_PERCENTAGE",
    "NODATA_PIXEL_PERCENTAGE",
)
"""Sentinel-2's names."""
LATTICE = 16
"""Points along each side: percentages are good to about 1 in 10 of themselves."""


def percentages(frame: Frame, time: float, visible: Visible | None) -> dict[str, float]:
    """Sentinel-2's percentages of a scene, by their names."""
    fields, seen = sample(frame, time, visible)
    clear = ~(fields.cloudy | fields.cirrus | fields.shadow)
    high = fields.cloud >= 80
    cloudy = _percent(fields.cloudy | fields.cirrus, seen)
    shares = (
        cloudy,
        cloudy,
        _percent(fields.shadow, seen),
        _percent(high, seen),
        _percent(fields.cloudy & ~high, seen),
        _percent(fields.cirrus, seen),
        _percent(clear & (fields.snow > 0.5), seen),
        _percent(clear & fields.water, seen),
        _percent(clear & ~fields.water & (fields.greenness > 0.4), seen),
        100 - _percent(seen, np.ones_like(seen)),
    )
    return dict(zip(PERCENTAGES, shares, strict=True))


def cloud_cover(frame: Frame, time: float, visible: Visible | None) -> float:
    """Percent of a scene's pixels that are cloudy."""
    fields, seen = sample(frame, time, visible)
    return _percent(fields.cloudy, seen)


def sample(frame: Frame, time: float, visible: Visible | None) -> tuple[Fields, Array]:
    """The fields on a lattice over a scene, and where it was seen."""
    width, height = frame.dimensions
    steps = (np.arange(LATTICE) + 0.5) / LATTICE
    col, row = np.meshgrid(width * steps, height * steps)
    longitude, latitude = transform(*apply(frame.projection.transform, col, row), frame.projection.crs, "EPSG:4326")
    positions = Exact(longitude, latitude)
    seen = None if visible is None else visible(positions)
    return Fields(positions, time), np.ones(positions.shape, bool) if seen is None else seen


def _percent(flag: Array, among: Array) -> float:
    """Share of some positions that have a flag, percent, to six decimals."""
    count = int(among.sum())
    return round(100 * int((flag & among).sum()) / count, 6) if count else 0.0
