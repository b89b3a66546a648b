"""Times that are no milliseconds of our centuries, and properties that are dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tests.client.scenes import DAY, ID, START, Serve, filled, image, pixels
from xee_lite import InputError
from xee_lite.earthengine.table import milliseconds_of
from xee_lite.emulator import memory_collection
from xee_lite.items import datetimes

if TYPE_CHECKING:
    from pathlib import Path


def opened(obj: Any = ID, **options: Any) -> xr.Dataset:
    return xr.open_dataset(obj, engine="xee_lite", **options)


def collection(*times: Any) -> dict[str, Any]:
    images = [image({"b": pixels("u1", at)}, f"i{at}", time) for at, time in enumerate(times)]
    return {ID: memory_collection(images)}


def ms(text: str) -> int:
    return int(np.datetime64(text, "ms").astype("i8"))


@pytest.mark.parametrize("year", ["0001-01-01", "1066-10-14", "1677-09-20", "2262-04-12", "9999-12-31"])
def test_years_beyond_nanoseconds(serve: Serve, tmp_path: Path, year: str) -> None:
    serve(assets=collection(START, ms(year), None))
    dataset = opened().load()
    assert dataset["time"].dtype == "datetime64[ms]"
    found = dict(zip(dataset["id"].values.tolist(), dataset["time"].values, strict=True))
    assert str(found["i1"])[:10] == year
    assert found["i0"] == np.datetime64(START, "ms")
    assert np.isnat(found["i2"])
    numbers = opened(decode_times=False)["time"]
    assert set(numbers.values[:2].tolist()) == {START, ms(year)}
    dataset = dataset.isel(time=slice(0, 2))
    dataset["time"].encoding.pop("_FillValue", None)
    assert repr(dataset)
    np.testing.assert_array_equal(dataset["b"].sel(time=np.datetime64(year, "ms")), filled(pixels("u1", 1), "f4"))
    dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    coder = xr.coders.CFDatetimeCoder(time_unit="ms")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf", decode_times=coder) as back:
        np.testing.assert_array_equal(back["time"].values, dataset["time"].values)
    dataset.to_zarr(tmp_path / "a.zarr", consolidated=False)
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False, decode_times=coder) as back:
        np.testing.assert_array_equal(back["time"].values, dataset["time"].values)


def test_times_of_our_centuries_are_nanoseconds(serve: Serve) -> None:
    serve(assets=collection(ms("1678-01-01"), ms("2262-01-01"), START))
    assert opened()["time"].dtype == "datetime64[ns]"


@pytest.mark.parametrize("groupby", ["day", "solar_day", "month", "season", "year"])
def test_old_images_are_grouped_too(serve: Serve, groupby: str) -> None:
    serve(assets=collection(ms("1066-10-14"), ms("1066-10-14") + 1000, START))
    dataset = opened(groupby=groupby)
    assert dataset["id"].values.tolist() == ["i0,i1", "i2"]
    assert dataset["time"].dtype == "datetime64[ms]"


def test_a_time_that_is_a_date_is_one(serve: Serve) -> None:
    serve(assets=collection(START, START + DAY))
    dated = ee.ImageCollection(ID).map(lambda one: one.set("system:time_start", one.date().advance(1, "day")))
    dataset = opened(dated)
    assert dataset["time"].values.tolist() == [(START + DAY) * 10**6, (START + 2 * DAY) * 10**6]
    single = opened(ee.Image(f"{ID}/i0").set("system:time_start", ee.Date(START)))
    assert single["time"].values == np.datetime64(START, "ms")


@pytest.mark.parametrize("time", ["2020-01-01", "", 1e20, -1e30, True, [1], {"a": 1}])
def test_a_time_that_is_none_is_named_and_can_be_left_out(serve: Serve, time: Any) -> None:
    serve(assets=collection(START, START + DAY))
    odd = ee.ImageCollection(ID).map(
        lambda one: one.set(
            "system:time_start", ee.Algorithms.If(ee.String(one.get("system:index")).equals("i1"), time, START)
        )
    )
    with pytest.raises(InputError, match=r"system:time_start of image 'i1' of .* is .*, which is no time in milli"):
        opened(odd)
    for options in ({"dim": "id"}, {"decode_times": False}):
        dataset = opened(odd, **options)
        assert sorted(dataset["id"].values.tolist()) == ["i0", "i1"]
        at = dataset["id"].values.tolist().index("i1")
        np.testing.assert_array_equal(dataset["b"].values[at], filled(pixels("u1", 1), "f4"))
    assert np.isnat(opened(odd, dim="id")["time"].values[1])


def test_properties_that_are_dates_are_times(serve: Serve, tmp_path: Path) -> None:
    serve(assets=collection(START, START + DAY, START + 2 * DAY))
    dated = ee.ImageCollection(ID).map(
        lambda one: ee.Image(
            ee.Algorithms.If(
                ee.String(one.get("system:index")).equals("i1"), one, one.set("made", one.date().advance(1, "month"))
            )
        )
    )
    dataset = opened(dated, properties=["made"]).load()
    assert dataset["made"].dtype == "datetime64[ns]"
    assert [str(made)[:10] for made in dataset["made"].values] == ["2020-02-01", "NaT", "2020-02-03"]
    dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        np.testing.assert_array_equal(back["made"].values, dataset["made"].values)
    every = dated.map(lambda one: one.set("made", one.date().advance(1, "month")))
    by_date = opened(every, dim="made")
    assert by_date["made"].dims == ("made",)
    assert by_date.indexes["made"].is_monotonic_increasing
    one = opened(ee.Image(f"{ID}/i0").set("made", ee.Date(START)))
    assert one.attrs["made"] == "2020-01-01T00:00:00.000"
    assert opened(every, groupby="made").sizes["time"] == 3


@given(st.integers(-(2**53), 2**53))
def test_every_millisecond_is_kept(time: int) -> None:
    assert milliseconds_of(time) == time
    assert milliseconds_of({"type": "Date", "value": time}) == time
    (found,) = datetimes([time])
    assert found == np.datetime64(time, "ms")
    assert found.dtype in ("datetime64[ns]", "datetime64[ms]")
