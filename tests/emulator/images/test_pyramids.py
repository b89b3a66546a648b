"""Levels of reduced resolution: against arithmetic by hand, block reductions of NumPy, and GDAL's overviews."""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio import Affine
from rasterio.enums import Resampling
from shapely.geometry import Polygon

from xee_lite import emulator
from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.images import pyramids
from xee_lite.emulator.images.extents import assign_projection
from xee_lite.emulator.images.image import Pixels, Sampler
from xee_lite.emulator.images.pyramids import POLICIES, Pyramid, level_count
from xee_lite.emulator.images.resampling import reproject_band, resample_band
from xee_lite.emulator.pixels.coarsening import coarsen_bands
from xee_lite.emulator.reducers.statistics import MEAN
from xee_lite.emulator.types import PixelGrid, Projection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator import Emulator
    from xee_lite.emulator.images.image import Band

CRS = "EPSG:32631"
X, Y = 400_000.0, 4_600_000.0
ASSET = "projects/test-project/assets/image"
Array = npt.NDArray[Any]


def combined(values: list[Any], weights: list[Fraction], policy: str) -> Any:
    """The value of at most four pixels, in exact arithmetic."""
    valid = [(Fraction(float(v)), w) for v, w in zip(values, weights, strict=True) if w]
    if not valid:
        return None
    if policy == "MEAN":
        return sum(v * w for v, w in valid) / sum(w for _, w in valid)
    if policy == "MODE":
        score: dict[Fraction, Fraction] = {}
        for value, weight in valid:
            score[value] = score.get(value, Fraction(0)) + weight
        return min(score, key=lambda value: (-score[value], value))
    if policy == "MEDIAN":
        unit = math.lcm(*(w.denominator for _, w in valid))
        return statistics.median(v for v, w in valid for _ in range(int(w * unit)))
    return {"MIN": min, "MAX": max}[policy](v for v, _ in valid)


def by_hand(values: Array, mask: Array, policy: str, levels: int) -> tuple[Array, Array]:
    """A level pixel by pixel; values keep their dtype from level to level, halves are rounded to even."""
    for _ in range(levels):
        height, width = (math.ceil(side / 2) for side in values.shape)
        out, share = np.zeros((height, width), values.dtype), np.zeros((height, width), np.float32)
        for row, col in np.ndindex(height, width):
            part = np.s_[2 * row : 2 * row + 2, 2 * col : 2 * col + 2]
            weights = [Fraction(float(w)) for w in mask[part].ravel()]
            if policy == "SAMPLE":
                out[row, col], share[row, col] = values[part][0, 0], mask[part][0, 0]
                continue
            value = combined(list(values[part].ravel()), weights, policy)
            share[row, col] = float(sum(weights) / len(weights))
            if value is not None:
                out[row, col] = round(value) if values.dtype.kind in "iu" else float(value)
        values, mask = out, share
    return values, mask


