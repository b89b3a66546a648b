from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from xee_lite.decoding.npy import FieldTypeError, decode_npy
from xee_lite.decoding.planes import BandFields, unpack
from xee_lite.errors import TruncatedError, WireError

DTYPES = ["u1", "i1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"]
Fields = list[tuple[str, np.dtype[Any]]]


def saved(pixels: npt.NDArray[Any], version: tuple[int, int] = (1, 0)) -> bytes:
    """A reply as NumPy itself writes it."""
    file = io.BytesIO()
    np.lib.format.write_array(file, pixels, version=version)
    return file.getvalue()


def written(header: str | bytes, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    """A reply with a header of one's own."""
    text = header if isinstance(header, bytes) else header.encode()
    return b"\x93NUMPY" + version + struct.pack("<H" if version == b"\x01\x00" else "<I", len(text)) + text + body


def scene(fields: Fields, shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Pixels all different and spread over each dtype's whole range, bit by bit."""
    rng = np.random.default_rng(7)
    dtype = np.dtype(fields)
    raw = rng.integers(0, 256, (*shape, dtype.itemsize), dtype=np.uint8)
    return raw.view(dtype)[..., 0]


B4: Fields = [("B4", np.dtype("<u2")), ("m", np.dtype("u1"))]
REPLY = saved(scene(B4, (3, 5)))


@given(
    st.lists(st.sampled_from(DTYPES), min_size=1, max_size=12),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([(1, 0), (2, 0)]),
)
def test_what_numpy_writes_is_viewed_bit_by_bit(
    dtypes: list[str], height: int, width: int, version: tuple[int, int]
) -> None:
    fields = [(f"band {n} é", np.dtype(code)) for n, code in enumerate(dtypes)]
    pixels = scene(fields, (height, width))
    got = decode_npy(saved(pixels, version), fields, (height, width))
    assert got.dtype == pixels.dtype
    assert got.shape == (height, width)
    assert got.tobytes() == pixels.tobytes()


def test_booleans_are_read_as_the_bytes_that_they_are() -> None:
    """As which type the service sends a comparison is not known."""
    sent = np.array([[(7, 1), (8, 0), (9, 255)]], [("B4", "<u2"), ("m", "u1")])
    reply = saved(sent).replace(b"'|u1'", b"'|b1'")
    pixels = decode_npy(reply, [("B4", np.dtype("<u2")), ("m", np.dtype("u1"))], (1, 3))
    assert pixels.tolist() == [[(7, 1), (8, 0), (9, 255)]]
    out = np.empty((1, 1, 3), "f4")
    unpack(pixels, [BandFields("B4", "m", np.nan)], out)
    np.testing.assert_array_equal(out, [[[7, np.nan, 9]]])
    values = decode_npy(reply, [("B4", np.dtype("<u2")), ("m", np.dtype("<i2"))], (1, 3))
    unpack(values, [BandFields("m")], out)
    np.testing.assert_array_equal(out, [[[1, 0, 255]]])


def test_the_view_copies_nothing_and_can_not_be_written() -> None:
    reply = np.frombuffer(REPLY, dtype=np.uint8)
    assert np.shares_memory(decode_npy(REPLY, B4, (3, 5)), reply)
    pixels = decode_npy(memoryview(bytearray(REPLY)), B4, (3, 5))
    assert not pixels.flags.writeable


def test_a_thousand_bands_fit_a_header_of_either_version() -> None:
    fields = [(f"i{n}_nbart_surface_reflectance", np.dtype("<i2")) for n in range(1024)]
    pixels = scene(fields, (1, 2))
    assert decode_npy(saved(pixels, (1, 0)), fields, (1, 2)).tobytes() == pixels.tobytes()
    assert decode_npy(saved(pixels, (2, 0)), fields, (1, 2)).tobytes() == pixels.tobytes()


def test_the_asked_dtype_may_be_of_native_or_foreign_byte_order_the_wire_is_little_endian() -> None:
    pixels = scene([("B", np.dtype("<f4"))], (2, 2))
    assert decode_npy(saved(pixels), [("B", np.dtype(">f4"))], (2, 2)).tobytes() == pixels.tobytes()


@pytest.mark.parametrize("length", range(len(REPLY)))
def test_a_reply_cut_anywhere_is_truncated(length: int) -> None:
    with pytest.raises(TruncatedError, match=r"ends"):
        decode_npy(REPLY[:length], B4, (3, 5))


def test_a_reply_that_goes_on_is_refused() -> None:
    with pytest.raises(WireError, match="goes on for 3 bytes after its last pixel"):
        decode_npy(REPLY + b"abc", B4, (3, 5))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([("B8", "<u2"), ("m", "u1")], r"the bands 'B4', 'm', but 'B8', 'm' were asked for"),
        ([("m", "u1"), ("B4", "<u2")], r"the bands 'B4', 'm', but 'm', 'B4' were asked for"),
        ([("B4", "<u2")], r"the bands 'B4', 'm', but 'B4' were asked for"),
        ([("B4", "<u2"), ("m", "u1"), ("n", "u1")], r"but 'B4', 'm', 'n' were asked for"),
        ([("B4", "<i2"), ("m", "u1")], r"the band 'B4' as '<u2', but '<i2' was asked for"),
        ([("B4", "<u2"), ("m", "i1")], r"the band 'm' as '\|u1', but '\|i1' was asked for"),
        ([("B4", "<u1"), ("m", "u1")], r"the band 'B4' as '<u2', but '\|u1' was asked for"),
    ],
)
def test_other_bands_or_dtypes_are_refused_by_name(fields: list[tuple[str, str]], says: str) -> None:
    with pytest.raises(WireError, match=says):
        decode_npy(REPLY, [(name, np.dtype(code)) for name, code in fields], (3, 5))


