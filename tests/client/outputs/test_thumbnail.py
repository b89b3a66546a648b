"""Thumbnails: every pixel against NumPy, what is drawn of which source, and what is refused."""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from PIL import Image as Picture

import xee_lite
from tests.client import memory_source
from tests.client.scenes import DAY, DTYPES, ID, START, image, pixels
from xee_lite import Grid, InputError, PermanentError, Thumbnail, thumbnail
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

    Pixels = npt.NDArray[Any]

ONE = "projects/test-project/assets/one"
BYTES = "projects/test-project/assets/bytes"
CLASSES = "projects/test-project/assets/classes"
FLAT = "projects/test-project/assets/flat"
DEGREES = "projects/test-project/assets/degrees"
SHAPE = (24, 32)
BANDS = ("red", "green", "blue", "nir")


def values(dtype: str, seed: int) -> np.ma.MaskedArray[Any, Any]:
    rng = np.random.default_rng(seed)
    return np.ma.array(rng.integers(0, 120, SHAPE).astype(dtype), mask=rng.random(SHAPE) < 0.2)


TRUTH = {band: values("u2", seed) for seed, band in enumerate(BANDS)}
EIGHT = values("u1", 9)
COVER = np.ma.array(np.random.default_rng(8).choice(np.array([10, 20, 95], "u1"), SHAPE))
CLASS_TABLE: dict[str, Any] = {"cover_class_values": [10, 20, 95], "cover_class_names": ["a", "b", "c"]}
GRADED = np.ma.array(np.add.outer(np.arange(30), np.arange(30)).astype("f4"))
ASSETS = {
    ONE: image(TRUTH),
    BYTES: image({"b": EIGHT}),
    CLASSES: image({"cover": COVER}, **CLASS_TABLE),
    FLAT: image({"b": np.ma.array(np.full(SHAPE, 7, "i2"))}),
    DEGREES: memory_image({"b": GRADED}, crs="EPSG:4326", transform=(0.1, 0, 10, 0, -0.1, 50)),
    ID: memory_collection([
        image({"a": values("u2", 20 + number), "b": values("u2", 30 + number)}, f"i{number}", START + number * DAY)
        for number in range(3)
    ]),
}  # fmt: skip


@pytest.fixture(autouse=True)
def earth(serve: Serve) -> Any:
    return serve(assets=ASSETS)


def shown(picture: bytes) -> Pixels:
    """Red, green, blue and opacity, shape (height, width, 4)."""
    return np.asarray(Picture.open(io.BytesIO(picture)).convert("RGBA"))


def stretched(band: Pixels, low: float, high: float, gamma: float = 1.0) -> Pixels:
    share = np.clip((np.ma.getdata(band).astype(float) - low) / (high - low), 0, 1) ** (1 / gamma)
    return np.asarray(np.floor(255 * share + 0.5))


def check(picture: bytes, channels: list[Pixels], mask: Pixels, *, off_by: int = 0) -> None:
    """The colours of the pixels that are there, and opacity 0 where one is missing."""
    found = shown(picture)
    np.testing.assert_array_equal(found[..., 3], np.where(mask, 0, 255))
    expected = np.stack(channels, axis=-1)
    np.testing.assert_allclose(found[..., :3][~mask], expected[~mask], atol=off_by)


def masked(*bands: str) -> Pixels:
    return np.array(np.logical_or.reduce([np.ma.getmaskarray(TRUTH[band]) for band in bands]))


def test_one_band_is_grey() -> None:
    picture = thumbnail(ONE, bands="green", dimensions=(32, 24), min=10, max=100)
    grey = stretched(TRUTH["green"], 10, 100)
    check(picture, [grey] * 3, masked("green"))
    assert (picture.format, picture.size) == ("png", (32, 24))


