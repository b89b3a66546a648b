"""Faults that change a whole reply: wrong shapes, types, bands and bytes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from .kinds import Fault

Pixels = npt.NDArray[Any]


def tamper(body: bytes, fault: Fault) -> bytes:
    """A body with another content.

    Parameters
    ----------
    body : bytes
        A correct reply. One that is no NPY has no shape, types or bands to change: its first byte is changed instead.
    fault : Fault
        One of those that concern the content; for all others the body stays what it is.
    """
    if fault not in _CHANGES and fault is not Fault.MAGIC:
        return body
    if fault is Fault.MAGIC or not body.startswith(b"\x93NUMPY"):
        return bytes([body[0] ^ 0xFF]) + body[1:] if body else body
    out = io.BytesIO()
    np.save(out, _CHANGES[fault](np.load(io.BytesIO(body))))
    return out.getvalue()


def _change_shape(pixels: Pixels) -> Pixels:
    return pixels[:-1] if len(pixels) > 1 else np.repeat(pixels, 2, axis=0)


def _change_type(pixels: Pixels) -> Pixels:
    """Double holds more than any other type of pixels, complex more than double."""
    names = pixels.dtype.names or ()
    return pixels.astype([(name, "<c16" if pixels.dtype[name] == "f8" else "<f8") for name in names])


def _reverse_bands(pixels: Pixels) -> Pixels:
    names = pixels.dtype.names or ()
    if len(names) == 1:
        return pixels.astype([(f"not_{names[0]}", pixels.dtype[0])])
    out = np.empty(pixels.shape, [(name, pixels.dtype[name]) for name in reversed(names)])
    for name in names:
        out[name] = pixels[name]
    return out


_CHANGES = {Fault.SHAPE: _change_shape, Fault.TYPE: _change_type, Fault.BANDS: _reverse_bands}
