"""Measured data that ships inside Python packages, written to GeoTIFF and STAC.

- pvlib's Linke turbidities: twelve monthly global grids of 5 arc-minutes, uint8 (the turbidity times 20).
- matplotlib's Jacksboro fault: a terrain model of 403 x 344 pixels, int16 metres.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pvlib
import rasterio
from rasterio.transform import from_bounds

_TURBIDITY_YEAR = 2003
"""The climatology has no year of its own; the paper that it comes from appeared in 2003."""


def write_folder(folder: Path) -> None:
    """Write both datasets to a folder that the emulator serves.

    Parameters
    ----------
    folder : path
        Gets ``turbidity/month_01.tif`` to ``month_12.tif``, each with a STAC Item, and ``jacksboro.tif``.
    """
    _write_turbidity(folder / "turbidity")
    _write_terrain(folder / "jacksboro.tif")


def _write_turbidity(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    import h5py  # noqa: PLC0415 - comes with h5netcdf, which writes the demo's NetCDF

    with h5py.File(Path(pvlib.__file__).parent / "data" / "LinkeTurbidities.h5") as file:
        months = np.moveaxis(file["LinkeTurbidity"][:], -1, 0)
    transform = from_bounds(-180, -90, 180, 90, months.shape[2], months.shape[1])
    for number, values in enumerate(months, start=1):
        path = folder / f"month_{number:02}.tif"
        _write_geotiff(path, values, "turbidity", "EPSG:4326", transform)
        item = _stac_item(path, f"{_TURBIDITY_YEAR}-{number:02}-01T00:00:00Z", [-180, -90, 180, 90], {"month": number})
        path.with_suffix(".json").write_text(json.dumps(item), encoding="utf-8")


def _write_terrain(path: Path) -> None:
    with np.load(Path(mpl.get_data_path()) / "sample_data" / "jacksboro_fault_dem.npz") as dem:
        west, east = float(dem["xmin"]), float(dem["xmax"])
        south, north = sorted((float(dem["ymin"]), float(dem["ymax"])))  # the file has their names the wrong way round
        values = dem["elevation"]
    transform = from_bounds(west, south, east, north, values.shape[1], values.shape[0])
    _write_geotiff(path, values, "elevation", "EPSG:4326", transform)


def _write_geotiff(path: Path, values: np.ndarray[Any, Any], band: str, crs: str, transform: rasterio.Affine) -> None:
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype=values.dtype, crs=crs,
        transform=transform, compress="deflate", tiled=True,
    ) as raster:  # fmt: skip
        raster.write(values, 1)
        raster.set_band_description(1, band)


def _stac_item(path: Path, datetime: str, bbox: list[float], properties: dict[str, Any]) -> dict[str, Any]:
    west, south, east, north = bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": path.stem,
        "bbox": bbox,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"datetime": datetime, **properties},
        "links": [],
        "assets": {"data": {"href": f"./{path.name}", "type": "image/tiff; application=geotiff", "roles": ["data"]}},
    }
