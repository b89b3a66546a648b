"""Apache Beam: a dataset becomes a pipeline, which writes what the dataset has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import xarray as xr

from tests.client.scenes import ID, opened, stack
from xee_lite import InputError, explain
from xee_lite.distributed.beam import read_chunks, write_zarr

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

beam: Any = pytest.importorskip("apache_beam", reason="needs the extra 'beam'")
pytest.importorskip("xarray_beam", reason="needs the extra 'beam'")


def test_a_pipeline_writes_the_dataset(serve: Serve, tmp_path: Path) -> None:
    """`spatial_ref`, times and ids come along; each chunk is one request."""
    assets, _ = stack(3)
    earth = serve(assets=assets)
    dataset = opened()
    with beam.Pipeline("DirectRunner") as pipeline:
        pipeline | write_zarr(dataset, str(tmp_path / "a.zarr"), {"time": 1, "y": 12})
    assert Counter(request.kind for request in earth.requests)["computePixels"] == 6
    with xr.open_zarr(tmp_path / "a.zarr") as back:
        assert back["B1"].encoding["chunks"] == (1, 12, 31)
        xr.testing.assert_identical(back.load(), dataset.load())


def test_the_chunks_are_those_that_were_planned(serve: Serve) -> None:
    assets, _ = stack(3)
    earth = serve(assets=assets)
    with beam.Pipeline("DirectRunner") as pipeline:
        pipeline | read_chunks(opened(request_bytes=2200))
    assert (
        Counter(request.kind for request in earth.requests)["computePixels"]
        == explain(opened(request_bytes=2200)).count
    )


@pytest.mark.parametrize(
    ("chunks", "message"), [({"t": 1}, "no dimension: pass time, y, x"), ({"time": 0}, r"chunks\['time'\] is 0")]
)
def test_impossible_chunks_are_refused(serve: Serve, chunks: Any, message: str) -> None:
    assets, _ = stack(3)
    serve(assets=assets)
    with pytest.raises(InputError, match=message):
        read_chunks(opened(), chunks)


def test_a_dataset_of_dask_is_refused(serve: Serve) -> None:
    assets, _ = stack(3)
    serve(assets=assets)
    with pytest.raises(InputError, match="without chunks="):
        write_zarr(opened(ID, chunks={}), "a.zarr")
