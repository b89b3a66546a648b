"""Exports and their operations through the official client."""

from __future__ import annotations

import csv
import json
import threading
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
from ee import ee_exception
from rasterio.windows import Window

from tests.emulator.evaluating import OWN
from tests.emulator.serving import asking, official_client
from xee_lite import emulator
from xee_lite.emulator.images.image import Band, Image, Pixels, Sampler, everywhere
from xee_lite.emulator.types import UINT8, Projection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.serving import Ask

GATE = threading.Event()
"""What the pixels of the image called slow wait for."""


def slow() -> Image:
    def compute(sampler: Sampler) -> Pixels:
        assert GATE.wait(60)
        return Pixels(np.zeros(sampler.shape, np.uint8), everywhere(sampler.shape))

    return Image((Band("b", UINT8, Projection("EPSG:4326", (1, 0, 0, 0, -1, 2)), compute, (2, 2)),))


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path


@pytest.fixture
def earth(folders: Path) -> Iterator[emulator.Emulator]:
    values = np.ma.masked_equal(np.arange(12, dtype="uint8").reshape(3, 4), 7)
    other = np.ma.masked_less(np.arange(12, dtype="float32").reshape(3, 4) / 2, 1)
    image = emulator.memory_image(
        {"a": values, "b": other},
        crs="EPSG:32631",
        transform=[10, 0, 500000, 0, -10, 4000000],
        properties={"system:time_start": 1577836800000, "sensor": "x"},
    )
    assets = {f"{OWN}/image": image, f"{OWN}/slow": slow()}
    with (
        emulator.start(data=folders / "data", assets=assets, exports=folders / "exports") as running,
        official_client(running),
    ):
        GATE.clear()
        yield running
        GATE.set()


@pytest.fixture
def ask(earth: emulator.Emulator) -> Ask:
    return asking(earth.url)


pytestmark = pytest.mark.usefixtures("earth")


def finished(task: Any) -> dict[str, Any]:
    """Start a task, and wait for its operation."""
    task.start()
    operation: dict[str, Any] = (
        ee.data._get_cloud_projects().operations().wait(name=task.operation_name, body={"timeout": "30s"}).execute()
    )
    assert operation["done"]
    return operation


def test_an_image_becomes_a_file(folders: Path) -> None:
    task = ee.batch.Export.image.toDrive(ee.Image(f"{OWN}/image").select("a"), "an export", folder="mine", scale=10)
    assert task.status()["state"] == "UNSUBMITTED"
    operation = finished(task)
    path = folders / "exports" / "mine" / "an export.tif"
    assert operation["metadata"]["destinationUris"] == [path.as_uri()]
    with rasterio.open(path) as dataset:
        assert dataset.descriptions == ("a",)
        assert dataset.nodata is None
        assert tuple(dataset.transform)[:6] == (10, 0, 500000, 0, -10, 4000000)
        expected = np.arange(12).reshape(3, 4)
        np.testing.assert_array_equal(dataset.read(1), np.where(expected == 7, 0, expected))
    status = task.status()
    assert status["state"] == "COMPLETED"
    assert status["task_type"] == "EXPORT_IMAGE"
    assert status["description"] == "an export"
    assert status["start_timestamp_ms"] >= status["creation_timestamp_ms"]
    assert not task.active()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_options_of_a_file(folders: Path) -> None:
    task = ee.batch.Export.image.toCloudStorage(
        ee.Image(f"{OWN}/image").select("b"),
        bucket="bucket",
        fileNamePrefix="deep/in/it",
        formatOptions={"cloudOptimized": True, "noData": -9},
    )
    assert finished(task)["metadata"]["state"] == "SUCCEEDED"
    with rasterio.open(folders / "exports" / "bucket" / "deep" / "in" / "it.tif") as dataset:
        assert dataset.nodata == -9
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        expected = np.arange(12).reshape(3, 4) / 2
        np.testing.assert_array_equal(dataset.read(1), np.where(expected < 1, -9, expected))


