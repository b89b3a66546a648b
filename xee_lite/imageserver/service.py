"""The description of an image service: the JSON of its root, checked and turned into bands and a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine

from ..errors import InputError, brief
from ..grids.grid import LONGEST_SIDE, Grid
from ..stack import Band
from .missing_pixels import missing_of
from .spatial_reference import crs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TYPES = {
    "U1": "u1", "U2": "u1", "U4": "u1", "U8": "u1", "S8": "i1", "U16": "u2", "S16": "i2", "U32": "u4", "S32": "i4",
    "F32": "f4", "F64": "f8",
}  # fmt: skip
"""The pixel types of the REST API by NumPy's names. Complex ones are left out; those of less than a byte arrive as
bytes (inferred: the documentation does not say)."""

_PIXEL_TYPES = {"u1": "U8", "i1": "S8", "u2": "U16", "i2": "S16", "u4": "U32", "i4": "S32", "f4": "F32", "f8": "F64"}
"""The names of NumPy's types for the REST API."""

_BITS = {"U1": 1, "U2": 2, "U4": 4}

_MAX_BANDS = 10_000
"""Chosen: a description with more is taken for a mistake."""

_MAX_TEXT = 2000
"""Characters of a text that becomes an attribute (chosen)."""

_DEFAULT_RECORDS = 1000
"""Rasters in one reply where the service does not say: maxRecordCount of the public services that do."""


@dataclass(frozen=True, slots=True)
class Service:
    """An image service as it describes itself.

    Attributes
    ----------
    url, name : str
    bands : tuple of Band
        On the service's own grid, where it has one.
    grid : Grid, optional
        Of its whole extent.
    grid_problem : str
        Why there is no grid.
    capabilities : frozenset of str
        In lower case.
    max_width, max_height : int
        Pixels of an export; 0 where the service does not say.
    max_records : int
        Rasters in one reply of its catalogue.
    max_downloads : int
        Rasters in one request for their files; 0 where the service does not say.
    fields : mapping of str to str
        The fields of its catalogue, and their types.
    id_field : str
        The field with the ids of rasters.
    time_field : str, optional
        The field with the time at which a raster begins.
    is_multidimensional : bool
    has_plain_rendering : bool
        Whether it offers the raster function "None", by which stored values have to be asked for.
    attrs : mapping
        For the dataset.
    """

    url: str
    name: str
    bands: tuple[Band, ...]
    grid: Grid | None
    grid_problem: str
    capabilities: frozenset[str]
    max_width: int
    max_height: int
    max_records: int
    max_downloads: int
    fields: Mapping[str, str]
    id_field: str
    time_field: str | None
    is_multidimensional: bool
    has_plain_rendering: bool
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def require(self, capability: str, purpose: str) -> None:
        """Refuse a purpose for which the service lacks a capability.

        Raises
        ------
        InputError
        """
        if capability.lower() in self.capabilities:
            return
        offers = ", ".join(sorted(self.capabilities)) or "nothing"
        extra = ": it serves ready-made tiles of pictures only" if "tilesonly" in self.capabilities else ""
        raise InputError(
            f"{self.url} has no capability {capability!r}, which {purpose} needs{extra}; it offers {offers}. Ask its "
            "publisher for it, or use another service."
        )

    def require_fields(self, names: Iterable[str], argument: str = "") -> None:
        """Refuse names that are no fields of the catalogue.

        Raises
        ------
        InputError
            It names the first of them, after the argument that it was passed as.
        """
        for name in names:
            if name not in self.fields:
                known = ", ".join(self.fields) or "none that it names"
                raise InputError(f"{argument}{brief(name)} is no field of {self.url}: it has {known}.")


def pixel_type_of(dtype: np.dtype[Any]) -> str:
    """The name of a type for the REST API."""
    return _PIXEL_TYPES[dtype.str[1:]]


def service_of(url: str, root: Mapping[str, Any]) -> Service:
    """The description of a service.

    Parameters
    ----------
    url : str
    root : mapping
        The JSON that the URL itself gives.

    Raises
    ------
    InputError
        If it is no image service, or its pixels are no plain numbers.
    """
    if "pixelType" not in root or "bandCount" not in root:
        kind = "a map service" if "layers" in root else "no image service"
        raise InputError(f"{url} is {kind}: its description has no pixels; pass the URL of an ImageServer.")
    grid, problem = _grid(url, root)
    capabilities = root.get("capabilities")
    if not isinstance(capabilities, str):  # Esri's JavaScript SDK then assumes these
        capabilities = "Image,Catalog"
    functions = [_text(function.get("name")).lower() for function in _dicts(root.get("rasterFunctionInfos"))]
    time = root.get("timeInfo")
    return Service(
        url=url,
        name=_text(root.get("name")) or url.split("/")[-2],
        bands=_bands(url, root, grid),
        grid=grid,
        grid_problem=problem,
        capabilities=frozenset(part.strip().lower() for part in capabilities.split(",") if part.strip()),
        max_width=_count(root.get("maxImageWidth")),
        max_height=_count(root.get("maxImageHeight")),
        max_records=_count(root.get("maxRecordCount")) or _DEFAULT_RECORDS,
        max_downloads=_count(root.get("maxDownloadImageCount")),
        fields={
            str(field["name"]): str(field.get("type", "")) for field in _dicts(root.get("fields")) if "name" in field
        },
        id_field=_text(root.get("objectIdField")) or "OBJECTID",
        time_field=_text(time.get("startTimeField")) or None if isinstance(time, dict) else None,
        is_multidimensional=root.get("hasMultidimensions") is True,
        has_plain_rendering="none" in functions,
        attrs=_attrs(root),
    )


