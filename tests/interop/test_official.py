"""The official client: what its guides do, on scenes whose pixels are known, against numpy and this engine."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import ee
import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine

from tests.interop.scenes import ALIGNED, ALIGNED_TRANSFORM, CRS, GRIDS, SCENES, SHAPE, ours, same, truth

if TYPE_CHECKING:
    import numpy.typing as npt

SCENE = f"{SCENES}/i1"
PIXEL_GRID = {"crs": CRS, "crsTransform": list(ALIGNED_TRANSFORM)}


def grid_of(crs: str, transform: tuple[float, ...], shape: tuple[int, int]) -> dict[str, Any]:
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    return {
        "crsCode": crs,
        "affineTransform": dict(zip(names, transform, strict=True)),
        "dimensions": {"width": shape[1], "height": shape[0]},
    }


def rectangle(rows: slice, columns: slice) -> Any:
    west, north = Affine(*ALIGNED_TRANSFORM) @ (columns.start, rows.start)
    east, south = Affine(*ALIGNED_TRANSFORM) @ (columns.stop, rows.stop)
    return ee.Geometry.Rectangle([west, south, east, north], CRS, geodesic=False)


def centre(row: int, column: int) -> Any:
    return ee.Geometry.Point(list(Affine(*ALIGNED_TRANSFORM) @ (column + 0.5, row + 0.5)), CRS)


def fetched(url: str) -> bytes:
    with urlopen(url) as reply:  # noqa: S310 - at loopback
        body: bytes = reply.read()
    return body


@pytest.mark.parametrize("name", GRIDS)
def test_pixels_of_expressions_and_of_assets(name: str) -> None:
    grid = grid_of(*GRIDS[name])
    expected = ours(SCENE, *GRIDS[name])
    computed = ee.data.computePixels({"expression": ee.Image(SCENE), "fileFormat": "NUMPY_NDARRAY", "grid": grid})
    stored = ee.data.getPixels({"assetId": SCENE, "fileFormat": "NUMPY_NDARRAY", "grid": grid})
    for band in ("red", "nir"):
        same(computed[band], expected[band].fillna(0).values)
        same(stored[band], computed[band])


def test_downloads() -> None:
    image = ee.Image(ALIGNED).unmask()
    file = fetched(
        image.getDownloadURL({"format": "GEO_TIFF", "scale": 30, "region": rectangle(slice(5, 9), slice(3, 30))})
    )
    with rasterio.MemoryFile(file) as memory, memory.open() as dataset:
        assert (dataset.crs.to_string(), dataset.shape) == (CRS, (4, 27))
        same(dataset.read(1), truth(1, "red").filled(0)[5:9, 3:30])
    array = np.load(io.BytesIO(fetched(image.getDownloadURL({"format": "NPY"}))))
    assert array.shape == SHAPE
    same(array["nir"], truth(1, "nir").filled(0))


def test_statistics_of_a_region() -> None:
    rows, columns = slice(4, 20), slice(7, 33)
    reducer = ee.Reducer.mean().combine(ee.Reducer.count(), "", True).combine(ee.Reducer.stdDev(), "", True)
    found = ee.Image(ALIGNED).reduceRegion(reducer, rectangle(rows, columns), **PIXEL_GRID).getInfo()
    for band in ("red", "nir"):
        values = np.ma.asarray(truth(1, band)[rows, columns].astype("f8"))
        assert found[f"{band}_count"] == values.count()
        assert found[f"{band}_mean"] == pytest.approx(values.mean(), rel=1e-9)
        assert found[f"{band}_stdDev"] == pytest.approx(values.std(), rel=1e-9)


def test_samples() -> None:
    image = ee.Image(ALIGNED).unmask()
    places = [(0, 0), (17, 23), (39, 49)]
    points = ee.FeatureCollection([ee.Feature(centre(*place), {"n": n}) for n, place in enumerate(places)])
    sampled = image.sampleRegions(points, ["n"], projection=ee.Projection(CRS, list(ALIGNED_TRANSFORM)))
    for feature in sampled.getInfo()["features"]:
        about = feature["properties"]
        for band in ("red", "nir"):
            assert about[band] == truth(1, band).filled(0)[places[about["n"]]]
    block = image.sampleRectangle(rectangle(slice(2, 6), slice(1, 8))).get("red").getInfo()
    same(block, truth(1, "red").filled(0)[2:6, 1:8])


def test_a_table_of_a_series() -> None:
    rows = ee.ImageCollection(SCENES).select("red").getRegion(ee.Geometry.Point(1.81, 41.54), 30).getInfo()
    assert rows[0] == ["id", "longitude", "latitude", "time", "red"]
    assert [row[0] for row in rows[1:]] == ["i0", "i1", "i2"]
    assert [row[3] - rows[1][3] for row in rows[1:]] == [0, 86_400_000, 2 * 86_400_000]


def test_an_index_by_its_formula_and_by_its_name() -> None:
    image = ee.Image(SCENE).toDouble()
    formula = image.expression("(b('nir') - b('red')) / (b('nir') + b('red'))").rename("nd")
    named = ee.Image(SCENE).normalizedDifference(["nir", "red"])
    red, nir = (truth(1, band).astype("f8") for band in ("red", "nir"))
    total = nir + red
    total[total == 0] = np.inf  # a division by zero gives 0
    expected: npt.NDArray[Any] = np.ma.filled((nir - red) / total, np.nan)
    for index in (formula, named):
        found = xr.open_dataset(index, engine="xee_lite")["nd"].values
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_trend_of_a_series() -> None:
    def with_days(image: Any) -> Any:
        days = ee.Date(image.get("system:time_start")).difference("2020-01-01", "day")
        return ee.Image.constant(days).toDouble().rename("t").addBands(image.select("nir").toDouble())

    fit = ee.ImageCollection(SCENES).map(with_days).reduce(ee.Reducer.linearFit())
    found = ours(fit.select("scale"), *GRIDS["native"])["scale"].values
    stack = np.ma.stack([truth(number, "nir") for number in range(3)]).astype("f8")
    full = ~np.ma.getmaskarray(stack).any(axis=0)
    np.testing.assert_allclose(found[full], np.ma.getdata(stack[2] - stack[0])[full] / 2, rtol=1e-6, atol=1e-6)


def test_folding_and_joining() -> None:
    scenes = ee.ImageCollection(SCENES)
    total = scenes.iterate(lambda image, last: ee.Number(last).add(ee.Image(image).getNumber("cloud")), 0)
    assert ee.Number(total).getInfo() == 3
    day = ee.Filter.maxDifference(90_000_000, "system:time_start", None, "system:time_start")
    later = ee.Filter.lessThan("system:time_start", None, "system:time_start")
    joined = ee.Join.saveAll("next").apply(scenes, scenes, ee.Filter.And(day, later))
    assert joined.aggregate_array("system:index").getInfo() == ["i0", "i1"]
    assert ee.List(joined.first().get("next")).map(lambda one: ee.Image(one).id()).getInfo() == ["i1"]


def test_ids() -> None:
    image = ee.Image(SCENE)
    wider = image.addBands(image.select("red").rename("more"))
    assert (wider.getInfo()["id"], wider.get("system:id").getInfo()) == (SCENE, SCENE)
    named = image.divide(2).set("system:id", "a/b").getInfo()
    assert named["id"] == "a/b"
    assert "system:id" not in named.get("properties", {})


def test_listings() -> None:
    images = ee.data.listImages({"parent": SCENES})["images"]
    assert [image["name"] for image in images] == [f"{SCENES}/i{number}" for number in range(3)]
    assert ee.data.getAsset(SCENE)["bands"][0]["grid"]["dimensions"] == {"width": SHAPE[1], "height": SHAPE[0]}
    listed = ee.data.computeImages({"expression": ee.ImageCollection(SCENES).filter("cloud > 0")})["images"]
    assert [image["properties"]["cloud"] for image in listed] == [1, 2]


def test_an_export_becomes_an_asset_that_others_read() -> None:
    asset = "projects/test-project/assets/doubled"
    task = ee.batch.Export.image.toAsset(
        ee.Image(SCENE).toUint32().multiply(2).toUint32(),
        "doubled",
        asset,
        crs=CRS,
        crsTransform=list(GRIDS["native"][1]),
        region=ee.Image(ALIGNED).geometry(),
    )
    task.start()
    while task.active():
        pass
    assert task.status()["state"] == "COMPLETED", task.status()
    found = xr.open_dataset(asset, engine="xee_lite", crs=CRS, transform=GRIDS["part"][1], shape=GRIDS["part"][2])
    same(found["red"].values, 2 * ours(SCENE, *GRIDS["part"])["red"].values)
