"""An export into an Icechunk repository: its commits tell what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import xarray as xr

import xee_lite
from tests.client.outputs.datasets import assets, requests
from tests.client.scenes import opened
from xee_lite import InputError, TransientError
from xee_lite.emulator import Faults
from xee_lite.outputs import icechunk_place

if TYPE_CHECKING:
    from tests.client.scenes import Serve

icechunk = pytest.importorskip("icechunk")

pytestmark = pytest.mark.filterwarnings("ignore:The specified chunks separate")


@pytest.fixture
def repository() -> Any:
    return icechunk.Repository.create(icechunk.in_memory_storage())


def back(repository: Any) -> xr.Dataset:
    store = repository.readonly_session("main").store
    found: xr.Dataset = xr.open_zarr(store, chunks=None, consolidated=False).load()
    return found


@pytest.mark.parametrize("chunks", [None, {"time": 1, "y": 10, "x": 12}])
def test_a_commit_for_each_batch(serve: Serve, repository: Any, monkeypatch: pytest.MonkeyPatch, chunks: Any) -> None:
    serve(assets=assets())
    monkeypatch.setattr(icechunk_place, "_BATCH", 3)
    ds = opened(bands=["u2"], **({"chunks": chunks} if chunks else {"request_bytes": 3000}))
    export = xee_lite.to_zarr(ds, repository)
    xr.testing.assert_identical(back(repository), opened(bands=["u2"]).load())
    assert len(list(repository.ancestry(branch="main"))) == 2 + -(-export.parts // 3)
    with pytest.raises(InputError, match="branch 'main' of the Icechunk repository exists already"):
        xee_lite.to_zarr(ds, repository)


def test_it_goes_on_from_the_commits(serve: Serve, repository: Any) -> None:
    earth = serve(assets=assets(), faults=Faults())
    ds = opened(bands=["u2"], request_bytes=3000)
    earth.faults.next("computePixels", [None, None, "503"])
    with xee_lite.set_options(max_concurrent_requests=1), pytest.raises(TransientError):
        xee_lite.to_zarr(ds, repository)
    with pytest.raises(InputError, match=r"unfinished export of another list of variables.* or take the branch back"):
        xee_lite.to_zarr(opened(bands=["u4"], request_bytes=3000), repository)
    earth.requests.clear()
    export = xee_lite.to_zarr(ds, repository)
    assert export.reused >= 1
    assert requests(earth) == export.parts - export.reused
    xr.testing.assert_identical(back(repository), opened(bands=["u2"]).load())


def test_it_grows(serve: Serve, repository: Any) -> None:
    serve(assets=assets())
    for until, parts in ((2, 1), (4, 1), (4, 0)):
        ds = opened(bands=["u2"]).isel(time=slice(until))
        assert xee_lite.to_zarr(ds, repository, append="time").parts == parts
        xr.testing.assert_identical(back(repository), ds.load())


def test_an_interrupted_growth_begins_anew_or_goes_on(serve: Serve, repository: Any) -> None:
    earth = serve(assets=assets(), faults=Faults())
    ds = opened(bands=["u2"], request_bytes=3000)
    xee_lite.to_zarr(ds.isel(time=slice(1)), repository, append="time")
    for before in ([], [None, None]):
        earth.faults.next("computePixels", [*before, "503"])
        with xee_lite.set_options(max_concurrent_requests=1), pytest.raises(TransientError):
            xee_lite.to_zarr(ds, repository, append="time")
    xee_lite.to_zarr(ds, repository, append="time")
    xr.testing.assert_identical(back(repository), opened(bands=["u2"]).load())


def test_a_session_is_refused(serve: Serve, repository: Any) -> None:
    serve(assets=assets())
    with pytest.raises(InputError, match=r"pass the icechunk.Repository itself"):
        xee_lite.to_zarr(opened(), repository.writable_session("main").store)