def test_an_export_may_be_larger_than_a_request(folders: Path) -> None:
    image = ee.Image.pixelLonLat().select("longitude").float()
    grid = {"crs": "EPSG:4326", "crsTransform": [0.01, 0, 0, 0, -0.01, 40], "dimensions": "36000x600"}
    operation = finished(ee.batch.Export.image.toDrive(image, "wide", **grid))
    assert operation["metadata"]["state"] == "SUCCEEDED"
    with rasterio.open(folders / "exports" / "wide.tif") as dataset:
        assert dataset.shape == (600, 36000)
        for row in (0, 255, 256, 599):
            found = dataset.read(1, window=Window(0, row, 36000, 1))[0]
            assert found[0] == pytest.approx(0.005)
            assert found[17999] == pytest.approx(179.995)


def test_an_image_becomes_an_asset() -> None:
    name = f"{OWN}/mine"
    image = ee.Image(f"{OWN}/image")
    operation = finished(ee.batch.Export.image.toAsset(image, "to asset", name))
    assert operation["metadata"]["state"] == "SUCCEEDED"
    asset = ee.data.getAsset(name)
    assert asset["startTime"] == "2020-01-01T00:00:00Z"
    assert asset["properties"] == {"sensor": "x"}
    assert [band["dataType"]["precision"] for band in asset["bands"]] == ["INT", "FLOAT"]
    for file_format in ("NPY", "GEO_TIFF"):
        one, other = (ee.data.getPixels({"assetId": known, "fileFormat": file_format}) for known in
                      (name, f"{OWN}/image"))  # fmt: skip
        assert one == other
    again = ee.batch.Export.image.toAsset(image, "again", name)
    with pytest.raises(ee_exception.EEException, match=f"Cannot overwrite asset '{name}'"):
        again.start()
    over = ee.batch.Export.image.toAsset(image.select("a").add(1), "over", name, overwrite=True)
    assert finished(over)["metadata"]["state"] == "SUCCEEDED"
    assert ee.Image(name).bandNames().getInfo() == ["a"]


def test_the_size_of_an_asset_is_that_of_its_pixels() -> None:
    """The file has a header, tiles and masks besides."""
    image = ee.Image(f"{OWN}/image")
    bands = ee.data.getAsset(f"{OWN}/image")["bands"]
    pixels = bands[0]["grid"]["dimensions"]["width"] * bands[0]["grid"]["dimensions"]["height"]
    finished(ee.batch.Export.image.toAsset(image.select("a").toUint8(), "small", f"{OWN}/small"))
    assert int(ee.data.getAsset(f"{OWN}/small")["sizeBytes"]) == pixels
    assert ee.Image(f"{OWN}/small").get("system:asset_size").getInfo() == pixels
    finished(ee.batch.Export.image.toAsset(image.toDouble(), "large", f"{OWN}/large"))
    assert int(ee.data.getAsset(f"{OWN}/large")["sizeBytes"]) == 16 * pixels
    ee.data.setAssetProperties(f"{OWN}/large", {"a": 1})
    assert int(ee.data.getAsset(f"{OWN}/large")["sizeBytes"]) == 16 * pixels


def test_images_become_a_collection() -> None:
    ee.data.createAsset({"type": "ImageCollection"}, f"{OWN}/series")
    for day in range(2):
        image = ee.Image(f"{OWN}/image").set("system:time_start", day * 86400000)
        finished(ee.batch.Export.image.toAsset(image, "day", f"{OWN}/series/day{day}"))
    series = ee.ImageCollection(f"{OWN}/series")
    assert series.aggregate_array("system:index").getInfo() == ["day0", "day1"]
    assert series.filterDate("1970-01-02", "1970-01-03").size().getInfo() == 1


def test_a_table_becomes_a_file_or_an_asset(folders: Path) -> None:
    points = [ee.Feature(ee.Geometry.Point(x, 1), {"x": x, "name": f"p{x}"}) for x in range(3)]
    table = ee.FeatureCollection(points)
    assert finished(ee.batch.Export.table.toDrive(table, "csv", selectors=["name", "x"]))["metadata"]["state"] == (
        "SUCCEEDED"
    )
    with (folders / "exports" / "csv.csv").open() as file:
        assert list(csv.reader(file)) == [["name", "x"], ["p0", "0"], ["p1", "1"], ["p2", "2"]]
    finished(ee.batch.Export.table.toCloudStorage(table, "json", "bucket", fileFormat="GeoJSON"))
    content = json.loads((folders / "exports" / "bucket" / "json.geojson").read_text())
    assert [feature["geometry"]["coordinates"] for feature in content["features"]] == [[0, 1], [1, 1], [2, 1]]
    operation = finished(ee.batch.Export.table.toAsset(table, "asset", f"{OWN}/points"))
    assert operation["metadata"]["type"] == "EXPORT_FEATURES"
    assert ee.FeatureCollection(f"{OWN}/points").aggregate_array("name").getInfo() == ["p0", "p1", "p2"]


