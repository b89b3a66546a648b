from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from xee_lite.decoding.planes import BandFields, unpack

DTYPES = ["u1", "i1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"]
Fields = list[tuple[str, np.dtype[Any]]]
B4: Fields = [("B4", np.dtype("<u2")), ("m", np.dtype("u1"))]


def scene(fields: Fields, shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Pixels all different and spread over each dtype's whole range, bit by bit."""
    rng = np.random.default_rng(7)
    dtype = np.dtype(fields)
    raw = rng.integers(0, 256, (*shape, dtype.itemsize), dtype=np.uint8)
    return raw.view(dtype)[..., 0]


def planes(shape: tuple[int, ...], dtype: str) -> npt.NDArray[Any]:
    return np.full(shape, 99, dtype=dtype)


@pytest.mark.parametrize("code", DTYPES)
def test_every_dtype_goes_through_the_wire_and_out_band_by_band(code: str) -> None:
    fields = [(f"b{n}", np.dtype(code)) for n in range(3)]
    pixels = scene(fields, (40, 30))
    out = planes((3, 40, 30), code)
    unpack(pixels, [BandFields(name) for name, _ in fields], out)
    for n in range(3):
        assert out[n].tobytes() == np.ascontiguousarray(pixels[f"b{n}"]).tobytes(), "bit by bit, NaN too"


@pytest.mark.parametrize(
    ("wire", "memory", "fill"),
    [
        ("u1", "u1", 255),
        ("u1", "<u2", 65535),
        ("i1", "<i2", -32768),
        ("<u2", "<i4", -1),
        ("<i2", "<i2", -32768),
        ("<i4", "<f8", np.nan),
        ("<u4", "<u8", 2**63),
        ("<i4", "<i8", -(2**62)),
        ("<f4", "<f4", np.nan),
        ("<f4", "<f8", -np.inf),
        ("<f8", "<f8", np.nan),
    ],
)
@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
def test_missing_pixels_of_several_items_become_the_fill(wire: str, memory: str, fill: float, missing: float) -> None:
    fields = [(name, np.dtype(code)) for n in range(3) for name, code in ((f"i{n}b", wire), (f"i{n}m", "u1"))]
    pixels = scene(fields, (30, 50))
    rng = np.random.default_rng(3)
    for n in range(3):
        pixels[f"i{n}m"] = rng.random((30, 50)) >= missing
    out = planes((3, 30, 50), memory)
    columns = [BandFields(f"i{n}b", f"i{n}m", fill) for n in range(3)]
    unpack(pixels, columns, out)
    for n in range(3):
        truth = [
            value if valid else fill
            for value, valid in zip(pixels[f"i{n}b"].ravel().tolist(), pixels[f"i{n}m"].ravel().tolist(), strict=True)
        ]
        np.testing.assert_array_equal(out[n].ravel(), np.array(truth, dtype=memory))


def test_a_valid_pixel_that_equals_the_fill_stays_what_it_is_and_any_mask_but_zero_is_valid() -> None:
    pixels = np.zeros((1, 4), [("b", "<u2"), ("m", "u1")])
    pixels["b"] = [[65535, 1, 2, 3]]
    pixels["m"] = [[1, 255, 0, 2]]
    out = planes((1, 1, 4), "<u2")
    unpack(pixels, [BandFields("b", "m", 65535)], out)
    assert out[0, 0].tolist() == [65535, 1, 65535, 3]


def test_one_field_may_serve_several_planes() -> None:
    pixels = scene(B4, (4, 4))
    plain, masked, again = out = planes((3, 4, 4), "<f8")
    unpack(pixels, [BandFields("B4"), BandFields("B4", "m", np.nan), BandFields("B4", "m", -1)], out)
    np.testing.assert_array_equal(plain, pixels["B4"])
    np.testing.assert_array_equal(masked, np.where(pixels["m"] != 0, pixels["B4"], np.nan))
    np.testing.assert_array_equal(again, np.where(pixels["m"] != 0, pixels["B4"].astype("f8"), -1))


ORDERS = {
    "each mask beside its values": ["a", "am", "b", "bm", "c", "cm"],
    "masks after values": ["a", "b", "c", "am", "bm", "cm"],
    "backwards": ["cm", "bm", "am", "c", "b", "a"],
    "in no order": ["am", "c", "a", "bm", "cm", "b"],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("narrower", [None, "a", "b"])
def test_fields_are_found_wherever_they_lie_in_a_pixel(order: list[str], narrower: str | None) -> None:
    kinds = {name: "u1" if name.endswith("m") or name == narrower else "<i2" for name in order}
    pixels = scene([(name, np.dtype(kinds[name])) for name in order], (30, 20))
    for name in ("am", "bm", "cm"):
        pixels[name] %= 2
    out = planes((3, 30, 20), "<f4")
    unpack(pixels, [BandFields(name, f"{name}m", np.nan) for name in "abc"], out)
    for plane, name in zip(out, "abc", strict=True):
        np.testing.assert_array_equal(plane, np.where(pixels[f"{name}m"] == 1, pixels[name].astype("f4"), np.nan))


def test_planes_may_be_parts_of_a_larger_array() -> None:
    fields: Fields = [("b", np.dtype("<i2")), ("m", np.dtype("u1"))]
    pixels = scene(fields, (20, 10))
    pixels["m"] = np.arange(200).reshape(20, 10) % 3 == 0
    whole = planes((20, 4, 60), "<i4")  # (y, band, x): both strided and interleaved with what must not change
    unpack(pixels, [BandFields("b", "m", -99999)], whole[:, 2:3, 50:].swapaxes(0, 1))
    np.testing.assert_array_equal(whole[:, 2, 50:], np.where(pixels["m"], pixels["b"].astype("i4"), -99999))
    whole[:, 2, 50:] = 99
    assert (whole == 99).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 200_000), (200_000, 1), (700, 333)])
