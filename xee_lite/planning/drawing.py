"""The colours of a picture, from values and their ranges, for services that draw no pictures themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .stretch import Range

Colour = tuple[int, int, int]


def drawn(
    values: npt.NDArray[np.floating],
    ranges: Sequence[Range],
    gamma: Sequence[float] | None = None,
    palette: Sequence[Colour] | None = None,
) -> npt.NDArray[np.uint8]:
    """The picture of one band in grey or by a palette, or of three as red, green and blue.

    Parameters
    ----------
    values : ndarray of float, shape (band, y, x)
        NaN where missing.
    ranges : sequence of (float, float)
        For each band the values that become 0 and 255; between them it is a straight line, rounded to the nearest.
    gamma : sequence of float, optional
        For each band: a share v of the range becomes ``v ** (1 / gamma)``.
    palette : sequence of (red, green, blue), optional
        Colours at equal distances over the range of one band, with straight lines between them.

    Returns
    -------
    ndarray of uint8, shape (y, x, 4)
        Red, green, blue, and an opacity of 0 where a band has no value.
    """
    powers = [1.0] * len(values) if gamma is None else [1 / number for number in gamma]
    present = ~np.isnan(values).any(axis=0)
    shares = []
    for band, (low, high), power in zip(values, ranges, powers, strict=True):
        share = np.clip((np.where(present, band, low).astype(np.float64) - low) / (high - low), 0, 1)
        shares.append(share**power)
    if palette is None:
        channels = [255 * share for share in (shares if len(shares) == 3 else shares * 3)]
    else:
        stops = np.linspace(0, 1, len(palette)) if len(palette) > 1 else np.zeros(1)
        channels = [np.interp(shares[0], stops, levels) for levels in zip(*palette, strict=True)]
    picture = np.empty((*present.shape, 4), np.uint8)
    for number, channel in enumerate(channels):
        picture[..., number] = np.where(present, np.floor(channel + 0.5), 0)
    picture[..., 3] = np.where(present, 255, 0)
    return picture