def test_failures_are_told_in_the_services_words() -> None:
    world = {"crs": "EPSG:4326", "crsTransform": [0.01, 0, -180, 0, -0.01, 90], "dimensions": "36000x18000"}
    task = ee.batch.Export.image.toDrive(ee.Image(1), "world", **world)
    operation = finished(task)
    assert operation["error"] == {
        "code": 3,
        "message": "Export too large: specified 648000000 pixels (max: 100000000). "
        "Specify higher maxPixels value if you intend to export a large area.",
    }
    assert task.status()["state"] == "FAILED"
    assert task.status()["error_message"].startswith("Export too large")
    operation = finished(ee.batch.Export.image.toDrive(ee.Image(f"{OWN}/image"), "mixed"))
    assert operation["error"]["message"] == (
        "Exported bands must have compatible data types; found inconsistent types: Byte and Float32."
    )
    missing = ee.batch.Export.table.toDrive(ee.FeatureCollection("no/such"), "none")
    assert "Collection.loadTable" in finished(missing)["error"]["message"]


def test_operations_are_listed_and_cancelled() -> None:
    tasks = [ee.batch.Export.image.toDrive(ee.Image(f"{OWN}/slow"), f"task{n}", priority=n) for n in range(4)]
    for task in tasks:
        task.start()
    names = [task.operation_name for task in tasks]
    assert [entry["name"] for entry in ee.data.listOperations()] == names[::-1]
    assert ee.data.getOperation(names[3])["metadata"]["state"] == "PENDING"
    assert tasks[3].active()
    tasks[3].cancel()
    assert tasks[3].status()["state"] == "CANCELLED"
    while tasks[0].status()["state"] == "READY":  # until its thread has taken it
        pass
    tasks[0].cancel()
    assert tasks[0].status()["state"] == "CANCEL_REQUESTED"
    GATE.set()
    wait = ee.data._get_cloud_projects().operations().wait
    states = [wait(name=name, body={}).execute()["metadata"]["state"] for name in names]
    assert states == ["CANCELLED", "SUCCEEDED", "SUCCEEDED", "CANCELLED"]
    assert [task["state"] for task in ee.data.getTaskList()] == ["CANCELLED", "COMPLETED", "COMPLETED", "CANCELLED"]
    assert ee.data.getTaskStatus("NOSUCH")[0]["state"] == "UNKNOWN"
    known = ee.batch.Task.list()
    assert [(task.operation_name, task.config["description"]) for task in known] == [
        (name, f"task{number}") for number, name in reversed(list(enumerate(names)))
    ]
    assert {task.status()["task_type"] for task in known} == {"EXPORT_IMAGE"}
    assert tasks[0].status()["error_message"] == "Cancelled."


def test_what_waits_starts_by_priority(folders: Path) -> None:
    busy = [ee.batch.Export.image.toDrive(ee.Image(f"{OWN}/slow"), f"busy{n}") for n in range(2)]
    for task in busy:
        task.start()
    while any(task.status()["state"] == "READY" for task in busy):
        pass
    late = [ee.batch.Export.image.toDrive(ee.Image(1).reproject("EPSG:4326", [1, 0, 0, 0, -1, 1]).clip(
        ee.Geometry.BBox(0, 0, 1, 1)), f"late{n}", priority=n) for n in (5, 500)]  # fmt: skip
    for task in late:
        task.start()
    busy[0].cancel()
    GATE.set()
    starts = []
    for task in late:
        operation = ee.data._get_cloud_projects().operations().wait(name=task.operation_name, body={}).execute()
        assert operation["metadata"]["state"] == "SUCCEEDED", operation
        starts.append(operation["metadata"]["startTime"])
    assert starts[1] <= starts[0]
    assert (folders / "exports" / "late500.tif").is_file()


