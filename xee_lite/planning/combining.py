"""Combinations of the images of a group: the one on top, or a statistic of each pixel."""

from __future__ import annotations

from ..errors import InputError, brief

MOSAIC = "mosaic"
COMBINATIONS = (MOSAIC, "mean", "median", "mode", "min", "max", "sum", "count")
"""The names are those of methods of ``ee.ImageCollection``."""

_CHOOSING = {MOSAIC, "mode", "min", "max"}
"""Combinations that give values of one of the images, so that classes stay classes."""


def check_combine(combine: object, *, grouped: bool) -> None:
    """Refuse an unknown combination, and one without groups.

    Raises
    ------
    InputError
        If there is no such combination, or nothing is grouped that could be combined.
    """
    if not isinstance(combine, str) or combine not in COMBINATIONS:
        raise InputError(f"combine={brief(combine)} is unknown: pass one of {', '.join(COMBINATIONS)}.")
    if combine != MOSAIC and not grouped:
        raise InputError(f"combine={combine!r} needs groups of images: pass groupby= beside it, for example 'month'.")


def keeps_values(combine: str) -> bool:
    """Whether every value of the result is a value of one of the images."""
    return combine in _CHOOSING
