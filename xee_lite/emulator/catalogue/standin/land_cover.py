"""Land cover classes of several datasets, from the fields of the surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .first_match import first_match

if TYPE_CHECKING:
    from .fields import Fields
    from .waves import Array

ICE_BELOW, TUNDRA_BELOW, TROPICS_ABOVE = 258.0, 266.0, 297.0
"""Kelvin of the year's mean temperature."""
DYNAMIC_WORLD = 9
"""Classes."""
SNOW_AND_ICE = 8
LABELS = np.zeros(101, np.uint8)
"""The class of Dynamic World for each of WorldCover."""
LABELS[[80, 10, 30, 90, 95, 40, 20, 100, 50, 60, 70]] = [0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 8]
WOODED = np.zeros(101, np.float32)
"""Percent of canopy in the classes of WorldCover that may have one."""
WOODED[[10, 20, 30, 95]] = 100


def cover(fields: Fields) -> Array:
    """Classes of ESA WorldCover, the first that fits."""
    wet = fields.flooded > 0.15
    tilled = (fields.parcel(4.0) > 0.3) & (fields.ripple(0.35, 0.41) > 0.15)
    field = tilled & (fields.elevation < 900) & (fields.fertility > 0.35)
    return first_match(
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
    classes = LABELS.take(cover(fields))
    np.copyto(classes, SNOW_AND_ICE, where=fields.snowy)
    return classes


def probability(fields: Fields, number: int) -> Array:
    """Of a class of Dynamic World: the label has most of it, the others share the rest."""
    sure = np.abs(fields.ripple(0.05, 0.27)) * 0.35
    sure += 0.55
    rest = (1 - sure) * (1 / (DYNAMIC_WORLD - 1))
    np.copyto(rest, sure, where=label(fields) == number)
    return rest


def trees(fields: Fields) -> Array:
    """Canopy cover in the year 2000, percent."""
    share = fields.parcel() * 0.2
    share += fields.fertility * (1 / 0.5)
    share -= 0.25 / 0.5 + 0.1
    np.clip(share, 0, 1, out=share)
    share *= WOODED.take(cover(fields))
    return share


def loss_year(fields: Fields) -> Array:
    """Year of forest loss, 1 is 2001; 0 where none was lost: one wooded parcel in twelve."""
    year: Array = np.floor(fields.parcel(6.0) * 23)
    year += 1
    year *= (fields.parcel(5.0) > 11 / 12) & (trees(fields) > 30)
    return year


def forest_gain(fields: Fields) -> Array:
    """Whether trees grew from 2000 to 2012: one parcel in forty."""
    return (fields.parcel(7.0) > 39 / 40) & (fields.fertility > 0.4) & ~fields.water


def flood_change(fields: Fields) -> Array:
    """Change of the share of time under water, percent."""
    change: Array = 240 * fields.flooded * (1 - fields.flooded) * fields.ripple(1.3, 0.45)
    return change


def water_transition(fields: Fields) -> Array:
    """Classes of the surface water explorer's transitions."""
    change, share = flood_change(fields), fields.flooded
    permanent, gone, come = share >= 0.75, change < -25, change > 25
    return first_match([share <= 0, permanent & come, permanent & gone, permanent, come, gone], [0, 2, 8, 1, 5, 6], 4)
