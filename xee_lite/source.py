"""What each kind of source implements, so that it opens through ``xr.open_dataset``.

A `Driver` recognizes the objects that it opens, and asks the service about one of them. The `Source` that it returns
says which bands and items there are, within which limits they are read, and gives a `Reader` for a grid. Planning,
grids, decoding, the dataset and its lazy arrays name no service.
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
    """What a driver needs to know to open a source: the arguments of the user on which its description depends.

    Attributes
    ----------
    bands : tuple of str, optional
        The bands that will be read; None for all.
    properties : tuple of str, or "all"
        Properties of each image to bring along.
    resampling : str, or mapping of these by band
        How pixels will find their values, on which the types of the bands depend.
    combine : str
        How images will be combined, on which the types depend too.
    region : (west, south, east, north), optional
        Degrees, east beyond 180 across the antimeridian: images that do not touch it are left out. None for all.
    strict_times : bool
        Whether a time that no calendar has is an error; else it counts as missing.
    pin : bool
        Whether reads have to give the versions of the images that the source has when it is opened.
    rasters : str, or tuple of int, optional
        Which rasters of a service of rasters; None for the service's own choice.
    transport : str, optional
        In which format or by which method pixels come, where a service has several; None for the service's own choice.
    has_grid : bool
        Whether the user says the grid, so that the source's own is not needed.
    apart : bool
        Whether images whose grids differ may become sources of their own, see `Parted`; else they are refused.
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
    """What a picture shows, and how it is coloured.

    Attributes
    ----------
    bands : tuple of str
        One, in grey or by a palette; or three as red, green and blue.
    grid : Grid
        The pixels of the picture.
    ranges : tuple of (float, float)
        For each band the values that become 0 and full brightness.
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
    """A source whose service also draws pictures."""

    def flat(self, bands: tuple[str, ...]) -> Pictures:
        """A source of a single image: these bands of all its images, the last on top."""
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
