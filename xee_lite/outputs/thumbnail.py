"""A small picture of a source: the bytes of a PNG or a JPEG, which notebooks show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import Arguments
from ..decoding.pictures import PictureFormat, picture_size
from ..errors import InputError, brief
from ..grids.lattice import fit_shape
from ..grids.user_values import whole_numbers_of
from ..opening import Opening
from ..planning.sizes import exact_bytes, human_bytes
from ..planning.stretch import colours, declared_range, each, gammas, ranges_of, sampled_range
from ..source import PictureRequest, Pictures
from .regions import region_argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.grid import Grid
    from ..planning.stretch import Range
    from ..stack import Band

    Numbers = float | Sequence[float] | None

_FORMATS: dict[object, PictureFormat] = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg"}
_CHANNELS = [np.dtype("u1")] * 3
"""Red, green and blue."""
_SAMPLE = 128
"""Pixels of the longer side of the sample for the default range (chosen): at most some 250 KB for three bands."""


class Thumbnail(bytes):
    """A picture: the bytes of its file, with a format and a size; a notebook shows it.

    Attributes
    ----------
    format : "png" or "jpeg"
    size : (width, height)
        In pixels.

    Examples
    --------
    >>> from pathlib import Path
    >>> import xee_lite
    >>> picture = xee_lite.thumbnail("USGS/SRTMGL1_003", region=(6.8, 45.8, 7.0, 46.0), dimensions=200)
    >>> picture.size
    (200, 200)
    >>> written = Path("dem.png").write_bytes(picture)
    """

    @property
    def format(self) -> PictureFormat:
        """The format of the file."""
        return self._header()[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._header()[1:]

    def __repr__(self) -> str:
        kind, width, height = self._header()
        return f"<Thumbnail {kind.upper()}, {width} x {height} pixels, {human_bytes(len(self))}>"

    __str__ = __repr__

    def _repr_png_(self) -> bytes | None:
        return bytes(self) if self.format == "png" else None

    def _repr_jpeg_(self) -> bytes | None:
        return bytes(self) if self.format == "jpeg" else None

    def _header(self) -> tuple[PictureFormat, int, int]:
        header = picture_size(self)
        if header is None:
            raise InputError(f"These {len(self)} bytes are neither a PNG nor a JPEG.")
        return header


def thumbnail(
    obj: object,
    *,
    bands: str | Sequence[str] | None = None,
    region: Sequence[float] | object = None,
    dimensions: int | Sequence[int] = 512,
    min: Numbers = None,  # noqa: A002 - as Earth Engine's visualization parameters
    max: Numbers = None,  # noqa: A002 - as above
    gamma: Numbers = None,
    palette: str | Sequence[str] | None = None,
    format: str = "png",  # noqa: A002 - as in getThumbURL
) -> Thumbnail:
    """Draw a picture of whatever `xarray.open_dataset` opens; the service draws it, in one request.

    An image is drawn as it is. A collection, or a list of images, is drawn as its mosaic: the images that touch the
    region, in the collection's own order with the last on top, as ``ImageCollection.mosaic`` does.

    Parameters
    ----------
    obj : asset id, ee.Image, ee.ImageCollection, or list of these
        The source; of a collection its mosaic is drawn.
    bands : str or sequence of str, default None
        One band, or three as red, green and blue. By default the first three, or the first where there are fewer or a
        palette is given.
    region : (west, south, east, north) in degrees, or a geometry, default None
        As ``bbox`` and ``geometry`` of `open_dataset`; the picture shows the box around it, in the CRS of the bands.
        By default the whole image, and for a collection the extent of its first image.
    dimensions : int or (width, height), default 512
        Pixels of the longer side, or of both.
    min, max : float, or one for each band, default None
        Values that become black and full. By default the least and the greatest class of a band with a table of
        classes, and the declared range of a band of 8 bits. Of all other bands: the 2nd and the 98th percentile of a
        sample, all bands together so that colours keep their proportions; the sample is read in one more request, on
        the picture's own grid with 128 pixels along the longer side.
    gamma : float, or one for each band, default None
        A share v of the range becomes ``v ** (1 / gamma)``; more than 1 brightens. It goes with no palette.
    palette : list of str, or str, default None
        CSS colours from the least to the greatest value of one band, as a list or between commas.
    format : "png", "jpg" or "jpeg", default "png"
        Missing pixels are transparent in a PNG; a JPEG has no transparency, and they are black there.

    Returns
    -------
    Thumbnail
        The bytes of the file.

    Raises
    ------
    InputError
        If an argument is not possible, or the service of this source draws no pictures.
    RequestError
        When the service could not draw it.

    Examples
    --------
    >>> import xee_lite
    >>> xee_lite.thumbnail("USGS/SRTMGL1_003", region=(6.8, 45.8, 7.0, 46.0), palette="black,green,white")
    <Thumbnail PNG, 512 x 512 pixels, ... KiB>
    """
    if not isinstance(format, str) or format.lower() not in _FORMATS:
        raise InputError(f"format={brief(format)} is no format of a picture: pass 'png' or 'jpg'.")
    palette_colours = colours(palette)
    if palette_colours is not None and gamma is not None:
        raise InputError("palette= and gamma= at once: a palette has its own colours, so pass one of them.")
    with region_argument():
        opening = Opening.of(obj, Arguments(bands=bands, bbox=region))
        shown = _shown(opening, has_palette=palette_colours is not None)
        lows, highs = each("min", min, len(shown)), each("max", max, len(shown))
        powers = gammas(gamma, len(shown))
        source = opening.source
        if not isinstance(source, Pictures):
            raise InputError(
                f"The service of {source.stack.source} draws no pictures: open it by xarray.open_dataset and plot that."
            )
        grid = _grid(opening, shown, dimensions)
    limits = source.limits
    counted = grid.width * grid.height * limits.pixel_cost(_CHANNELS)
    if counted > limits.request_bytes:
        raise InputError(
            f"dimensions= of {grid.width} x {grid.height} pixels count {exact_bytes(counted)}, but the service takes "
            f"{exact_bytes(limits.request_bytes)} at most: pass fewer pixels."
        )
    names = tuple(band.name for band in shown)
    flat = source.flat(names)
    declared = [declared_range(band) for band in shown]
    needs_sample = None in (lows, highs) and None in declared
    sampled = _sampled_range(Opening(opening.arguments, flat), names, grid) if needs_sample else (0.0, 1.0)
    ranges = ranges_of(lows, highs, [own or sampled for own in declared])
    request = PictureRequest(names, grid, ranges, powers, palette_colours, _FORMATS[format.lower()])
    return Thumbnail(flat.thumbnail(request))


def _shown(opening: Opening, *, has_palette: bool) -> tuple[Band, ...]:
    """The bands of the picture: those asked for, or the first three, or the first."""
    bands = opening.arguments.select(opening.source.stack).bands
    if opening.arguments.bands is None:
        return bands[:1] if has_palette or len(bands) < 3 else bands[:3]
    if len(bands) not in ((1,) if has_palette else (1, 3)):
        possible = "one band beside palette=" if has_palette else "one band, or three as red, green and blue"
        names = [band.name for band in bands]
        raise InputError(f"bands={brief(names)} are {len(bands)}: a picture shows {possible}.")
    return bands


def _grid(opening: Opening, shown: tuple[Band, ...], dimensions: object) -> Grid:
    """The grid of the picture, with square pixels where only the longer side is given."""
    stack, given = replace(opening.source.stack, bands=shown), opening.arguments
    whole = replace(given, shape=(1, 1)).target(stack, stack.finest_grid)
    left, bottom, right, top = whole.bounds
    both = whole_numbers_of(dimensions, 2)
    longer = (whole_numbers_of([dimensions], 1) or (0,))[0]
    if both is None and longer < 1:
        raise InputError(f"dimensions={brief(dimensions)}: pass the pixels of the longer side, or (width, height).")
    width, height = both or _sides(right - left, top - bottom, longer)
    if min(width, height) < 1:
        raise InputError(f"dimensions={brief(dimensions)} has a side that is not positive: pass at least 1 x 1.")
    grid = fit_shape(whole.crs, whole.bounds, (height, width))
    if grid.seams:
        raise InputError(
            f"The picture crosses the antimeridian, which one request in {grid.crs} can not: pass a region= on one "
            "side of it."
        )
    return grid


def _sides(width: float, height: float, longer: int) -> tuple[int, int]:
    """Pixels of width and height, for so many along the longer side."""
    size = max(width, height) / longer
    return max(round(width / size), 1), max(round(height / size), 1)


def _sampled_range(opening: Opening, names: tuple[str, ...], grid: Grid) -> Range:
    """The default range, from a coarse sample of the picture's pixels that an ordinary read gives."""
    sides = _sides(grid.width, grid.height, min(_SAMPLE, max(grid.shape)))
    coarse = fit_shape(grid.crs, grid.bounds, sides[::-1])
    arguments = Arguments(bands=names, grid=coarse)
    sample = Opening(arguments, opening.source).dataset().load()
    return sampled_range([sample[name].values for name in names])
