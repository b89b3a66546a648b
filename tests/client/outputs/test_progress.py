"""What is told of an export while it runs, and whether the memory that is told beforehand is kept."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import xee_lite
from tests.client.outputs.datasets import assets, requests
from tests.client.scenes import DAY, ID, START, image, opened
from xee_lite import InputError, Progress
from xee_lite.emulator import Faults, memory_collection

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

pytest.importorskip("zarr")

pytestmark = pytest.mark.filterwarnings("ignore:The specified chunks separate")


@pytest.mark.parametrize("chunks", [None, {"time": 1, "y": 10, "x": 12}])
def test_it_counts_what_happens(serve: Serve, tmp_path: Path, chunks: Any) -> None:
    earth = serve(assets=assets(), faults=Faults())
    ds = opened(bands=["u2"], **({"chunks": chunks} if chunks else {"request_bytes": 3000}))
    earth.faults.next("computePixels", ["503", "503"])
    told: list[Progress] = []
    with xee_lite.set_options(request_deadline=60):
        export = xee_lite.to_zarr(ds, tmp_path / "a.zarr", progress=told.append)
    first, last = told[0], told[-1]
    assert (first.done, first.requests, first.left) == (0, 0, None)
    assert first.memory > 0
    assert "in memory" in str(first)
    assert (last.done, last.total, last.bytes) == (export.parts, export.parts, ds["u2"].nbytes)
    assert last.requests == export.requests == requests(earth) - 2
    assert last.retries == 2
    assert last.rate > 0
    assert last.left == 0
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert "2 retries" in str(last)


def test_it_counts_what_an_earlier_run_wrote(serve: Serve, tmp_path: Path) -> None:
    earth = serve(assets=assets(), faults=Faults())
    ds = opened(bands=["u2"], request_bytes=3000)
    earth.faults.next("computePixels", ["503"])
    xee_lite.to_zarr(ds, tmp_path / "a.zarr", errors="record")
    told: list[Progress] = []
    export = xee_lite.to_zarr(ds, tmp_path / "a.zarr", progress=told.append)
    assert told[0].done == export.reused == export.parts - 1
    assert told[-1].fetched == export.bytes < ds["u2"].nbytes


def test_a_line_for_people(serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    serve(assets=assets())
    ds = opened(bands=["u2"], request_bytes=3000)
    export = xee_lite.to_zarr(ds, tmp_path / "a.zarr", progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"0 of {export.parts} parts, 0 B of ")
    assert lines[-1].startswith(f"{export.parts} of {export.parts} parts")


@pytest.mark.parametrize("options", [{"progress": "yes"}, {"progress": False}, {"errors": "ignore"}])
def test_other_words_are_refused(serve: Serve, tmp_path: Path, options: Any) -> None:
    serve(assets=assets())
    with pytest.raises(InputError, match=r"pass (True|'raise')"):
        xee_lite.to_zarr(opened(bands=["u2"]), tmp_path / "a.zarr", **options)


@pytest.mark.parametrize("chunks", [None, {}])
def test_the_memory_that_is_told_is_kept(serve: Serve, tmp_path: Path, chunks: Any) -> None:
    """Sixty-four images of 1 MiB, four parts at once; the emulator runs in this process too, within the constant."""
    array = np.random.default_rng(1).integers(0, 9999, (512, 512), "u2")
    images = [image({"b": array}, f"i{number:02}", START + number * DAY) for number in range(64)]
    serve(assets={ID: memory_collection(images)})
    ds = opened(request_bytes=2**20 + 2**19, **({} if chunks is None else {"chunks": chunks}))
    told: list[Progress] = []
    with xee_lite.set_options(max_concurrent_requests=4, read_ahead_bytes=8 * 2**20):
        tracemalloc.start()
        xee_lite.to_zarr(ds, tmp_path / "a.zarr", progress=told.append)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert ds["b"].nbytes == 64 * 2**20
    assert peak <= told[0].memory + 24 * 2**20
