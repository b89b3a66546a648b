"""Schemas of the stand-ins: ids, bands, types, grids, cadence and properties of the datasets that they stand in for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
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
    inferred : bool
        Whether the real grid is not known from a look at an image.
    """

    pixel: float = 0.0
    crs: str = ""
    transform: Transform = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    dimensions: tuple[int, int] = (0, 0)
    inferred: bool = False


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
        Name of the analytic field that fills it (see `bands.BAND_FIELDS`).
    at : float
        A number that the field takes: a wavelength in micrometres of those that are spectra.
    gain, bias : float
        The band's physical value is ``field * gain + bias``, ...
    scale, offset : float
        ... and that is ``stored * scale + offset``.
    baseline : float
        What is added from Sentinel-2's processing baseline 04.00 on, of the datasets that are not harmonized.
    accumulates : bool
        Whether it is a rate for each hour that adds up from midnight.
    mask : str
        Name of where it has values (see `bands.MASKS`); empty is everywhere.
    units : str
    pyramiding : str
    inferred : bool
        Whether the real band's type is not known from a look at an image or an official statement.
    """

    name: str
    type: PixelType
    grid: str
    field: str
    at: float = 0.0
    gain: float = 1.0
    bias: float = 0.0
    scale: float = 1.0
    offset: float = 0.0
    baseline: float = 0.0
    accumulates: bool = False
    mask: str = ""
    units: str = ""
    pyramiding: str = "MEAN"
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a collection with a series of its own: a satellite, a climate model.

    Attributes
    ----------
    prefix : str
        What the system:index begins with.
    start, end : float
        First image and end (not included), ms of Unix time.
    properties : mapping
    shift : int
        Days by which its weather is that of another time.
    warming : float
        Kelvin in each year after its start.
    """

    prefix: str
    start: float
    end: float
    properties: Mapping[str, Any] = field(default_factory=dict)
    shift: int = 0
    warming: float = 0.0


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset.

    Attributes
    ----------
    id, title : str
    tiling : str
        How its images lie in space and time: ``periods``, a key of `catalogue.TILINGS`, ``image`` or ``table``.
    start, end : float
        First image and end (not included), ms of Unix time. Where the real dataset goes on, the stand-in ends in 2026.
    cadence : (int, str)
        Number and unit between images.
    yearly : bool
        Whether the periods begin anew on 1 January.
    index : str
        What system:index is made with: a ``strftime`` pattern of datasets in periods, a prefix of Landsat's.
    anchor : int
        A day (since 1970) on which path 44 is flown, of Landsat's.
    grids : mapping of str to GridSchema
    bands : tuple of BandSchema
        In the order of getInfo.
    properties : mapping
        Those that all images share, the class tables included.
    each : tuple of str
        Names of those that each image has for itself, of what its tiling can tell.
    clouds : float, optional
        Images with a larger share of clouds (percent) are left out.
    members : tuple of Member
        One member without a name where the schema lists none.
    """

    id: str
    title: str
    tiling: str
    start: float
    end: float
    cadence: tuple[int, str] = (1, "day")
    yearly: bool = False
    index: str = ""
    anchor: int = 0
    grids: Mapping[str, GridSchema] = field(default_factory=dict)
    bands: tuple[BandSchema, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    each: tuple[str, ...] = ()
    clouds: float | None = None
    members: tuple[Member, ...] = ()


@cache
def dataset_ids() -> tuple[str, ...]:
    """Ids of all datasets."""
    return tuple(_tables())


@cache
def dataset(asset_id: str) -> Dataset:
    """A dataset by its id, from the tables beside this file.

    Raises
    ------
    KeyError
        If there is none.
    """
    entry = _tables()[asset_id]
    start, end = _milliseconds(entry["start"]), _milliseconds(entry["end"])
    bands = entry.get("bands", [])
    members = [_member(member, start, end) for member in entry.get("members", [{}])]
    return Dataset(
        id=asset_id,
        title=entry["title"],
        tiling=entry["tiling"],
        start=start,
        end=end,
        cadence=tuple(entry.get("cadence", (1, "day"))),
        yearly=entry.get("yearly", False),
        index=entry.get("index", ""),
        anchor=entry.get("anchor", 0),
        clouds=entry.get("clouds"),
        each=tuple(entry.get("each", ())),
        grids={name: _grid(grid) for name, grid in entry.get("grids", {}).items()},
        bands=dataset(bands).bands if isinstance(bands, str) else tuple(map(_band, bands)),
        properties={**entry.get("properties", {}), **_class_tables(entry.get("classes", {}))},
        members=tuple(members),
    )


@cache
def _tables() -> dict[str, Any]:
    """The entries of all tables."""
    folder = files(__package__).joinpath("schemas")
    tables = sorted((table for table in folder.iterdir() if table.name.endswith(".json")), key=lambda one: one.name)
    return {key: entry for table in tables for key, entry in json.loads(table.read_text(encoding="utf-8")).items()}


def _grid(entry: dict[str, Any]) -> GridSchema:
    inferred = entry.get("inferred", False)
    if "pixel" in entry:
        return GridSchema(pixel=entry["pixel"], inferred=inferred)
    a, b, c, d, e, f = map(float, entry["transform"])
    width, height = entry["dimensions"]
    return GridSchema(0.0, entry["crs"], (a, b, c, d, e, f), (width, height), inferred)


def _band(entry: dict[str, Any]) -> BandSchema:
    rest = {key: value for key, value in entry.items() if key != "type"}
    return BandSchema(type=PixelType(*entry["type"]), **rest)


def _member(entry: dict[str, Any], start: float, end: float) -> Member:
    member = Member(entry.get("prefix", ""), start, end, entry.get("properties", {}))
    if "start" in entry:
        member = replace(member, start=_milliseconds(entry["start"]), end=_milliseconds(entry["end"]))
    return replace(member, shift=entry.get("shift", 0), warming=entry.get("warming", 0.0))


def _class_tables(classes: dict[str, list[list[Any]]]) -> dict[str, list[Any]]:
    """The tables of bands' classes as the service has them: three properties of each image."""
    out: dict[str, list[Any]] = {}
    for band, rows in classes.items():
        values, names, colours = (list(column) for column in zip(*rows, strict=True))
        out |= {f"{band}_class_values": values, f"{band}_class_names": names}
        if None not in colours:
            out[f"{band}_class_palette"] = colours
    return out


def _milliseconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000
