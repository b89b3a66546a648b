"""The reader of exportImage: one request for each item and window, whose TIFF or LERC is checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from affine import Affine

from ..decoding.geotiff import ExpectedTiff, decode_geotiff
from ..decoding.lerc import ExpectedLerc, decode_lerc
from ..decoding.pixel_parts import one_part
from ..grids.grid import intersects
from ..planning.chunks import check_request
from ..planning.resampling import resampling_of
from ..traffic.events import RequestInfo
from .service import pixel_type_of
from .spatial_reference import reference_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..decoding.pixel_parts import PixelPart
    from ..grids.grid import Grid, Window
    from ..items import Item
    from ..planning.limits import Limits
    from ..planning.nodata import Codec
    from ..reader import Reader, ReadRequest, View
    from .selection import Selection
    from .session import Params, Session

    Pixels = npt.NDArray[np.generic]

Format = Literal["tiff", "lerc"]

INTERPOLATIONS = {
    "nearest": "RSP_NearestNeighbor",
    "bilinear": "RSP_BilinearInterpolation",
    "bicubic": "RSP_CubicConvolution",
}
"""The names of resampling methods for exportImage (its documentation)."""

_HOLLOW_TRIES = 4
"""Requests for a TIFF with empty blocks, before their pixels are taken for missing (chosen, not measured).

