"""The options that name a source and a grid, the same for every command that takes some of them."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from ..imageserver.address import is_service_url
from .aoi import read_aoi
from .filters import parse_filter
from .image_service import Choice, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import ee
    import xarray as xr

    from ..grids.reprojection import Bounds
    from .aoi import GeoJSON
    from .filters import Comparison

_SHORT_DATE = re.compile(r"\d{4}(-\d{2})?")
"""A year or a month, which ``datetime.fromisoformat`` does not take."""

OPTIONS = ["--bands", "--start", "--end", "--bbox", "--aoi", "--crs", "--scale", "--like", "--groupby", "--nodata"]
OPTIONS += ["--filter", "--limit", "--resampling", "--rasters", "--transport"]

_OF_IMAGE_SERVICES = ("rasters", "transport")

CHOICES = ("start", "end", "filter", "limit")
"""Options that leave out images before the source is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The options as they were passed; None where one was not.

    Attributes
    ----------
    asset : str
        The id of the source, or the URL of an image service.
    bands : tuple of str, optional
    start, end : datetime, optional
        In UTC; images that begin at or after the first and before the second.
    bbox : (west, south, east, north), optional
        In degrees.
    aoi : GeoJSON, optional
        The geometries of a file, in the file's own CRS.
    crs : str, optional
    scale : float, optional
        Metres.
    like : path, optional
        A raster whose grid is taken.
    groupby : str, optional
    nodata : float or "exact", optional
    filter : tuple of Comparison, optional
    limit : int, optional
    resampling : str, optional
    rasters : str, or tuple of int, optional
        Of an image service.
    transport : str, optional
        Of an image service.
    """

    asset: str
    bands: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None
    aoi: GeoJSON | None = None
    crs: str | None = None
    scale: float | None = None
    like: Path | None = None
    groupby: str | None = None
    nodata: float | str | None = None
    filter: tuple[Comparison, ...] | None = None
    limit: int | None = None
    resampling: str | None = None
    rasters: str | tuple[int, ...] | None = None
    transport: str | None = None

    def __post_init__(self) -> None:
        if not self.is_image_service:
            for name in _OF_IMAGE_SERVICES:
                if getattr(self, name) is not None:
                    raise InputError(f"--{name} is for the URL of an image service, which {self.asset!r} is not.")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InputError(f"--start {self.start} is not before --end {self.end}.")
        if self.bbox is not None and self.aoi is not None:
            raise InputError("--bbox and --aoi are two regions: pass one of them.")

    @property
    def is_image_service(self) -> bool:
        """Whether the source is the URL of an image service, and no asset of an Earth Engine."""
        return is_service_url(self.asset)

    def opened(self, around: Bounds | None = None, **more: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401 - arguments of any kind
        """The source that the options leave, as `xee_lite.sample` takes it, and the arguments for opening it.

        Parameters
        ----------
        around : (west, south, east, north), optional
            Degrees: the region whose images count for the limit, if none was passed.
        **more
            Further arguments of `xr.open_dataset`.
        """
        arguments = {**self.arguments(), **more}
        if self.is_image_service:
            choice = Choice(self.start, self.end, self.filter, self.limit, self.region or around)
            return choose(self.asset, arguments, choice)
        return self.source(around), arguments

    def dataset(self, **more: Any) -> xr.Dataset:  # noqa: ANN401 - arguments of any kind
        """The dataset that the options leave."""
        import xarray as xr  # noqa: PLC0415 - slow to import

        source, arguments = self.opened(**more)
        return source if isinstance(source, xr.Dataset) else xr.open_dataset(source, engine="xee_lite", **arguments)

    def source(self, around: Bounds | None = None) -> str | ee.ImageCollection:
        """The source as `xr.open_dataset` takes it: the id, or the collection without the images that are left out.

        Parameters
        ----------
        around : (west, south, east, north), optional
            Degrees: the region whose images count for the limit, if none was passed.
        """
        if all(getattr(self, name) is None for name in CHOICES):
            return self.asset
        from . import earth  # noqa: PLC0415 - ee is slow to import

        return earth.filtered(self.asset, self.start, self.end, self.filter or (), self.region or around, self.limit)

    def image(self) -> str:
        """The id of the one image that the options leave, or the id itself, which may be that of an image."""
        from . import earth  # noqa: PLC0415 - ee is slow to import

        return earth.only_image(self.source(), self.asset, self.region)

    @property
    def region(self) -> Bounds | None:
        """The region in degrees that images have to touch; None for all."""
        from ..arguments import Arguments  # noqa: PLC0415 - with the machinery of grids

        return Arguments.of(self.arguments()).query.region

    def arguments(self) -> dict[str, Any]:
        """The arguments of `xr.open_dataset` for the options that were passed."""
        given: dict[str, Any] = {
            "bands": None if self.bands is None else list(self.bands),
            "bbox": self.bbox,
            "geometry": self.aoi,
            "like": None if self.like is None else str(self.like),
            **{
                name: getattr(self, name)
                for name in ("crs", "scale", "groupby", "nodata", "resampling", *_OF_IMAGE_SERVICES)
            },
        }
        return {name: value for name, value in given.items() if value is not None}

    def refuse(self, command: str, names: Iterable[str]) -> None:
        """Refuse options that are of no use to a command.

        Raises
        ------
        click.UsageError
            If one was passed.
        """
        passed = [name for name in names if getattr(self, name) is not None]
        if passed:
            raise click.UsageError(f"{command} has no use for --{passed[0]}: leave it out.")


def _bands(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(","))
    if not all(names):
        raise click.BadParameter(f"{value!r} has an empty name: pass names that commas separate, such as B4,B8.")
    return names


def date_of_text(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """A year, month, day or time, in UTC where no other zone is named, as a callback of an option."""
    if value is None:
        return None
    full = f"{value}-01-01"[:10] if _SHORT_DATE.fullmatch(value) else value
    try:
        moment = datetime.fromisoformat(full)
    except ValueError as error:
        example = "2023, 2023-06, 2023-06-01 or 2023-06-01T12:00:00Z"
        raise click.BadParameter(f"{value!r} is no date: pass one such as {example}.") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def aoi_of_text(_: click.Context, __: click.Parameter, value: str | None) -> GeoJSON | None:
    """The geometries of a file, as a callback of an option."""
    return None if value is None else read_aoi(value)


def _filter(_: click.Context, __: click.Parameter, value: str | None) -> tuple[Comparison, ...] | None:
    return None if value is None else parse_filter(value)


def _nodata(_: click.Context, __: click.Parameter, value: str | None) -> float | str | None:
    if value is None or value == "exact":
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    raise click.BadParameter(f"{value!r} is neither a number nor 'exact'.")


def _rasters(_: click.Context, __: click.Parameter, value: str | None) -> str | tuple[int, ...] | None:
    if value is None or value in ("mosaic", "catalog", "time"):
        return value
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError:
        message = f"{value!r} is neither mosaic, catalog, time nor ids of rasters, such as 3,7."
        raise click.BadParameter(message) from None


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument ID and the options that name a source and a grid; the command gets a `Selection`."""

    @click.argument("asset", metavar="ID")
    @click.option("--bands", metavar="NAMES", callback=_bands, help="Bands, separated by commas; all by default.")
    @click.option(
        "--start", metavar="DATE", callback=date_of_text,
        help="Only images from this date on, such as 2023-06-01; UTC.",
    )  # fmt: skip
    @click.option("--end", metavar="DATE", callback=date_of_text, help="Only images before this date; UTC.")
    @click.option(
        "--bbox", nargs=4, type=float, metavar="W S E N", help="Region in degrees; west > east crosses 180 degrees."
    )
    @click.option(
        "--aoi",
        metavar="FILE[:LAYER]",
        callback=aoi_of_text,
        help="Region: the box around the geometries of a file, in the file's own CRS.",
    )
    @click.option("--crs", help="CRS of the grid, such as EPSG:32631; the source's own by default.")
    @click.option("--scale", type=float, metavar="METRES", help="Size of a pixel; the source's own by default.")
    @click.option(
        "--like", type=click.Path(exists=True, path_type=Path), metavar="FILE", help="Raster whose grid is taken."
    )
    @click.option(
        "--groupby", metavar="NAME", help="One step for each day, solar_day, month, season, year or property."
    )
    @click.option("--nodata", metavar="NUMBER", callback=_nodata, help="Value of missing pixels, instead of a mask.")
    @click.option(
        "--filter", metavar="TEXT", callback=_filter,
        help="Only images with such properties: 'CLOUDY_PIXEL_PERCENTAGE < 20 and MGRS_TILE == 31TEJ'.",
    )  # fmt: skip
    @click.option(
        "--limit", type=click.IntRange(min=1), metavar="COUNT", help="At most so many images, the first ones."
    )
    @click.option("--resampling", metavar="NAME", help="nearest, bilinear, bicubic, mean, median, mode, min, max, ...")
    @click.option(
        "--rasters",
        metavar="WHICH",
        callback=_rasters,
        help="Of an image service: mosaic, catalog, time, or ids as 3,7.",
    )
    @click.option(
        "--transport", metavar="NAME", help="Of an image service: tiff, lerc, or download for the original files."
    )
    @functools.wraps(command)
    def with_selection(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - the command's own
        own = {field.name: options.pop(field.name) for field in fields(Selection)}
        return command(*arguments, selection=Selection(**own), **options)

    return with_selection
