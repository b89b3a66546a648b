"""The user's words for the colours of a picture, checked: ranges of values, gamma and palette."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, brief
from ..grids.user_values import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ..stack import Band

Range = tuple[float, float]

PERCENTILES = (2.0, 98.0)
"""Of the valid pixels of a sample: values beyond are as dark or as bright. Those of xarray's ``robust=True``."""

_FARTHEST = float(np.finfo(np.float64).max) / 4
"""The largest end of a range, so that the width of a range is finite too."""

_COLOUR = re.compile(r"#?(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]+", re.IGNORECASE | re.ASCII)
"""Hexadecimal digits, or a name; which names there are, the service knows."""


def each(name: str, value: object, count: int) -> tuple[float, ...] | None:
    """A number for all bands, or one for each; None where none was given.

    Raises
    ------
    InputError
        If it is neither, or a number is not finite.
    """
    if value is None:
        return None
    alone = number_of(value)
    listed = [alone] if alone is not None else _numbers(value)
    if listed is None or not all(map(math.isfinite, listed)):
        raise InputError(f"{name}={brief(value)}: pass a finite number, or a list with one for each band.")
    if len(listed) not in (1, count):
        raise InputError(f"{name}={brief(value)} has {len(listed)} numbers for {count} bands: pass one, or one each.")
    return tuple(listed * count if len(listed) == 1 else listed)


def _numbers(value: object) -> list[float] | None:
    if not isinstance(value, list | tuple | np.ndarray):
        return None
    numbers = [number_of(item) for item in value]
    return None if None in numbers else [number for number in numbers if number is not None]


def gammas(value: object, count: int) -> tuple[float, ...] | None:
    """The gamma of each band.

    Raises
    ------
    InputError
        If one is not a positive number.
    """
    numbers = each("gamma", value, count)
    if numbers is not None and min(numbers) <= 0:
        raise InputError(f"gamma={brief(value)}: pass positive numbers; 1 leaves the picture as it is.")
    return numbers


def colours(palette: object) -> tuple[str, ...] | None:
    """The colours of a palette: a list of CSS colours, or text with commas between them; None for None.

    Raises
    ------
    InputError
        If it is neither, or one is no colour.
    """
    if palette is None:
        return None
    given = palette.split(",") if isinstance(palette, str) else palette if isinstance(palette, list | tuple) else []
    names = [name.strip() if isinstance(name, str) else "" for name in given]
    if not names or not all(map(_COLOUR.fullmatch, names)):
        raise InputError(
            f"palette={brief(palette)}: pass CSS colours, as ['black', '#00ff00'] or 'black,00ff00', from the least "
            "to the greatest value."
        )
    return tuple(names)


def declared_range(band: Band) -> Range | None:
    """The range of a band of classes, or of 8 bits, which needs no sample; None for other bands."""
    if band.classes:
        return float(min(band.classes)), float(max(band.classes))
    if band.dtype == np.uint8:
        return band.range or (0.0, 255.0)
    return None


def sampled_range(pixels: Sequence[npt.NDArray[np.floating]]) -> Range:
    """One range for all bands, so that colours keep their proportions: the `PERCENTILES` of a sample of pixels.

    Parameters
    ----------
    pixels : sequence of ndarray
        NaN where missing.
    """
    values = np.concatenate([np.ravel(band) for band in pixels]).astype(np.float64)
    values = np.clip(values[np.isfinite(values)], -_FARTHEST, _FARTHEST)
    if not values.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(values, PERCENTILES))
    return low, high if high > low else low + 1.0


def ranges_of(
    lows: tuple[float, ...] | None, highs: tuple[float, ...] | None, defaults: Sequence[Range]
) -> tuple[Range, ...]:
    """The range of each band: the user's ends, and those of the default where one was not given.

    Raises
    ------
    InputError
        If a range is empty or upside down.
    """
    ends = [
        (low if lows is None else lows[number], high if highs is None else highs[number])
        for number, (low, high) in enumerate(defaults)
    ]
    wrong = next((end for end in ends if not end[0] < end[1]), None)
    if wrong is not None:
        raise InputError(
            f"min= and max= of {wrong[0]:g} and {wrong[1]:g} leave no range: pass both, the first less than the second."
        )
    return tuple(ends)
