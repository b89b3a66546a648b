"""The reader of original files: each is downloaded once into a cache, and windows are read from there."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..planning.resampling import methods_of
from .raster_files import Order, fetch_rasters

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..grids.grid import Grid
    from ..items import Item
    from ..reader import Reader, ReadRequest, View
    from .service import Service
    from .session import Session

_TOLERANCE = 1e-3
"""Of a pixel, by which the pixels of a file and of the grid may differ (chosen): coordinates in JSON are rounded."""


def cache_folder(url: str) -> Path:
    """Where the files of a service are kept: a folder below ``XDG_CACHE_HOME``, or else below ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME")
    base = Path(home) if home else Path.home() / ".cache"
    return base / "xee_lite" / "imageserver" / hashlib.sha256(url.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class DownloadReader:
    """Reads original rasters on their own pixels; plain data that pickles and holds no credential.

    Attributes
    ----------
    session : Session
    service : Service
    view : View
    band_numbers : dict
        The numbers of the bands in a file, from 1.
    """

    session: Session
    service: Service
    view: View
    band_numbers: dict[str, int]

    @classmethod
    def of(cls, session: Session, service: Service, view: View) -> DownloadReader:
        """The reader of a view.

        Raises
        ------
        InputError
            If the grid is not on the pixels of the rasters, or rasterio is not installed.
        """
        _rasterio()
        native = view.stack.bands[0].grid
        if methods_of(view.resampling) != ("nearest",) or native is None or not _on_pixels(native, view.grid):
            raise InputError(
                "transport='download' reads the pixels of the original files and resamples none: leave out the grid, "
                "or say only a region by bbox= or geometry=, and no resampling=."
            )
        return cls(session, service, view, {band.name: number for number, band in enumerate(service.bands, 1)})

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        """Read one request, from files that are downloaded when they are first needed.

        Parameters
        ----------
        request : ReadRequest
        out : ndarray, shape (item, band, y, x)

        Raises
        ------
        RequestError
            When the service could not give a file.
        InputError
            If a file is not the raster that the service described.
        """
        grid = self.view.grid.window(request.window)
        for number, position in enumerate(request.items):
            item = self.view.stack.items[position]
            for axis, band in enumerate(request.bands):
                out[number, axis] = self.view.codecs[band].fill
            for member in item.members or (item,):  # later ones lie on top
                self._read(member, request.bands, grid, out[number])
            for axis, band in enumerate(request.bands):
                self.view.codecs[band].blank(out[number, axis])

    def _read(self, item: Item, bands: tuple[str, ...], grid: Grid, out: npt.NDArray[np.generic]) -> None:
        """Write the valid pixels of one raster over those that are there."""
        path = self._path(item)
        with _rasterio().open(path) as source:
            self._check(source, bands, item)
            shift = ~source.transform @ grid.transform
            column, row = round(shift.c), round(shift.f)
            left, top = max(0, column), max(0, row)
            right, bottom = min(source.width, column + grid.width), min(source.height, row + grid.height)
            if not max(abs(shift.c - column), abs(shift.f - row), abs(shift.a - 1), abs(shift.e - 1)) <= _TOLERANCE:
                raise InputError(f"The file of raster {item.id}, {path}, lies beside the pixels that the service says.")
            if left >= right or top >= bottom:
                return
            numbers = [self.band_numbers[band] for band in bands]
            window = ((top, bottom), (left, right))
            pixels, masks = source.read(numbers, window=window), source.read_masks(numbers, window=window)
        target = out[:, top - row : bottom - row, left - column : right - column]
        with np.errstate(invalid="ignore"):  # of a cast of signalling NaNs
            np.copyto(target, pixels, casting="unsafe", where=masks != 0)

    def _path(self, item: Item) -> Path:
        """The file of a raster in the cache; it is downloaded where it is not there."""
        folder = cache_folder(self.session.url)
        raster = int(item.position or 0)
        with _lock_of(folder / str(raster)):
            (downloaded,) = fetch_rasters(self.session, self.service, [raster], folder, Order())
        if len(downloaded.files) > 1 and not all(path.suffix for path in downloaded.files):
            raise InputError(
                f"The {len(downloaded.files)} files of raster {item.id} of {self.session.url} have names that do not "
                "tell which is the mask of the raster: read it without transport='download'."
            )
        if len(downloaded.images) != 1:
            names = ", ".join(path.name for path in downloaded.images) or "none"
            raise InputError(
                f"Raster {item.id} of {self.session.url} has not one file with pixels but {names}: read them from "
                "xee_lite.imageserver.download(...)."
            )
        return downloaded.images[0]

    def _check(self, source: Any, bands: tuple[str, ...], item: Item) -> None:  # noqa: ANN401 - rasterio's dataset
        """Refuse a file that lacks a band, or has it in a wider type than the service says."""
        for band in bands:
            number, wire = self.band_numbers[band], self.view.codecs[band].wire
            if number > source.count:
                raise InputError(
                    f"The file of raster {item.id} has {source.count} bands, but {band!r} is number {number}."
                )
            if not np.can_cast(source.dtypes[number - 1], wire, "safe"):
                raise InputError(
                    f"The file of raster {item.id} has {source.dtypes[number - 1]} in {band!r}, but the service says "
                    f"{wire.name}: open that raster apart, or read it without transport='download'."
                )


_: type[Reader] = DownloadReader


def _on_pixels(native: Grid, grid: Grid) -> bool:
    """Whether the pixels of a grid are pixels of the native one."""
    if native.crs != grid.crs:
        return False
    shift = ~native.transform @ grid.transform
    offsets = (shift.c - round(shift.c), shift.f - round(shift.f), shift.a - 1, shift.e - 1, shift.b, shift.d)
    return bool(max(map(abs, offsets)) <= _TOLERANCE)


def _rasterio() -> Any:  # noqa: ANN401 - an untyped library
    try:
        import rasterio  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError("Original files are read by rasterio: pip install 'xee_lite[imageserver]'.") from error
    return rasterio


_guard = Lock()
_locks: dict[Path, Lock] = {}


def _lock_of(path: Path) -> Lock:
    """The lock by which threads of this process download a raster one after the other."""
    with _guard:
        return _locks.setdefault(path, Lock())


def _renew() -> None:
    """Make new locks in a forked child, where the old ones may be held by threads that the child does not have."""
    global _guard, _locks
    _guard, _locks = Lock(), {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