def means(array: Array, levels: int) -> Array:
    """Block means of whole blocks, in one go."""
    size = 2**levels
    height, width = (side // size for side in array.shape)
    blocks: Array = array[: height * size, : width * size].reshape(height, size, width, size).mean(axis=(1, 3))
    return blocks


def read_level(array: Array, mask: Array | None, policy: str, level: int) -> tuple[Array, Array | None]:
    def read(row0: int, row1: int, col0: int, col1: int) -> tuple[Array, Array | None]:
        part = np.s_[row0:row1, col0:col1]
        return array[part], None if mask is None else mask[part]

    height, width = array.shape
    rows, cols = (math.ceil(side / 2**level) for side in (height, width))
    return Pyramid(read, (width, height), policy).read_level(level, 0, rows, 0, cols)


def image(array: Array, policy: str | None = "MEAN", size: float = 10.0, crs: str = CRS) -> Band:
    made = memory_image({"b": array}, crs=crs, transform=(size, 0, X, 0, -size, Y), pyramiding=policy)
    return made.bands[0]


def grid(ratio: float, width: int, height: int, col: float = 0, row: float = 0, size: float = 10.0) -> PixelGrid:
    """A grid of larger pixels, its corner at a native pixel."""
    step = size * ratio
    return PixelGrid(CRS, (step, 0.0, X + size * col, 0.0, -step, Y - size * row), width, height)


def noise(height: int, width: int, dtype: str = "f8", seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(height, width)) if dtype[0] == "f" else rng.integers(0, 200, (height, width)).astype(dtype)


@given(
    st.sampled_from(POLICIES),
    st.integers(1, 3),
    st.sampled_from(["u1", "i2", "u4", "f4", "f8"]),
    st.tuples(st.integers(1, 19), st.integers(1, 19)),
    st.sampled_from(["none", "some", "all", "fractions"]),
    st.integers(0, 2**32 - 1),
)
def test_each_level_is_what_exact_arithmetic_makes_of_the_one_below(
    policy: str, level: int, dtype: str, shape: tuple[int, int], masked: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    top = {"u1": 256, "i2": 2**15, "u4": 2**32}.get(dtype, 100)
    low = -top if dtype in ("i2", "f4", "f8") else 0
    values = rng.integers(low, top, shape).astype(dtype)
    values = np.where(rng.random(shape) < 0.5, values, values.ravel()[0])  # so that some are frequent
    mask = {
        "none": np.ones(shape),
        "some": rng.random(shape) < 0.6,
        "all": np.zeros(shape),
        "fractions": rng.integers(0, 5, shape) / 4,
    }[masked].astype(np.float32)
    expected, share = by_hand(values, mask, policy, level)
    found, found_mask = read_level(values, None if masked == "none" else mask, policy, level)
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(share, 1 if found_mask is None else found_mask)
    compare = np.testing.assert_array_equal if found.dtype.kind in "iu" else np.testing.assert_allclose
    compare(np.where(share > 0, found, 0), np.where(share > 0, expected, 0))


def test_numbers_at_the_ends_of_their_types_stay_themselves() -> None:
    for dtype in ("u1", "i2", "u4", "i4", "f4", "f8"):
        limits = np.finfo(dtype) if dtype[0] == "f" else np.iinfo(dtype)
        for value in (limits.min, limits.max):
            for policy in POLICIES:
                found, mask = read_level(np.full((5, 6), value, dtype), None, policy, 2)
                assert mask is None
                np.testing.assert_array_equal(found, np.full((2, 2), value, dtype))


@pytest.mark.parametrize("policy", POLICIES)
def test_blocks_and_windows_change_nothing(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    array, mask = noise(83, 61, "u1"), (noise(83, 61, "f8", 1) > 0).astype(np.float32)
    whole = read_level(array, mask, policy, 3)
    monkeypatch.setattr(pyramids, "BLOCK", 70)
    blocked = read_level(array, mask, policy, 3)
    for one, other in zip(whole, blocked, strict=True):
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one, other)


def test_a_window_reads_only_what_lies_under_it() -> None:
    seen: list[tuple[int, int, int, int]] = []

    def read(row0: int, row1: int, col0: int, col1: int) -> tuple[Array, None]:
        seen.append((row0, row1, col0, col1))
        return np.zeros((row1 - row0, col1 - col0), np.uint8), None

    Pyramid(read, (1001, 777), "MEAN").read_level(3, 5, 7, 124, 126)
    assert seen == [(40, 56, 992, 1001)]
    Pyramid(read, (1001, 777), "MEAN").read_level(3, 97, 98, 0, 1)
    assert seen[-1] == (776, 777, 0, 8)


def test_a_mode_may_be_nan() -> None:
    array = np.array([[np.nan, 1], [np.nan, 2]])
    found, _ = read_level(array, np.array([[1, 1], [1, 0]], np.float32), "MODE", 1)
    assert np.isnan(found[0, 0])


def test_levels_end_where_the_image_fits_a_tile_of_256() -> None:
    sizes = [1, 256, 257, 512, 513, 1024, 1025, 2048]
    assert [level_count((size, 3)) for size in sizes] == [0, 0, 1, 1, 2, 2, 3, 3]
    array = noise(600, 40)  # levels 1 and 2
    found = Sampler(grid(16, 2, 37))(image(array)).values
    rows = np.floor((np.arange(37) + 0.5) * 4).astype(int)
    np.testing.assert_allclose(found, means(array, 2)[rows][:, [2, 6]])


@pytest.mark.parametrize(("policy", "method"), [("MEAN", Resampling.average), ("MODE", Resampling.mode)])
def test_aligned_levels_are_gdals_overviews(policy: str, method: Resampling, tmp_path: Path) -> None:
    array = noise(2048, 64, "f4").astype("f4")
    if policy == "MODE":  # one class in each 8 x 8, but for one pixel of each 2 x 2: no ties, at no level
        array = np.kron(noise(256, 8, "u1"), np.ones((8, 8), np.uint8)).astype("u1")
        array[::2, 1::2] = noise(1024, 32, "u1", 1)
    profile = {"driver": "GTiff", "height": 2048, "width": 64, "count": 1, "dtype": array.dtype}
    path = tmp_path / "a.tif"
    with rasterio.open(path, "w", **profile, crs=CRS, transform=Affine(10, 0, X, 0, -10, Y)) as dataset:
        dataset.write(array, 1)
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4, 8], method)
    for level in (1, 2, 3):
        with rasterio.open(path, overview_level=level - 1) as dataset:
            expected = dataset.read(1)
        found = Sampler(grid(2**level, 64 >> level, 2048 >> level))(image(array, policy))
        assert found.values.dtype == array.dtype
        np.testing.assert_allclose(found.values, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("ratio", "level"), [(0.5, 0), (1, 0), (1.99, 0), (2, 1), (2.7, 1), (3.99, 1), (4, 2), (7.3, 2), (8, 3), (40.5, 3)]
)
@pytest.mark.parametrize("policy", ["MEAN", "SAMPLE"])
def test_a_request_takes_the_nearest_pixel_of_the_level_that_is_no_coarser(
    ratio: float, level: int, policy: str
) -> None:
    array = noise(2048, 320)
    width, height = min(int(320 / ratio), 90), min(int(2048 / ratio), 110)
    expected = means(array, level) if policy == "MEAN" else array[:: 2**level, :: 2**level]
    rows = np.floor((np.arange(height) + 0.5) * ratio / 2**level + 1e-6).astype(int)
    cols = np.floor((np.arange(width) + 0.5) * ratio / 2**level + 1e-6).astype(int)
    found = Sampler(grid(ratio, width, height))(image(array, policy))
    np.testing.assert_allclose(found.values, expected[np.ix_(rows, cols)], rtol=1e-12, atol=1e-12)
    assert found.is_valid


