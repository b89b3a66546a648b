from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as Picture
from rasterio.io import MemoryFile

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Pixels, everywhere
from xee_lite.emulator.service.encode import common_dtype, encode, encode_geo_tiff, encode_npy
from xee_lite.emulator.service.layer import Layer
from xee_lite.emulator.service.pixel_request import FileFormat
from xee_lite.emulator.service.visualize import Visualization
from xee_lite.emulator.types import PixelGrid

KINDS = ["u1", "i1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"]


def a_grid(shape: tuple[int, int]) -> PixelGrid:
    return PixelGrid("EPSG:32631", (10.0, 0.0, 500000.0, 0.0, -10.0, 4000000.0), shape[1], shape[0])


def a_layer(
    name: str, values: np.ndarray[Any, Any], mask: np.ndarray[Any, Any] | None = None, dtype: str = ""
) -> Layer:
    shown = everywhere((values.shape[0], values.shape[1])) if mask is None else mask.astype("f4")
    return Layer(name, np.dtype(dtype or values.dtype), Pixels(values, shown))


@st.composite
def layers(draw: st.DrawFn) -> list[Layer]:
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    return [
        a_layer(f"b{number}", draw(hnp.arrays(kind, shape)), draw(hnp.arrays(bool, shape)))
        for number, kind in enumerate(kinds)
    ]


@given(layers())
def test_npy_reads_back(made: list[Layer]) -> None:
    height, width = made[0].pixels.values.shape
    content = encode_npy(made, a_grid((height, width)))
    assert bytes(content[:8]) == b"\x93NUMPY\x01\x00"  # GDAL reads major version 1 alone
    table = np.load(io.BytesIO(content))
    assert table.shape == (height, width)
    assert table.dtype == [(layer.name, layer.dtype) for layer in made]
    for layer in made:
        expected = np.where(layer.pixels.mask > 0, layer.pixels.values, 0)
        np.testing.assert_array_equal(table[layer.name], expected)


def test_integers_of_64_bits_are_doubles_in_a_geo_tiff() -> None:
    """Hidden ones are 0, although the file says that -inf has no data (a note in geedim)."""
    values, shown = np.array([[2**40, -(2**40), 3]]), np.array([[1, 1, 0]])
    layer = Layer("big", np.dtype("<i4"), Pixels(values, shown.astype("f4")), wide=True)
    with MemoryFile(encode_geo_tiff([layer], a_grid((1, 3)))) as file, file.open() as dataset:
        assert dataset.dtypes == ("float64",)
        assert dataset.nodata == -np.inf
        assert dataset.read(1).tolist() == [[2**40, -(2**40), 0]]


@given(layers())
def test_geo_tiff_reads_back(made: list[Layer]) -> None:
    height, width = made[0].pixels.values.shape
    with MemoryFile(encode_geo_tiff(made, a_grid((height, width)))) as file, file.open() as dataset:
        assert len(set(dataset.dtypes)) == 1
        dtype = np.dtype(dataset.dtypes[0])
        assert all(np.can_cast(layer.dtype, dtype, "safe") for layer in made)
        nodata = {"u": 0, "i": None, "f": -np.inf}[dtype.kind]
        assert dataset.nodata == (np.iinfo(dtype).min if nodata is None else nodata)
        for number, layer in enumerate(made, start=1):
            expected = np.where(layer.pixels.mask > 0, layer.pixels.values, np.array(dataset.nodata, dtype))
            np.testing.assert_array_equal(dataset.read(number), expected)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["u1"], "u1"),
        (["u1", "u2"], "u2"),
        (["u1", "i1"], "i2"),
        (["u2", "i2"], "i4"),
        (["u4", "i2"], "f8"),  # would be a 64-bit integer, which no GeoTIFF of the service's holds
        (["u2", "f4"], "f4"),
        (["i4", "f4"], "f8"),
    ],
)
def test_the_common_dtype(kinds: list[str], expected: str) -> None:
    assert common_dtype([np.dtype(kind) for kind in kinds]) == np.dtype(expected)


