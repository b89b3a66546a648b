"""Position of the sun."""

from __future__ import annotations

import math

from .ground import MS_PER_DAY, YEAR_DAYS

OBLIQUITY = 23.44
SOLSTICE_DAY = 172.0


def sun_angles(longitude: float, latitude: float, time: float) -> tuple[float, float]:
    """Elevation above the horizon and azimuth from north, degrees, by mean solar time (good to a few degrees)."""
    days = time / MS_PER_DAY
    turn = 2 * math.pi * (days % YEAR_DAYS - SOLSTICE_DAY) / YEAR_DAYS
    declination = math.radians(OBLIQUITY) * math.cos(turn)
    hour = math.radians(((days % 1) * 24 + longitude / 15 - 12) * 15)
    phi = math.radians(latitude)
    up = math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * math.cos(hour)
    east = -math.cos(declination) * math.sin(hour)
    north = math.cos(phi) * math.sin(declination) - math.sin(phi) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.asin(max(-1.0, min(1.0, up)))), math.degrees(math.atan2(east, north)) % 360
