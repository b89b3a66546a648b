"""KML, KMZ, shapefiles and TFRecord: tables as other programs read them."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import ee
import numpy as np
import pytest
import shapefile
from ee import ee_exception
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    shape,
)

from tests.emulator.serving import official_client
from xee_lite import emulator
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.service.table_formats import table_format
from xee_lite.emulator.values.feature import Feature

from .test_thumbnails import fetch
from .tf_records import crc32c, examples, examples_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KML = {"k": "http://www.opengis.net/kml/2.2"}
RING = [[0, 40], [2, 40], [2, 42], [0, 42], [0, 40]]
HOLE = [[0.5, 40.5], [0.5, 41], [1, 41], [1, 40.5], [0.5, 40.5]]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module", autouse=True)
def earth(exports: Path) -> Iterator[emulator.Emulator]:
    with emulator.start(exports=exports) as running, official_client(running):
        yield running


def points() -> Any:
    rows = [("a", 1, 0.25), ("b & <c>", -7, 1e9), ("ü\u0007", 2**40, -2.5)]
    features = [
        ee.Feature(ee.Geometry.Point(number, 50 + number), {"name": name, "whole": whole, "real": real})
        for number, (name, whole, real) in enumerate(rows)
    ]
    return ee.FeatureCollection(features)


def download(table: Any, *options: Any) -> bytes:
    content: bytes = fetch(table.getDownloadURL(*options))
    return content


def placemarks(content: bytes) -> list[ET.Element]:
    root = ET.fromstring(content)  # noqa: S314 - our own
    assert root.tag == f"{{{KML['k']}}}kml"
    return root.findall("k:Document/k:Placemark", KML)


def data(placemark: ET.Element) -> dict[str | None, str | None]:
    found = placemark.findall("k:ExtendedData/k:Data", KML)
    return {one.get("name"): one.findtext("k:value", namespaces=KML) for one in found}


def coordinates(element: ET.Element) -> list[tuple[float, ...]]:
    text = element.findtext("k:coordinates", namespaces=KML) or ""
    return [tuple(map(float, point.split(","))) for point in text.split()]


def test_placemarks_have_names_properties_and_places() -> None:
    found = placemarks(download(points(), "kml"))
    assert [one.findtext("k:name", namespaces=KML) for one in found] == ["a", "b & <c>", "ü\ufffd"]
    assert data(found[1]) == {"name": "b & <c>", "real": "1000000000", "whole": "-7"}
    for number, one in enumerate(found):
        assert [child.tag.partition("}")[2] for child in one] == ["name", "ExtendedData", "Point"]
        (place,) = one.findall("k:Point", KML)
        assert coordinates(place) == [(number, 50 + number)]


def test_geometries_of_all_kinds() -> None:
    mercator = ee.Geometry.Point([111319.49079327358, 0], "EPSG:3857")
    geometries = [
        ee.Geometry.Polygon([RING[::-1], HOLE], None, False),
        ee.Geometry.MultiPoint([[1, 2], [3, 4]]),
        ee.Geometry.LineString([[1, 2], [3, 4]]),
        ee.Geometry.MultiPolygon([[RING], [[[10, 10], [11, 10], [11, 11], [10, 10]]]], None, False),
        mercator,
        None,
    ]
    found = placemarks(download(ee.FeatureCollection([ee.Feature(one, {"n": 1}) for one in geometries]), "KML"))
    (polygon,) = found[0].findall("k:Polygon", KML)
    rings = [
        LinearRing(coordinates(ring))
        for place in ("outerBoundaryIs", "innerBoundaryIs")
        for ring in polygon.findall(f"k:{place}/k:LinearRing", KML)
    ]
    assert Polygon(rings[0], rings[1:]).equals(Polygon(RING, [HOLE]))
    assert [ring.is_ccw for ring in rings] == [True, False]
    assert [coordinates(point) for point in found[1].findall("k:MultiGeometry/k:Point", KML)] == [[(1, 2)], [(3, 4)]]
    assert coordinates(found[2].findall("k:LineString", KML)[0]) == [(1, 2), (3, 4)]
    assert len(found[3].findall("k:MultiGeometry/k:Polygon", KML)) == 2
    assert coordinates(found[4].findall("k:Point", KML)[0]) == [pytest.approx((1, 0))]
    assert [child.tag.partition("}")[2] for child in found[5]] == ["name", "ExtendedData"]


def test_selectors_choose_properties_and_not_places() -> None:
    found = placemarks(download(points(), "KML", ["real"]))
    assert [list(data(one)) for one in found] == [["real"]] * 3
    assert all(one.findall("k:Point", KML) for one in found)


def test_a_zipped_document() -> None:
    with zipfile.ZipFile(io.BytesIO(download(points(), "kmz"))) as members:
        assert members.namelist() == ["doc.kml"]
        assert members.read("doc.kml") == download(points(), "kml")


def shapefile_of(content: bytes, name: str) -> shapefile.Reader:
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        assert sorted(members.namelist()) == [f"{name}.{suffix}" for suffix in ("cpg", "dbf", "prj", "shp", "shx")]
        assert CRS(members.read(f"{name}.prj").decode()).to_epsg(min_confidence=20) == 4326
        parts = {suffix: io.BytesIO(members.read(f"{name}.{suffix}")) for suffix in ("shp", "shx", "dbf")}
        return shapefile.Reader(**parts, encoding=members.read(f"{name}.cpg").decode())


def test_a_shapefile_in_a_zip_file() -> None:
    with shapefile_of(download(points(), "SHP", None, "cities"), "cities") as file:
        assert file.shapeTypeName == "POINT"
        assert [tuple(one.points[0]) for one in file.shapes()] == [(0, 50), (1, 51), (2, 52)]
        rows = [one.as_dict() for one in file.records()]
    assert [row["name"] for row in rows] == ["a", "b & <c>", "ü\u0007"]
    assert [row["whole"] for row in rows] == [1, -7, 2**40]
    assert [row["real"] for row in rows] == [0.25, 1e9, -2.5]


def test_polygons_and_rows_without_a_place_or_a_value() -> None:
    table = ee.FeatureCollection(
        [
            ee.Feature(ee.Geometry.Polygon([RING, HOLE], None, False), {"a_long_name": [1, 2]}),
            ee.Feature(None, {}),
            ee.Feature(ee.Geometry.MultiPolygon([[RING]], None, False), {"a_long_name": "x" * 300}),
        ]
    )
    with shapefile_of(download(table, "SHP"), "table") as file:
        assert file.shapeTypeName == "POLYGON"
        first, second, third = file.shapes()
        assert shape(first.__geo_interface__).equals(Polygon(RING, [HOLE]))
        outer, inner = (LinearRing(first.points[start:end]) for start, end in ((0, 5), (5, 10)))
        assert (outer.is_ccw, inner.is_ccw) == (False, True)  # as ESRI's description of the format has it
        assert second.shapeTypeName == "NULL"
        assert shape(third.__geo_interface__).equals(Polygon(RING))
        assert [list(record) for record in file.records()] == [["[1, 2]"], [""], ["x" * 254]]
        assert file.fields[-1].name == "a_long_nam"


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([Point(0, 0), LineString([(0, 0), (1, 1)])], "geometries of one type, and the features have: LineString, Poi"),
        ([], "would be there twice"),
    ],
)
def test_what_shapefiles_can_not_hold(features: list[Any], message: str) -> None:
    places = [ee.Geometry(one.__geo_interface__) for one in features] or [None]
    table = ee.FeatureCollection([ee.Feature(one, {"the same name": 1, "the same name too": 2}) for one in places])
    url = table.getDownloadURL("SHP", ["the same name"] if features else None)
    with pytest.raises(OSError, match="400"):
        fetch(url)
    task = ee.batch.Export.table.toDrive(
        table, "x", fileFormat="SHP", selectors=["the same name"] if features else None
    )
    assert message in finished(task)["error"]["message"]


def finished(task: Any) -> dict[str, Any]:
    task.start()
    operation: dict[str, Any] = (
        ee.data._get_cloud_projects().operations().wait(name=task.operation_name, body={"timeout": "30s"}).execute()
    )
    return operation


@pytest.mark.parametrize(
    ("file_format", "suffixes"),
    [
        ("CSV", [".csv"]),
        ("GeoJSON", [".geojson"]),
        ("KML", [".kml"]),
        ("KMZ", [".kmz"]),
        ("SHP", [".cpg", ".dbf", ".prj", ".shp", ".shx"]),
        ("TFRecord", [".tfrecord.gz"]),
    ],
)
def test_exports_write_the_same_files(file_format: str, suffixes: list[str], exports: Path) -> None:
    task = ee.batch.Export.table.toCloudStorage(points(), "x", file_format, f"deep/{file_format}", file_format)
    operation = finished(task)
    assert operation["metadata"]["state"] == "SUCCEEDED"
    files = sorted((exports / file_format / "deep").iterdir())
    assert [file.name for file in files] == [f"{file_format}{suffix}" for suffix in suffixes]
    assert sorted(operation["metadata"]["destinationUris"]) == [file.as_uri() for file in files]
    if file_format != "SHP":
        assert files[0].read_bytes() == download(points(), file_format)


def test_the_reader_knows_the_checksum() -> None:
    """Of 32 zeros, in RFC 3720, appendix B.4."""
    assert crc32c(bytes(32)) == 0x8A9136AA


def test_features_are_examples() -> None:
    properties = {"b": 0.1, "a": 2**24, "array": ee.Array([[1, 2], [3, 4]]), "list": [5, 6], "text": "ü", "flag": True}
    table = ee.FeatureCollection([ee.Feature(ee.Geometry.Point(1, 2), properties), ee.Feature(None, {"b": -1})])
    one, other = examples(gzip.decompress(download(table, "TFRecord")))
    assert one.pop("b") == [float(np.float32(0.1))]
    assert one == {"a": [2**24], "array": [1, 2, 3, 4], "list": [5, 6], "text": ["ü".encode()], "flag": [1]}
    assert other == {"b": [-1]}
    (one, _) = examples(gzip.decompress(download(table, "TF_RECORD", ["list", "system:index"])))
    assert one == {"list": [5, 6], "system:index": [b"0"]}


def test_long_lists_and_many_features(exports: Path) -> None:
    table = ee.FeatureCollection(ee.List.sequence(0, 199).map(
        lambda n: ee.Feature(None, {"n": n, "many": ee.List.repeat(n, 100)})))  # fmt: skip
    assert finished(ee.batch.Export.table.toDrive(table, "long", fileFormat="TFRecord"))["done"]
    found = examples_of(exports / "long.tfrecord.gz")
    assert found == [{"n": [n], "many": [n] * 100} for n in range(200)]


def test_a_format_that_is_none_is_refused() -> None:
    with pytest.raises(
        ee_exception.EEException, match=r"Invalid value at 'file_format' \(.*TableFileFormat\), \"XLS\""
    ):
        points().getDownloadURL("XLS")


def test_geometries_are_not_cut(exports: Path) -> None:
    ring = ee.Geometry.Polygon([RING], None, False)
    table = ee.FeatureCollection([ee.Feature(ring)])
    task = ee.batch.Export.table.toDrive(table, "cut", maxVertices=4)
    assert "does not cut geometries" in finished(task)["error"]["message"]
    whole = ee.batch.Export.table.toDrive(table, "whole", maxVertices=5)
    assert finished(whole)["metadata"]["state"] == "SUCCEEDED"
    assert [file.name for file in exports.glob("*.csv")] == ["whole.csv"]


@pytest.mark.parametrize(
    ("export", "message"),
    [
        (lambda table: ee.batch.Export.table.toBigQuery(table, "x", "p.d.t"), "does not export tables to BigQuery"),
        (lambda table: ee.batch.Export.table.toFeatureView(table, "x", "p/x"), "does not export tables to feature"),
    ],
)
def test_destinations_that_are_not_here(export: Any, message: str) -> None:
    with pytest.raises(ee_exception.EEException, match=message):
        export(points()).start()


_NUMBERS = st.integers(-(2**70), 2**70) | st.just(2**1100) | st.floats()
_VALUES = st.one_of(st.none(), st.booleans(), _NUMBERS, st.text(max_size=300))
_PLACES = st.sampled_from(
    [
        None,
        Point(),
        Point(1, 2),
        MultiPoint([(1, 2), (3, 4)]),
        LineString(),
        LineString([(1, 2), (3, 4)]),
        Polygon(),
        Polygon(RING, [HOLE]),
        MultiPolygon([Polygon(RING), Polygon()]),
        MultiPolygon(),
        GeometryCollection([Point(1, 2), Polygon(RING)]),
        GeometryCollection(),
    ]
)
_FEATURES = st.builds(
    lambda place, properties: Feature(None if place is None else Geometry(place), properties),
    _PLACES,
    st.dictionaries(st.text(max_size=14), _VALUES | st.lists(_VALUES, max_size=3), max_size=4),
)


@pytest.mark.parametrize("name", ["CSV", "GEO_JSON", "KML", "KMZ", "SHP", "TF_RECORD_TABLE"])
@given(features=st.lists(_FEATURES, max_size=4), selectors=st.none() | st.lists(st.text(max_size=14), max_size=3))
def test_whatever_a_table_holds_is_written_or_refused(name: str, features: list[Feature], selectors: Any) -> None:
    try:
        written = table_format(name).download(features, selectors, "x").content
    except EarthError:
        assert name in ("SHP", "TF_RECORD_TABLE"), "text holds anything"
        return
    if name == "KML":
        assert len(placemarks(bytes(written))) == len(features)
    elif name == "TF_RECORD_TABLE":
        assert len(examples(gzip.decompress(bytes(written)))) == len(features)
    elif name == "SHP":
        with shapefile_of(bytes(written), "x") as file:
            assert len(file) == len(features)
