"""One image of a stand-in: where and when it was taken, and its bands made from that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...pixels.image import Band, Image
from ...pixels.sampling import analytic
from ..memory import VERSION
from .bands import stored_values
from .fields import Array, Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...pixels.image import Mask, Pixels, Sampler, Values
    from ...types import Projection
    from ...values.geometry import Geometry
    from .schema import BandSchema, Dataset

KEPT_IMAGES = 1024
"""Images of a collection that are kept when they were made."""
BLOCK = 2**15
"""Pixels of a block of rows."""
KEPT_PIXELS = 2**22
"""Of one request; behind each stand some fifteen fields of 8 bytes, too many to keep for more pixels."""

Visible = Callable[[Array, Array], Array]
"""``visible(longitude, latitude)``: whether the instrument saw a place."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A native grid of one scene."""

    projection: Projection
    dimensions: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """An image, but for its pixels.

    Attributes
    ----------
    index : str
        system:index; empty for a dataset that is one image.
    start, end : float
        Milliseconds of Unix time.
    frames : mapping of str to Frame
        By the dataset's names of grids.
    footprint : Geometry
    properties : mapping
        Of this image alone.
    visible : callable, optional
        Where there are pixels; None is all of the frame.
    """

    index: str
    start: float
    end: float
    frames: Mapping[str, Frame]
    footprint: Geometry
    properties: Mapping[str, Any] = field(default_factory=dict)
    visible: Visible | None = None


def make_image(dataset: Dataset, scene: Scene) -> Image:
    """Make the image of a scene."""
    own = {
        "system:time_start": round(scene.start),
        "system:time_end": round(scene.end),
        "system:footprint": scene.footprint,
        **({"system:index": scene.index} if scene.index else {}),
    }
    bands = tuple(_band(schema, scene) for schema in dataset.bands)
    asset_id = f"{dataset.id}/{scene.index}" if scene.index else dataset.id
    return Image(bands, {**dataset.properties, **scene.properties, **own}, asset_id, VERSION)


def _band(schema: BandSchema, scene: Scene) -> Band:
    frame = scene.frames[schema.grid]

    def compute(sampler: Sampler) -> Pixels:
        latest = sampler.share(("fields", frame), _Latest)

        def field(longitude: Array, latitude: Array) -> tuple[Values, Mask | None]:
            mask = None if scene.visible is None else scene.visible(longitude, latitude).astype(np.float32)
            return _values(schema, latest, longitude, latitude, scene.start), mask

        return analytic(field, frame.projection, frame.dimensions, schema.type.dtype)(sampler)

    return Band(
        name=schema.name,
        type=schema.type,
        projection=frame.projection,
        compute=compute,
        dimensions=frame.dimensions,
        pyramiding=schema.pyramiding,
    )


def _values(schema: BandSchema, latest: _Latest, longitude: Array, latitude: Array, time: float) -> Values:
    out = np.empty(np.broadcast_shapes(longitude.shape, latitude.shape), schema.type.dtype)
    for part, fields in latest.blocks(longitude, latitude, time):
        out[part] = stored_values(fields, schema)
    return out


class _Latest:
    """The fields of the image that was asked for last: its bands share them, and the next image lets them go.

    They come in blocks of rows that fit the processor's cache, four times faster than all rows at once.
    """

    def __init__(self) -> None:
        self._kept: dict[int, Fields] = {}
        self._time = 0.0

    def blocks(self, longitude: Array, latitude: Array, time: float) -> Iterator[tuple[slice, Fields]]:
        """Rows and their fields, at the one place (that of the grid that this is shared for) and some time."""
        height, width = np.broadcast_shapes(longitude.shape, latitude.shape)
        if time != self._time:
            self._kept, self._time = {}, time
        step = max(BLOCK // width, 1)
        for row in range(0, height, step):
            part = slice(row, row + step)
            fields = self._kept.get(row)
            if fields is None:
                x, y = (axis[part] if axis.shape[0] > 1 else axis for axis in (longitude, latitude))
                fields = Fields(x, y, time)
            if height * width <= KEPT_PIXELS:
                self._kept[row] = fields
            yield part, fields
