"""Assets made from arrays, for tests and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..geometry.raster_footprint import raster_footprint
from ..images.image import Band, Image, read_from
from ..images.pyramids import check_policy, level_count, make_pyramid_compute
from ..images.sampling import make_stored_compute
from ..types import BOOLEAN, DOUBLE, FLOAT, PixelType, Projection, parse_crs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..images.image import Mask, Values
    from ..images.sampling import Read, Size
    from ..types import Transform
    from ..values.stored import Query

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
    pyramiding: str | Mapping[str, str] | None = None,
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
    pyramiding : str or mapping of str to str, optional
        MEAN, MODE, SAMPLE, MIN, MAX or MEDIAN, of all bands or by band: coarser requests read levels of reduced
        resolution, of which there are as many as it takes until the image fits within 256 x 256 pixels. Bands without
        one are read in their own pixels at every scale.

    Returns
    -------
    Image
        To be given to ``emulator.start(assets={id: image})`` or to `memory_collection`.

    Raises
    ------
    ValueError
        If the arrays' shapes differ, are not two-dimensional, a dtype is no pixel type, or there is no such policy or
        no such band.
    """
    a, b, c, d, e, f = (float(value) for value in tuple(transform)[:6])
    affine: Transform = (a, b, c, d, e, f)
    parse_crs(crs)
    shapes = {array.shape for array in bands.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        raise ValueError(f"All bands must be of one shape (height, width); there are {sorted(shapes)}.")
    height, width = shapes.pop()
    projection = Projection(crs, affine)
    policies = dict.fromkeys(bands, pyramiding) if isinstance(pyramiding, str) else dict(pyramiding or {})
    if not policies.keys() <= bands.keys():
        raise ValueError(f"'pyramiding' names {sorted(policies.keys() - bands.keys())}; the bands are {list(bands)}.")
    return Image(
        bands=tuple(
            stored_band(name, _windows(array), projection, (width, height), array.dtype, policies.get(name))
            for name, array in bands.items()
        ),
        properties={"system:footprint": raster_footprint(projection, (width, height)), **(properties or {})},
        version=VERSION,
    )


def stored_band(
    name: str, read: Read, projection: Projection, dimensions: Size, dtype: npt.DTypeLike, policy: str | None
) -> Band:
    """Make a band of pixels that are read by windows, with levels of reduced resolution if it has a policy for them.

    Raises
    ------
    ValueError
        If there is no such policy, or the dtype is no pixel type.
    """
    band = Band(
        name=name,
        type=pixel_type(dtype),
        projection=projection,
        compute=make_stored_compute(read, projection, dimensions, dtype),
        dimensions=dimensions,
    )
    if policy is None:
        return band
    compute = make_pyramid_compute(read, projection, dimensions, dtype, check_policy(policy))
    return replace(band, compute=compute, pyramiding=policy, levels=level_count(dimensions))


def _windows(array: npt.NDArray[Any]) -> Read:
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

    Returns
    -------
    MemoryCollection
        To be served under an asset id, as one of the ``assets`` of `emulator.start`.

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


def set_id(asset: Image | MemoryCollection, asset_id: str) -> Image | MemoryCollection:
    """The asset under an id; the images of a collection get theirs from it."""
    if isinstance(asset, Image):
        index = asset_id.rpartition("/")[2]
        bands = tuple(read_from(asset_id, band) for band in asset.bands)
        return replace(asset, bands=bands, id=asset_id, properties={"system:index": index, **asset.properties})
    images = {
        index: replace(
            image,
            bands=tuple(read_from(f"{asset_id}/(...)", band) for band in image.bands),
            id=f"{asset_id}/{index}",
            properties={**image.properties, "system:index": index},
        )
        for index, image in asset.by_index.items()
    }
    return replace(asset, id=asset_id, by_index=images)
