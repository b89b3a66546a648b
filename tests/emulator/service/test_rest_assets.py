from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from tests.emulator.evaluating import OWN

if TYPE_CHECKING:
    from tests.emulator.serving import Ask

SMALL = f"/v1/{OWN}/folder/small"
LEGACY = "projects/earthengine-legacy/assets"


def listed(ask: Ask, path: str, **query: str | int) -> dict[str, Any]:
    reply = ask("GET", f"{path}:listAssets?{urlencode(query)}")
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json
    return found


def names(ask: Ask, path: str, **query: str | int) -> list[str]:
    return [asset["id"].rpartition("/")[2] for asset in listed(ask, path, **query).get("assets", [])]


def test_a_folder_of_the_public_catalogue_is_listed(ask: Ask) -> None:
    """The REST reference has projects/earthengine-public/assets/LANDSAT as an example of a parent."""
    public = "/v1/projects/earthengine-public/assets"
    assert "LC08" in names(ask, f"{public}/LANDSAT")
    assert ask("GET", f"{public}/LANDSAT/LC08").json["type"] == "FOLDER"
    assert {"LANDSAT", "COPERNICUS", "USGS"} <= set(names(ask, public))


def test_an_image_in_the_shape_of_the_api(ask: Ask) -> None:
    asset = ask("GET", f"/v1/{OWN}/one").json
    assert asset["type"] == "IMAGE"
    assert asset["name"] == asset["id"] == f"{OWN}/one"
    assert asset["startTime"] == asset["endTime"] == "2020-01-01T00:00:00Z"
    assert asset["properties"] == {"answer": 42}
    assert asset["geometry"]["type"] == "Polygon"
    one, two, three = asset["bands"]
    assert one == {
        "id": "one",
        "dataType": {"precision": "INT", "range": {"min": 0, "max": 255}},
        "grid": {
            "crsCode": "EPSG:32631",
            "dimensions": {"width": 4, "height": 3},
            "affineTransform": {"scaleX": 10, "translateX": 500000, "scaleY": -10, "translateY": 4000000},
        },
        "pyramidingPolicy": "MEAN",
    }
    assert two["dataType"] == {"precision": "FLOAT"}
    assert three["dataType"]["range"] == {"min": -32768, "max": 32767}


def test_public_and_own_ids_have_one_name_each(ask: Ask) -> None:
    asset = ask("GET", "/v1/projects/earthengine-public/assets/USGS/SRTMGL1_003").json
    assert asset["id"] == "USGS/SRTMGL1_003"
    assert asset["name"] == "projects/earthengine-public/assets/USGS/SRTMGL1_003"
    assert ask("GET", "/v1/projects/earthengine-legacy/assets/users/nobody/x").status == 404


def test_a_missing_asset(ask: Ask) -> None:
    reply = ask("GET", f"/v1/{OWN}/nothing")
    assert reply.status == 404
    assert reply.json == {
        "error": {
            "code": 404,
            "message": f"Asset '{OWN}/nothing' does not exist or doesn't allow this operation.",
            "status": "NOT_FOUND",
        }
    }


@pytest.mark.parametrize(
    "root", ["/v1/projects/xee-lite", "/v1/projects/xee-lite/assets", "/v1/projects/xee-lite/assets/"]
)
def test_the_root_of_a_project(ask: Ask, root: str) -> None:
    assets = {asset["id"].rpartition("/")[2]: asset["type"] for asset in listed(ask, root, view="BASIC")["assets"]}
    assert assets == {
        "dem": "IMAGE",
        "photo": "IMAGE",
        "rotated": "IMAGE",
        "series": "IMAGE_COLLECTION",
        "one": "IMAGE",
        "wide": "IMAGE",
        "many": "IMAGE",
        "folder": "FOLDER",
    }


def test_folders_and_collections(ask: Ask) -> None:
    assert names(ask, f"/v1/{OWN}/folder") == ["small"]
    assert names(ask, SMALL) == ["day0", "day1", "day2"]
    assert ask("GET", f"/v1/{OWN}/folder").json["type"] == "FOLDER"
    assert ask("GET", SMALL).json["properties"] == {"title": "small"}
    assert "is an image" in ask("GET", f"/v1/{OWN}/one:listAssets").message


