"""An independent reader of TFRecord files: checksums from a table made here, messages by Protocol Buffers itself."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLYNOMIAL = 0x82F63B78
"""Castagnoli's, reflected (RFC 3720, appendix B.4)."""


def _divided(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


_TABLE = [_divided(byte) for byte in range(256)]


def crc32c(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked(content: bytes) -> int:
    """Turned right by 15 bits, and a constant added."""
    crc = crc32c(content)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32


def records(content: bytes) -> Iterator[bytes]:
    """The messages of a file, whose checksums must be right."""
    while content:
        length, checksum = struct.unpack_from("<QI", content)
        assert checksum == masked(content[:8])
        message, content = content[12 : 12 + length], content[12 + length :]
        assert struct.unpack_from("<I", content) == (masked(message),)
        yield message
        content = content[4:]


def _example_type() -> Any:
    """``tensorflow.Example`` after example.proto and feature.proto."""
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="tensorflow", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto

    def message(name: str, *fields: tuple[str, int, int, str, bool], within: Any = file.message_type) -> Any:
        made = within.add(name=name)
        for field, number, kind, type_name, many in fields:
            label = kinds.LABEL_REPEATED if many else kinds.LABEL_OPTIONAL
            made.field.add(name=field, number=number, type=kind, type_name=type_name or None, label=label)
        return made

    message("BytesList", ("value", 1, kinds.TYPE_BYTES, "", True))
    message("FloatList", ("value", 1, kinds.TYPE_FLOAT, "", True))
    message("Int64List", ("value", 1, kinds.TYPE_INT64, "", True))
    lists = [("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List")]
    message(
        "Feature",
        *((name, at, kinds.TYPE_MESSAGE, f".tensorflow.{kind}", False) for at, (name, kind) in enumerate(lists, 1)),
    )
    features = message("Features", ("feature", 1, kinds.TYPE_MESSAGE, ".tensorflow.Features.FeatureEntry", True))
    entry = message(
        "FeatureEntry",
        ("key", 1, kinds.TYPE_STRING, "", False),
        ("value", 2, kinds.TYPE_MESSAGE, ".tensorflow.Feature", False),
        within=features.nested_type,
    )
    entry.options.map_entry = True
    message("Example", ("features", 1, kinds.TYPE_MESSAGE, ".tensorflow.Features", False))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))


_EXAMPLE = _example_type()


def examples(content: bytes) -> list[dict[str, list[float] | list[bytes]]]:
    """The Examples of a file as dictionaries."""
    found = []
    for message in records(content):
        features = _EXAMPLE.FromString(message).features.feature
        found.append({name: list(value.float_list.value or value.bytes_list.value) for name, value in features.items()})
    return found


def examples_of(path: Path) -> list[dict[str, list[float] | list[bytes]]]:
    content = path.read_bytes()
    return examples(gzip.decompress(content) if path.suffix == ".gz" else content)