def grid_of(extent: object, pixel_x: object, pixel_y: object, reference: object = None) -> Grid:
    """The grid of an extent with pixels of a size: north up, from the left and upper edge of the extent.

    Raises
    ------
    InputError
        If the numbers make no grid, or the CRS is unknown.
    """
    box = extent if isinstance(extent, dict) else {}
    crs = crs_of(box.get("spatialReference") or reference)  # type: ignore[arg-type] # checked there
    numbers = [_number(box.get(key)) for key in ("xmin", "ymin", "xmax", "ymax")] + [_number(pixel_x), _number(pixel_y)]
    left, bottom, right, top, width, height = numbers
    if not (all(map(math.isfinite, numbers)) and right > left and top > bottom and width > 0 and height > 0):
        raise InputError(f"its extent {brief(extent)} and pixels of {brief(pixel_x)} x {brief(pixel_y)} make no grid")
    # As Esri's JavaScript SDK counts them (rest/imageService/fetchRasterInfo): up to a tenth of a pixel is rounding.
    columns, rows = (max(1, math.ceil(size - 0.1)) for size in ((right - left) / width, (top - bottom) / height))
    if max(columns, rows) > LONGEST_SIDE:
        raise InputError(f"its extent has {rows} x {columns} pixels, more than can be counted")
    return Grid(crs, Affine(width, 0, left, 0, -height, top), (rows, columns))


def _grid(url: str, root: Mapping[str, Any]) -> tuple[Grid | None, str]:
    try:
        reference = root.get("spatialReference")
        extent = root.get("extent") or root.get("fullExtent")
        return grid_of(extent, root.get("pixelSizeX"), root.get("pixelSizeY"), reference), ""
    except InputError as error:
        return None, f"{url} has no grid of its own: {error}"


def _bands(url: str, root: Mapping[str, Any], grid: Grid | None) -> tuple[Band, ...]:
    count = _count(root["bandCount"])
    if not 1 <= count <= _MAX_BANDS:
        raise InputError(f"{url} has {brief(root['bandCount'])} bands, but from 1 to {_MAX_BANDS} can be read.")
    kind = _text(root["pixelType"]).upper()
    if kind not in _TYPES:
        raise InputError(
            f"{url} has pixels of the type {brief(root['pixelType'])}, which are no plain numbers: types from U1 to "
            "F64 can be read."
        )
    dtype = np.dtype(_TYPES[kind])
    listed = root.get("bandNames")
    names = [_text(name) for name in listed] if isinstance(listed, list) else []
    if len(names) != count or len(set(names)) != count or not all(names):
        names = [f"Band_{number + 1}" for number in range(count)]
    numbers = _nodata(root, count)
    span = (0.0, float(2 ** _BITS[kind] - 1)) if kind in _BITS else None
    return tuple(
        Band(name, dtype, range=span, grid=grid, missing=missing_of(dtype, number, narrow=kind in _BITS))
        for name, number in zip(names, numbers, strict=True)
    )


def _nodata(root: Mapping[str, Any], count: int) -> list[float | None]:
    """The number for missing pixels of each band: noDataValues, else noDataValue for all; often neither is there."""
    listed = root.get("noDataValues")
    if isinstance(listed, list) and len(listed) == count:
        return [_number_or_none(number) for number in listed]
    single = listed if not isinstance(listed, list) and listed is not None else root.get("noDataValue")
    return [_number_or_none(single)] * count


def _attrs(root: Mapping[str, Any]) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    for name, key in (("title", "name"), ("summary", "description"), ("license", "copyrightText")):
        text = _text(root.get(key))
        attrs |= {name: text} if text else {}
    extent = root["timeInfo"].get("timeExtent") if isinstance(root.get("timeInfo"), dict) else None
    if isinstance(extent, list) and len(extent) == 2 and all(isinstance(end, int) for end in extent):
        begin, end = (str(np.datetime64(time, "ms")) for time in extent)
        attrs |= {"time_coverage_start": begin, "time_coverage_end": end}
    return attrs


def _dicts(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """A text of bounded length; empty where it is no text."""
    return value.strip()[:_MAX_TEXT] if isinstance(value, str) else ""


def _count(value: object) -> int:
    """A count; 0 where it is no positive number."""
    number = _number(value)
    return int(number) if math.isfinite(number) and number > 0 else 0


def _number(value: object) -> float:
    """A number; NaN where it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _number_or_none(value: object) -> float | None:
    number = _number(value)
    return None if math.isnan(number) else number
