"""One band of a reply, computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..images.image import Pixels

Dtype = np.dtype[np.generic]


@dataclass(frozen=True, slots=True)
class Layer:
    """One band, computed.

    Attributes
    ----------
    name : str
    dtype : dtype
        On the wire, after the band's pixel type.
    pixels : Pixels
    wide : bool
        Whether 32 bits do not hold its integers.
    """

    name: str
    dtype: Dtype
    pixels: Pixels
    wide: bool = False
