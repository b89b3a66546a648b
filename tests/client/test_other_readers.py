"""Other clients of the same service: xee and GDAL's Earth Engine driver give the same pixels on the same grids."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from rasterio.windows import Window

from tests.client.scenes import DAY, DTYPES, ID, START, TRANSFORM, filled, image, pixels
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from tests.client.scenes import Serve

SHAPE = (40, 50)
GRIDS = {
    "native": ("EPSG:32631", TRANSFORM, SHAPE),
    "part": ("EPSG:32631", Affine(*TRANSFORM) @ Affine.translation(7, 3), (20, 11)),
    "beyond": ("EPSG:32631", Affine(*TRANSFORM) @ Affine.translation(-9, -4), (60, 70)),
    "half a pixel off": ("EPSG:32631", Affine(*TRANSFORM) @ Affine.translation(0.4, 0.3), (30, 30)),
    "coarser": ("EPSG:32631", Affine(*TRANSFORM) @ Affine.scale(2.7), (14, 18)),
    "south up": ("EPSG:32631", (30, 0, TRANSFORM[2], 0, 30, TRANSFORM[5] - 1200), SHAPE),
    "degrees": ("EPSG:4326", (0.00031, 0, 1.8, 0, -0.00023, 41.547), (50, 60)),
    "web mercator": ("EPSG:3857", (37, 0, 200_300, 0, -37, 5_093_300), (50, 50)),
    "another zone": ("EPSG:32630", (30, 0, 900_000, 0, -30, 4_611_000), (60, 90)),
    "laea": ("EPSG:3035", (25, 0, 3_635_500, 0, -25, 2_086_700), (60, 80)),
}


@cache
def assets() -> dict[str, Any]:
    images = [
        image(
            {dtype: pixels(dtype, 7 * number + place, SHAPE) for place, dtype in enumerate(("u1", "i1", "u2", "i2"))},
            f"i{number}",
            START + number * DAY,
        )
        for number in range(3)
    ]
    return {ID: memory_collection(images)}


@pytest.mark.parametrize("name", GRIDS)
def test_xee_reads_the_same_pixels(serve: Serve, name: str) -> None:
    pytest.importorskip("xee")
    serve(assets=assets())
    crs, transform, shape = GRIDS[name]
    grid: dict[str, Any] = {"crs": crs, "crs_transform": tuple(transform)[:6], "shape_2d": shape[::-1]}
    ours = xr.open_dataset(ee.ImageCollection(ID), engine="xee_lite", **grid)
    theirs = xr.open_dataset(ee.ImageCollection(ID), engine="ee", **grid)
    assert bool(np.isfinite(ours["u2"]).any()), "the grid meets the images"
    for band in ("u1", "i1", "u2", "i2"):
        np.testing.assert_array_equal(ours[band].values, theirs[band].values)
    np.testing.assert_array_equal(ours["time"].values, theirs["time"].values.astype("M8[ns]"))
    for axis in ("x", "y"):
        np.testing.assert_allclose(ours[axis].values, theirs[axis].values, rtol=1e-12)


def test_xee_reads_the_same_in_modis_own_projection(serve: Serve) -> None:
    pytest.importorskip("xee")
    corner = Affine(463.3127, 0, -20015109.354, 0, -463.3127, 10007554.677) @ Affine.translation(42_000, 9_000)
    part = memory_image({"class": pixels("u1", 1, SHAPE)}, crs="SR-ORG:6974", transform=tuple(corner)[:6])
    serve(assets={ID: part})
    native = xr.open_dataset(ID, engine="xee_lite")
    np.testing.assert_array_equal(native["class"].values, filled(pixels("u1", 1, SHAPE), "f4"))
    degrees: dict[str, Any] = {
        "crs": "EPSG:4326",
        "crs_transform": (0.004, 0, -8.3, 0, -0.003, 52.55),
        "shape_2d": (100, 100),
    }
    theirs = xr.open_dataset(ee.ImageCollection([ee.Image(ID)]), engine="ee", **degrees)
    ours = xr.open_dataset(ID, engine="xee_lite", **degrees)
    assert bool(np.isfinite(ours["class"]).any())
    np.testing.assert_array_equal(ours["class"].values, theirs["class"].values[0])


@pytest.fixture
def eedai(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> Any:
    pytest.importorskip("rioxarray")

    def start(stored: dict[str, Any]) -> None:
        earth = serve(assets=stored, under_mask="zero")  # GDAL believes what lies there
        monkeypatch.setenv("EEDA_URL", f"{earth.url}/v1/")
        monkeypatch.setenv("EEDA_BEARER", "none")

    return start


LARGE = (300, 270)


@cache
def large_images() -> dict[str, Any]:
    return {
        f"{ID}_{dtype}": memory_image({"B1": pixels(dtype, 5, LARGE)}, crs="EPSG:32631", transform=TRANSFORM)
        for dtype in DTYPES
    }


@pytest.mark.parametrize("dtype", DTYPES)
def test_gdal_reads_the_same_pixels_of_every_type(eedai: Any, dtype: str) -> None:
    """Its driver asks for the stored pixels in blocks of its own; in NPY masked ones come as 0."""
    eedai(large_images())
    ours = xr.open_dataset(f"{ID}_{dtype}", engine="xee_lite", nodata=0, mask_and_scale=False)
    with rasterio.open(f"EEDAI:{ID}_{dtype}", PIXEL_ENCODING="NPY") as raster:
        assert raster.shape == LARGE
        assert raster.transform == ours.rio.transform()
        assert raster.crs == ours.rio.crs
        np.testing.assert_array_equal(raster.read(1), ours["B1"].values)
        window = Window(100, 37, 90, 201)
        np.testing.assert_array_equal(raster.read(1, window=window), ours["B1"].values[37:238, 100:190])


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:4326", (0.1, 0, -10, 0, -0.1, 50)),
        ("EPSG:3413", (1000, 0, -500_000, 0, -1000, 400_000)),
        ("EPSG:32733", (30, 0, 300_000, 0, -30, 7_000_000)),
    ],
)
def test_gdal_places_other_grids_as_we_do(eedai: Any, crs: str, transform: tuple[float, ...]) -> None:
    eedai({ID: memory_image({"B1": pixels("i2", 5, (90, 120))}, crs=crs, transform=transform)})
    ours = xr.open_dataset(ID, engine="xee_lite", nodata=0, mask_and_scale=False)
    with rasterio.open(f"EEDAI:{ID}", PIXEL_ENCODING="NPY") as raster:
        assert raster.transform == ours.rio.transform()
        assert raster.crs == ours.rio.crs
        np.testing.assert_array_equal(raster.read(1), ours["B1"].values)
