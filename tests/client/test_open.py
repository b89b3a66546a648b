"""Opening: what comes back is what the arrays behind the service hold."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import dask
import ee
import numpy as np
import pytest
import xarray as xr
from affine import Affine
from shapely.geometry import box

from tests.client.scenes import DAY, DTYPES, ID, SHAPE, START, TRANSFORM, filled, image, opened, pixels, stack, stacks
from xee_lite import Grid, InputError, explain
from xee_lite.backend import XeeLiteBackendEntrypoint
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from tests.client.scenes import Serve


@pytest.mark.parametrize("chunks", [None, {}])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_pixel_and_every_mask_of_every_type(serve: Serve, dtype: str, chunks: Any) -> None:
    assets, truths = stacks(3)
    serve(assets=assets)
    obj, truth = f"{ID}_{dtype}", truths[dtype]
    masked = opened(obj, chunks=chunks)["B1"]
    memory = {"f4": "f4", "f8": "f8"}.get(dtype, "f4" if np.dtype(dtype).itemsize <= 2 else "f8")
    assert masked.dims == ("time", "y", "x")
    assert masked.dtype == memory
    np.testing.assert_array_equal(masked.values, filled(truth, memory))
    plain = opened(obj, chunks=chunks, mask_and_scale=False)["B1"]
    missing = plain.attrs.get("_FillValue", np.nan)
    np.testing.assert_array_equal(plain.values, np.ma.filled(truth.astype(plain.dtype), missing))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_users_number_is_missing_and_nothing_else(serve: Serve, dtype: str) -> None:
    assets, truths = stacks(3)
    serve(assets=assets)
    obj, truth = f"{ID}_{dtype}", truths[dtype]
    for number in (0, 7):
        plain = opened(obj, nodata=number, mask_and_scale=False)["B1"]
        assert plain.dtype == dtype
        assert plain.attrs["_FillValue"] == number
        np.testing.assert_array_equal(plain.values, np.ma.filled(truth, number))
        masked = opened(obj, nodata={"B1": number})["B1"]
        expected = filled(np.ma.masked_equal(truth, number), masked.dtype)
        np.testing.assert_array_equal(masked.values, expected)


def test_one_round_trip_opens_and_each_chunk_is_one_request(serve: Serve) -> None:
    assets, truth = stack(8)
    earth = serve(assets=assets)
    dataset = opened(ee.ImageCollection(ID), chunks={}, request_bytes=2 * 5 * np.prod(SHAPE).item())
    assert [request.kind for request in earth.requests] == ["computeValue"]
    assert dataset.chunks["time"] == (2, 2, 2, 2)
    expected = explain(dataset)
    earth.requests.clear()
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth, "f4"))
    assert [request.kind for request in earth.requests] == ["computePixels"] * 4
    assert expected.count == 4


def test_a_mapped_collection_gives_computed_pixels_from_the_one_image(serve: Serve) -> None:
    assets, truth = stack(4, "i2")
    earth = serve(assets=assets)
    collection = (
        ee.ImageCollection(ID)
        .filterDate("2020-01-02", "2020-01-04")
        .map(lambda one: one.toDouble().multiply(2).add(1).copyProperties(one, ["system:time_start"]))
    )
    dataset = opened(collection)
    assert dataset["id"].values.tolist() == ["i1", "i2"]
    earth.requests.clear()
    got = dataset["B1"].isel(time=1).values
    np.testing.assert_array_equal(got, filled(truth[2].astype("f8") * 2 + 1, "f8"))
    (request,) = earth.requests
    loads = [node for node in _calls(request.body) if node["functionName"].endswith(".load")]
    assert [node["arguments"]["id"]["constantValue"] for node in loads] == [f"{ID}/i2"]


def _calls(tree: Any) -> list[dict[str, Any]]:
    if isinstance(tree, dict):
        found = [tree["functionInvocationValue"]] if "functionName" in tree.get("functionInvocationValue", {}) else []
        return found + [call for value in tree.values() for call in _calls(value)]
    return [call for value in tree for call in _calls(value)] if isinstance(tree, list) else []


def test_joined_and_merged_collections(serve: Serve) -> None:
    assets, truth = stack(4)
    serve(assets=assets)
    whole = ee.ImageCollection(ID)
    merged = whole.filterDate("2020-01-03", "2020-01-05").merge(whole.filterDate("2020-01-01", "2020-01-02"))
    dataset = opened(merged)
    assert dataset["id"].values.tolist() == ["2_i0", "1_i2", "1_i3"]
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth[[0, 2, 3]], "f4"))


def test_a_function_that_renames_its_images_is_asked_by_name(serve: Serve) -> None:
    assets, truth = stack(3)
    serve(assets=assets)
    renamed = ee.ImageCollection(ID).map(lambda one: one.set("system:index", ee.String("n_").cat(one.id())))
    dataset = opened(renamed)
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth, "f4"))


def test_stored_images_go_through_get_pixels_where_that_is_the_same(serve: Serve) -> None:
    assets, truth = stack(2)
    earth = serve(assets=assets)
    stored = opened(ID, nodata=0, pin=False)["B1"]
    computed = opened(ee.ImageCollection(ID).map(lambda one: one.add(0)), nodata=0, mask_and_scale=False)["B1"]
    earth.requests.clear()
    np.testing.assert_array_equal(stored[0].values, filled(np.ma.masked_equal(truth[0], 0), "f4"))
    np.testing.assert_array_equal(computed[0].values, np.ma.filled(truth[0], 0))
    assert [request.kind for request in earth.requests] == ["getPixels", "computePixels"]


def test_time_is_sorted_missing_times_are_nat_and_repeated_ones_stay(serve: Serve) -> None:
    arrays = [pixels("u1", seed) for seed in range(4)]
    times = [START + 2 * DAY, None, START, START]
    images = [image({"b": array}, name, time) for array, name, time in zip(arrays, "wxyz", times, strict=True)]
    serve(assets={ID: memory_collection(images)})
    dataset = opened(ID)
    assert dataset["id"].values.tolist() == ["y", "z", "w", "x"]
    assert np.isnat(dataset["time"].values).tolist() == [False, False, False, True]
    assert dataset["time"].dtype == "datetime64[ns]"
    np.testing.assert_array_equal(dataset["b"].values, filled(np.ma.stack([arrays[at] for at in (2, 3, 0, 1)]), "f4"))
    numbers = opened(ID, decode_times=False)["time"]
    assert numbers.values[:3].tolist() == [START, START, START + 2 * DAY]
    assert numbers.attrs["units"] == "milliseconds since 1970-01-01"


def test_an_image_has_no_time_dimension(serve: Serve) -> None:
    array = pixels("i2")
    earth = serve(assets={ID: image({"a": array, "b": array.copy()})})
    for obj in (ee.Image(ID), ID, f"ee://{ID}"):
        dataset = opened(obj, chunks={})
        assert dataset["a"].dims == ("y", "x")
        assert dataset["time"].dims == ()
        np.testing.assert_array_equal(dataset["a"].values, filled(array, "f4"))
    constant = opened(ee.Image.constant(5).rename("c"), crs="EPSG:4326", scale=1000, bbox=(0, 0, 1, 1))
    assert "time" not in constant.coords
    assert set(np.unique(constant["c"].values)) == {5}
    assert earth.requests[0].status == 200


def test_a_list_of_ids_opens_these_images(serve: Serve) -> None:
    assets, truth = stack(4)
    serve(assets=assets)
    dataset = opened([f"{ID}/i3", f"ee://{ID}/i1"])
    assert dataset["id"].values.tolist() == ["i1", "i3"]
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth[[1, 3]], "f4"))


def test_only_ee_is_claimed_and_nobody_is_asked(serve: Serve) -> None:
    earth = serve()
    claims = XeeLiteBackendEntrypoint().guess_can_open
    assert claims(ee.ImageCollection(ID))
    assert claims(ee.Image(ID))
    assert claims(f"ee://{ID}")
    for other in ("https://x/y.nc", "s3://bucket/z.zarr", "C:\\data\\a.nc", "a.nc", ID, b"CDF", ee.Number(1), 5, None):
        assert not claims(other)
    assert list(earth.requests) == []


def test_bands_of_different_types_in_one_dataset(serve: Serve) -> None:
    arrays = {dtype: pixels(dtype, seed) for seed, dtype in enumerate(DTYPES)}
    serve(assets={ID: image(arrays)})
    dataset = opened(ID, chunks={})
    for name, array in arrays.items():
        np.testing.assert_array_equal(dataset[name].values, filled(array, dataset[name].dtype))
    assert list(opened(ID, bands=["f4", "u1"]).data_vars) == ["f4", "u1"]
    assert list(opened(ID, bands="i2").data_vars) == ["i2"]
    assert list(opened(ID, drop_variables=["f4", "f8"]).data_vars) == list(DTYPES[:-2])
    assert dataset.chunks["y"] == (SHAPE[0],), "one set of chunks for all variables"


def test_images_of_a_narrower_type_fit_into_the_declared_one(serve: Serve) -> None:
    wide, narrow = pixels("u2"), pixels("u1")
    serve(assets={ID: memory_collection([image({"b": wide}, "i0"), image({"b": narrow}, "i1", START + DAY)])})
    np.testing.assert_array_equal(opened(ID)["b"].values, filled(np.ma.stack([wide, narrow.astype("u2")]), "f4"))


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [("u1", "i4", "i4"), ("u1", "u2", "u2"), ("u1", "i1", "i2"), ("u2", "f4", "f4"), ("i4", "f4", "f8"),
     ("u4", "i1", "f8"), ("f4", "f8", "f8")],
)  # fmt: skip
@pytest.mark.parametrize("swap", [False, True])
def test_the_type_of_a_band_holds_those_of_all_images(
    serve: Serve, first: str, second: str, both: str, swap: bool
) -> None:
    arrays = [pixels(first), pixels(second, 1)][:: -1 if swap else 1]
    images = [image({"b": array}, f"i{at}", START + at * DAY) for at, array in enumerate(arrays)]
    earth = serve(assets={ID: memory_collection(images)})
    dataset = opened(ID, mask_and_scale=False)
    assert earth.requests.counts() == {"computeValue": 1}
    missing = dataset["b"].attrs["_FillValue"]
    assert np.can_cast(both, dataset["b"].dtype)
    np.testing.assert_array_equal(
        dataset["b"].values, np.ma.filled(np.ma.stack([array.astype(dataset["b"].dtype) for array in arrays]), missing)
    )
    in_float = opened(ID)["b"]
    np.testing.assert_array_equal(in_float.values, filled(np.ma.stack(arrays).astype(both), in_float.dtype))
    plain = opened(ID, nodata=0)["b"]
    np.testing.assert_array_equal(
        plain.values, filled(np.ma.masked_equal(np.ma.stack(arrays).astype(both), 0), plain.dtype)
    )


def test_a_type_that_no_image_told_is_an_error_that_names_image_and_band(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only so many kinds of images are asked for."""
    monkeypatch.setattr("xee_lite.earthengine.kinds.MAX_KINDS", 1)
    images = [image({"b": pixels("u1")}, "i0"), image({"b": pixels("i4")}, "i1", START + DAY)]
    serve(assets={ID: memory_collection(images)})
    with pytest.raises(InputError, match=r"'b' of image 'i1' comes as int32.*declares uint8.*written.*stays right"):
        opened(ID)["b"].values  # noqa: B018 - reading is what fails


