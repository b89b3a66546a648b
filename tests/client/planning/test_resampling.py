"""Reducers as resampling: against block statistics made by hand, and GDAL's warper."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.warp import Resampling, reproject

from tests.client.scenes import DAY, DTYPES, ID, SHAPE, START, TRANSFORM, filled, image, opened, pixels
from xee_lite import Grid, InputError
from xee_lite.earthengine.reduction import max_pixels, spans_under
from xee_lite.emulator import memory_collection, memory_image
from xee_lite.items import Item, Items
from xee_lite.planning.resampling import REDUCERS
from xee_lite.reader import View
from xee_lite.stack import Band, Projection, Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tests.client.scenes import Serve

NATIVE = Projection("EPSG:32631", Affine(*TRANSFORM))


def coarse(factor: int) -> dict[str, Any]:
    """The grid of as many whole blocks of pixels as there are."""
    shape = (SHAPE[0] // factor, SHAPE[1] // factor)
    return {"grid": Grid("EPSG:32631", Affine(*TRANSFORM) @ Affine.scale(factor), shape)}


def blocks(array: npt.NDArray[Any], factor: int) -> list[list[npt.NDArray[Any]]]:
    """The valid pixels of each block."""
    rows, columns = array.shape[0] // factor, array.shape[1] // factor
    return [
        [
            array[factor * row :, factor * column :][:factor, :factor].compressed()  # type: ignore[attr-defined]
            for column in range(columns)
        ]
        for row in range(rows)
    ]


def most_frequent(values: npt.NDArray[Any]) -> Any:
    found, count = np.unique(values, return_counts=True)
    return found[count.argmax()]


BY_HAND: dict[str, Callable[[npt.NDArray[Any]], Any]] = {
    "mean": np.mean,
    "median": np.median,
    "mode": most_frequent,
    "min": np.min,
    "max": np.max,
    "count": np.size,
    "stdDev": np.std,
    "variance": np.var,
}


def expected(array: npt.NDArray[Any], factor: int, reducer: str) -> npt.NDArray[Any]:
    def one(values: npt.NDArray[Any]) -> Any:
        if not len(values):
            return np.nan
        if reducer == "sum":  # Earth Engine's weights are parts of the output pixel: each value counts for 1 / k²
            return values.sum(dtype="f8") / factor**2
        statistic = BY_HAND[reducer]
        return statistic(values if reducer in ("mode", "min", "max") else values.astype("f8"))

    return np.array([[one(values) for values in row] for row in blocks(array, factor)], dtype="f8")


@cache
def small_numbers() -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """Two images of a few values each; nothing of the first block of the second is valid."""
    arrays: list[npt.NDArray[Any]] = [(pixels("u1", seed) // 16).astype("u1") for seed in (1, 2)]
    arrays[1][:4, :4] = np.ma.masked
    images = [image({"b": array}, f"i{at}", START + at * DAY) for at, array in enumerate(arrays)]
    return {ID: memory_collection(images)}, arrays


@pytest.mark.parametrize("reducer", REDUCERS)
@pytest.mark.parametrize("factor", [3, 4])
def test_every_reducer_of_whole_blocks(serve: Serve, reducer: str, factor: int) -> None:
    assets, arrays = small_numbers()
    earth = serve(assets=assets)
    dataset = opened(resampling=reducer, **coarse(factor))
    assert earth.requests.counts() == {"computeValue": 1}
    assert dataset["b"].dtype == ("f4" if reducer in ("mode", "min", "max") else "f8")
    truth = np.stack([expected(array, factor, reducer) for array in arrays])
    np.testing.assert_allclose(dataset["b"].values, truth, rtol=1e-12, atol=1e-9)
    assert earth.requests.counts() == {"computeValue": 1, "computePixels": 1}


@cache
def all_types() -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    arrays: dict[str, npt.NDArray[Any]] = {dtype: pixels(dtype) for dtype in DTYPES}
    return {ID: image(arrays)}, arrays


@pytest.mark.parametrize("mask_and_scale", [True, False])
@pytest.mark.parametrize("reducer", ["mean", "mode", "min", "max"])
def test_both_ends_of_every_type(serve: Serve, reducer: str, mask_and_scale: bool) -> None:
    assets, every_array = all_types()
    serve(assets=assets)
    # The sum of two of the greatest doubles is beyond all doubles, here as there.
    arrays = {dtype: array for dtype, array in every_array.items() if (dtype, reducer) != ("f8", "mean")}
    dataset = opened(bands=list(arrays), resampling=reducer, mask_and_scale=mask_and_scale, **coarse(2))
    for dtype, array in arrays.items():
        got = dataset[dtype]
        values = got.values.astype("f8")
        if not mask_and_scale:
            assert got.dtype.kind == (np.dtype(dtype).kind if got.dtype == dtype else "i" if reducer != "mean" else "f")
            values[got.values == got.attrs["_FillValue"]] = np.nan
        np.testing.assert_allclose(values, expected(array, 2, reducer), rtol=1e-12, atol=1e-9, err_msg=dtype)


def test_bytes_have_an_exact_mean(serve: Serve) -> None:
    array = pixels("u1", shape=(9, 9))
    array.mask = False
    serve(assets={ID: image({"b": array})})
    mean = opened(resampling="mean", grid=Grid("EPSG:32631", Affine(*TRANSFORM) @ Affine.scale(3), (3, 3)))["b"]
    sums = array.data.astype("i8").reshape(3, 3, 3, 3).sum(axis=(1, 3))
    np.testing.assert_allclose(mean.values, sums / 9, rtol=1e-15)


@cache
def words_as_floats() -> tuple[dict[str, Any], npt.NDArray[Any]]:
    array = pixels("u2").astype("f4")
    return {ID: image({"b": array})}, array


@pytest.mark.parametrize(("size", "shift"), [(100.0, 17.0), (75.0, -4.0), (44.0, 1.5)])
def test_an_unaligned_grid_is_gdals_average(serve: Serve, size: float, shift: float) -> None:
    assets, array = words_as_floats()
    serve(assets=assets)
    transform = Affine(size, 0, TRANSFORM[2] + shift + 60, 0, -size, TRANSFORM[5] - shift - 60)
    grid = Grid("EPSG:32631", transform, (5, 7))
    truth = np.full(grid.shape, np.nan)
    reproject(
        np.ma.filled(array, -9999).astype("f8"), truth, src_transform=Affine(*TRANSFORM), src_crs="EPSG:32631",
        src_nodata=-9999, dst_transform=transform, dst_crs="EPSG:32631", dst_nodata=np.nan,
        resampling=Resampling.average,
    )  # fmt: skip
    np.testing.assert_allclose(opened(resampling="mean", grid=grid)["b"].values, truth, rtol=1e-5, atol=1e-5)


def test_another_crs_takes_what_it_covers(serve: Serve) -> None:
    """A plane keeps its height at the middle of every pixel, wherever and however large the pixel is."""
    easting, northing = np.meshgrid(500_005.0 + 10 * np.arange(400), 4_599_995.0 - 10 * np.arange(400))
    transform = (10, 0, 500_000, 0, -10, 4_600_000)
    serve(assets={ID: memory_image({"e": easting, "n": northing}, crs="EPSG:32631", transform=transform)})
    grid = Grid("EPSG:4326", (0.002, 0, 3.005, 0, -0.003, 41.545), (6, 9))
    dataset = opened(resampling="mean", grid=grid)
    lon, lat = np.meshgrid(grid.x, grid.y)
    expected_e, expected_n = Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True).transform(lon, lat)
    np.testing.assert_allclose(dataset["e"].values, expected_e, rtol=0, atol=0.1)
    np.testing.assert_allclose(dataset["n"].values, expected_n, rtol=0, atol=0.1)


def test_groups_are_reduced_before_they_are_laid_over_each_other(serve: Serve) -> None:
    lower, upper = pixels("u1", 1), pixels("u1", 2)
    upper[:, :12] = np.ma.masked
    serve(assets={ID: memory_collection([image({"b": lower}, "i0"), image({"b": upper}, "i1", START + 1000)])})
    got = opened(resampling="mean", groupby="day", **coarse(4))["b"].values[0]
    below, above = expected(lower, 4, "mean"), expected(upper, 4, "mean")
    np.testing.assert_allclose(got, np.where(np.isnan(above), below, above), rtol=1e-12)


def test_bands_of_one_request_keep_their_names(serve: Serve) -> None:
    arrays = {"count": pixels("u1", 1), "mean": pixels("u1", 2)}
    serve(assets={ID: image(arrays)})
    dataset = opened(resampling="max", **coarse(2)).to_dataarray("band")
    for name, array in arrays.items():
        np.testing.assert_allclose(dataset.sel(band=name).values, expected(array, 2, "max"))


@pytest.mark.parametrize("reducer", ["mean", "mode", "sum", "median"])
def test_a_grid_as_fine_as_the_image_changes_nothing_but_the_type(serve: Serve, reducer: str) -> None:
    assets, arrays = all_types()
    serve(assets=assets)
    got = opened(bands="u1", resampling=reducer)["u1"]
    np.testing.assert_array_equal(got.values, filled(arrays["u1"], "f8"))


@pytest.mark.parametrize("reducer", ["count", "stdDev", "variance"])
def test_there_is_nothing_to_count_in_one_pixel(serve: Serve, reducer: str) -> None:
    assets, _ = all_types()
    serve(assets=assets)
    with pytest.raises(InputError, match=f"resampling='{reducer}' needs several pixels of band 'u1'.*coarser scale"):
        opened(resampling=reducer)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_a_composite_has_no_pixels_to_interpolate_until_it_is_given_some(serve: Serve, mode: str) -> None:
    """The service would take the nearest, without a word."""
    ramp = np.tile(np.arange(SHAPE[1], dtype="f4") * 10, (SHAPE[0], 1))
    serve(assets={ID: memory_collection([image({"b": ramp}, "i0"), image({"b": ramp}, "i1", START + 1)])})
    shifted = {"grid": Grid("EPSG:32631", (30, 0, 399960, 0, -30, 4600020), (20, 25))}
    between = np.tile(np.arange(25) * 10.0 + 5, (20, 1))
    constant: Any = ee.Image.constant(1.5).rename("b")
    for composite in (ee.ImageCollection(ID).mosaic(), ee.ImageCollection(ID).median(), constant):
        with pytest.raises(InputError, match=r"'b'.*composite.*interpolate before compositing, as groupby="):
            opened(composite, resampling=mode, **shifted)
        with pytest.raises(InputError, match=r"'b'.*composite"):
            opened(ee.ImageCollection([composite]), resampling={"b": mode}, **shifted)
    placed = ee.ImageCollection(ID).mosaic().setDefaultProjection("EPSG:32631", TRANSFORM)
    for right in (opened(placed, resampling=mode, **shifted), opened(resampling=mode, groupby="day", **shifted)):
        np.testing.assert_allclose(np.squeeze(right["b"].values)[:, 2:-2], between[:, 2:-2], rtol=1e-5)


def test_a_composite_has_no_pixels_to_reduce_until_it_is_given_some(serve: Serve) -> None:
    array = pixels("i2")
    serve(assets={ID: memory_collection([image({"b": array}, "i0")])})
    mosaic = ee.ImageCollection(ID).mosaic()
    with pytest.raises(InputError, match=r"'b'.*composite.*setDefaultProjection"):
        opened(mosaic, resampling="mean", **coarse(3))
    placed = mosaic.setDefaultProjection("EPSG:32631", TRANSFORM)
    got = opened(placed, resampling="mean", **coarse(3))["b"]
    np.testing.assert_allclose(got.values, expected(array, 3, "mean"), rtol=1e-12, atol=1e-9)


def test_more_than_the_services_default_is_allowed_for(serve: Serve) -> None:
    array = pixels("u1", shape=(60, 60))
    earth = serve(assets={ID: image({"b": array})})
    grid = Grid("EPSG:32631", Affine(*TRANSFORM) @ Affine.scale(20), (3, 3))
    got = opened(resampling="mean", grid=grid)["b"].values
    np.testing.assert_allclose(got, expected(array, 20, "mean"), rtol=1e-12)
    (request,) = earth.requests.of("computePixels")
    (call,) = [node["functionInvocationValue"] for node in request.body["expression"]["values"].values()
               if node.get("functionInvocationValue", {}).get("functionName") == "Image.reduceResolution"]  # fmt: skip
    assert 400 <= call["arguments"]["maxPixels"]["constantValue"] <= 800
    assert call["arguments"]["bestEffort"]["constantValue"] is False


def stack_of(projection: Projection | None) -> Stack:
    return Stack("S", (Band("b", np.dtype("u1"), projection=projection),), Items.of([Item("i")]))


def grid_of(factor: float, crs: str = "EPSG:32631") -> Grid:
    return Grid(crs, Affine(*TRANSFORM) @ Affine.scale(factor), (10, 10))


def test_room_for_what_lies_under_a_pixel() -> None:
    assert max_pixels(View(stack_of(NATIVE), grid_of(5), {}, "nearest")) is None
    assert max_pixels(View(stack_of(None), grid_of(5), {}, {"other": "bilinear"})) is None
    assert max_pixels(View(stack_of(NATIVE), grid_of(5), {}, "bilinear")) is None
    assert max_pixels(View(stack_of(NATIVE), grid_of(5), {}, "mean")) == 64
    assert max_pixels(View(stack_of(NATIVE), grid_of(100), {}, "mean")) == np.ceil(1.5 * 101**2)
    assert max_pixels(View(stack_of(NATIVE), grid_of(256), {}, "mean")) == 65536
    with pytest.raises(
        InputError, match=r"would reduce 66049 pixels of band 'b' to one.*65536.*finer scale.*two steps"
    ):
        max_pixels(View(stack_of(NATIVE), grid_of(257), {}, "mean"))


def test_the_finest_band_decides() -> None:
    finer = Projection("EPSG:32631", Affine(*TRANSFORM) @ Affine.scale(1 / 3))
    bands = (Band("b", np.dtype("u1"), projection=NATIVE), Band("c", np.dtype("u1"), projection=finer))
    assert max_pixels(View(Stack("S", bands, Items.of([Item("i")])), grid_of(4), {}, "mean")) == np.ceil(1.5 * 13**2)


@pytest.mark.parametrize(
    ("target", "native"),
    [
        (Grid("EPSG:4326", (0.01, 0, 2, 0, -0.01, 42), (50, 50)), NATIVE),
        (Grid("EPSG:3857", (500, 0, 300_000, 0, -500, 5_000_000), (50, 50)), NATIVE),
        (Grid("EPSG:32631", (90, 40, 400_000, 30, -90, 4_600_000), (50, 50)), NATIVE),
        (grid_of(30), Projection("EPSG:4326", Affine(0.001, 0, -180, 0, -0.001, 90))),
    ],
)
def test_spans_are_those_of_gdals_transformation(target: Grid, native: Projection) -> None:
    spans = spans_under(target, native)
    assert len(spans) == 9
    column, row = target.width - 1, target.height - 1
    corners = [target.transform @ (column + i, row + j) for i in (0, 1) for j in (0, 1)]
    xs, ys = rasterio.warp.transform(target.crs, native.crs, *zip(*corners, strict=True))
    places = np.array([~native.transform @ place for place in zip(xs, ys, strict=True)])
    np.testing.assert_allclose(spans[-1], np.ptp(places, axis=0), rtol=1e-6)


def test_a_zone_of_utm_is_measured_where_it_is_made_for() -> None:
    globe = Grid("EPSG:4326", (0.05, 0, -180, 0, -0.05, 80), (3200, 7200))
    spans = spans_under(globe, NATIVE)
    assert spans.prod(axis=1).max() < 1.05 * (0.05 * 111_320 / 30) ** 2


def test_a_grid_where_the_native_crs_has_no_coordinates() -> None:
    # The far side of the Earth in the geostationary view of a satellite above Africa.
    view = "+proj=geos +h=35785831 +lon_0=0 +sweep=y"
    stack = stack_of(Projection(view, Affine(3000, 0, 0, 0, -3000, 0)))
    with pytest.raises(InputError, match="has no coordinates"):
        max_pixels(View(stack, Grid("EPSG:4326", (0.1, 0, 170, 0, -0.1, 10), (10, 10)), {}, "mean"))


def test_each_band_is_resampled_in_its_own_way(serve: Serve) -> None:
    arrays = {name: (pixels("u1", seed) // 16).astype("u1") for seed, name in enumerate("abcd")}
    images = [image(arrays, f"i{at}", START + at * DAY) for at in range(2)]
    earth = serve(assets={ID: memory_collection(images)})
    ways = {"a": "mean", "b": "mode", "c": "bilinear"}
    one, several = opened(resampling=ways, **coarse(3)), opened(resampling=ways, band_dim="band", **coarse(3))
    assert earth.requests.counts() == {"computeValue": 2}
    assert [one[name].dtype for name in "abcd"] == ["f8", "f4", opened(resampling="bilinear")["c"].dtype, "f4"]
    for name in "abcd":
        alone = opened(resampling=ways.get(name, "nearest"), bands=name, **coarse(3))[name].values
        np.testing.assert_array_equal(one[name].values, alone)
        np.testing.assert_array_equal(several["band_data"].sel(band=name).values, alone)
    np.testing.assert_allclose(one["a"].values[1], expected(arrays["a"], 3, "mean"), rtol=1e-12)
    earth.requests.clear()
    several.load()
    assert len(earth.requests) == 1


def test_a_mapping_may_name_bands_of_the_image_alone(serve: Serve) -> None:
    serve(assets={ID: image({"a": pixels("u1"), "b": pixels("u1")})})
    with pytest.raises(InputError, match=r"resampling= names 'c', which is no band of .*: it has a, b"):
        opened(resampling={"c": "mean"})
    with pytest.raises(InputError, match=r"resampling='average' is unknown"):
        opened(resampling={"a": "average"})
    with pytest.raises(InputError, match=r"resampling= names 5, which is no band"):
        opened(resampling={5: "mean"})
    opened(resampling={"b": "mean"}, bands="a")


def test_a_band_that_is_left_alone_needs_no_pixels_of_its_own(serve: Serve) -> None:
    array = pixels("i2")
    serve(assets={ID: image({"b": array})})
    mixed = ee.Image(ID).addBands(ee.Image.constant(3).rename("c"))
    dataset = opened(mixed, resampling={"b": "mean"}, **coarse(3))
    np.testing.assert_allclose(dataset["b"].values, expected(array, 3, "mean"), rtol=1e-12, atol=1e-9)
    assert (dataset["c"] == 3).all()
    with pytest.raises(InputError, match=r"'c'.*composite"):
        opened(mixed, resampling="mean", **coarse(3))


def test_an_unknown_resampling_names_those_there_are(serve: Serve) -> None:
    earth = serve(assets={ID: image({"b": pixels("u1")})})
    with pytest.raises(InputError, match=r"resampling='average' is unknown: pass one of nearest,.* mean, .*variance"):
        opened(resampling="average")
    assert not len(earth.requests)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_interpolation_has_the_type_that_the_service_gives_it(serve: Serve, mode: str) -> None:
    serve(assets={ID: image({dtype: np.full(SHAPE, 7, dtype) for dtype in DTYPES})})
    dataset = opened(resampling=mode)
    for dtype in DTYPES:
        assert dataset[dtype].dtype.kind == "f"
        np.testing.assert_allclose(dataset[dtype].values, 7.0, rtol=1e-6)
