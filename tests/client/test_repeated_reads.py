"""An expression of several variables without Dask reads each of them once, and right."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, START, filled, image, opened, pixels
from xee_lite import repeated_reads, set_options
from xee_lite.emulator import memory_collection
from xee_lite.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.client.scenes import Serve


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    gc.collect()
    assert not repeated_reads._kept.values
    assert repeated_reads._kept._bytes == 0


BANDS = {"B4": pixels("u1", 1), "B8": pixels("u1", 2), "SCL": pixels("u1", 3)}
ASSETS = {ID: memory_collection([image(BANDS, "i0", START), image(BANDS, "i1", START + DAY)])}
TRUTH = xr.Dataset(
    {name: (("time", "y", "x"), filled(np.ma.stack([values] * 2), "f4")) for name, values in BANDS.items()}
)


def ndvi(data: Any) -> Any:
    return (data["B8"] - data["B4"]) / (data["B8"] + data["B4"])


def masked(data: Any) -> Any:
    return data["B8"].where(data["SCL"] > 9) / np.sqrt(data["B4"] + data["B8"].where(data["SCL"] > 9))


def of_one(data: Any) -> Any:
    return (data["B8"] - data["B8"].mean()) / data["B8"].std()


@pytest.mark.parametrize(("expression", "count"), [(ndvi, 2), (masked, 3), (of_one, 1)])
@pytest.mark.parametrize("part", [{"time": 0}, {"time": 0, "y": slice(2, 5)}, {"time": 0, "x": [3, 1]}])
def test_each_variable_is_read_once(
    serve: Serve, expression: Callable[[Any], Any], count: int, part: dict[str, Any]
) -> None:
    earth = serve(assets=ASSETS)
    dataset = opened().isel(part)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(expression(dataset).values, expression(TRUTH.isel(part)).values)
    assert earth.requests.counts()["computePixels"] == count


def test_writing_into_what_was_read_changes_no_other_read(serve: Serve) -> None:
    serve(assets=ASSETS)
    dataset = opened()
    first = +(dataset["B8"] - dataset["B4"] * 0)
    first.values[...] = -1
    dataset["B8"].values[...] = -1
    np.testing.assert_array_equal((dataset.copy()["B4"] + dataset.copy()["B4"]).values, (TRUTH["B4"] * 2).values)


def test_nothing_is_kept_where_nobody_asked_for_a_cache(serve: Serve) -> None:
    earth = serve(assets=ASSETS)
    ndvi(opened(cache=False))
    assert earth.requests.counts()["computePixels"] >= 4
    earth.requests.clear()
    with set_options(read_ahead_bytes=0):
        ndvi(opened())
    assert earth.requests.counts()["computePixels"] == 4
    for time in range(2):  # a loop over time is bounded in memory because each array goes before the next one comes
        assert opened()["B8"].isel(time=time).values.shape == TRUTH["B8"].shape[1:]
    assert not repeated_reads._kept.values


def test_no_more_is_kept_than_may_be_read_ahead(serve: Serve) -> None:
    serve(assets=ASSETS)
    dataset, size = opened(), TRUTH["B8"].nbytes
    with set_options(read_ahead_bytes=2 * size):
        for name in ("B4", "B8", "SCL"):
            assert (dataset[name].copy() + dataset["B8"].isel(time=0)).shape
            assert repeated_reads._kept._bytes <= 2 * size


def test_a_failed_read_is_made_again(serve: Serve) -> None:
    earth = serve(assets=dict(ASSETS))
    dataset = opened()
    earth.faults.next("computePixels", ["503"])
    with pytest.raises(RequestError):
        ndvi(dataset)
    np.testing.assert_array_equal(ndvi(dataset).values, ndvi(TRUTH).values)
