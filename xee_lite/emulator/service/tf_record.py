"""TFRecord files of tf.train.Example messages, and tables as such.

The framing is that of TensorFlow's guide to TFRecord: length, its checksum, the message, its checksum. The messages are
Protocol Buffers of four small types (``tensorflow/core/example/{example,feature}.proto``), so small that they are put
together here.
"""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, Any

import google_crc32c
import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..values.array import Array
from .feature_json import GEOMETRY, INDEX, feature_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Floats = npt.NDArray[np.float32]
_MASK_DELTA = 0xA282EAD8


def record(message: bytes) -> bytes:
    """Frame a message."""
    length = struct.pack("<Q", len(message))
    return length + _checksum(length) + message + _checksum(message)


def _checksum(content: bytes) -> bytes:
    """The masked CRC-32C of the format: rotated, and a constant added."""
    crc = google_crc32c.value(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF)


def example(features: Mapping[str, Floats | bytes]) -> bytes:
    """Write an Example: a list of floats or one text by each name."""
    entries = (
        _field(1, _field(1, name.encode()) + _field(2, _text(value) if isinstance(value, bytes) else _floats(value)))
        for name, value in features.items()
    )
    return _field(1, b"".join(entries))


def _floats(values: Floats) -> bytes:
    """A Feature with a FloatList, packed."""
    return _field(2, _field(1, values.astype("<f4", copy=False).tobytes()))


def _text(value: bytes) -> bytes:
    """A Feature with a BytesList of one."""
    return _field(1, _field(1, value))


def _field(number: int, content: bytes) -> bytes:
    """A field of a message whose content has a length."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def tf_record_table(elements: Iterable[object], selectors: Sequence[str] | None) -> bytes:
    """Write an Example for each feature, all together compressed.

    Numbers, and arrays and lists of them, are lists of floats, as the service's guide to TFRecord has it. What it does
    not tell: text is one of bytes here, and the geometry, the index if nobody selects it, and everything else are left
    out.
    """
    return gzip.compress(b"".join(record(_row(element, selectors)) for element in elements), mtime=0)


def _row(element: object, selectors: Sequence[str] | None) -> bytes:
    properties = feature_of(element).properties
    names = (
        sorted(properties.keys() - {INDEX}) if selectors is None else [name for name in selectors if name != GEOMETRY]
    )
    values = {name: _encodable(properties.get(name)) for name in names}
    return example({name: value for name, value in values.items() if value is not None})


def _encodable(value: object) -> Floats | bytes | None:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, Array):
        return floats(value.values)
    numbers = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(number, (int, float, np.number)) for number in numbers):
        return None
    try:
        return floats(np.array(numbers, np.float64))
    except OverflowError as error:
        raise EarthError("A property holds an integer that is too large to be a float.") from error


def floats(values: npt.NDArray[np.number[Any]]) -> Floats:
    """Numbers as the floats of a record, row by row; what is too large for them is infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32).ravel()
