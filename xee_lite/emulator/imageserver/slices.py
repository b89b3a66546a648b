"""Multidimensional mosaics: their variables over time, and the slices of one variable at one time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from .envelope import ServerError, invalid
from .raster import TIME

if TYPE_CHECKING:
    from .services import ImageService


def describe_variables(service: ImageService, *, always: bool) -> dict[str, Any]:
    """The ``multidimensionalInfo`` of a service.

    Parameters
    ----------
    service : ImageService
    always : bool
        Whether the values of a regular dimension are listed too (``returnDimensionValues=always``).

    Raises
    ------
    ServerError
        If it is a plain service.
    """
    _check(service)
    times = service.times
    steps = {after - before for before, after in itertools.pairwise(times)}
    dimension: dict[str, Any] = {
        "name": TIME,
        "description": "",
        "unit": "ISO8601",
        "field": TIME,
        "extent": [times[0], times[-1]],
        "hasRanges": False,
        "hasRegularIntervals": len(steps) == 1,
    }
    if len(steps) == 1:
        # The server's own units are unknown beyond the names of those of time.
        dimension |= {"interval": steps.pop() / 1000, "intervalUnit": "Seconds"}
    if always or not dimension["hasRegularIntervals"]:
        dimension["values"] = times
    variables = [{"name": name, "description": "", "unit": "", "dimensions": [dimension]} for name in service.variables]
    return {"multidimensionalInfo": {"variables": variables}}


def list_slices(service: ImageService) -> list[dict[str, Any]]:
    """All slices, variable by variable.

    Raises
    ------
    ServerError
        If it is a plain service.
    """
    _check(service)
    return [
        {
            "sliceId": number,
            "multidimensionalDefinition": [
                {"variableName": variable, "dimensionName": TIME, "values": [time]},
            ],
        }
        for number, (variable, time) in enumerate(
            (variable, time) for variable in service.variables for time in service.times
        )
    ]


def find_slice(service: ImageService, number: int) -> list[Any]:
    """The definition of a slice.

    Raises
    ------
    ServerError
        If there is none of that number.
    """
    slices = list_slices(service)
    if not 0 <= number < len(slices):
        raise invalid("Parameter 'sliceId' names no slice.")
    found: list[Any] = slices[number]["multidimensionalDefinition"]
    return found


def _check(service: ImageService) -> None:
    if not service.variables:
        raise ServerError(details="The service has no multidimensional information.")
