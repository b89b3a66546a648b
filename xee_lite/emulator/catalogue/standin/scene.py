"""One image of a stand-in: where and when it was taken, and its bands made from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...images.image import Band, Image
from ...images.sampling import make_analytic_compute
from ...profiling import note_load
from ..memory import VERSION
from .bands import find_valid, stored_values
from .fields import Fields
from .lazy_properties import LazyProperties
from .positions import BLOCK, Positions, blocks, make_scattered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...geometry.geometry import Geometry
    from ...images.image import Mask, Pixels, Sampler, Values
    from .bands import BandField
    from .frame import Frame, Indices
    from .lazy_properties import Compute
    from .schema import BandSchema, Dataset
    from .waves import Array

KEPT_IMAGES = 1024
"""Images of a collection that are kept when they were made."""
KEPT_PIXELS = 6 * 2**20
"""Of one request, as many as have four bands in it; behind each stand some fifteen fields of 4 bytes."""
KEPT_SCATTERED = 2**20
"""As many as that of pixels here and there, for each of which the corners around it are kept too."""

Visible = Callable[[Positions], "Array | None"]
"""``visible(positions)``: which of them the instrument saw; None is all."""
Part = slice | tuple[slice, slice]


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
    late : mapping of str to callable
        Computes expensive properties; see `LazyProperties`.
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
    late: Mapping[str, Compute] = field(default_factory=dict)
    visible: Visible | None = None
    own: Mapping[str, BandField] = field(default_factory=dict)
    shift: int = 0
    warming: float = 0.0

    def fields(self, positions: Positions) -> Fields:
        """The fields at some positions at its time."""
        return Fields(positions, self.start, shift=self.shift, warming=self.warming)


class SceneImage(Image):
    """An image whose bands are made on first access: a count of half a million images needs none of them.

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
    def size(self) -> int:
        """Bytes that it takes in memory, about, as far as it has been made."""
        return 1000 if callable(self._bands) else super().size

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
        return tuple(alter(band) for band in scene_bands(dataset, scene))

    return image_of(
        dataset, scene.index, (scene.start, scene.end), scene.footprint, scene.properties, bands, scene.late
    )


def image_of(
    dataset: Dataset,
    index: str,
    span: tuple[float, float],
    footprint: Geometry,
    properties: Mapping[str, Any],
    bands: Callable[[], tuple[Band, ...]],
    late: Mapping[str, Compute] = MappingProxyType({}),
) -> Image:
    """Make an image whose bands, and whatever they are made of, are made on first access.

    So may properties that come late, each of which stands among the others.
    """
    every: dict[str, Any] = {
        **dataset.properties,
        **properties,
        "system:time_start": round(span[0]),
        "system:time_end": round(span[1]),
        "system:footprint": footprint,
    }
    if not index:
        return SceneImage(bands, every, dataset.id, VERSION)
    every["system:index"] = index
    return SceneImage(bands, LazyProperties(every, late) if late else every, f"{dataset.id}/{index}", VERSION)


def scene_bands(dataset: Dataset, scene: Scene) -> tuple[Band, ...]:
    """The bands of a scene."""
    source = f"{dataset.id}/(...)" if scene.index else dataset.id
    return tuple(_band(schema, scene, source) for schema in scene.bands)


def _band(schema: BandSchema, scene: Scene, source: str) -> Band:
    frame = scene.frames[schema.grid]
    key = scene.index, schema.name

    def compute(sampler: Sampler) -> Pixels:
        latest = sampler.share(("fields", frame), _Latest)

        def read(row0: int, row1: int, col0: int, col1: int) -> tuple[Values, Mask | None]:
            parts = latest.blocks(scene, frame, range(row0, row1), range(col0, col1))
            return _pixels(schema, scene, parts, (row1 - row0, col1 - col0))

        def at(rows: Indices, cols: Indices) -> tuple[Values, Mask | None]:
            return _pixels(schema, scene, latest.scattered(scene, frame, rows, cols), rows.shape)

        pixels = make_analytic_compute(read, at, frame.projection, frame.dimensions, schema.type.dtype)(sampler)
        if not pixels.is_nothing:
            note_load(source, key, pixels.values.size, pixels.values.nbytes)
        return pixels

    return Band(
        name=schema.name,
        type=schema.type,
        projection=frame.projection,
        compute=compute,
        dimensions=frame.dimensions,
        pyramiding=schema.pyramiding,
    )


def _pixels(
    schema: BandSchema, scene: Scene, parts: Iterable[tuple[Part, Fields]], shape: tuple[int, ...]
) -> tuple[Values, Mask | None]:
    """The values and the mask, None for all valid, from their parts."""
    out = np.empty(shape, schema.type.dtype)
    mask: Mask | None = None
    for part, fields in parts:
        out[part] = stored_values(fields, schema, scene.own)
        here = _valid(fields, schema, scene)
        if here is not None and mask is None and not here.all():
            mask = np.ones(shape, np.float32)
        if here is not None and mask is not None:
            mask[part] = here
    return out, mask


def _valid(fields: Fields, schema: BandSchema, scene: Scene) -> Array | None:
    """Where there are values; None is everywhere."""
    here = None if scene.visible is None else scene.visible(fields.positions)
    if not schema.mask:
        return here
    has = find_valid(fields, schema)
    return has if here is None else has & here


class _Latest:
    """The fields of the image that was asked for last: its bands share them, and the next image lets them go."""

    def __init__(self) -> None:
        self._kept: dict[tuple[range, range], list[tuple[Part, Fields]]] = {}
        self._scattered: tuple[Indices, Indices, list[tuple[Part, Fields]]] | None = None
        self._scene: Scene | None = None

    def blocks(self, scene: Scene, frame: Frame, rows: range, cols: range) -> Iterable[tuple[Part, Fields]]:
        """A window in parts, and their fields."""
        self._turn_to(scene)
        parts = (
            ((_slice(down, rows), _slice(across, cols)), scene.fields(positions))
            for down, across, positions in blocks(frame, rows, cols)
        )
        if len(rows) * len(cols) > KEPT_PIXELS:
            return parts
        if (rows, cols) not in self._kept:
            self._kept[rows, cols] = list(parts)
        return self._kept[rows, cols]

    def scattered(self, scene: Scene, frame: Frame, rows: Indices, cols: Indices) -> Iterable[tuple[Part, Fields]]:
        """Pixels here and there, in parts, and their fields."""
        self._turn_to(scene)
        if self._scattered is not None:
            known_rows, known_cols, kept = self._scattered
            if np.array_equal(known_rows, rows) and np.array_equal(known_cols, cols):
                return kept
        some = (slice(start, start + BLOCK) for start in range(0, rows.size, BLOCK))
        parts = ((part, scene.fields(make_scattered(frame, rows[part], cols[part]))) for part in some)
        if rows.size > KEPT_SCATTERED:
            return parts
        self._scattered = rows, cols, list(parts)
        return self._scattered[2]

    def _turn_to(self, scene: Scene) -> None:
        if scene is not self._scene:
            self._kept, self._scattered, self._scene = {}, None, scene


def _slice(some: range, among: range) -> slice:
    return slice(some.start - among.start, some.stop - among.start)