def test_rounding_does_not_decide_on_the_level() -> None:
    array = noise(1024, 128)
    found = Sampler(grid(2 - 1e-9, 30, 40))(image(array)).values
    np.testing.assert_allclose(found, means(array, 1)[:40, :30])


def test_levels_keep_to_the_first_pixel_of_the_image_wherever_a_grid_begins() -> None:
    array = noise(1024, 128)
    found = Sampler(grid(2, 30, 40, col=3, row=5))(image(array)).values
    # centres lie on corners of level 1's pixels; the one right of and below each is taken
    np.testing.assert_allclose(found, means(array, 1)[3:43, 2:32])


def test_odd_sides_end_with_what_there_is() -> None:
    array = noise(1001, 301, "u1")
    expected, _ = by_hand(array[-41:, -45:], np.ones((41, 45)), "MEAN", 2)
    found = Sampler(grid(4, 80, 255))(image(array))
    assert (found.mask[:251, :76] == 1).all()
    assert not found.mask[251:].any()
    assert not found.mask[:, 76:].any()
    # 1001 = 4 * 240 + 41 and 301 = 4 * 64 + 45
    np.testing.assert_array_equal(found.values[240:251, 64:76], expected)


def test_masks_are_shares_and_weigh() -> None:
    array = np.ma.MaskedArray(np.tile(np.array([[1, 3], [8, 100]], "u1"), (150, 150)), mask=False)
    array[1::2, 1::2] = np.ma.masked
    array[10:12, 20:22] = np.ma.masked
    found = Sampler(grid(2, 150, 150))(image(array))
    assert found.values[0, 0] == 4  # (1 + 3 + 8) / 3
    assert found.mask[0, 0] == 0.75
    assert found.mask[5, 10] == 0
    assert np.count_nonzero(found.mask == 0) == 1
    sampled = Sampler(grid(2, 150, 150))(image(array, "SAMPLE"))
    assert sampled.values[0, 0] == 1
    assert sampled.mask[0, 0] == 1


