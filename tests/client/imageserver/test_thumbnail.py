"""Pictures of image services: every pixel against NumPy on the pixels that are served."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Picture

from tests.client.imageserver.services import SHAPE, assets, bands_of, exports, hard, opened
from tests.client.scenes import ID, image
from xee_lite import InputError, thumbnail
from xee_lite.emulator.imageserver.options import ImageServerOptions

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

    Pixels = npt.NDArray[Any]

THREE = "projects/test-project/assets/three"
EMPTY = "projects/test-project/assets/empty"
SIZE = SHAPE[::-1]


def served() -> dict[str, Any]:
    empty = image({"a": np.ma.array(np.full(SHAPE, 200, "u1"), mask=True)})
    return {**assets(), EMPTY: empty, THREE: image({name: hard("u2", seed) for seed, name in enumerate("rgb")})}


def shown(picture: bytes) -> Pixels:
    return np.asarray(Picture.open(io.BytesIO(picture)).convert("RGBA"))


def stretched(band: np.ma.MaskedArray[Any, Any], low: float, high: float, gamma: float = 1.0) -> Pixels:
    share = np.clip((band.data.astype("f8") - low) / (high - low), 0, 1) ** (1 / gamma)
    return np.asarray(np.floor(255 * share + 0.5))


def check(picture: bytes, channels: list[Pixels], missing: Pixels) -> None:
    found = shown(picture)
    np.testing.assert_array_equal(found[..., 3], np.where(missing, 0, 255))
    np.testing.assert_array_equal(found[..., :3][~missing], np.stack(channels, axis=-1)[~missing])


@pytest.mark.parametrize("gamma", [None, 2.0, [1.0, 1.4, 0.5]])
def test_three_bands_are_red_green_and_blue(serve: Serve, gamma: Any) -> None:
    earth = serve(assets=served())
    picture = thumbnail(
        earth.image_server_url(THREE), dimensions=SIZE, min=1000, max=[60000, 50000, 40000], gamma=gamma
    )
    assert (picture.format, picture.size) == ("png", SIZE)
    bands = [hard("u2", seed) for seed in range(3)]
    powers = [1.0] * 3 if gamma is None else [gamma] * 3 if isinstance(gamma, float) else gamma
    highs = (60000, 50000, 40000)
    channels = [stretched(band, 1000, high, power) for band, high, power in zip(bands, highs, powers, strict=True)]
    missing = np.logical_or.reduce([np.ma.getmaskarray(band) for band in bands])
    check(picture, channels, missing)


def test_one_band_of_bytes_is_grey_as_it_is_and_takes_one_request(serve: Serve) -> None:
    earth = serve(assets=served())
    picture = thumbnail(earth.image_server_url(f"{ID}_u1"), dimensions=SIZE)
    assert exports(earth) == 1
    band = hard("u1", 1)
    check(picture, [band.data] * 3, np.ma.getmaskarray(band))


def test_a_palette_is_a_line_between_its_colours(serve: Serve) -> None:
    earth = serve(assets=served())
    url = earth.image_server_url(f"{ID}_i2")
    picture = thumbnail(url, bands="b", dimensions=SIZE, min=-20000, max=20000, palette="navy,#ffffff,f00")
    band = hard("i2", 2)
    share = np.clip((band.data.astype("f8") + 20000) / 40000, 0, 1)
    heights = zip((0, 0, 128), (255, 255, 255), (255, 0, 0), strict=True)
    channels = [np.floor(np.interp(share, [0, 0.5, 1], stops) + 0.5) for stops in heights]
    check(picture, channels, np.ma.getmaskarray(band))


def test_the_default_range_is_percentiles_of_a_sample(serve: Serve) -> None:
    earth = serve(assets=served())
    url = earth.image_server_url(f"{ID}_f4")
    picture = thumbnail(url, bands="a", dimensions=SIZE)
    band = hard("f4", 1)
    values = opened(earth, f"{ID}_f4").a.to_numpy()
    there = np.isfinite(values)
    bounds = float(np.finfo("f8").max) / 4
    low, high = np.percentile(np.clip(values[there].astype("f8"), -bounds, bounds), (2, 98))
    found = shown(picture)
    np.testing.assert_array_equal(found[..., 3], np.where(np.isnan(np.ma.filled(band, np.nan)), 0, 255))
    grey = np.floor(255 * np.clip((values.astype("f8") - low) / (high - low), 0, 1)[there] + 0.5)
    np.testing.assert_array_equal(found[..., 0][there], grey)


def test_a_coarse_picture_has_the_pixels_of_its_own_grid(serve: Serve) -> None:
    earth = serve(assets=served())
    url = earth.image_server_url(THREE)
    dataset = opened(earth, THREE)
    picture = shown(thumbnail(url, bands="r", dimensions=20, min=0, max=65535))
    bounds = [float(dataset[name][end]) for name, end in (("x", 0), ("x", -1), ("y", -1), ("y", 0))]
    half = abs(float(dataset.x[1] - dataset.x[0])) / 2
    left, right, bottom, top = (bound + shift for bound, shift in zip(bounds, (-half, half, -half, half), strict=True))
    height, width = picture.shape[:2]
    columns = left + (np.arange(width) + 0.5) * (right - left) / width
    rows = top - (np.arange(height) + 0.5) * (top - bottom) / height
    truth = dataset.r.sel(x=columns, y=rows, method="nearest").to_numpy()
    there = np.isfinite(truth)
    np.testing.assert_array_equal(picture[..., 3], np.where(there, 255, 0))
    np.testing.assert_array_equal(picture[..., 0][there], np.floor(255 * truth[there].astype("f8") / 65535 + 0.5))


def test_a_service_of_rasters_is_drawn_as_its_mosaic(serve: Serve) -> None:
    earth = serve(assets=served())
    picture = thumbnail(earth.image_server_url(ID), bands="a", dimensions=SIZE)
    truth = opened(earth, bands="a").a.to_numpy()
    check(picture, [np.nan_to_num(truth)] * 3, np.isnan(truth))


def test_of_slices_the_last_is_drawn(serve: Serve) -> None:
    earth = serve(assets=served(), image_server=ImageServerOptions(multidimensional=True))
    band = bands_of(2)["b"]
    picture = thumbnail(earth.image_server_url(ID), bands="b", dimensions=SIZE)
    check(picture, [band.data] * 3, np.ma.getmaskarray(band))


def test_a_jpeg_is_black_where_pixels_are_missing(serve: Serve) -> None:
    picture = thumbnail(serve(assets=served()).image_server_url(EMPTY), dimensions=SIZE, format="jpg")
    assert (picture.format, picture.size) == ("jpeg", SIZE)
    assert shown(picture)[..., :3].max() == 0


def test_unknown_colours_are_refused(serve: Serve) -> None:
    url = serve(assets=served()).image_server_url(f"{ID}_u1")
    with pytest.raises(InputError, match=r"'mauvish', which is no CSS colour"):
        thumbnail(url, palette=["mauvish", "white"])