def test_a_filter_of_a_folder_lets_images_pass_alone(ask: Ask) -> None:
    assert names(ask, f"/v1/{OWN}", filter="properties.answer = 42") == ["one"]
    assert names(ask, f"/v1/{OWN}", filter="properties.answer != 42") == ["dem", "many", "photo", "rotated", "wide"]


def test_basic_is_less_than_full(ask: Ask) -> None:
    basic = listed(ask, SMALL, view="BASIC")["assets"][0]
    assert basic == {"type": "IMAGE", "name": f"{OWN}/folder/small/day0", "id": f"{OWN}/folder/small/day0"}
    full = listed(ask, SMALL, view="FULL")["assets"][0]
    assert full == listed(ask, SMALL)["assets"][0] == ask("GET", f"{SMALL}/day0").json


def test_pages(ask: Ask) -> None:
    first = listed(ask, SMALL, pageSize=2)
    assert len(first["assets"]) == 2
    second = listed(ask, SMALL, pageSize=2, pageToken=first["nextPageToken"])
    assert [asset["id"][-4:] for asset in first["assets"] + second["assets"]] == ["day0", "day1", "day2"]
    assert "nextPageToken" not in second
    assert "nextPageToken" not in listed(ask, SMALL, pageSize=3)


@pytest.mark.parametrize(("view", "most"), [("BASIC", 10000), ("FULL", 1000)])
def test_a_page_has_a_largest_size(ask: Ask, view: str, most: int) -> None:
    path = "/v1/projects/earthengine-public/assets/UCSB-CHG/CHIRPS/DAILY"
    page = listed(ask, path, view=view, pageSize=20000)
    assert len(page["assets"]) == most
    assert page["nextPageToken"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["day0", "day1", "day2"]),
        ('startTime >= "2020-01-02T00:00:00Z"', ["day1", "day2"]),
        ('startTime > "2020-01-02T00:00:00Z"', ["day2"]),
        ('endTime < "2020-01-02T00:00:00.000Z"', ["day0"]),
        ('endTime <= "2020-01-02T00:00:00+00:00"', ["day0", "day1"]),
        ('startTime >= "2020-01-02T00:00:00Z" AND endTime < "2020-01-03T00:00:00Z"', ["day1"]),
        ("properties.day = 1", ["day1"]),
        ("properties.day=1", ["day1"]),
        ("properties.day != 1", ["day0", "day2"]),
        ("properties.day>=1 AND properties.day<2", ["day1"]),
        ('properties.day = "1"', ["day1"]),
        ("properties.day = 0 OR properties.day = 2", ["day0", "day2"]),
        # AIP-160: OR binds closer than AND.
        ("properties.day = 0 AND properties.day = 1 OR properties.day = 0", ["day0"]),
        ("NOT properties.day = 1", ["day0", "day2"]),
        ("-properties.day = 1", ["day0", "day2"]),
        ("NOT (properties.day = 1 OR properties.day = 2)", ["day0"]),
        ("properties.nothing = 1", []),
        ("properties.nothing != 1", ["day0", "day1", "day2"]),
        ("intersects(\"{'type':'Point','coordinates':[3.0001,36.1446]}\")", ["day0", "day1", "day2"]),
        ('intersects("POINT (3.0001 36.1446)")', ["day0", "day1", "day2"]),
        ("intersects(\"{'type':'Point','coordinates':[10,36]}\")", []),
    ],
)
def test_filters(ask: Ask, text: str, expected: list[str]) -> None:
    assert names(ask, SMALL, filter=text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "properties.day",
        "properties.day =",
        "properties.day = 1 AND",
        "(properties.day = 1",
        "properties.day = 1)",
        "day = 1",
        "properties. = 1",
        "startTime >= 'yesterday'",
        "intersects(1)",
        "intersects(\"{'type':'Blob'}\")",
        "intersects",
        '"unfinished',
        "properties.day = 1 = 2",
        "NOT",
        "((((" * 100,
        "-" * 5000 + "properties.a = 1",
        "NOT " * 5000 + "properties.a = 1",
        "NOT " * 500 + "properties.a = 1",
        "properties.a = 1 AND " * 3000 + "properties.a = 1",
    ],
)
def test_a_filter_that_is_none_is_refused(ask: Ask, text: str) -> None:
    reply = ask("POST", f"{SMALL}:listAssets", urlencode({"filter": text}), {"x-http-method-override": "GET"})
    assert reply.status == 400
    assert "filter" in reply.message


