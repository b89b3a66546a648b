"""An export in a process of its own, which a test may kill: ``python exporting.py URL PROJECT KIND TARGET``."""

from __future__ import annotations

import sys

import ee
import xarray as xr
from google.auth.credentials import AnonymousCredentials

import xee_lite

ID = "projects/test-project/assets/stack"
AT_ONCE = 4


def plus_one(image: ee.Image) -> ee.Image:
    return image.add(1).toInt32().copyProperties(image, ["system:time_start"])


def opened(kind: str) -> xr.Dataset:
    """Sixteen images of 96 x 128, in four pieces each."""
    collection = ee.ImageCollection(ID).map(plus_one)
    if kind.startswith("dask"):
        ds = xr.open_dataset(collection, engine="xee_lite", chunks={"time": 1, "y": 48, "x": 64})
        return (ds - ds.mean("time")).astype("float32").assign_coords(ds.coords).assign_attrs(ds.attrs)
    return xr.open_dataset(collection, engine="xee_lite", request_bytes=48 * 64 * 6)


def export(kind: str, target: str) -> xee_lite.Export:
    ds = opened(kind)
    way_out = kind.rpartition("-")[2]
    if way_out == "zarr":
        return xee_lite.to_zarr(ds, target)
    if way_out == "append":
        return xee_lite.to_zarr(ds, target, append="time")
    if way_out == "tif":
        return xee_lite.to_geotiff(ds, target)
    if way_out == "pattern":
        return xee_lite.to_geotiff(ds, f"{target}/{{id}}.tif", driver="COG")
    return xee_lite.to_netcdf(ds, target)


def main() -> None:
    url, project, kind, target = sys.argv[1:]
    ee.Initialize(credentials=AnonymousCredentials(), url=url, project=project)
    with xee_lite.set_options(max_concurrent_requests=AT_ONCE):
        try:
            export(kind, target)
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
