"""Sizes in bytes: parsed as users write them, and written for people."""

from __future__ import annotations

import re
from numbers import Integral

from ..errors import InputError, brief

_UNITS = {"": 1, "b": 1}
_UNITS |= {f"{prefix}ib": 1024**power for power, prefix in enumerate("kmgt", 1)}
_UNITS |= {f"{prefix}b": 1000**power for power, prefix in enumerate("kmgt", 1)}

_MAX_SIZE = 2**63
"""More than any machine has; a bound, so that no size overflows."""


def parse_bytes(size: str | int) -> int:
    """Read a size in bytes.

    Parameters
    ----------
    size : str or int
        "32MiB", "10 MB", "1.5 GiB", "4096" or 4096: KiB to TiB are powers of 1024, kB to TB are powers of 1000.

    Raises
    ------
    InputError
        When it is not a size of at least one byte.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([a-z]*)\s*", _spelled(size))
    if not match or match[2] not in _UNITS or not 1 <= float(match[1]) * _UNITS[match[2]] <= _MAX_SIZE:
        raise InputError(f"{brief(size)} is not a size in bytes: pass a number, or a text such as '32MiB'.")
    return int(float(match[1]) * _UNITS[match[2]])


def _spelled(size: object) -> str:
    """Text, or the text of a number; empty where it is neither."""
    if isinstance(size, str):
        return size.lower()
    number: float = 0
    if isinstance(size, bool):
        return ""
    if isinstance(size, Integral):
        number = int(size)
    elif isinstance(size, float):
        number = size
    # Within bounds, since Python refuses to write integers of thousands of digits.
    return str(number) if 0 < number <= _MAX_SIZE else ""


def human_bytes(count: int) -> str:
    """Write a size for people, in a form that `parse_bytes` reads: 33554432 is "32.0 MiB", 999 is "999 B"."""
    power = min(max(0, (abs(count).bit_length() - 1) // 10), 4)
    return f"{count / 1024**power:.1f} {' KMGT'[power]}iB" if power else f"{count} B"


def exact_bytes(count: int) -> str:
    """A size to the last byte, for a comparison that one byte decides, and for people."""
    return f"{count} bytes ({human_bytes(count)})"