def test_grids_of_every_spelling_read_the_right_pixels(serve: Serve) -> None:
    array = pixels("u2")
    serve(assets={ID: image({"b": array})})
    native = Grid("EPSG:32631", Affine(*TRANSFORM), SHAPE)
    whole = opened(ID)["b"]
    np.testing.assert_array_equal(whole["x"], native.x)
    np.testing.assert_array_equal(whole["y"], native.y)
    west, south, east, north = (1.75, 41.5, 1.85, 41.6)
    whole_grids: tuple[dict[str, Any], ...] = (
        {"grid": native},
        {"like": whole},
        {"crs": "EPSG:32631", "transform": TRANSFORM, "shape": SHAPE},
        {"crs": "EPSG:32631", "crs_transform": TRANSFORM, "shape_2d": SHAPE[::-1]},
    )
    for spelling in whole_grids:
        xr.testing.assert_identical(opened(ID, **spelling), opened(ID))
    for spelling in ({"bbox": (west, south, east, north)}, {"geometry": ee.Geometry.BBox(west, south, east, north)},
                     {"geometry": box(west, south, east, north)}):  # fmt: skip
        part = opened(ID, **spelling)["b"]
        # Far larger than the image: what is beyond its footprint is missing, and what is inside is in its place.
        xr.testing.assert_equal(part.reindex_like(whole, method=None), whole)
        assert part.notnull().sum() == (~array.mask).sum()


