"""The recipe of a grid of points and getRegion: the same job as one call, and where the recipe's own answer differs.

The recipe takes the bounds of an area of interest from a file, asks getRegion for a grid of points a pixel apart, and
reshapes the table into a GeoTIFF. Here its way is written with the official client, and compared with a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely.geometry import box

from tests.client.scenes import ID, opened
from xee_lite import sample
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tests.client.scenes import Serve

SCENE = np.arange(60 * 50, dtype="u2").reshape(60, 50)
GRIDS = {
    "EPSG:32631": ((10.0, 0.0, 500_000.0, 0.0, -10.0, 4_600_000.0), 10.0),
    "EPSG:4326": ((0.001, 0.0, 3.0, 0.0, -0.001, 43.5), 0.001),
}
"""By CRS the transform of the scene, and the side of a pixel."""


def by_recipe(path: Path, crs: str, side: float, metres: float) -> pd.DataFrame:
    """Its own steps, in its own order; only the folder and the names of assets are ours."""
    minx, miny, maxx, maxy = gpd.read_file(path).total_bounds
    x_pt, y_pt = ee.List.sequence(minx, maxx, side), ee.List.sequence(miny, maxy, side)
    points = x_pt.map(
        lambda x: ee.FeatureCollection(y_pt.map(lambda y: ee.Feature(ee.Geometry.Point([x, y], ee.Projection(crs)))))
    )
    geometry = ee.FeatureCollection(points).flatten().geometry()
    columns, *rows = ee.ImageCollection(ID).select("B4").getRegion(geometry, metres, crs).getInfo()
    table = pd.DataFrame(rows, columns=columns)
    width, height = len(x_pt.getInfo()), len(y_pt.getInfo())
    assert len(table) <= width * height
    return table


def by_call(path: Path, target: Path, crs: str) -> tuple[npt.NDArray[Any], Any]:
    """One call to open, and one to write."""
    opened(bands="B4", geometry=gpd.read_file(path)).B4.isel(time=0).rio.to_raster(target)
    with rasterio.open(target) as raster:
        assert raster.crs.to_string() == crs
        return raster.read(1), raster.transform


@pytest.fixture(params=list(GRIDS))
def job(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> tuple[str, Path]:
    """A scene, and an area of interest whose edges lie within pixels."""
    pytest.importorskip("rioxarray")
    crs = request.param
    transform, side = GRIDS[crs]
    scene = memory_image(
        {"B4": SCENE}, crs=crs, transform=transform, properties={"system:index": "a", "system:time_start": 0}
    )
    serve(assets={ID: memory_collection([scene])})
    left, top = transform[2] + 7.25 * side, transform[5] - 9.5 * side
    path = tmp_path / "aoi.gpkg"
    area = box(left, top - 20.1 * side, left + 15.4 * side, top)
    gpd.GeoDataFrame({"name": ["farm"]}, geometry=[area], crs=crs).to_file(path)
    return crs, path


def test_the_job_is_one_call(job: tuple[str, Path], tmp_path: Path) -> None:
    """Every pixel that the area touches, at its own place, in the scene's own CRS."""
    crs, path = job
    pixels, transform = by_call(path, tmp_path / "out.tif", crs)
    rows, columns = slice(9, 30), slice(7, 23)
    np.testing.assert_array_equal(pixels, SCENE[rows, columns])
    own = GRIDS[crs][0]
    np.testing.assert_allclose(
        tuple(transform)[:6], (own[0], 0, own[2] + 7 * own[0], 0, own[4], own[5] + 9 * own[4]), rtol=1e-12, atol=1e-12
    )


def test_its_values_are_the_same_pixels(job: tuple[str, Path]) -> None:
    """The table of the recipe and a sample at its positions agree, in metres and in degrees."""
    crs, path = job
    side = GRIDS[crs][1]
    metres = 10.0 if crs != "EPSG:4326" else 0.001 * 111_319.49079327358
    table = by_recipe(path, crs, side, metres)
    if crs == "EPSG:4326":  # a scale makes pixels from the origin of degrees, which here are those of the scene
        assert len(table) > 0
    found = sample(ID, (table["longitude"].to_numpy(float), table["latitude"].to_numpy(float)), bands="B4").B4
    np.testing.assert_array_equal(found[:, 0], table["B4"].astype("f4"))


def test_a_million_points_in_one_table(serve: Serve) -> None:
    """What the recipe stops at, 1024 x 1024 points of one band, is a window of one request: no points are needed."""
    side = 1024
    values = np.arange(side * side, dtype="i4").reshape(side, side)
    scene = memory_image({"B4": values}, crs="EPSG:32631", transform=(10, 0, 500_000, 0, -10, 4_600_000))
    earth = serve(assets={ID: memory_collection([scene])})
    data = opened(dim="id").B4.isel(id=0)
    earth.requests.clear()
    np.testing.assert_array_equal(data.load(), values)
    assert earth.requests.counts().total() <= 2
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, side, (2, 2000))
    x, y = 500_005 + 10.0 * columns, 4_599_995 - 10.0 * rows
    found = sample(opened(dim="id"), (x, y), points_crs=32631).B4
    np.testing.assert_array_equal(found[:, 0], values[rows, columns])
