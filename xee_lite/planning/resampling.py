"""How a pixel of the grid finds its value: the nearest one, an interpolation, or a reducer of all that it covers."""

from __future__ import annotations

from ..errors import InputError

INTERPOLATIONS = ("nearest", "bilinear", "bicubic")
REDUCERS = ("mean", "median", "mode", "min", "max", "sum", "count", "stdDev", "variance")
"""The names of the reducers are those of ``ee.Reducer``."""

_CHOOSING = {"nearest", "mode", "min", "max"}
"""What gives values that the source has, so that classes stay classes."""


def check_resampling(name: str) -> str:
    """The name itself.

    Raises
    ------
    InputError
        If there is no such resampling.
    """
    if name not in (*INTERPOLATIONS, *REDUCERS):
        known = ", ".join((*INTERPOLATIONS, *REDUCERS))
        raise InputError(f"resampling={name!r} is unknown: pass one of {known}.")
    return name


def keeps_classes(resampling: str) -> bool:
    """Whether every value of the result is a value of the source."""
    return resampling in _CHOOSING
