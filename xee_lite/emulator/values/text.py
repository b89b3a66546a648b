"""Values as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..evaluator.expression import plain

if TYPE_CHECKING:
    from ..evaluator.value import Value


def text_of(value: Value) -> str:
    """A value as a string: whole numbers without a fraction, booleans as in JSON, lists and dictionaries as JSON.

    The form of other values is not well defined on the service either.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (bool, int, float, list, dict)):
        return json.dumps(plain(value), default=str)
    return str(value)
