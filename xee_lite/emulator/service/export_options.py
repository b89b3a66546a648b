"""Options of exports of images: files, or the asset to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalogue.names import asset_id
from ..errors import EarthError, NotImplementedHereError
from ..images.pyramids import POLICIES
from . import payload
from .export_image import FileOptions
from .export_patches import PatchOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .payload import Json

_FILE_FIELDS = frozenset(
    {"fileFormat", "driveDestination", "cloudStorageDestination", "geoTiffOptions", "tfRecordOptions"}
)
_GEO_TIFF_FIELDS = frozenset(
    {"cloudOptimized", "noData", "skipEmptyFiles", "tileDimensions", "tileSize", "metadataKeys"}
)
_PATCH_FIELDS = frozenset(
    {
        "tileDimensions",
        "marginDimensions",
        "compress",
        "maxSizeBytes",
        "defaultValue",
        "maxMaskedRatio",
        "tensorDepths",
        "sequenceData",
        "collapseBands",
    }
)
_ASSET_FIELDS = frozenset({"earthEngineDestination", "pyramidingPolicy", "pyramidingPolicyOverrides", "tileSize"})
_TILE_SIZE = 256
"""Pixels a side of the tiles that an image is computed in (REST reference, GeoTiffImageExportOptions)."""
_DEFAULT_POLICY = "MEAN"
"""The policy of bands without one (the official client's ``Export.image.toAsset``)."""


def file_options(body: Json) -> tuple[Json, FileOptions | PatchOptions]:
    """Read ``fileExportOptions`` of an image: where its files go, and how they are written."""
    where = "fileExportOptions"
    options = payload.message(body.get(where, {}), where, _FILE_FIELDS)
    file_format = payload.given(options, "fileFormat", "GEO_TIFF")
    if file_format == "GEO_TIFF":
        return options, _geo_tiff(options.get("geoTiffOptions") or {}, f"{where}.geoTiffOptions")
    if file_format == "TF_RECORD_IMAGE":
        return options, _patches(options.get("tfRecordOptions") or {}, f"{where}.tfRecordOptions")
    raise EarthError("Images are exported as GEO_TIFF and TF_RECORD_IMAGE only.")


def _geo_tiff(value: object, where: str) -> FileOptions:
    own = payload.message(value, where, _GEO_TIFF_FIELDS)
    no_data = payload.message(own.get("noData") or {}, f"{where}.noData", frozenset({"floatValue"})).get("floatValue")
    tile = tile_size(own, where)
    dimensions = _size(payload.given_message(own, "tileDimensions"), f"{where}.tileDimensions")
    if dimensions is not None and (min(dimensions) < 1 or dimensions[0] % tile or dimensions[1] % tile):
        width, height = dimensions
        raise EarthError(f"The dimensions of files must be multiples of the tile size, {tile}; found {width}x{height}.")
    return FileOptions(
        no_data=None if no_data is None else payload.real(no_data, f"{where}.noData"),
        cloud_optimized=own.get("cloudOptimized") is True,
        tags=dict.fromkeys(payload.texts(payload.given(own, "metadataKeys", []), f"{where}.metadataKeys"), ""),
        dimensions=dimensions,
        skip_empty=own.get("skipEmptyFiles") is True,
    )


def _patches(value: object, where: str) -> PatchOptions:
    own = payload.message(value, where, _PATCH_FIELDS)
    for name in ("tensorDepths", "sequenceData", "collapseBands"):
        if own.get(name):
            raise NotImplementedHereError(f"This emulator does not implement '{name}' of exports as TFRecord.")
    usual = PatchOptions()
    options = PatchOptions(
        patch=_size(payload.given_message(own, "tileDimensions"), f"{where}.tileDimensions") or usual.patch,
        kernel=_size(payload.given_message(own, "marginDimensions"), f"{where}.marginDimensions") or usual.kernel,
        compress=own.get("compress") is True,
        most_bytes=int(payload.parse_wrapped(own.get("maxSizeBytes"), f"{where}.maxSizeBytes", usual.most_bytes)),
        default=payload.real(payload.given(own, "defaultValue", usual.default), f"{where}.defaultValue"),
        most_masked=payload.parse_wrapped(own.get("maxMaskedRatio"), f"{where}.maxMaskedRatio", usual.most_masked),
    )
    if min(options.patch) < 1 or min(options.kernel) < 0:
        raise EarthError(f"Patches have at least one pixel, margins none: found {options.patch} and {options.kernel}.")
    return options


def asset_destination(options: Json) -> tuple[str, bool]:
    """Read where ``assetExportOptions`` lead: the id of an asset, and whether one that is there may be replaced."""
    where = "assetExportOptions.earthEngineDestination"
    fields = payload.message(options.get("earthEngineDestination"), where, frozenset({"name", "overwrite"}))
    return asset_id(payload.text(payload.given(fields, "name", ""), f"{where}.name")), fields.get("overwrite") is True


class Policies:
    """The pyramiding policies that ``assetExportOptions`` name: one for all bands, and those of single ones."""

    def __init__(self, options: Json) -> None:
        where = "assetExportOptions"
        payload.message(options, where, _ASSET_FIELDS)
        tile_size(options, where)
        self._common = _policy(payload.given(options, "pyramidingPolicy", _DEFAULT_POLICY), f"{where}.pyramidingPolicy")
        own = payload.message(options.get("pyramidingPolicyOverrides") or {}, f"{where}.pyramidingPolicyOverrides")
        self._own = {
            band: _policy(value, f"{where}.pyramidingPolicyOverrides['{band[:100]}']") for band, value in own.items()
        }

    def of(self, bands: Iterable[str]) -> list[str]:
        """The policies of bands.

        Raises
        ------
        EarthError
            If one is for a band that is not there.
        """
        names = list(bands)
        strange = next((name for name in self._own if name not in names), None)
        if strange is not None:
            raise EarthError(f"There is a pyramiding policy for band '{strange[:100]}'; the image has {names}.")
        return [self._own.get(name, self._common) for name in names]


def _policy(value: object, where: str) -> str:
    name = payload.text(value, where)
    if name == "PYRAMIDING_POLICY_UNSPECIFIED":
        return _DEFAULT_POLICY
    if name not in POLICIES:
        raise payload.make_enum_error(name, "PyramidingPolicy", where)
    return name


def tile_size(options: Json, where: str) -> int:
    """Read a ``tileSize``; an image has the same pixels in tiles of all sizes."""
    size = payload.parse_wrapped(options.get("tileSize"), f"{where}.tileSize", _TILE_SIZE)
    if size < 1:
        raise EarthError(f"Invalid value at '{where}.tileSize': tiles have at least one pixel; found {size:g}.")
    return int(size)


def _size(value: object, where: str) -> tuple[int, int] | None:
    if value is None:
        return None
    fields = payload.message(value, where, frozenset({"width", "height"}))
    width, height = (payload.integer(payload.given(fields, name, 0), f"{where}.{name}") for name in ("width", "height"))
    return width, height