def test_three_bands_are_red_green_and_blue_with_a_range_and_a_gamma_each() -> None:
    bands, low, high, gamma = ("nir", "red", "green"), (5, 0, -20), (90, 110, 80), (1.0, 1.4, 0.7)
    picture = thumbnail(ONE, bands=bands, dimensions=(32, 24), min=low, max=high, gamma=gamma)
    ends = zip(bands, low, high, gamma, strict=True)
    check(picture, [stretched(TRUTH[band], *rest) for band, *rest in ends], masked(*bands))


def test_by_default_the_first_three_bands_are_shown() -> None:
    picture = thumbnail(ONE, dimensions=(32, 24), min=0, max=120)
    check(picture, [stretched(TRUTH[band], 0, 120) for band in BANDS[:3]], masked(*BANDS[:3]))


@pytest.mark.parametrize("palette", [["black", "#00ff00", "ff0000"], "black, 00ff00,red"])
def test_a_palette_colours_one_band(palette: Any) -> None:
    picture = thumbnail(ONE, dimensions=(32, 24), min=0, max=100, palette=palette)
    share = np.clip(np.ma.getdata(TRUTH["red"]) / 100, 0, 1)
    colours = np.array([[0, 0, 0], [0, 255, 0], [255, 0, 0]])
    channels = [np.interp(share, [0, 0.5, 1], colours[:, channel]) for channel in range(3)]
    check(picture, channels, masked("red"), off_by=1)  # how a colour in between is rounded is not documented


def test_eight_bits_are_shown_as_they_are() -> None:
    picture = thumbnail(BYTES, dimensions=(32, 24))
    check(picture, [np.ma.getdata(EIGHT)] * 3, np.ma.getmaskarray(EIGHT))


def test_classes_have_the_range_of_their_table() -> None:
    picture = thumbnail(CLASSES, dimensions=(32, 24))
    check(picture, [stretched(COVER, 10, 95)] * 3, np.zeros(SHAPE, bool))


def test_other_bands_are_stretched_between_percentiles_of_a_sample(earth: Any) -> None:
    picture = thumbnail(ee.Image(ONE), bands=["red", "green", "blue"], dimensions=(32, 24))
    everything = np.concatenate([TRUTH[band].compressed() for band in BANDS[:3]])
    low, high = np.percentile(everything, [2, 98])
    check(picture, [stretched(TRUTH[band], low, high) for band in BANDS[:3]], masked(*BANDS[:3]))
    assert len(earth.requests) == 3  # the description, the sample, the picture


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_has_a_default(dtype: str, serve: Serve) -> None:
    array = pixels(dtype)
    serve(assets={ONE: image({"b": array})})
    found = shown(thumbnail(ONE, dimensions=array.shape[::-1]))
    np.testing.assert_array_equal(found[..., 3] == 0, np.ma.getmaskarray(array))
    assert np.ptp(found[..., 0][found[..., 3] > 0]) == 255


def test_one_value_and_no_value_have_a_picture_too(serve: Serve) -> None:
    assert shown(thumbnail(FLAT))[..., 0].tolist() == np.zeros((384, 512)).tolist()
    serve(assets={ONE: image({"b": np.ma.array(np.zeros(SHAPE, "u2"), mask=True)})})
    assert not shown(thumbnail(ONE))[..., 3].any()


def test_given_ends_ask_for_no_sample(earth: Any) -> None:
    thumbnail(ee.Image(ONE), bands="red", min=0, max=100)
    assert len(earth.requests) == 2


def test_one_end_is_the_users_and_the_other_the_default() -> None:
    picture = thumbnail(ONE, bands="red", dimensions=(32, 24), min=20)
    check(picture, [stretched(TRUTH["red"], 20, np.percentile(TRUTH["red"].compressed(), 98))] * 3, masked("red"))


def mosaic(band: str, order: list[int]) -> np.ma.MaskedArray[Any, Any]:
    """Later ones on top."""
    first = {"a": 20, "b": 30}[band]
    out: np.ma.MaskedArray[Any, Any] = np.ma.array(np.zeros(SHAPE, "u2"), mask=True)
    for number in order:
        found = values("u2", first + number)
        out[~found.mask] = found[~found.mask]
    return out


