"""Spatial references as the REST API has them, as the names of CRSs, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..grids.crs import crs_name, is_code, parse_crs

if TYPE_CHECKING:
    from collections.abc import Mapping

_RENAMED = {102100: 3857, 102113: 3785, 900913: 3857}
"""Numbers that were used for Web Mercator before EPSG had one."""

_FIRST_OF_ESRI = 32767
"""Numbers above are Esri's own, but for those that EPSG has too."""


def crs_of(reference: Mapping[str, Any] | None) -> str:
    """The name of the CRS: by the newest number, else by the number, else by the text.

    Raises
    ------
    InputError
        If pyproj knows none of them.
    """
    found = reference if isinstance(reference, dict) else {}
    for said in (found.get("latestWkid"), found.get("wkid")):
        if not isinstance(said, int) or isinstance(said, bool):
            continue
        number = _RENAMED.get(said, said)
        authorities = ("ESRI", "EPSG") if number > _FIRST_OF_ESRI else ("EPSG", "ESRI")
        for authority in authorities:
            try:
                return crs_name(f"{authority}:{number}")
            except InputError:
                continue
    text = found.get("wkt") or found.get("wkt2")
    if isinstance(text, str):
        return crs_name(text)
    spelled = next((str(found[key]) for key in ("latestWkid", "wkid") if key in found), "")
    raise InputError(
        f"the spatial reference of the service, wkid {spelled}, is none that pyproj knows"
        if spelled
        else "the service says no spatial reference"
    )


def reference_of(crs: str) -> int | dict[str, str]:
    """What a request has for a CRS: its number, or its text."""
    if is_code(crs):
        authority, _, number = crs.partition(":")
        if authority in ("EPSG", "ESRI") and number.isdigit():
            return int(number)
    return {"wkt": parse_crs(crs).to_wkt("WKT1_ESRI")}
