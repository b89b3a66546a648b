"""A TIFF is what was asked for, in every respect that can be checked, or an error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.io import MemoryFile

from xee_lite.decoding.geotiff import DecodedTiff, ExpectedTiff, decode_geotiff
from xee_lite.errors import WireError

TRANSFORM = Affine(30, 0, 500_000, 0, -20, 4_600_000)
PIXELS = np.arange(2 * 70 * 90, dtype=np.uint16).reshape(2, 70, 90)
EXPECTED = ExpectedTiff((2, 70, 90), np.dtype("u2"), TRANSFORM, 65535)


def tiff(pixels: np.ndarray[Any, Any] = PIXELS, **options: Any) -> bytes:
    profile = {"transform": TRANSFORM, "crs": "EPSG:32631", "nodata": 65535, **options}
    bands, height, width = pixels.shape
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", count=bands, height=height, width=width, dtype=pixels.dtype, **profile) as out:
            out.write(pixels)
        return bytes(memory.getbuffer())


def whole(found: DecodedTiff, expected: ExpectedTiff = EXPECTED) -> np.ndarray[Any, Any]:
    """All parts, none of which lies upon another."""
    pixels, times = np.empty(expected.shape, expected.dtype), np.zeros(expected.shape, int)
    for part in found.parts:
        times[part.bands, part.rows, part.columns] += 1
        pixels[part.bands, part.rows, part.columns] = part.values
    assert times.min() >= 1
    assert times.max() == 1 or found.hollow
    return pixels


def sparse(interleave: str, nodata: int | None) -> bytes:
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", count=2, height=70, width=90, dtype="u2", nodata=nodata, transform=TRANSFORM,
            crs="EPSG:32631", tiled=True, blockxsize=32, blockysize=32, interleave=interleave, SPARSE_OK=True,
        ) as out:  # fmt: skip
            out.write(PIXELS[:, 32:64, :32], window=((32, 64), (0, 32)))
        return bytes(memory.getbuffer())


@pytest.mark.parametrize("options", [
    {}, {"BIGTIFF": "YES"}, {"ENDIANNESS": "BIG"}, {"compress": "lzw"}, {"compress": "deflate", "tiled": True},
    {"interleave": "pixel"}, {"interleave": "band"}, {"nodata": None}, {"crs": None}, {"blockysize": 16},
    {"interleave": "pixel", "blockysize": 16, "ENDIANNESS": "BIG"},
    {"tiled": True, "blockxsize": 32, "blockysize": 16}, {"tiled": True, "interleave": "pixel", "ENDIANNESS": "BIG"},
])  # fmt: skip
def test_pixels_come_in_every_spelling(options: dict[str, Any]) -> None:
    found = decode_geotiff(tiff(**options), EXPECTED)
    np.testing.assert_array_equal(whole(found), PIXELS)
    assert found.hollow == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (tiff(PIXELS[:, :69]), r"69 x 90 pixels, but 70 x 90 were asked for"),
        (tiff(PIXELS[:1]), "1 bands, but 2"),
        (tiff(PIXELS.astype("u1"), nodata=None), "pixels of uint8, but uint16"),
        (tiff(PIXELS.astype("i4")), "pixels of int32, but uint16"),
        (tiff(nodata=0), "marks missing pixels by 0, but 65535"),
        (tiff(transform=TRANSFORM @ Affine.translation(0.5, 0)), "lies elsewhere"),
        (tiff(transform=Affine(30, 0, 500_000, 0, -30, 4_600_000)), "lies elsewhere"),
        (tiff(transform=TRANSFORM @ Affine.translation(0.002, 0)), "lies elsewhere"),
        (tiff(PIXELS[:, :16, :16].astype("u1"), nodata=None, compress="jpeg"), "16 x 16"),
        (b'{"error":{}}', "is no TIFF"),
        (b"", "is no TIFF"),
        (tiff()[:200], "can not be read"),
        (tiff()[:-100], "can not be read"),
    ],
)
def test_anything_else_is_an_error(content: bytes, said: str) -> None:
    with pytest.raises(WireError, match=said):
        decode_geotiff(content, EXPECTED)


def test_a_lossy_compression_is_refused() -> None:
    expected = ExpectedTiff((1, 32, 32), np.dtype("u1"), TRANSFORM, 255)
    with pytest.raises(WireError, match="'jpeg', which may change values"):
        decode_geotiff(tiff(np.zeros((1, 32, 32), "u1"), nodata=None, compress="jpeg"), expected)


def test_text_of_coordinates_may_be_rounded() -> None:
    moved = TRANSFORM @ Affine.translation(0.0005, -0.0005)
    np.testing.assert_array_equal(whole(decode_geotiff(tiff(transform=moved), EXPECTED)), PIXELS)


def test_values_of_fewer_bits_than_their_type_are_read_too() -> None:
    bits = (PIXELS[:1] % 2).astype("u1")
    expected = ExpectedTiff((1, 70, 90), np.dtype("u1"), TRANSFORM, 255)
    np.testing.assert_array_equal(whole(decode_geotiff(tiff(bits, nodata=None, NBITS=1), expected), expected), bits)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"])
def test_every_type_has_the_bits_that_gdal_reads(dtype: str) -> None:
    values = np.random.default_rng(0).integers(0, 255, (2, 33, 47 * np.dtype(dtype).itemsize), dtype="u1")
    values = np.ascontiguousarray(values).view(dtype)
    expected = ExpectedTiff((2, 33, 47), np.dtype(dtype), TRANSFORM, 0)
    for options in ({}, {"tiled": True, "blockxsize": 16, "blockysize": 16}):
        content = tiff(values, nodata=None, **options)
        with MemoryFile(content) as memory, memory.open() as source:
            truth = source.read()
        found = whole(decode_geotiff(content, expected), expected)
        assert found.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(found.view("u1"), truth.view("u1"))


@pytest.mark.parametrize("interleave", ["pixel", "band"])
@pytest.mark.parametrize("nodata", [None, 65535])
def test_blocks_that_were_never_written_are_missing_and_counted(interleave: str, nodata: int | None) -> None:
    found = decode_geotiff(sparse(interleave, nodata), EXPECTED)
    truth = np.full_like(PIXELS, 65535)
    truth[:, 32:64, :32] = PIXELS[:, 32:64, :32]
    np.testing.assert_array_equal(whole(found), truth)
    assert found.hollow == 8 * (1 if interleave == "pixel" else 2)


@given(st.integers(0, len(tiff()) - 1), st.integers(0, 255))
def test_no_byte_makes_anything_but_pixels_or_a_wire_error(place: int, byte: int) -> None:
    content = bytearray(tiff())
    content[place] = byte
    try:
        found = decode_geotiff(content, EXPECTED)
    except WireError:
        return
    assert whole(found).shape == PIXELS.shape


def test_blocks_are_looked_for_in_long_replies_too() -> None:
    """A server was seen to count the bytes of blocks as 0, whatever lies in the file."""
    found = decode_geotiff(sparse("pixel", 65535) + bytes(PIXELS.nbytes), EXPECTED)
    assert found.hollow == 8