def test_images_that_say_no_policy_are_read_in_their_own_pixels() -> None:
    array = noise(1024, 64)
    band = image(array, None)
    assert band.levels == 0
    np.testing.assert_array_equal(Sampler(grid(4, 16, 256))(band).values, array[2::4, 2::4])


def test_bands_have_policies_of_their_own() -> None:
    array = noise(512, 8)
    made = memory_image(
        dict.fromkeys("abc", array),
        crs=CRS,
        transform=(10, 0, X, 0, -10, Y),
        pyramiding={"a": "MAX", "b": "SAMPLE"},
    )
    assert [band.pyramiding for band in made.bands] == ["MAX", "SAMPLE", "MEAN"]
    sampler = Sampler(grid(2, 4, 256))
    found = [sampler(band).values for band in made.bands]
    np.testing.assert_array_equal(found[0], array.reshape(256, 2, 4, 2).max(axis=(1, 3)))
    np.testing.assert_array_equal(found[1], array[::2, ::2])
    np.testing.assert_array_equal(found[2], array[1::2, 1::2])


def test_unknown_policies_and_bands_are_refused() -> None:
    with pytest.raises(ValueError, match="no pyramiding policy 'mean'; pass one of SAMPLE, MEAN"):
        image(noise(2, 2), "mean")
    with pytest.raises(ValueError, match=r"names \['c'\]; the bands are \['b'\]"):
        memory_image({"b": noise(2, 2)}, crs=CRS, transform=(1, 0, 0, 0, -1, 0), pyramiding={"c": "MEAN"})


WIDE = noise(2600, 700)
"""In pixels of a kilometre: from 41 to 18 degrees north."""


def two_levels(left: int = 0, top: int = 0, width: int = 90, height: int = 300) -> PixelGrid:
    """A part of a grid of which some pixels are larger than two native ones, and some are not."""
    return PixelGrid("EPSG:4326", (0.02, 0.0, 2.0 + 0.02 * left, 0.0, -0.02, 39.0 - 0.02 * top), width, height)


def test_one_grid_may_read_two_levels() -> None:
    found = Sampler(two_levels())(image(WIDE, size=1000.0)).values
    to_metres = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    levels, seen = [means(WIDE, level) for level in (0, 1)], Counter[int]()
    for row in range(0, 300, 7):
        for col in range(0, 90, 11):
            corners = [(col, row), (col + 1, row), (col + 1, row + 1), (col, row + 1)]
            outline = Polygon([to_metres.transform(2 + 0.02 * i, 39 - 0.02 * j) for i, j in corners])
            level = math.floor(math.log2(math.sqrt(outline.area) / 1000))
            x, y = to_metres.transform(2 + 0.02 * (col + 0.5), 39 - 0.02 * (row + 0.5))
            size = 1000 * 2**level
            place = math.floor((Y - y) / size), math.floor((x - X) / size)
            assert found[row, col] == pytest.approx(levels[level][place])
            seen[level] += 1
    assert min(seen[0], seen[1]) > 50


@given(st.integers(1, 299), st.integers(1, 89), st.sampled_from(["nearest", "bilinear", "bicubic"]))
def test_tiles_are_parts_of_the_whole(row: int, col: int, mode: str) -> None:
    band = image(WIDE, size=1000.0)
    if mode != "nearest":
        band = resample_band(band, mode)
    whole = Sampler(two_levels())(band)
    for top, bottom in ((0, row), (row, 300)):
        for left, right in ((0, col), (col, 90)):
            tile = Sampler(two_levels(left, top, right - left, bottom - top))(band)
            np.testing.assert_allclose(tile.values, whole.values[top:bottom, left:right], rtol=1e-6, atol=1e-6)
            np.testing.assert_array_equal(tile.mask, whole.mask[top:bottom, left:right])


