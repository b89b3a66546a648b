"""What a progress bar hears adds up, whatever happens to the requests."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

import xee_lite
from tests.client.scenes import ID, SHAPE, filled, stack

if TYPE_CHECKING:
    from tests.client.scenes import Serve


class Progress:
    def __init__(self, total: int) -> None:
        self.done, self.total = 0, total
        self.heard: Counter[type] = Counter()
        self._lock = Lock()

    def __call__(self, event: Any) -> None:
        with self._lock:
            self.heard[type(event)] += 1
            if isinstance(event, xee_lite.Split):
                self.total += event.parts - 1
            elif isinstance(event, xee_lite.Done) and event.error is None and event.request.window:
                self.done += 1


def test_a_progress_bar_ends_at_its_end_through_retries_and_splits(serve: Serve) -> None:
    assets, truth = stack(8)
    earth = serve(assets=dict(assets))
    dataset = xr.open_dataset(ID, engine="xee_lite", request_bytes=4 * 5 * int(np.prod(SHAPE)), cache=False)
    progress = Progress(xee_lite.explain(dataset).count)
    earth.faults.next("computePixels", ["503", "memory"])
    stop = xee_lite.subscribe(progress)
    with xee_lite.set_options(request_deadline=60):
        np.testing.assert_array_equal(dataset["B1"].values, filled(truth, "f4"))
    assert (progress.done, progress.total) == (3, 3), "of two, one was made in halves"
    assert progress.heard == {xee_lite.Started: 5, xee_lite.Retried: 1, xee_lite.Split: 1, xee_lite.Done: 4}

    stop()
    _ = dataset["B1"].isel(time=0).values
    assert progress.done == 3, "what ended hears nothing"


def test_metadata_is_heard_too_and_has_no_window(serve: Serve) -> None:
    assets, _ = stack(1)
    serve(assets=assets)
    heard: list[Any] = []
    stop = xee_lite.subscribe(heard.append)
    xr.open_dataset(ID, engine="xee_lite")
    stop()
    assert [(type(event), event.request.asset, event.request.window) for event in heard] == [
        (xee_lite.Started, ID, ""),
        (xee_lite.Done, ID, ""),
    ]
