"""Reads of several bands in the same requests: each gets its own pixels, also where a part is read at two places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, START, filled, image, pixels
from xee_lite import explain
from xee_lite.emulator import memory_collection
from xee_lite.joint_reads import read_together, requests_together
from xee_lite.noted_reads import noted_reads, read_key

if TYPE_CHECKING:
    from tests.client.scenes import Serve
    from xee_lite.emulator import Emulator

ARRAYS = [{"a": pixels("u2", day), "b": pixels("u2", 50 + day)} for day in range(4)]
A, B = (np.stack([filled(bands[name], "f4") for bands in ARRAYS]) for name in "ab")


@pytest.fixture
def earth(serve: Serve) -> Emulator:
    images = [image(bands, f"i{day}", START + day * DAY) for day, bands in enumerate(ARRAYS)]
    return serve(assets={ID: memory_collection(images)})


def test_a_part_that_is_read_twice_is_in_two_requests(earth: Emulator) -> None:
    """A request has each band once."""
    lazy = xr.open_dataset(ID, engine="xee_lite", cache=False)
    index = (slice(1, 3), slice(None), slice(None))
    reads = [noted_reads(lazy[name].variable, index)[0] for name in "abb"]
    assert [len(planned.request.bands) for planned, _ in requests_together(reads)] == [2, 1]
    earth.requests.clear()
    found = read_together(reads)
    assert earth.requests.counts()["computePixels"] == 2
    for read, expected in zip(reads, (A, B, B), strict=True):
        np.testing.assert_array_equal(found[read_key(read.pixels, read.key)], expected[1:3])


@pytest.mark.usefixtures("earth")
def test_all_bands_of_an_array_may_be_read_twice_as_well() -> None:
    lazy = xr.open_dataset(ID, engine="xee_lite", cache=False, band_dim="band").band_data
    reads = 2 * noted_reads(lazy.variable, (slice(None),) * 4)
    assert len(requests_together(reads)) == 2
    (found,) = read_together(reads).values()
    np.testing.assert_array_equal(found, np.stack([A, B], axis=1))


@pytest.mark.usefixtures("earth")
@pytest.mark.parametrize("workers", [1, 4])
def test_dask_arrays_of_the_same_variable_by_other_names(workers: int) -> None:
    """Their tasks read the same chunks of it, and those of another variable share requests with one of them."""
    lazy = xr.open_dataset(ID, engine="xee_lite", cache=False)
    a, b = lazy.a.chunk(time=1), lazy.b.chunk(time=1, name_prefix="one-")
    other = lazy.b.chunk(time=1, name_prefix="other-")
    found = (a + b + other).compute(scheduler="threads", num_workers=workers)
    np.testing.assert_array_equal(found, A + B + B)


def test_a_variable_by_two_names_is_planned_as_it_is_read(earth: Emulator) -> None:
    lazy = xr.open_dataset(ID, engine="xee_lite", cache=False)
    twice = lazy.assign(c=lazy.b)
    planned = explain(twice).count
    earth.requests.clear()
    twice.load()
    assert earth.requests.counts()["computePixels"] == planned == 2
    np.testing.assert_array_equal(twice.c, B)
