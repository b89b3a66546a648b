"""Calibration coefficients of Landsat scenes whose metadata do not have them.

G. Chander, B. Markham and D. Helder, Summary of current radiometric calibration coefficients for Landsat MSS, TM, ETM+,
and EO-1 ALI sensors, 2009: tables 3 and 4, and the thermal constants of table 7. Of the sensors there are those of
Landsat 5 (TM) and Landsat 7 (ETM+).
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Range = tuple[float, float]

LEVELS = 254
"""From the number 1, at the least radiance, to 255, at the greatest."""

TM = {
    "1": (-1.52, 193.0),
    "2": (-2.84, 365.0),
    "3": (-1.17, 264.0),
    "4": (-1.51, 221.0),
    "5": (-0.37, 30.2),
    "6": (1.2378, 15.303),
    "7": (-0.15, 16.5),
}
"""Least and greatest radiance of Landsat 5's bands, in W/(m² sr µm)."""

TM_BEFORE = {"1": (-1.52, 169.0), "2": (-2.84, 333.0)}
"""Of scenes taken before 1992."""

ETM = {
    "L": {
        "1": (-6.2, 293.7),
        "2": (-6.4, 300.9),
        "3": (-5.0, 234.4),
        "4": (-5.1, 241.1),
        "5": (-1.0, 47.57),
        "6_VCID_1": (0.0, 17.04),
        "7": (-0.35, 16.54),
        "8": (-4.7, 243.1),
    },
    "H": {
        "1": (-6.2, 191.6),
        "2": (-6.4, 196.5),
        "3": (-5.0, 152.9),
        "4": (-5.1, 157.4),
        "5": (-1.0, 31.06),
        "6_VCID_2": (3.2, 12.65),
        "7": (-0.35, 10.8),
        "8": (-4.7, 158.3),
    },
}
"""Of Landsat 7's bands, by their gain."""

SUN = {
    "LANDSAT_5": {"1": 1983.0, "2": 1796.0, "3": 1536.0, "4": 1031.0, "5": 220.0, "7": 83.44},
    "LANDSAT_7": {"1": 1997.0, "2": 1812.0, "3": 1533.0, "4": 1039.0, "5": 230.8, "7": 84.9, "8": 1362.0},
}
"""W/(m² µm) of the sun outside of the atmosphere, at a distance of one astronomical unit."""

THERMAL = {"LANDSAT_5": (607.76, 1260.56), "LANDSAT_7": (666.09, 1282.71)}
"""K1 in W/(m² sr µm) and K2 in kelvins."""


def coefficients(properties: Mapping[str, Any]) -> dict[str, float]:
    """What a scene's sensor, day and gains tell of its calibration, under the names that metadata have for it.

    Nothing, if the sensor is not known or the day is missing.
    """
    craft = properties.get("SPACECRAFT_ID")
    day = _day(properties)
    if craft not in SUN or day is None:
        return {}
    found = {}
    distance = properties.get("EARTH_SUN_DISTANCE")
    if not isinstance(distance, float):
        distance = earth_sun_distance(day)
    for band, (low, high) in _ranges(craft, day, properties).items():
        slope = (high - low) / LEVELS
        pair = {"MULT": slope, "ADD": low - slope}
        for name, value in pair.items():
            found[f"RADIANCE_{name}_BAND_{band}"] = value
            if band in SUN[craft]:
                found[f"REFLECTANCE_{name}_BAND_{band}"] = value * math.pi * distance**2 / SUN[craft][band]
        if band not in SUN[craft]:
            found[f"K1_CONSTANT_BAND_{band}"], found[f"K2_CONSTANT_BAND_{band}"] = THERMAL[craft]
    return found


def earth_sun_distance(day: date) -> float:
    """In astronomical units, to some ten-thousandths: an ellipse that is nearest on the fourth of January."""
    return 1 - 0.01672 * math.cos(math.radians(0.9856 * (day.timetuple().tm_yday - 4)))


def _ranges(craft: str, day: date, properties: Mapping[str, Any]) -> dict[str, Range]:
    if craft == "LANDSAT_5":
        return TM | TM_BEFORE if day.year < 1992 else TM
    found = {"6_VCID_1": ETM["L"]["6_VCID_1"], "6_VCID_2": ETM["H"]["6_VCID_2"]}
    for band in SUN[craft]:
        gain = properties.get(f"GAIN_BAND_{band}")
        if gain in ("L", "H"):
            found[band] = ETM[gain][band]
    return found


def _day(properties: Mapping[str, Any]) -> date | None:
    acquired, start = properties.get("DATE_ACQUIRED"), properties.get("system:time_start")
    try:
        if isinstance(acquired, str):
            return date.fromisoformat(acquired)
        if isinstance(start, (int, float)):
            return datetime.fromtimestamp(start / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return None
