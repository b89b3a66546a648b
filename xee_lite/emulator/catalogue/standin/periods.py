"""Datasets with one image for each period, on one fixed grid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ...types import Projection
from ..raster_footprint import raster_footprint
from .scene import Frame, Scene, make_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...pixels.image import Image
    from ...values.geometry import Geometry
    from ..assets import Query
    from .schema import Dataset

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    return make_image(dataset, Scene("", dataset.start, dataset.end, frames, footprint))


class Periods:
    """An image collection with one image for each period."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._frames, self._footprint = fixed_frames(dataset)

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of time, which is that of their system:index."""
        if query.index is not None:
            found = self.image(query.index)
            yield from [] if found is None else [found]
            return
        start = max(self._dataset.start, query.start if query.start is not None else self._dataset.start)
        end = min(self._dataset.end, query.end if query.end is not None else self._dataset.end)
        moment = self._period(start)
        if _ms(moment) < start:
            moment = self._next(moment)
        while _ms(moment) < end:
            yield self._image(moment)
            moment = self._next(moment)

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        try:
            moment = datetime.strptime(index, self._dataset.index).replace(tzinfo=UTC)
        except ValueError:
            return None
        known = self._dataset.start <= _ms(moment) < self._dataset.end and self._period(_ms(moment)) == moment
        return self._image(moment) if known and moment.strftime(self._dataset.index) == index else None

    def _image(self, moment: datetime) -> Image:
        calendar = {"year": moment.year, "month": moment.month, "day": moment.day}
        if self._dataset.cadence[1] == "month":
            calendar.pop("day")
        index = moment.strftime(self._dataset.index)
        scene = Scene(index, _ms(moment), _ms(self._next(moment)), self._frames, self._footprint, calendar)
        return make_image(self._dataset, scene)

    def _period(self, time: float) -> datetime:
        """The start of the period that a time falls in."""
        moment = EPOCH + timedelta(milliseconds=time)
        number, unit = self._dataset.cadence
        if unit == "month":
            return datetime(moment.year, moment.month, 1, tzinfo=UTC)
        first = EPOCH + timedelta(milliseconds=self._dataset.start)
        step = timedelta(**{f"{unit}s": number})
        return first + step * ((moment - first) // step)

    def _next(self, moment: datetime) -> datetime:
        number, unit = self._dataset.cadence
        if unit == "month":
            months = moment.month - 1 + number
            return moment.replace(year=moment.year + months // 12, month=months % 12 + 1)
        return moment + timedelta(**{f"{unit}s": number})


def _ms(moment: datetime) -> float:
    return moment.timestamp() * 1000
