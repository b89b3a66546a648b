"""Landsat: one image for each path, row and pass, a pass every sixteen days."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ...geometry.coordinates import transform
from ...geometry.geometry import Geometry
from ...types import Projection
from ...values.landsat import coefficients
from .bands import at_least
from .frame import Frame
from .ground import MS_PER_DAY, SLOW, YEAR_DAYS
from .nodes import within
from .percentages import cloud_cover
from .scene import Scene, make_image
from .scenes import Scenes, at_sites
from .sun import sun_angles
from .wrs import CYCLE_DAYS, PathRow, path_row, path_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...images.image import Image
    from .bands import BandField
    from .fields import Fields
    from .lazy_properties import Compute
    from .positions import Positions, Wave
    from .scene import Visible
    from .scenes import Bounds, Equal
    from .schema import GridSchema
    from .waves import Array

SIZE = (7661, 7801)
"""Pixels of a scene's frame, as of LC08_044034_20140318; the real ones differ by some tens."""
HALF = (92.5, 90.0)
"""Kilometres from a scene's centre to its edges, across and along the track."""
KM_PER_DEGREE = 111.32
FARTHEST = 512.0
"""Kilometres from a scene's centre to what lies in its frame, less than."""
SLC_FAILED = 1054339200000
"""2003-05-31: from then on Landsat 7's scenes have gaps, which widen towards their sides."""
GAP = (1.3, 0.22)
"""Kilometres along the track from gap to gap, and the part that is missing, on average over a scene."""
VIEW = 7.5
"""Degrees from the nadir at which the sides of a scene are seen."""
MARGIN = 1.5
"""Degrees of latitude from a scene's centre within which all of it lies."""
RADIANCE = {
    1: 62.7788,
    2: 64.2862,
    3: 59.2392,
    4: 49.9538,
    5: 30.5693,
    6: 7.6023,
    7: 2.5624,
    8: 56.534,
    9: 11.9472,
}
"""W/(m² sr µm) in a tenth of reflectance of Landsat 8's reflective bands, one astronomical unit from the sun: minus
RADIANCE_ADD of LC81010782014285LGN00, which the USGS made at a distance of 0.998137, times the square of that."""
STEPS = 5000
"""Numbers in a tenth of reflectance: REFLECTANCE_ADD over REFLECTANCE_MULT."""
SITES: dict[str, Callable[[PathRow], str | float]] = {
    "WRS_PATH": lambda one: one.path,
    "WRS_ROW": lambda one: one.row,
}
"""Properties that tell positions from each other."""
COVERS = ("CLOUD_COVER", "CLOUD_COVER_LAND")
_INDEX = re.compile(r"(\w{4})_(\d{3})(\d{3})_(\d{8})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Landsat(Scenes):
    """The image collection."""

    def _search(self, start: float, end: float, bounds: Bounds | None, equal: Equal = ()) -> Iterator[Image]:
        """Images in the order of their system:index: by path, row, then time."""
        for one in at_sites(path_rows(), equal, SITES):
            if bounds is not None and not _near(one, bounds):
                continue
            first = int(start // MS_PER_DAY)
            for day in range(
                first + (one.phase(self._dataset.anchor) - first) % CYCLE_DAYS, math.ceil(end / MS_PER_DAY), CYCLE_DAYS
            ):
                if start <= _time(one, day) < end:
                    yield self._image(one, day)

    def _count(self, start: float, end: float) -> int:
        """How many images there are: of each position, the days of its cycle on which it is seen in that time."""
        phases = np.array([one.phase(self._dataset.anchor) for one in path_rows()])
        seconds = np.array([one.seconds for one in path_rows()])
        first, stop = (np.ceil((moment / 1000 - seconds) / 86400).astype(int) for moment in (start, end))
        return int(((stop - 1 - phases) // CYCLE_DAYS - (first - 1 - phases) // CYCLE_DAYS).sum())

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        match = _INDEX.fullmatch(index)
        if match is None or match[1] != self._dataset.index:
            return None
        one = path_row(int(match[2]), int(match[3]))
        try:
            day = (datetime.strptime(match[4], "%Y%m%d").replace(tzinfo=UTC) - _EPOCH).days
        except ValueError:
            return None
        seen = self._dataset.start <= _time(one, day) < self._dataset.end and day % CYCLE_DAYS == one.phase(
            self._dataset.anchor
        )
        return self._image(one, day) if seen and one in path_rows() else None

    def _make(self, one: PathRow, day: int) -> Image:
        time = _time(one, day)
        elevation, azimuth = sun_angles(one.longitude, one.latitude, time)
        frames = {name: _frame(one, grid) for name, grid in self._dataset.grids.items()}
        gaps = self._dataset.index == "LE07" and time >= SLC_FAILED
        visible = _visible(one, gaps=gaps)
        scene = Scene(
            index=f"{self._dataset.index}_{one.path:03d}{one.row:03d}_{_date(day):%Y%m%d}",
            start=time,
            end=time,
            frames=frames,
            footprint=_footprint(one),
            bands=self._dataset.bands,
            properties=self._properties(one, day),
            late=self._late(next(iter(frames.values())), time, visible),
            visible=visible,
            own=_angles(one, elevation, azimuth),
        )
        return make_image(self._dataset, scene)

    def _late(self, frame: Frame, time: float, visible: Visible) -> dict[str, Compute]:
        """What takes long to tell."""

        def tell() -> dict[str, Any]:
            return dict.fromkeys(COVERS, round(cloud_cover(frame, time, visible), 2))

        return {name: tell for name in COVERS if name in self._dataset.each}

    def _properties(self, one: PathRow, day: int) -> dict[str, Any]:
        """The properties of an image; expensive ones are computed on first access."""
        computed = _properties(one, day)
        computed |= coefficients({**self._dataset.properties, **computed})
        level = self._dataset.properties.get("PROCESSING_LEVEL", "L1TP")
        date = f"{_date(day):%Y%m%d}"
        sensor, where = self._dataset.index, f"{one.path:03d}{one.row:03d}"
        computed["LANDSAT_PRODUCT_ID"] = f"{sensor}_{level}_{where}_{date}_{date}_02_T1"
        # Sensor, path and row, day of the year, then the station that received it and a version.
        computed["LANDSAT_SCENE_ID"] = f"{sensor[:2]}{sensor[3]}{where}{_date(day):%Y%j}LGN00"
        return {name: computed[name] for name in self._dataset.each}


def _near(one: PathRow, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    if not south - MARGIN <= one.latitude <= north + MARGIN:
        return False
    margin = MARGIN / math.cos(math.radians(min(abs(one.latitude) + 1, 89)))
    return any(west - margin <= one.longitude + shift <= east + margin for shift in (-360, 0, 360))


def _date(day: int) -> datetime:
    return _EPOCH + timedelta(days=day)


def _time(one: PathRow, day: int) -> float:
    return (day * 86400 + one.seconds) * 1000


def _zone(one: PathRow) -> int:
    return int((one.longitude + 180) // 6) + 1


def _frame(one: PathRow, grid: GridSchema) -> Frame:
    """UTM north on both hemispheres, corners at odd multiples of 15 m; finer pixels start half of one within."""
    crs = f"EPSG:{32600 + _zone(one)}"
    x, y = transform(np.array([one.longitude]), np.array([one.latitude]), "EPSG:4326", crs)
    left, top = (30 * round(float(value) / 30) + 15.0 for value in (x[0] - 15 * SIZE[0], y[0] + 15 * SIZE[1]))
    times = round(30 / grid.pixel)
    inset = (times - 1) * grid.pixel / 2
    width, height = (times * (size - 1) + 1 for size in SIZE)
    return Frame(Projection(crs, (grid.pixel, 0.0, left + inset, 0.0, -grid.pixel, top - inset)), (width, height))


Side = tuple[str, "list[Wave]", float]
"""What `Positions.total` takes."""


def _track(one: PathRow) -> tuple[Side, Side]:
    """Kilometres from a scene's centre across and along the track, on a plane around it."""
    cos, sin = math.cos(math.radians(one.tilt)), math.sin(math.radians(one.tilt))
    east_km = KM_PER_DEGREE * math.cos(math.radians(one.latitude))

    def plane(longitude: Array, latitude: Array) -> tuple[Array, Array]:
        east = ((longitude - one.longitude + 180) % 360 - 180) * east_km
        return east, (latitude - one.latitude) * KM_PER_DEGREE

    def across(longitude: Array, latitude: Array) -> Array:
        east, north = plane(longitude, latitude)
        return east * cos - north * sin

    def along(longitude: Array, latitude: Array) -> Array:
        east, north = plane(longitude, latitude)
        return east * sin + north * cos

    return ("across", [(SLOW, across)], FARTHEST), ("along", [(SLOW, along)], FARTHEST)


def _visible(one: PathRow, *, gaps: bool) -> Visible:
    """Within the swath: a rectangle that leans with the track."""
    sides = _track(one)

    def visible(positions: Positions) -> Array | None:
        if not gaps and all(within(positions.bounds(*side), half) for side, half in zip(sides, HALF, strict=True)):
            return None
        across, along = (positions.total(*side) for side in sides)
        seen: Array = (np.abs(across) <= HALF[0]) & (np.abs(along) <= HALF[1])
        if gaps:
            gap = along * (1 / GAP[0])
            gap -= np.floor(gap)
            seen &= gap >= np.abs(across) * (2 * GAP[1] / HALF[0])
        return seen

    return visible


def _angles(one: PathRow, elevation: float, azimuth: float) -> dict[str, BandField]:
    """What is seen depends on where the sun stands and from where it is seen; degrees."""

    def view(fields: Fields) -> Array:
        return fields.positions.total(*_track(one)[0]) * (VIEW / HALF[0])

    height = math.sin(math.radians(max(elevation, 0.0)))
    return {
        "view_zenith": lambda fields, _band: np.abs(view(fields)),
        "view_azimuth": lambda fields, _band: -80.0 + 180.0 * (view(fields) < 0),
        "sun_zenith": lambda fields, _band: np.broadcast_to(90 - elevation, fields.shape),
        "sun_azimuth": lambda fields, _band: np.broadcast_to((azimuth + 180) % 360 - 180, fields.shape),
        "counts": lambda fields, band: at_least(fields.reflectance(band.at), 0.0005) * height,
    }


def _footprint(one: PathRow) -> Geometry:
    cos, sin = math.cos(math.radians(one.tilt)), math.sin(math.radians(one.tilt))
    east_km = KM_PER_DEGREE * math.cos(math.radians(one.latitude))
    ring = []
    for across, along in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        east = across * HALF[0] * cos + along * HALF[1] * sin
        north = along * HALF[1] * cos - across * HALF[0] * sin
        ring.append((one.longitude + east / east_km, one.latitude + north / KM_PER_DEGREE))
    return Geometry(shapely.Polygon(ring), geodesic=False)


def _properties(one: PathRow, day: int) -> dict[str, Any]:
    time = _time(one, day)
    elevation, azimuth = sun_angles(one.longitude, one.latitude, time)
    date = _date(day)
    clock = date + timedelta(seconds=one.seconds)
    distance = round(1 - 0.01672 * math.cos(math.tau * (time / MS_PER_DAY % YEAR_DAYS - 3) / YEAR_DAYS), 7)
    return {
        "WRS_PATH": one.path,
        "WRS_ROW": one.row,
        "UTM_ZONE": _zone(one),
        "DATE_ACQUIRED": f"{date:%Y-%m-%d}",
        "SCENE_CENTER_TIME": f"{clock:%H:%M:%S}.0000000Z",
        **dict.fromkeys(COVERS),
        "SUN_ELEVATION": elevation,
        "SUN_AZIMUTH": azimuth if azimuth <= 180 else azimuth - 360,
        "EARTH_SUN_DISTANCE": distance,
        **_radiances(distance),
    }


def _radiances(distance: float) -> dict[str, float]:
    """How the numbers of Landsat 8's reflective bands become radiances: weaker with the square of the distance."""
    computed = {}
    for band, tenth in RADIANCE.items():
        received = tenth / distance**2
        computed[f"RADIANCE_MULT_BAND_{band}"] = float(f"{received / STEPS:.4e}")
        computed[f"RADIANCE_ADD_BAND_{band}"] = round(-received, 5)
    return computed