def test_sheared_and_south_up_grids(serve: Serve) -> None:
    array = pixels("i4", shape=(9, 8))
    sheared = memory_image({"b": array}, crs="EPSG:32631", transform=(10, 3, 500000, 2, -10, 4000000))
    south_up = memory_image({"b": array}, crs="EPSG:4326", transform=(0.1, 0, 5, 0, 0.1, 45))
    serve(assets={ID: sheared, f"{ID}2": south_up})
    np.testing.assert_array_equal(opened(ID)["b"].values, filled(array, "f8"))
    dataset = opened(f"{ID}2")
    np.testing.assert_array_equal(dataset["b"].values, filled(array, "f8"))
    assert dataset["y"].values[0] < dataset["y"].values[-1]


def test_chunks_travel_as_plain_data(serve: Serve) -> None:
    assets, truth = stack(2)
    serve(assets=assets)
    dataset = opened(ee.ImageCollection(ID).map(lambda one: one.add(0)), chunks={"time": 1})
    carried = pickle.dumps(dataset)
    assert b"ee.imagecollection" not in carried
    assert b"ee.computedobject" not in carried
    np.testing.assert_array_equal(pickle.loads(carried)["B1"].values, filled(truth, "f4"))
    again = opened(ee.ImageCollection(ID).map(lambda one: one.add(0)), chunks={"time": 1})
    assert dask.base.tokenize(again["B1"].data) == dask.base.tokenize(dataset["B1"].data)