@pytest.mark.parametrize("of", ["id", "collection", "list", "sorted"])
def test_a_collection_is_shown_as_its_mosaic(of: str) -> None:
    collection = ee.ImageCollection(ID)
    sources = {
        "id": ID,
        "collection": collection,
        "list": [f"{ID}/i0", f"{ID}/i2", f"{ID}/i1"],
        "sorted": collection.sort("system:time_start", opt_ascending=False),
    }
    truth = mosaic("b", {"list": [0, 2, 1], "sorted": [2, 1, 0]}.get(of, [0, 1, 2]))
    picture = thumbnail(sources[of], bands="b", dimensions=(32, 24), min=0, max=120)
    check(picture, [stretched(truth, 0, 120)] * 3, np.ma.getmaskarray(truth))


def test_the_default_range_of_a_collection_is_that_of_its_mosaic(earth: Any) -> None:
    truth = mosaic("a", [0, 1, 2])
    low, high = np.percentile(truth.compressed(), [2, 98])
    picture = thumbnail(ID, bands="a", dimensions=(32, 24))
    check(picture, [stretched(truth, low, high)] * 3, np.ma.getmaskarray(truth))
    assert len(earth.requests) == 3


def test_images_of_unlike_types_are_cast_before_they_are_combined(serve: Serve) -> None:
    arrays = [values("u1", 1), values("i2", 2)]
    serve(assets={ID: memory_collection([image({"b": array}, f"i{at}") for at, array in enumerate(arrays)])})
    truth = arrays[0].astype("i2")
    truth[~arrays[1].mask] = arrays[1][~arrays[1].mask]
    picture = thumbnail(ID, dimensions=(32, 24), min=0, max=120)
    check(picture, [stretched(truth, 0, 120)] * 3, np.ma.getmaskarray(truth))


def test_a_computed_image() -> None:
    picture = thumbnail(ee.Image(ONE).select("red").multiply(2), dimensions=(32, 24), min=0, max=240)
    check(picture, [stretched(TRUTH["red"] * 2, 0, 240)] * 3, masked("red"))


REGION = (10.5, 48.0, 11.5, 49.0)


@pytest.mark.parametrize(
    "region",
    [
        REGION,
        {"type": "Polygon", "coordinates": [[[10.5, 48], [11.5, 48], [11.5, 49], [10.5, 49], [10.5, 48]]]},
        "ee",
    ],
)
def test_a_region_is_cut_out(region: Any) -> None:
    region = ee.Geometry.BBox(*REGION) if region == "ee" else region
    picture = thumbnail(DEGREES, region=region, dimensions=10, min=0, max=57)
    check(picture, [stretched(GRADED[10:20, 5:15], 0, 57)] * 3, np.zeros((10, 10), bool))


def test_the_longer_side_has_the_pixels_and_both_sides_when_both_are_given() -> None:
    assert thumbnail(ONE, min=0, max=1).size == (512, 384)
    assert thumbnail(ONE, min=0, max=1, dimensions=100).size == (100, 75)
    assert thumbnail(ONE, min=0, max=1, dimensions=(7, 90)).size == (7, 90)
    assert thumbnail(DEGREES, min=0, max=1, region=(10, 49.9, 13, 50), dimensions=60).size == (60, 2)


def test_a_composite_needs_a_region_and_is_drawn_in_degrees() -> None:
    ramp = ee.Image.pixelLonLat().select("longitude")
    with pytest.raises(InputError, match=r"region=|composite"):
        thumbnail(ramp, min=0, max=10)
    picture = thumbnail(ramp, region=(0, 0, 10, 5), dimensions=10, min=0, max=10)
    assert picture.size == (10, 5)
    check(picture, [np.tile(stretched(np.arange(10) + 0.5, 0, 10), (5, 1))] * 3, np.zeros((5, 10), bool))


@pytest.mark.parametrize("name", ["jpg", "jpeg", "JPG"])
def test_a_jpeg(name: str) -> None:
    picture = thumbnail(DEGREES, dimensions=30, min=0, max=57, format=name)
    assert (picture.format, picture.size) == ("jpeg", (30, 30))
    np.testing.assert_allclose(shown(picture)[..., 0], stretched(GRADED, 0, 57), atol=8)


