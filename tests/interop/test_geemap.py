"""geemap's functions that need no map and no browser: files, arrays, statistics, tables.

Left out are those that need more than geemap brings (geopandas, geojson, ffmpeg), that ask a fixed address (the lists
of datasets), ``ee_to_xarray``, whose arguments are not those of xee 0.1, and ``ee_to_df``, which the pandas of today
does not accept.
"""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import ee
import numpy as np
import pytest
import rasterio
import shapefile
import xarray as xr
from affine import Affine
from PIL import Image, ImageSequence
from shapely.geometry import shape

from tests.interop.scenes import ALIGNED, ALIGNED_TRANSFORM, CRS, SCENES, SHAPE, ours, same, truth

if TYPE_CHECKING:
    from collections.abc import Callable

geemap = pytest.importorskip("geemap")

SCENE = ALIGNED
BANDS = ("red", "nir")
GRID = Affine(*ALIGNED_TRANSFORM)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def area() -> Any:
    return ee.Geometry.BBox(1.803, 41.536, 1.815, 41.543)


def window() -> tuple[slice, slice]:
    """Rows and columns of some whole pixels."""
    return slice(4, 24), slice(10, 40)


def pixels_of(rows: slice, columns: slice) -> Any:
    """The rectangle of these pixels as a geometry."""
    west, north = GRID @ (columns.start, rows.start)
    east, south = GRID @ (columns.stop, rows.stop)
    return ee.Geometry.Rectangle([west, south, east, north], CRS, geodesic=False)


def everywhere() -> Any:
    return pixels_of(slice(0, SHAPE[0]), slice(0, SHAPE[1]))


def zones() -> Any:
    rows, _ = window()
    shapes = [pixels_of(rows, slice(10 * number, 10 * number + 10)) for number in range(3)]
    return ee.FeatureCollection([ee.Feature(shape, {"zone": f"z{at}"}) for at, shape in enumerate(shapes)])


def zone(number: int, band: str) -> np.ma.MaskedArray[Any, Any]:
    part: np.ma.MaskedArray[Any, Any] = truth(1, band)[window()[0], 10 * number : 10 * number + 10]
    return np.ma.asarray(part.astype("f8"))


