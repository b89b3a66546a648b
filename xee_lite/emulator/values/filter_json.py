"""Filters as JSON, as ``getInfo`` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from .filter import SHORTER, And, Binary, Not, Operand, Or, Range

if TYPE_CHECKING:
    from .filter import Filter


def filter_json(condition: Filter) -> dict[str, Any]:
    """The type of a filter and its arguments.

    ``Filter.equals`` calls itself ``Filter.eq`` (a recorded reply of the service, in the tests of eerepr). That its kin
    shorten their names too is an assumption.

    Raises
    ------
    EarthError
        If it is one of those whose reply is not known.
    """
    match condition:
        case Binary(name=name, left=left, right=right):
            return {"type": f"Filter.{SHORTER.get(name, name)}", **_operand("right", right), **_operand("left", left)}
        case And(filters=parts):
            return {"type": "Filter.and", "filters": [filter_json(part) for part in parts]}
        case Or(filters=parts):
            return {"type": "Filter.or", "filters": [filter_json(part) for part in parts]}
        case Not(filter=part):
            return {"type": "Filter.not", "filter": filter_json(part)}
        case Range(field=field, low=low, high=high):
            return {"type": "Filter.rangeContains", "field": field, "minValue": low, "maxValue": high}
    raise EarthError("This emulator can not send this filter as JSON: what the service sends of it is not known.")


def _operand(side: str, operand: Operand) -> dict[str, Any]:
    return {f"{side}Value": operand.value} if operand.field is None else {f"{side}Field": operand.field}
