"""GDAL's own client of ArcGIS image services, a part of its WMS driver, reads from the local Image Server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window

from tests.interop.scenes import ALIGNED, ALIGNED_TRANSFORM, CRS, SCENES, SHAPE, truth

if TYPE_CHECKING:
    from xee_lite.emulator import Emulator

WEST, NORTH, PIXEL = ALIGNED_TRANSFORM[2], ALIGNED_TRANSFORM[5], ALIGNED_TRANSFORM[0]


def has_wms() -> bool:
    with rasterio.Env() as env:
        return "WMS" in env.drivers()


pytestmark = pytest.mark.skipif(not has_wms(), reason="this build of GDAL has no WMS driver")


def description(
    url: str, *, block: int, dtype: str = "UInt16", west: float = WEST, north: float = NORTH, **query: Any
) -> str:
    """The XML by which the driver is told of a service: sizes, types and missing values are not asked for."""
    rows, cols = SHAPE
    asked = {"f": "image", "noData": 0, "adjustAspectRatio": "false", "interpolation": "RSP_NearestNeighbor", **query}
    server = f"{url}/exportImage?" + "&amp;".join(f"{key}={value}" for key, value in asked.items())
    return f"""<GDAL_WMS>
      <Service name="AGS"><ServerUrl>{server}</ServerUrl><BBoxOrder>xyXY</BBoxOrder>
        <SRS>{CRS.partition(":")[2]}</SRS><ImageFormat>tiff</ImageFormat></Service>
      <DataWindow><UpperLeftX>{west}</UpperLeftX><UpperLeftY>{north}</UpperLeftY>
        <LowerRightX>{west + cols * PIXEL}</LowerRightX><LowerRightY>{north - rows * PIXEL}</LowerRightY>
        <SizeX>{cols}</SizeX><SizeY>{rows}</SizeY></DataWindow>
      <Projection>{CRS}</Projection><BandsCount>2</BandsCount><DataType>{dtype}</DataType>
      <DataValues NoData="{asked["noData"]}"/><BlockSizeX>{block}</BlockSizeX><BlockSizeY>{block}</BlockSizeY>
      <OverviewCount>0</OverviewCount></GDAL_WMS>"""


@pytest.mark.parametrize("block", [7, 16, 64])
def test_pixels_of_an_image_in_blocks(earth: Emulator, block: int) -> None:
    """The blocks at the edges are smaller."""
    with rasterio.open(description(earth.image_server_url(ALIGNED), block=block)) as file:
        assert (file.shape, file.crs.to_string(), file.dtypes[0]) == (SHAPE, CRS, "uint16")
        for number, band in enumerate(("red", "nir"), start=1):
            np.testing.assert_array_equal(file.read(number), np.ma.filled(truth(1, band), 0))


def test_a_window(earth: Emulator) -> None:
    with rasterio.open(description(earth.image_server_url(ALIGNED), block=16)) as file:
        found = file.read(2, window=Window(11, 7, 20, 30))
    np.testing.assert_array_equal(found, np.ma.filled(truth(1, "nir"), 0)[7:37, 11:31])


def test_missing_pixels_of_another_type(earth: Emulator) -> None:
    url = earth.image_server_url(ALIGNED)
    with rasterio.open(description(url, block=32, dtype="Float64", pixelType="F64", noData=-9999)) as file:
        found = file.read(1, masked=True)
    expected = truth(1, "red")
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))
    np.testing.assert_array_equal(found.filled(0), np.ma.filled(expected.astype("f8"), 0))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_raster_of_a_collection(earth: Emulator, number: int) -> None:
    extent = service_extent(earth)
    rule = f"{{&quot;mosaicMethod&quot;:&quot;esriMosaicLockRaster&quot;,&quot;lockRasterIds&quot;:[{number}]}}"
    xml = description(
        earth.image_server_url(SCENES), block=20, west=extent["xmin"], north=extent["ymax"], mosaicRule=rule
    )
    with rasterio.open(xml) as file:
        np.testing.assert_array_equal(file.read(1), np.ma.filled(truth(number - 1, "red"), 0))


def service_extent(earth: Emulator) -> dict[str, Any]:
    """The extent that a service says."""
    import json  # noqa: PLC0415 - only here
    from urllib.request import urlopen  # noqa: PLC0415 - as above

    with urlopen(f"{earth.image_server_url(SCENES)}?f=json") as reply:  # noqa: S310 - of the local server
        extent: dict[str, Any] = json.load(reply)["extent"]
    return extent


def test_an_error_with_status_200_is_an_error_of_the_read(earth: Emulator) -> None:
    xml = description(
        earth.image_server_url(ALIGNED), block=32, renderingRule="{&quot;rasterFunction&quot;:&quot;Slope&quot;}"
    )
    with rasterio.open(xml) as file, pytest.raises(rasterio.errors.RasterioIOError):
        file.read(1)
