"""STAC Items as the properties of images."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pystac

from ..errors import EarthError
from ..images.pyramids import check_policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_UNSOUND = (ValueError, KeyError, TypeError, AttributeError, RecursionError, pystac.STACError, pystac.STACTypeError)
_TIMES = frozenset({"datetime", "start_datetime", "end_datetime"})
_POLICY = "pyramidingPolicy"


@dataclass(frozen=True, slots=True)
class Item:
    """What a STAC Item says of an image.

    Attributes
    ----------
    properties : mapping
        ``system:time_start`` and ``system:time_end`` in ms of Unix time, and the Item's own scalar properties.
    bands : list of str
        Names of the bands; empty where the Item does not tell.
    policies : list of str
        Pyramiding policies of the bands, which they have as ``pyramidingPolicy``, spelled as in the service's manifests
        of uploads; None where one does not tell.
    common_policy : str, optional
        That of the other bands: the same field among the Item's properties.
    """

    properties: Mapping[str, Any] = field(default_factory=dict)
    bands: list[str | None] = field(default_factory=list)
    policies: list[str | None] = field(default_factory=list)
    common_policy: str | None = None

    def policy(self, number: int) -> str | None:
        """The pyramiding policy of a band, counted from 1; None is none."""
        own = self.policies[number - 1] if number <= len(self.policies) else None
        return self.common_policy if own is None else own


def read_item(raster: Path) -> Item:
    """Read the Item that lies beside a raster under the same name, with the suffix ``.json``.

    Other JSON files than Items are left alone.

    Raises
    ------
    EarthError
        If it says that it is a STAC Item and is not a sound one.
    """
    path = raster.with_suffix(".json")
    if not path.is_file() or not path.resolve().is_relative_to(raster.resolve().parent):
        return Item()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or "stac_version" not in content:
            return Item()
        item = pystac.Item.from_dict(content)
        bands = _bands(item, raster.name)
        return Item(
            properties=_properties(item),
            bands=[band.get("name") for band in bands],
            policies=[_policy(band) for band in bands],
            common_policy=_policy(item.properties),
        )
    except _UNSOUND as error:
        raise EarthError(f"'{path.name}' is not a sound STAC Item: {error}") from error


def _properties(item: pystac.Item) -> dict[str, Any]:
    start = item.common_metadata.start_datetime or item.datetime
    out = {
        name: value
        for name, value in item.properties.items()
        if name not in _TIMES | {_POLICY} and isinstance(value, (str, int, float))
    }
    if start is not None:
        out["system:time_start"] = _milliseconds(start)
    if item.common_metadata.end_datetime is not None:
        out["system:time_end"] = _milliseconds(item.common_metadata.end_datetime)
    return out


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _policy(fields: Mapping[str, Any]) -> str | None:
    return check_policy(fields[_POLICY]) if fields.get(_POLICY) is not None else None


def _bands(item: pystac.Item, file_name: str) -> list[Mapping[str, Any]]:
    """Bands from ``bands`` (STAC 1.1) or ``eo:bands``, of the raster's own asset before those of the Item."""
    # A file that was renamed with its Item is still the only asset of it.
    alone = len(item.assets) == 1
    own = [asset.extra_fields for asset in item.assets.values() if alone or asset.href.rpartition("/")[2] == file_name]
    for fields in (*own, item.properties):
        for key in ("bands", "eo:bands"):
            if fields.get(key):
                return list(fields[key])
    return []
