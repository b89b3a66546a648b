"""The options of the commands below ``xee-lite imageserver``: the service, and which rasters of its catalogue."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from .image_service import ImageService
from .source_options import aoi_of_text, date_of_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .aoi import GeoJSON


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """The options that choose rasters of a catalogue.

    Attributes
    ----------
    where : str, optional
        SQL about fields.
    start, end : datetime, optional
        Rasters with a time between the two.
    bbox : (west, south, east, north), optional
        In degrees.
    aoi : GeoJSON, optional
    """

    where: str | None
    start: datetime | None
    end: datetime | None
    bbox: tuple[float, float, float, float] | None
    aoi: GeoJSON | None

    def __post_init__(self) -> None:
        if self.bbox is not None and self.aoi is not None:
            raise click.UsageError("--bbox and --aoi are two regions: pass one of them.")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise click.UsageError(f"--start {self.start} is not before --end {self.end}.")

    @property
    def geometry(self) -> object:
        """The region; None for all."""
        return self.aoi if self.bbox is None else self.bbox

    @property
    def is_empty(self) -> bool:
        """Whether no option was passed."""
        return not self._has_condition and self.geometry is None

    @property
    def has_region_alone(self) -> bool:
        """Whether a region was passed, and nothing else."""
        return not self._has_condition and self.geometry is not None

    @property
    def _has_condition(self) -> bool:
        return any(option is not None for option in (self.where, self.start, self.end))

    def table(self, url: str) -> Any:  # noqa: ANN401 - a DataFrame, for which there are no types
        """The rasters of a service that the options leave, as a table."""
        from ..imageserver import query  # noqa: PLC0415 - HTTP is slow to import

        time = None if self.start is None and self.end is None else (self.start, self.end)
        return query(url, self.where, geometry=self.geometry, time=time)


def service_url_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument URL and ``--token-env``; the command gets an `ImageService` as ``service``."""

    @click.argument("url", metavar="URL")
    @click.option("--token-env", metavar="NAME", help="Environment variable with a token of the server.")
    @functools.wraps(command)
    def with_service(*arguments: Any, url: str, token_env: str | None, **options: Any) -> Any:  # noqa: ANN401 - the command's own
        return command(*arguments, service=ImageService(url, token_env), **options)

    return with_service


def catalogue_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose rasters; the command gets a `CatalogueQuery` as ``catalogue``."""

    @click.option("--where", metavar="SQL", help="Condition on the fields: \"CloudCover < 0.1 AND Name = 'x'\".")
    @click.option("--start", metavar="DATE", callback=date_of_text, help="Rasters that hold at or after it; UTC.")
    @click.option("--end", metavar="DATE", callback=date_of_text, help="Rasters that hold at or before it; UTC.")
    @click.option("--bbox", nargs=4, type=float, metavar="W S E N", help="Rasters that touch it, in degrees.")
    @click.option(
        "--aoi", metavar="FILE[:LAYER]", callback=aoi_of_text, help="Rasters that touch the geometries of a file."
    )
    @functools.wraps(command)
    def with_query(
        *arguments: Any,  # noqa: ANN401 - the command's own
        where: str | None,
        start: datetime | None,
        end: datetime | None,
        bbox: tuple[float, float, float, float] | None,
        aoi: GeoJSON | None,
        **options: Any,  # noqa: ANN401 - the command's own
    ) -> Any:  # noqa: ANN401 - as the command has it
        return command(*arguments, catalogue=CatalogueQuery(where, start, end, bbox, aoi), **options)

    return with_query
