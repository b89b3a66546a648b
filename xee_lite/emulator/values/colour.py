"""Colours from text."""

from __future__ import annotations

from PIL import ImageColor

RGBA = tuple[int, int, int, int]
RGB = ("vis-red", "vis-green", "vis-blue")
"""Names of the bands of an image for display."""


def colour_of(text: object) -> RGBA | None:
    """A colour by its hexadecimal digits, with or without the hash sign, or by its CSS name; None if it is none.

    Returns
    -------
    tuple of int
        Red, green, blue and opacity, 0 to 255.
    """
    for spelling in (text, f"#{text}") if isinstance(text, str) else ():
        try:
            red, green, blue, *alpha = ImageColor.getrgb(spelling)
        except ValueError:
            continue
        return red, green, blue, alpha[0] if alpha else 255
    return None
