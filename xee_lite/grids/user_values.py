"""Numbers from whatever a user passes, which may be any object and raise anything."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any


def number_of(value: object) -> float | None:
    """A real number as float, inf where it is too large; None if it is text, a truth value or anything else."""
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
    """The numbers of a sequence with one of these lengths; None for anything else."""
    items = _items_of(values, max(counts))
    if items is None or len(items) not in counts:
        return None
    numbers = [number_of(item) for item in items]
    return None if None in numbers else tuple(number for number in numbers if number is not None)


def whole_numbers_of(values: object, count: int) -> tuple[int, ...] | None:
    """The integers of a sequence of this length, which may be whole floats; None for anything else."""
    items = _items_of(values, count)
    if items is None or len(items) != count:
        return None
    numbers = [_whole_number_of(item) for item in items]
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
    """Whether a value is refused although it could be converted: text, truth values, and arrays of one element."""
    try:
        return isinstance(value, (str, bytes, bytearray, bool)) or getattr(value, "ndim", 0) != 0 or _is_truth(value)
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        return True


def _is_truth(value: object) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "") in ("b", "S", "U", "M", "m")


def _items_of(values: object, max_count: int) -> list[object] | None:
    """The items of a sequence, at most one more than a number: it may be endless. None for anything else.

    Sets are refused since they have no order, and iterators since they would be empty the next time.
    """
    if isinstance(values, (str, bytes, bytearray, Mapping, AbstractSet, Iterator)):
        return None
    sequence: Any = values
    try:
        return list(islice(iter(sequence), max_count + 1))
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        return None
