"""NPY replies: checked to be what was asked for, and viewed without a copy.

A reply is a structured array with a field for each band, pixel after pixel. Its header is compared with what was asked
for before any pixel is used, and decides nothing about memory.
"""

from __future__ import annotations

import ast
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import TruncatedError, WireError

if TYPE_CHECKING:
    from collections.abc import Sequence


class FieldTypeError(WireError):
    """A field of a reply is of a type with values that the expected type does not have.

    Parameters
    ----------
    field : str
        Its name.
    sent, asked : str
        Both types, as NumPy codes.
    """

    def __init__(self, field: str, sent: str, asked: str) -> None:
        super().__init__(field, sent, asked)
        self.field = field
        self.sent = sent
        self.asked = asked

    def __str__(self) -> str:
        return f"the reply has the band {self.field!r} as {self.sent!r}, but {self.asked!r} was asked for"


def decode_npy(
    reply: bytes | memoryview, fields: Sequence[tuple[str, np.dtype[np.generic]]], shape: tuple[int, int]
) -> npt.NDArray[np.void]:
    """View a reply as pixels, after checking that it is what was asked for.

    Parameters
    ----------
    reply : bytes or memoryview
        A file of NumPy format 1.0 or 2.0, as the service sends it.
    fields : sequence of (name, dtype)
        The bands asked for, in order. Byte order is little-endian whatever the dtype says.
    shape : (height, width)
        The pixels asked for.

    Returns
    -------
    ndarray
        Structured, shape (height, width), read-only, over the bytes of `reply`. A field may be of a narrower dtype
        than was asked for, if that holds every one of its values: an image of a collection may be.

    Raises
    ------
    TruncatedError
        When the reply ends before its last pixel.
    FieldTypeError
        When a field's dtype has values that the one asked for does not have.
    WireError
        When names, order, shape or length are not what was asked, or it is no such file at all.
    """
    asked = np.dtype([(name, dtype.newbyteorder("<")) for name, dtype in fields])
    expected = f"{{'descr': {asked.descr}, 'fortran_order': False, 'shape': {shape}, }}"
    # A header may be spelled in another way; chosen: not in more than twice the length.
    header, start = _header(memoryview(reply), max_bytes=1024 + 2 * len(expected))
    # To compare the header of hundreds of bands with NumPy's own spelling takes a tenth of the time of parsing it.
    sent = asked if header.rstrip() == expected else _read(header, asked, shape)
    missing = start + sent.itemsize * shape[0] * shape[1] - len(reply)
    if missing > 0:
        raise TruncatedError(f"the reply ends {missing} bytes before its last pixel, at {len(reply)} bytes")
    if missing < 0:
        raise WireError(f"the reply goes on for {-missing} bytes after its last pixel")
    pixels: npt.NDArray[np.void] = np.ndarray(shape, sent, buffer=reply, offset=start)
    pixels.flags.writeable = False
    return pixels


_MAGIC = b"\x93NUMPY"
_LENGTHS = {b"\x01\x00": "<H", b"\x02\x00": "<I"}
"""How each version of the format (two bytes after the magic) writes the length of its header: ``numpy.lib.format``."""


def _header(reply: memoryview, max_bytes: int) -> tuple[str, int]:
    """The text of the header, and where the pixels start."""
    begin = bytes(reply[:8])
    if _MAGIC.startswith(begin[:6]) and len(begin) < 8:
        raise TruncatedError(f"the reply ends after {len(begin)} bytes")
    if not begin.startswith(_MAGIC):
        raise WireError(f"the reply is not NPY: it begins with {begin!r}")
    if begin[6:] not in _LENGTHS:
        raise WireError(f"the reply is of NPY version {begin[6]}.{begin[7]}, but 1.0 or 2.0 was expected")
    length_format = _LENGTHS[begin[6:]]
    first = 8 + struct.calcsize(length_format)
    if len(reply) < first:
        raise TruncatedError(f"the reply ends after {len(reply)} bytes")
    (length,) = struct.unpack_from(length_format, reply, 8)
    if length > max_bytes:
        raise WireError(f"the reply has a header of {length} bytes, but at most {max_bytes} were expected")
    if len(reply) < first + length:
        raise TruncatedError(f"the reply ends inside its header, after {len(reply)} bytes")
    return str(reply[first : first + length], "latin-1"), first + length


def _read(header: str, asked: np.dtype[np.void], shape: tuple[int, int]) -> np.dtype[np.void]:
    """The dtype of a header, after checking that it is what was asked for."""
    entries = _parse(header)
    if entries["fortran_order"] is not False:
        raise WireError("the reply is in Fortran order, but row after row was expected")
    sent = _sent(entries["descr"], asked)
    if entries["shape"] != shape:
        raise WireError(f"the reply has the shape {_shown(entries['shape'])}, but {shape} was asked for")
    return sent


def _parse(header: str) -> dict[str, Any]:
    """Parse the text of a header, which the format defines as a Python literal; nothing is executed."""
    if "\\" in header:  # names of bands need no escapes, and Python warns about unknown ones
        raise WireError(f"the reply has a header with escaped characters: {header[:80]!r}")
    try:
        entries = ast.literal_eval(header)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise WireError(f"the reply has a header that can not be read: {header[:80]!r}") from error
    if not isinstance(entries, dict) or set(entries) != {"descr", "fortran_order", "shape"}:
        raise WireError(f"the reply has a header without descr, fortran_order and shape: {header[:80]!r}")
    return entries


_CODES = frozenset({"|b1", "|u1", "<u1", "|i1", "<i1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"})
"""Types of pixels; a reply with anything else, such as objects, text or nested fields, is refused."""
_BYTES = {"|b1": "|u1"}
"""Booleans, which comparisons may give, are read as bytes, which keep other values than 0 and 1."""


def _sent(descr: object, asked: np.dtype[np.void]) -> np.dtype[np.void]:
    """The dtype that a header describes, after checking that its bands are those asked for, and their types fit."""
    asked_fields = [(field[0], field[1]) for field in asked.descr]
    if not isinstance(descr, list) or not all(isinstance(field, tuple) and len(field) == 2 for field in descr):
        raise WireError(
            f"the reply has pixels of the type {_shown(descr)}, but the bands {_listed(asked_fields)} were asked for"
        )
    if [name for name, _ in descr] != [name for name, _ in asked_fields]:
        raise WireError(f"the reply has the bands {_listed(descr)}, but {_listed(asked_fields)} were asked for")
    for (name, code), (_, asked_code) in zip(descr, asked_fields, strict=True):
        if not isinstance(code, str) or code not in _CODES:
            raise WireError(f"the reply has the band {name!r} as {_shown(code)}, but {asked_code!r} was asked for")
        if not np.can_cast(code, asked_code, "safe"):
            raise FieldTypeError(name, code, asked_code)
    return np.dtype([(name, _BYTES.get(code, code)) for name, code in descr])


_SHOWN_FIELDS = 8
_SHOWN_CHARACTERS = 80
"""How much of a header a message shows."""


def _listed(fields: Sequence[tuple[object, object]]) -> str:
    """Names of fields in messages, cut short where they are many."""
    shown = ", ".join(_shown(name) for name, _ in fields[:_SHOWN_FIELDS])
    return shown if len(fields) <= _SHOWN_FIELDS else f"{shown}, … ({len(fields)} in all)"


def _shown(value: object) -> str:
    """A value of a header in messages, cut short where it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a number too long to write out"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
