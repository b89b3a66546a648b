"""query, item and info: the catalogue of rasters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.imageserver.imaging import CRS, DAY, NORTH, PIXEL, SHAPE, SHIFT, START, WEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.imageserver.imaging import Service


def ids(service: Service, **parameters: Any) -> list[int]:
    found: list[int] | None = service.get("/query", returnIdsOnly="true", **parameters).json["objectIds"]
    return found or []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("1=1", [1, 2, 3]),
        ("", [1, 2, 3]),
        ("Category=1", [1, 2, 3]),
        ("cloud > 12", [2, 3]),
        ("cloud BETWEEN 12.5 AND 20 or Name = 'i0'", [1, 2]),
        ("NOT (cloud >= 12.5) AND sat IN ('a', 'b')", [1]),
        ("name like 'i%' and name NOT LIKE '_1'", [1, 3]),
        ("Sat <> 'a'", [2]),
        ("cloud IS NULL", []),
        ("StdTime >= timestamp '2020-01-02 00:00:00'", [2, 3]),
        ("StdTime = date '2020-01-01'", [1]),
        ("OBJECTID in (1,3)", [1, 3]),
        ('"OBJECTID" = 2', [2]),
        ("Name = 'it''s'", []),
    ],
)
def test_where(series: Service, where: str, expected: list[int]) -> None:
    assert ids(series, where=where) == expected


@pytest.mark.parametrize(
    "where",
    [
        "cloud >",
        "cloud = = 1",
        "nothing = 1",
        "(cloud = 1",
        "cloud = 1 1",
        "'a",
        "cloud = 1; DROP TABLE x",
        "(" * 500,
        "=",
    ],
)
def test_wrong_clauses(series: Service, where: str) -> None:
    code, details = series.get("/query", where=where).error
    assert code == 400
    assert "clause is invalid" in details


def test_patterns_take_no_long_time(series: Service) -> None:
    assert ids(series, where=f"Name LIKE '{'%a' * 5000}'") == []


def test_features(series: Service) -> None:
    found = series.get("/query", where="OBJECTID=2", outFields="*").json
    (feature,) = found["features"]
    attributes = feature["attributes"]
    assert (attributes["OBJECTID"], attributes["Name"], attributes["Category"]) == (2, "i1", 1)
    assert (attributes["StdTime"], attributes["cloud"], attributes["sat"]) == (START + DAY, 12.5, "b")
    (ring,) = feature["geometry"]["rings"]
    left, right = WEST + SHIFT * PIXEL, WEST + (SHIFT + SHAPE[1]) * PIXEL
    assert {x for x, _ in ring} == {left, right}
    assert {y for _, y in ring} == {NORTH, NORTH - SHAPE[0] * PIXEL}
    assert ring[0] == ring[-1]
    assert {field["name"] for field in found["fields"]} == set(attributes)
    assert "geometry" not in series.get("/query", returnGeometry="false").json["features"][0]
    assert list(series.get("/query", outFields="cloud,sat").json["features"][0]["attributes"]) == ["cloud", "sat"]


def test_another_spatial_reference(series: Service) -> None:
    found = series.get("/query", outSR=4326).json
    assert found["spatialReference"] == {"wkid": 4326, "latestWkid": 4326}
    assert all(1.7 < x < 1.9 and 41 < y < 42 for x, y in found["features"][0]["geometry"]["rings"][0])


def test_nothing_found_is_null(series: Service) -> None:
    assert series.get("/query", where="1=0", returnIdsOnly="true").json["objectIds"] is None
    assert series.get("/query", where="1=0", returnCountOnly="true").json == {"count": 0}
    assert series.get("/query", where="1=0").json["features"] == []


def test_pages(serving: Callable[..., Service]) -> None:
    small = serving(max_record_count=2)
    first, last = (small.get("/query", where="1=1", resultOffset=at).json for at in (0, 2))
    assert [f["attributes"]["OBJECTID"] for f in first["features"]] == [1, 2]
    assert first["exceededTransferLimit"] is True
    assert [f["attributes"]["OBJECTID"] for f in last["features"]] == [3]
    assert "exceededTransferLimit" not in last
    assert ids(small, where="1=1") == [1, 2, 3]  # ids are never cut
    assert len(small.get("/query", resultRecordCount=1).json["features"]) == 1


def test_space_and_time(series: Service) -> None:
    box = f"{WEST},{NORTH - 10},{WEST + 5},{NORTH}"
    assert ids(series, geometry=box, geometryType="esriGeometryEnvelope") == [1]
    assert ids(series, geometry=box) == [1, 2, 3]  # without its type it is ignored
    point = {"x": WEST + (SHIFT + 5) * PIXEL, "y": NORTH - 5}
    assert ids(series, geometry=point, geometryType="esriGeometryPoint") == [1, 2]
    assert ids(series, geometry="1.9,41.5", geometryType="esriGeometryPoint", inSR=4326) == []
    ring = [[WEST + 850, NORTH], [WEST + 900, NORTH], [WEST + 900, NORTH - 50], [WEST + 850, NORTH]]
    polygon = {"rings": [ring], "spatialReference": {"wkid": CRS}}
    assert ids(series, geometry=polygon, geometryType="esriGeometryPolygon") == [3]
    assert ids(series, time=f"{START},{START + DAY}") == [1, 2]
    assert ids(series, objectIds="3, 1,9") == [1, 3]


def test_orders(series: Service) -> None:
    assert ids(series, orderByFields="cloud DESC") == [3, 2, 1]
    assert ids(series, orderByFields="sat DESC, OBJECTID") == [2, 1, 3]


def test_overviews_are_listed_unless_they_are_filtered(serving: Callable[..., Service]) -> None:
    asking = serving(overviews=True)
    assert ids(asking, where="1=1") == [1, 2, 3, 4]
    assert ids(asking, where="Category=1") == [1, 2, 3]
    assert asking.get("/4").json["attributes"]["Name"].startswith("Ov_i")


def test_an_item_and_its_grid(series: Service) -> None:
    assert series.get("/3").json["attributes"]["Name"] == "i2"
    found = series.get("/3/info").json
    assert (found["origin"]["x"], found["origin"]["y"]) == (WEST + 2 * SHIFT * PIXEL, NORTH)
    assert (found["pixelSizeX"], found["bandCount"], found["pixelType"]) == (PIXEL, 2, "U16")
    assert series.get("/4/info").error == (400, "There is no raster 4.")
    assert series.get("/0").error[0] == 400


@pytest.mark.parametrize("name", ["outStatistics", "returnDistinctValues", "rasterQuery"])
def test_what_would_change_the_answer_is_refused(series: Service, name: str) -> None:
    assert "does not implement" in series.get("/query", **{name: "true"}).error[1]
    assert series.get("/query", **{name: "false"}).json["features"]
    assert series.get(renderingRule={"rasterFunction": "Hillshade"}).error[0] == 400
