"""Datasets that are exported, and what is in them, for the tests of all ways out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.client.scenes import DAY, DTYPES, ID, START, image, opened, pixels
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from xee_lite.emulator import Emulator

ONE = f"{ID}_one"
SHEARED = f"{ID}_sheared"
FAR = f"{ID}_far"
COUNT = 4
PART = {"time": slice(1, None, 2), "y": slice(3, 20), "x": slice(None, None, -3)}
CHUNKS = {"time": 1, "y": 10, "x": 12}


@cache
def assets() -> dict[str, Any]:
    """Images of all types; a single one; one on a sheared grid; one across the antimeridian in degrees."""
    images = [
        image({name: pixels(name, number) for name in DTYPES}, f"i{number}", START + number * DAY + 12_345)
        for number in range(COUNT)
    ]
    sheared = memory_image({"b": pixels("f4", 5)}, crs="EPSG:32631", transform=(10, 3, 500000, 2, -10, 4000000))
    far = memory_image({"b": pixels("i2", 6)}, crs="EPSG:3832", transform=(30, 0, 3_339_000, 0, -30, 0))
    one = image({"u2": pixels("u2", 7), "f4": pixels("f4", 8)}, time=None)
    return {ID: memory_collection(images), ONE: one, SHEARED: sheared, FAR: far}


SHAPES: dict[str, Callable[[], xr.Dataset]] = {
    "all": opened,
    "small requests": lambda: opened(request_bytes=3000),
    "dask": lambda: opened(chunks={}),
    "dask in small chunks": lambda: opened(chunks=CHUNKS),
    "uneven chunks": lambda: opened(chunks={}).chunk(time=(1, 3), y=(10, 3, 10)),
    "raw": lambda: opened(mask_and_scale=False),
    "raw with dask": lambda: opened(mask_and_scale=False, chunks=CHUNKS),
    "nodata": lambda: opened(nodata=0, bands=["u2", "i4", "f4"], mask_and_scale=False),
    "one image": lambda: opened(ONE),
    "sheared": lambda: opened(SHEARED),
    "antimeridian": lambda: opened(FAR),
    "sinusoidal": lambda: opened(bands=["u2"], crs="SR-ORG:6974", scale=40),
    "band_dim": lambda: opened(bands=["u1", "u2"], band_dim="band"),
    "months": lambda: opened(bands=["f4", "u2"], groupby="month"),
    "lazy_coords": lambda: opened(bands=["f4"], lazy_coords=True),
    "offsets and steps": lambda: opened(request_bytes=3000).isel(PART),
    "one step": lambda: opened(bands=["u2"]).isel(time=2),
    "ndvi": lambda: ndvi(opened(bands=["u2", "i2"], chunks=CHUNKS)),
    "mean": lambda: opened(bands=["u2", "f4"], chunks=CHUNKS)[["u2"]].mean("time", keep_attrs=True),
    "resample": lambda: opened(bands=["u2"], chunks=CHUNKS).resample(time="2D").mean(),
    "anomaly": lambda: anomaly(opened(bands=["u2"], chunks=CHUNKS)),
    "unlike dimensions": lambda: unlike(opened(bands=["u2", "i2"])),
    "in memory": lambda: opened(bands=["u2", "i2"]).load(),
    "no images": lambda: opened(bands=["u2", "i2"]).isel(time=slice(0)),
}  # fmt: skip
"""Datasets by a name."""


def ndvi(ds: xr.Dataset) -> xr.Dataset:
    return ((ds["u2"] - ds["i2"]) / (ds["u2"] + ds["i2"])).to_dataset(name="ndvi").astype("f4")


def anomaly(ds: xr.Dataset) -> xr.Dataset:
    return ds - ds.mean("time")


def unlike(ds: xr.Dataset) -> xr.Dataset:
    """Of three dimensions, of two, of one and of none."""
    return ds.assign(flat=ds["u2"].isel(time=0, drop=True), line=("time", np.arange(COUNT)), lone=((), 4.5))


def requests(earth: Emulator) -> int:
    return len(earth.requests.of("computePixels")) + len(earth.requests.of("getPixels"))
