"""Strings."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..request_limits import check_memory
from ..values.pattern import Pattern
from ..values.text import plain, text_of

if TYPE_CHECKING:
    from ..value import Value


@algorithm("String")
def string(value: Value) -> str:
    return text_of(value)


@algorithm("String.cat")
def cat(first: str, second: str) -> str:
    check_memory(sys.getsizeof(first) + sys.getsizeof(second))
    return first + second


@algorithm("String.compareTo")
def compare_to(first: str, second: str) -> int:
    return (first > second) - (first < second)


@algorithm("String.decodeJSON")
def decode_json(text: str) -> Value:
    try:
        return plain(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise EarthError(f"String.decodeJSON: Invalid JSON: {error}.") from error


@algorithm("String.encodeJSON")
def encode_json(value: Value) -> str:
    try:
        return json.dumps(plain(value), separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise EarthError("String.encodeJSON: Only primitives, lists and dictionaries can be encoded.") from error


@algorithm("String.equals")
def equals(reference: str, target: Value) -> bool:
    return isinstance(target, str) and target == reference


@algorithm("String.index")
def index(target: str, pattern: str) -> int:
    return target.find(pattern)


@algorithm("String.rindex")
def rindex(target: str, pattern: str) -> int:
    return target.rfind(pattern)


@algorithm("String.length")
def length(text: str) -> int:
    return len(text)


@algorithm("String.match")
def match(text: str, regex: str, flags: str) -> list[str]:
    """All matches with the flag ``g``; else the first match followed by its groups, as in JavaScript."""
    pattern = _pattern(regex, flags, "String.match")
    if "g" in flags:
        return [found.text for found in pattern.find(text)]
    return [part for found in pattern.find(text, max_count=1) for part in (found.text, *found.groups)]


@algorithm("String.replace")
def replace(text: str, regex: str, replacement: str, flags: str) -> str:
    """Groups are written ``$1`` in the replacement, as in Java and JavaScript."""
    where = "String.replace"
    return _pattern(regex, flags, where).replaced(text, replacement, every="g" in flags, where=where)


@algorithm("String.slice")
def slice_(text: str, start: int, end: int | None) -> str:
    return text[start:end]


@algorithm("String.split")
def split(text: str, regex: str, flags: str) -> list[str]:
    """Trailing empty strings are dropped, as Java does."""
    if not regex:
        return list(text)
    parts, start = [], 0
    for found in _pattern(regex, flags, "String.split").find(text):
        parts.append(text[start : found.start])
        start = found.end
    parts.append(text[start:])
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


@algorithm("String.toLowerCase")
def to_lower_case(text: str) -> str:
    return text.lower()


@algorithm("String.toUpperCase")
def to_upper_case(text: str) -> str:
    return text.upper()


@algorithm("String.trim")
def trim(text: str) -> str:
    return text.strip()


def _pattern(regex: str, flags: str, where: str) -> Pattern:
    """A regular expression with its flags: ``i``, and ``g``, which is the caller's to mind."""
    unknown = set(flags) - set("gi")
    if unknown:
        raise EarthError(f"{where}: Unknown regular expression flag '{min(unknown)}'; the flags are 'g' and 'i'.")
    return Pattern(regex, where, ignore_case="i" in flags)
