"""Writing is ordinary xarray; what is read back has the same values, types, coordinates, place and missing pixels."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine

from tests.client.scenes import DAY, DTYPES, ID, START, TRANSFORM, image, opened, pixels
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

for peer in ("rioxarray", "odc.geo.xr", "h5netcdf", "zarr"):
    pytest.importorskip(peer)


@cache
def assets() -> dict[str, Any]:
    """Images of all types, with properties; one band whose declared range leaves room for a fill value."""
    return {
        ID: memory_collection([
            image({name: pixels(name, number) for name in DTYPES}, f"i{number}", START + number * DAY + 12_345)
            for number in range(3)
        ])
    }  # fmt: skip


def same(back: xr.Dataset, dataset: xr.Dataset) -> None:
    """Identical but for the order of attributes; rioxarray and odc see the same place."""
    xr.testing.assert_equal(back, dataset)
    for name, variable in dataset.variables.items():
        assert back[name].dtype == variable.dtype or name == "id", name
    assert back.rio.crs == dataset.rio.crs
    assert back.rio.transform() == dataset.rio.transform() == Affine(*TRANSFORM)
    assert back.odc.geobox == dataset.odc.geobox


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
@pytest.mark.parametrize("mask_and_scale", [True, False])
@pytest.mark.parametrize("nodata", ["exact", 0])
def test_netcdf(serve: Serve, tmp_path: Path, engine: Any, mask_and_scale: bool, nodata: Any) -> None:
    pytest.importorskip("netCDF4" if engine == "netcdf4" else engine)
    serve(assets=assets())
    dataset = opened(chunks={}, mask_and_scale=mask_and_scale, nodata=nodata)
    dataset.to_netcdf(tmp_path / "a.nc", engine=engine)
    with xr.open_dataset(tmp_path / "a.nc", engine=engine, mask_and_scale=mask_and_scale) as back:
        same(back, dataset.load())


@pytest.mark.parametrize("mask_and_scale", [True, False])
@pytest.mark.parametrize("nodata", ["exact", 0])
def test_zarr(serve: Serve, tmp_path: Path, mask_and_scale: bool, nodata: Any) -> None:
    serve(assets=assets())
    dataset = opened(chunks={"time": 1}, mask_and_scale=mask_and_scale, nodata=nodata)
    dataset.to_zarr(tmp_path / "a.zarr", consolidated=False)
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False, mask_and_scale=mask_and_scale) as back:
        same(back.load(), dataset.load())


def test_zarr_from_worker_processes(serve: Serve, tmp_path: Path) -> None:
    """Workers initialise themselves from the recipe that travels with a chunk: this process is not asked."""
    distributed = pytest.importorskip("distributed")
    earth = serve(assets=assets())
    dataset = opened(chunks={"time": 1})
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, distributed.Client(cluster):
        earth.requests.clear()
        dataset.to_zarr(tmp_path / "a.zarr", consolidated=False)
    assert [request.kind for request in earth.requests].count("computePixels") == 3 * len(DTYPES)
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False) as back:
        same(back.load(), dataset.load())


@pytest.mark.parametrize("band", DTYPES[:7])
def test_geotiff_lies_where_gdal_sees_it(serve: Serve, tmp_path: Path, band: str) -> None:
    serve(assets=assets())
    dataset = opened(mask_and_scale=False)[band]
    dataset.rio.to_raster(tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.crs == rasterio.crs.CRS.from_epsg(32631)
        assert raster.transform == Affine(*TRANSFORM)
        assert raster.dtypes[0] == dataset.dtype
        np.testing.assert_array_equal(raster.read(), dataset.values)
        missing = dataset.attrs.get("_FillValue", np.nan)
        truth = np.ma.stack([pixels(band, number) for number in range(3)])
        np.testing.assert_equal(raster.nodata, missing)
        np.testing.assert_array_equal(raster.dataset_mask() != 0, ~truth.mask.all(axis=0))


def test_gdal_sees_the_place_of_a_netcdf(serve: Serve, tmp_path: Path) -> None:
    serve(assets=assets())
    opened(bands="u1").isel(time=0).drop_vars(["id", "time"]).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with rasterio.open(f"netcdf:{tmp_path / 'a.nc'}:u1") as raster:
        assert raster.crs.to_epsg() == 32631
        assert tuple(raster.transform) == tuple(Affine(*TRANSFORM))


def test_integers_with_room_stay_compact_on_disk(serve: Serve, tmp_path: Path) -> None:
    """A mask band (0 or 1) is written as one byte, and reads back as the float32 with NaN that it was."""
    array = pixels("u1")
    stored = memory_image({"b": array}, crs="EPSG:32631", transform=TRANSFORM)
    serve(assets={ID: stored})
    import ee  # noqa: PLC0415 - initialised by now

    dataset = xr.open_dataset(ee.Image(ID).gt(100), engine="xee_lite").load()
    dataset.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc", mask_and_scale=False) as raw:
        assert raw["b"].dtype == "u1"
    with xr.open_dataset(tmp_path / "a.nc") as back:
        xr.testing.assert_equal(back, dataset)
        assert back["b"].dtype == dataset["b"].dtype == "f4"


def test_missing_times_survive_netcdf(serve: Serve, tmp_path: Path) -> None:
    images = [image({"b": pixels("u1", 0)}, "a", START), image({"b": pixels("u1", 1)}, "b", None)]
    serve(assets={ID: memory_collection(images)})
    dataset = opened()
    dataset.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as back:
        xr.testing.assert_equal(back, dataset.load())
        assert back["time"].dtype == dataset["time"].dtype


@pytest.mark.parametrize("netcdf_format", ["NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4_CLASSIC"])
def test_older_netcdf_takes_what_has_no_encoding(serve: Serve, tmp_path: Path, netcdf_format: Any) -> None:
    """It has no 64-bit integers, in which times are written by default, and no unsigned ones."""
    serve(assets=assets())
    dataset = opened(chunks={})
    if netcdf_format != "NETCDF4_CLASSIC":
        with pytest.raises(ValueError, match="could not safely cast array from int64 to int32"):
            dataset.to_netcdf(tmp_path / "refused.nc", format=netcdf_format, engine="netcdf4")
    plain = dataset.drop_encoding()
    plain.to_netcdf(tmp_path / "a.nc", format=netcdf_format, engine="netcdf4", encoding={"time": {"dtype": "float64"}})
    with xr.open_dataset(tmp_path / "a.nc", engine="netcdf4") as back:
        xr.testing.assert_equal(back, dataset.load())
        assert [back[name].dtype for name in DTYPES] == [dataset[name].dtype for name in DTYPES]


@pytest.mark.parametrize("missing", [False, True])
def test_times_of_images_that_lie_along_something_else_come_back(serve: Serve, tmp_path: Path, missing: bool) -> None:
    images = [
        image({"b": pixels("u1", number)}, f"i{number}", None if missing and number else START + number, orbit=number)
        for number in range(3)
    ]
    serve(assets={ID: memory_collection(images)})
    dataset = opened(dim="orbit", chunks={}).load()
    dataset.to_netcdf(tmp_path / "a.nc")
    formats: tuple[Literal[2, 3], ...] = (2, 3)
    for zarr_format in formats:
        dataset.to_zarr(tmp_path / f"{zarr_format}.zarr", zarr_format=zarr_format, consolidated=False)
    backs = [xr.open_zarr(tmp_path / f"{zarr_format}.zarr", consolidated=False) for zarr_format in formats]
    for back in (xr.open_dataset(tmp_path / "a.nc", decode_coords="all"), *backs):
        xr.testing.assert_equal(back.load(), dataset)
        assert back["time"].dtype == dataset["time"].dtype
        back.close()


def test_attributes_serialise(serve: Serve, tmp_path: Path) -> None:
    properties: dict[str, Any] = {
        "text": "t",
        "number": 1.5,
        "list": [1, 2],
        "nested": {"a": 1},
        "nothing": None,
        "flag": True,
    }
    serve(assets={ID: image({"b": pixels("u1")}, **properties)})
    dataset = opened().load()
    dataset.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as back:
        assert back.attrs["text"] == "t"
        assert back.attrs["number"] == 1.5
        assert list(back.attrs["list"]) == [1, 2]
        assert back.attrs["flag"] == 1
        assert back.attrs["source"] == ID
