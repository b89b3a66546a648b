"""Faults that change a whole reply: wrong shapes, types, bands and bytes."""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .kinds import Fault

Pixels = npt.NDArray[Any]
_TIFF = (b"II*\0", b"MM\0*")
_PARTS = (273, 279, 324, 325)
"""Tags of the offsets and byte counts of strips and tiles. GDAL takes a part for absent where both are 0."""


def tamper(body: bytes, fault: Fault) -> bytes:
    """A body with another content.

    Parameters
    ----------
    body : bytes
        A correct reply. One that is neither NPY nor TIFF has no shape, types or bands to change: its first byte is
        changed instead.
    fault : Fault
        One of those that concern the content; for all others the body stays what it is.
    """
    if fault not in _CHANGES and fault not in (Fault.MAGIC, Fault.HOLLOW):
        return body
    if fault is Fault.HOLLOW:
        return _hollow(body) if body.startswith(_TIFF) else body
    if fault is not Fault.MAGIC and body.startswith(_TIFF):
        return _change_tiff(body, fault)
    if fault is Fault.MAGIC or not body.startswith(b"\x93NUMPY"):
        return bytes([body[0] ^ 0xFF]) + body[1:] if body else body
    out = io.BytesIO()
    np.save(out, _CHANGES[fault](np.load(io.BytesIO(body))))
    return out.getvalue()


def _change_tiff(body: bytes, fault: Fault) -> bytes:
    """The same changes of a TIFF: another number of rows, another type, bands in reverse order or one more."""
    from rasterio.io import MemoryFile  # noqa: PLC0415 - GDAL takes long to load

    with MemoryFile(body) as source, source.open() as dataset:
        profile, values = dict(dataset.profile), dataset.read()
    if fault is Fault.SHAPE:
        values = values[:, :-1] if values.shape[1] > 1 else np.repeat(values, 2, axis=1)
    elif fault is Fault.TYPE:
        values = values.astype("c16" if values.dtype == "f8" else "f8")
    else:
        values = values[::-1] if len(values) > 1 else np.repeat(values, 2, axis=0)
    profile |= {"count": len(values), "height": values.shape[1], "dtype": values.dtype.name}
    with MemoryFile() as out:
        with out.open(**profile) as dataset:
            dataset.write(values)
        return bytes(out.read())


def _hollow(body: bytes) -> bytes:
    """A TIFF that lacks every second of its tiles: their byte counts are 0, and nothing else is changed."""
    order: Literal["little", "big"] = "little" if body[:2] == b"II" else "big"
    changed = bytearray(body)

    def number(at: int, size: int) -> int:
        return int.from_bytes(body[at : at + size], order)

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12):
        tag, kind, count = number(entry, 2), number(entry + 2, 2), number(entry + 4, 4)
        size = {3: 2, 4: 4}.get(kind, 0)
        if tag in _PARTS and size:
            first = entry + 8 if count * size <= 4 else number(entry + 8, 4)
            for part in range(0, count, 2):
                changed[first + part * size : first + (part + 1) * size] = bytes(size)
    return bytes(changed)


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
