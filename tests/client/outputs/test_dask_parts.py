"""Parts of Dask arrays: what is computed, and what happens to writes when one of them fails."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import dask
import numpy as np
import pytest
import xarray as xr

from xee_lite.outputs.dask_parts import compute_parts
from xee_lite.outputs.parts import chunks_of, parts_of

if TYPE_CHECKING:
    from xee_lite.outputs.parts import Part


def test_no_write_outlives_a_failure() -> None:
    """Dask's threads finish what they have begun, and wrote to a journal that was closed."""
    ds = xr.Dataset({"v": ("x", np.arange(40))}).chunk(x=1)
    parts = parts_of(ds, {"v": chunks_of(ds["v"].variable)}, 1, {})
    first, ended = threading.Lock(), list[str]()

    def write(part: Part, _: xr.Dataset) -> None:
        if not first.acquire(blocking=False):
            raise OSError("full")
        time.sleep(0.2)
        ended.append(part.key)

    with dask.config.set(num_workers=2), pytest.raises(OSError, match="full"):
        compute_parts(ds, parts, parts, write)
    assert len(ended) == 1, "what was being written is whole before the failure is told"
