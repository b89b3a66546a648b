"""Spatial references of the REST API as names of CRSs, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..grids.crs import crs_name, is_code, parse_crs

if TYPE_CHECKING:
    from collections.abc import Mapping

_RENAMED = {102100: 3857, 102113: 3785, 900913: 3857}
"""Numbers for Web Mercator from before EPSG had one, by EPSG's code (102113 is that of an earlier definition)."""

_MAX_EPSG = 32767
"""The greatest code of EPSG's registry; greater numbers are Esri's, with a few exceptions."""


def crs_of(reference: Mapping[str, Any] | None) -> str:
    """The name of the CRS: by latestWkid, else by wkid, else by WKT.

    Raises
    ------
    InputError
        If pyproj knows none of them.
    """
    given = reference if isinstance(reference, dict) else {}
    for wkid in (given.get("latestWkid"), given.get("wkid")):
        if not isinstance(wkid, int) or isinstance(wkid, bool):
            continue
        number = _RENAMED.get(wkid, wkid)
        authorities = ("ESRI", "EPSG") if number > _MAX_EPSG else ("EPSG", "ESRI")
        for authority in authorities:
            try:
                return crs_name(f"{authority}:{number}")
            except InputError:
                continue
    text = given.get("wkt") or given.get("wkt2")
    if isinstance(text, str):
        return crs_name(text)
    spelled = next((str(given[key]) for key in ("latestWkid", "wkid") if key in given), "")
    raise InputError(
        f"the spatial reference of the service, wkid {spelled}, is none that pyproj knows"
        if spelled
        else "the service says no spatial reference"
    )


def reference_of(crs: str) -> int | dict[str, str]:
    """A CRS as the parameter of a request: its number, or its WKT."""
    if is_code(crs):
        authority, _, number = crs.partition(":")
        if authority in ("EPSG", "ESRI") and number.isdigit():
            return int(number)
    return {"wkt": parse_crs(crs).to_wkt("WKT1_ESRI")}
