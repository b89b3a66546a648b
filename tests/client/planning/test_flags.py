"""Tables of classes, as CF and cf_xarray read them."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.client.scenes import DAY, ID, START, image, opened
from xee_lite import XeeLiteWarning
from xee_lite.earthengine.bands import class_table
from xee_lite.emulator import memory_collection
from xee_lite.planning.flags import flag_attrs

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

VALUES = [10, 20, 80, 255]
NAMES = ["Tree cover", "Shrubland", "Permanent water bodies", "Moss & lichen"]
WORDS = "tree_cover shrubland permanent_water_bodies moss_lichen"
TABLE: dict[str, Any] = {"Map_class_values": VALUES, "Map_class_names": NAMES, "Map_class_palette": ["006400"] * 4}
U1 = np.dtype("u1")


def scene(seed: int, index: str, time: int = START, **properties: Any) -> Any:
    rng = np.random.default_rng(seed)
    values = rng.choice(np.array(VALUES, "u1"), (23, 31))
    return image({"Map": np.ma.array(values, mask=rng.random((23, 31)) < 0.2)}, index, time, **properties)


@cache
def table_of_an_image() -> dict[str, Any]:
    return {ID: memory_collection([scene(0, "a", **TABLE)])}


def flags(dataset: xr.Dataset) -> tuple[list[int], str]:
    attrs = dataset["Map"].attrs
    return attrs["flag_values"].tolist(), attrs["flag_meanings"]


@pytest.mark.parametrize(
    "asset",
    [
        scene(0, "a", **TABLE),
        memory_collection([scene(0, "a", **TABLE), scene(1, "b", START + DAY, **TABLE)]),
        memory_collection([scene(0, "a", **TABLE), scene(1, "b", START + DAY)]),
        memory_collection([scene(0, "a"), scene(1, "b", START + DAY)], TABLE),
    ],
    ids=["an image", "every image", "the first image", "the collection"],
)
def test_wherever_the_table_stands(serve: Serve, asset: Any) -> None:
    pytest.importorskip("cf_xarray")
    earth = serve(assets={ID: asset})
    dataset = opened()
    assert flags(dataset) == (VALUES, WORDS)
    assert dataset["Map"].cf.is_flag_variable
    kinds = [request.kind for request in earth.requests if request.status == 200]
    assert kinds == ["computeValue"]
    values = opened(mask_and_scale=False)["Map"].values
    np.testing.assert_array_equal((dataset["Map"].cf == "permanent_water_bodies").values, values == 80)
    np.testing.assert_array_equal(dataset["Map"].cf.isin(["shrubland", "moss_lichen"]), np.isin(values, [20, 255]))


@pytest.mark.parametrize("mask_and_scale", [True, False])
@pytest.mark.parametrize("nodata", ["exact", 0])
@pytest.mark.parametrize("kind", ["netcdf", "zarr"])
def test_tables_are_written_and_read_back(
    serve: Serve, tmp_path: Path, kind: str, nodata: Any, mask_and_scale: bool
) -> None:
    pytest.importorskip("cf_xarray")
    pytest.importorskip("h5netcdf" if kind == "netcdf" else "zarr")
    serve(assets=table_of_an_image())
    dataset = opened(nodata=nodata, mask_and_scale=mask_and_scale).load()
    if kind == "netcdf":
        dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
        with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf", mask_and_scale=False) as raw:
            stored = raw["Map"].dtype
            assert raw["Map"].attrs["flag_values"].dtype == stored, "CF: of the variable's own type"
        back = xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf", mask_and_scale=mask_and_scale)
    else:
        dataset.to_zarr(tmp_path / "a.zarr", consolidated=False)
        back = xr.open_zarr(tmp_path / "a.zarr", consolidated=False, mask_and_scale=mask_and_scale)
    with back:
        xr.testing.assert_equal(back, dataset)
        assert np.asarray(back["Map"].attrs["flag_values"]).tolist() == VALUES
        assert back["Map"].attrs["flag_meanings"] == WORDS
        np.testing.assert_array_equal(back["Map"].cf == "shrubland", dataset["Map"].values == 20)


@pytest.mark.parametrize(("resampling", "kept"), [("mode", True), ("mean", False), ("bilinear", False)])
def test_classes_stay_classes_only_where_no_new_values_arise(serve: Serve, resampling: str, kept: bool) -> None:
    serve(assets=table_of_an_image())
    with nullcontext() if kept else pytest.warns(XeeLiteWarning, match=r"classes of Map.*resampling=\{'Map': 'mode'"):
        dataset = opened(resampling=resampling)
    assert ("flag_values" in dataset["Map"].attrs) == kept


def test_tables_follow_their_band(serve: Serve) -> None:
    serve(assets=table_of_an_image())
    renamed = ee.ImageCollection(ID).map(lambda one: one.rename("other"))
    assert "flag_values" not in opened(renamed)["other"].attrs


def test_one_class_is_a_table_too(serve: Serve, tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    serve(assets={ID: scene(0, "a", Map_class_values=[10], Map_class_names=["Tree"])})
    opened().to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        np.testing.assert_array_equal(np.atleast_1d(back["Map"].attrs["flag_values"]), [10])


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (None, None),
        ([1, 2], None),
        ([1, 2], ["a"]),
        ([], []),
        (["1"], ["a"]),
        ([1.5], ["a"]),
        ([float("nan")], ["a"]),
        ([1, 1], ["a", "b"]),
        ([1], [2]),
        ("1", "a"),
    ],
)
def test_what_is_no_table(values: Any, names: Any) -> None:
    assert class_table(U1, values, names) == {}
    assert flag_attrs(class_table(U1, values, names), U1) == {}


def test_values_beyond_the_type_are_left_out() -> None:
    assert class_table(U1, [-1, 0, 255, 256, 3.0], list("abcde")) == {0: "b", 255: "c", 3: "e"}
    assert class_table(np.dtype("f4"), [2**24, 2**24 + 1], ["a", "b"]) == {2**24: "a"}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Water", "Bare / sparse vegetation"], "water bare_sparse_vegetation"),
        (["Open water: areas of open water", "Ice: frozen"], "open_water ice"),
        (["Developed: low", "Developed: high"], "developed_low developed_high"),
        (["Void (no data)", "Forêt"], "void_no_data foret"),
        (["same", "Same", "same 0"], "same_0 same_1 same_0_2"),
        (["水", "ice"], "class ice"),
        (["水", "?"], "class_0 class_1"),
        (["0-10 %", "C.3+4@x"], "0-10 c.3+4@x"),
    ],
)
def test_names_become_words(names: list[str], words: str) -> None:
    assert flag_attrs(dict(enumerate(names)), U1)["flag_meanings"] == words


@given(st.dictionaries(st.integers(0, 255), st.text(max_size=12), min_size=1, max_size=20))
def test_there_is_one_legal_word_for_each_value(classes: dict[int, str]) -> None:
    attrs = flag_attrs(classes, U1)
    words = attrs["flag_meanings"].split(" ")
    assert len(words) == len(set(words)) == len(attrs["flag_values"]) == len(classes)
    legal = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+@")
    assert all(word and set(word) <= legal for word in words)
    assert attrs["flag_values"].dtype == U1
