"""``ds.xee_lite``: the functions of the package as methods of a dataset."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

import xee_lite
from tests.client.scenes import DAY, ID, START, filled, image, opened, pixels
from xee_lite import InputError
from xee_lite.accessor import XeeLiteAccessor
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

mpl.use("Agg")

NAMES = ("red", "green", "blue", "nir")
BANDS = [{name: pixels("u1", 10 * day + n) for n, name in enumerate(NAMES)} for day in range(2)]
ASSETS = {ID: memory_collection([image(bands, f"i{n}", START + n * DAY) for n, bands in enumerate(BANDS)])}


@pytest.mark.parametrize("chunks", [None, {}])
def test_all_variables_are_loaded_in_one_request(serve: Serve, chunks: Any) -> None:
    earth = serve(assets=ASSETS)
    dataset = opened(chunks=chunks)
    assert dataset.xee_lite.explain().count == (1 if chunks is None else len(NAMES))
    assert dataset.xee_lite.load() is dataset
    assert earth.requests.counts()["computePixels"] == 1
    np.testing.assert_array_equal(dataset["nir"][1], filled(BANDS[1]["nir"], "f4"))


@pytest.mark.parametrize("name", ["load", "explain", "sample", "reduce", "rgb", "to_zarr", "to_geotiff", "to_netcdf"])
def test_methods_have_the_signatures_of_their_functions(name: str) -> None:
    function = getattr(xee_lite, name, None) or getattr(xee_lite.accessor, name)
    own = list(inspect.signature(getattr(XeeLiteAccessor(xr.Dataset()), name)).parameters.values())
    assert own == list(inspect.signature(function).parameters.values())[1:]
    assert getattr(XeeLiteAccessor, name).__doc__ == function.__doc__


def test_rgb_draws_one_picture_for_each_image(serve: Serve) -> None:
    serve(assets=ASSETS)
    dataset = opened()
    grid = dataset.xee_lite.rgb(["red", "green", "blue"])
    assert len(grid.axs.flat) == 2
    drawn = dataset.isel(time=0).xee_lite.rgb(["red", "green", "blue"], vmin=0, vmax=255).get_array()
    shown = np.moveaxis(np.ma.stack([BANDS[0][name] for name in ("red", "green", "blue")]), 0, -1)
    whole = ~np.ma.getmaskarray(shown).any(axis=-1)
    np.testing.assert_allclose(np.asarray(drawn)[whole][:, :3], shown[whole] / 255, atol=1e-6)


@pytest.mark.parametrize("bands", [None, ["red", "green"], ["red", "green", "infrared"]])
def test_rgb_takes_three_bands(serve: Serve, bands: Any) -> None:
    serve(assets=ASSETS)
    with pytest.raises(InputError, match="red, green, blue, nir"):
        opened().xee_lite.rgb(bands)


def test_files_are_written(serve: Serve, tmp_path: Path) -> None:
    serve(assets=ASSETS)
    dataset = opened()
    for write, name in (("to_zarr", "a.zarr"), ("to_netcdf", "a.nc"), ("to_geotiff", "a.tif")):
        assert getattr(dataset.xee_lite, write)(tmp_path / name).paths == (str(tmp_path / name),)
    xr.testing.assert_equal(xr.load_dataset(tmp_path / "a.nc"), dataset.load())
