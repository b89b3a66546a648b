"""LERC replies: values, and which are valid, by Esri's own library, once the header is what was asked for."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError, TruncatedError, WireError

Pixels = npt.NDArray[np.generic]
Blob = bytes | ctypes.Array[ctypes.c_char]

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
    # The library takes text in C, which bytes are and a bytearray is made to be without a copy.
    blob = content if isinstance(content, bytes) else (ctypes.c_char * len(content)).from_buffer(content)
    header = _header(lerc, blob)
    _check(header, expected)
    # An error of the library is a single number where three values are expected.
    answer = _quiet(lerc.decode, blob)
    if not isinstance(answer, tuple) or len(answer) < 3 or answer[0] != 0:
        raise TruncatedError("the reply is LERC that can not be decoded")
    values: Pixels = np.asarray(answer[1]).reshape(expected.shape)
    _check_steps(values, _steps(float(header[12]), expected.dtype))
    if answer[2] is not None:
        valid = np.broadcast_to(np.asarray(answer[2], dtype=bool), expected.shape)
        if not valid.all():
            np.copyto(values, expected.dtype.type(expected.nodata), where=~valid)
    return values


def _check_steps(values: Pixels, parts: float | None) -> None:
    """Refuse values that are no multiples of what they are said to be: they were rounded."""
    if parts is None:
        return
    scaled = values.astype(np.float64) * parts
    if not (np.abs(scaled - np.rint(scaled)) <= 1e-6 * np.maximum(1, np.abs(scaled))).all():
        raise WireError("the reply has values that were rounded, but exact ones were asked for")


def _header(lerc: Any, blob: Blob) -> tuple[Any, ...]:  # noqa: ANN401 - a module
    """Error, version, type, values in a pixel, columns, rows, bands, valid pixels, size, least, greatest, max error."""
    found = _quiet(lerc.getLercBlobInfo, blob)
    if not isinstance(found, tuple) or len(found) != 13 or found[0] != 0:
        raise TruncatedError("the reply is LERC with a header that can not be read")
    return found


def _quiet(function: Any, blob: Blob) -> Any:  # noqa: ANN401 - of an untyped library
    """What a function of the library returns; None where it fails, as it may in any way for a broken blob."""
    try:
        return function(blob)
    except (TypeError, ValueError, OSError, IndexError):
        return None


def _check(header: tuple[Any, ...], expected: ExpectedLerc) -> None:
    bands, height, width = expected.shape
    _, _, kind, depth, columns, rows, found_bands = header[:7]
    if (rows, columns) != (height, width):
        raise WireError(f"the reply has {rows} x {columns} pixels, but {height} x {width} were asked for")
    # Values in a pixel, or bands one after the other: the library gives both apart.
    if (found_bands, depth) != (bands, 1):
        raise WireError(f"the reply has {found_bands} bands of {depth} values, but {bands} bands were asked for")
    name = np.dtype(_TYPES[kind]).name if 0 <= kind < len(_TYPES) else f"type {kind}"
    if name != expected.dtype.name:
        raise WireError(f"the reply has pixels of {name}, but {expected.dtype.name} was asked for")
    _steps(float(header[12]), expected.dtype)


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
