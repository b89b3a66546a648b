"""Collections in pages and tables from files, through the official client."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING, Any

import ee
import pytest
import shapely
from ee import ee_exception
from pyproj import Transformer
from shapely.geometry import LineString, Point, box, mapping, shape

from tests.emulator.evaluating import OWN
from tests.emulator.serving import asking, official_client
from xee_lite import emulator

from .test_thumbnails import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.serving import Ask

PLACES = [
    ("north", Point(5, 60), 3),
    ("middle", box(0, 40, 2, 42), 1.5),
    ("south", LineString([(9, -20), (10, -21)]), 7),
]


def write_geo_json(path: Path, places: list[Any]) -> None:
    features = [
        {"type": "Feature", "geometry": mapping(place), "properties": {"name": name, "rank": rank, "none": None}}
        for name, place, rank in places
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def write_geo_package(path: Path, places: list[Any], code: int) -> None:
    """After the standard (OGC 12-128), by hand: the fewest tables that make a GeoPackage."""
    moved = Transformer.from_crs("EPSG:4326", f"EPSG:{code}", always_xy=True).transform
    with closing(sqlite3.connect(path)) as base:
        base.executescript(
            "CREATE TABLE gpkg_spatial_ref_sys (srs_name, srs_id INTEGER PRIMARY KEY, organization, "
            "organization_coordsys_id INTEGER, definition);"
            "CREATE TABLE gpkg_contents (table_name PRIMARY KEY, data_type, srs_id INTEGER);"
            "CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m);"
            'CREATE TABLE "a ""table" (fid INTEGER PRIMARY KEY, shape BLOB, name TEXT, rank REAL, picture BLOB);'
        )
        base.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('x', 7, 'EPSG', ?, '')", (code,))
        base.execute("INSERT INTO gpkg_contents VALUES ('a \"table', 'features', 7)")
        base.execute("INSERT INTO gpkg_geometry_columns VALUES ('a \"table', 'shape', 'GEOMETRY', 7, 0, 0)")
        for number, (name, place, rank) in enumerate(places):
            projected = shapely.transform(place, moved, interleaved=False)
            flags = 1 | (number % 2) << 1  # little endian; every second one with an envelope
            west, south, east, north = projected.bounds
            envelope = struct.pack("<4d", west, east, south, north) if number % 2 else b""
            blob = b"GP\0" + bytes([flags]) + struct.pack("<i", 7) + envelope + shapely.to_wkb(projected)
            base.execute('INSERT INTO "a ""table" VALUES (?, ?, ?, ?, ?)', (number + 5, blob, name, rank, b"x"))
        base.commit()


@pytest.fixture(scope="module", autouse=True)
def earth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    root = tmp_path_factory.mktemp("tables")
    write_geo_json(root / "places.geojson", PLACES)
    (root / "deep").mkdir()
    write_geo_package(root / "deep" / "packed.gpkg", PLACES, 3857)
    (root / "broken.geojson").write_text('{"type": "FeatureCollection"}')
    (root / "broken.gpkg").write_bytes(b"SQLite format 3\0")
    with emulator.start(data=root) as running, official_client(running):
        yield running


@pytest.fixture
def ask(earth: emulator.Emulator) -> Ask:
    return asking(earth.url)


@pytest.mark.parametrize("name", ["places", "deep/packed"])
def test_a_file_is_a_table(name: str) -> None:
    table = ee.FeatureCollection(f"{OWN}/{name}")
    assert table.aggregate_array("name").getInfo() == ["north", "middle", "south"]
    assert table.aggregate_sum("rank").getInfo() == 11.5
    first = table.first().getInfo()
    assert first["id"] == "0" * 20
    assert first["geometry"]["type"] == "Point"
    assert first["geometry"]["coordinates"] == pytest.approx([5, 60])
    assert first["properties"] == {"name": "north", "rank": 3}
    assert table.filterBounds(ee.Geometry.Point(1, 41)).aggregate_array("name").getInfo() == ["middle"]


def test_a_table_is_an_asset() -> None:
    asset = ee.data.getAsset(f"{OWN}/places")
    assert (asset["type"], asset["featureCount"]) == ("TABLE", "3")
    listed = {entry["id"].rpartition("/")[2]: entry["type"] for entry in ee.data.listAssets(OWN)["assets"]}
    assert listed == {"places": "TABLE", "broken": "TABLE", "deep": "FOLDER"}


def test_tables_are_no_images() -> None:
    with pytest.raises(ee_exception.EEException, match=r"ImageCollection\.load: ImageCollection asset '.*' not found"):
        ee.ImageCollection(f"{OWN}/places").size().getInfo()
    with pytest.raises(ee_exception.EEException, match=r"Image\.load: "):
        ee.Image(f"{OWN}/places").getInfo()
    with pytest.raises(ee_exception.EEException, match="is a table"):
        ee.data.listAssets(f"{OWN}/places")


@pytest.mark.parametrize("name", ["broken", "deep/none"])
def test_what_is_no_table_is_told(name: str) -> None:
    with pytest.raises(ee_exception.EEException, match=r"can not be read|not found"):
        ee.FeatureCollection(f"{OWN}/{name}").size().getInfo()


def test_features_are_listed_by_pages() -> None:
    page = ee.data.listFeatures({"assetId": f"{OWN}/places", "pageSize": 2})
    assert [feature["properties"]["name"] for feature in page["features"]] == ["north", "middle"]
    rest = ee.data.listFeatures({"assetId": f"{OWN}/places", "pageSize": 2, "pageToken": page["nextPageToken"]})
    assert [feature["properties"]["name"] for feature in rest["features"]] == ["south"]
    assert "nextPageToken" not in rest
    frame = ee.data.listFeatures({"assetId": f"{OWN}/places", "pageSize": 1, "fileFormat": "PANDAS_DATAFRAME"})
    assert list(frame["rank"]) == [3, 1.5, 7]


def test_features_are_filtered() -> None:
    region = json.dumps({"type": "Point", "coordinates": [1, 41]})
    found = ee.data.listFeatures({"assetId": f"{OWN}/places", "region": region})
    assert [feature["properties"]["name"] for feature in found["features"]] == ["middle"]
    found = ee.data.listFeatures({"assetId": f"{OWN}/places", "filter": "properties.rank > 2"})
    assert [feature["properties"]["name"] for feature in found["features"]] == ["north", "south"]
    with pytest.raises(ee_exception.EEException, match="is no GeoJSON geometry"):
        ee.data.listFeatures({"assetId": f"{OWN}/places", "region": "somewhere"})


def test_computed_features_are_planar_degrees() -> None:
    mercator = ee.Geometry.Point([111319.49079327358, 0], "EPSG:3857")
    collection = ee.FeatureCollection([ee.Feature(mercator, {"a": 1}), ee.Feature(None, {"a": ee.Date(5)})])
    found = ee.data.computeFeatures({"expression": collection})
    assert found["type"] == "FeatureCollection"
    one, other = found["features"]
    assert one["geometry"]["coordinates"] == pytest.approx([1, 0])
    assert "crs" not in one["geometry"]
    assert other["geometry"] is None
    frame = ee.data.computeFeatures({"expression": collection.limit(1), "fileFormat": "PANDAS_DATAFRAME"})
    assert list(frame["a"]) == [1]


def test_computed_images_have_the_shape_of_assets() -> None:
    days = ee.ImageCollection("UCSB-CHG/CHIRPS/DAILY").filterDate("2020-01-01", "2020-01-04")
    page = ee.data.computeImages({"expression": days, "pageSize": 2})
    assert [image["id"].rpartition("/")[2] for image in page["images"]] == ["20200101", "20200102"]
    assert page["images"][0]["bands"][0]["grid"]["crsCode"] == "EPSG:4326"
    rest = ee.data.computeImages({"expression": days, "pageSize": 2, "pageToken": page["nextPageToken"]})
    assert len(rest["images"]) == 1
    mapped = days.map(lambda image: image.add(1).set("when", ee.Date(7)))
    (image,) = ee.data.computeImages({"expression": mapped.limit(1)})["images"]
    assert "id" not in image
    assert image["properties"]["when"] == {"type": "Date", "value": 7}
    with pytest.raises(ee_exception.EEException, match="is no image"):
        ee.data.computeImages({"expression": ee.FeatureCollection([ee.Feature(None)])})


def test_a_table_is_downloaded_as_csv() -> None:
    url = ee.FeatureCollection(f"{OWN}/places").getDownloadURL("CSV")
    rows = list(csv.DictReader(io.StringIO(fetch(url).decode())))
    assert list(rows[0]) == ["system:index", "name", "rank", ".geo"]
    assert [row["rank"] for row in rows] == ["3", "1.5", "7"]
    assert shape(json.loads(rows[1][".geo"])).equals(box(0, 40, 2, 42))
    url = ee.FeatureCollection(f"{OWN}/places").getDownloadURL("csv", ["rank", "name"])
    assert fetch(url).decode().splitlines()[:2] == ["rank,name", "3,north"]


def test_a_table_is_downloaded_as_geo_json() -> None:
    for name in ("geojson", "json"):
        content = json.loads(fetch(ee.FeatureCollection(f"{OWN}/places").getDownloadURL(name)))
        assert content["type"] == "FeatureCollection"
        assert [shape(feature["geometry"]).equals(place) for feature, (_, place, _) in
                zip(content["features"], PLACES, strict=True)] == [True] * 3  # fmt: skip
    content = json.loads(fetch(ee.FeatureCollection(f"{OWN}/places").getDownloadURL("geojson", "rank")))
    assert content["features"][0] == {"type": "Feature", "geometry": None, "id": "0" * 20, "properties": {"rank": 3}}


def test_pages_of_nonsense_are_refused(ask: Ask) -> None:
    expression = ee.serializer.encode(ee.FeatureCollection([]), for_cloud_api=True)
    for body in ({"pageSize": -1}, {"pageSize": "x"}, {"pageToken": "x"}, {"pageToken": 7}, {"pageSize": 2.5}):
        reply = ask("POST", "/v1/projects/p/table:computeFeatures", {"expression": expression, **body})
        assert reply.status == 400
