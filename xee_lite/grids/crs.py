"""Coordinate reference systems by name, with the names that Earth Engine knows and PROJ does not."""

from __future__ import annotations

from functools import lru_cache

from pyproj import CRS
from pyproj.exceptions import CRSError

from ..errors import InputError, brief

_MODIS_SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
_UNKNOWN_TO_PROJ = {"SR-ORG:6974": _MODIS_SINUSOIDAL, "SR-ORG:6842": _MODIS_SINUSOIDAL}
"""Codes of spatialreference.org for the sinusoidal map of the MODIS sphere: Earth Engine has them, PROJ has not."""


@lru_cache(maxsize=256)
def parse_crs(crs: str) -> CRS:
    """Turn an authority code or WKT into a pyproj CRS.

    Raises
    ------
    InputError
        If pyproj does not know it.
    """
    try:
        return CRS.from_user_input(_UNKNOWN_TO_PROJ.get(crs, crs))
    except (CRSError, ValueError, TypeError) as error:
        raise InputError(
            f"crs={brief(crs)} is not a coordinate reference system that pyproj knows: "
            "pass an authority code such as 'EPSG:32631', or WKT."
        ) from error


def crs_name(crs: object) -> str:
    """The shortest text that stands for a CRS: its authority code where it has one, else WKT.

    Parameters
    ----------
    crs : str, int, pyproj.CRS, or anything that pyproj takes

    Raises
    ------
    InputError
        If pyproj does not know it.
    """
    if isinstance(crs, str):
        return _name(crs)
    if not isinstance(crs, bool):
        try:
            return _shortest(CRS.from_user_input(crs))
        except Exception as error:  # noqa: BLE001 - it may be any object, and raise anything
            cause: Exception | None = error
    else:
        cause = None
    raise InputError(
        f"crs={brief(crs)} is not a coordinate reference system that pyproj knows: pass an authority code such as "
        "'EPSG:32631', or WKT."
    ) from cause


def plane_crs(crs: object) -> str:
    """The name of a CRS that has a plane of x and y, or of longitude and latitude.

    Raises
    ------
    InputError
        If pyproj does not know it, or it is vertical, geocentric or local.
    """
    name = crs_name(crs)
    parsed = parse_crs(name)
    if not (parsed.is_geographic or parsed.is_projected):
        raise InputError(f"crs={brief(crs)} is a {parsed.type_name}: pass a projected or a geographic one.")
    return name


@lru_cache(maxsize=256)
def _name(crs: str) -> str:
    """The shortest text for a CRS that is text; remembered, since PROJ opens its database in every thread (2 ms)."""
    return crs if crs in _UNKNOWN_TO_PROJ else _shortest(parse_crs(crs))


def _shortest(crs: CRS) -> str:
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else crs.to_wkt()


def is_code(crs: str) -> bool:
    """Whether ``crs`` is an authority code; everything else travels as WKT (``crsWkt`` of a PixelGrid)."""
    authority, colon, code = crs.partition(":")
    return bool(colon) and authority.replace("-", "").isalnum() and code.isalnum()


def same_crs(one: str, other: str) -> bool:
    """Whether two CRSs give a place the same x and y, in whichever order they define these axes."""
    return one == other or parse_crs(one).equals(parse_crs(other), ignore_axis_order=True)


def metres_per_axis_unit(crs: CRS) -> float:
    """Metres in one unit of the axes of a projected CRS; where these are not known, one."""
    return float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0


def spell_crs(crs: str) -> str:
    """A CRS in messages: its code, or the beginning of its WKT."""
    return crs if len(crs) <= 80 else f"{crs[:80]}…"
