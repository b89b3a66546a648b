"""Changing assets of the data folder through the official client; nothing outside of it is ever touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import ee
import numpy as np
import pytest
from affine import Affine
from ee import ee_exception

from tests.emulator.evaluating import OWN
from tests.emulator.serving import asking, official_client, stac_item, write_raster
from xee_lite import emulator

from .test_tables import PLACES, write_geo_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.serving import Ask

SECRET = "not yours"  # noqa: S105 - of no use


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder beside which there are files that nobody must see or change."""
    root = tmp_path / "data"
    values = np.arange(12, dtype="uint8").reshape(1, 3, 4)
    for name in ("one.tif", "days/d1.tif", "days/d2.tif"):
        write_raster(root / name, values, "EPSG:32631", Affine(10, 0, 500000, 0, -10, 4000000), names=["b"])
    item = json.dumps(stac_item("d1", 1, cloud=5)).replace('{"name": "cold"}', "").replace('"warm"}, ]', '"warm"}]')
    (root / "days" / "d1.json").write_text(item)
    write_geo_json(root / "places.geojson", PLACES)
    outside = tmp_path / "outside"
    write_raster(outside / "theirs.tif", values, "EPSG:4326", Affine(1, 0, 0, 0, -1, 1))
    (outside / "secret.txt").write_text(SECRET)
    (root / "link").symlink_to(outside, target_is_directory=True)
    (root / "theirs.tif").symlink_to(outside / "theirs.tif")
    (root / "dangling.tif").symlink_to(outside / "new.tif")
    return root


@pytest.fixture
def earth(data: Path) -> Iterator[emulator.Emulator]:
    memory = emulator.memory_image({"m": np.zeros((1, 1), "u1")}, crs="EPSG:4326", transform=[1, 0, 0, 0, -1, 1])
    with emulator.start(data=data, assets={f"{OWN}/memory": memory}) as running, official_client(running):
        yield running


@pytest.fixture
def ask(earth: emulator.Emulator) -> Ask:
    return asking(earth.url)


def listed(name: str = "") -> dict[str, str]:
    assets = ee.data.listAssets(f"{OWN}{name}")["assets"]
    return {entry["id"].removeprefix(f"{OWN}/"): entry["type"] for entry in assets}


def outside_of(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((data.parent / "outside").iterdir())}


pytestmark = pytest.mark.usefixtures("earth")


def test_folders_and_collections_are_made(data: Path) -> None:
    made = ee.data.createFolder(f"{OWN}/project")
    assert (made["type"], made["name"]) == ("FOLDER", f"{OWN}/project")
    made = ee.data.createAsset({"type": "ImageCollection"}, f"{OWN}/project/scenes", {"title": "Scenes", "n": 3})
    assert made["type"] == "IMAGE_COLLECTION"
    assert made["properties"] == {"title": "Scenes", "n": 3}
    assert listed() == {"days": "IMAGE_COLLECTION", "memory": "IMAGE", "one": "IMAGE", "places": "TABLE",
                        "project": "FOLDER"}  # fmt: skip
    assert listed("/project") == {"project/scenes": "IMAGE_COLLECTION"}
    assert ee.ImageCollection(f"{OWN}/project/scenes").size().getInfo() == 0
    with emulator.start(data=data) as again:  # it is all in the folder
        assert asking(again.url)("GET", f"/v1/{OWN}/project/scenes").json["properties"] == {"title": "Scenes", "n": 3}


def test_assets_are_copied_with_what_is_known_of_them() -> None:
    ee.data.copyAsset(f"{OWN}/days/d1", f"{OWN}/days/d3")
    days = ee.ImageCollection(f"{OWN}/days")
    assert days.aggregate_array("system:index").getInfo() == ["d1", "d2", "d3"]
    assert ee.Image(f"{OWN}/days/d3").get("cloud").getInfo() == 5
    assert ee.Image(f"{OWN}/days/d3").bandNames().getInfo() == ["warm"]
    ee.data.copyAsset(f"{OWN}/places", f"{OWN}/places2")
    assert ee.FeatureCollection(f"{OWN}/places2").size().getInfo() == 3
    with pytest.raises(ee_exception.EEException, match=f"Cannot overwrite asset '{OWN}/one'"):
        ee.data.copyAsset(f"{OWN}/days/d1", f"{OWN}/one")
    ee.data.copyAsset(f"{OWN}/days/d1", f"{OWN}/one", allowOverwrite=True)
    assert ee.Image(f"{OWN}/one").bandNames().getInfo() == ["warm"]
    with pytest.raises(ee_exception.EEException, match="no image or table"):
        ee.data.copyAsset(f"{OWN}/days", f"{OWN}/days2")


