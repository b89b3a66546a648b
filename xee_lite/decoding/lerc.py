"""LERC replies: values, and which are valid, by Esri's own library, once the header is what was asked for."""

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
"""Version 2 and 1."""

_TYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8")
"""The types of values, by the number that the header has for them (``Lerc_c_api.h``)."""


@dataclass(frozen=True, slots=True)
class ExpectedLerc:
    """What a reply has to be.

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
    """Refuse values that are no multiples of what they are said to be: they were rounded."""
    if parts is None:
        return
    scaled = values.astype(np.float64) * parts
    if not (np.abs(scaled - np.rint(scaled)) <= 1e-6 * np.maximum(1, np.abs(scaled))).all():
        raise WireError("the reply has values that were rounded, but exact ones were asked for")


@dataclass(frozen=True, slots=True)
class _Header:
    """What the library says about a blob (``lerc_getBlobInfo`` in ``Lerc_c_api.h``).

    Attributes
    ----------
    kind : int
        Of its values: a position in `_TYPES`.
    depth, columns, rows, bands, masks : int
        Values in a pixel, pixels, bands, and bands that have a mask of their own or one for all.
    max_error : float
    """

    kind: int
    depth: int
    columns: int
    rows: int
    bands: int
    masks: int
    max_error: float


def _header(library: ctypes.CDLL, blob: Bytes) -> _Header:
    # Version, type, values in a pixel, columns, rows, bands, valid pixels, size, masks, depth, uses a number.
    numbers, ranges = np.zeros(11, np.uint32), np.zeros(3, np.float64)
    # By an index, and not as an attribute: that is another function, whose types pylerc has set for its own use.
    error = library["lerc_getBlobInfo"](
        _pointer(blob), ctypes.c_uint(blob.size), _pointer(numbers), _pointer(ranges), len(numbers), len(ranges)
    )
    if error or numbers[10]:
        raise TruncatedError("the reply is LERC with a header that can not be read")
    kind, depth, columns, rows, bands = map(int, numbers[1:6])
    return _Header(kind, depth, columns, rows, bands, int(numbers[8]), float(ranges[2]))


def _decoded(library: ctypes.CDLL, blob: Bytes, header: _Header, expected: ExpectedLerc) -> tuple[Pixels, Bytes | None]:
    """Values, and which are valid; None for all.

    The functions of the library in Python keep what they allocate until the garbage collector comes along.
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
    # Values in a pixel, or bands one after the other: the library gives both apart.
    if (header.bands, header.depth) != (bands, 1):
        raise WireError(
            f"the reply has {header.bands} bands of {header.depth} values, but {bands} bands were asked for"
        )
    name = np.dtype(_TYPES[header.kind]).name if header.kind < len(_TYPES) else f"type {header.kind}"
    if name != expected.dtype.name:
        raise WireError(f"the reply has pixels of {name}, but {expected.dtype.name} was asked for")
    _steps(header.max_error, expected.dtype)


def _steps(error: float, dtype: np.dtype[Any]) -> float | None:
    """How many parts of 1 the values are multiples of, by the largest error that a header allows; None for any.

    Lossless integers have an error of 0.5. So have floats that are all whole numbers, and 0.05 or 0.005 where they have
    one or two decimals: the library raises it itself where nothing is lost.

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
