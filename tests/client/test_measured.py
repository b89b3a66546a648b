"""Measured data, end to end: a GeoTIFF in a folder, the local Earth Engine, the official client, and this engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.warp import Resampling, reproject
from rasterio.windows import Window as RasterWindow

from tests.client.scenes import opened

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

pytest.importorskip("rioxarray")
pytest.importorskip("pvlib")
from tests.client.measured_data import write_folder

TURBIDITY = "projects/xee-lite/assets/turbidity"
TERRAIN = "projects/xee-lite/assets/jacksboro"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("measured")
    write_folder(path)
    return path


@pytest.fixture
def earth(serve: Serve, folder: Path) -> Emulator:
    return serve(data=folder)


def months(folder: Path) -> list[Path]:
    return sorted((folder / "turbidity").glob("*.tif"))


@pytest.mark.parametrize("nodata", ["exact", 0])
def test_every_pixel_of_the_native_grid(earth: Emulator, folder: Path, nodata: Any) -> None:
    dataset = opened(TURBIDITY, nodata=nodata, mask_and_scale=False, chunks={})
    assert dataset.sizes == {"time": 12, "y": 2160, "x": 4320}
    assert dataset["time"].dt.month.values.tolist() == list(range(1, 13))
    values = dataset["turbidity"].values
    for number, path in enumerate(months(folder)):
        with rasterio.open(path) as raster:
            np.testing.assert_array_equal(values[number], raster.read(1))
            assert dataset.rio.transform() == raster.transform
            assert dataset.rio.crs == raster.crs
    assert {request.kind for request in earth.requests} == {"computeValue", "computePixels"}


def test_a_window_is_that_part_of_the_file(earth: Emulator, folder: Path) -> None:
    """5 arc-minutes are no finite binary number: the bbox snaps to the file's own pixels all the same."""
    del earth
    part = opened(TURBIDITY, bbox=(3.02, 43.11, 7.9, 46.03), mask_and_scale=False, nodata=0)
    for number, path in enumerate(months(folder)[::5]):
        with rasterio.open(path) as raster:
            rows, columns = rasterio.transform.rowcol(raster.transform, part["x"].values[[0]], part["y"].values[[0]])
            window = RasterWindow(columns[0], rows[0], part.sizes["x"], part.sizes["y"])
            np.testing.assert_array_equal(part["turbidity"].isel(time=5 * number).values, raster.read(1, window=window))
            left, bottom, right, top = raster.window_bounds(window)
            assert left <= 3.02 < left + 1 / 12
            assert bottom <= 43.11 < bottom + 1 / 12
            assert right - 1 / 12 < 7.9 <= right
            assert top - 1 / 12 < 46.03 <= top


def test_stac_properties_are_there_to_filter_by(earth: Emulator) -> None:
    del earth
    summer = ee.ImageCollection(TURBIDITY).filter(ee.Filter.rangeContains("month", 6, 8))
    assert opened(summer)["id"].values.tolist() == ["month_06", "month_07", "month_08"]


def test_the_terrain_on_its_own_grid(earth: Emulator, folder: Path) -> None:
    del earth
    dataset = opened(TERRAIN, mask_and_scale=False, nodata=0)
    with rasterio.open(folder / "jacksboro.tif") as raster:
        np.testing.assert_array_equal(dataset["elevation"].values, raster.read(1))
        assert dataset.rio.transform() == raster.transform
    assert dataset["elevation"].dtype == "i2"


@pytest.mark.parametrize("scale", [90, 33.3])
def test_on_a_utm_grid_it_is_gdals_nearest_neighbour(earth: Emulator, folder: Path, scale: float) -> None:
    del earth
    dataset = opened(TERRAIN, crs="EPSG:32616", scale=scale, mask_and_scale=False)
    ours = dataset["elevation"].values
    missing = dataset["elevation"].attrs["_FillValue"]
    with rasterio.open(folder / "jacksboro.tif") as raster:
        theirs = gdal_nearest(raster, dataset, ours.dtype, missing)
        near = near_a_tie(dataset, raster)
    assert (theirs != missing).sum() > 10_000
    assert near.mean() < 1e-3
    np.testing.assert_array_equal(np.where(near, 0, ours), np.where(near, 0, theirs))


def gdal_nearest(raster: Any, like: xr.Dataset, dtype: npt.DTypeLike, missing: int) -> npt.NDArray[Any]:
    """GDAL's warp, three columns at a time.

    GDAL transforms the first, the middle and the last pixel of a row and, up to an eighth of a pixel of error,
    interpolates between them; rasterio offers no way to ask for less. Of three columns all three are exact.
    """
    source = raster.read(1).astype(dtype)
    strips = []
    for left in range(0, like.sizes["x"], 3):
        strip = np.full((like.sizes["y"], min(3, like.sizes["x"] - left)), missing, dtype)
        reproject(
            source, strip, src_transform=raster.transform, src_crs=raster.crs,
            dst_transform=like.rio.transform() @ Affine.translation(left, 0), dst_crs=like.rio.crs,
            resampling=Resampling.nearest, dst_nodata=missing, init_dest_nodata=True,
        )  # fmt: skip
        strips.append(strip)
    return np.hstack(strips)


def near_a_tie(dataset: xr.Dataset, raster: Any) -> npt.NDArray[np.bool_]:
    """Pixels whose centre lies within a millionth of a source pixel of a source pixel's edge."""
    x, y = np.meshgrid(dataset["x"], dataset["y"])
    lon, lat = Transformer.from_crs("EPSG:32616", "EPSG:4326", always_xy=True).transform(x, y)
    inverse = ~raster.transform
    column, row = inverse.a * lon + inverse.c, inverse.e * lat + inverse.f
    found: npt.NDArray[np.bool_] = (abs(column - np.round(column)) < 1e-6) | (abs(row - np.round(row)) < 1e-6)
    return found


def test_gdals_own_earth_engine_driver_reads_the_same(
    earth: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    monkeypatch.setenv("EEDA_URL", f"{earth.url}/v1/")
    monkeypatch.setenv("EEDA_BEARER", "none")
    dataset = opened(TERRAIN, mask_and_scale=False, nodata=0)
    with rasterio.open(f"EEDAI:{TERRAIN}") as raster:
        np.testing.assert_array_equal(raster.read(1), dataset["elevation"].values)
        assert raster.transform == dataset.rio.transform()


def test_what_the_folder_holds_is_valid_stac(folder: Path) -> None:
    item = json.loads((folder / "turbidity" / "month_01.json").read_text("utf-8"))
    assert item["stac_version"] == "1.0.0"
    assert item["properties"]["month"] == 1
