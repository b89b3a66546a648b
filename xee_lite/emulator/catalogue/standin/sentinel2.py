"""Sentinel-2: one image for each tile and pass, a pass every five days.

The 143 orbits of the real satellites lie 360/143 degrees apart; a tile belongs to the orbit that its centre is nearest
to, and is seen at half past ten of the orbit's mean solar time. Where the real mission sees a tile from two orbits, the
stand-in does so from one. Every fourth pass the edge of the swath runs through the tile, and what lies west of it is
missing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ...geometry.raster_footprint import raster_footprint
from ...images.image import Band, Image, Pixels
from ...types import UINT8, WGS84, Projection
from .frame import Frame
from .ground import MS_PER_DAY, SLOW
from .mgrs import TILE, Tile, parse_tile, tiles
from .percentages import PERCENTAGES, percentages
from .scene import Scene, make_image
from .scenes import Scenes, at_sites
from .sun import sun_angles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...geometry.geometry import Geometry
    from ...images.image import Sampler
    from .lazy_properties import Compute
    from .scene import Visible
    from .scenes import Bounds, Equal
    from .schema import BandSchema
    from .waves import Array

ORBITS = 143
REPEAT_DAYS = 5
LOCAL_HOUR = 10.5
SECONDS_PER_DEGREE = 16.6
"""Of latitude, along the track."""
TILT = 0.2
"""Degrees of longitude that the track drifts with each degree of latitude."""
EDGE = -0.1
"""Degrees from a tile's centre to the swath's edge, westward, where the edge runs through it."""
NAMED_WITHIN = 7200
"""Seconds from the pass over a tile at which a real scene's name can begin."""

NEAR = 0.25
"""Degrees from the edge within which it matters how far it is."""

