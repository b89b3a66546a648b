"""The number by which missing pixels are asked for: exportImage sends no mask."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..stack import Missing

_WIDER = {"u1": "u2", "i1": "i2", "u2": "i4", "i2": "i4", "u4": "f8", "i4": "f8"}
"""For each integer type one that holds its values and the number after its greatest, for missing pixels."""


def missing_of(dtype: np.dtype[Any], declared: float | None, *, narrow: bool = False) -> Missing:
    """The number by which missing pixels are asked for: the service's own, or one that no valid pixel has.

    Without a number of the service's own, integers travel in a wider type with the number after their greatest, and
    floats have the least number of their type, which Esri's software writes for missing pixels too. The range of
    values that a service publishes is not used: it is a statistic, often of a sample, and valid pixels may lie beyond.

    Parameters
    ----------
    dtype : numpy.dtype
    declared : float, optional
        The service's own number for missing pixels.
    narrow : bool
        Whether values have fewer bits than the type.
    """
    if dtype.kind == "f":
        least = float(np.finfo(dtype).min)
        fits = declared is not None and math.isfinite(declared) and abs(declared) <= -least
        return Missing(dtype, float(dtype.type(declared)) if fits else least)
    info = np.iinfo(dtype)
    if declared is not None and float(declared).is_integer() and info.min <= declared <= info.max:
        return Missing(dtype, int(declared))
    if narrow:
        return Missing(dtype, int(info.max))
    return Missing(np.dtype(_WIDER[dtype.str[1:]]), int(info.max) + 1)
