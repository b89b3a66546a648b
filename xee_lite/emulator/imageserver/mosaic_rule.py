"""Mosaic rules: which rasters an export or a sample is made of, in which order, and how they join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .envelope import invalid, unsupported
from .parameters import to_integer, to_number
from .raster import PRIMARY
from .slices import find_slice
from .where import parse_where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .parameters import Parameters
    from .raster import Raster
    from .services import ImageService

OPERATIONS = ("FIRST", "LAST", "MIN", "MAX", "MEAN", "SUM")
"""BLEND, which joins along seams, is not implemented here."""
_PLAIN = ("", "esrimosaicnone", "esrimosaicnorthwest")
"""Methods whose order is that of the ids here: without positions of seams or of sensors the northwest decides, which
rasters of one place share. The order that the server gives such rasters is unknown."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Rasters in the order in which they join.

    Attributes
    ----------
    rasters : tuple of Raster
    operation : str
        One of `OPERATIONS`.
    """

    rasters: tuple[Raster, ...]
    operation: str = "FIRST"


def select_rasters(service: ImageService, parameters: Parameters) -> Selection:
    """Read ``mosaicRule``, ``time`` and ``sliceId``.

    Raises
    ------
    ServerError
        If a part of them can not be read, names what is not there, or is not implemented here.
    """
    rule = parameters.mapping("mosaicRule")
    rasters = [raster for raster in service.rasters if raster.category == PRIMARY]
    method = str(rule.get("mosaicMethod") or "").lower()
    if method == "esrimosaiclockraster":
        rasters = _locked(service, rule)
    elif method == "esrimosaicattribute":
        rasters = _sorted_by(service, rasters, rule)
    elif method == "esrimosaicnorthwest":
        left, top = service.extent.xmin, service.extent.ymax
        rasters.sort(key=lambda one: (one.extent.xmin - left) ** 2 + (one.extent.ymax - top) ** 2)
    elif method not in _PLAIN:
        raise unsupported(f"the mosaic method '{method[:50]}'")
    if rule.get("where"):
        test = parse_where(str(rule["where"]), tuple(field.name for field in service.fields))
        rasters = [raster for raster in rasters if test(raster.attributes)]
    if rule.get("ascending") is False and method != "esrimosaicattribute":
        rasters.reverse()
    times = read_times(parameters)
    if times is not None and service.times:
        rasters = [raster for raster in rasters if raster.time is not None and times[0] <= raster.time <= times[1]]
    rasters = [raster for raster in rasters if _matches(raster, _definition(service, rule, parameters))]
    return Selection(tuple(rasters), _operation(rule))


def read_times(parameters: Parameters) -> tuple[float, float] | None:
    """``time``: an instant, or its first and last, either of which may be ``null``; both count as within."""
    text = parameters.text("time")
    if not text:
        return None
    parts = text.split(",")
    if len(parts) > 2:
        raise invalid("Parameter 'time' is neither an instant nor an extent.")
    open_ends = (float("-inf"), float("inf"))
    found = [
        end if part.strip().lower() == "null" else to_number(part.strip(), "time")
        for part, end in zip((parts[0], parts[-1]), open_ends, strict=True)
    ]
    return found[0], found[1]


def _locked(service: ImageService, rule: Mapping[str, Any]) -> list[Raster]:
    ids = rule.get("lockRasterIds")
    if not isinstance(ids, list):
        raise invalid("A rule of the method esriMosaicLockRaster has no list 'lockRasterIds'.")
    return [service.raster(to_integer(one, "mosaicRule")) for one in ids[:1000]]


def _sorted_by(service: ImageService, rasters: Sequence[Raster], rule: Mapping[str, Any]) -> list[Raster]:
    """By the distance of an attribute from a value, or by the attribute itself where there is no value."""
    name = next((f.name for f in service.fields if f.name.lower() == str(rule.get("sortField")).lower()), None)
    if name is None:
        raise invalid("A rule of the method esriMosaicAttribute has no 'sortField' that is a field.")
    base = rule.get("sortValue")
    known = [raster for raster in rasters if raster.attributes.get(name) is not None]
    others = [raster for raster in rasters if raster.attributes.get(name) is None]
    values = [raster.attributes[name] for raster in known]
    if any(isinstance(value, str) for value in values):
        keys: list[Any] = [str(value) for value in values]
    elif base is None or base == "":
        keys = values
    else:
        keys = [abs(value - to_number(base, "mosaicRule")) for value in values]
    order = sorted(range(len(known)), key=keys.__getitem__, reverse=rule.get("ascending") is False)
    return [*(known[index] for index in order), *others]


def _operation(rule: Mapping[str, Any]) -> str:
    name = str(rule.get("mosaicOperation") or "MT_FIRST").upper().removeprefix("MT_")
    if name not in OPERATIONS:
        raise unsupported(f"the mosaic operation '{name[:50]}'")
    return name


def _definition(service: ImageService, rule: Mapping[str, Any], parameters: Parameters) -> list[Any]:
    number = parameters.integer("sliceId")
    if number is not None:
        return find_slice(service, number)
    definition = rule.get("multidimensionalDefinition") or []
    if not isinstance(definition, list) or not all(isinstance(one, dict) for one in definition):
        raise invalid("A 'multidimensionalDefinition' is no list of objects.")
    if service.variables and not any(one.get("variableName") for one in definition):
        definition = [*definition, {"variableName": service.variables[0]}]
    return definition


def _matches(raster: Raster, definition: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a raster is what each part of a definition names: a variable, and values of the dimension StdTime."""
    for part in definition:
        if part.get("variableName") and part["variableName"] != raster.variable:
            return False
        if not part.get("dimensionName"):
            continue
        values = part.get("values")
        if part["dimensionName"] != "StdTime" or not isinstance(values, list):
            raise invalid("A 'multidimensionalDefinition' names no dimension, or no values of it.")
        if raster.time is None or not any(_holds(value, raster.time) for value in values[:1000]):
            return False
    return True


def _holds(value: object, time: int) -> bool:
    low, high = value if isinstance(value, list) and len(value) == 2 else (value, value)
    return to_number(low, "mosaicRule") <= time <= to_number(high, "mosaicRule")