def test_assets_get_other_ids() -> None:
    ee.data.setAssetProperties(f"{OWN}/one", {"colour": "red"})
    ee.data.renameAsset(f"{OWN}/one", f"{OWN}/uno")
    assert "one" not in listed()
    assert ee.Image(f"{OWN}/uno").get("colour").getInfo() == "red"
    ee.data.renameAsset(f"{OWN}/days", f"{OWN}/weeks")
    assert ee.ImageCollection(f"{OWN}/weeks").size().getInfo() == 2
    ee.data.createFolder(f"{OWN}/deep")
    ee.data.renameAsset(f"{OWN}/weeks/d1", f"{OWN}/deep/d1")
    assert ee.Image(f"{OWN}/deep/d1").get("cloud").getInfo() == 5
    with pytest.raises(ee_exception.EEException, match="into itself"):
        ee.data.renameAsset(f"{OWN}/weeks", f"{OWN}/weeks/inner")


def test_assets_are_deleted(data: Path) -> None:
    ee.data.setAssetProperties(f"{OWN}/days/d1", {"a": 1})
    with pytest.raises(ee_exception.EEException, match="it is not empty"):
        ee.data.deleteAsset(f"{OWN}/days")
    for name in ("days/d1", "days/d2", "days", "one", "places"):
        ee.data.deleteAsset(f"{OWN}/{name}")
    assert listed() == {"memory": "IMAGE"}
    assert {path.name for path in data.iterdir()} == {"link", "theirs.tif", "dangling.tif"}