A public server (Abu Dhabi SDI) answers so outside of all rasters; inside of them it was seen to leave out blocks now
and then.
"""

_BLOCK_BYTES = 2**20
"""Bytes of memory that are written at a time (chosen): they are touched twice, and fit the cache of a core."""

_HEADER_BYTES = 2**20
"""Bytes of a reply beside its pixels (chosen): headers, and the offsets of its blocks."""


@dataclass(frozen=True, slots=True)
class ExportReader:
    """Reads pixels of a service on a grid; plain data that pickles and holds no credential.

    Attributes
    ----------
    session : Session
    view : View
    selection : Selection
        By which requests name the items.
    band_ids : mapping of str to int
        The positions of the bands on the service; not used where each band is a request of its own.
    limits : Limits
    extent : Grid, optional
        The service's own grid.
    format : "tiff" or "lerc"
    plain : bool
        Whether the raster function "None" has to be asked for, which gives stored values.
    """

    session: Session
    view: View
    selection: Selection
    band_ids: dict[str, int]
    limits: Limits
    extent: Grid | None
    format: Format
    plain: bool

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        """Read one request: an exportImage for each item, and for each group of bands with the same parameters.

        Parameters
        ----------
        request : ReadRequest
        out : ndarray, shape (item, band, y, x)

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        for number, item in enumerate(request.items):
            for bands in self._groups(request.bands):
                parts = self._export(self.view.stack.items[item], bands, request.window)
                for position, band in enumerate(bands):
                    target = self._north_up(out[number, request.bands.index(band)])
                    for part in parts:
                        if part.bands.start <= position < part.bands.stop:
                            plane = part.values[position - part.bands.start]
                            _put(plane, self.view.codecs[band], target[part.rows, part.columns])

    def _north_up(self, plane: Pixels) -> Pixels:
        """A view of a plane in the order of replies: rows from north to south, columns from west to east."""
        transform = self.view.grid.transform
        return plane[:: 1 if transform.e < 0 else -1, :: 1 if transform.a > 0 else -1]

    def _groups(self, bands: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Bands that go in one request: those of the same type, number for missing pixels and resampling."""
        groups: dict[object, list[str]] = {}
        for band in bands:
            codec = self.view.codecs[band]
            key = (codec.wire, codec.number, resampling_of(band, self.view.resampling))
            groups.setdefault((band, *key) if self.selection.by_band else key, []).append(band)
        return [tuple(group) for group in groups.values()]

    def _export(self, item: Item, bands: tuple[str, ...], window: Window) -> list[PixelPart]:
        """The pixels of some bands, north up."""
        codec, grid = self.view.codecs[bands[0]], self._in_range(self.view.grid.window(window))
        pixel_bytes = codec.wire.itemsize * len(bands)
        check_request((1, grid.height, grid.width), pixel_bytes, len(bands), limits=self.limits)
        left, _, _, top = grid.bounds
        width, height = abs(grid.transform.a), abs(grid.transform.e)
        number = 0.0 if codec.number is None else codec.number
        shape = (len(bands), grid.height, grid.width)
        tiff = ExpectedTiff(shape, codec.wire, Affine(width, 0, left, 0, -height, top), number)
        lerc = ExpectedLerc(shape, codec.wire, number)
        params = self._params(item, bands, grid)
        # Twice the bytes of the pixels (chosen): blocks at the edges of a TIFF are padded.
        max_bytes = 2 * pixel_bytes * grid.height * grid.width + _HEADER_BYTES

        def fetch() -> list[PixelPart]:
            """One attempt. The reply is decoded within it, so that one which is cut short is asked for again."""
            content = partial(self.session.content, "exportImage", params, max_bytes)
            if self.format == "lerc":
                return [one_part(decode_lerc(content(), lerc))]
            image = decode_geotiff(content(), tiff)
            for _ in range(_HOLLOW_TRIES - 1 if image.hollow else 0):
                image = min(image, decode_geotiff(content(), tiff), key=lambda tiff: tiff.hollow)
                if not image.hollow:
                    break
            return image.parts

        info = RequestInfo(self.view.stack.source, (item.id,), bands, str(window))
        return self.session.call(fetch, info, grid.height * grid.width * len(bands))

    def _in_range(self, grid: Grid) -> Grid:
        """The window by longitudes in the range of the service: some services run from 0 to 360."""
        own = self.extent
        if own is None or not (own.pyproj_crs.is_geographic and grid.pyproj_crs.is_geographic):
            return grid.wrapped()
        return grid if intersects(grid.bounds, own.bounds, turn=0) else grid.wrapped()

    def _params(self, item: Item, bands: tuple[str, ...], grid: Grid) -> Params:
        codec = self.view.codecs[bands[0]]
        reference = reference_of(grid.crs)
        number = codec.number
        params: Params = {
            "f": "image",
            "bbox": ",".join(map(repr, map(float, grid.bounds))),
            "bboxSR": reference,
            "imageSR": reference,
            "size": f"{grid.width},{grid.height}",
            "adjustAspectRatio": False,
            "format": self.format,
            "pixelType": pixel_type_of(codec.wire),
            "noData": float(number) if codec.wire.kind == "f" and number is not None else number,
            "noDataInterpretation": "esriNoDataMatchAny",
            "interpolation": INTERPOLATIONS[resampling_of(bands[0], self.view.resampling)],
            **self.selection.params(item, bands[0]),
        }
        if not self.selection.by_band:
            params["bandIds"] = ",".join(str(self.band_ids[band]) for band in bands)
        if self.plain:
            params["renderingRule"] = {"rasterFunction": "None"}
        if self.format == "lerc":
            return {**params, "compressionTolerance": 0, "lercVersion": 2}
        return {**params, "compression": "None"}


def _put(plane: Pixels, codec: Codec, out: Pixels) -> None:
    """Write the pixels of a band into memory, with the fill where they are missing, some rows at a time."""
    number = None if codec.number is None or codec.number == codec.fill else plane.dtype.type(codec.number)
    rows = max(1, _BLOCK_BYTES // max(1, out.shape[1] * out.itemsize))
    for start in range(0, len(plane), rows):
        block, target = plane[start : start + rows], out[start : start + rows]
        with np.errstate(invalid="ignore"):  # of a cast of signalling NaNs
            # A type wider than the band's own has only the number for missing pixels beyond the values of the band.
            np.copyto(target, block, casting="unsafe")
        if number is not None and (missing := block == number).any():
            np.copyto(target, out.dtype.type(codec.fill), where=missing)


_: type[Reader] = ExportReader
