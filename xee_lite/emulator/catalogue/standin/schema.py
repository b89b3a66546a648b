"""What the stand-ins are: ids, bands, types, grids, cadence and properties of the datasets that they stand in for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...types import PixelType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...types import Transform


@dataclass(frozen=True, slots=True)
class GridSchema:
    """A native grid.

    Attributes
    ----------
    pixel : float
        Side of a pixel in metres, of the grids that move from scene to scene.
    crs, transform, dimensions
        Of the grids that are fixed.
    """

    pixel: float = 0.0
    crs: str = ""
    transform: Transform = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    dimensions: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class BandSchema:
    """A band.

    Attributes
    ----------
    name : str
    type : PixelType
    grid : str
        Key of the dataset's grids.
    field : str
        Name of the analytic field that fills it (see `fields.FIELDS`).
    scale, offset : float
        The field's physical value is ``stored * scale + offset``.
    at : float
        Wavelength in micrometres, of fields that are spectra.
    value : float
        A number that the field takes.
    pyramiding : str
    """

    name: str
    type: PixelType
    grid: str
    field: str
    scale: float = 1.0
    offset: float = 0.0
    at: float = 0.0
    value: float = 0.0
    pyramiding: str = "MEAN"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset.

    Attributes
    ----------
    id, title : str
    tiling : str
        How its images lie in space and time: image, periods, sentinel2 or landsat.
    start, end : float
        First image and end (not included), ms of Unix time. Where the real dataset goes on, the stand-in ends in 2026.
    cadence : (int, str)
        Number and unit between images.
    index : str
        What system:index is made with: a ``strftime`` pattern of datasets in periods, a prefix of Landsat's.
    anchor : int
        A day (since 1970) on which path 44 is flown, of Landsat's.
    grids : mapping of str to GridSchema
    bands : tuple of BandSchema
        In the order of getInfo.
    properties : mapping
        Those that all images share.
    each : tuple of str
        Names of those that each image has for itself, of what its tiling can tell.
    """

    id: str
    title: str
    tiling: str
    start: float
    end: float
    cadence: tuple[int, str] = (1, "day")
    index: str = ""
    anchor: int = 0
    grids: Mapping[str, GridSchema] = field(default_factory=dict)
    bands: tuple[BandSchema, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    each: tuple[str, ...] = ()


@cache
def datasets() -> dict[str, Dataset]:
    """All datasets by id, from the table beside this file."""
    table = json.loads(files(__package__).joinpath("datasets.json").read_text(encoding="utf-8"))
    return {asset_id: _dataset(asset_id, entry) for asset_id, entry in table.items()}


def _dataset(asset_id: str, entry: dict[str, Any]) -> Dataset:
    return Dataset(
        id=asset_id,
        title=entry["title"],
        tiling=entry["tiling"],
        start=_milliseconds(entry["start"]),
        end=_milliseconds(entry["end"]),
        cadence=tuple(entry.get("cadence", (1, "day"))),
        index=entry.get("index", ""),
        anchor=entry.get("anchor", 0),
        each=tuple(entry.get("each", ())),
        grids={name: _grid(grid) for name, grid in entry["grids"].items()},
        bands=tuple(_band(band) for band in entry["bands"]),
        properties=entry["properties"],
    )


def _grid(entry: dict[str, Any]) -> GridSchema:
    if "pixel" in entry:
        return GridSchema(pixel=entry["pixel"])
    a, b, c, d, e, f = map(float, entry["transform"])
    width, height = entry["dimensions"]
    return GridSchema(crs=entry["crs"], transform=(a, b, c, d, e, f), dimensions=(width, height))


def _band(entry: dict[str, Any]) -> BandSchema:
    rest = {key: value for key, value in entry.items() if key not in ("type", "units")}
    return BandSchema(type=PixelType(*entry["type"]), **rest)


def _milliseconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000
