"""The sort order of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .dates import Date

if TYPE_CHECKING:
    from ..value import Value


def sort_key(value: Value) -> tuple[Value, ...]:
    """A key that puts any values in order.

    Numbers (booleans and dates as numbers) come before strings, strings before lists, nulls last. That mixed types
    sort at all is this emulator's choice; how the service orders them is unknown.
    """
    if isinstance(value, (bool, int, float)):
        return (0, value)
    if isinstance(value, Date):
        return (0, value.millis)
    if isinstance(value, str):
        return (1, value)
    if isinstance(value, list):
        return (2, *(sort_key(item) for item in value))
    return (4, 0) if value is None else (3, str(value))
