"""Pictures, PNG and JPEG: checked to be what was asked for, without decoding their pixels.

Only the headers are read, as the standards define them: ISO/IEC 15948 for PNG, ITU-T T.81 for JPEG.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..errors import TruncatedError, WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

PictureFormat = Literal["png", "jpeg"]

_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_IHDR = 8
"""Where the first chunk of a PNG begins, which is its header."""
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG that begin a frame and tell its size; the three that are left out are no frames."""
_ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a segment."""
_SCAN = 0xDA
"""The marker that begins the pixels."""


def picture_size(picture: bytes) -> tuple[PictureFormat, int, int] | None:
    """The format of a picture, its width and its height; None for anything else."""
    if picture.startswith(_PNG):
        if picture[_IHDR + 4 : _IHDR + 8] != b"IHDR" or len(picture) < _IHDR + 16:
            return None
        width, height = (int.from_bytes(picture[start : start + 4]) for start in (_IHDR + 8, _IHDR + 12))
        return "png", width, height
    for marker, body in _segments(picture) if picture.startswith(_JPEG) else ():
        if marker in _FRAMES and len(body) >= 5:
            return "jpeg", int.from_bytes(body[3:5]), int.from_bytes(body[1:3])
    return None


def check_picture(reply: bytes, picture_format: PictureFormat, size: tuple[int, int]) -> bytes:
    """The same reply, after checking that it is the picture that was asked for.

    Parameters
    ----------
    reply : bytes
    picture_format : "png" or "jpeg"
    size : (width, height)
        In pixels.

    Raises
    ------
    WireError
        If it is no picture, one of another format, or of another size.
    TruncatedError
        If it has no end.
    """
    found = picture_size(reply)
    if found is None:
        raise WireError(f"the reply of {len(reply)} bytes is no {picture_format.upper()} picture")
    if found != (picture_format, *size):
        kind, width, height = found
        raise WireError(
            f"the reply is a {kind.upper()} of {width} x {height} pixels, but a {picture_format.upper()} of "
            f"{size[0]} x {size[1]} was asked for"
        )
    if not reply.endswith(_PNG_END if picture_format == "png" else _JPEG_END):
        raise TruncatedError(f"the picture of {len(reply)} bytes has no end")
    return reply


def max_picture_bytes(size: tuple[int, int]) -> int:
    """The most bytes that a picture of this size may have: four a pixel, one a row, and some for headers."""
    width, height = size
    # Deflate adds five bytes to each block that it can not compress, at most 65 535 bytes (RFC 1951): less than the
    # thousandth that is allowed here. 64 KiB for headers and colour profiles are chosen.
    raw = (4 * width + 1) * height
    return raw + raw // 1000 + 2**16


def _segments(picture: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments of a JPEG up to its pixels, each with its marker."""
    position = len(_JPEG)
    while position + 4 <= len(picture) and picture[position] == 0xFF:
        marker = picture[position + 1]
        if marker == 0xFF or marker in _ALONE:  # a filling byte, or a marker without a segment
            position += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(picture[position + 2 : position + 4])
        if length < 2 or marker == _SCAN:
            return
        yield marker, picture[position + 4 : position + 2 + length]
        position += 2 + length