def test_notebooks_and_prompts_show_it() -> None:
    png, jpeg = (thumbnail(BYTES, dimensions=40, format=name) for name in ("png", "jpg"))
    assert (png._repr_png_(), png._repr_jpeg_()) == (bytes(png), None)
    assert (jpeg._repr_png_(), jpeg._repr_jpeg_()) == (None, bytes(jpeg))
    assert repr(png) == str(png) == f"<Thumbnail PNG, 40 x 30 pixels, {len(png) / 1024:.1f} KiB>"
    again = pickle.loads(pickle.dumps(png))
    assert (type(again), again, again.size) == (Thumbnail, png, png.size)
    with pytest.raises(InputError, match="neither a PNG nor a JPEG"):
        repr(Thumbnail(b"no picture"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "gif"}, "format='gif' is no format of a picture: pass 'png' or 'jpg'"),
        ({"format": 3}, "format=3 is no format"),
        ({"bands": ["red", "green"]}, "are 2: a picture shows one band, or three"),
        ({"bands": "violet"}, "bands='violet' is not a band of"),
        ({"bands": ["red", "green", "blue"], "palette": ["red"]}, "are 3: a picture shows one band beside palette="),
        ({"palette": ["red"], "gamma": 2}, "palette= and gamma= at once"),
        ({"palette": []}, "palette=[]: pass CSS colours"),
        ({"palette": ["red", 3]}, "pass CSS colours"),
        ({"palette": "red,(0;1)"}, "pass CSS colours"),
        ({"min": "low"}, "min='low': pass a finite number"),
        ({"max": float("nan")}, "max=nan: pass a finite number"),
        ({"min": [0, 1]}, "min=[0, 1] has 2 numbers for 3 bands"),
        ({"min": 5, "max": 5}, "min= and max= of 5 and 5 leave no range"),
        ({"min": 1000}, "leave no range: pass both"),
        ({"gamma": 0}, "gamma=0: pass positive numbers"),
        ({"dimensions": 0}, "dimensions=0: pass the pixels of the longer side"),
        ({"dimensions": (3, 0)}, "has a side that is not positive"),
        ({"dimensions": "big"}, "dimensions='big': pass the pixels"),
        ({"dimensions": (5000, 5000), "min": 0, "max": 1}, "count 150000000 bytes"),
        ({"region": (50, 50, 51, 51)}, "region= lies outside"),
        ({"region": (1, 2, 3)}, "region=(1, 2, 3) is not (west, south, east, north)"),
    ],
)  # fmt: skip
def test_what_can_not_work_is_told(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as told:
        thumbnail(ONE, **arguments)
    assert message in str(told.value)


def test_a_colour_that_the_service_does_not_know() -> None:
    with pytest.raises(PermanentError, match="reddish"):
        thumbnail(BYTES, palette="reddish,blue")


def test_a_source_whose_service_draws_nothing() -> None:
    array = memory_source.MemoryArray(np.zeros((1, 2, 4, 4), "f4"), Grid("EPSG:32631", (1, 0, 0, 0, -1, 4), (4, 4)))
    with pytest.raises(InputError, match=r"service of memory draws no pictures: open it by xarray.open_dataset"):
        thumbnail(array, bands="a")


def test_a_picture_across_the_antimeridian_is_refused(serve: Serve) -> None:
    across = memory_image({"b": GRADED}, crs="EPSG:4326", transform=(0.1, 0, 178.5, 0, -0.1, 50))
    serve(assets={ONE: across})
    with pytest.raises(InputError, match="crosses the antimeridian"):
        thumbnail(ONE)
    assert thumbnail(ONE, region=(179, 48, 180, 49), dimensions=10).size == (10, 10)


def test_it_is_public() -> None:
    assert {"thumbnail", "Thumbnail"} <= set(xee_lite.__all__)
