"""Values as JSON constants, and as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..request_limits import spend

if TYPE_CHECKING:
    from ..value import Value


def plain(value: Value) -> Value:
    """A JSON constant as the service holds it: a number without a fraction is an integer.

    Constants travel as ``google.protobuf.Value``, which knows doubles alone; hence ``integerValue`` for what a double
    cannot hold, and no difference between 5 and 5.0.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str):
        spend(len(value), 1)
    if isinstance(value, list):
        spend(len(value))
        return [plain(item) for item in value]
    if isinstance(value, dict):
        spend(len(value))
        return {key: plain(item) for key, item in value.items()}
    return value


def text_of(value: Value) -> str:
    """A value as a string: whole numbers without a fraction, booleans as in JSON, lists and dictionaries as JSON.

    The form of other values is not well defined on the service either.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (bool, int, float, list, dict)):
        return json.dumps(plain(value), default=str)
    return str(value)
