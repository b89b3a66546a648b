"""What a kind of source has to offer, so that it opens through ``xr.open_dataset``.

A `Driver` knows the objects that it opens and asks the service about one of them. The `Source` that comes back says
what there is and within which limits it is read, and gives a `Reader` for a grid. Planning, grids, decoding, the
dataset and its lazy arrays know no service by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from .planning.combining import MOSAIC

if TYPE_CHECKING:
    from .decoding.pictures import PictureFormat
    from .grids.grid import Grid
    from .grids.reprojection import Bounds
    from .planning.limits import Limits
    from .planning.resampling import Resampling
    from .reader import Reader, View
    from .stack import Stack


@dataclass(frozen=True, slots=True)
class Query:
    """What opening has to know about a source, beside what every source says.

    Attributes
    ----------
    bands : tuple of str, optional
        The bands that will be read; None for all.
    properties : tuple of str, or "all"
        Properties of each image to bring along.
    resampling : str, or mapping of these by band
        How pixels will be found, by which bands get their types.
    combine : str
        How images will be combined, by which bands get their types too.
    region : (west, south, east, north), optional
        Degrees, east beyond 180 across the antimeridian: images that do not touch it are left out. None for all.
    strict_times : bool
        Whether a time that no calendar has is an error; else it counts as missing.
    pin : bool
        Whether what is read has to be what was there when the source was opened.
    rasters : str, or tuple of int, optional
        Which rasters of a service of rasters; None for the service's own choice.
    transport : str, optional
        By which way pixels come, where a service has several; None for the service's own choice.
    has_grid : bool
        Whether the user says the grid, so that the source's own is not needed.
    apart : bool
        Whether images whose grids differ may come as sources of their own: see `Parted`.
    """

    bands: tuple[str, ...] | None
    properties: tuple[str, ...] | Literal["all"]
    resampling: Resampling = "nearest"
    combine: str = MOSAIC
    region: Bounds | None = None
    strict_times: bool = True
    pin: bool = True
    rasters: str | tuple[int, ...] | None = None
    transport: str | None = None
    has_grid: bool = False
    apart: bool = False


class Source(Protocol):
    """A source that has described itself; plain data that pickles, without a credential."""

    @property
    def stack(self) -> Stack:
        """All bands and items that it has."""
        ...

    @property
    def limits(self) -> Limits:
        """What its service accepts in one request."""
        ...

    def reader(self, view: View) -> Reader:
        """A reader of some bands and items on a grid.

        Raises
        ------
        InputError
            If the service can not read them so; the message says what to pass.
        """
        ...


@runtime_checkable
class Parted(Source, Protocol):
    """A source whose images may lie on grids that differ."""

    @property
    def parts(self) -> tuple[Source, ...]:
        """A source for the images of each grid; empty where they share one."""
        ...


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """A picture of a source.

    Attributes
    ----------
    bands : tuple of str
        One, in grey or by a palette; or three as red, green and blue.
    grid : Grid
        The pixels of the picture.
    ranges : tuple of (float, float)
        For each band the values that become black and full.
    gamma : tuple of float, optional
        For each band: a share v of the range becomes ``v ** (1 / gamma)``.
    palette : tuple of str, optional
        Colours from the least to the greatest value of one band.
    picture_format : "png" or "jpeg"
    """

    bands: tuple[str, ...]
    grid: Grid
    ranges: tuple[tuple[float, float], ...]
    gamma: tuple[float, ...] | None
    palette: tuple[str, ...] | None
    picture_format: PictureFormat


@runtime_checkable
class Pictures(Source, Protocol):
    """A source whose service draws pictures: what a source may offer beside its pixels."""

    def flat(self, bands: tuple[str, ...]) -> Pictures:
        """These bands of all its images in one image, the last on top; of a single image itself."""
        ...

    def thumbnail(self, request: PictureRequest) -> bytes:
        """Draw a picture of a single image, in one request.

        Returns
        -------
        bytes
            A file of the format and size asked for; transparent where pixels are missing, in PNG.

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        ...


class Driver(Protocol):
    """One kind of source, such as Earth Engine."""

    @property
    def own_arguments(self) -> frozenset[str]:
        """Arguments of `open_dataset` that mean something for this kind of source alone."""
        ...

    def recognizes(self, obj: object) -> bool:
        """Whether an object is certainly one for this driver; decided without asking the network."""
        ...

    def plain(self, value: object) -> object:
        """The GeoJSON of a geometry and the CRS of a projection of the service's own types; anything else as it is."""
        ...

    def open(self, obj: object, query: Query) -> Source:
        """Ask a source about itself, in one round trip.

        Raises
        ------
        InputError
            If it can not be opened; the message says what to pass.
        RequestError
            If the service did not answer.
        """
        ...


_drivers: list[Driver] = []


def register_driver(driver: Driver) -> None:
    """Have `xr.open_dataset` ask this driver, before those that were registered earlier."""
    _drivers.insert(0, driver)


def driver_of(obj: object) -> Driver | None:
    """The driver that recognizes an object; None where none does."""
    return next((driver for driver in _drivers if driver.recognizes(obj)), None)
