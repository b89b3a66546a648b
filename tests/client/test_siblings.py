"""Variables that xarray takes one after the other: read together, each once, and right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

import xee_lite
from tests.client.scenes import DAY, DTYPES, ID, START, filled, image, opened, pixels
from xee_lite import InputError, set_options, siblings
from xee_lite.emulator import memory_collection
from xee_lite.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from tests.client.scenes import Serve

TIMES = 3


def scenes(dtypes: tuple[str, ...] = ("u1", "u2", "i2", "u1")) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """A collection of several bands, and what each holds in float."""
    arrays = [{f"b{n}": pixels(dtype, 10 * day + n) for n, dtype in enumerate(dtypes)} for day in range(TIMES)]
    images = [image(bands, f"i{day}", START + day * DAY) for day, bands in enumerate(arrays)]
    truth = {name: filled(np.ma.stack([bands[name] for bands in arrays]), "f8") for name in arrays[0]}
    return {ID: memory_collection(images)}, truth


def loaded(dataset: xr.Dataset, folder: Path) -> xr.Dataset:
    assert folder.exists()
    return dataset.load()


def computed(dataset: xr.Dataset, folder: Path) -> xr.Dataset:
    assert folder.exists()
    return dataset.compute()


def through_netcdf(dataset: xr.Dataset, folder: Path) -> xr.Dataset:
    dataset.to_netcdf(folder / "x.nc")
    return xr.load_dataset(folder / "x.nc")


def through_zarr(dataset: xr.Dataset, folder: Path) -> xr.Dataset:
    dataset.to_zarr(folder / "x.zarr", consolidated=False)
    return xr.load_dataset(folder / "x.zarr", engine="zarr", consolidated=False)


@pytest.mark.parametrize("way", [loaded, computed, through_netcdf, through_zarr])
def test_all_bands_of_a_small_area_take_one_request(
    serve: Serve, tmp_path: Path, way: Callable[[xr.Dataset, Path], xr.Dataset]
) -> None:
    assets, truth = scenes()
    earth = serve(assets=assets)
    dataset = opened()
    plan = xee_lite.explain(dataset)
    earth.requests.clear()
    found = way(dataset, tmp_path)
    assert earth.requests.counts()["computePixels"] == 1
    assert plan.count == 1
    for name, values in truth.items():
        np.testing.assert_array_equal(found[name], values)


def test_every_type_keeps_its_values_and_its_own_memory(serve: Serve) -> None:
    """Those of one type in memory share requests, and the others go beside them."""
    assets, truth = scenes(DTYPES)
    earth = serve(assets=assets)
    dataset = opened().load()
    for name, values in truth.items():
        np.testing.assert_array_equal(dataset[name].astype("f8"), values)
    assert earth.requests.counts()["computePixels"] == len({dataset[name].dtype for name in truth})
    owners = [dataset[name].values.base for name in truth]
    assert all(owner is None or owner.nbytes == dataset[name].nbytes for owner, name in zip(owners, truth, strict=True))


@pytest.mark.parametrize("part", [{"time": 1}, {"y": slice(3, 9, 2)}, {"x": [4, 1, 1]}, {"time": [2], "y": 5}])
def test_parts_are_read_together_too(serve: Serve, part: dict[str, Any]) -> None:
    assets, truth = scenes()
    earth = serve(assets=assets)
    dataset = opened().isel(part).load()
    assert earth.requests.counts()["computePixels"] == 1
    whole = xr.Dataset({name: (("time", "y", "x"), values) for name, values in truth.items()})
    for name in truth:
        np.testing.assert_array_equal(dataset[name], whole[name].isel(part))


def test_one_variable_is_read_by_itself(serve: Serve) -> None:
    assets, truth = scenes()
    earth = serve(assets=assets)
    dataset = opened()
    np.testing.assert_array_equal(dataset["b1"].load(), truth["b1"])
    assert earth.requests.counts()["computePixels"] == 1
    np.testing.assert_array_equal(dataset.load()["b2"], truth["b2"])
    assert earth.requests.counts()["computePixels"] == 2, "the others together, and not the first one again"


def test_a_dataset_that_is_written_and_too_large_is_read_variable_by_variable(serve: Serve, tmp_path: Path) -> None:
    assets, truth = scenes()
    earth = serve(assets=assets)
    with set_options(read_ahead_bytes=0):
        opened().to_zarr(tmp_path / "x.zarr", consolidated=False)
    assert earth.requests.counts()["computePixels"] == len(truth)


def test_a_failure_leaves_nothing_behind(serve: Serve) -> None:
    assets, truth = scenes()
    earth = serve(assets=dict(assets))
    dataset = opened()
    earth.faults.next("computePixels", ["503"])
    with pytest.raises(RequestError):
        dataset.load()
    assert not siblings._waiting.values
    np.testing.assert_array_equal(dataset.load()["b0"], truth["b0"])


def test_what_is_computed_beside_it_is_no_part_of_it(serve: Serve) -> None:
    assets, truth = scenes()
    serve(assets=assets)
    dataset = opened()
    mixed = dataset.assign(double=dataset["b0"] * 2, text=("time", list("abc"))).load()
    np.testing.assert_array_equal(mixed["double"], truth["b0"] * 2)
    np.testing.assert_array_equal(mixed["b3"], truth["b3"])
    with pytest.raises(InputError):
        xee_lite.set_options(read_ahead_bytes=-1)
