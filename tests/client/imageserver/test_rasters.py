"""Rasters of a catalogue open one by one along the dimension id, and never where their grids differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.client.imageserver.services import assets, bands_of, exports, floats, hard, opened
from tests.client.scenes import DAY, START
from xee_lite import InputError
from xee_lite.emulator import memory_collection, memory_image
from xee_lite.emulator.imageserver.options import ImageServerOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

TILES = "projects/test-project/assets/tiles"


def tiles(shift: float = 0.0, crs: str = "EPSG:32631", size: float = 30.0) -> dict[str, Any]:
    """Two rasters side by side, the second moved by some metres."""
    second = (size, 0.0, 399945.0 + 30 * 20 + shift, 0.0, -size, 4600035.0 - 30 * 5)
    one = memory_image(
        {"a": hard("u1", 1, (30, 20))},
        crs="EPSG:32631",
        transform=(30.0, 0.0, 399945.0, 0.0, -30.0, 4600035.0),
        properties={"system:index": "west", "system:time_start": START + DAY},
    )
    other = memory_image(
        {"a": hard("u1", 2, (30, 20))},
        crs=crs,
        transform=second,
        properties={"system:index": "east", "system:time_start": START},
    )
    return {TILES: memory_collection([one, other])}


def test_each_raster_is_what_it_is(serve: Serve) -> None:
    found = opened(serve(assets=assets()), rasters="catalog")
    assert found.a.dims == ("id", "y", "x")
    np.testing.assert_array_equal(found.time, np.array([START + day * DAY for day in range(3)], "M8[ms]"))
    for day in range(3):
        for name, truth in bands_of(day).items():
            np.testing.assert_array_equal(found[name][day], floats(truth, "f4"))


def test_some_rasters_come_in_the_order_of_their_ids_as_they_are_passed(serve: Serve) -> None:
    found = opened(serve(assets=assets()), rasters=[3, 1])
    assert found.id.values.tolist() == ["3", "1"]
    np.testing.assert_array_equal(found.a, np.stack([floats(bands_of(day)["a"], "f4") for day in (2, 0)]))


def test_a_single_id_and_time_as_the_dimension(serve: Serve) -> None:
    earth = serve(assets=assets())
    assert opened(earth, rasters=2).sizes["id"] == 1
    found = opened(earth, rasters=[3, 1], dim="time")
    assert found.a.dims == ("time", "y", "x")
    np.testing.assert_array_equal(found.a, np.stack([floats(bands_of(day)["a"], "f4") for day in (0, 2)]))


def test_a_chunk_is_one_export(serve: Serve) -> None:
    earth = serve(assets=assets())
    found = opened(earth, rasters="catalog", chunks={})
    assert found.a.chunksizes["id"] == (1, 1, 1)
    found.a.compute()
    assert exports(earth) == 3


def test_fields_become_coordinates(serve: Serve) -> None:
    found = opened(serve(assets=assets()), rasters="catalog", properties=["Name"])
    assert found.Name.values.tolist() == ["i0", "i1", "i2"]


def test_a_group_has_the_last_raster_on_top(serve: Serve) -> None:
    found = opened(serve(assets=assets()), rasters="catalog", dim="time", groupby="month")
    layers = [floats(bands_of(day)["a"], "f4") for day in range(3)]
    truth = layers[2]
    for below in (layers[1], layers[0]):
        truth = np.where(np.isnan(truth), below, truth)
    np.testing.assert_array_equal(found.a[0], truth)


def test_overviews_are_no_rasters(serve: Serve) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(overviews=True))
    assert opened(earth, rasters="catalog").sizes["id"] == 3


def test_a_region_chooses_the_rasters_that_it_touches(serve: Serve) -> None:
    earth = serve(assets=tiles())
    whole = opened(earth, TILES, rasters="catalog")
    bounds = xr.DataArray(whole.x).values
    assert dict(whole.sizes) == {"id": 2, "y": 35, "x": 40}
    assert bounds[0] == 399960
    np.testing.assert_array_equal(whole.a[1, :30, :20], floats(hard("u1", 1, (30, 20)), "f4"))
    np.testing.assert_array_equal(whole.a[0, 5:, 20:], floats(hard("u1", 2, (30, 20)), "f4"))
    assert np.isnan(whole.a[0, :, :20]).all()
    east = opened(earth, TILES, rasters="catalog", bbox=(1.8095, 41.537, 1.811, 41.540))
    assert east.id.values.tolist() == ["1"]


@pytest.mark.parametrize(
    "other", [{"shift": 7.0}, {"size": 20.0}, {"crs": "EPSG:32632"}], ids=["shifted", "finer", "another CRS"]
)
def test_grids_that_differ_are_an_error_and_never_resampled(serve: Serve, other: dict[str, Any]) -> None:
    earth = serve(assets=tiles(**other))
    with pytest.raises(InputError, match=r"Rasters (1 and 2|2 and 1) have different grids.*open_datatree.*rasters=\["):
        opened(earth, TILES, rasters="catalog")
    assert opened(earth, TILES, rasters=[2]).sizes["id"] == 1
    said = opened(earth, TILES, rasters="catalog", crs="EPSG:32631", scale=30, bbox=(1.80, 41.53, 1.81, 41.54))
    assert said.sizes["id"] == (1 if "crs" in other else 2), "the region is far from the other zone"


@pytest.mark.parametrize(
    ("other", "names"),
    [
        ({"shift": 7.0}, ["30m", "30m_2"]),
        ({"size": 20.0}, ["20m", "30m"]),
        ({"crs": "EPSG:32632"}, ["30m", "30m_2"]),
        ({}, ["30m"]),
    ],
    ids=["shifted", "finer", "another CRS", "the same"],
)
def test_a_tree_has_a_group_for_each_grid(serve: Serve, other: dict[str, Any], names: list[str]) -> None:
    earth = serve(assets=tiles(**other))
    url = earth.image_server_url(TILES)
    tree = xr.open_datatree(url, engine="xee_lite", rasters="catalog", properties=["Name"], chunks={})
    assert list(tree.children) == names
    truth = {"2": floats(hard("u1", 1, (30, 20)), "f4"), "1": floats(hard("u1", 2, (30, 20)), "f4")}
    if not other:
        assert tree["30m"].sizes["id"] == 2
        return
    for group in (node.to_dataset() for node in tree.children.values()):
        (number,) = group["id"].values.tolist()
        assert group["Name"].values.tolist() == [{"1": "east", "2": "west"}[number]]
        np.testing.assert_array_equal(group["a"][0], truth[number])
        native = opened(earth, TILES, rasters=int(number))
        np.testing.assert_array_equal(group["x"], native["x"])
        assert group["spatial_ref"].attrs["crs_wkt"] == native["spatial_ref"].attrs["crs_wkt"]
    groups = xr.open_groups(url, engine="xee_lite", rasters="catalog")
    assert set(groups) == {"/", *(f"/{name}" for name in names)}


def test_a_tree_on_one_grid_is_one_group(serve: Serve) -> None:
    url = serve(assets=tiles(shift=7.0)).image_server_url(TILES)
    tree = xr.open_datatree(
        url, engine="xee_lite", rasters="catalog", crs="EPSG:32631", scale=30, bbox=(1.80, 41.53, 1.81, 41.54)
    )
    assert [group.sizes["id"] for group in tree.children.values()] == [2]


def test_a_raster_that_is_not_there(serve: Serve) -> None:
    earth = serve(assets=assets())
    with pytest.raises(InputError, match=r"rasters=99: .* has no such raster; xee_lite.imageserver.query"):
        opened(earth, rasters=[1, 99])


def test_a_region_without_rasters(serve: Serve) -> None:
    with pytest.raises(InputError, match="has no raster that touches the region"):
        opened(serve(assets=assets()), rasters="catalog", bbox=(50, 10, 51, 11))


def test_slices_of_time(serve: Serve) -> None:
    earth = serve(assets=assets(), image_server=ImageServerOptions(multidimensional=True))
    found = opened(earth, chunks={})
    assert found.a.dims == ("time", "y", "x")
    for day in range(3):
        for name, truth in bands_of(day).items():
            np.testing.assert_array_equal(
                found[name].sel(time=np.datetime64(START + day * DAY, "ms")), floats(truth, "f4")
            )


def test_original_files_are_kept(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    earth = serve(assets=tiles())
    for number in range(2):
        found = opened(earth, TILES, transport="download")
        np.testing.assert_array_equal(found.a[1, :30, :20], floats(hard("u1", 1, (30, 20)), "f4"))
        np.testing.assert_array_equal(found.a[0, 5:, 20:], floats(hard("u1", 2, (30, 20)), "f4"))
        assert bool(earth.requests.of("ImageServer/file")) == (number == 0)
        earth.requests.clear()
    assert exports(earth) == 0
    with pytest.raises(InputError, match="resamples none"):
        opened(earth, TILES, transport="download", scale=45)


def test_files_whose_names_tell_nothing_are_not_read(serve: Serve, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    earth = serve(assets=tiles(), image_server=ImageServerOptions(file_ids="handle"))
    with pytest.raises(InputError, match="do not tell which is the mask"):
        opened(earth, TILES, transport="download").a.load()
