"""What lies under a mask is nobody's pixel, whatever the service sends there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DTYPES, ID, SHAPE, TRANSFORM, filled, image, pixels
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from tests.client.scenes import Serve

SOURCES: dict[str, Any] = {
    "a stored image": lambda: ee.Image(f"{ID}/i0"),
    "a stored collection": lambda: ee.ImageCollection(ID),
    "a computed image": lambda: ee.Image(f"{ID}/i0").toDouble(),
    "a mosaic": lambda: ee.ImageCollection(ID).mosaic(),
}
GRID: dict[str, Any] = {"crs": "EPSG:32631", "transform": TRANSFORM, "shape": SHAPE}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("nodata", ["exact", 0, 7])
@pytest.mark.parametrize("mask_and_scale", [True, False])
def test_no_junk_under_a_mask_is_a_pixel(serve: Serve, source: str, nodata: Any, mask_and_scale: bool) -> None:
    arrays = {dtype: pixels(dtype) for dtype in DTYPES}
    serve(assets={ID: memory_collection([image(arrays, "i0")])}, under_mask="junk")
    opened = xr.open_dataset(
        SOURCES[source](), engine="xee_lite", nodata=nodata, mask_and_scale=mask_and_scale, dim="time", **GRID
    )
    for name, array in arrays.items():
        got = opened[name][0].values
        missing = opened[name].attrs.get("_FillValue", np.nan)
        expected = array if nodata == "exact" else np.ma.masked_equal(array, nodata)
        np.testing.assert_array_equal(got, np.ma.filled(expected.astype(got.dtype), missing))


def test_beyond_the_footprint_there_is_no_junk_either(serve: Serve) -> None:
    array = pixels("f4")
    serve(assets={ID: image({"b": array})}, under_mask="junk")
    wide: dict[str, Any] = {
        "crs": "EPSG:32631", "transform": (30, 0, 399945 - 300, 0, -30, 4600035 + 300), "shape": (40, 50)
    }  # fmt: skip
    got = xr.open_dataset(ID, engine="xee_lite", nodata=0, **wide)["b"]
    expected = np.full((40, 50), np.nan, "f4")
    expected[10 : 10 + SHAPE[0], 10 : 10 + SHAPE[1]] = filled(np.ma.masked_equal(array, 0), "f4")
    np.testing.assert_array_equal(got.values, expected)


@pytest.mark.parametrize(("dtype", "kind"), [("u2", "getPixels"), ("i4", "getPixels"), ("f4", "computePixels")])
def test_stored_pixels_are_taken_where_they_are_known_to_be_0(serve: Serve, dtype: str, kind: str) -> None:
    earth = serve(assets={ID: image({"b": pixels(dtype)})})
    opened = xr.open_dataset(ID, engine="xee_lite", nodata=0)
    earth.requests.clear()
    opened.load()
    assert earth.requests.counts() == {kind: 1}


def test_masks_are_asked_for_as_bytes(serve: Serve) -> None:
    earth = serve(assets={ID: image({"b": pixels("u2")})})
    opened = xr.open_dataset(ID, engine="xee_lite")
    earth.requests.clear()
    opened.load()
    (request,) = earth.requests
    names = [
        node["functionInvocationValue"]["functionName"]
        for node in request.body["expression"]["values"].values()
        if "functionInvocationValue" in node
    ]
    assert "Image.toByte" in names
