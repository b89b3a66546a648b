"""Every public function of ``ee.data`` that talks to the service: it works, or says plainly that it does not."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
from ee import ee_exception

from tests.emulator.evaluating import OWN
from tests.emulator.serving import official_client
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IMAGE = f"{OWN}/image"


@pytest.fixture(scope="module", autouse=True)
def earth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    root: Path = tmp_path_factory.mktemp("data")
    profile = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "uint8", "crs": "EPSG:4326"}
    transform = rasterio.transform.from_origin(0, 3, 1, 1)
    with rasterio.open(root / "image.tif", "w", **profile, transform=transform) as dataset:
        dataset.write(np.arange(12, dtype="uint8").reshape(1, 3, 4))
    (root / "table.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with emulator.start(data=root, exports=root / "exports") as running, official_client(running):
        yield running


def export(**options: Any) -> dict[str, Any]:
    destination = {"driveDestination": {"filenamePrefix": "x"}}
    return {"expression": ee.Image(IMAGE), "description": "x", "fileExportOptions": destination, **options}


def copy(name: str) -> str:
    ee.data.copyAsset(IMAGE, f"{OWN}/{name}")
    return f"{OWN}/{name}"


WORKS: dict[str, Callable[[], Any]] = {
    "getInfo": lambda: ee.data.getInfo(IMAGE),
    "getAsset": lambda: ee.data.getAsset(IMAGE),
    "getList": lambda: ee.data.getList({"id": OWN}),
    "listImages": lambda: ee.data.listImages(OWN),
    "listAssets": lambda: ee.data.listAssets(OWN),
    "listBuckets": ee.data.listBuckets,
    "getMapId": lambda: ee.data.getMapId({"image": ee.Image(IMAGE)}),
    "listFeatures": lambda: ee.data.listFeatures({"assetId": f"{OWN}/table"}),
    "getPixels": lambda: ee.data.getPixels({"assetId": IMAGE}),
    "computePixels": lambda: ee.data.computePixels({"expression": ee.Image(IMAGE), "fileFormat": "NPY"}),
    "computeImages": lambda: ee.data.computeImages({"expression": ee.ImageCollection([ee.Image(IMAGE)])}),
    "computeFeatures": lambda: ee.data.computeFeatures({"expression": ee.FeatureCollection([])}),
    "computeValue": lambda: ee.data.computeValue(ee.Number(1)),
    "getThumbnail": lambda: ee.data.getThumbnail({"image": ee.Image(IMAGE), "dimensions": 4}),
    "getThumbId": lambda: ee.data.getThumbId({"image": ee.Image(IMAGE)}),
    "getDownloadId": lambda: ee.data.getDownloadId({"image": ee.Image(IMAGE)}),
    "getTableDownloadId": lambda: ee.data.getTableDownloadId({"table": ee.FeatureCollection([])}),
    "getAlgorithms": ee.data.getAlgorithms,
    "createAsset": lambda: ee.data.createAsset({"type": "IMAGE_COLLECTION"}, f"{OWN}/made"),
    "createFolder": lambda: ee.data.createFolder(f"{OWN}/folder"),
    "create_assets": lambda: ee.data.create_assets([f"{OWN}/a/b/c"], "FOLDER", mk_parents=True),
    "copyAsset": lambda: ee.data.copyAsset(IMAGE, f"{OWN}/copied"),
    "renameAsset": lambda: ee.data.renameAsset(copy("old"), f"{OWN}/new"),
    "deleteAsset": lambda: ee.data.deleteAsset(copy("unwanted")),
    "getTaskList": ee.data.getTaskList,
    "listOperations": ee.data.listOperations,
    "getTaskStatus": lambda: ee.data.getTaskStatus("NOSUCH"),
    "getOperation": lambda: ee.data.getOperation(ee.data.exportImage("1", export())["name"]),
    "cancelTask": lambda: ee.data.cancelTask(ee.data.exportImage("2", export())["name"].rpartition("/")[2]),
    "cancelOperation": lambda: ee.data.cancelOperation(ee.data.exportImage("3", export())["name"]),
    "exportImage": lambda: ee.data.exportImage("4", export()),
    "exportTable": lambda: ee.data.exportTable("5", export(expression=ee.FeatureCollection([]))),
    "getAssetRoots": ee.data.getAssetRoots,
    "getAssetRootQuota": lambda: ee.data.getAssetRootQuota(OWN),
    "getAssetAcl": lambda: ee.data.getAssetAcl(IMAGE),
    "getIamPolicy": lambda: ee.data.getIamPolicy(IMAGE),
    "setAssetAcl": lambda: ee.data.setAssetAcl(IMAGE, {"readers": ["user:a@b.c"], "all_users_can_read": True}),
    "setIamPolicy": lambda: ee.data.setIamPolicy(IMAGE, {"bindings": []}),
    "setAssetProperties": lambda: ee.data.setAssetProperties(IMAGE, {"a": 1}),
    "updateAsset": lambda: ee.data.updateAsset(IMAGE, {"properties": {"b": 2}}, ["properties.b"]),
    "getProjectConfig": ee.data.getProjectConfig,
    "updateProjectConfig": lambda: ee.data.updateProjectConfig({"maxConcurrentExports": 3}),
}
WORKS_NOT: dict[str, tuple[Callable[[], Any], str]] = {
    "exportVideo": (lambda: ee.data.exportVideo("6", export()), "projects.video.export"),
    "exportMap": (lambda: ee.data.exportMap("7", export()), "projects.map.export"),
    "exportClassifier": (lambda: ee.data.exportClassifier("8", export()), "projects.classifier.export"),
    "startIngestion": (lambda: ee.data.startIngestion("9", {"name": f"{OWN}/x"}), "projects.image.import"),
    "startExternalImageIngestion": (
        lambda: ee.data.startExternalImageIngestion({"name": f"{OWN}/x"}),
        "projects.image.importExternal",
    ),
    "startTableIngestion": (lambda: ee.data.startTableIngestion("10", {"name": f"{OWN}/x"}), "projects.table.import"),
    "getFeatureViewTilesKey": (
        lambda: ee.data.getFeatureViewTilesKey({"assetId": f"{OWN}/table"}),
        "projects.featureView.create",
    ),
}
ELSEWHERE = {
    # These talk to nobody, or were talked to by the fixture,
    *("initialize", "is_initialized", "reset", "get_persistent_credentials", "authorizeHttp", "newTaskId", "profiling"),
    *("setCloudApiKey", "setCloudApiUserProject", "setUserAgent", "getUserAgent", "setDeadline", "setMaxRetries"),
    *("getTileUrl", "makeThumbUrl", "makeDownloadUrl", "makeTableDownloadUrl", "convert_asset_id_to_asset_name"),
    *("getWorkloadTag", "setWorkloadTag", "workloadTagContext", "setDefaultWorkloadTag", "resetWorkloadTag"),
    # and there are no home folders beside those of projects.
    "createAssetHome",
}


def test_no_function_is_forgotten() -> None:
    public = {name for name, value in inspect.getmembers(ee.data, callable) if inspect.getmodule(value) is ee.data}
    functions = {name for name in public if not name.startswith("_") and not inspect.isclass(getattr(ee.data, name))}
    assert functions == {*WORKS, *WORKS_NOT, *ELSEWHERE}


@pytest.mark.parametrize("name", WORKS)
def test_it_works(name: str) -> None:
    WORKS[name]()


@pytest.mark.parametrize("name", WORKS_NOT)
def test_it_says_that_it_does_not(name: str) -> None:
    call, method = WORKS_NOT[name]
    with pytest.raises(ee_exception.EEException, match=rf"^This emulator does not implement {method}\.$"):
        call()


def test_a_home_folder_is_denied() -> None:
    with pytest.raises(ee_exception.EEException, match=r"Permission 'earthengine\.assets\.create' denied"):
        ee.data.createAssetHome("users/me")


def test_the_configuration_is_remembered() -> None:
    ee.data.updateProjectConfig({"maxConcurrentExports": 5})
    assert ee.data.getProjectConfig() == {"name": "projects/xee-lite/config", "maxConcurrentExports": 5}