def table(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_image_as_a_file() -> None:
    geemap.ee_export_image(ee.Image(SCENE).unmask(), "scene.tif", scale=30, region=everywhere(), verbose=False)
    with rasterio.open("scene.tif") as file:
        assert (file.crs.to_string(), file.shape, file.transform) == (CRS, SHAPE, GRID)
        for number, band in enumerate(BANDS, start=1):
            same(file.read(number), truth(1, band).filled(0))


def test_a_region_in_another_crs() -> None:
    geemap.ee_export_image(ee.Image(SCENE), "part.tif", scale=40, crs="EPSG:3857", region=area(), verbose=False)
    with rasterio.open("part.tif") as file:
        assert file.res == (40, 40)
        expected = ours(ee.Image(SCENE).unmask(0), "EPSG:3857", tuple(file.transform), file.shape)
        same(file.read(1), expected["red"].fillna(0).values)


def test_a_file_for_each_band() -> None:
    geemap.ee_export_image(
        ee.Image(SCENE), "scene.tif", scale=30, region=everywhere(), file_per_band=True, verbose=False
    )
    assert {path.name for path in Path().glob("*.tif")} == {"scene.red.tif", "scene.nir.tif"}
    with rasterio.open("scene.nir.tif") as file:
        same(file.read(1), truth(1, "nir").filled(0))


def test_a_collection_as_files() -> None:
    scenes = ee.ImageCollection([ee.Image(SCENE).add(number).set("system:index", f"s{number}") for number in range(3)])
    geemap.ee_export_image_collection(scenes, "scenes", scale=30, region=everywhere(), verbose=False)
    for number in range(3):
        with rasterio.open(f"scenes/s{number}.tif") as file:
            same(file.read(1), np.ma.filled(truth(1, "red").astype("i8") + number, 0))


def test_an_export_to_drive(exported: Path) -> None:
    geemap.ee_export_image_to_drive(ee.Image(SCENE).unmask(), "scene", folder="geemap", scale=30)
    (operation,) = [one for one in ee.data.listOperations() if one["metadata"]["description"] == "scene"]
    while not operation.get("done"):
        operation = ee.data.getOperation(operation["name"])
    with rasterio.open(exported / "geemap" / "scene.tif") as file:
        same(file.read(2), truth(1, "nir").filled(0))


def test_arrays() -> None:
    whole = geemap.ee_to_numpy(ee.Image(SCENE))
    assert whole.shape == (*SHAPE, 2)
    same(whole[..., 0], truth(1, "red").filled(0))
    rows, columns = window()
    part = geemap.ee_to_numpy(ee.Image(SCENE), region=pixels_of(rows, columns), scale=30, bands=["nir"])
    same(part[..., 0], truth(1, "nir")[rows, columns].filled(0))


def test_statistics_of_an_image() -> None:
    rows, columns = window()
    found = geemap.image_stats(ee.Image(SCENE), region=pixels_of(rows, columns), scale=30).getInfo()
    for band in BANDS:
        values = truth(1, band)[rows, columns].astype("f8")
        for name in ("min", "max", "mean", "std", "sum"):
            assert found[name][band] == pytest.approx(getattr(values, name)(), rel=1e-9)


def test_properties_of_an_image() -> None:
    found = geemap.image_props(ee.Image(f"{SCENES}/i1")).getInfo()
    assert (found["cloud"], found["IMAGE_DATE"], found["NOMINAL_SCALE"]) == (1, "2020-01-02", 30)
    assert found["system:time_start"] == "2020-01-02 00:00:00"
    assert geemap.image_dates(ee.ImageCollection(SCENES)).getInfo() == ["2020-01-01", "2020-01-02", "2020-01-03"]
    assert geemap.image_band_names(ee.Image(SCENE)).getInfo() == list(BANDS)
    assert geemap.image_cell_size(ee.Image(SCENE)).getInfo() == 30


def test_classes_are_counted() -> None:
    classes = ee.Image(SCENE).select("red").divide(20000).toInt().rename("class")
    rows, columns = window()
    found = geemap.image_value_list(classes, region=pixels_of(rows, columns), scale=30, return_hist=True).getInfo()
    values, counts = np.unique((truth(1, "red")[rows, columns] // 20000).compressed(), return_counts=True)
    assert {int(name): round(count) for name, count in found.items()} == dict(zip(values, counts, strict=True))


@pytest.mark.parametrize(
    ("statistic", "function"),
    [
        ("MEAN", np.ma.mean),
        ("SUM", np.ma.sum),
        ("MAXIMUM", np.ma.max),
        ("MINIMUM", np.ma.min),
        ("STD", np.ma.std),
        ("VARIANCE", np.ma.var),
        ("COUNT", np.ma.count),
    ],
)
def test_statistics_of_zones(statistic: str, function: Callable[..., float]) -> None:
    geemap.zonal_stats(ee.Image(SCENE), zones(), "zones.csv", stat_type=statistic, scale=30, verbose=False)
    rows = table("zones.csv")
    assert [row["zone"] for row in rows] == ["z0", "z1", "z2"]
    for number, row in enumerate(rows):
        for band in BANDS:
            assert float(row[band]) == pytest.approx(function(zone(number, band)), rel=1e-9)


def test_areas_of_classes_in_zones() -> None:
    """Its first band is the area, so that the pixels counted are those of a grid in degrees: shares, not numbers."""
    classes = ee.Image(SCENE).select("red").divide(40000).toInt()
    geemap.zonal_stats_by_group(classes, zones(), "groups.csv", stat_type="SUM", scale=30, verbose=False)
    for number, row in enumerate(table("groups.csv")):
        pixels = zone(number, "red").compressed() // 40000
        for value in (0, 1):
            share = float(row[f"Class_{value}"]) / float(row["Class_sum"])
            assert share == pytest.approx((pixels == value).mean(), abs=0.05)


def test_tables_as_files() -> None:
    geemap.ee_export_vector(zones(), "zones.geojson", verbose=False)
    features = json.loads(Path("zones.geojson").read_text("utf-8"))["features"]
    assert [feature["properties"]["zone"] for feature in features] == ["z0", "z1", "z2"]
    again = geemap.geojson_to_ee({"type": "FeatureCollection", "features": features})
    assert again.aggregate_array("zone").getInfo() == ["z0", "z1", "z2"]
    assert geemap.ee_to_geojson(zones())["features"][2]["properties"]["zone"] == "z2"


def test_tables_in_other_formats() -> None:
    for name in ("zones.csv", "zones.json", "zones.kml", "zones.kmz", "zones.shp"):
        geemap.ee_export_vector(zones(), name, verbose=False)
    assert [row["zone"] for row in table("zones.csv")] == ["z0", "z1", "z2"]
    features = json.loads(Path("zones.json").read_text("utf-8"))["features"]
    assert [feature["properties"]["zone"] for feature in features] == ["z0", "z1", "z2"]
    expected = [shape(one.geometry().transform("EPSG:4326").getInfo()) for one in listed(zones())]
    with shapefile.Reader("zones.shp") as file:
        assert [record["zone"] for record in file.records()] == ["z0", "z1", "z2"]
        for one, other in zip(file.shapes(), expected, strict=True):
            assert shape(one.__geo_interface__).symmetric_difference(other).area < 1e-6 * other.area
    with zipfile.ZipFile("zones.kmz") as members:
        assert members.read("doc.kml") == Path("zones.kml").read_bytes()
    root = ET.fromstring(Path("zones.kml").read_bytes())  # noqa: S314 - our own
    zones_of = "{*}Document/{*}Placemark/{*}ExtendedData/{*}Data[@name='zone']/{*}value"
    assert [value.text for value in root.findall(zones_of)] == ["z0", "z1", "z2"]


def listed(features: Any) -> list[Any]:
    return [ee.Feature(features.toList(3).get(number)) for number in range(3)]


def test_tables_become_geo_json() -> None:
    text = geemap.ee_export_geojson(zones(), "zones.geojson")
    assert [feature["properties"]["zone"] for feature in json.loads(text)["features"]] == ["z0", "z1", "z2"]
    geemap.dict_to_csv(ee.Dictionary({"a": 1, "b": 2}), "./both.csv", by_row=True)
    assert [(row["name"], row["value"]) for row in table("both.csv")] == [("a", "1"), ("b", "2")]


def test_statistics_of_zones_keep_their_places() -> None:
    geemap.zonal_stats(ee.Image(SCENE), zones(), "zones.shp", scale=30, verbose=False)
    with shapefile.Reader("zones.shp") as file:
        for number, (place, row) in enumerate(zip(file.shapes(), file.records(), strict=True)):
            assert row["red"] == pytest.approx(zone(number, "red").mean(), rel=1e-9)
            west, south, east, north = place.bbox
            assert [west, south, east, north] == pytest.approx(geemap.ee_to_bbox(listed(zones())[number]), abs=1e-5)


def test_statistics_of_classes() -> None:
    red = ee.Image(SCENE).select("red")
    rows, columns = window()
    values = truth(1, "red")[rows, columns].compressed().astype("f8")
    found = geemap.image_stats_by_zone(red, red.divide(20000).toInt(), region=pixels_of(rows, columns), scale=30)
    assert list(found["zone"]) == [0, 1, 2, 3]
    for number, mean in enumerate(found["stat"]):
        assert mean == pytest.approx(values[values // 20000 == number].mean(), rel=1e-9)
    areas = geemap.image_area_by_group(
        red.divide(20000).toInt(), region=pixels_of(rows, columns), scale=30, denominator=1e4
    )
    assert areas["area"].sum() == pytest.approx(values.size * 0.09, rel=0.02)


def test_values_at_a_pixel() -> None:
    place = ee.Geometry.Point(list(GRID @ (20.5, 10.5)), CRS)
    found = geemap.extract_pixel_values(ee.Image(SCENE).unmask(), place, scale=30, getInfo=True)
    assert found == {band: truth(1, band).filled(0)[10, 20] for band in BANDS}


def test_tables_are_joined_and_summarized() -> None:
    sizes = zones().map(lambda feature: feature.set("n", ee.Number.parse(feature.getString("zone").slice(1))))
    assert geemap.column_stats(sizes, "n", "sum").getInfo() == {"sum": 3}
    assert geemap.summarize_by_group(sizes, "n", "zone", "group", "sum").getInfo() == {"z0": 0, "z1": 1, "z2": 2}
    assert geemap.vec_area_ha(sizes).aggregate_array("area_ha").getInfo() == pytest.approx([18] * 3, rel=0.01)


def test_values_at_points() -> None:
    at = [(5, 5), (20, 31), (39, 49)]
    points = [ee.Geometry.Point(list(GRID @ (col + 0.5, row + 0.5)), CRS) for row, col in at]
    features = ee.FeatureCollection([ee.Feature(point, {"n": n}) for n, point in enumerate(points)])
    geemap.extract_values_to_points(features, ee.Image(SCENE).unmask(), "points.csv", scale=30)
    for place, row in zip(at, table("points.csv"), strict=True):
        assert [int(row[band]) for band in BANDS] == [truth(1, band).filled(0)[place] for band in BANDS]


def test_a_series_at_a_point() -> None:
    series = geemap.extract_timeseries_to_point(41.54, 1.81, ee.ImageCollection(SCENES), scale=30)
    expected = xr.open_dataset(
        SCENES, engine="xee_lite", crs="EPSG:4326", transform=(1e-6, 0, 1.81, 0, -1e-6, 41.54), shape=(1, 1)
    )
    for band in BANDS:
        same(series[band].to_numpy(float), expected[band].values[:, 0, 0])


def test_pictures() -> None:
    style = {"min": 0, "max": 65535, "bands": ["red"]}
    geemap.get_image_thumbnail(ee.Image(SCENE), "thumb.png", dict(style), dimensions=50)
    with Image.open("thumb.png") as picture:
        assert max(picture.size) == 50
    video = {**style, "dimensions": 60, "region": area(), "framesPerSecond": 5, "crs": "EPSG:3857"}
    geemap.download_ee_video(ee.ImageCollection(SCENES), video, "days.gif")
    with Image.open("days.gif") as picture:
        assert max(picture.size) == 60
        assert len(list(ImageSequence.Iterator(picture))) == 3


def test_pictures_of_a_collection() -> None:
    style = {"min": 0, "max": 65535, "bands": ["red"]}
    geemap.get_image_collection_thumbnails(ee.ImageCollection(SCENES), "thumbs", dict(style), dimensions=40)
    pictures = sorted(Path("thumbs").iterdir())
    assert [path.name for path in pictures] == ["i0.jpg", "i1.jpg", "i2.jpg"]
    geemap.jpg_to_gif("thumbs", "days.gif")
    with Image.open("days.gif") as picture:
        assert len(list(ImageSequence.Iterator(picture))) == 3


def test_a_timelapse() -> None:
    place = ee.Geometry.BBox(10, 46, 10.1, 46.08)
    geemap.sentinel2_timelapse(
        place, "years.gif", 2020, 2021, "06-01", "06-20", dimensions=60, title=None, add_progress_bar=False
    )
    with Image.open("years.gif") as picture:
        assert max(picture.size) == 60
        assert len(list(ImageSequence.Iterator(picture))) == 2


def test_a_series_of_months() -> None:
    place = ee.Geometry.BBox(10, 46, 10.2, 46.2)
    months = geemap.create_timeseries("UCSB-CHG/CHIRPS/DAILY", "2020-01-01", "2020-04-01", place, None, "month", "sum")
    grid: dict[str, Any] = {"crs": "EPSG:4326", "transform": (0.05, 0, 10, 0, -0.05, 46.2), "shape": (4, 4)}
    found = xr.open_dataset(months, engine="xee_lite", **grid)["precipitation"]
    days = ee.ImageCollection("UCSB-CHG/CHIRPS/DAILY").filterDate("2020-01-01", "2020-04-01")
    expected = xr.open_dataset(days, engine="xee_lite", **grid)["precipitation"].resample(time="MS").sum()
    np.testing.assert_array_equal(found["time"].values, expected["time"].values)
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-6)


def test_series_of_decades() -> None:
    """Of Landsat 4, 5, 7, 8 and 9, which it merges."""
    years = geemap.landsat_timeseries(ee.Geometry.BBox(10, 46, 10.1, 46.08), 1990, 1992, "06-01", "08-01")
    assert years.aggregate_array("system:time_start").size().getInfo() == 3
    assert years.first().bandNames().getInfo() == ["Blue", "Green", "Red", "NIR", "SWIR1", "SWIR2"]


def test_kinds_of_land_by_the_indices_of_images() -> None:
    place = ee.Geometry.BBox(10, 46, 10.05, 46.05)
    years = geemap.dynamic_world_timeseries(place, "2021-06-01", "2021-08-01", return_type="class")
    assert years.first().bandNames().getInfo() == ["label"]


def test_a_series_of_composites() -> None:
    """A function that filters, maps, joins and merges on the server, many times over."""
    years = geemap.sentinel2_timeseries(area(), 2021, 2022, "05-01", "05-20", bands=["Red", "NIR"])
    assert years.size().getInfo() == 2
    assert years.first().bandNames().getInfo() == ["B4", "B8"]
