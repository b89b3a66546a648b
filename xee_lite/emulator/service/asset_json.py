"""Stored assets in the shape of the REST API (``EarthEngineAsset``), which is not that of getInfo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..catalogue.assets import Folder, Table
from ..catalogue.names import asset_name
from ..evaluator.describe import describe
from ..geometry.geometry import Geometry
from ..images.image import Image

if TYPE_CHECKING:
    from ..catalogue.assets import Asset
    from ..images.image import Band
    from ..types import PixelType, Projection
    from .payload import Json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62135596800000, 253402300799999
"""The years 1 to 9999, in ms of Unix time."""
_LIFTED = frozenset({"system:index", "system:time_start", "system:time_end", "system:footprint", "system:asset_size"})
"""Properties that have fields of their own in the REST shape."""
_AFFINE = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")


def asset_json(asset: Asset, asset_id: str | None, *, full: bool = True) -> Json:
    """Write an asset.

    Parameters
    ----------
    asset : Image, StoredCollection, Folder or Table
    asset_id : str, optional
        Short id under which it was found; None of what was computed.
    full : bool
        All of it, or (view=BASIC) type, name and id alone.
    """
    out: Json = {"type": asset_type(asset)}
    if asset_id is not None:
        out |= {"name": asset_name(asset_id), "id": asset_id}
    if not full:
        return out
    out["properties"] = {key: _plain(value) for key, value in asset.properties.items() if key not in _LIFTED}
    if not isinstance(asset, Folder) and asset.version is not None:
        out["updateTime"] = timestamp(asset.version / 1000)
    if isinstance(asset, Image):
        out |= _image_fields(asset)
    if isinstance(asset, Table):
        out["sizeBytes"] = str(asset.size)
    return out


def asset_type(asset: Asset) -> str:
    """The ``type`` of an asset."""
    if isinstance(asset, Image):
        return "IMAGE"
    if isinstance(asset, Table):
        return "TABLE"
    return "FOLDER" if isinstance(asset, Folder) else "IMAGE_COLLECTION"


def timestamp(milliseconds: float) -> str:
    """RFC 3339 in UTC, to the millisecond where there are any."""
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def times(image: Image) -> tuple[float | None, float | None]:
    """Start and end of an image in ms of Unix time; an image without an end ends when it starts."""
    start = _moment(image.properties.get("system:time_start"))
    end = _moment(image.properties.get("system:time_end"))
    return start, start if end is None else end


def _moment(value: object) -> float | None:
    """A time in ms that a calendar knows; properties may hold anything."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _FIRST <= value <= _LAST:
        return value
    return None


def _image_fields(image: Image) -> Json:
    start, end = times(image)
    out: Json = {}
    if start is not None:
        out["startTime"] = timestamp(start)
    if end is not None:
        out["endTime"] = timestamp(end)
    footprint = image.properties.get("system:footprint")
    if footprint is not None:
        out["geometry"] = _plain(footprint)
    if "system:asset_size" in image.properties:
        out["sizeBytes"] = str(image.properties["system:asset_size"])
    out["bands"] = [_band(band) for band in image.bands]
    return out


def _band(band: Band) -> Json:
    return {
        "id": band.name,
        "dataType": _data_type(band.type),
        "grid": _grid(band.projection, band.dimensions),
        "pyramidingPolicy": band.pyramiding,
    }


def _data_type(pixel_type: PixelType) -> Json:
    out: Json = {"precision": pixel_type.precision.upper()}
    if pixel_type.min is not None and pixel_type.max is not None:
        out["range"] = {"min": pixel_type.min, "max": pixel_type.max}
    if pixel_type.dimensions:
        out["dimensionsCount"] = pixel_type.dimensions
    return out


def _grid(projection: Projection, dimensions: tuple[int, int] | None) -> Json:
    out: Json = {"crsWkt" if "[" in projection.crs else "crsCode": projection.crs}
    if dimensions is not None:
        out["dimensions"] = {"width": dimensions[0], "height": dimensions[1]}
    # Parts that are zero may be left out, and the service leaves them out.
    out["affineTransform"] = {name: value for name, value in zip(_AFFINE, projection.transform, strict=True) if value}
    return out


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a property
    return value.to_json() if isinstance(value, Geometry) else describe(value)
