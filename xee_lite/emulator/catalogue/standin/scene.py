"""One image of a stand-in: where and when it was taken, and its bands made from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ...pixels.image import Band, Image
from ...pixels.sampling import analytic
from ..memory import VERSION
from .bands import seen, stored_values
from .fields import Fields
from .waves import Array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...pixels.image import Mask, Pixels, Sampler, Values
    from ...types import Projection
    from ...values.geometry import Geometry
    from .bands import BandField
    from .schema import BandSchema, Dataset

KEPT_IMAGES = 1024
"""Images of a collection that are kept when they were made."""
BLOCK = 2**14
"""Pixels of a block."""
ACROSS = 128
"""Columns of a block that is not of whole rows."""
KEPT_PIXELS = 2**22
"""Of one request; behind each stand some fifteen fields of 8 bytes, too many to keep for more pixels."""

Visible = Callable[[Array, Array], Array]
"""``visible(longitude, latitude)``: whether the instrument saw a place."""
Part = tuple[slice, slice]


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
    bands : tuple of BandSchema
    properties : mapping
        Of this image alone.
    visible : callable, optional
        Where there are pixels; None is all of the frame.
    own : mapping of str to callable
        Fields that only this image knows, such as the angle it was taken at.
    shift : int
        Days by which its weather is that of another time.
    warming : float
        Kelvin by which it is warmer than the formula of the temperature says.
    """

    index: str
    start: float
    end: float
    frames: Mapping[str, Frame]
    footprint: Geometry
    bands: tuple[BandSchema, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)
    visible: Visible | None = None
    own: Mapping[str, BandField] = field(default_factory=dict)
    shift: int = 0
    warming: float = 0.0

    def fields(self, longitude: Array, latitude: Array) -> Fields:
        """The fields at some places at its time."""
        return Fields(longitude, latitude, self.start, shift=self.shift, warming=self.warming, smooth=self.is_whole)

    @property
    def is_whole(self) -> bool:
        """Whether all bands are whole numbers, which do not show the last bits of what they are rounded from."""
        return all(band.type.precision == "int" for band in self.bands)


class SceneImage(Image):
    """An image whose bands are made when somebody looks at them: a count of half a million images needs none of them.

    Parameters
    ----------
    bands : callable or tuple of Band
        Makes the bands.
    properties, id, version
        As of `Image`.
    """

    __slots__ = ("_bands",)
    _bands: Callable[[], tuple[Band, ...]] | tuple[Band, ...]

    def __init__(
        self,
        bands: Callable[[], tuple[Band, ...]] | tuple[Band, ...],
        properties: Mapping[str, Any],
        id: str | None = None,  # noqa: A002 - the name of the attribute
        version: int | None = None,
    ) -> None:
        object.__setattr__(self, "_bands", bands)
        object.__setattr__(self, "properties", properties)
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "version", version)

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands."""
        made = self._bands
        if callable(made):
            made = made()
            object.__setattr__(self, "_bands", made)
        return made


def make_image(dataset: Dataset, scene: Scene, alter: Callable[[Band], Band] = lambda band: band) -> Image:
    """Make the image of a scene; ``alter`` gives each band the form that it has at that time."""

    def bands() -> tuple[Band, ...]:
        return tuple(alter(band) for band in scene_bands(scene))

    return image_of(dataset, scene.index, (scene.start, scene.end), scene.footprint, scene.properties, bands)


def image_of(
    dataset: Dataset,
    index: str,
    span: tuple[float, float],
    footprint: Geometry,
    properties: Mapping[str, Any],
    bands: Callable[[], tuple[Band, ...]],
) -> Image:
    """Make an image whose bands, and whatever they are made of, may wait until somebody looks at them."""
    every = {
        **dataset.properties,
        **properties,
        "system:time_start": round(span[0]),
        "system:time_end": round(span[1]),
        "system:footprint": footprint,
    }
    if not index:
        return SceneImage(bands, every, dataset.id, VERSION)
    every["system:index"] = index
    return SceneImage(bands, every, f"{dataset.id}/{index}", VERSION)


def scene_bands(scene: Scene) -> tuple[Band, ...]:
    """The bands of a scene."""
    return tuple(_band(schema, scene) for schema in scene.bands)


def _band(schema: BandSchema, scene: Scene) -> Band:
    frame = scene.frames[schema.grid]

    def compute(sampler: Sampler) -> Pixels:
        latest = sampler.share(("fields", frame), _Latest)

        def field(longitude: Array, latitude: Array) -> tuple[Values, Mask | None]:
            return _pixels(schema, scene, latest.blocks(scene, longitude, latitude), longitude, latitude)

        shape = frame.projection, frame.dimensions
        return analytic(field, *shape, schema.type.dtype, smooth=scene.is_whole)(sampler)

    return Band(
        name=schema.name,
        type=schema.type,
        projection=frame.projection,
        compute=compute,
        dimensions=frame.dimensions,
        pyramiding=schema.pyramiding,
    )


def _pixels(
    schema: BandSchema, scene: Scene, blocks: Iterator[tuple[Part, Fields]], longitude: Array, latitude: Array
) -> tuple[Values, Mask | None]:
    shape = np.broadcast_shapes(longitude.shape, latitude.shape)
    out = np.empty(shape, schema.type.dtype)
    mask = None if scene.visible is None and not schema.mask else np.empty(shape, np.float32)
    for part, fields in blocks:
        out[part] = stored_values(fields, schema, scene.own)
        if mask is not None:
            mask[part] = 1 if scene.visible is None else scene.visible(fields.longitude, fields.latitude)
            if schema.mask:
                mask[part] *= seen(fields, schema)
    return out, mask


class _Latest:
    """The fields of the image that was asked for last: its bands share them, and the next image lets them go.

    They come in blocks that fit the processor's cache, four times faster than all at once: of whole rows where
    longitude and latitude are those of columns and rows, else nearly square, which few waves break.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], Fields] = {}
        self._scene: Scene | None = None

    def blocks(self, scene: Scene, longitude: Array, latitude: Array) -> Iterator[tuple[Part, Fields]]:
        """Parts and their fields, at the one place (that of the grid that this is shared for)."""
        height, width = np.broadcast_shapes(longitude.shape, latitude.shape)
        if scene is not self._scene:
            self._kept, self._scene = {}, scene
        across = width if longitude.shape[0] == 1 else ACROSS
        down = max(BLOCK // min(across, width), 1)
        for row, col in product(range(0, height, down), range(0, width, across)):
            part = slice(row, row + down), slice(col, col + across)
            fields = self._kept.get((row, col))
            if fields is None:
                fields = scene.fields(*(_part(axis, part) for axis in (longitude, latitude)))
            if height * width <= KEPT_PIXELS:
                self._kept[row, col] = fields
            yield part, fields


def _part(axis: Array, part: Part) -> Array:
    """A part of an array that broadcasts to the whole."""
    rows, cols = part
    return axis[rows if axis.shape[0] > 1 else slice(None), cols if axis.shape[1] > 1 else slice(None)]
