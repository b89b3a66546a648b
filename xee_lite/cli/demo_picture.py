"""The demo's picture: a map for each month, drawn by Pillow, which the local Earth Engine needs too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr
    from PIL import ImageDraw

_COLOURS = ((0.2, 0xF0E2BF), (0.3, 0xD6C27A), (0.45, 0x9CBF5E), (0.6, 0x3F8F46), (0.75, 0x0B4D24))
"""From bare soil to dense plants: the NDVI and its colour."""
_MISSING = 0xD9DEE4
"""The colour of missing pixels."""
_COLUMNS = 4
"""Maps in a row."""
_GAP, _CAPTION = 10, 24
"""Pixels between maps, and above each for its month."""
_STEP = 0.02
"""Of the NDVI: values are rounded to it, so that the file has few colours and stays small."""


def draw(ndvi: xr.DataArray, path: Path, title: str) -> None:
    """Write a PNG with the months side by side, one pixel of the data as one pixel of the picture.

    Parameters
    ----------
    ndvi : xarray.DataArray
        (time, y, x), with NaN where all images of a month were cloudy.
    path : path
    title : str
        The line below the maps: what they show, and whether it is real.
    """
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - an extra

    months, height, width = ndvi.shape
    rows = -(-months // _COLUMNS)
    across, down = width + _GAP, height + _CAPTION + _GAP
    sheet = Image.new("RGB", (_COLUMNS * across + _GAP, rows * down + _CAPTION + _GAP), "white")
    draw_on, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for number, name in enumerate(ndvi["time"].dt.strftime("%B %Y").values):
        left, top = _GAP + number % _COLUMNS * across, number // _COLUMNS * down
        draw_on.text((left, top + 4), str(name), fill="#1f2933", font=font)
        sheet.paste(Image.fromarray(coloured(ndvi.values[number])), (left, top + _CAPTION))
    draw_on.text((_GAP, rows * down + 4), title, fill="#52606d", font=font)
    _legend(draw_on, sheet.width - _GAP, rows * down)
    sheet.save(path, optimize=True)


def coloured(values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """NDVI as colours.

    Parameters
    ----------
    values : array of float, shape (y, x)
        NaN is missing.

    Returns
    -------
    array of uint8, shape (y, x, 3)
    """
    stops, steps = [stop for stop, _ in _COLOURS], np.round(np.nan_to_num(values) / _STEP) * _STEP
    bands = [np.interp(steps, stops, [colour >> shift & 255 for _, colour in _COLOURS]) for shift in (16, 8, 0)]
    picture = np.stack(bands, axis=-1).round().astype("uint8")
    picture[np.isnan(values)] = [_MISSING >> shift & 255 for shift in (16, 8, 0)]
    return picture


def _legend(draw_on: ImageDraw.ImageDraw, right: int, top: int) -> None:
    from PIL import ImageFont  # noqa: PLC0415 - an extra

    font, width = ImageFont.load_default(13), 30
    labelled = [*((f"{stop:g}", f"#{colour:06x}") for stop, colour in _COLOURS), ("cloud", f"#{_MISSING:06x}")]
    for number, (label, colour) in enumerate(reversed(labelled), 1):
        left = right - number * (width + 34)
        draw_on.rectangle((left, top + 5, left + 16, top + 19), fill=colour)
        draw_on.text((left + 20, top + 4), label, fill="#52606d", font=font)
