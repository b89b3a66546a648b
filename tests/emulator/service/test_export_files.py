"""Exports of images that are more than one GeoTIFF: tiles, patches, and the pyramids of assets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
from ee import ee_exception

from tests.emulator.evaluating import OWN
from tests.emulator.serving import asking, official_client
from xee_lite import emulator

from .test_table_formats import finished
from .tf_records import examples_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

SHAPE = (600, 700)
TRANSFORM = (10.0, 0.0, 500000.0, 0.0, -10.0, 4000000.0)
VALUES: npt.NDArray[np.float32] = np.arange(420_000, dtype="f4").reshape(SHAPE)
MASKED = np.zeros(SHAPE, bool)
MASKED[:256, 256:512] = True
MASKED[300, 300] = True


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module", autouse=True)
def earth(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    bands: dict[str, npt.NDArray[Any]] = {
        "a": np.ma.MaskedArray(VALUES, MASKED),
        "b": (VALUES % 251).astype("u1"),
    }
    assets = {f"{OWN}/image": emulator.memory_image(bands, crs="EPSG:32631", transform=TRANSFORM)}
    data = tmp_path_factory.mktemp("data")
    with (
        emulator.start(assets=assets, data=data, exports=exports) as running,
        official_client(running),
    ):
        yield running


def image() -> Any:
    return ee.Image(f"{OWN}/image")


def drive(band: str, name: str, **options: Any) -> dict[str, Any]:
    return finished(ee.batch.Export.image.toDrive(image().select(band), name, **options))


@pytest.mark.parametrize("empty", [False, True])
def test_a_large_image_is_cut_into_files(exports: Path, empty: bool) -> None:
    name = f"tiles{empty}"
    operation = drive("a", name, fileDimensions=256, skipEmptyTiles=empty)
    files = {path.name: path for path in exports.glob(f"{name}*")}
    corners = [(row, col) for row in (0, 256, 512) for col in (0, 256, 512) if not (empty and (row, col) == (0, 256))]
    assert sorted(files) == [f"{name}-{row:010d}-{col:010d}.tif" for row, col in corners]
    assert operation["metadata"]["destinationUris"] == [files[name].as_uri() for name in sorted(files)]
    expected = np.where(MASKED, np.nan, VALUES)
    for (row, col), file in zip(corners, sorted(files), strict=True):
        with rasterio.open(files[file]) as dataset:
            assert dataset.xy(0, 0, offset="ul") == (500000 + 10 * col, 4000000 - 10 * row)
            np.testing.assert_array_equal(dataset.read(1), expected[row : row + 256, col : col + 256])


def test_one_file_holds_what_is_small_enough(exports: Path) -> None:
    drive("a", "whole", fileDimensions=[768, 1024])
    drive("a", "tall", fileDimensions=[1024, 512], shardSize=128)
    assert [path.name for path in exports.glob("whole*")] == ["whole.tif"]
    assert sorted(path.name for path in exports.glob("tall*")) == [
        "tall-0000000000-0000000000.tif",
        "tall-0000000512-0000000000.tif",
    ]


def patches(values: npt.NDArray[Any], size: int, margin: int = 0) -> list[npt.NDArray[Any]]:
    """Row by row, those that are whole; beyond the image is nothing, which is 0."""
    before = margin // 2
    padded = np.pad(values, margin)[margin - before :, margin - before :]
    whole = size + margin
    return [
        padded[row : row + whole, col : col + whole]
        for row in range(0, values.shape[0] - size + 1, size)
        for col in range(0, values.shape[1] - size + 1, size)
    ]


def test_patches_are_examples(exports: Path) -> None:
    operation = finished(
        ee.batch.Export.image.toDrive(
            image(), "patches", fileFormat="TFRecord", formatOptions={"patchDimensions": [64, 64], "defaultValue": 7.5}
        )
    )
    assert operation["metadata"]["state"] == "SUCCEEDED"
    names = sorted(path.name for path in exports.glob("patches*"))
    assert names == ["patches-00000.tfrecord", "patches-mixer.json"]
    found = examples_of(exports / names[0])
    expected = zip(patches(np.where(MASKED, 7.5, VALUES), 64), patches(VALUES % 251, 64), strict=True)
    for example, (a, b) in zip(found, expected, strict=True):
        assert sorted(example) == ["a", "b"]
        np.testing.assert_array_equal(example["a"], a.ravel())
        np.testing.assert_array_equal(example["b"], b.ravel())
    assert json.loads((exports / names[1]).read_text()) == {
        "projection": {"crs": "EPSG:32631", "affine": {"doubleMatrix": list(TRANSFORM)}},
        "patchDimensions": [64, 64],
        "patchesPerRow": 10,
        "totalPatches": 90,
    }


def test_patches_overlap_by_a_margin_and_are_split_over_files(exports: Path) -> None:
    options = {"patchDimensions": [100, 100], "kernelSize": [9, 9], "compressed": True, "maxFileSize": 200_000}
    drive("b", "margin", fileFormat="TFRecord", formatOptions=options)
    files = sorted(exports.glob("margin*.gz"))
    assert [file.name for file in files] == [f"margin-{number:05d}.tfrecord.gz" for number in range(11)]
    found = [example["b"] for file in files for example in examples_of(file)]
    assert [len(examples_of(file)) for file in files] == [4] * 10 + [2]
    for one, other in zip(found, patches(VALUES % 251, 100, 9), strict=True):
        np.testing.assert_array_equal(one, other.ravel())


def test_patches_with_too_many_masked_pixels_are_dropped(exports: Path) -> None:
    options = {"patchDimensions": [128, 128], "maskedThreshold": 1e-4}
    drive("a", "clear", fileFormat="TFRecord", formatOptions=options)
    assert [path.name for path in exports.glob("clear*")] == ["clear-00000.tfrecord"]
    kept = [
        patch
        for patch, mask in zip(patches(np.where(MASKED, 0, VALUES), 128), patches(MASKED, 128), strict=True)
        if mask.mean() <= 1e-4
    ]
    assert len(kept) == 16  # of 20, without the four that are wholly masked
    for example, expected in zip(examples_of(exports / "clear-00000.tfrecord"), kept, strict=True):
        np.testing.assert_array_equal(example["a"], expected.ravel())


def test_less_than_a_patch_fails(exports: Path) -> None:
    operation = drive("a", "none", fileFormat="TFRecord", formatOptions={"patchDimensions": [64, 601]})
    assert operation["error"]["message"].startswith("The image has 700 x 600 pixels, which is less than one patch")
    assert not list(exports.glob("none*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fileDimensions": 300}, "multiples of the tile size, 256; found 300x300"),
        ({"fileDimensions": [256, 0]}, "found 256x0"),
        ({"shardSize": -1}, "tiles have at least one pixel"),
        ({"fileFormat": "TFRecord", "formatOptions": {"collapseBands": True}}, "not implement 'collapseBands'"),
        ({"fileFormat": "TFRecord", "formatOptions": {"tensorDepths": {"a": 1}}}, "not implement 'tensorDepths'"),
        ({"fileFormat": "TFRecord", "formatOptions": {"patchDimensions": [0, 1]}}, "at least one pixel"),
        ({"fileFormat": "PNG"}, "GEO_TIFF and TF_RECORD_IMAGE only"),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ee_exception.EEException, match=message):
        drive("a", "bad", **options)


def exported(name: str, **options: Any) -> dict[str, Any]:
    task = ee.batch.Export.image.toAsset(image(), name, f"{OWN}/{name}", **options)
    return finished(task)


def coarse(name: str, band: str) -> list[float]:
    """The first pixels of the level of 4 x 4 native pixels."""
    affine = {"scaleX": 40, "scaleY": -40, "translateX": TRANSFORM[2], "translateY": TRANSFORM[5]}
    grid = {"crsCode": "EPSG:32631", "affineTransform": affine, "dimensions": {"width": 3, "height": 1}}
    request = {"assetId": f"{OWN}/{name}", "grid": grid, "fileFormat": "NUMPY_NDARRAY", "bandIds": [band]}
    found: list[float] = ee.data.getPixels(request)[band][0].tolist()
    return found


def test_an_asset_has_the_pyramids_that_were_asked_for() -> None:
    assert exported("policies", pyramidingPolicy={".default": "max", "b": "sample"})["metadata"]["state"] == "SUCCEEDED"
    bands = ee.data.getAsset(f"{OWN}/policies")["bands"]
    assert [band["pyramidingPolicy"] for band in bands] == ["MAX", "SAMPLE"]
    assert coarse("policies", "a") == [VALUES[:4, 4 * col : 4 * col + 4].max() for col in range(3)]
    assert coarse("policies", "b") == (VALUES[0, :12:4] % 251).tolist()
    ee.data.copyAsset(f"{OWN}/policies", f"{OWN}/copied")
    assert coarse("copied", "a") == coarse("policies", "a")


def test_an_asset_takes_means_where_nobody_asked() -> None:
    exported("means")
    assert [band["pyramidingPolicy"] for band in ee.data.getAsset(f"{OWN}/means")["bands"]] == ["MEAN", "MEAN"]
    assert coarse("means", "a") == [VALUES[:4, 4 * col : 4 * col + 4].mean() for col in range(3)]


def test_policies_that_are_none(earth: emulator.Emulator) -> None:
    with pytest.raises(
        ee_exception.EEException, match=r"pyramidingPolicyOverrides\['a'\]' \(.*PyramidingPolicy\), \"AB"
    ):
        exported("bad", pyramidingPolicy={"a": "above"})
    operation = exported("strange", pyramidingPolicy={"c": "mean"})
    assert operation["error"]["message"] == "There is a pyramiding policy for band 'c'; the image has ['a', 'b']."
    body = {
        "expression": ee.serializer.encode(image(), for_cloud_api=True),
        "assetExportOptions": {"earthEngineDestination": {"name": f"{OWN}/x"}, "pyramidingPolicies": {}},
    }
    reply = asking(earth.url)("POST", "/v1/projects/xee-lite/image:export", body)
    assert (reply.status, 'Unknown name "pyramidingPolicies"' in reply.message) == (400, True)


def test_pixels_are_not_served_as_records() -> None:
    with pytest.raises(ee_exception.EEException, match="TF_RECORD_IMAGE is for exports only"):
        image().getDownloadURL({"format": "TFRecord"})
