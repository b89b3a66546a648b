"""geedim 2: grids, arrays and files, cloud masks and composites.

What needs the published STAC catalogue of Earth Engine is left out, as it is asked for at Google's address: it is asked
by id, so images that are exported with their metadata have none here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine

from tests.interop.scenes import (
    ALIGNED,
    ALIGNED_TRANSFORM,
    CRS,
    GRIDS,
    NORTH,
    SCENES,
    SHAPE,
    SIZE,
    WEST,
    ours,
    same,
    truth,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

pytest.importorskip("geedim")

pytestmark = pytest.mark.filterwarnings("ignore:Couldn't find STAC entry:RuntimeWarning")
SCENE = f"{SCENES}/i1"
PLACE = (10.0, 46.0, 10.02, 46.02)
UTM = "EPSG:32632"


def values(image: Any, **grid: Any) -> np.ma.MaskedArray[Any, Any]:
    """Pixels through geedim: rows, columns, bands."""
    prepared = image.gd.prepareForExport(**grid) if grid else image
    found: np.ma.MaskedArray[Any, Any] = prepared.gd.toNumPy(masked=True)
    return found


def both(number: int) -> np.ma.MaskedArray[Any, Any]:
    return np.ma.dstack([truth(number, band) for band in ("red", "nir")])


def test_what_an_image_is() -> None:
    found = ee.Image(SCENE).gd
    assert (found.id, found.index, found.crs, found.shape, found.count) == (SCENE, "i1", CRS, SHAPE, 2)
    assert found.transform == Affine(*GRIDS["native"][1])[:6]
    assert (found.dtype, found.nodata, found.scale, found.bandNames) == ("uint16", 0, SIZE, ["red", "nir"])
    assert found.date.isoformat() == "2020-01-02T00:00:00+00:00"
    assert found.properties["cloud"] == 1
    assert found.bounded


def test_stored_pixels() -> None:
    """Masked ones come as 0, which it takes for no data, so that zeros are masked too."""
    found = values(ee.Image(SCENE))
    same(found, np.ma.masked_equal(both(1), 0))


def test_tiles_are_put_together() -> None:
    found = ee.Image(SCENE).gd.toNumPy(masked=True, structured=True, max_tile_dim=17, max_tile_bands=1)
    assert found.dtype.names == ("red", "nir")
    same(found["nir"], np.ma.masked_equal(truth(1, "nir"), 0))


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_by_its_transform(name: str) -> None:
    crs, transform, shape = GRIDS[name]
    prepared = ee.Image(SCENE).gd.prepareForExport(crs=crs, crs_transform=transform, shape=shape, dtype="float64")
    assert (prepared.gd.crs, prepared.gd.shape) == (crs, shape)
    assert prepared.gd.transform == pytest.approx(transform)
    found, expected = values(prepared), ours(SCENE, crs, transform, shape)
    for place, band in enumerate(("red", "nir")):
        same(found[..., place], expected[band].values)


def test_without_a_grid_its_own_is_kept() -> None:
    prepared = ee.Image(SCENE).gd.prepareForExport()
    assert (prepared.gd.crs, prepared.gd.shape) == (CRS, SHAPE)
    assert prepared.gd.transform == Affine(*GRIDS["native"][1])[:6]
    same(values(prepared), np.ma.masked_equal(both(1), 0))


def test_a_region_keeps_the_grid() -> None:
    region = ee.Geometry.BBox(1.803, 41.536, 1.815, 41.543)
    prepared = ee.Image(SCENE).gd.prepareForExport(region=region)
    col, row = ~Affine(*GRIDS["native"][1]) @ (prepared.gd.transform[2], prepared.gd.transform[5])
    assert (col, row) == (round(col), round(row))
    height, width = prepared.gd.shape
    assert height < SHAPE[0]
    assert width < SHAPE[1]
    part = both(1)[int(row) : int(row) + height, int(col) : int(col) + width]
    same(values(prepared), np.ma.masked_equal(part, 0))


@pytest.mark.parametrize("crs", [CRS, "EPSG:3857"])
def test_a_scale_begins_at_its_multiples(crs: str) -> None:
    region = ee.Geometry.BBox(1.801, 41.536, 1.815, 41.543)
    prepared = ee.Image(SCENE).gd.prepareForExport(crs=crs, region=region, scale=40, dtype="float64")
    transform = prepared.gd.transform
    assert (transform[2] % 40, transform[5] % 40, transform[0], transform[4]) == (0, 0, 40, -40)
    expected = ours(SCENE, crs, transform, prepared.gd.shape)
    same(values(prepared)[..., 0], expected["red"].values)


def test_a_shape_is_stretched_over_the_region() -> None:
    region = ee.Geometry.BBox(1.803, 41.536, 1.815, 41.543)
    prepared = ee.Image(SCENE).gd.prepareForExport(crs="EPSG:4326", region=region, shape=(20, 30), dtype="float64")
    assert prepared.gd.shape == (20, 30)
    assert prepared.gd.transform == pytest.approx((0.012 / 30, 0, 1.803, 0, -0.007 / 20, 41.543))
    same(values(prepared)[..., 1], ours(SCENE, "EPSG:4326", prepared.gd.transform, (20, 30))["nir"].values)


def test_averages_over_coarser_pixels() -> None:
    grid = {"crs": CRS, "crs_transform": (2 * SIZE, 0, WEST, 0, -2 * SIZE, NORTH), "shape": (20, 25)}
    found = values(ee.Image(SCENE), resampling="average", dtype="float64", **grid)
    blocks: np.ma.MaskedArray[Any, Any] = both(1).reshape(20, 2, 25, 2, 2)
    np.testing.assert_allclose(found.filled(-1), blocks.mean(axis=(1, 3)).filled(-1), rtol=1e-12)


def test_into_xarray() -> None:
    found = ee.Image(SCENE).multiply(1).gd.toXarray(masked=True)
    expected = xr.open_dataset(SCENE, engine="xee_lite")
    assert found.dims == ("y", "x", "band")
    assert found.attrs["crs"] == CRS
    for axis in ("x", "y"):
        np.testing.assert_array_equal(found[axis].values, expected[axis].values)
    filled = found.values[..., 0]
    same(filled, np.where(expected["red"].values == 0, np.nan, expected["red"].values))


def test_into_a_file(tmp_path: Path) -> None:
    ee.Image(SCENE).multiply(1).gd.toGeoTIFF(tmp_path / "scene.tif")
    with rasterio.open(tmp_path / "scene.tif") as file:
        assert (file.crs.to_string(), file.shape, file.transform) == (CRS, SHAPE, Affine(*GRIDS["native"][1]))
        assert file.dtypes == ("uint16", "uint16")
        for number, band in enumerate(("red", "nir"), start=1):
            same(file.read(number, masked=True), np.ma.masked_equal(truth(1, band), 0))


def test_an_export_to_drive_is_watched(exported: Path) -> None:
    prepared = ee.Image(SCENE).gd.prepareForExport(dtype="float64")
    prepared.gd.toGoogleCloud("scene", type="drive", folder="maps", wait=True)
    with rasterio.open(exported / "maps" / "scene.tif") as file:
        assert file.transform == Affine(*GRIDS["native"][1])
        same(file.read(1, masked=True), np.ma.masked_invalid(np.ma.filled(truth(1, "red").astype("f8"), np.nan)))


def test_a_collection() -> None:
    scenes = ee.ImageCollection(SCENES).gd
    assert list(scenes.properties) == ["i0", "i1", "i2"]
    assert "2020-01-03 00:00" in scenes.propertiesTable
    arrays = scenes.toNumPy(masked=True)
    assert arrays.shape == (*SHAPE, 2, 3)
    same(arrays[..., 0, 2], np.ma.masked_equal(truth(2, "red"), 0))
    found = scenes.filter("2020-01-02", "2020-01-04", region=ee.Image(SCENE).geometry())
    assert list(found.gd.properties) == ["i1", "i2"]


def unnamed() -> Any:
    """The scenes as computed ones, which no catalogue is asked for."""
    return ee.ImageCollection(SCENES).map(lambda image: image.multiply(1).copyProperties(image, image.propertyNames()))


def test_a_collection_becomes_files(tmp_path: Path) -> None:
    unnamed().gd.toGeoTIFF(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nir.tif", "red.tif"]
    with rasterio.open(tmp_path / "nir.tif") as file:
        assert file.transform == Affine(*GRIDS["native"][1])
        for number in range(3):
            same(file.read(number + 1, masked=True), np.ma.masked_equal(truth(number, "nir"), 0))


@pytest.mark.parametrize("split", ["bands", "images"])
def test_a_collection_becomes_structured_arrays(split: str) -> None:
    found = unnamed().gd.toNumPy(masked=True, structured=True, split=split)
    for number in range(3):
        name = next(
            name for name in (found.dtype[0] if split == "bands" else found.dtype).names if f"i{number}" in name
        )
        array = found["red"][name] if split == "bands" else found[name]["red"]
        same(array, np.ma.masked_equal(truth(number, "red"), 0))


def test_a_collection_is_prepared_as_one() -> None:
    crs, transform, shape = GRIDS["part"]
    prepared = unnamed().gd.prepareForExport(crs=crs, crs_transform=transform, shape=shape, dtype="float64")
    arrays = prepared.gd.toNumPy(masked=True)
    for number in range(3):
        expected = ours(f"{SCENES}/i{number}", crs, transform, shape)
        for place, band in enumerate(("red", "nir")):
            same(arrays[..., place, number], expected[band].values)


def test_a_collection_becomes_assets() -> None:
    ee.data.createAsset({"type": "IMAGE_COLLECTION"}, "projects/test-project/assets/series")
    unnamed().gd.toGoogleCloud(type="asset", folder="test-project/series", split="images", wait=True)
    series = ee.ImageCollection("projects/test-project/assets/series")
    names = series.aggregate_array("system:index").getInfo()
    assert len(names) == 3
    for number, name in enumerate(names):
        same(
            values(series.filter(ee.Filter.eq("system:index", name)).first())[..., 1],
            np.ma.masked_equal(truth(number, "nir"), 0),
        )


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "float32"])
def test_types_of_pixels(dtype: str) -> None:
    found = ee.Image(SCENE).gd.prepareForExport(dtype=dtype).gd.toNumPy()
    assert found.dtype == dtype
    limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)
    expected = truth(1, "red").filled(0).clip(limits.min, limits.max)
    valid = ~np.ma.getmaskarray(truth(1, "red"))
    np.testing.assert_array_equal(found[..., 0][valid], expected.astype(dtype)[valid])


def test_how_much_of_a_region_is_there() -> None:
    west, north = ALIGNED_TRANSFORM[2], ALIGNED_TRANSFORM[5]
    corners = [west + 10 * SIZE, north - 25 * SIZE, west + 40 * SIZE, north - 5 * SIZE]
    region = ee.Geometry.Rectangle(corners, CRS, geodesic=False)
    found = ee.Image(ALIGNED).mask().gd.regionCoverage(region=region).getInfo()
    for band in ("red", "nir"):
        part = truth(1, band)[5:25, 10:40]
        assert found[band] == pytest.approx(100 * part.count() / part.size)


@pytest.mark.parametrize("method", ["mosaic", "mean", "median", "mode"])
def test_composites_of_a_collection(method: str) -> None:
    composite = ee.ImageCollection(SCENES).gd.composite(method=method, mask=False)
    crs, transform, shape = GRIDS["native"]
    grid = {"crs": crs, "crs_transform": transform, "shape": shape, "dtype": "float64", "bands": ["nir"]}
    found = values(composite, **grid)[..., 0]
    stack = np.ma.stack([truth(number, "nir") for number in range(3)]).astype("f8")
    if method == "mosaic":
        expected = stack[0].copy()
        for upper in stack[1:]:
            expected[~upper.mask] = upper[~upper.mask]
    elif method == "mode":
        first, second, third = np.ma.sort(stack, axis=0, endwith=True)  # of values that are all different the least
        expected, alike = first.copy(), np.ma.filled(second == third, False)
        expected[alike] = second[alike]
    else:
        expected = getattr(np.ma, method)(stack, axis=0)
    np.testing.assert_allclose(found.filled(-1), expected.filled(-1), rtol=1e-12)
    assert composite.gd.index == f"{method.upper()}-COMP"


def qa(image: Any, band: str, grid: tuple[str, tuple[float, ...], tuple[int, int]]) -> npt.NDArray[np.int64]:
    """A band of quality flags by this engine."""
    crs, transform, shape = grid
    found = xr.open_dataset(
        image.select(band), engine="xee_lite", crs=crs, transform=transform, shape=shape, nodata=0, mask_and_scale=False
    )
    bits: npt.NDArray[np.int64] = found[band].values.astype("i8")
    return bits


LANDSAT_GRID = (UTM, (30.0, 0.0, 576_015.0, 0.0, -30.0, 5_100_015.0), (70, 60))
LANDSAT_WIDE = (UTM, (990.0, 0.0, 540_015.0, 0.0, -990.0, 5_130_015.0), (70, 60))
SENTINEL_WIDE = (UTM, (990.0, 0.0, 540_015.0, 0.0, -990.0, 5_130_015.0), (70, 60))
SENTINEL_GRID = (UTM, (20.0, 0.0, 577_000.0, 0.0, -20.0, 5_097_000.0), (70, 60))


def on(grid: tuple[str, tuple[float, ...], tuple[int, int]], **more: Any) -> dict[str, Any]:
    return {"crs": grid[0], "crs_transform": grid[1], "shape": grid[2], "dtype": "float64", **more}


@pytest.mark.parametrize(
    ("collection", "start", "band"),
    [
        ("LANDSAT/LC08/C02/T1_L2", "2022-05-01", "SR_B4"),
        ("LANDSAT/LC09/C02/T1_L2", "2022-05-01", "SR_B4"),
        ("LANDSAT/LC08/C02/T1_TOA", "2022-05-01", "B4"),
        ("LANDSAT/LE07/C02/T1_L2", "2000-05-01", "SR_B3"),
        ("LANDSAT/LT05/C02/T1_L2", "1995-05-01", "SR_B3"),
    ],
)
def test_clouds_of_landsat(collection: str, start: str, band: str) -> None:
    scenes = ee.ImageCollection(collection).filterDate(start, ee.Date(start).advance(4, "month"))
    some = ee.Filter.And(ee.Filter.gt("CLOUD_COVER", 25), ee.Filter.lt("CLOUD_COVER", 75))
    image = ee.Image(scenes.filterBounds(ee.Geometry.BBox(*PLACE)).filter(some).first())
    flags = qa(image, "QA_PIXEL", LANDSAT_WIDE)
    clear = flags & sum(1 << bit for bit in (1, 9, 11, 15)) == 0  # dilated cloud, cloud, shadow, cirrus: likely
    assert 0 < clear.mean() < 1
    masks = image.gd.addMaskBands()
    found = values(masks, bands=["CLOUDLESS_MASK", "FILL_MASK"], **on(LANDSAT_WIDE))
    expected = ours(image, *LANDSAT_WIDE)[band].values
    np.testing.assert_array_equal(found[..., 0].filled(0) > 0, clear & np.isfinite(expected))
    same(values(masks.gd.maskClouds(), bands=[band], **on(LANDSAT_WIDE))[..., 0], np.where(clear, expected, np.nan))


@pytest.mark.parametrize("collection", ["COPERNICUS/S2_SR_HARMONIZED", "COPERNICUS/S2_HARMONIZED"])
def test_clouds_of_sentinel_2(collection: str) -> None:
    place = ee.Geometry.BBox(*PLACE)
    scenes = ee.ImageCollection(collection).filterDate("2022-05-01", "2022-07-01").filterBounds(place)
    image = ee.Image(scenes.sort("CLOUDY_PIXEL_PERCENTAGE", False).first())
    scores = ee.ImageCollection("GOOGLE/CLOUD_SCORE_PLUS/V1/S2_HARMONIZED").filter(
        ee.Filter.eq("system:index", image.get("system:index"))
    )
    score = ours(ee.Image(scores.first()).select("cs"), *SENTINEL_GRID)["cs"].values
    masks = image.gd.addMaskBands(score=0.5)
    found = values(masks, bands=["CLOUD_SCORE", "CLOUDLESS_MASK"], **on(SENTINEL_GRID))
    np.testing.assert_array_equal(found[..., 0].filled(np.nan).astype("f4"), score.astype("f4"))
    clear = score > 0.5
    np.testing.assert_array_equal(found[..., 1].filled(0) > 0, clear)
    expected = ours(image, *SENTINEL_GRID)["B8"].values
    same(values(masks.gd.maskClouds(), bands=["B8"], **on(SENTINEL_GRID))[..., 0], np.where(clear, expected, np.nan))


@pytest.mark.filterwarnings("ignore:The '.*' mask method is deprecated:FutureWarning")
@pytest.mark.parametrize(("method", "year"), [("cloud-prob", 2022), ("qa", 2021)])
def test_older_clouds_of_sentinel_2(method: str, year: int) -> None:
    """Before small clouds are removed and the others grow."""
    place = ee.Geometry.BBox(*PLACE)
    scenes = ee.ImageCollection("COPERNICUS/S2_HARMONIZED").filterDate(f"{year}-05-01", f"{year}-07-01")
    image = ee.Image(scenes.filterBounds(place).sort("CLOUDY_PIXEL_PERCENTAGE", False).first())
    if method == "qa":
        expected = qa(image, "QA60", SENTINEL_WIDE) & (1 << 10 | 1 << 11) > 0
    else:
        same_name = ee.Filter.eq("system:index", image.get("system:index"))
        scores = ee.Image(ee.ImageCollection("COPERNICUS/S2_CLOUD_PROBABILITY").filter(same_name).first())
        expected = ours(scores, *SENTINEL_WIDE)["probability"].values >= 40
    assert 0 < expected.mean() < 1
    masks = image.gd.addMaskBands(mask_method=method, prob=40, mask_shadows=False)
    found = values(masks, bands=["CLOUD_MASK", "CLOUDLESS_MASK"], **on(SENTINEL_WIDE))
    np.testing.assert_array_equal(found[..., 0].filled(0) > 0, expected)
    assert not (found[..., 1].filled(0) > 0)[expected].all()


@pytest.mark.parametrize(
    ("collection", "band"), [("LANDSAT/LC08/C02/T1_L2", "SR_B4"), ("COPERNICUS/S2_SR_HARMONIZED", "B4")]
)
def test_the_median_without_clouds(collection: str, band: str) -> None:
    grid = LANDSAT_GRID if "LANDSAT" in collection else SENTINEL_GRID
    place = ee.Geometry.BBox(*PLACE)
    scenes = ee.ImageCollection(collection).filterDate("2022-05-01", "2022-06-01").filterBounds(place)
    found = values(scenes.gd.composite(method="median"), bands=[band], **on(grid))[..., 0]
    clear = ours(scenes.gd.addMaskBands().gd.maskClouds().select(band), *grid)[band]
    assert clear.sizes["time"] > 2
    np.testing.assert_allclose(found.filled(np.nan), clear.median("time").values, rtol=1e-6)


def test_the_clearest_pixels() -> None:
    """Of each pixel the image in which it is farthest from clouds."""
    place = ee.Geometry.BBox(*PLACE)
    scenes = ee.ImageCollection("LANDSAT/LC08/C02/T1_L2").filterDate("2022-05-01", "2022-06-01").filterBounds(place)
    found = values(scenes.gd.composite(method="q-mosaic"), bands=["SR_B4", "CLOUD_DIST"], **on(LANDSAT_GRID))
    masked = scenes.gd.addMaskBands().gd.maskClouds().select(["SR_B4", "CLOUD_DIST"])
    every = ours(masked, *LANDSAT_GRID)
    np.testing.assert_array_equal(found[..., 1].filled(np.nan), every["CLOUD_DIST"].max("time").values)
    candidates = every["SR_B4"].where(every["CLOUD_DIST"] == found[..., 1].filled(np.nan))
    np.testing.assert_array_equal((candidates == found[..., 0].filled(np.nan)).any("time").values, ~found[..., 0].mask)
