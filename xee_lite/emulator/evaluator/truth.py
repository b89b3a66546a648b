"""The truth value of values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..value import Value


def truth(value: Value) -> bool:
    """Whether a value is true, by the rules that the service documents for ``If``.

    Null, 0, NaN, and empty strings, lists and dictionaries are false; everything else is true.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    if isinstance(value, (bool, int, float, str, list, dict)):
        return bool(value)
    return True
