"""Datasets with one image for each period, on one fixed grid."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ...geometry.raster_footprint import raster_footprint
from ...types import Projection
from .frame import Frame
from .ground import MS_PER_DAY, YEAR_DAYS
from .scene import KEPT_IMAGES, Scene, image_of, make_image, scene_bands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...geometry.geometry import Geometry
    from ...images.image import Band, Image
    from ...values.stored import Query
    from .positions import Positions
    from .scene import Visible
    from .schema import Dataset, Member
    from .waves import Array

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CALENDAR: dict[str, Callable[[datetime], int]] = {
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
}
"""Properties that tell when an image's period begins."""


def fixed_frames(dataset: Dataset) -> tuple[Mapping[str, Frame], Geometry]:
    """The grids of a dataset whose grids are fixed, and where its first one lies."""
    frames = {
        name: Frame(Projection(grid.crs, grid.transform), grid.dimensions) for name, grid in dataset.grids.items()
    }
    first = next(iter(frames.values()))
    return frames, raster_footprint(first.projection, first.dimensions)


def single_image(dataset: Dataset) -> Image:
    """A dataset that is one image."""
    frames, footprint = fixed_frames(dataset)
    return make_image(dataset, Scene("", dataset.start, dataset.end, frames, footprint, dataset.bands))


class Periods:
    """An image collection with one image for each period, and as many series of them as it has members."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._frames, self._footprint = fixed_frames(dataset)
        geographic = all(frame.projection.pyproj.is_geographic for frame in self._frames.values())
        self._visible: Visible | None = None if geographic else _on_the_globe
        number, unit = dataset.cadence
        # Months and years differ in length.
        self._step = None if unit in ("month", "year") else timedelta(**{f"{unit}s": number})
        self._each = [(name, _CALENDAR[name]) for name in dataset.each]
        # A client reads an image in many requests; hundreds of thousands of them are hardly asked for twice.
        self._known = lru_cache(maxsize=KEPT_IMAGES)(self._find)

    def images(self, query: Query) -> Iterator[Image]:
        """Images member by member, in the order of time: together that is the order of their system:index."""
        if query.named is not None:
            yield from filter(None, map(self.image, query.named))
            return
        for member in self._dataset.members:
            for moment in self._moments(member, query):
                yield self._image(member, moment)

    def count(self, query: Query) -> int:
        """How many images there are that start in the time of a query."""
        return sum(self._moments_between(member, query) for member in self._dataset.members)

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        return self._known(index)

    def _find(self, index: str) -> Image | None:
        for member in self._dataset.members:
            if not index.startswith(member.prefix):
                continue
            try:
                moment = datetime.strptime(index[len(member.prefix) :], self._dataset.index).replace(tzinfo=UTC)
            except ValueError:
                continue
            moment += timedelta(milliseconds=member.start % MS_PER_DAY) if self._time_of_day else timedelta()
            if self._has(member, moment) and self._index(member, moment) == index:
                return self._image(member, moment)
        return None

    @property
    def _time_of_day(self) -> bool:
        """Whether images start at an hour that the system:index does not tell."""
        return self._dataset.cadence[1] == "day"

    def _has(self, member: Member, moment: datetime) -> bool:
        return member.start <= _ms(moment) < member.end and self._period(member, _ms(moment)) == moment

    def _index(self, member: Member, moment: datetime) -> str:
        return member.prefix + moment.strftime(self._dataset.index)

    def _image(self, member: Member, moment: datetime) -> Image:
        index, start, end = self._index(member, moment), _ms(moment), _ms(self._after(moment))
        properties = {**member.properties, **{name: part(moment) for name, part in self._each}}

        def bands() -> tuple[Band, ...]:
            years = (start - member.start) / MS_PER_DAY / YEAR_DAYS
            scene = Scene(
                index=index,
                start=start,
                end=end,
                frames=self._frames,
                footprint=self._footprint,
                bands=self._dataset.bands,
                visible=self._visible,
                shift=member.shift,
                warming=member.warming * years,
            )
            return scene_bands(self._dataset, scene)

        return image_of(self._dataset, index, (start, end), self._footprint, properties, bands)

    def _moments(self, member: Member, query: Query) -> Iterator[datetime]:
        """The starts of the member's periods that a query's time holds."""
        start, end = _span(member, query)
        moment, last = self._first(member, start), EPOCH + timedelta(milliseconds=end)
        while moment < last:
            yield moment
            moment = self._next(moment)

    def _moments_between(self, member: Member, query: Query) -> int:
        start, end = _span(member, query)
        if self._dataset.yearly or self._step is None:
            return sum(1 for _ in self._moments(member, query))
        return max(math.ceil((end - _ms(self._first(member, start))) / (self._step / _MILLISECOND)), 0)

    def _first(self, member: Member, start: float) -> datetime:
        """The first period that starts no sooner."""
        moment = self._period(member, start)
        return self._next(moment) if _ms(moment) < start else moment

    def _period(self, member: Member, time: float) -> datetime:
        """The start of the period that a time falls in."""
        moment = EPOCH + timedelta(milliseconds=time)
        if self._step is None:
            return datetime(moment.year, moment.month if self._dataset.cadence[1] == "month" else 1, 1, tzinfo=UTC)
        first = EPOCH + timedelta(milliseconds=member.start)
        if self._dataset.yearly:
            first = datetime(moment.year, 1, 1, tzinfo=UTC)
        return first + self._step * ((moment - first) // self._step)

    def _next(self, moment: datetime) -> datetime:
        """The start of the next period."""
        after = self._after(moment)
        return datetime(after.year, 1, 1, tzinfo=UTC) if self._dataset.yearly and after.year > moment.year else after

    def _after(self, moment: datetime) -> datetime:
        """The end of a period: with those that begin anew in January, the last of the year reaches into the next."""
        if self._step is not None:
            return moment + self._step
        number, unit = self._dataset.cadence
        if unit == "year":
            return moment.replace(year=moment.year + number)
        months = moment.month - 1 + number
        return moment.replace(year=moment.year + months // 12, month=months % 12 + 1)


def _span(member: Member, query: Query) -> tuple[float, float]:
    start = member.start if query.start is None else max(member.start, query.start)
    return start, member.end if query.end is None else min(member.end, query.end)


def _on_the_globe(positions: Positions) -> Array:
    """Whether a pixel of a world map lies on the map: the corners of a sinusoidal one do not."""
    on_it: Array = (np.abs(positions.longitude) <= 180) & (np.abs(positions.latitude) <= 90)
    return on_it


def _ms(moment: datetime) -> float:
    return (moment - EPOCH) / _MILLISECOND