def test_a_request_that_comes_twice_is_one_operation(ask: Ask) -> None:
    body = {
        "expression": ee.serializer.encode(ee.Image(f"{OWN}/slow"), for_cloud_api=True),
        "fileExportOptions": {"driveDestination": {"filenamePrefix": "x"}},
        "requestId": "twice",
    }
    names = {ask("POST", "/v1/projects/xee-lite/image:export", body).json["name"] for _ in range(3)}
    assert len(names) == 1
    (name,) = names
    assert ask("DELETE", f"/v1/{name}").status == 400
    GATE.set()
    assert ask("POST", f"/v1/{name}:wait", {}).json["done"]
    assert ask("DELETE", f"/v1/{name}").json == {}
    assert ask("GET", f"/v1/{name}").status == 404


EXPRESSION = {"result": "0", "values": {"0": {"constantValue": 1}}}
TRICKS = ["../x", "..", "a/../../x", "/etc/x", "a\\b", "x\0", ".hidden", "", "a//b", "link/x", "x" * 300, "\n"]
NO_FOLDER = {"driveDestination": {"folder": "", "filenamePrefix": "x"}}


def test_no_file_is_written_elsewhere(ask: Ask, folders: Path) -> None:
    (folders / "exports" / "bucket").mkdir(parents=True)
    (folders / "outside").mkdir()
    for place in ("bucket/link", "link"):
        (folders / "exports" / place).symlink_to(folders / "outside", target_is_directory=True)
    for trick in TRICKS:
        for destination in (
            {"cloudStorageDestination": {"bucket": "bucket", "filenamePrefix": trick}},
            {"cloudStorageDestination": {"bucket": trick, "filenamePrefix": "x"}},
            {"driveDestination": {"folder": trick, "filenamePrefix": "x"}},
            {"driveDestination": {"folder": "link", "filenamePrefix": trick}},
        ):
            body = {"expression": EXPRESSION, "fileExportOptions": destination, "description": ".."}
            statuses = {ask("POST", f"/v1/projects/xee-lite/{kind}:export", body).status for kind in ("image", "table")}
            # No folder of Drive is its root.
            assert statuses == {200 if destination == NO_FOLDER else 400}, destination
        asset = {"earthEngineDestination": {"name": f"{OWN}/{trick}"}}
        for kind in ("image", "table"):
            body = {"expression": EXPRESSION, "assetExportOptions": asset}
            assert ask("POST", f"/v1/projects/xee-lite/{kind}:export", body).status in (400, 403, 404)
    assert not list((folders / "outside").iterdir())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "no 'expression'"),
        ({"expression": EXPRESSION}, "must have a 'driveDestination'"),
        ({"expression": EXPRESSION, "priority": 10000}, "must have|from 0 to 9999"),
        ({"expression": EXPRESSION, "fileExportOptions": {"fileFormat": "PNG"}}, "GEO_TIFF and TF_RECORD_IMAGE only"),
        ({"expression": EXPRESSION, "maxPixels": {"value": "many"}}, "Invalid value at 'maxPixels'"),
        (
            {"expression": EXPRESSION, "assetExportOptions": {"tileSize": {"value": 256}}},
            "Invalid value at 'assetExportOptions",
        ),
        ({"expression": EXPRESSION, "colour": 1}, 'Unknown name "colour"'),
    ],
)
def test_bad_requests_are_refused_at_once(ask: Ask, body: Any, message: str) -> None:
    reply = ask("POST", "/v1/projects/xee-lite/image:export", body)
    assert reply.status == 400
    assert any(part in reply.message for part in message.split("|"))


def test_without_a_folder_nothing_is_exported() -> None:
    body = {"expression": EXPRESSION, "fileExportOptions": {"driveDestination": {"filenamePrefix": "x"}}}
    with emulator.start() as bare:
        reply = asking(bare.url)("POST", "/v1/projects/xee-lite/image:export", body)
        assert reply.message == "This emulator has nowhere to write files to: start it with exports='folder'."


@pytest.mark.parametrize("text", ["3", "s", "-1s", "1e3s"])
def test_a_wait_has_a_duration(ask: Ask, text: str) -> None:
    task = ee.batch.Export.image.toDrive(ee.Image(f"{OWN}/slow"), "x")
    task.start()
    assert ask("POST", f"/v1/{task.operation_name}:wait", {"timeout": text}).status == 400
    assert ask("POST", f"/v1/{task.operation_name}:wait", {"timeout": "0.01s"}).json.get("done") is None