@pytest.mark.parametrize(
    "query", ["pageSize=-1", "pageSize=x", "pageToken=x", "pageToken=YWZ0ZXIgLTE%3D", "view=NONE", "pageSize=1e3"]
)
def test_bad_queries_are_refused(ask: Ask, query: str) -> None:
    assert ask("GET", f"{SMALL}:listAssets?{query}").status == 400


def test_a_long_query_may_come_in_the_body(ask: Ask, earth: Any) -> None:
    earth.requests.clear()
    text = " OR ".join(f"properties.day = {number}" for number in range(1, 200))
    reply = ask(
        "POST",
        f"{SMALL}:listAssets",
        urlencode({"filter": text, "pageSize": 1}),
        {"x-http-method-override": "GET", "content-type": "application/x-www-form-urlencoded"},
    )
    assert [asset["id"][-4:] for asset in reply.json["assets"]] == ["day1"]
    (request,) = earth.requests
    assert (request.method, request.kind) == ("GET", "listAssets")
    assert request.query == {"filter": text, "pageSize": "1"}


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "..%2fsecret",
        "%2e%2e/%2e%2e/etc/passwd",
        "series/../../../etc/passwd",
        "..%5c..%5cwindows",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "dem.tif",
        "series/d1.json",
        "outside",
        "dem%00",
        "",
        "//",
        "series//d1",
        "file:%2f%2f%2fetc%2fpasswd",
    ],
)
@pytest.mark.parametrize("verb", ["", ":listAssets", ":getPixels"])
def test_nothing_outside_of_the_catalogue_is_found(ask: Ask, path: str, verb: str) -> None:
    reply = ask(
        "POST" if verb == ":getPixels" else "GET", f"/v1/{OWN}/{path}{verb}", {} if verb == ":getPixels" else None
    )
    if path == "" and verb != ":getPixels":  # the root itself
        return
    assert reply.status in (400, 404), reply.body
    assert set(reply.json) == {"error"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/projects", 404),
        ("GET", "/v2/projects/p/algorithms", 404),
        ("GET", "/v1/projects/p/value:compute", 405),
        ("PUT", f"/v1/{OWN}/one", 405),
        ("POST", f"/v1/{OWN}/one:listAssets", 405),
        ("GET", "/" + "x" * 3000, 404),
        ("GET", "/v1/projects/p/assets/" + quote("ü/\ud7ff€"), 404),
    ],
)
def test_unknown_routes_are_json_errors(ask: Ask, method: str, path: str, status: int) -> None:
    reply = ask(method, path)
    assert reply.status == status
    assert reply.content_type == "application/json"
    error = reply.json["error"]
    assert error["code"] == status
    assert error["message"]


def test_the_algorithms_are_the_installed_clients(ask: Ask) -> None:
    algorithms = ask("GET", "/v1/projects/p/algorithms").json["algorithms"]
    assert {"algorithms/Image.addBands", "algorithms/Image.load"} <= {entry["name"] for entry in algorithms}


def test_names_that_are_no_text_do_no_harm(ask: Ask) -> None:
    reply = ask("POST", "/v1/projects/p/value:compute", json.dumps({"expression": "\ud800"}))
    assert reply.status == 400


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "projects/p/assets/x", "Asset 'projects/p/assets/x' does not exist or doesn't allow this operation."),
        ("POST", f"{OWN}/x:getPixels", f"Asset '{OWN}/x' does not exist or doesn't allow this operation."),
        ("GET", f"{OWN}/x:listAssets", f"Asset '{OWN}/x' does not exist or doesn't allow this operation."),
        ("GET", f"{LEGACY}/users/a/b", f'Asset "{LEGACY}/users/a/b" not found.'),
        ("GET", "projects/google:listAssets", "Resource projects/google could not be found."),
        ("GET", "projects/google/assets:listAssets", "Resource projects/google could not be found."),
    ],
)
def test_what_is_missing_in_the_words_of_the_service(ask: Ask, method: str, path: str, message: str) -> None:
    reply = ask(method, f"/v1/{path}", {} if method == "POST" else None)
    assert (reply.status, reply.message) == (404, message)
