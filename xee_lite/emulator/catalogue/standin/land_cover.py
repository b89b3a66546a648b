"""What covers the ground of the stand-ins' planet, in the classes of several datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .fields import Fields
    from .waves import Array

ICE_BELOW, TUNDRA_BELOW, TROPICS_ABOVE = 258.0, 266.0, 297.0
"""Kelvin of the year's mean temperature."""
DYNAMIC_WORLD = 9
"""Classes."""


def cover(fields: Fields) -> Array:
    """Classes of ESA WorldCover, the first that fits."""
    wet = fields.flooded > 0.15
    tilled = (fields.parcel(4.0) > 0.3) & (fields.ripple(0.35, 0.41) > 0.15)
    field = tilled & (fields.elevation < 900) & (fields.fertility > 0.35)
    return np.select(
        [
            fields.water,
            fields.climate < ICE_BELOW,
            fields.town > 0.3,
            wet & (fields.climate > TROPICS_ABOVE),
            wet,
            fields.climate < TUNDRA_BELOW,
            field,
            fields.fertility > 0.5,
            fields.fertility > 0.38,
            fields.fertility > 0.28,
        ],
        [80, 70, 50, 95, 90, 100, 40, 10, 30, 20],
        60,
    )


def label(fields: Fields) -> Array:
    """Classes of Dynamic World: those of the cover, and snow as it lies."""
    classes = cover(fields)
    table = {80: 0, 10: 1, 30: 2, 90: 3, 95: 3, 40: 4, 20: 5, 100: 5, 50: 6, 60: 7, 70: 8}
    lookup = np.zeros(101, np.int64)
    lookup[list(table)] = list(table.values())
    return np.where(fields.snow > 0.5, 8, lookup[classes])


def probability(fields: Fields, number: int) -> Array:
    """Of a class of Dynamic World: the label has most of it, the others share the rest."""
    sure = 0.55 + 0.35 * np.abs(fields.ripple(0.05, 0.27))
    return np.where(label(fields) == number, sure, (1 - sure) / (DYNAMIC_WORLD - 1))


def trees(fields: Fields) -> Array:
    """Canopy cover in the year 2000, percent."""
    wooded = np.isin(cover(fields), (10, 20, 30, 95))
    return np.where(wooded, 100 * np.clip((fields.fertility - 0.25) / 0.5 + 0.2 * (fields.parcel() - 0.5), 0, 1), 0)


def loss_year(fields: Fields) -> Array:
    """Year of forest loss, 1 is 2001; 0 where none was lost: one wooded parcel in twelve."""
    lost = (fields.parcel(5.0) > 11 / 12) & (trees(fields) > 30)
    return np.where(lost, 1 + np.floor(23 * fields.parcel(6.0)), 0)


def forest_gain(fields: Fields) -> Array:
    """Whether trees grew from 2000 to 2012: one parcel in forty."""
    return 1 * ((fields.parcel(7.0) > 39 / 40) & (fields.fertility > 0.4) & ~fields.water)


def flood_change(fields: Fields) -> Array:
    """Change of the share of time under water, percent."""
    change: Array = 240 * fields.flooded * (1 - fields.flooded) * fields.ripple(1.3, 0.45)
    return change


def water_transition(fields: Fields) -> Array:
    """Classes of the surface water explorer's transitions."""
    change, share = flood_change(fields), fields.flooded
    permanent, gone, come = share >= 0.75, change < -25, change > 25
    return np.select([share <= 0, permanent & come, permanent & gone, permanent, come, gone], [0, 2, 8, 1, 5, 6], 4)
