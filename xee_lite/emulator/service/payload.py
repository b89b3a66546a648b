"""Parsing of request bodies: untrusted JSON into values of known types.

The sentences are those of Google's JSON front end, as far as they are known.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from ..errors import EarthError

Json = dict[str, Any]
_INT32 = 2**31


def parse(raw: bytes) -> Json:
    """Parse a body that must be one JSON object; a field that is null counts as absent.

    Raises
    ------
    EarthError
        If it is not JSON (NaN and Infinity are not), is nested too deep to read, or is not an object.
    """
    try:
        body = json.loads(raw or b"{}", parse_constant=_refuse)
    except RecursionError as error:
        raise EarthError("Invalid JSON payload received. Message too deep.") from error
    except ValueError as error:
        raise EarthError(f"Invalid JSON payload received. {error}") from error
    return {name: value for name, value in message(body, "").items() if value is not None}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON.")


def message(value: object, where: str, allowed: frozenset[str] | None = None) -> Json:
    """Insist on an object, and on the names of its fields."""
    if not isinstance(value, dict):
        raise _invalid(value, where, "an object")
    if allowed is not None:
        for name in value:
            if name not in allowed:
                location = f" at '{where}'" if where else ""
                raise EarthError(
                    f'Invalid JSON payload received. Unknown name "{name[:100]}"{location}: Cannot find field.'
                )
    return value


def given(fields: Json, name: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON
    """A field, or a default where it is absent, which in the JSON of protocol buffers is the same as its zero.

    Zeros are null, 0 and an empty text. Numbers that the client sends within an object (``{"value": 0}``) are read by
    `parse_wrapped`, in which 0 is a value like others.
    """
    value = fields.get(name)
    return default if _is_zero(value) else value


def given_message(fields: Json, name: str) -> Any:  # noqa: ANN401 - any JSON
    """An object, or None where it is absent, which is the same as one whose fields are all zeros, objects included."""
    value = fields.get(name)
    return None if _is_zero_message(value) else value


def _is_zero(value: object) -> bool:
    return value is None or (value in (0, "") and not isinstance(value, bool))


def _is_zero_message(value: object) -> bool:
    if isinstance(value, dict):
        return all(_is_zero(one) or one == "0" or _is_zero_message(one) for one in value.values())
    return value is None


def text(value: object, where: str) -> str:
    """Insist on a string."""
    if not isinstance(value, str):
        raise _invalid(value, where, "TYPE_STRING")
    return value


def texts(value: object, where: str) -> tuple[str, ...]:
    """Insist on a list of strings."""
    if not isinstance(value, list):
        raise _invalid(value, where, "a list")
    return tuple(text(item, f"{where}[{index}]") for index, item in enumerate(value))


def integer(value: object, where: str) -> int:
    """Insist on a 32-bit integer; as in all JSON of Google's, it may come as a string or as 256.0."""
    number = _number(value, where, "TYPE_INT32")
    if number != math.floor(number) or not -_INT32 <= number < _INT32:
        raise _invalid(value, where, "TYPE_INT32")
    return int(number)


def real(value: object, where: str) -> float:
    """Insist on a finite number, which may come as a string."""
    return _number(value, where, "TYPE_DOUBLE")


def parse_wrapped(value: object, where: str, default: float) -> float:
    """Insist on a number that may come bare, as text, or as the client sends it, within an object; null is none."""
    if isinstance(value, dict):
        value = message(value, where, frozenset({"value"})).get("value")
    return default if value is None else real(value, where)


def make_enum_error(name: str, enumeration: str, where: str) -> EarthError:
    """The refusal of a name that an enumeration of the service's does not have."""
    kind = f"type.googleapis.com/google.earthengine.v1.{enumeration}"
    return EarthError(f"Invalid value at '{where}' ({kind}), \"{name[:100]}\"")


def _number(value: object, where: str, kind: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _invalid(value, where, kind)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _invalid(value, where, kind) from None
    if not math.isfinite(number):
        raise _invalid(value, where, kind)
    return number


def _invalid(value: object, where: str, kind: str) -> EarthError:
    shown = json.dumps(value)
    return EarthError(f"Invalid value at '{where or 'body'}' ({kind}), {shown[:100]}")
