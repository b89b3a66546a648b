"""Spatial references: well-known ids and WKT of the server, and CRSs of the emulator."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyproj.enums import WktVersion
from pyproj.exceptions import CRSError

from ..errors import EarthError
from ..types import parse_crs
from .envelope import invalid
from .parameters import parse_json, to_integer

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALIASES = {102100: 3857, 102113: 3785, 900913: 3857}
"""Ids of Web Mercator that are Esri's own, with those of EPSG."""
_LAST_EPSG = 32767
"""Ids above it are Esri's own."""


def read_spatial_reference(value: object, name: str) -> str | None:
    """The CRS that a parameter or a part of JSON says: a well-known id, or an object with one or with WKT.

    Returns
    -------
    str, optional
        Code or WKT; None where nothing is said.

    Raises
    ------
    ServerError
        If there is no such CRS.
    """
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = parse_json(value, name)
    if isinstance(value, dict):
        for key in ("latestWkid", "wkid"):
            if value.get(key) is not None:
                return _known(_code(to_integer(value[key], name)), name)
        return _known(str(value["wkt"]), name) if value.get("wkt") else None
    return None if value in (None, "") else _known(_code(to_integer(value, name)), name)


def _code(wkid: int) -> str:
    wkid = _ALIASES.get(wkid, wkid)
    return f"{'EPSG' if wkid <= _LAST_EPSG else 'ESRI'}:{wkid}"


def _known(crs: str, name: str) -> str:
    try:
        parse_crs(crs)
    except EarthError as error:
        raise invalid(f"Parameter '{name}': the spatial reference is unknown.") from error
    return crs


@lru_cache(maxsize=256)
def _json(crs: str) -> tuple[tuple[str, Any], ...]:
    authority, _, code = crs.partition(":")
    if "[" not in crs and code.isdigit() and authority.upper() in ("EPSG", "ESRI"):
        wkid = 102100 if code == "3857" else int(code)
        return ("wkid", wkid), ("latestWkid", int(code))
    try:
        wkt = parse_crs(crs).to_wkt(WktVersion.WKT1_ESRI)
    except CRSError:  # there are methods that Esri's WKT has no name for
        wkt = parse_crs(crs).to_wkt()
    return (("wkt", wkt),)


def spatial_reference_json(crs: str) -> Mapping[str, Any]:
    """A CRS as JSON: the id that Esri had first, and the latest one."""
    return dict(_json(crs))
