"""LERC replies: headers checked to be what was asked for, then values and masks by Esri's own library."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError, TruncatedError, WireError

Pixels = npt.NDArray[np.generic]
Bytes = npt.NDArray[np.uint8]

_MAGIC = (b"Lerc2 ", b"CntZImage ")
"""The first bytes of versions 2 and 1."""

_TYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8")
"""The types of values, by the number that the header has for them (``Lerc_c_api.h``)."""


@dataclass(frozen=True, slots=True)
class ExpectedLerc:
    """What was asked for, and what a reply has to be.

    Attributes
    ----------
    shape : (bands, height, width)
    dtype : numpy.dtype
    nodata : float
        What invalid pixels become.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    nodata: float


def is_lerc(content: bytes | bytearray) -> bool:
    """Whether bytes begin as LERC does."""
    return bytes(content[:10]).startswith(_MAGIC)


def decode_lerc(content: bytes | bytearray, expected: ExpectedLerc) -> Pixels:
    """Read all bands of a LERC blob.

    Parameters
    ----------
    content : bytes
    expected : ExpectedLerc

    Returns
    -------
    ndarray, shape (bands, height, width)

    Raises
    ------
    WireError
        If it is no LERC, or not the one that was asked for. Nothing is decoded then.
    InputError
        If pylerc is not installed.
    """
    try:
        import lerc  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError("LERC is read by pylerc: pip install pylerc.") from error
    if not is_lerc(content):
        raise WireError(f"the reply is no LERC: it begins with {bytes(content[:40])!r}")
    blob = np.frombuffer(content, np.uint8)
    header = _header(lerc.lercDll, blob)
    _check(header, expected)
    values, valid = _decoded(lerc.lercDll, blob, header, expected)
    _check_steps(values, _steps(header.max_error, expected.dtype))
    if valid is not None:
        np.copyto(values, expected.dtype.type(expected.nodata), where=valid == 0)
    return values


def _check_steps(values: Pixels, parts: float | None) -> None:
    """Refuse values that are no multiples of ``1 / parts``, since they were rounded: see `_steps`."""
    if parts is None:
        return
    scaled = values.astype(np.float64) * parts
    # The tolerance is for float32, which has decimals to 6e-8 of a value.
    if not (np.abs(scaled - np.rint(scaled)) <= 1e-6 * np.maximum(1, np.abs(scaled))).all():
        raise WireError("the reply has values that were rounded, but exact ones were asked for")


@dataclass(frozen=True, slots=True)
class _Header:
    """What the library says about a blob (``lerc_getBlobInfo`` in ``Lerc_c_api.h``).

    Attributes
    ----------
    kind : int
        The type of its values: a position in `_TYPES`.
    depth, columns, rows, bands : int
        Values in a pixel, pixels, and bands.
    masks : int
        0 where all pixels are valid, 1 for one mask, or one for each band.
    max_error : float
        By which values may differ from those that were encoded.
    """

    kind: int
    depth: int
    columns: int
    rows: int
    bands: int
    masks: int
    max_error: float


def _header(library: ctypes.CDLL, blob: Bytes) -> _Header:
    # Version, type, values in a pixel, columns, rows, bands, valid pixels, size, masks, depth, and whether a number
    # stands for missing values.
    numbers, ranges = np.zeros(11, np.uint32), np.zeros(3, np.float64)
    # By index: pylerc has set types of its own on the function that is an attribute.
    error = library["lerc_getBlobInfo"](
        _pointer(blob), ctypes.c_uint(blob.size), _pointer(numbers), _pointer(ranges), len(numbers), len(ranges)
    )
    if error or numbers[10]:
        raise TruncatedError("the reply is LERC with a header that can not be read")
    kind, depth, columns, rows, bands = map(int, numbers[1:6])
    return _Header(kind, depth, columns, rows, bands, int(numbers[8]), float(ranges[2]))


def _decoded(library: ctypes.CDLL, blob: Bytes, header: _Header, expected: ExpectedLerc) -> tuple[Pixels, Bytes | None]:
    """Values, and which of them are valid; None where all are.

    Not by the library's functions in Python, which keep what they allocate until the garbage collector runs.
    """
    bands, height, width = expected.shape
    if header.masks not in (0, 1, bands):
        raise TruncatedError("the reply is LERC with masks of some bands alone")
    values = np.empty(expected.shape, expected.dtype)
    valid = np.empty((header.masks, height, width), np.uint8)
    error = library["lerc_decode"](
        _pointer(blob), ctypes.c_uint(blob.size), header.masks, _pointer(valid) if header.masks else None, header.depth,
        width, height, bands, ctypes.c_uint(header.kind), _pointer(values),
    )  # fmt: skip
    if error:
        raise TruncatedError("the reply is LERC that can not be decoded")
    return values, valid if header.masks else None


def _pointer(array: npt.NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _check(header: _Header, expected: ExpectedLerc) -> None:
    bands, height, width = expected.shape
    if (header.rows, header.columns) != (height, width):
        raise WireError(f"the reply has {header.rows} x {header.columns} pixels, but {height} x {width} were asked for")
    # Several values in a pixel would be another order than bands one after the other.
    if (header.bands, header.depth) != (bands, 1):
        raise WireError(
            f"the reply has {header.bands} bands of {header.depth} values, but {bands} bands were asked for"
        )
    name = np.dtype(_TYPES[header.kind]).name if header.kind < len(_TYPES) else f"type {header.kind}"
    if name != expected.dtype.name:
        raise WireError(f"the reply has pixels of {name}, but {expected.dtype.name} was asked for")
    _steps(header.max_error, expected.dtype)


def _steps(error: float, dtype: np.dtype[Any]) -> float | None:
    """The number n where values are multiples of 1/n, by the largest error that a header allows; None for any values.

    Lossless integers have an error of 0.5. So have floats that are all whole numbers; those of one or two decimals have
    0.05 or 0.005. The library raises the error so itself, where nothing is lost by it.

    Raises
    ------
    WireError
        If values may be others than those that were asked for.
    """
    if error == 0 or (dtype.kind in "iu" and error <= 0.5):
        return None
    parts = 0.5 / error
    if dtype.kind == "f" and parts >= 1 and abs(np.log10(parts) - round(np.log10(parts))) < 1e-9:
        return float(parts)
    raise WireError(f"the reply has values that are off by up to {error:g}, but exact ones were asked for")
