"""What an image service says about itself: its root, checked and made plain."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine

from ..errors import InputError, brief
from ..grids.grid import LONGEST_SIDE, Grid
from ..stack import Band, Missing
from .spatial_reference import crs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES = {
    "U1": "u1", "U2": "u1", "U4": "u1", "U8": "u1", "S8": "i1", "U16": "u2", "S16": "i2", "U32": "u4", "S32": "i4",
    "F32": "f4", "F64": "f8",
}  # fmt: skip
"""NumPy's names of the pixel types; less than a byte arrives as a byte."""

_PIXEL_TYPES = {"u1": "U8", "i1": "S8", "u2": "U16", "i2": "S16", "u4": "U32", "i4": "S32", "f4": "F32", "f8": "F64"}

_WIDER = {"u1": "u2", "i1": "i2", "u2": "i4", "i2": "i4", "u4": "f8", "i4": "f8"}
"""Types that hold all values of another, and the number after its greatest."""

_BITS = {"U1": 1, "U2": 2, "U4": 4}

_MOST_BANDS = 10_000

_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Service:
    """A description.

    Attributes
    ----------
    url, name : str
    bands : tuple of Band
        With the service's own grid, where it has one that can be read.
    grid : Grid, optional
    grid_problem : str
        Why there is none.
    capabilities : frozenset of str
        In lower case.
    max_width, max_height : int
        Pixels of an export; 0 where it does not say.
    max_records : int
        Rasters in an answer of its catalogue.
    max_downloads : int
        Rasters in one request for their files; 0 where it does not say.
    max_download_bytes : int
        Bytes in one; 0 where it does not say.
    fields : mapping of str to str
        Types of the fields of its catalogue.
    id_field : str
    time_field : str, optional
        The field with the time at which a raster begins to hold.
    is_multidimensional : bool
    has_plain_rendering : bool
        Whether values as they are stored have to be asked for by name.
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
    max_download_bytes: int
    fields: Mapping[str, str]
    id_field: str
    time_field: str | None
    is_multidimensional: bool
    has_plain_rendering: bool
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def require(self, capability: str, purpose: str) -> None:
        """Refuse what the service does not offer.

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


def pixel_type_of(dtype: np.dtype[Any]) -> str:
    """What the REST API calls a type."""
    return _PIXEL_TYPES[dtype.str[1:]]


def service_of(url: str, root: Mapping[str, Any]) -> Service:
    """Read the root of a service.

    Parameters
    ----------
    url : str
    root : mapping
        Its JSON.

    Raises
    ------
    InputError
        If it is no image service, or has pixels that no array holds.
    """
    if "pixelType" not in root or "bandCount" not in root:
        kind = "a map service" if "layers" in root else "no image service"
        raise InputError(f"{url} is {kind}: its description has no pixels; pass the URL of an ImageServer.")
    grid, problem = _grid(url, root)
    said = root.get("capabilities")
    capabilities = said if isinstance(said, str) else "Image,Catalog"  # as Esri's own client takes it
    fields = {str(one["name"]): str(one.get("type", "")) for one in _dicts(root.get("fields")) if "name" in one}
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
        max_records=_count(root.get("maxRecordCount")) or 1000,
        max_downloads=_count(root.get("maxDownloadImageCount")),
        max_download_bytes=_count(root.get("maxDownloadSizeLimit")) * 2**20,
        fields=fields,
        id_field=_text(root.get("objectIdField")) or "OBJECTID",
        time_field=_text(time.get("startTimeField")) or None if isinstance(time, dict) else None,
        is_multidimensional=root.get("hasMultidimensions") is True,
        has_plain_rendering=any(
            _text(one.get("name")).lower() == "none" for one in _dicts(root.get("rasterFunctionInfos"))
        ),
        attrs=_attrs(root),
    )


def grid_of(extent: object, pixel_x: object, pixel_y: object, reference: object = None) -> Grid:
    """The grid of an extent in pixels of a size, north up, which begins at its left and upper edge.

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
    # As Esri's own client counts them: a rest of up to a tenth of a pixel is rounding.
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
    if not 1 <= count <= _MOST_BANDS:
        raise InputError(f"{url} has {brief(root['bandCount'])} bands, but from 1 to {_MOST_BANDS} can be read.")
    kind = _text(root["pixelType"]).upper()
    if kind not in _TYPES:
        raise InputError(
            f"{url} has pixels of the type {brief(root['pixelType'])}, which are no plain numbers: types from U1 to "
            "F64 can be read."
        )
    dtype = np.dtype(_TYPES[kind])
    names = [_text(name) for name in found] if isinstance(found := root.get("bandNames"), list) else []
    if len(names) != count or len(set(names)) != count or not all(names):
        names = [f"Band_{number + 1}" for number in range(count)]
    numbers = _nodata(root, count)
    span = (0.0, float(2 ** _BITS[kind] - 1)) if kind in _BITS else None
    return tuple(
        Band(name, dtype, range=span, grid=grid, missing=missing_of(dtype, number, narrow=kind in _BITS))
        for name, number in zip(names, numbers, strict=True)
    )


def _nodata(root: Mapping[str, Any], count: int) -> list[float | None]:
    """What the service calls missing, by band: in the list, else the one number for all; often neither is there."""
    listed = root.get("noDataValues")
    if isinstance(listed, list) and len(listed) == count:
        return [_number_or_none(one) for one in listed]
    single = listed if not isinstance(listed, list) and listed is not None else root.get("noDataValue")
    return [_number_or_none(single)] * count


def missing_of(dtype: np.dtype[Any], declared: float | None, *, narrow: bool = False) -> Missing:
    """How missing pixels are asked for: as the number that is set aside, or as one that no pixel can have.

    The range of values that a service publishes is a statistic, of a sample often, so that a number beyond it may be
    a valid pixel. What it calls missing itself is none. Else integers travel in a wider type with the number after
    their greatest, and floats have the least number of their type, which Esri's software writes for missing pixels too.

    Parameters
    ----------
    dtype : numpy.dtype
    declared : float, optional
        What the service calls missing.
    narrow : bool
        Whether values have fewer bits than the type.
    """
    if dtype.kind == "f":
        least = float(np.finfo(dtype).min)
        fits = declared is not None and math.isfinite(declared) and abs(declared) <= -least
        return Missing(dtype, float(dtype.type(declared)) if fits else least)
    info = np.iinfo(dtype)
    if declared is not None and float(declared).is_integer() and info.min <= declared <= info.max:
        return Missing(dtype, int(declared))
    if narrow:
        return Missing(dtype, int(info.max))
    return Missing(np.dtype(_WIDER[dtype.str[1:]]), int(info.max) + 1)


def _attrs(root: Mapping[str, Any]) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    for name, key in (("title", "name"), ("summary", "description"), ("license", "copyrightText")):
        text = _text(root.get(key))
        attrs |= {name: text} if text else {}
    extent = root["timeInfo"].get("timeExtent") if isinstance(root.get("timeInfo"), dict) else None
    if isinstance(extent, list) and len(extent) == 2 and all(isinstance(one, int) for one in extent):
        begin, end = (str(np.datetime64(one, "ms")) for one in extent)
        attrs |= {"time_coverage_start": begin, "time_coverage_end": end}
    return attrs


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip()[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _count(value: object) -> int:
    """A number of things; 0 where there is none."""
    number = _number(value)
    return int(number) if math.isfinite(number) and number > 0 else 0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _number_or_none(value: object) -> float | None:
    number = _number(value)
    return None if math.isnan(number) else number
