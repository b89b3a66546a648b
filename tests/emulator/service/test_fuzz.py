"""Whatever is sent: an answer, or an error that tells what is wrong with it, in the service's shape. Never a 500.

``pytest --long tests/emulator/service/test_fuzz.py`` searches for minutes.
"""

from __future__ import annotations

import copy
import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.evaluating import OWN
from xee_lite import emulator
from xee_lite.emulator.service.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator.service.method import Method

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


class Client:
    """One connection, over which everything is sent."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, body)
            reply = self._connection.getresponse()
            return reply.status, reply.read()
        except BaseException:
            self._connection.close()  # the next request opens it anew
            raise

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    root: Path = tmp_path_factory.mktemp("fuzz")
    profile = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "uint8", "crs": "EPSG:32631"}
    transform = rasterio.transform.from_origin(500000, 4000000, 10, 10)
    (root / "days").mkdir()
    for name in ("one.tif", "days/d1.tif", "days/d2.tif"):
        with rasterio.open(root / name, "w", **profile, transform=transform) as dataset:
            dataset.write(np.arange(12, dtype="uint8").reshape(1, 3, 4))
    (root / "table.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}, '
        '"geometry": {"type": "Point", "coordinates": [3, 36]}}]}'
    )
    with emulator.start(data=root, exports=root / "exports") as earth:
        connected = Client(earth.url)
        yield connected
        connected.close()


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"functionInvocationValue": {"functionName": name, "arguments": arguments}}


def graph(node: dict[str, Any]) -> dict[str, Any]:
    return {"result": "0", "values": {"0": node}}


IMAGE = call("Image.load", id={"constantValue": f"{OWN}/one"})
DAYS = call("ImageCollection.load", id={"constantValue": f"{OWN}/days"})
TABLE = call("Collection.loadTable", tableId={"constantValue": f"{OWN}/table"})
MAPPED = {
    "result": "0",
    "values": {
        "0": call("Collection.map", collection=DAYS, baseAlgorithm={
            "functionDefinitionValue": {"argumentNames": ["_MAPPING_VAR_0_0"], "body": "1"}}),
        "1": call("Image.add", image1={"argumentReference": "_MAPPING_VAR_0_0"},
                  image2=call("Image.constant", value={"constantValue": 1})),
    },
}  # fmt: skip
REGION = call("GeometryConstructors.BBox", west={"constantValue": 3}, south={"constantValue": 36},
              east={"constantValue": 3.001}, north={"constantValue": 36.001})  # fmt: skip
REDUCED = call("Image.reduceRegion", image=IMAGE, reducer=call("Reducer.mean"), geometry=REGION,
               scale={"constantValue": 10000})  # fmt: skip
GRID = {
    "dimensions": {"width": 4, "height": 3},
    "affineTransform": {"scaleX": 10, "shearX": 0, "translateX": 500000, "shearY": 0, "scaleY": -10,
                        "translateY": 4000000},
    "crsCode": "EPSG:32631",
}  # fmt: skip
OPTIONS = {"ranges": [{"min": 0, "max": 10}], "paletteColors": ["000000", "red"], "gamma": {"value": 2}, "opacity": 0.5}
PIXELS = {"fileFormat": "PNG", "grid": GRID, "bandIds": ["b1"], "visualizationOptions": OPTIONS}
FILES = {"driveDestination": {"folder": "f", "filenamePrefix": "p"}, "fileFormat": "GEO_TIFF",
         "geoTiffOptions": {"noData": {"floatValue": 0}, "metadataKeys": ["a"]}}  # fmt: skip
BODIES: dict[str, Any] = {
    "computeValue": {"expression": graph(REDUCED), "workloadTag": "a"},
    "computePixels": {"expression": graph(IMAGE), **PIXELS},
    "computeImages": {"expression": MAPPED, "pageSize": 1, "pageToken": "YWZ0ZXIgMQ=="},
    "computeFeatures": {"expression": graph(TABLE), "pageSize": 1},
    "createThumbnail": {"expression": graph(IMAGE), "filenamePrefix": "x", **PIXELS},
    "createVideoThumbnail": {"expression": MAPPED, "grid": GRID, "videoOptions": {"framesPerSecond": 2}},
    "createFilmstripThumbnail": {"expression": MAPPED, "grid": GRID, "orientation": "VERTICAL"},
    "createMap": {"expression": graph(IMAGE), "visualizationOptions": OPTIONS},
    "createTable": {"expression": graph(TABLE), "fileFormat": "CSV", "selectors": ["a"], "filename": "f"},
    "getPixels": {**PIXELS, "region": {"type": "Polygon", "coordinates": [[[3, 36], [4, 36], [4, 37], [3, 36]]]}},
    "exportImage": {"expression": graph(IMAGE), "description": "d", "fileExportOptions": FILES, "grid": GRID,
                    "maxPixels": {"value": "1000"}, "priority": {"value": 1}, "requestId": "r"},
    "exportTable": {"expression": graph(TABLE), "selectors": ["a"], "assetExportOptions": {
        "earthEngineDestination": {"name": f"{OWN}/t", "overwrite": True}}},
    "createAsset": {"type": "FOLDER", "properties": {"a": 1}},
    "updateAsset": {"asset": {"properties": {"a": [1, "b"]}, "startTime": "2020-01-01T00:00:00Z"},
                    "updateMask": {"paths": ["properties.a", "start_time"]}},
    "copyAsset": {"destinationName": f"{OWN}/copied", "overwrite": True},
    "moveAsset": {"destinationName": f"{OWN}/moved"},
    "setIamPolicy": {"policy": {"bindings": []}},
    "testIamPermissions": {"permissions": ["earthengine.assets.get"]},
    "updateConfig": {"maxConcurrentExports": 2},
    "waitOperation": {"timeout": "0.01s"},
}  # fmt: skip
POINT = {"type": "Point", "coordinates": [3, 36]}
QUERIES = {
    "listAssets": {"pageSize": "1", "view": "BASIC", "filter": 'startTime > "2020-01-01T00:00:00Z"', "pageToken": ""},
    "listFeatures": {
        "pageSize": "1",
        "filter": "properties.a > 0",
        "region": '{"type": "Point", "coordinates": [3, 36]}',
    },
    "createAsset": {"assetId": "made"},
    "updateAsset": {"updateMask": "properties.a"},
}

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 300),
    st.sampled_from([2**31, -(2**31) - 1, 2**63, 10**400, 1e308, -1e-308, 0.5, -0.0]),
    st.text(max_size=5),
    st.sampled_from(
        [OWN, f"{OWN}/one", "EPSG:4326", "EPSG:1", "b1", "NPY", "GEO_TIFF", "0", "1", "..", "\0", "\ud800"]
    ),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a JSON value has parts."""
    if path:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from places(inner, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """A JSON object of which one to three parts are gone, are something else, or stand elsewhere as well."""
    out = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        paths = list(places(out))
        if not paths:
            break
        *outer, last = draw(st.sampled_from(paths))
        parent = out
        for key in outer:
            parent = parent[key]
        change = draw(st.sampled_from(["other", "gone", "more", "part", "deep"]))
        if change == "gone":
            del parent[last]
        elif change == "more" and isinstance(parent, dict):
            parent[draw(st.text(max_size=5))] = draw(values)
        elif change == "part":
            found = value
            for key in draw(st.sampled_from(list(places(value)))):
                found = found[key]
            parent[last] = copy.deepcopy(found)
        elif change == "deep":
            for _ in range(draw(st.sampled_from([1, 50, 300]))):
                parent[last] = [parent[last]]
        else:
            parent[last] = draw(values)
    return out


def named(method: Method, asset: str) -> str:
    """The path of a method, of things that are there as far as may be."""
    names = {
        "project": "xee-lite",
        "asset": asset,
        "id": "x",
        "name": f"{OWN}/{asset}",
        "zoom": "0",
        "x": "0",
        "y": "0",
    }
    return method.route.replace(":path}", "}").format(**{key: quote(value) for key, value in names.items()})


def sound(status: int, body: bytes) -> None:
    """A reply is good, or an error with its status in its body."""
    assert status < 500, body
    if status >= 400:
        error = json.loads(body)["error"]
        assert error["code"] == status
        assert isinstance(error["message"], str)
        assert error["message"]
        assert error["status"].isupper()


@pytest.mark.parametrize("kind", BODIES)
def test_the_bodies_are_real_ones(client: Client, kind: str) -> None:
    """Else they would be refused at the door, and nothing behind it be tried."""
    (method,) = (method for method in METHODS if method.kind == kind)
    query = "&".join(f"{key}={quote(value)}" for key, value in QUERIES.get(kind, {}).items())
    asset = "days/d1" if kind == "moveAsset" else "days/d2"
    status, body = client.ask(method.verb, f"{named(method, asset)}?{query}", json.dumps(BODIES[kind]).encode())
    assert status == 200 or (kind, status) == ("waitOperation", 404), body


@SHARED
@given(
    st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"]),
    st.lists(
        st.sampled_from(
            ["v1", "projects", "xee-lite", "assets", "one", "maps", "tiles", "operations", "days", "..", ""]
        )
        | st.text(max_size=4),
        max_size=7,
    ),
    st.sampled_from(["", ":getPixels", ":listAssets", ":copy", ":", "/thumbnails", "/value:compute", "?pageSize=x"]),
    st.binary(max_size=30),
)
def test_any_path(client: Client, method: str, parts: list[str], suffix: str, body: bytes) -> None:
    path = "/" + "/".join(quote(part.encode("utf-8", "surrogatepass"), safe="") for part in parts) + suffix
    sound(*client.ask(method, path, body))


@SHARED
@given(st.data())
def test_any_body(client: Client, data: st.DataObject) -> None:
    method = data.draw(st.sampled_from([method for method in METHODS if method.kind in BODIES]))
    body = data.draw(mutated(BODIES[method.kind]))
    asset = data.draw(st.sampled_from(["one", "days", "table", "days/d1", "none"]))
    status, reply = client.ask(method.verb, named(method, asset), json.dumps(body).encode())
    sound(status, reply)
    if status == 200 and method.kind.startswith("create") and method.kind != "createAsset":
        suffix = {"createMap": "/tiles/1/0/0", "createTable": ":getFeatures"}.get(method.kind, ":getPixels")
        sound(*client.ask("GET", f"/v1/{json.loads(reply)['name']}{suffix}"))


@SHARED
@given(st.data())
def test_any_query(client: Client, data: st.DataObject) -> None:
    method = data.draw(st.sampled_from([method for method in METHODS if method.query]))
    known = QUERIES.get(method.kind, {})
    odd = ["-1", "((", "NOT ", 'intersects("', "1e400", "\ud7ff"]
    words = st.text(max_size=8) | st.sampled_from([*known.values(), *odd])
    query = {**known, **data.draw(st.dictionaries(st.sampled_from(method.query), words, max_size=3))}
    asset = data.draw(st.sampled_from(["", "one", "days", "table"]))
    text = "&".join(f"{key}={quote(value.encode('utf-8', 'surrogatepass'))}" for key, value in query.items())
    sound(*client.ask(method.verb, f"{named(method, asset)}?{text}", b"{}" if method.body else b""))


@SHARED
@given(st.sampled_from(METHODS), st.binary(max_size=40) | st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"\xff"]))
def test_any_bytes(client: Client, method: Method, body: bytes) -> None:
    sound(*client.ask(method.verb, named(method, "one"), body))
