"""Landsat: one image for each path, row and pass, a pass every sixteen days."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ...pixels.coordinates import transform
from ...pixels.coverage import project
from ...types import WGS84, Projection
from ...values.geometry import Geometry
from .fields import MS_PER_DAY
from .percentages import cloud_cover
from .scene import KEPT_IMAGES, Frame, Scene, make_image
from .sun import sun_angles
from .wrs import CYCLE_DAYS, Place, place, places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...pixels.image import Image
    from ..assets import Query
    from .fields import Array
    from .scene import Visible
    from .schema import Dataset

SIZE = (7661, 7801)
"""Pixels of a scene's frame, as of LC08_044034_20140318; the real ones differ by some tens."""
HALF = (92.5, 90.0)
"""Kilometres from a scene's centre to its edges, across and along the track."""
KM_PER_DEGREE = 111.32
MARGIN = 1.5
"""Degrees of latitude from a scene's centre within which all of it lies."""
_INDEX = re.compile(r"(\w{4})_(\d{3})(\d{3})_(\d{8})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Landsat:
    """The image collection."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        # A client reads an image in many requests, and making it takes a millisecond.
        self._image = lru_cache(maxsize=KEPT_IMAGES)(self._make)

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index: by path, row, then time."""
        if query.index is not None:
            found = self.image(query.index)
            yield from [] if found is None else [found]
            return
        bounds = None if query.bounds is None else project(query.bounds, WGS84.crs).bounds
        start = max(self._dataset.start, query.start if query.start is not None else -math.inf)
        end = min(self._dataset.end, query.end if query.end is not None else math.inf)
        for one in places():
            if bounds is not None and not _near(one, bounds):
                continue
            first = int(start // MS_PER_DAY)
            for day in range(
                first + (one.phase(self._dataset.anchor) - first) % CYCLE_DAYS, math.ceil(end / MS_PER_DAY), CYCLE_DAYS
            ):
                if start <= _time(one, day) < end:
                    yield self._image(one, day)

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        match = _INDEX.fullmatch(index)
        if match is None or match[1] != self._dataset.index:
            return None
        one = place(int(match[2]), int(match[3]))
        try:
            day = (datetime.strptime(match[4], "%Y%m%d").replace(tzinfo=UTC) - _EPOCH).days
        except ValueError:
            return None
        seen = self._dataset.start <= _time(one, day) < self._dataset.end and day % CYCLE_DAYS == one.phase(
            self._dataset.anchor
        )
        return self._image(one, day) if seen and one in places() else None

    def _make(self, one: Place, day: int) -> Image:
        time = _time(one, day)
        frame = _frame(one)
        scene = Scene(
            index=f"{self._dataset.index}_{one.path:03d}{one.row:03d}_{_date(day):%Y%m%d}",
            start=time,
            end=time,
            frames=dict.fromkeys(self._dataset.grids, frame),
            footprint=_footprint(one),
            properties=_properties(one, day, frame, self._dataset.index),
            visible=_visible(one),
        )
        return make_image(self._dataset, scene)


def _near(one: Place, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    if not south - MARGIN <= one.latitude <= north + MARGIN:
        return False
    margin = MARGIN / math.cos(math.radians(min(abs(one.latitude) + 1, 89)))
    return any(west - margin <= one.longitude + shift <= east + margin for shift in (-360, 0, 360))


def _date(day: int) -> datetime:
    return _EPOCH + timedelta(days=day)


def _time(one: Place, day: int) -> float:
    return (day * 86400 + one.seconds) * 1000


def _zone(one: Place) -> int:
    return int((one.longitude + 180) // 6) + 1


def _frame(one: Place) -> Frame:
    """UTM north on both hemispheres, corners at odd multiples of 15 m."""
    crs = f"EPSG:{32600 + _zone(one)}"
    x, y = transform(np.array([one.longitude]), np.array([one.latitude]), "EPSG:4326", crs)
    left, top = (30 * round(float(value) / 30) for value in (x[0] - 15 * SIZE[0], y[0] + 15 * SIZE[1]))
    return Frame(Projection(crs, (30.0, 0.0, left + 15.0, 0.0, -30.0, top + 15.0)), SIZE)


def _visible(one: Place) -> Visible:
    """Within the swath: a rectangle that leans with the track, in kilometres on a plane around the centre."""
    cos, sin = math.cos(math.radians(one.tilt)), math.sin(math.radians(one.tilt))
    east_km = KM_PER_DEGREE * math.cos(math.radians(one.latitude))

    def visible(longitude: Array, latitude: Array) -> Array:
        east = ((longitude - one.longitude + 180) % 360 - 180) * east_km
        north = (latitude - one.latitude) * KM_PER_DEGREE
        across, along = east * cos - north * sin, east * sin + north * cos
        seen: Array = (np.abs(across) <= HALF[0]) & (np.abs(along) <= HALF[1])
        return seen

    return visible


def _footprint(one: Place) -> Geometry:
    cos, sin = math.cos(math.radians(one.tilt)), math.sin(math.radians(one.tilt))
    east_km = KM_PER_DEGREE * math.cos(math.radians(one.latitude))
    ring = []
    for across, along in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        east = across * HALF[0] * cos + along * HALF[1] * sin
        north = along * HALF[1] * cos - across * HALF[0] * sin
        ring.append((one.longitude + east / east_km, one.latitude + north / KM_PER_DEGREE))
    return Geometry(shapely.Polygon(ring), geodesic=False)


def _properties(one: Place, day: int, frame: Frame, satellite: str) -> dict[str, Any]:
    time = _time(one, day)
    elevation, azimuth = sun_angles(one.longitude, one.latitude, time)
    cover = round(cloud_cover(frame, time, _visible(one)), 2)
    date = _date(day)
    clock = date + timedelta(seconds=one.seconds)
    return {
        "WRS_PATH": one.path,
        "WRS_ROW": one.row,
        "UTM_ZONE": _zone(one),
        "DATE_ACQUIRED": f"{date:%Y-%m-%d}",
        "SCENE_CENTER_TIME": f"{clock:%H:%M:%S}.0000000Z",
        "CLOUD_COVER": cover,
        "CLOUD_COVER_LAND": cover,
        "SUN_ELEVATION": elevation,
        "SUN_AZIMUTH": azimuth if azimuth <= 180 else azimuth - 360,
        "LANDSAT_PRODUCT_ID": f"{satellite}_L2SP_{one.path:03d}{one.row:03d}_{date:%Y%m%d}_{date:%Y%m%d}_02_T1",
    }