def test_user_chunks_larger_than_a_request_are_read_in_several(serve: Serve) -> None:
    assets, truth = stack(6)
    earth = serve(assets=assets)
    dataset = opened(ID, chunks={"time": -1}, request_bytes=5 * np.prod(SHAPE).item())
    assert dataset["B1"].data.npartitions == 1
    earth.requests.clear()
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth, "f4"))
    assert len(earth.requests) == 6


def test_resampling_between_pixels_is_asked_of_the_service(serve: Serve) -> None:
    ramp = np.tile(np.arange(SHAPE[1], dtype="f4") * 10, (SHAPE[0], 1))
    serve(assets={ID: image({"b": ramp})})
    shifted = {"crs": "EPSG:32631", "transform": (30, 0, 399960, 0, -30, 4600020), "shape": (20, 25)}
    nearest, bilinear = opened(ID, **shifted)["b"], opened(ID, resampling="bilinear", **shifted)["b"]
    np.testing.assert_allclose(bilinear.values, np.tile(np.arange(25) * 10.0 + 5, (20, 1)))
    assert set(np.unique(nearest.values) % 10) == {0}


def test_integers_beyond_32_bits_come_as_double(serve: Serve) -> None:
    serve()
    whole: Any = ee.Image.constant(2**40 + 1).rename("b")
    array = opened(whole, crs="EPSG:4326", scale=100_000, bbox=(0, 0, 5, 5))["b"]
    assert array.dtype == "f8"
    assert set(np.unique(array.values)) == {2**40 + 1}