def test_a_folder_with_other_files_stays(data: Path) -> None:
    ee.data.createFolder(f"{OWN}/mine")
    (data / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(ee_exception.EEException, match="files that are no assets"):
        ee.data.deleteAsset(f"{OWN}/mine")
    assert (data / "mine" / "notes.txt").read_text() == "keep"


def test_properties_are_set_and_removed() -> None:
    name = f"{OWN}/days/d1"
    ee.data.setAssetProperties(name, {"cloud": None, "quality": "good", "list": [1, 2]})
    assert ee.data.getAsset(name)["properties"] == {"quality": "good", "list": [1, 2]}
    ee.data.updateAsset(name, {"startTime": "2021-02-03T00:00:00Z"}, ["start_time"])
    assert ee.data.getAsset(name)["startTime"] == "2021-02-03T00:00:00Z"
    assert ee.Image(name).date().format("YYYY-MM-dd").getInfo() == "2021-02-03"
    ee.data.updateAsset(name, {"properties": {"only": 1}}, ["properties"])
    assert ee.data.getAsset(name)["properties"] == {"only": 1}
    ee.data.updateAsset(name, {"properties": {"last": 2}}, [])
    asset = ee.data.getAsset(name)
    assert asset["properties"] == {"last": 2}
    assert "startTime" not in asset
    ee.data.setAssetProperties(f"{OWN}/places", {"source": "me"})
    assert ee.FeatureCollection(f"{OWN}/places").get("source").getInfo() == "me"


@pytest.mark.parametrize(
    ("asset", "mask", "message"),
    [
        ({"properties": {"a": {"b": 1}}}, ["properties"], "must be a number, a text"),
        ({"properties": {"system:time_start": "x"}}, ["properties"], "Invalid value"),
        ({"startTime": "yesterday"}, ["start_time"], "is not an RFC 3339 time"),
        ({}, ["colour"], "no field that can be updated"),
        ({}, ["bands"], "does not rename"),
        ({"colour": 1}, [], 'Unknown name "colour"'),
    ],
)
def test_bad_changes_are_refused(asset: Any, mask: list[str], message: str) -> None:
    with pytest.raises(ee_exception.EEException, match=message):
        ee.data.updateAsset(f"{OWN}/one", asset, mask)


def test_policies_bind_nobody() -> None:
    assert ee.data.getIamPolicy(f"{OWN}/one") == {"bindings": [], "etag": "ACAB"}
    policy = {"bindings": [{"role": "roles/viewer", "members": ["allUsers"]}]}
    assert ee.data.setIamPolicy(f"{OWN}/one", policy)["bindings"] == policy["bindings"]
    assert ee.data.getIamPolicy(f"{OWN}/one")["bindings"] == policy["bindings"]


def test_the_root_knows_its_quota() -> None:
    quota = ee.data.getAssetRootQuota(OWN)
    assert quota["asset_count"] == {"usage": 5, "limit": 10000}
    assert quota["asset_size"]["usage"] > 0


@pytest.mark.parametrize("name", [f"{OWN}/memory", "USGS/SRTMGL1_003"])
def test_what_is_not_in_the_folder_can_not_be_changed(name: str) -> None:
    denied = r"Permission 'earthengine\.assets\.\w+' denied on resource 'projects/.*' \(or it may not exist\)\."
    for change, arguments in (
        (ee.data.deleteAsset, (name,)),
        (ee.data.setAssetProperties, (name, {"a": 1})),
        (ee.data.renameAsset, (name, f"{OWN}/mine")),
        (ee.data.copyAsset, (name, f"{OWN}/mine")),
        (ee.data.createFolder, ("projects/others/assets/x",)),
    ):
        with pytest.raises(ee_exception.EEException, match=denied):
            change(*arguments)
    with pytest.raises(ee_exception.EEException, match="Cannot overwrite asset"):
        ee.data.createFolder(f"{OWN}/memory")


def test_without_a_folder_nothing_is_written() -> None:
    with emulator.start() as bare:
        reply = asking(bare.url)("POST", "/v1/projects/xee-lite/assets?assetId=x", {"type": "FOLDER"})
        assert (reply.status, reply.json["error"]["status"]) == (403, "PERMISSION_DENIED")


TRICKS = [
    *("../outside/x", "..", ".", "", "a/../../outside/x", "..\\outside\\x", "/etc/x", "//x", "link/x"),
    *("%2e%2e/outside/x", "..%2foutside%2fx", "one/x", "no/such/x", ".hidden", "x\0y", "C:\\x", "days/d1/x", "~/x"),
    *("x" * 101, "ü", "a b", "theirs/../x", "theirs", "link", "dangling"),
]
FREE = {"link", "theirs", "dangling"}
"""Names of links, which are no assets: under these names there may be new ones, in the folder."""


def test_nothing_is_written_outside(ask: Ask, data: Path) -> None:
    before = outside_of(data)
    for trick in TRICKS:
        inside = sorted(data.rglob("*"))
        replies = [
            ask("POST", f"/v1/projects/xee-lite/assets?assetId={quote(trick, safe='')}", {"type": "FOLDER"}),
            ask("POST", f"/v1/{OWN}/one:copy", {"destinationName": f"{OWN}/{trick}", "overwrite": True}),
            ask("POST", f"/v1/{OWN}/one:move", {"destinationName": f"{OWN}/{trick}"}),
        ]
        assert outside_of(data) == before
        if trick not in FREE:
            assert {reply.status for reply in replies} <= {400, 403, 404}, trick
            assert sorted(data.rglob("*")) == inside


def test_nothing_is_read_or_deleted_outside(ask: Ask, data: Path) -> None:
    before = outside_of(data)
    for trick in TRICKS:
        for path in (quote(trick), quote(trick, safe=""), quote(quote(trick, safe=""))):
            for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", ":getPixels"), ("GET", ":listFeatures")):
                reply = ask(method, f"/v1/{OWN}/{path}{suffix}", {} if method == "POST" else None)
                whole = trick in ("", ".") and method == "GET"  # the project's own folder
                assert whole or 400 <= reply.status < 500, (trick, reply)
                assert SECRET not in reply.body.decode("latin-1")
    assert outside_of(data) == before