def test_pixels_across_the_antimeridian_are_as_large_as_others() -> None:
    world = noise(1800, 3600)
    transform = (0.1, 0, -180, 0, -0.1, 90)
    band = memory_image({"b": world}, crs="EPSG:4326", transform=transform, pyramiding="MEAN").bands[0]
    to_degrees = Transformer.from_crs("EPSG:32601", "EPSG:4326", always_xy=True)
    start = Transformer.from_crs("EPSG:4326", "EPSG:32601", always_xy=True).transform(180, 5)
    asked = PixelGrid("EPSG:32601", (30_000.0, 0.0, start[0] - 105_000, 0.0, -30_000.0, start[1]), 7, 6)
    found, expected = Sampler(asked)(band).values, means(world, 1)
    for row, col in np.ndindex(6, 7):
        x, y = to_degrees.transform(start[0] - 105_000 + 30_000 * (col + 0.5), start[1] - 30_000 * (row + 0.5))
        assert found[row, col] == pytest.approx(expected[math.floor((90 - y) / 0.2), math.floor((x + 180) / 0.2)])


def test_resample_interpolates_within_the_level() -> None:
    rows, cols = np.mgrid[0:1024, 0:128] + 0.5
    plane = 3 * rows - 2 * cols
    plane[::2, ::2] += 1  # means of 2 x 2 are a plane again, native pixels are not
    found = Sampler(grid(2.5, 40, 300, col=8, row=8))(resample_band(image(plane), "bilinear")).values
    y, x = np.mgrid[0:300, 0:40] + 0.5
    np.testing.assert_allclose(found, 3 * (8 + 2.5 * y) - 2 * (8 + 2.5 * x) + 0.25)


def test_a_sum_is_interpolated_from_its_values_on_the_level() -> None:
    band = image(noise(1024, 128))
    squared = band.derived(lambda sampler: Pixels(sampler(band).values ** 2, sampler(band).mask), band)
    found = Sampler(grid(2, 30, 40, col=1, row=1))(resample_band(squared, "bilinear")).values
    level = means(noise(1024, 128), 1) ** 2
    expected = (level[:40, :30] + level[1:41, :30] + level[:40, 1:31] + level[1:41, 1:31]) / 4
    np.testing.assert_allclose(found, expected)


def test_reproject_fixes_the_level_of_its_own_scale() -> None:
    array = noise(1024, 128)
    band = reproject_band(image(array), Projection(CRS, (20.0, 0.0, X, 0.0, -20.0, Y)))
    np.testing.assert_allclose(Sampler(grid(8, 16, 128))(band).values, means(array, 1)[2::4, 2::4])


def test_a_default_projection_that_was_set_is_interpolated_on() -> None:
    array = noise(1024, 128)
    band = assign_projection(image(array), Projection(CRS, (20.0, 0.0, X, 0.0, -20.0, Y)))
    found = Sampler(grid(8, 16, 128))(resample_band(band, "bilinear")).values
    level = means(array, 1)
    expected = (level[1::4, 1::4] + level[2::4, 1::4] + level[1::4, 2::4] + level[2::4, 2::4]) / 4
    np.testing.assert_allclose(found, expected)


def test_reduce_resolution_starts_from_native_pixels() -> None:
    array = noise(1024, 128)
    (band,) = coarsen_bands([image(array, "SAMPLE")], MEAN, ["b"], 64, best_effort=False)
    np.testing.assert_allclose(Sampler(grid(4, 32, 256))(band).values, means(array, 2))


def test_with_best_effort_reduce_resolution_starts_from_a_level_that_allows_it() -> None:
    array = noise(1024, 128)
    (band,) = coarsen_bands([image(array, "SAMPLE")], MEAN, ["b"], 20, best_effort=True)
    # 64 native pixels lie under each, 16 of level 1
    np.testing.assert_allclose(Sampler(grid(8, 16, 128))(band).values, means(array[::2, ::2], 2))


