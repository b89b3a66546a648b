"""LERC of version 1, the server's default: one band of float32, a mask, and the values as they are.

Written after the published specification of the format; no value is quantised.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_MAGIC = b"CntZImage "
_VERSION, _TYPE = 11, 8
_LITERAL = 32767
"""Bytes of one run; a run begins with its length, and -32768 ends them."""
_END = -32768
_UNCOMPRESSED = 0
"""The flag of a tile whose valid pixels follow as float32."""


def encode_lerc_1(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> bytes:
    """Write a band.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        Of a type that float32 holds.
    valid : ndarray of bool, shape (height, width)
    """
    height, width = values.shape
    numbers = values.astype("<f4")[valid]
    most = float(numbers.max()) if numbers.size else 0.0
    head = _MAGIC + struct.pack("<iiiid", _VERSION, _TYPE, height, width, 0.0)
    mask = b"" if valid.all() or not valid.any() else _runs(np.packbits(valid).tobytes())
    first = struct.pack("<iiif", 0, 0, len(mask), float(valid.any())) + mask
    tile = bytes([_UNCOMPRESSED]) + numbers.tobytes()
    second = struct.pack("<iiif", 1, 1, len(tile), most) + tile
    return head + first + second


def _runs(bits: bytes) -> bytes:
    """Bytes as literal runs."""
    parts = [bits[at : at + _LITERAL] for at in range(0, len(bits), _LITERAL)]
    return b"".join(struct.pack("<h", len(part)) + part for part in parts) + struct.pack("<h", _END)
