"""Headers of PNG and JPEG, against files that Pillow writes, and against bytes that are none."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from xee_lite.decoding.pictures import check_picture, max_picture_bytes, picture_size
from xee_lite.errors import TruncatedError, WireError


def drawn(kind: str, width: int, height: int, mode: str = "RGB", **options: object) -> bytes:
    rng = np.random.default_rng(width * height)
    noise = rng.integers(0, 256, (height, width, len(mode)), "u1")
    out = io.BytesIO()
    picture = Picture.fromarray(noise.squeeze(axis=-1) if mode == "L" else noise)
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 500), (640, 2)])
def test_the_size_is_read_from_the_header(width: int, height: int) -> None:
    for mode in ("L", "RGB", "RGBA"):
        assert picture_size(drawn("PNG", width, height, mode)) == ("png", width, height)
    for options in (
        {},
        {"progressive": True},
        {"quality": 100, "comment": b"x" * 300},
        {"exif": b"Exif\0\0" + b"y" * 99},
    ):
        assert picture_size(drawn("JPEG", width, height, "RGB", **options)) == ("jpeg", width, height)


def test_noise_fits_into_the_bytes_that_are_read() -> None:
    for width, height in ((1, 1), (300, 200), (1, 4000)):
        assert len(drawn("PNG", width, height, "RGBA", compress_level=0)) <= max_picture_bytes((width, height))
        assert len(drawn("JPEG", width, height, "RGB", quality=100)) <= max_picture_bytes((width, height))


@pytest.mark.parametrize(("kind", "other"), [("png", "jpeg"), ("jpeg", "png")])
def test_a_reply_has_to_be_what_was_asked_for(kind: str, other: str) -> None:
    reply = drawn(kind.upper(), 6, 4)
    assert check_picture(reply, kind, (6, 4)) is reply  # type: ignore[arg-type] # one of the two
    with pytest.raises(WireError, match=rf"a {kind.upper()} of 6 x 4 pixels, but a {kind.upper()} of 4 x 6"):
        check_picture(reply, kind, (4, 6))  # type: ignore[arg-type] # as above
    with pytest.raises(WireError, match=f"but a {other.upper()} of 6 x 4"):
        check_picture(reply, other, (6, 4))  # type: ignore[arg-type] # as above
    with pytest.raises(TruncatedError, match="has no end"):
        check_picture(reply[:-3], kind, (6, 4))  # type: ignore[arg-type] # as above
    with pytest.raises(WireError, match="is no PNG picture"):
        check_picture(b"<html>", "png", (6, 4))


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd8\xff"]))
def test_no_bytes_break_the_reader(tail: bytes, head: bytes) -> None:
    found = picture_size(head + tail)
    assert found is None or found[0] in ("png", "jpeg")


@given(st.sampled_from(["PNG", "JPEG"]), st.integers(0, 400))
def test_no_cut_breaks_the_reader(kind: str, length: int) -> None:
    picture = drawn(kind, 9, 7)[:length]
    assert picture_size(picture) in (None, (kind.lower(), 9, 7))