@pytest.fixture
def earth(tmp_path: Path) -> Iterator[Emulator]:
    """A GeoTIFF of two bands, with a STAC Item that tells policies, and the same in memory."""
    bands = {"warm": noise(600, 90, "i2"), "kind": noise(600, 90, "u1", 1).astype("i2")}
    transform = Affine(10, 0, X, 0, -10, Y)
    profile = {"driver": "GTiff", "height": 600, "width": 90, "count": 2, "dtype": "int16"}
    with rasterio.open(tmp_path / "image.tif", "w", **profile, crs=CRS, transform=transform) as dataset:
        dataset.write(np.stack(list(bands.values())))
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": "image",
        "geometry": None,
        "properties": {"datetime": "2020-01-01T00:00:00Z", "cloud": 3, "pyramidingPolicy": "MEAN"},
        "links": [],
        "assets": {
            "data": {"href": "image.tif", "bands": [{"name": "warm"}, {"name": "kind", "pyramidingPolicy": "SAMPLE"}]},
        },
    }
    (tmp_path / "image.json").write_text(json.dumps(item))
    memory = memory_image(bands, crs=CRS, transform=transform, pyramiding={"warm": "MEAN", "kind": "SAMPLE"})
    with emulator.start(data=tmp_path, assets={ASSET: memory}, project="test-project-2") as running:
        running.initialize()
        yield running
    ee.Reset()


@pytest.mark.parametrize("asset", [ASSET, "projects/test-project-2/assets/image"])
def test_get_pixels_and_compute_pixels_read_the_same_levels(earth: Emulator, asset: str) -> None:
    assert earth.url
    affine = {"scaleX": 27, "translateX": X, "scaleY": -27, "translateY": Y}
    request = {
        "fileFormat": "NUMPY_NDARRAY",
        "grid": {"dimensions": {"width": 33, "height": 222}, "affineTransform": affine, "crsCode": CRS},
    }
    got = ee.data.getPixels({"assetId": asset, **request})
    computed = ee.data.computePixels({"expression": ee.Image(asset), **request})
    rows, cols = (np.floor((np.arange(size) + 0.5) * 1.35).astype(int) for size in (222, 33))
    warm, kind = noise(600, 90, "i2"), noise(600, 90, "u1", 1)
    expected = {"warm": np.rint(means(warm, 1))[np.ix_(rows, cols)], "kind": kind[::2, ::2][np.ix_(rows, cols)]}
    for name, values in expected.items():
        np.testing.assert_array_equal(got[name], values)
        np.testing.assert_array_equal(computed[name], values)


def test_a_constant_leaves_the_levels_to_the_other_operand(earth: Emulator) -> None:
    assert earth.url
    affine = {"scaleX": 20, "translateX": X + 10, "scaleY": -20, "translateY": Y - 10}
    request = {
        "fileFormat": "NUMPY_NDARRAY",
        "grid": {"dimensions": {"width": 30, "height": 200}, "affineTransform": affine, "crsCode": CRS},
    }
    total = ee.Image(1).add(ee.Image(ASSET).select("warm")).resample("bilinear").rename("sum")
    level = np.rint(means(noise(600, 90, "i2"), 1))
    expected = 1 + (level[:200, :30] + level[1:201, :30] + level[:200, 1:31] + level[1:201, 1:31]) / 4
    np.testing.assert_allclose(ee.data.computePixels({"expression": total, **request})["sum"], expected)


def test_an_item_tells_the_policies_of_a_file(earth: Emulator) -> None:
    assert earth.url
    asset = ee.data.getAsset("projects/test-project-2/assets/image")
    assert [band["pyramidingPolicy"] for band in asset["bands"]] == ["MEAN", "SAMPLE"]
    assert asset["properties"]["cloud"] == 3
    assert "pyramidingPolicy" not in asset["properties"]


def test_an_item_with_an_unknown_policy_is_refused(earth: Emulator, tmp_path: Path) -> None:
    item = (tmp_path / "image.json").read_text()
    (tmp_path / "image.json").write_text(item.replace("SAMPLE", "LAST"))
    assert earth.url
    with pytest.raises(ee.EEException, match="not a sound STAC Item: There is no pyramiding policy 'LAST'"):
        ee.Image("projects/test-project-2/assets/image").getInfo()