@pytest.mark.parametrize(
    "decoding",
    [
        {"decode_coords": "all"},
        {"decode_timedelta": False},
        {"use_cftime": False},
        {"concat_characters": True},
        {"decode_times": xr.coders.CFDatetimeCoder()},
        {"mask_and_scale": {"B1": True}},
    ],
)
@pytest.mark.filterwarnings("ignore:Usage of 'use_cftime':DeprecationWarning")
def test_xarrays_own_arguments_are_taken(serve: Serve, decoding: dict[str, Any]) -> None:
    assets, _ = stack(2)
    serve(assets=assets)
    xr.testing.assert_identical(opened(ID, **decoding), opened(ID))


def test_nothing_is_decoded_where_nothing_shall_be(serve: Serve) -> None:
    assets, _ = stack(2)
    serve(assets=assets)
    raw = opened(ID, decode_cf=False)
    assert raw["B1"].dtype == "i4"
    assert raw["time"].dtype == "i8"
    assert opened(ID, mask_and_scale={"B1": False})["B1"].dtype == "i4"


def test_uris_open_as_many_files(serve: Serve) -> None:
    assets, truth = stack(4)
    serve(assets=assets)
    uris = [f"ee://{ID}/i{number}" for number in range(4)]
    dataset = xr.open_mfdataset(uris, engine="xee_lite", combine="nested", concat_dim="time")
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth, "f4"))


def test_requests_end_where_the_tiles_of_the_source_do(serve: Serve) -> None:
    """Earth Engine stores and computes tiles of 256 pixels: a request that cuts through one has it computed twice."""
    wide = memory_image({"B1": np.zeros((2000, 3000), "u1")}, crs="EPSG:32631", transform=TRANSFORM)
    serve(assets={ID: wide})
    native = opened(ID, chunks={}, request_bytes="1MiB")
    assert native.chunks["y"][0] % 256 == 0 or len(native.chunks["y"]) == 1
    assert native.chunks["x"][0] % 256 == 0 or len(native.chunks["x"]) == 1
    assert explain(native).count <= np.ceil(1.05 * 2000 * 3000 * 4 / 2**20)
    shifted = (30, 0, TRANSFORM[2] + 30, 0, -30, TRANSFORM[5])
    other = opened(ID, chunks={}, request_bytes="1MiB", crs="EPSG:32631", transform=shifted, shape=(2000, 2900))
    assert explain(other).count <= np.ceil(1.05 * 2000 * 2900 * 4 / 2**20)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({"time": -1}, {"time": (8,)}),
        ({"time": 3, "y": -1}, {"time": (3, 3, 2), "y": (23,)}),
        ({"time": -1, "y": "auto", "x": "auto"}, {"time": (8,)}),
        ("auto", {}),
        (-1, {"time": (8,), "y": (23,), "x": (31,)}),
        ({"time": "2kB", "y": -1, "x": -1}, {"y": (23,)}),
    ],
)
@pytest.mark.filterwarnings("ignore:The specified chunks separate")
def test_every_way_to_say_chunks(serve: Serve, chunks: Any, expected: dict[str, tuple[int, ...]]) -> None:
    assets, truth = stack(8)
    serve(assets=assets)
    dataset = opened(ID, chunks=chunks, request_bytes=3 * 5 * np.prod(SHAPE).item())
    assert {name: dataset["B1"].variable.chunksizes[name] for name in expected} == expected
    assert explain(dataset).largest <= 3 * 5 * np.prod(SHAPE)
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth, "f4"))
