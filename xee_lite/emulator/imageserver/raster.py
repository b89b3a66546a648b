"""A raster of a service: an image of the catalogue as a row of a mosaic dataset."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .shapes import Extent, finite_bounds, outline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from ..images.image import Band, Image

PIXEL_TYPES = {"u1": "U8", "i1": "S8", "u2": "U16", "i2": "S16", "u4": "U32", "i4": "S32", "f4": "F32", "f8": "F64"}
"""The server's names of pixel types, by dtype."""
DTYPES = {name: np.dtype(code) for code, name in PIXEL_TYPES.items()}
OBJECT_ID = "OBJECTID"
TIME = "StdTime"
PRIMARY, OVERVIEW = 1, 2
"""Values of ``Category``."""
_NOT_IN_NAMES = re.compile(r"\W", re.ASCII)
_TEXT_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a catalogue of rasters."""

    name: str
    type: str

    def to_json(self) -> dict[str, Any]:
        """As the server says it."""
        length = {"length": _TEXT_LENGTH} if self.type == "esriFieldTypeString" else {}
        return {"name": self.name, "type": self.type, "alias": self.name, "domain": None, **length}


OWN_FIELDS = (
    Field(OBJECT_ID, "esriFieldTypeOID"),
    Field("Name", "esriFieldTypeString"),
    Field("MinPS", "esriFieldTypeDouble"),
    Field("MaxPS", "esriFieldTypeDouble"),
    Field("LowPS", "esriFieldTypeDouble"),
    Field("HighPS", "esriFieldTypeDouble"),
    Field("Category", "esriFieldTypeInteger"),
    Field("Tag", "esriFieldTypeString"),
    Field("GroupName", "esriFieldTypeString"),
    Field("CenterX", "esriFieldTypeDouble"),
    Field("CenterY", "esriFieldTypeDouble"),
)
"""Fields that mosaic datasets have."""


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """One raster.

    Attributes
    ----------
    id : int
        From 1.
    name : str
    asset : str
        Id of the image.
    bands : tuple of Band
    shape : geometry
        Outline in the CRS of the service.
    extent : Extent
        Of the outline.
    category : int
    time : int, optional
        Milliseconds of Unix time.
    variable : str
        Of a multidimensional mosaic: the one that its band is.
    properties : mapping of str to value
        Further attributes, by the names of fields.
    """

    id: int
    name: str
    asset: str
    bands: tuple[Band, ...]
    shape: BaseGeometry
    extent: Extent
    category: int = PRIMARY
    time: int | None = None
    variable: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Width and height of its own pixels, in units of its own CRS."""
        return pixel_size(self.bands[0])

    @property
    def attributes(self) -> dict[str, Any]:
        """Its row."""
        size = max(self.pixel_size)
        own = {
            OBJECT_ID: self.id,
            "Name": self.name,
            "MinPS": 0.0,
            "MaxPS": size * 10,
            "LowPS": size,
            "HighPS": size,
            "Category": self.category,
            "Tag": "Dataset",
            "GroupName": "",
            "CenterX": (self.extent.xmin + self.extent.xmax) / 2,
            "CenterY": (self.extent.ymin + self.extent.ymax) / 2,
        }
        more = {} if self.time is None else {TIME: self.time}
        variable = {"Variable": self.variable, "Dimensions": TIME} if self.variable else {}
        return {**self.properties, **own, **more, **variable}


def make_raster(number: int, image: Image, crs: str, bands: Sequence[Band], variable: str = "") -> Raster:
    """The row of an image.

    Raises
    ------
    ServerError
        If it has no bounds.
    """
    shape = outline(bands[0], crs)
    name = str(image.properties.get("system:index") or (image.id or "").rpartition("/")[2])
    time = image.properties.get("system:time_start")
    return Raster(
        number,
        name,
        image.id or name,
        tuple(bands),
        shape,
        Extent(*finite_bounds(shape), crs),
        time=int(time) if isinstance(time, (int, float)) else None,
        variable=variable,
        properties=_attributes(image.properties),
    )


def pixel_size(band: Band) -> tuple[float, float]:
    """Width and height of a band's pixels; of a rotated grid the sides of a pixel."""
    a, b, _, d, e, _ = band.projection.transform
    return float(np.hypot(a, d)), float(np.hypot(b, e))


def _attributes(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties that are numbers or texts, under names that fields may have; Earth Engine's own are left out."""
    reserved = {one.name.lower() for one in OWN_FIELDS} | {TIME.lower(), "variable", "dimensions"}
    found: dict[str, Any] = {}
    for key, value in properties.items():
        name = _NOT_IN_NAMES.sub("_", key)
        if key.startswith("system:") or name.lower() in reserved or not isinstance(value, (int, float, str)):
            continue
        found[name] = int(value) if isinstance(value, bool) else value
    return found


def fields_of(rasters: Sequence[Raster]) -> tuple[Field, ...]:
    """The fields of a catalogue: those of all mosaic datasets, then those of the rasters' own attributes."""
    types: dict[str, str] = {}
    for raster in rasters:
        for name, value in raster.properties.items():
            kind = _field_type(value)
            types[name] = kind if types.get(name, kind) == kind else _wider(types[name], kind)
    more = [Field(TIME, "esriFieldTypeDate")] if any(one.time is not None for one in rasters) else []
    if any(one.variable for one in rasters):
        more += [Field("Variable", "esriFieldTypeString"), Field("Dimensions", "esriFieldTypeString")]
    return (*OWN_FIELDS, *more, *(Field(name, kind) for name, kind in types.items()))


def _field_type(value: object) -> str:
    if isinstance(value, str):
        return "esriFieldTypeString"
    whole = isinstance(value, int) and abs(value) < 2**31
    return "esriFieldTypeInteger" if whole else "esriFieldTypeDouble"


def _wider(first: str, second: str) -> str:
    return "esriFieldTypeString" if "esriFieldTypeString" in (first, second) else "esriFieldTypeDouble"
