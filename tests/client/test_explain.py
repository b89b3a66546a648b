"""What a rehearsal counts is what is sent."""

from __future__ import annotations

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
