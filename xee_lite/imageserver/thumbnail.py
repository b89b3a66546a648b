"""Pictures of a service from its pixels, coloured here: the service's own renderings follow rules that differ."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, brief
from ..grids.grid import Window
from ..items import Item, Items
from ..planning.drawing import drawn
from ..planning.nodata import codecs_of
from ..reader import ReadRequest, View
from ..traffic.splitting import SplittingReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from ..planning.drawing import Colour
    from ..reader import Reader
    from ..source import PictureRequest
    from ..stack import Stack
    from .selection import Selection

_HEX = re.compile(r"[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}", re.IGNORECASE | re.ASCII)


def flattened(stack: Stack, selection: Selection, bands: tuple[str, ...]) -> Stack:
    """All items as one: rasters as a group with the last on top, of slices and times the last one."""
    chosen = replace(stack, bands=stack.select(bands))
    if stack.is_image:
        return chosen
    last = stack.items[len(stack.items) - 1]
    item = Item("mosaic", members=tuple(stack.items)) if selection.combines else last
    return replace(chosen, items=Items.of([item]), is_image=True)


def draw(stack: Stack, reader: Callable[[View], Reader], request: PictureRequest) -> bytes:
    """Draw the one item of a stack.

    Parameters
    ----------
    stack : Stack
    reader : callable
        Makes the reader of a view.
    request : PictureRequest

    Raises
    ------
    InputError
        If the name of a colour is unknown, or Pillow is not installed.
    """
    _pillow()  # before a pixel is read
    palette = None if request.palette is None else [_colour(name) for name in request.palette]
    stack, grid = replace(stack, bands=stack.select(request.bands)), request.grid
    view = View(stack, grid, codecs_of(stack.bands, "exact", mask_and_scale=True))
    whole = ReadRequest((0,), request.bands, Window(0, 0, grid.height, grid.width))
    dtype = np.result_type(*(view.codecs[band].memory for band in request.bands))
    values = np.empty(whole.shape, dtype)
    SplittingReader(reader(view), 1).read(whole, values)
    return _encoded(drawn(values[0], request.ranges, request.gamma, palette), request.picture_format)


def _encoded(picture: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]], picture_format: str) -> bytes:
    file = io.BytesIO()
    image = _pillow().fromarray(picture)
    if picture_format == "jpeg":  # it has no transparency: missing pixels are black
        image.convert("RGB").save(file, "JPEG", quality=90)
    else:
        image.save(file, "PNG")
    return file.getvalue()


def _colour(name: str) -> Colour:
    from PIL.ImageColor import getrgb  # noqa: PLC0415 - an extra

    try:
        return getrgb(f"#{name}" if _HEX.fullmatch(name) else name)[:3]
    except ValueError as error:
        raise InputError(f"palette= has {brief(name)}, which is no CSS colour that is known: pass #rrggbb.") from error


def _pillow() -> ModuleType:
    """Pillow's module of images."""
    try:
        from PIL import Image  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError("Pictures of an image service are made by Pillow: pip install pillow.") from error
    return Image
