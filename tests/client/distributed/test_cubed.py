"""cubed instead of Dask: xarray's chunk manager of that name takes the lazy arrays as they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import filled, opened, stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

cubed: Any = pytest.importorskip("cubed", reason="needs the extra 'cubed'")
pytest.importorskip("cubed_xarray", reason="needs the extra 'cubed'")


def test_cubed_computes_and_writes(serve: Serve, tmp_path: Path) -> None:
    assets, pixels = stack(3)
    earth = serve(assets=assets)
    spec = cubed.Spec(work_dir=str(tmp_path / "work"), allowed_mem="200MB")
    dataset = opened(chunks={"time": 1}, chunked_array_type="cubed", from_array_kwargs={"spec": spec})
    assert isinstance(dataset["B1"].data, cubed.Array)
    earth.requests.clear()
    with np.errstate(all="ignore"):
        mean = (dataset["B1"] * 2).sum("time").compute()
    assert Counter(request.kind for request in earth.requests) == {"computePixels": 3}
    np.testing.assert_allclose(mean, np.nansum(filled(pixels, "f4") * 2, axis=0))
    xr.testing.assert_identical(dataset.compute(), opened(chunks=None).load())