QA60_MASKED = (1643155200000, 1709078400000)
"""2022-01-26 to 2024-02-28: QA60 has no pixels."""
BASELINE_4 = 1643068800000
"""2022-01-25: processing baselines 04.00 and later."""
CLOUDS = "CLOUDY_PIXEL_PERCENTAGE"
CLASSIFICATION_FROM = 1709078400000
"""2024-02-28: before it, MSK_CLASSI_* are masked constants without a grid of their own."""
SITES: dict[str, Callable[[Pass], str | float]] = {
    "MGRS_TILE": lambda one: one.name,
    "SENSING_ORBIT_NUMBER": lambda one: one.orbit,
}
"""Properties that tell passes from each other."""
_INDEX = re.compile(r"(\d{8}T\d{6})_(\d{8}T\d{6})_T(\w{5})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pass:
    """A tile as it is seen every five days.

    Attributes
    ----------
    tile : Tile
    name : str
        The tile's.
    orbit : int
        1 to 143.
    """

    tile: Tile
    name: str
    orbit: int

    @classmethod
    def over(cls, tile: Tile) -> Pass:
        """The pass over a tile."""
        longitude, latitude = tile.centre
        return cls(tile, tile.name, int((longitude - TILT * latitude + 180) % 360 / 360 * ORBITS) + 1)

    @property
    def phase(self) -> int:
        """On which of five days it is seen; a neighbouring orbit follows three days later."""
        return 3 * self.orbit % REPEAT_DAYS

    def seconds(self, latitude: float) -> int:
        """Time of day, UTC, at which the orbit comes to a latitude."""
        longitude = (self.orbit - 0.5) * 360 / ORBITS - 180
        return round((LOCAL_HOUR - longitude / 15) * 3600 - latitude * SECONDS_PER_DEGREE) % 86400

    def index(self, day: int) -> str:
        """The system:index of a day, counted from 1970."""
        date = (_EPOCH + timedelta(days=day)).strftime("%Y%m%d")
        start, granule = (_clock(self.seconds(latitude)) for latitude in (83.0, self.tile.centre[1]))
        return f"{date}T{start}_{date}T{granule}_T{self.name}"

    def time(self, day: int) -> float:
        """Milliseconds of Unix time at which the tile's centre is seen."""
        return (day * 86400 + self.seconds(self.tile.centre[1])) * 1000


class Sentinel2(Scenes):
    """The image collection."""

    def _search(self, start: float, end: float, bounds: Bounds | None, equal: Equal = ()) -> Iterator[Image]:
        """Images in the order of their system:index, day by day."""
        by_phase = [at_sites(phase, equal, SITES) for phase in _by_phase(bounds)]
        for day in range(int(start // MS_PER_DAY), math.ceil(end / MS_PER_DAY)):
            seen = ((one.index(day), one) for one in by_phase[day % REPEAT_DAYS] if start <= one.time(day) < end)
            for index, one in sorted(seen, key=lambda entry: entry[0]):
                image = self._image(one, day, index)
                if self._is_kept(image):
                    yield image

    def _count(self, start: float, end: float) -> int:
        """How many images there are; those that may be left out for their clouds must be looked at."""
        if self._dataset.clouds is not None:
            return super()._count(start, end)
        times = [np.sort([one.time(0) for one in phase]) for phase in _by_phase(None)]
        return sum(
            int(
                np.diff(np.searchsorted(times[day % REPEAT_DAYS], (start - day * MS_PER_DAY, end - day * MS_PER_DAY)))[
                    0
                ]
            )
            for day in range(int(start // MS_PER_DAY), math.ceil(end / MS_PER_DAY))
        )

    def image(self, index: str) -> Image | None:
        """The image of one system:index.

        It may be that of a real scene, which no list of images here has: its tile and its day are what counts then, if
        the hour can be that of a pass.
        """
        match = _INDEX.fullmatch(index)
        tile = parse_tile(match[3]) if match else None
        if match is None or tile is None:
            return None
        try:
            seen, _ = (datetime.strptime(time, "%Y%m%dT%H%M%S").replace(tzinfo=UTC) for time in match.group(1, 2))
        except ValueError:
            return None
        one, day = Pass.over(tile), (seen - _EPOCH).days
        known = self._dataset.start <= one.time(day) < self._dataset.end
        apart = abs(one.time(day) / 1000 - seen.timestamp())
        image = self._image(one, day, index) if known and apart < NAMED_WITHIN else None
        return image if image is not None and self._is_kept(image) else None

    def _is_kept(self, image: Image) -> bool:
        """Whether the dataset has the image: some leave out those with too many clouds."""
        return self._dataset.clouds is None or image.properties[CLOUDS] <= self._dataset.clouds

    def _make(self, one: Pass, day: int, index: str) -> Image:
        time = one.time(day)
        partial = day // REPEAT_DAYS % 4 == 3
        frames = {name: _frame(one.tile, int(grid.pixel)) for name, grid in self._dataset.grids.items()}
        whole = next(iter(frames.values()))
        footprint = raster_footprint(whole.projection, whole.dimensions)
        visible = _visible(one.tile) if partial else None
        scene = Scene(
            index=index,
            start=time,
            end=time,
            frames=frames,
            footprint=_seen(footprint, one.tile) if partial else footprint,
            bands=tuple(_offset(band, time) for band in self._dataset.bands),
            properties=self._properties(one, day),
            late=self._late(whole, time, visible),
            visible=visible,
        )
        return make_image(self._dataset, scene, lambda band: _withheld(band, time))

    def _properties(self, one: Pass, day: int) -> dict[str, Any]:
        """The properties of an image; percentages are computed on first access."""
        computed = _properties(one, day) | dict.fromkeys(PERCENTAGES)
        return {name: computed[name] for name in self._dataset.each}

    def _late(self, frame: Frame, time: float, visible: Visible | None) -> dict[str, Compute]:
        """The percentages, which take longer to tell than all else."""

        def tell() -> dict[str, float]:
            return percentages(frame, time, visible)

        return {name: tell for name in self._dataset.each if name in PERCENTAGES}


@lru_cache(maxsize=64)
def _by_phase(bounds: Bounds | None) -> tuple[tuple[Pass, ...], ...]:
    """The passes over the tiles that a box touches, or over all, by the day of five on which they are."""
    passes = [Pass.over(tile) for tile in tiles(bounds)]
    return tuple(tuple(one for one in passes if one.phase == phase) for phase in range(REPEAT_DAYS))


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"


def _frame(tile: Tile, pixel: int) -> Frame:
    x, y = tile.corner
    return Frame(Projection(tile.crs, (pixel, 0.0, x, 0.0, -pixel, y)), (TILE // pixel, TILE // pixel))


def _visible(tile: Tile) -> Visible:
    """East of the edge: the track runs from north-north-east to south-south-west."""
    longitude0, latitude0 = tile.centre

    def inward(longitude: Array, latitude: Array) -> Array:
        east = (longitude - longitude0 + 180) % 360 - 180
        return np.clip(east - TILT * (latitude - latitude0) - EDGE, -NEAR, NEAR)

    return lambda positions: positions.total("inward", [(SLOW, inward)], NEAR) >= 0


def _seen(footprint: Geometry, tile: Tile) -> Geometry:
    longitude, latitude = tile.centre
    west, east = longitude + EDGE, longitude + 9
    half = shapely.Polygon(
        [(west - 2 * TILT, latitude - 2), (east, latitude - 2), (east, latitude + 2), (west + 2 * TILT, latitude + 2)]
    )
    shape = shapely.intersection(footprint.shape, half)
    return footprint if shape.is_empty else replace(footprint, shape=shape)


def _offset(band: BandSchema, time: float) -> BandSchema:
    """A band of the datasets that are not harmonized: its numbers are 1000 higher from baseline 04.00 on."""
    return band if not band.baseline or time < BASELINE_4 else replace(band, bias=band.bias + band.baseline)


def _withheld(band: Band, time: float) -> Band:
    """Quality bands as they are in the times when the real dataset has none of them."""
    if band.name == "QA60" and QA60_MASKED[0] <= time < QA60_MASKED[1]:
        return replace(band, compute=_nothing)
    if band.name.startswith("MSK_CLASSI") and time < CLASSIFICATION_FROM:
        return Band(band.name, UINT8, WGS84, _nothing, pyramiding=band.pyramiding)
    return band


def _nothing(sampler: Sampler) -> Pixels:
    return Pixels.nothing(sampler.shape, np.uint8)


def _properties(one: Pass, day: int) -> dict[str, Any]:
    time = one.time(day)
    longitude, latitude = one.tile.centre
    elevation, azimuth = sun_angles(longitude, latitude, time)
    satellite = "AB"[day // REPEAT_DAYS % 2]
    date = (_EPOCH + timedelta(days=day)).strftime("%Y%m%d")
    start, granule = (f"{date}T{_clock(one.seconds(at))}" for at in (83.0, latitude))
    revolution = f"{day * ORBITS // 10:06d}"
    baseline = "05.00" if time >= BASELINE_4 else "02.14"
    number = "N" + baseline.replace(".", "")
    return {
        "MGRS_TILE": one.name,
        "SPACECRAFT_NAME": f"Sentinel-2{satellite}",
        "SENSING_ORBIT_NUMBER": one.orbit,
        "SENSING_ORBIT_DIRECTION": "DESCENDING",
        "MEAN_SOLAR_ZENITH_ANGLE": 90 - elevation,
        "MEAN_SOLAR_AZIMUTH_ANGLE": azimuth,
        "GENERATION_TIME": round(time + 6 * 3600 * 1000),
        "DATATAKE_IDENTIFIER": f"GS2{satellite}_{start}_{revolution}_N{baseline}",
        "PRODUCT_ID": f"S2{satellite}_MSIL2A_{start}_{number}_R{one.orbit:03d}_T{one.name}_{granule}",
        "GRANULE_ID": f"L2A_T{one.name}_A{revolution}_{granule}",
        "DATASTRIP_ID": f"S2{satellite}_OPER_MSI_L2A_DS_XXXX_{granule}_S{start}_N{baseline}",
        "PROCESSING_BASELINE": baseline,
    }
