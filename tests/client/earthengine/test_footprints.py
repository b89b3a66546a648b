"""A region keeps the images that touch it, and chooses the grid among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import shapely
import xarray as xr

from tests.client.scenes import DAY, ID, START, Serve, image, pixels
from xee_lite import InputError, XeeLiteWarning
from xee_lite.earthengine.footprints import touching
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from collections.abc import Callable


S2 = "COPERNICUS/S2_SR_HARMONIZED"
PLACE = (3.05, 43.55, 3.06, 43.56)
"""In zone 31, where two tiles overlap."""
HERE = (1.79, 41.53, 1.82, 41.56)
"""Around the memory images of zone 31."""


def opened(obj: Any, **options: Any) -> xr.Dataset:
    return xr.open_dataset(obj, engine="xee_lite", **options)


def far_and_near() -> dict[str, Any]:
    """The first image lies elsewhere, in another zone."""
    far = memory_image(
        {"B1": pixels("u2", 1)},
        crs="EPSG:32640",
        transform=(30, 0, 399945, 0, -30, 4600035),
        properties={"system:index": "a", "system:time_start": START},
    )
    near = [image({"B1": pixels("u2", seed)}, f"b{seed}", START + seed * DAY) for seed in (2, 3)]
    return {ID: memory_collection([far, *near])}


@pytest.mark.parametrize(
    "region",
    [{"bbox": HERE}, {"geometry": shapely.box(*HERE)}, {"geometry": shapely.box(*HERE).__geo_interface__}],
)
def test_a_region_filters_and_chooses_the_grid(serve: Serve, region: dict[str, Any]) -> None:
    earth = serve(assets=far_and_near())
    dataset = opened(ID, **region)
    assert earth.requests.counts() == {"computeValue": 1}
    assert dataset["id"].values.tolist() == ["b2", "b3"]
    assert dataset.rio.crs.to_epsg() == 32631
    whole = opened(ee.ImageCollection(ID).filter(ee.Filter.neq("system:index", "a")))
    part = dataset.sel(x=whole["x"], y=whole["y"], method="nearest", tolerance=1e-6)
    np.testing.assert_array_equal(part["B1"].values, whole["B1"].values)


def test_an_earth_engine_geometry_is_a_region_too(serve: Serve) -> None:
    earth = serve(assets=far_and_near())
    box = ee.Geometry.BBox(*HERE)
    for geometry in (box, ee.Feature(box), box.buffer(10).bounds()):
        assert opened(ID, geometry=geometry)["id"].values.tolist() == ["b2", "b3"]
    assert earth.requests.counts() == {"computeValue": 3 + 2}, "each computed geometry is asked for once"


def test_all_images_open_where_that_is_asked_for(serve: Serve) -> None:
    serve(assets=far_and_near())
    dataset = opened(ID, bbox=HERE, filter_bounds=False, crs="EPSG:32631", scale=30)
    assert dataset["id"].values.tolist() == ["a", "b2", "b3"]


def test_images_of_several_crss_are_named_in_a_warning(serve: Serve) -> None:
    serve(assets=far_and_near())
    with pytest.warns(XeeLiteWarning, match=r"2 CRSs: .*first image, EPSG:32640, and those in EPSG:32631 .* Pass crs="):
        assert opened(ID).rio.crs.to_epsg() == 32640
    grids: tuple[dict[str, Any], ...] = (
        {"crs": "EPSG:32631", "scale": 30, "bbox": HERE},
        {"crs": "EPSG:4326", "scale": 1000},
        {"like": opened(ID, bbox=HERE)},
        {"bbox": HERE},
        {"bbox": HERE, "filter_bounds": True, "groupby": "day"},
    )
    for grid in grids:
        opened(ID, **grid)  # a warning would be an error here


def test_nothing_in_a_region_is_a_sentence(serve: Serve) -> None:
    serve(assets=far_and_near())
    with pytest.raises(
        InputError, match=r"No image of .*stack touches the region \(10, 0, 11, 1\).*filter_bounds=False"
    ):
        opened(ID, bbox=(10, 0, 11, 1))
    with pytest.raises(InputError, match=r"is empty: no image passes its filters"):
        opened(ee.ImageCollection(ID).filterDate("1900", "1901"), bbox=HERE)


def test_images_without_a_footprint_are_kept(serve: Serve) -> None:
    serve(assets=far_and_near())
    composites = ee.ImageCollection([ee.ImageCollection(ID).mosaic(), ee.Image.constant(1).toUint16().rename("B1")])
    dataset = opened(composites, bbox=HERE, scale=1000, crs="EPSG:32631")
    assert dataset.sizes["time"] == 2
    mixed = ee.ImageCollection(ID).merge(composites.map(lambda one: one.toUint16()))
    with pytest.warns(XeeLiteWarning, match="EPSG:4326"):
        kept = opened(mixed, bbox=HERE)
    assert kept.sizes["time"] == 4


COLLECTIONS: dict[str, Callable[[ee.ImageCollection], ee.ImageCollection]] = {
    "stored": lambda stored: stored,
    "dated": lambda stored: stored.filterDate("2020-01-01", "2020-01-04"),
    "mapped": lambda stored: stored.map(lambda one: one.add(1).copyProperties(one, ["system:time_start"])),
    "masked": lambda stored: stored.map(lambda one: one.updateMask(one.select("B1").gt(100))).sort("system:index"),
    "linked": lambda stored: stored.linkCollection(stored.select(["B1"], ["linked"]), ["linked"]),
    "filtered after": lambda stored: stored.map(lambda one: one.set("n", 1)).filter(ee.Filter.eq("n", 1)),
    "merged": lambda stored: stored.merge(stored.limit(2)),
    "limited": lambda stored: stored.limit(2),
    "listed": lambda _: ee.ImageCollection([ee.Image(f"{ID}/b2"), ee.Image(f"{ID}/a")]),
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_it_is_the_filter_of_the_service(serve: Serve, name: str) -> None:
    """Below the functions that leave images where they are, and never below a limit."""
    serve(assets=far_and_near())
    collection = COLLECTIONS[name](ee.ImageCollection(ID))
    chosen = touching(collection, HERE).aggregate_array("system:index").getInfo()
    near = [index for index in collection.aggregate_array("system:index").getInfo() if not index.endswith("a")]
    assert chosen == near
    assert near


def test_a_function_that_moves_its_image_is_filtered_by_where_that_lies(serve: Serve) -> None:
    serve(assets=far_and_near())
    moved = ee.ImageCollection(ID).map(lambda one: ee.Image(f"{ID}/b2").set("system:index", one.get("system:index")))
    assert touching(moved, HERE).size().getInfo() == 3


@pytest.mark.parametrize("name", ["mapped", "masked", "filtered after", "dated"])
def test_an_item_is_still_its_own_image(serve: Serve, name: str) -> None:
    earth = serve(assets=far_and_near())
    dataset = opened(COLLECTIONS[name](ee.ImageCollection(ID)), bbox=HERE)
    earth.requests.clear()
    dataset["B1"][0].load()
    (request,) = earth.requests
    assert "Collection" not in str(request.body["expression"]), "no collection is searched"


def test_repeated_ids_are_found_by_their_place_among_the_filtered(serve: Serve) -> None:
    assets = far_and_near()
    earth = serve(assets=assets)
    same = ee.ImageCollection(ID).map(lambda one: one.set("system:index", "x"))
    got = opened(same, bbox=HERE)["B1"].values
    np.testing.assert_array_equal(got, opened(ID, bbox=HERE)["B1"].values)
    assert earth.requests


@pytest.mark.parametrize(
    "region",
    [
        (179.9, -16.6, 180.1, -16.5),
        (179.9, -16.6, -179.9, -16.5),
        (-180.1, -16.6, -179.9, -16.5),
        (179.9, -90, 180, 90),
    ],
)
@pytest.mark.parametrize("asset", ["MODIS/061/MOD13Q1", "ECMWF/ERA5/MONTHLY"])
def test_images_of_the_whole_globe_touch_every_region(serve: Serve, asset: str, region: tuple[float, ...]) -> None:
    serve()
    assert opened(ee.ImageCollection(asset).limit(2), bbox=region, crs="EPSG:4326", scale=10_000).sizes["time"] == 2


def test_a_region_across_the_antimeridian_has_the_images_of_both_sides(serve: Serve) -> None:
    serve()
    days = ee.ImageCollection(S2).filterDate("2023-06-01", "2023-06-10")
    grid = {"crs": "EPSG:3832", "scale": 1000}
    ids = [
        set(opened(days, bands="B4", bbox=box, **grid)["id"].values)
        for box in ((179.5, -17, -179.5, -16), (179.5, -17, 179.999, -16), (-179.999, -17, -179.5, -16))
    ]
    assert ids[0] == ids[1] | ids[2]
    assert ids[1] - ids[2]
    assert ids[2] - ids[1]


def test_an_asset_of_the_whole_world_opens_where_the_region_is(serve: Serve) -> None:
    earth = serve()
    dataset = opened(S2, bands=["B4", "SCL"], bbox=PLACE)
    assert dataset.rio.crs.to_epsg() == 32631
    assert 100 < dataset.sizes["time"] < 2000
    assert earth.requests.counts()["computeValue"] == 1
    users = ee.ImageCollection(S2).filterBounds(ee.Geometry.BBox(*PLACE))
    assert dataset.sizes["time"] == users.size().getInfo()
