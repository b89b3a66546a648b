"""Endurance: thousands of chunks through every fault at once; no pixel wrong or lost, nothing left behind."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, START, filled, image, pixels
from xee_lite import set_options
from xee_lite.emulator import Faults, memory_collection
from xee_lite.emulator.faults.kinds import Fault

if TYPE_CHECKING:
    from tests.client.scenes import Serve

TILE = 16
SIDE = 10
"""Tiles along a side of an image: a hundred chunks."""
SHARE = 0.2


def open_sockets() -> int:
    return sum(
        str(link.readlink()).startswith("socket:") for link in Path("/proc/self/fd").iterdir() if link.is_symlink()
    )


@pytest.mark.parametrize("images", [pytest.param(10, id="short"), pytest.param(200, id="full", marks=pytest.mark.long)])
def test_a_long_read_through_every_fault(serve: Serve, images: int) -> None:
    """A thousand chunks, or with --long twenty thousand, in rounds: what is left behind would pile up."""
    arrays = [pixels("u2", seed, (SIDE * TILE, SIDE * TILE)) for seed in range(images)]
    scenes = [image({"B1": array}, f"i{place}", START + place * DAY) for place, array in enumerate(arrays)]
    assets = {ID: memory_collection(scenes)}
    rates: dict[str, float] = dict.fromkeys(Fault, SHARE / len(Fault))
    earth = serve(assets=assets, faults=Faults(rates=rates, stall_seconds=0.05, seed=11))
    budget = 5 * TILE * TILE
    met: list[str] = []
    seen = []
    with set_options(request_deadline=300, requests_per_second=10_000):
        for first in range(0, images, 10):
            data = xr.open_dataset(ID, engine="xee_lite", request_bytes=budget, cache=False)["B1"]
            part = data.isel(time=slice(first, first + 10)).load()
            np.testing.assert_array_equal(part.values, filled(np.ma.stack(arrays[first : first + 10]), "f4"))
            del part, data
            met += [request.fault for request in earth.requests.of("computePixels")]
            earth.requests.clear()
            gc.collect()
            if not tracemalloc.is_tracing():
                tracemalloc.start()  # after the first round, which fills every cache
            seen.append((threading.active_count(), open_sockets(), tracemalloc.get_traced_memory()[0]))
    tracemalloc.stop()
    assert len(met) - sum(map(bool, met)) >= images * SIDE * SIDE * 0.99, "stalls bring their pixels in the end"
    assert {fault for fault in met if fault} == set(Fault)
    assert abs(sum(map(bool, met)) / len(met) - SHARE) < 0.05
    threads, sockets, memory = zip(*seen, strict=True)
    assert threads[-1] <= threads[0] + 2
    assert sockets[-1] <= sockets[0] + 4, "a connection that broke is not kept"
    assert memory[-1] < 5e6, "nothing grows with the number of requests"
