"""What stands beside the images: in memory whatever is chunked, and text in everything that xarray does with it."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, START, image, pixels
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.scenes import Serve

IDS = ["a", "bcd", "e" * 40]


@pytest.fixture
def source(serve: Serve) -> str:
    images = [
        image({"b": pixels("u1", number)}, name, START + number * DAY, orbit=number, note=name[::-1])
        for number, name in enumerate(IDS)
    ]
    serve(assets={ID: memory_collection(images)})
    return ID


def opened(source: str, **options: Any) -> xr.Dataset:
    return xr.open_dataset(source, engine="xee_lite", properties=["orbit", "note"], **options)


@pytest.mark.parametrize("chunks", [None, {}, "auto", 1, {"time": 1}, {"time": "auto"}], ids=str)
def test_only_pixels_are_chunked(source: str, chunks: Any) -> None:
    dataset = opened(source, chunks=chunks)
    assert (dataset["b"].chunks is None) == (chunks is None)
    assert [name for name in dataset.coords if dask.is_dask_collection(dataset[name].variable)] == []
    for again in (dataset, dataset.chunk("auto"), dataset.chunk(time=1).copy(deep=True).isel(time=slice(3))):
        assert again["id"].values.tolist() == IDS
        assert again["orbit"].values.tolist() == [0, 1, 2]


def test_blocks_have_their_own_part(source: str) -> None:
    dataset = opened(source, chunks={"time": 1})
    mapped = dataset.map_blocks(lambda block: block.where(block["id"] != "bcd"), template=dataset)
    assert mapped["b"].isnull().all(["y", "x"]).values.tolist() == [False, True, False]
    assert mapped["id"].values.tolist() == IDS


TEXT_USES: dict[str, tuple[Callable[[xr.Dataset], Any], Any]] = {
    "equal": (lambda found: (found["id"] == "bcd").values.tolist(), [False, True, False]),
    "isin": (lambda found: found["id"].isin(["a", "bcd"]).values.tolist(), [True, True, False]),
    "str": (lambda found: found["id"].str.startswith("b").values.tolist(), [False, True, False]),
    "where": (lambda found: found.where(found["id"] != "a", drop=True)["id"].values.tolist(), IDS[1:]),
    "sortby": (lambda found: found.sortby("note", ascending=False)["id"].values.tolist(), IDS[::-1]),
    "swap": (lambda found: found.swap_dims(time="id").sel(id="bcd")["orbit"].item(), 1),
    "groupby": (lambda found: found["orbit"].groupby(found["note"]).sum().values.tolist(), [0, 1, 2]),
    "frame": (lambda found: found["orbit"].to_dataframe()["id"].tolist(), IDS),
    "item": (lambda found: found["id"][1].item(), "bcd"),
    "concat": (lambda found: xr.concat([found["id"], found["id"]], "time").values.tolist(), IDS * 2),
    "shift": (lambda found: found["id"].shift(time=1).values[1:].tolist(), IDS[:2]),
    "pickle": (lambda found: pickle.loads(pickle.dumps(found)).identical(found), True),
}  # fmt: skip


@pytest.mark.parametrize("use", TEXT_USES)
@pytest.mark.parametrize("chunks", [None, {}], ids=str)
def test_text_can_be_used(source: str, use: str, chunks: Any) -> None:
    function, expected = TEXT_USES[use]
    assert function(opened(source, chunks=chunks)) == expected


def test_text_is_realigned_with_missing_values(source: str) -> None:
    dataset = opened(source)
    later = dataset["time"].values + np.timedelta64(1, "D")
    moved = dataset.drop_vars("b").reindex(time=later)
    assert moved["id"].values[:2].tolist() == IDS[1:]
    assert moved["id"].isnull().values.tolist() == [False, False, True]
