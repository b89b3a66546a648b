"""What a rehearsal counts is what is sent."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import ID, SHAPE, filled, stack
from xee_lite import explain, set_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.scenes import Serve

SELECTIONS: dict[str, Callable[[xr.Dataset], xr.Dataset]] = {
    "all": lambda dataset: dataset,
    "items": lambda dataset: dataset.isel(time=[0, 5]),
    "window": lambda dataset: dataset.isel(y=slice(3, 9), x=slice(None, None, 2)),
    "time": lambda dataset: dataset.sel(time=slice("2020-01-02", "2020-01-03")),
    "computed": lambda dataset: dataset.mean("time"),
    "nothing": lambda dataset: dataset.isel(time=slice(0)),
}


@pytest.mark.parametrize("select", SELECTIONS.values(), ids=SELECTIONS)
@pytest.mark.parametrize("chunks", [None, {}, {"time": 4}])
def test_the_rehearsal_counts_what_the_read_sends(
    serve: Serve, select: Callable[[xr.Dataset], xr.Dataset], chunks: Any
) -> None:
    assets, _ = stack(8)
    earth = serve(assets=assets)
    chosen = select(xr.open_dataset(ID, engine="xee_lite", chunks=chunks, request_bytes=3 * 5 * int(np.prod(SHAPE))))
    expected = explain(chosen)
    earth.requests.clear()
    chosen.load()
    assert earth.requests.counts().get("computePixels", 0) == expected.count
    assert expected.largest <= 3 * 5 * np.prod(SHAPE)


def test_a_rehearsal_asks_nobody_and_leaves_no_zeros(serve: Serve) -> None:
    assets, truth = stack(2)
    earth = serve(assets=assets)
    dataset = xr.open_dataset(ID, engine="xee_lite")
    earth.requests.clear()
    assert explain(dataset["B1"]).count == 1
    assert list(earth.requests) == []
    np.testing.assert_array_equal(dataset["B1"].values, filled(truth, "f4"))
    assert str(explain(dataset)) == "nothing to request", "it is in memory now"


def test_each_request_is_a_row(serve: Serve) -> None:
    assets, _ = stack(8)
    earth = serve(assets=assets)
    dataset = xr.open_dataset(ID, engine="xee_lite", chunks={}, request_bytes=3 * 5 * int(np.prod(SHAPE)))
    table = explain(dataset.isel(y=slice(3, 9))).to_dataframe()
    assert table["items"].tolist() == [3, 3, 2]
    assert table["first_item"].tolist() == [0, 3, 6]
    assert table[["row", "col", "height", "width"]].to_numpy().tolist() == [[3, 0, 6, 31]] * 3
    assert table["bytes"].sum() == explain(dataset.isel(y=slice(3, 9))).bytes
    assert len(explain(dataset.isel(time=slice(0))).to_dataframe()) == 0
    assert earth.requests.counts().get("computePixels", 0) == 0


def test_the_time_to_expect_is_the_longest_of_what_holds_it_up(serve: Serve) -> None:
    assets, _ = stack(9)
    serve(assets=assets)
    plan = explain(xr.open_dataset(ID, engine="xee_lite", request_bytes=5 * int(np.prod(SHAPE))))
    assert plan.count == 9
    assert plan.seconds(0.5) == 0.5
    assert plan.seconds(0.5, concurrency=4) == 1.5
    assert plan.seconds(0.5, bytes_per_second=plan.bytes / 7) == 7
    with set_options(requests_per_second=2):
        assert plan.seconds(0.5) == 3.5, "two start at once, and seven follow in half a second each"


@pytest.mark.parametrize("pick", [{"x": [1, 30], "y": [0, 22]}, {"time": [7, 0], "x": [4, 4]}])
def test_pointwise_reads_are_rehearsed_too(serve: Serve, pick: dict[str, list[int]]) -> None:
    assets, _ = stack(8)
    earth = serve(assets=assets)
    dataset = xr.open_dataset(ID, engine="xee_lite", request_bytes=3 * 5 * int(np.prod(SHAPE)))
    chosen = dataset.isel({name: xr.Variable("p", places) for name, places in pick.items()})
    expected = explain(chosen)
    earth.requests.clear()
    chosen.load()
    assert earth.requests.counts()["computePixels"] == expected.count


def test_it_says_how_much_in_units_for_people(serve: Serve) -> None:
    assets, _ = stack(2)
    serve(assets=assets)
    plan = explain(xr.open_dataset(ID, engine="xee_lite"))
    assert plan.bytes == plan.largest == 2 * 5 * np.prod(SHAPE)
    assert str(plan) == "1 request for 7.0 KiB, 7.0 KiB at most in one"


HUGE: dict[str, Callable[[xr.Dataset], xr.Dataset]] = {
    "all": lambda dataset: dataset,
    "analysis": lambda dataset: ((dataset - dataset.mean("time")) ** 2).sum("x"),
    "blocks": lambda dataset: dataset.map_blocks(_never, template=dataset),
    "columns": lambda dataset: dataset.isel(x=np.arange(0, dataset.sizes["x"], 2)),
}


def _never(block: xr.Dataset) -> xr.Dataset:
    raise AssertionError(f"explaining computes nothing, but {block}")


@pytest.mark.parametrize("select", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("chunks", [None, {}])
def test_explaining_takes_the_memory_of_the_plan(
    serve: Serve, select: Callable[[xr.Dataset], xr.Dataset], chunks: Any
) -> None:
    if chunks is None and select in (HUGE["analysis"], HUGE["blocks"]):
        pytest.skip("without Dask these read at once")
    assets, _ = stack(3)
    serve(assets=assets)
    grid: dict[str, Any] = {"crs": "EPSG:32631", "transform": (1, 0, 399945, 0, -1, 4600035), "shape": (50_000, 50_000)}
    dataset = xr.open_dataset(ID, engine="xee_lite", chunks=chunks, **grid)
    assert dataset.nbytes > 30e9
    chosen = select(dataset)
    tracemalloc.start()
    plan = explain(chosen)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert plan.bytes >= 0.99 * 3 * 5 * 50_000**2
    assert peak < 50e6


def test_computed_pixels_are_counted_once_each(serve: Serve) -> None:
    """Tasks that Dask fuses to one may read more than once, and under other names."""
    assets, _ = stack(6)
    earth = serve(assets=assets)
    dataset = xr.open_dataset(ID, engine="xee_lite", chunks={}, request_bytes=2 * 5 * int(np.prod(SHAPE)))
    band = dataset["B1"]
    analysis = (band.isel(x=slice(1, None)) - 2 * band.isel(x=slice(None, -1))).mean("time") + band.isel(time=0)
    expected = explain(analysis)
    earth.requests.clear()
    analysis.compute()
    assert earth.requests.counts()["computePixels"] == expected.count >= 3


def test_a_notebook_shows_its_text(serve: Serve) -> None:
    pretty = pytest.importorskip("IPython.lib.pretty").pretty
    assets, _ = stack(2)
    serve(assets=assets)
    plan = explain(xr.open_dataset(ID, engine="xee_lite"))
    assert pretty(plan) == str(plan) == "1 request for 7.0 KiB, 7.0 KiB at most in one"