@pytest.mark.parametrize("shape", [(5, 3), (3, 4), (15, 1), (3, 6)])
def test_another_shape_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(WireError, match=r"the shape \(3, 5\), but \(\d+, \d\) was asked for"):
        decode_npy(REPLY, B4, shape)


def test_many_names_are_cut_short_in_the_message() -> None:
    fields = [(f"b{n}", np.dtype("u1")) for n in range(300)]
    with pytest.raises(WireError, match=r"'b7', … \(300 in all\) were asked for") as caught:
        decode_npy(REPLY, fields, (3, 5))
    assert len(str(caught.value)) < 300


def test_big_endian_pixels_are_refused() -> None:
    with pytest.raises(WireError, match="'B4' as '>u2', but '<u2' was asked for"):
        decode_npy(saved(np.zeros((3, 5), [("B4", ">u2"), ("m", "u1")])), B4, (3, 5))


def test_plain_pixels_are_refused() -> None:
    with pytest.raises(WireError, match="pixels of the type '<u2', but the bands 'B4', 'm' were asked for"):
        decode_npy(saved(np.zeros((3, 5), "<u2")), B4, (3, 5))


def test_fortran_order_is_refused() -> None:
    with pytest.raises(WireError, match="Fortran order"):
        decode_npy(saved(np.asfortranarray(scene(B4, (3, 5)))), B4, (3, 5))


