"""Numbers out of whatever a user passes: an object of his own may raise anything when it is asked for one."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any


def number_of(value: object) -> float | None:
    """A real number as float, inf where it is too large for one; None if it is a text, a truth value or no number."""
    if _is_no_number(value):
        return None
    number: Any = value
    try:
        return float(number)
    except OverflowError:
        return math.inf
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        return None


def floats_of(values: object, *counts: int) -> tuple[float, ...] | None:
    """The numbers of a sequence with one of these lengths; None if it is not that."""
    found = _items_of(values, max(counts))
    if found is None or len(found) not in counts:
        return None
    numbers = [number_of(item) for item in found]
    return None if None in numbers else tuple(number for number in numbers if number is not None)


def whole_numbers_of(values: object, count: int) -> tuple[int, ...] | None:
    """The integers of a sequence of this length, floats among them that are whole; None if it is not that."""
    found = _items_of(values, count)
    if found is None or len(found) != count:
        return None
    numbers = [_whole_number_of(item) for item in found]
    return None if None in numbers else tuple(number for number in numbers if number is not None)


def _whole_number_of(value: object) -> int | None:
    if _is_no_number(value):
        return None
    whole: Any = value
    try:
        return operator.index(whole)
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        number = number_of(value)
        return int(number) if number is not None and number.is_integer() else None


def _is_no_number(value: object) -> bool:
    """Text that reads as a number is none, and neither are True and arrays of one element."""
    try:
        return isinstance(value, (str, bytes, bytearray, bool)) or getattr(value, "ndim", 0) != 0 or _is_truth(value)
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        return True


def _is_truth(value: object) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "") in ("b", "S", "U", "M", "m")


def _items_of(values: object, most: int) -> list[object] | None:
    """The items of a sequence, at most one more than can be used: it may be endless.

    A set has no order, and what can be gone through once only would be empty the next time.
    """
    if isinstance(values, (str, bytes, bytearray, Mapping, AbstractSet, Iterator)):
        return None
    sequence: Any = values
    try:
        return list(islice(iter(sequence), most + 1))
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        return None
