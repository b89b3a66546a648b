"""Sentinel-1: slices of 25 seconds along 175 orbits in 12 days, seen to the right of the track.

A sphere under a circular orbit, as for Landsat. Two satellites follow each other six days apart. The polarisations are
VV and VH between the polar seas, where the real mission flies HH and HV, and on every ninth orbit there is VV alone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ...geometry.coordinates import transform
from ...geometry.geometry import Geometry
from ...types import Projection
from .frame import Frame
from .ground import SLOW
from .nodes import within
from .scene import Scene, make_image
from .scenes import Scenes, at_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...images.image import Image
    from .bands import BandField
    from .fields import Fields
    from .positions import Positions
    from .scene import Visible
    from .scenes import Bounds, Equal
    from .schema import BandSchema
    from .waves import Array

ORBITS = 175
REPEAT_DAYS = 12
INCLINATION = math.radians(98.18)
SLICES = 237
"""Of an orbit."""
SLICE_SECONDS = 25
ANCHOR = 16160 * 86400
"""Seconds of Unix time at which satellite A began its orbit 1 at the ascending node; B follows six days later."""
NODE_LONGITUDE = 8.2
"""Degrees, of orbit 1's ascending node."""
TO_THE_RIGHT = 375.0
"""Kilometres from the track to the middle of what is seen."""
HALF = (125.0, 84.0)
"""Kilometres from the middle of a slice to its edges, across and along the track."""
FARTHEST = 512.0
"""Kilometres from a slice's middle to what lies in its frame, less than."""
ANGLES = (30.5, 46.0)
"""Degrees of incidence at the near and at the far side."""
POLAR = 65.0
"""Degrees of latitude beyond which HH and HV are sent and heard."""
KINDS = {("HH", "HV"): "DH", ("VV", "VH"): "DV", ("VV",): "SV"}
"""What the system:index calls the polarisations."""
KM_PER_DEGREE = 111.32
SITES: dict[str, Callable[[Slice], str | float]] = {
    "relativeOrbitNumber_start": lambda one: one.orbit,
    "sliceNumber": lambda one: one.number,
}
"""Properties that tell slices from each other."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INDEX = re.compile(r"S1([AB])_IW_GRDH_1S(?:DV|DH|SV)_(\d{8}T\d{6})_\d{8}T\d{6}_\d{6}_[0-9A-F]{6}_[0-9A-F]{4}")


@dataclass(frozen=True, slots=True)
class Slice:
    """What is seen in 25 seconds of an orbit.

    Attributes
    ----------
    orbit : int
        Relative, 1 to 175.
    number : int
        From the ascending node, from 1.
    longitude, latitude : float
        Of its middle.
    heading : float
        Degrees from north.
    """

    orbit: int
    number: int
    longitude: float
    latitude: float
    heading: float

    @property
    def seconds(self) -> float:
        """From the beginning of the cycle to the beginning of the slice."""
        return (self.orbit - 1 + (self.number - 1) / SLICES) * REPEAT_DAYS * 86400 / ORBITS

    @property
    def polarisations(self) -> tuple[str, ...]:
        """What is sent and heard."""
        if abs(self.latitude) > POLAR:
            return "HH", "HV"
        return ("VV",) if self.orbit % 9 == 0 else ("VV", "VH")

    def across(self, longitude: Array, latitude: Array) -> Array:
        """Kilometres from its middle, away from the track, on a plane."""
        east, north = self._plane(longitude, latitude)
        angle = math.radians(self.heading)
        return east * math.cos(angle) - north * math.sin(angle)

    def along(self, longitude: Array, latitude: Array) -> Array:
        """Kilometres from its middle along the track."""
        east, north = self._plane(longitude, latitude)
        angle = math.radians(self.heading)
        return east * math.sin(angle) + north * math.cos(angle)

    def _plane(self, longitude: Array, latitude: Array) -> tuple[Array, Array]:
        """Kilometres from its middle to the east and to the north."""
        east_km = KM_PER_DEGREE * math.cos(math.radians(self.latitude))
        east = ((longitude - self.longitude + 180) % 360 - 180) * east_km
        return east, (latitude - self.latitude) * KM_PER_DEGREE


@cache
def slices() -> tuple[Slice, ...]:
    """All slices in the order of time."""
    return tuple(_slice(orbit, number) for orbit in range(1, ORBITS + 1) for number in range(1, SLICES + 1))


def _slice(orbit: int, number: int) -> Slice:
    turn = (number - 0.5) / SLICES
    angle = math.tau * turn
    latitude = math.asin(math.sin(angle) * math.sin(INCLINATION))
    along = math.degrees(math.atan2(math.cos(INCLINATION) * math.sin(angle), math.cos(angle)))
    longitude = NODE_LONGITUDE - (orbit - 1 + turn) * 360 * REPEAT_DAYS / ORBITS + along
    heading = math.degrees(math.atan2(math.cos(INCLINATION), math.cos(angle) * math.sin(INCLINATION)))
    right = math.radians(heading + 90)
    north = math.degrees(latitude) + TO_THE_RIGHT * math.cos(right) / KM_PER_DEGREE
    east = TO_THE_RIGHT * math.sin(right) / KM_PER_DEGREE / math.cos(math.radians(north))
    return Slice(orbit, number, (longitude + east + 180) % 360 - 180, north, heading % 360)


class Sentinel1(Scenes):
    """The image collection."""

    def _search(self, start: float, end: float, bounds: Bounds | None, equal: Equal = ()) -> Iterator[Image]:
        """Images of satellite A, then of B; of each by polarisations, and those in the order of time."""
        near = [one for one in at_sites(slices(), equal, SITES) if bounds is None or _near(one, bounds)]
        for satellite, kind in product("AB", KINDS.values()):
            some = [one for one in near if KINDS[one.polarisations] == kind]
            first, last = (
                math.floor((moment - _began(satellite)) / (REPEAT_DAYS * 86400))
                for moment in (start / 1000, end / 1000)
            )
            for cycle, one in product(range(first, last + 1), some):
                if start <= 1000 * _seconds(one, satellite, cycle) < end:
                    yield self._image(one, satellite, cycle)

    def _count(self, start: float, end: float) -> int:
        """How many images there are: of each satellite and slice, the cycles in which it begins in that time."""
        total, cycle = 0, REPEAT_DAYS * 86400
        for satellite in "AB":
            began = np.array([_seconds(one, satellite, 0) for one in slices()])
            first, stop = (np.ceil((moment / 1000 - began) / cycle) for moment in (start, end))
            total += int((stop - first).sum())
        return total

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        match = _INDEX.fullmatch(index)
        if match is None:
            return None
        try:
            moment = datetime.strptime(match[2], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return None
        cycle, rest = divmod(moment + 0.5 - _began(match[1]), REPEAT_DAYS * 86400)
        position = round(rest / (REPEAT_DAYS * 86400) * ORBITS * SLICES)
        one = slices()[position % len(slices())]
        if not self._dataset.start <= moment * 1000 < self._dataset.end:
            return None
        found = self._image(one, match[1], int(cycle) + position // len(slices()))
        return found if found.properties["system:index"] == index else None

    def _make(self, one: Slice, satellite: str, cycle: int) -> Image:
        start = _seconds(one, satellite, cycle)
        frames = {"10m": _frame(one), "angle": _angle_frame(one)}
        own = {"incidence": _incidence(one)}
        scene = Scene(
            index=_index(one, satellite, cycle),
            start=start * 1000,
            end=start * 1000,
            frames=frames,
            footprint=_footprint(one),
            bands=tuple(band for band in self._dataset.bands if band.name in (*one.polarisations, "angle")),
            properties=_properties(one, satellite, cycle),
            visible=_visible(one),
            own=own,
        )
        return make_image(self._dataset, scene)


def _began(satellite: str) -> int:
    return ANCHOR + (REPEAT_DAYS // 2 * 86400 if satellite == "B" else 0)


def _seconds(one: Slice, satellite: str, cycle: int) -> int:
    """Unix time, in whole seconds."""
    return math.floor(_began(satellite) + cycle * REPEAT_DAYS * 86400 + one.seconds)


def _absolute_orbit(one: Slice, cycle: int) -> int:
    return cycle * ORBITS + one.orbit


def _index(one: Slice, satellite: str, cycle: int) -> str:
    start = _EPOCH + timedelta(seconds=_seconds(one, satellite, cycle))
    stop = start + timedelta(seconds=SLICE_SECONDS)
    orbit = _absolute_orbit(one, cycle)
    product = (orbit * SLICES + one.number) * 40503 % 65536
    times = f"{start:%Y%m%dT%H%M%S}_{stop:%Y%m%dT%H%M%S}"
    return f"S1{satellite}_IW_GRDH_1S{KINDS[one.polarisations]}_{times}_{orbit:06d}_{orbit * 8:06X}_{product:04X}"


def _near(one: Slice, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    margin = (HALF[0] + HALF[1]) / KM_PER_DEGREE
    if not south - margin <= one.latitude <= north + margin:
        return False
    across = margin / math.cos(math.radians(min(abs(one.latitude) + margin, 89)))
    return any(west - across <= one.longitude + shift <= east + across for shift in (-360, 0, 360))


def _visible(one: Slice) -> Visible:
    def visible(positions: Positions) -> Array | None:
        across, along = ("across", [(SLOW, one.across)], FARTHEST), ("along", [(SLOW, one.along)], FARTHEST)
        if within(positions.bounds(*across), HALF[0]) and within(positions.bounds(*along), HALF[1]):
            return None
        seen: Array = (np.abs(positions.total(*across)) <= HALF[0]) & (np.abs(positions.total(*along)) <= HALF[1])
        return seen

    return visible


def _incidence(one: Slice) -> BandField:
    def incidence(fields: Fields, _band: BandSchema) -> Array:
        across = fields.positions.total("across", [(SLOW, one.across)], FARTHEST)
        return ANGLES[0] + (ANGLES[1] - ANGLES[0]) * (across / HALF[0] + 1) / 2

    return incidence


def _corners(one: Slice) -> list[tuple[float, float]]:
    """Longitude and latitude, from the near corner that is seen first, around."""
    cos, sin = math.cos(math.radians(one.heading)), math.sin(math.radians(one.heading))
    ring = []
    for across, along in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        east = across * HALF[0] * cos + along * HALF[1] * sin
        north = along * HALF[1] * cos - across * HALF[0] * sin
        degree = KM_PER_DEGREE * math.cos(math.radians(one.latitude))
        ring.append((one.longitude + east / degree, one.latitude + north / KM_PER_DEGREE))
    return ring


def _footprint(one: Slice) -> Geometry:
    return Geometry(shapely.Polygon(_corners(one)), geodesic=False)


def _crs(one: Slice) -> str:
    return f"EPSG:{(32600 if one.latitude >= 0 else 32700) + int((one.longitude + 180) // 6) + 1}"


def _project(one: Slice) -> tuple[Array, Array]:
    """Easting and northing of the corners."""
    longitude, latitude = np.array(_corners(one)).T
    return transform(longitude, latitude, "EPSG:4326", _crs(one))


def _frame(one: Slice) -> Frame:
    """Pixels of 10 m from the corner that the slice happens to have."""
    x, y = _project(one)
    size = math.ceil((x.max() - x.min()) / 10), math.ceil((y.max() - y.min()) / 10)
    return Frame(Projection(_crs(one), (10.0, 0.0, float(x.min()), 0.0, -10.0, float(y.max()))), size)


def _angle_frame(one: Slice) -> Frame:
    """21 by 10 points of the instrument's own grid, which leans with the track."""
    x, y = _project(one)
    columns, rows = 21, 10
    a, d = (x[1] - x[0]) / columns, (y[1] - y[0]) / columns
    b, e = (x[3] - x[0]) / rows, (y[3] - y[0]) / rows
    affine = tuple(float(value) for value in (a, b, x[0], d, e, y[0]))
    return Frame(Projection(_crs(one), affine), (columns, rows))  # type: ignore[arg-type]


def _properties(one: Slice, satellite: str, cycle: int) -> dict[str, Any]:
    orbit, start = _absolute_orbit(one, cycle), _seconds(one, satellite, cycle) * 1000
    into_orbit = round((one.number - 1) / SLICES * REPEAT_DAYS * 86400 / ORBITS * 1000)
    return {
        "transmitterReceiverPolarisation": list(one.polarisations),
        "orbitProperties_pass": "ASCENDING" if math.cos(math.radians(one.heading)) > 0 else "DESCENDING",
        "orbitProperties_ascendingNodeTime": start - into_orbit,
        "platformHeading": one.heading,
        "platform_number": satellite,
        "relativeOrbitNumber_start": one.orbit,
        "relativeOrbitNumber_stop": one.orbit,
        "orbitNumber_start": orbit,
        "orbitNumber_stop": orbit,
        "cycleNumber": cycle,
        "sliceNumber": one.number,
        "totalSlices": SLICES,
        "startTimeANX": into_orbit,
        "stopTimeANX": into_orbit + 1000 * SLICE_SECONDS,
        "segmentStartTime": start,
        "missionDataTakeID": orbit * 8,
    }