def test_blocks_meet_without_gap_whatever_the_shape(shape: tuple[int, int]) -> None:
    fields: Fields = [("b0", np.dtype("<u2")), ("b1", np.dtype("<u2")), ("m", np.dtype("u1"))]
    pixels = scene(fields, shape)
    pixels["m"] &= 1
    out = planes((2, *shape), "<i4")
    unpack(pixels, [BandFields("b0"), BandFields("b1", "m", -1)], out)
    np.testing.assert_array_equal(out[0], pixels["b0"])
    np.testing.assert_array_equal(out[1], np.where(pixels["m"] == 1, pixels["b1"].astype("i4"), -1))


def test_a_plane_too_narrow_for_its_field_is_refused() -> None:
    with pytest.raises(TypeError, match=r"uint16.*int16"):
        unpack(scene(B4, (2, 2)), [BandFields("B4")], planes((1, 2, 2), "<i2"))
    with pytest.raises(OverflowError):
        unpack(np.zeros((2, 2), B4), [BandFields("B4", "m", -1)], planes((1, 2, 2), "<u2"))


def test_as_many_planes_as_columns() -> None:
    with pytest.raises(ValueError, match="2 columns can not fill 1 planes"):
        unpack(scene(B4, (2, 2)), [BandFields("B4"), BandFields("m")], planes((1, 2, 2), "<u2"))


@pytest.mark.parametrize("memory", ["<u2", "<u4", "<i4", "<f4", "<f8"])
def test_a_field_of_a_narrower_type_is_taken(memory: str) -> None:
    """An image of a collection may be narrower than the first one: nothing is lost where it fits."""
    pixels = scene(B4, (3, 5))
    out = planes((1, 3, 5), memory)
    unpack(pixels, [BandFields("B4")], out)
    np.testing.assert_array_equal(out[0], pixels["B4"])


@pytest.mark.parametrize("count", range(1, 12))
@pytest.mark.parametrize(("wire", "memory", "fill"), [("u1", "<f4", np.nan), ("<i2", "<f8", np.nan), ("u1", "u1", 7)])
def test_any_number_of_masks_side_by_side(count: int, wire: str, memory: str, fill: float) -> None:
    """They are read several at a time: whichever bytes are 0, those pixels are missing and no others."""
    fields: Fields = [(f"b{n}", np.dtype(wire)) for n in range(count)]
    pixels = scene([*fields, *((f"m{n}", np.dtype("u1")) for n in range(count))], (9, 11))
    rng = np.random.default_rng(count)
    for n in range(count):
        pixels[f"m{n}"] = rng.choice(np.array([0, 1, 2, 127, 128, 129, 254, 255], "u1"), (9, 11))
    out = planes((count, 9, 11), memory)
    unpack(pixels, [BandFields(f"b{n}", f"m{n}", fill) for n in range(count)], out)
    for n in range(count):
        values = pixels[f"b{n}"].astype(memory)
        np.testing.assert_array_equal(out[n], np.where(pixels[f"m{n}"] != 0, values, np.array(fill, memory)))
