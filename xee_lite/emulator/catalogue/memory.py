"""Assets made from arrays, for tests and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..pixels.image import Band, Image
from ..pixels.sampling import stored
from ..types import BOOLEAN, DOUBLE, FLOAT, PixelType, Projection, parse_crs
from .raster_footprint import raster_footprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..pixels.image import Mask, Values
    from ..types import Transform
    from .assets import Query

VERSION = 1_577_836_800_000_000
"""Asset version of everything that has no history: 2020-01-01, in microseconds."""


def pixel_type(dtype: npt.DTypeLike) -> PixelType:
    """The pixel type of an array: the whole range of an integer dtype.

    Raises
    ------
    ValueError
        For dtypes that are no pixels at the service: 64-bit integers, complex numbers, text, objects.
    """
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return BOOLEAN
    if dtype.kind in "iu" and dtype.itemsize <= 4:
        info = np.iinfo(dtype)
        return PixelType("int", int(info.min), int(info.max))
    if dtype.kind == "f" and dtype.itemsize in (4, 8):
        return FLOAT if dtype.itemsize == 4 else DOUBLE
    raise ValueError(f"{dtype} is no pixel type; pass integers of up to 32 bits, float32 or float64.")


def memory_image(
    bands: Mapping[str, npt.NDArray[Any]],
    *,
    crs: str,
    transform: Sequence[float],
    properties: Mapping[str, Any] | None = None,
) -> Image:
    """Make a stored image from arrays.

    Parameters
    ----------
    bands : mapping of str to ndarray, shape (height, width)
        By name, all of one shape. A masked array's mask becomes the band's mask. Arrays are kept, not copied.
    crs : str
        Code or WKT.
    transform : sequence of 6 float
        Row order ``[xScale, xShear, xTranslation, yShear, yScale, yTranslation]``, as ``crs_transform``; an
        ``affine.Affine`` is good too.
    properties : mapping, optional
        JSON values; ``system:time_start`` in ms of Unix time. ``system:footprint`` is made of the grid.

    Returns
    -------
    Image
        To be given to ``emulator.start(assets={id: image})`` or to `memory_collection`.

    Raises
    ------
    ValueError
        If the arrays' shapes differ, are not two-dimensional, or a dtype is no pixel type.
    """
    a, b, c, d, e, f = (float(value) for value in tuple(transform)[:6])
    affine: Transform = (a, b, c, d, e, f)
    parse_crs(crs)
    shapes = {array.shape for array in bands.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        raise ValueError(f"All bands must be of one shape (height, width); there are {sorted(shapes)}.")
    height, width = shapes.pop()
    projection = Projection(crs, affine)
    return Image(
        bands=tuple(
            Band(
                name=name,
                type=pixel_type(array.dtype),
                projection=projection,
                compute=stored(_windows(array), projection, (width, height), array.dtype),
                dimensions=(width, height),
            )
            for name, array in bands.items()
        ),
        properties={"system:footprint": raster_footprint(projection, (width, height)), **(properties or {})},
        version=VERSION,
    )


def _windows(array: npt.NDArray[Any]) -> Any:  # noqa: ANN401 - sampling.Read
    mask = np.ma.getmask(array)
    valid: Mask | None = None if mask is np.ma.nomask else (~np.asarray(mask)).astype(np.float32)
    values = np.ma.getdata(array)

    def read(row0: int, row1: int, col0: int, col1: int) -> tuple[Values, Mask | None]:
        part = slice(row0, row1), slice(col0, col1)
        return values[part], None if valid is None else valid[part]

    return read


@dataclass(frozen=True, slots=True)
class MemoryCollection:
    """An image collection that is held in memory; made by `memory_collection`."""

    by_index: Mapping[str, Image]
    properties: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    version: int = VERSION

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index."""
        for index, image in self.by_index.items():
            start = image.properties.get("system:time_start")
            if query.index is not None and index != query.index:
                continue
            if start is not None and not _within(start, query):
                continue
            yield image

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        return self.by_index.get(index)


def _within(start: float, query: Query) -> bool:
    return (query.start is None or start >= query.start) and (query.end is None or start < query.end)


def memory_collection(images: Iterable[Image], properties: Mapping[str, Any] | None = None) -> MemoryCollection:
    """Make an image collection of images.

    Parameters
    ----------
    images : iterable of Image
        From `memory_image`. Each is known by its property ``system:index``; one without gets its position, in digits
        enough to sort.
    properties : mapping, optional
        Of the collection.

    Raises
    ------
    ValueError
        If two images have the same ``system:index``.
    """
    listed = list(images)
    digits = len(str(max(len(listed) - 1, 0)))
    by_index: dict[str, Image] = {}
    for position, image in enumerate(listed):
        index = str(image.properties.get("system:index", f"{position:0{digits}d}"))
        if index in by_index:
            raise ValueError(f"Two images have the system:index '{index}'.")
        by_index[index] = image
    return MemoryCollection(dict(sorted(by_index.items())), dict(properties or {}))


def named(asset: Image | MemoryCollection, asset_id: str) -> Image | MemoryCollection:
    """The asset under an id; the images of a collection get theirs from it."""
    if isinstance(asset, Image):
        index = asset_id.rpartition("/")[2]
        return replace(asset, id=asset_id, properties={"system:index": index, **asset.properties})
    images = {
        index: replace(image, id=f"{asset_id}/{index}", properties={**image.properties, "system:index": index})
        for index, image in asset.by_index.items()
    }
    return replace(asset, id=asset_id, by_index=images)