def test_values_beyond_the_wires_type_become_the_nearest() -> None:
    values = np.array([[-5.0, 300.0, np.nan, np.inf, 7.9]])
    table = np.load(io.BytesIO(encode_npy([a_layer("b", values, dtype="u1")], a_grid((1, 5)))))
    assert table["b"].tolist() == [[0, 255, 0, 255, 7]]


def test_fractions_of_a_mask_count_as_valid() -> None:
    made = [a_layer("b", np.array([[5, 6]], "u1"), np.array([[0.01, 0.0]]))]
    assert np.load(io.BytesIO(encode_npy(made, a_grid((1, 2)))))["b"].tolist() == [[5, 0]]


@given(layers())
def test_junk_lies_under_the_masks_of_floats_alone(made: list[Layer]) -> None:
    height, width = made[0].pixels.values.shape
    table = np.load(io.BytesIO(encode_npy(made, a_grid((height, width)), junk=True)))
    for layer in made:
        valid = layer.pixels.mask > 0
        np.testing.assert_array_equal(table[layer.name][valid], layer.pixels.values[valid])
        under = set(table[layer.name][~valid].tolist())
        assert under <= ({float(layer.dtype.type(-3.4e38)), -np.inf} if layer.dtype.kind == "f" else {0})


def test_names_that_do_not_fit_the_first_header() -> None:
    made = [a_layer("x" * 90 + str(number), np.ones((1, 1), "u1")) for number in range(1024)]
    content = encode_npy(made, a_grid((1, 1)))
    assert content[6] == 2
    assert len(np.load(io.BytesIO(content), max_header_size=2**20).dtype.names) == 1024


def picture(made: list[Layer], kind: FileFormat, visualization: Visualization | None = None) -> np.ndarray[Any, Any]:
    height, width = made[0].pixels.values.shape
    encoded = encode(made, a_grid((height, width)), kind, visualization)
    return np.asarray(Picture.open(io.BytesIO(encoded.content)))


def test_values_of_a_picture_are_clipped() -> None:
    made = [a_layer("b", np.array([[-7, 0, 128, 255, 900]], "i4"))]
    assert picture(made, FileFormat.PNG).tolist() == [[0, 0, 128, 255, 255]]


def test_three_bands_are_colours() -> None:
    made = [a_layer(name, np.full((2, 2), value, "u1")) for name, value in (("r", 1), ("g", 2), ("b", 3))]
    assert picture(made, FileFormat.PNG)[0, 0].tolist() == [1, 2, 3]
    made[1] = a_layer("g", np.full((2, 2), 2, "u1"), np.array([[1, 0], [1, 1]]))
    assert picture(made, FileFormat.PNG)[0].tolist() == [[1, 2, 3, 255], [1, 2, 3, 0]]
    assert picture(made, FileFormat.AUTO_JPEG_PNG).shape == (2, 2, 4)


@pytest.mark.parametrize("count", [2, 4])
def test_other_numbers_of_bands_make_no_picture(count: int) -> None:
    made = [a_layer(f"b{number}", np.ones((1, 1), "u1")) for number in range(count)]
    with pytest.raises(EarthError, match=f"the image has {count}"):
        encode(made, a_grid((1, 1)), FileFormat.PNG)


def test_stretch_gamma_and_opacity() -> None:
    made = [a_layer("b", np.array([[0.0, 25.0, 100.0, 1000.0]]))]
    look = Visualization(ranges=((0.0, 100.0),), gamma=2.0, opacity=0.5)
    shown = picture(made, FileFormat.PNG, look)
    assert shown[0, :, 0].tolist() == [0, 128, 255, 255]  # (25 / 100) ** (1 / 2) is a half
    assert shown[0, :, 3].tolist() == [128] * 4


def test_a_palette_is_interpolated() -> None:
    made = [a_layer("b", np.array([[-1.0, 0.0, 0.25, 0.5, 1.0, 2.0]]))]
    look = Visualization.parse({"ranges": [{"min": 0, "max": 1}], "paletteColors": ["000000", "#00ff00", "white"]})
    assert picture(made, FileFormat.PNG, look)[0].tolist() == [
        [0, 0, 0],
        [0, 0, 0],
        [0, 128, 0],
        [0, 255, 0],
        [255, 255, 255],
        [255, 255, 255],
    ]
