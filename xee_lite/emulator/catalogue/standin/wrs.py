"""The scenes of Landsat: paths and rows of the second Worldwide Reference System, computed from its orbit.

A sphere under a circular orbit of 98.2 degrees inclination, 233 orbits in 16 days, 248 rows to an orbit: scene centres
come out within some kilometres of the published ones. Only daytime rows north of 60 degrees south are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

PATHS = 233
ROWS = 248
EQUATOR_ROW = 60
INCLINATION = math.radians(98.2)
PATH_1_LONGITUDE = -64.6
"""Degrees at which path 1 crosses the equator southward."""
ORBIT_MINUTES = 98.884
LOCAL_HOUR = 10.2
"""Mean solar time at that crossing."""
CYCLE_DAYS = 16
KNOWN_PATH = 44
"""A path of which it is known on which day each satellite flew it (the datasets' ``anchor``): LC08_044034_20210508."""
PATH_STEP = 7
"""The next day's paths are this many further on, modulo 16."""
LATITUDES = (-60.0, 82.0)


@dataclass(frozen=True, slots=True)
class PathRow:
    """One path and row.

    Attributes
    ----------
    path, row : int
    longitude, latitude : float
        Of the scene's centre, degrees.
    seconds : int
        Time of day, UTC, at which it is seen.
    """

    path: int
    row: int
    longitude: float
    latitude: float
    seconds: int

    def phase(self, anchor: int) -> int:
        """Day of the 16-day cycle, counted from 1970, by the day on which path 44 is flown."""
        # 7 is its own inverse modulo 16.
        return (anchor + PATH_STEP * (self.path - KNOWN_PATH)) % CYCLE_DAYS

    @property
    def tilt(self) -> float:
        """Degrees by which the track leans to the west as it runs south."""
        turn = math.cos(INCLINATION) / math.cos(math.radians(self.latitude))
        return math.degrees(math.asin(max(-1.0, min(1.0, -turn))))


@cache
def path_rows() -> tuple[PathRow, ...]:
    """All paths and rows, in order."""
    found = (path_row(path, row) for path in range(1, PATHS + 1) for row in range(1, ROWS // 2 + 1))
    return tuple(one for one in found if LATITUDES[0] <= one.latitude <= LATITUDES[1])


def path_row(path: int, row: int) -> PathRow:
    """Where a path and row is."""
    angle = math.radians((row - EQUATOR_ROW) * 360 / ROWS)
    minutes = math.degrees(angle) / 360 * ORBIT_MINUTES
    latitude = -math.asin(math.sin(angle) * math.sin(INCLINATION))
    along = math.degrees(math.atan2(math.cos(INCLINATION) * math.sin(angle), math.cos(angle)))
    crossing = PATH_1_LONGITUDE - (path - 1) * 360 / PATHS
    longitude = crossing + along - minutes * 360 / 1440
    seconds = round((LOCAL_HOUR - crossing / 15) * 3600 + minutes * 60) % 86400
    geodetic = math.degrees(math.atan(math.tan(latitude) * 1.00674))
    return PathRow(path, row, (longitude + 180) % 360 - 180, geodetic, seconds)
