"""One image of a stand-in: where and when it was taken, and its bands made from that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..image import Band, Image
from ..memory import VERSION
from ..sampling import analytic
from .bands import stored_values
from .fields import Array, Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..geometry import Geometry
    from ..image import Mask, Values
    from ..sampling import Field
    from ..types import Projection
    from .schema import BandSchema, Dataset

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
    sky = _OnePlace(scene.start)
    own = {
        "system:time_start": round(scene.start),
        "system:time_end": round(scene.end),
        "system:footprint": scene.footprint,
        **({"system:index": scene.index} if scene.index else {}),
    }
    bands = tuple(_band(schema, scene, sky) for schema in dataset.bands)
    asset_id = f"{dataset.id}/{scene.index}" if scene.index else dataset.id
    return Image(bands, {**dataset.properties, **scene.properties, **own}, asset_id, VERSION)


def _band(schema: BandSchema, scene: Scene, sky: _OnePlace) -> Band:
    frame = scene.frames[schema.grid]
    dtype = schema.type.dtype
    return Band(
        name=schema.name,
        type=schema.type,
        projection=frame.projection,
        compute=analytic(_field(schema, scene.visible, sky), frame.projection, frame.dimensions, dtype),
        dimensions=frame.dimensions,
        pyramiding=schema.pyramiding,
    )


def _field(schema: BandSchema, visible: Visible | None, sky: _OnePlace) -> Field:
    def field(longitude: Array, latitude: Array) -> tuple[Values, Mask | None]:
        values = stored_values(sky.fields(longitude, latitude), schema)
        mask = None if visible is None else visible(longitude, latitude).astype(np.float32)
        return values, mask

    return field


class _OnePlace:
    """The fields of the place asked for last: the bands of an image that are sampled together share them."""

    def __init__(self, time: float) -> None:
        self._time = time
        self._last: Fields | None = None

    def fields(self, longitude: Array, latitude: Array) -> Fields:
        last = self._last
        if last is None or last.longitude is not longitude or last.latitude is not latitude:
            last = self._last = Fields(longitude, latitude, self._time)
        return last