class Bomb:
    """Unpickling one is an accident that a test would notice."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("the reply was unpickled",)


def test_pickled_objects_are_refused_and_never_loaded() -> None:
    reply = written("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }", pickle.dumps([Bomb()]))
    with pytest.raises(WireError, match=r"type '\|O'"):
        decode_npy(reply, B4, (1, 1))
    objects = np.empty((1, 1), [("B4", object)])
    objects["B4"] = Bomb()
    descr = "[('B4', '|O'), ('m', '|u1')]"
    reply = written(f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1, 1), }}", pickle.dumps(objects["B4"]))
    with pytest.raises(WireError, match=r"'B4' as '\|O', but '<u2' was asked for"):
        decode_npy(reply, B4, (1, 1))
    with pytest.raises(WireError, match="not NPY"):
        decode_npy(pickle.dumps(Bomb()), B4, (1, 1))


def test_a_header_that_claims_a_huge_shape_allocates_nothing() -> None:
    descr = "[('B4', '<u2'), ('m', '|u1')]"
    reply = written(f"{{'descr': {descr}, 'fortran_order': False, 'shape': ({10**12}, {10**12}), }}")
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="the shape"):
            decode_npy(reply, B4, (3, 5))
        with pytest.raises(TruncatedError, match="before its last pixel"):
            decode_npy(reply, B4, (10**12, 10**12))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_header_that_claims_to_be_huge_is_refused_unread() -> None:
    reply = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b" " * 100
    with pytest.raises(WireError, match="header of 2147483648 bytes"):
        decode_npy(reply, B4, (3, 5))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "not python",
        "[1, 2",
        "__import__('os').getcwd()",
        "{'descr': open('x'), 'fortran_order': False, 'shape': (3, 5)}",
        "(" * 900,
        "{'descr': [('B4', '<u2'), ('m', '|u1')], 'fortran_order': False}",
        "{'descr': [('B4', '<u2'), ('m', '|u1')], 'fortran_order': False, 'shape': (3, 5), 'more': 1}",
        "[('B4', '<u2')]",
        b"\xff\xfe{}",
        b"{'descr': \x00}",
        r"{'descr': '\d', 'fortran_order': False, 'shape': (3, 5)}",
    ],
)
def test_a_header_that_is_no_header_is_refused(header: str | bytes) -> None:
    with pytest.raises(WireError, match="a header"):
        decode_npy(written(header, bytes(45)), B4, (3, 5))


@pytest.mark.parametrize(
    ("descr", "shape", "says"),
    [
        ("[('B4', '<u2'), ('m', '|u1')]", "(3,)", "shape"),
        ("[('B4', '<u2'), ('m', '|u1')]", "15", "shape"),
        ("[('B4', '<u2'), ('m', '|u1')]", "(3, 5, 1)", "shape"),
        ("[('B4', '<u2'), ('m', '|u1')]", "None", "shape"),
        ("[('B4', '<u2'), ('m', '|u1', (2,))]", "(3, 5)", "pixels of the type"),
        ("[('B4', [('x', '<u2')]), ('m', '|u1')]", "(3, 5)", "as "),
        ("[('B4', 2), ('m', '|u1')]", "(3, 5)", "as 2"),
        ("{'B4': '<u2'}", "(3, 5)", "pixels of the type"),
        ("None", "(3, 5)", "pixels of the type"),
    ],
)
def test_odd_entries_are_refused(descr: str, shape: str, says: str) -> None:
    with pytest.raises(WireError, match=says):
        decode_npy(written(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}", bytes(45)), B4, (3, 5))


@pytest.mark.parametrize(
    "reply", [b'{"error": {"code": 400}}', b"<html>", b"\x89PNG\r\n\x1a\n....", b"\x93NUMPX\x01\x00"]
)
def test_another_kind_of_file_is_refused_for_good(reply: bytes) -> None:
    with pytest.raises(WireError, match="not NPY") as caught:
        decode_npy(reply, B4, (3, 5))
    assert not isinstance(caught.value, TruncatedError)


def test_another_version_is_refused() -> None:
    with pytest.raises(WireError, match=r"version 3\.0"):
        decode_npy(saved(scene(B4, (3, 5)), (3, 0)), B4, (3, 5))


@examples(60)
@given(st.binary(max_size=200), st.integers(0, len(REPLY)))
def test_no_bytes_raise_anything_else(noise: bytes, at: int) -> None:
    reply = REPLY[:at] + noise + REPLY[at + len(noise) :]
    try:
        pixels = decode_npy(reply, B4, (3, 5))
    except WireError:
        return
    assert pixels.tobytes() == reply[-45:]


@pytest.mark.parametrize("asked", ["<u2", "<u4", "<i4", "<f4", "<f8"])
def test_a_field_of_a_narrower_type_comes_as_it_is(asked: str) -> None:
    pixels = decode_npy(REPLY, [("B4", np.dtype(asked)), ("m", np.dtype("u1"))], (3, 5))
    assert pixels.dtype["B4"] == np.dtype("<u2")
    assert pixels.tobytes() == REPLY[-45:]


def test_an_error_about_a_field_travels_between_processes() -> None:
    error = FieldTypeError("B4", "<u2", "|u1")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.field, copy.sent) == (str(error), "B4", "<u2")
