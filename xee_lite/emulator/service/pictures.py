"""Pictures: PNG and JPEG of one image, GIF and filmstrips of several."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image as Picture

from ..errors import EarthError
from .pixel_request import FileFormat
from .visualize import stretch_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .layer import Layer
    from .visualize import Visualization

Bytes = npt.NDArray[np.uint8]
Written = tuple[bytes, str]
"""Content, and its media type."""
_CLEAR = 255
"""The colour of an animation that is none."""


def paint_layers(layers: Sequence[Layer], visualization: Visualization | None) -> Bytes:
    """Colour 1 or 3 bands.

    Returns
    -------
    ndarray of uint8, shape (height, width, 2 or 4)
        Grey or red, green and blue; the last channel is the opacity, 0 where a band is masked.
    """
    if len(layers) not in (1, 3):
        raise EarthError(
            f"A picture shows 1 or 3 bands, and the image has {len(layers)}; "
            "name them in 'bandIds', or ask for NPY or GEO_TIFF."
        )
    values = [layer.pixels.values for layer in layers]
    colours = stretch_plain(values) if visualization is None else visualization.render(values)
    opacity = np.min([layer.pixels.mask for layer in layers], axis=0) * (visualization.opacity if visualization else 1)
    alpha = np.floor(opacity * 255 + 0.5).astype(np.uint8)
    return np.concatenate([colours, alpha[..., np.newaxis]], axis=-1)


def encode_picture(painting: Bytes, file_format: FileFormat) -> Written:
    """Write a PNG with transparent pixels where masked, or a JPEG, black there.

    AUTO_JPEG_PNG is a JPEG where all is opaque, else a PNG (REST reference, ImageFileFormat).
    """
    colours, alpha = painting[..., :-1], painting[..., -1]
    opaque = bool((alpha == 255).all())
    out = io.BytesIO()
    if file_format is FileFormat.JPEG or (file_format is FileFormat.AUTO_JPEG_PNG and opaque):
        shown = np.where(alpha[..., np.newaxis] > 0, colours, 0).astype(np.uint8)
        _draw(shown).save(out, "JPEG", quality=90)
        return out.getvalue(), "image/jpeg"
    _draw(colours if opaque else painting).save(out, "PNG")
    return out.getvalue(), "image/png"


def encode_animation(frames: Sequence[Bytes], frames_per_second: float) -> Written:
    """Write an animated GIF that starts over at its end."""
    first, *others = [_index(frame) for frame in frames]
    out = io.BytesIO()
    first.save(
        out,
        "GIF",
        save_all=True,
        append_images=others,
        duration=1000 / frames_per_second,
        loop=0,
        disposal=2,
        transparency=_CLEAR,
    )
    return out.getvalue(), "image/gif"


def _index(frame: Bytes) -> Picture.Image:
    """A frame in the 255 colours that suit it best; one more stands for transparent pixels."""
    indexed = _draw(frame[..., :-1]).convert("RGB").quantize(_CLEAR, dither=Picture.Dither.NONE)
    indexed.paste(_CLEAR, mask=Picture.fromarray((frame[..., -1] < 128).astype(np.uint8) * 255))
    return indexed


def encode_filmstrip(frames: Sequence[Bytes], file_format: FileFormat, *, vertical: bool) -> Written:
    """Write frames below or beside each other."""
    return encode_picture(np.concatenate(frames, axis=0 if vertical else 1), file_format)


def _draw(array: Bytes) -> Picture.Image:
    return Picture.fromarray(array.squeeze(axis=-1) if array.shape[-1] == 1 else array)
