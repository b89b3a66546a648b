"""Every reader of the ecosystem sees the same missing pixels: in memory, in what it makes of them, and on disk."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import odc.geo.xr
import pytest
import rasterio
import rioxarray
import xarray as xr
from rasterio.enums import Resampling

from tests.client.scenes import DTYPES, ID, SHAPE, image, pixels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from tests.client.scenes import Serve

NODATA: tuple[Any, ...] = ("exact", 0, 7)
CASES = [
    *product(DTYPES, NODATA, (True, False), ({},)),
    *product(DTYPES, ("exact",), (True, False), ({"band_dim": "band"},)),
]
"""Type on the wire, ``nodata``, ``mask_and_scale``, and what else is passed."""


def truth(dtype: str, nodata: Any) -> tuple[np.ma.MaskedArray[Any, Any], npt.NDArray[np.bool_]]:
    """An image with pixels of 0 and 7 among others, and which of them are missing."""
    array = pixels(dtype)
    array[5, :9] = 7
    array[6, 3:] = 0
    missing = np.ma.getmaskarray(array).copy()
    if nodata != "exact":
        missing |= array.data == nodata
    return array, missing


def opened(serve: Serve, array: npt.NDArray[Any], **options: Any) -> xr.DataArray:
    """The band, alone or as one of two types in a variable."""
    serve(assets={ID: image({"b": array, "other": pixels("i2")})})
    dataset = xr.open_dataset(ID, engine="xee_lite", **options).load().drop_vars(["id", "time"])
    return dataset["band_data"].sel(band="b", drop=True) if "band_data" in dataset else dataset["b"]


def by_rio(data: xr.DataArray) -> npt.NDArray[np.bool_]:
    return equal(data.values, data.rio.nodata)


def by_odc(data: xr.DataArray) -> npt.NDArray[np.bool_]:
    """It takes NaN for missing in floats that have no number."""
    return equal(data.values, np.nan if data.odc.nodata is None and data.dtype.kind == "f" else data.odc.nodata)


def equal(values: npt.NDArray[Any], nodata: float) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.isnan(values) if np.isnan(nodata) else values == nodata
    return found


def by_rasterio(path: object) -> npt.NDArray[np.bool_]:
    with rasterio.open(path) as raster:
        found: npt.NDArray[np.bool_] = raster.dataset_mask() == 0
    return found


def _raster(data: xr.DataArray, folder: Path) -> npt.NDArray[np.bool_]:
    data.rio.to_raster(folder / "a.tif")
    return by_rasterio(folder / "a.tif")


def _raster_of_dataset(data: xr.DataArray, folder: Path) -> npt.NDArray[np.bool_]:
    data.to_dataset(name="b").rio.to_raster(folder / "a.tif")
    return by_rasterio(folder / "a.tif")


def _cog(data: xr.DataArray, folder: Path) -> npt.NDArray[np.bool_]:
    odc.geo.xr.write_cog(data, str(folder / "a.tif"), overwrite=True)
    return by_rasterio(folder / "a.tif")


def _raster_read_back(data: xr.DataArray, folder: Path) -> npt.NDArray[np.bool_]:
    data.rio.to_raster(folder / "a.tif")
    with rioxarray.open_rasterio(folder / "a.tif", masked=True) as back:
        found: npt.NDArray[np.bool_] = np.isnan(back[0].values)
    return found


def _netcdf(data: xr.DataArray, folder: Path) -> npt.NDArray[np.bool_]:
    data.to_dataset(name="b").to_netcdf(folder / "a.nc", engine="h5netcdf")
    return by_rasterio(f"netcdf:{folder / 'a.nc'}:b")


def _back(engine: str, **options: Any) -> Callable[[xr.DataArray, Path], npt.NDArray[np.bool_]]:
    """Written and read back by xarray, whatever it is asked to decode; values and types are the same too."""

    def read(data: xr.DataArray, folder: Path) -> npt.NDArray[np.bool_]:
        dataset, path = data.to_dataset(name="b"), folder / f"a.{engine}"
        if engine == "zarr":
            dataset.to_zarr(path, consolidated=False, mode="w", **options)
            options_back: dict[str, Any] = {"engine": "zarr", "consolidated": False}
        else:
            dataset.to_netcdf(path, engine=engine)  # type: ignore[call-overload]
            options_back = {"engine": engine}
        scaled = "_FillValue" not in data.attrs
        with xr.open_dataset(path, mask_and_scale=scaled, **options_back) as back:
            np.testing.assert_array_equal(back["b"].values, data.values)
            assert back["b"].dtype == data.dtype
        with xr.open_dataset(path, mask_and_scale=True, **options_back) as back:
            found: npt.NDArray[np.bool_] = np.isnan(back["b"].values)
        return found

    return read


READERS: dict[str, Callable[[xr.DataArray, Path], npt.NDArray[np.bool_]]] = {
    "rio.nodata": lambda data, _: by_rio(data),
    "odc.nodata": lambda data, _: by_odc(data),
    "odc.reproject": lambda data, _: by_odc(data.odc.reproject(data.odc.geobox, resampling="nearest")),
    "rio.reproject_match": lambda data, _: by_rio(data.rio.reproject_match(data)),
    "GeoTIFF by rioxarray": _raster,
    "GeoTIFF of a dataset": _raster_of_dataset,
    "GeoTIFF read back": _raster_read_back,
    "COG by odc-geo": _cog,
    "NetCDF by GDAL": _netcdf,
    "NetCDF by h5netcdf": _back("h5netcdf"),
    "NetCDF by netCDF4": _back("netcdf4"),
    "Zarr 2": _back("zarr", zarr_format=2),
    "Zarr 3": _back("zarr", zarr_format=3),
}  # fmt: skip


@pytest.mark.parametrize(("dtype", "nodata", "mask_and_scale", "layout"), CASES)
def test_all_see_the_same_missing_pixels(
    serve: Serve, tmp_path: Path, dtype: str, nodata: Any, mask_and_scale: bool, layout: Any
) -> None:
    array, missing = truth(dtype, nodata)
    data = opened(serve, array, nodata=nodata, mask_and_scale=mask_and_scale, **layout)
    found = {name: reader(data, tmp_path) for name, reader in READERS.items()}
    assert [name for name, seen in found.items() if not np.array_equal(seen, missing)] == []


@pytest.mark.parametrize(("dtype", "nodata", "mask_and_scale", "layout"), CASES)
def test_no_number_for_missing_is_mixed_into_pixels(
    serve: Serve, dtype: str, nodata: Any, mask_and_scale: bool, layout: Any
) -> None:
    """All valid pixels have one value: whatever interpolates them can give nothing else."""
    missing = np.ma.getmaskarray(pixels(dtype))
    array = np.ma.array(np.full(SHAPE, 5, dtype), mask=missing)
    data = opened(serve, array, nodata=nodata, mask_and_scale=mask_and_scale, **layout)
    shifted = data.odc.geobox.pad(2).translate_pix(0.4, 0.3)
    for seen, where in (
        (there := data.odc.reproject(shifted, resampling="bilinear"), by_odc(there)),
        (there := data.rio.reproject("EPSG:3035", resampling=Resampling.bilinear), by_rio(there)),
    ):
        assert where.any()
        assert not where.all()
        np.testing.assert_allclose(seen.values[~where], 5, rtol=1e-12)
