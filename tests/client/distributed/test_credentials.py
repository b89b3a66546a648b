"""Workers without credentials say what to set and where; a recipe gives them some, also after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from google.oauth2.credentials import Credentials

from tests.client.distributed.clusters import cluster_of
from tests.client.scenes import filled, opened, stack
from xee_lite import InputError
from xee_lite.distributed import WorkerCredentials

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

TOKEN = "the-token"  # noqa: S105 - of a server of the test


def test_workers_take_credentials_from_a_recipe(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets, pixels = stack(3)
    earth = serve(assets=dict(assets), token=TOKEN)
    ee.Initialize(Credentials(TOKEN), url=earth.url, project="xee-lite")
    dataset = opened(chunks={})
    for name in ("HOME", "CLOUDSDK_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    secret = tmp_path / "token"
    secret.write_text(TOKEN)

    def recipe(path: str = str(tmp_path / "nowhere")) -> Any:
        from pathlib import Path  # noqa: PLC0415 - in the worker

        return Credentials(Path(path).read_text("utf-8"))

    with cluster_of(1, 1) as client:
        (address,) = client.nthreads()
        with pytest.raises(
            InputError, match=f"Dask worker {address} .*finds no credentials.*'xee-lite' at {earth.url}"
        ):
            dataset.compute()
        client.register_plugin(WorkerCredentials(recipe))
        with pytest.raises(InputError, match=f"Dask worker {address} .*the recipe .*'xee-lite'.*FileNotFoundError"):
            dataset.compute()
        client.register_plugin(WorkerCredentials(lambda: recipe(str(secret))))
        client.restart_workers(list(client.nthreads()), timeout=60)
        np.testing.assert_array_equal(dataset.compute()["B1"], filled(pixels, "f4"))
        assert set(client.nthreads()) != {address}
