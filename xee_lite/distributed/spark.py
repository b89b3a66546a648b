"""A dataset read by the executors of Apache Spark: regions of a Zarr store, or rows of a table."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, RequestError, brief
from ..options import OPTIONS, set_options
from ..outputs.parts import chunks_by_name, parts_of
from ..outputs.reads import reads_of_corner
from ..outputs.running import PART_BYTES
from ..outputs.zarr_place import Folder
from ..outputs.zarr_target import ZarrTarget, make
from ..traffic.concurrency import run_all

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    import pandas as pd
    import pyspark.sql
    import xarray as xr

    from ..outputs.parts import Part

_TYPES = {
    "b1": "boolean", "i1": "byte", "i2": "short", "i4": "int", "i8": "bigint", "u1": "short", "u2": "int",
    "u4": "bigint", "f4": "float", "f8": "double",
}  # fmt: skip
"""Spark's types by NumPy's. Spark has no unsigned integers: these get the next larger signed types."""

_TASKS_EACH = 4
"""Tasks of Spark for each that runs at once (chosen, not measured)."""


@dataclass(frozen=True, slots=True)
class Job:
    """The reads of a dataset, as an executor needs them; plain data that pickles, without a credential.

    Attributes
    ----------
    dataset : bytes
        Pickled with the options that hold in each Python process of the executors.
    parts : tuple of Part
    concurrency : int
        Requests at once in one process.
    """

    dataset: bytes
    parts: tuple[Part, ...]
    concurrency: int

    def run(self, numbers: Iterable[int], use: Callable[[Part, xr.Dataset], None]) -> list[tuple[int, str]]:
        """Read parts side by side and call a function for each; returns the failed ones with their errors."""
        dataset = pickle.loads(self.dataset)  # noqa: S301 - from our own driver
        failed: list[tuple[int, str]] = []

        def read(number: int) -> None:
            part = self.parts[number]
            try:
                values = dataset[list(part.names)].isel(part.slices).load()
            except RequestError as error:
                failed.append((number, str(error)))
                return
            use(part, values)

        run_all([partial(read, number) for number in numbers], self.concurrency)
        return failed


def write_zarr(
    spark: pyspark.sql.SparkSession, ds: xr.Dataset, store: str | os.PathLike[str], *, tasks: int | None = None
) -> list[str]:
    """Write a dataset to a Zarr store, each chunk by the executor that reads it.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
    ds : xarray.Dataset
        Opened with this engine without ``chunks=``, and maybe indexed.
    store : path
        A folder that does not exist yet, where the driver and all executors can write.
    tasks : int, optional
        Tasks of Spark that run at once, among which the service's limit is divided; by default Spark's
        ``defaultParallelism``.

    Returns
    -------
    list of str
        The parts that failed for good, in words; they are missing in the store. Empty where all is written.

    Raises
    ------
    InputError
        If the store exists, or the dataset has Dask arrays.

    Examples
    --------
    >>> from xee_lite.distributed.spark import write_zarr
    >>> def job(spark, ds):
    ...     failed = write_zarr(spark, ds, "/shared/dem.zarr")
    """
    path = Path(store)
    if path.exists():
        raise InputError(f"{path} exists already: pass another path, or remove it.")
    job, at_once = _job(spark, ds, tasks)
    make(ds, Folder(path), chunks_by_name(ds))

    def written(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        import pandas as pd  # noqa: PLC0415 - on an executor

        target = ZarrTarget(Folder(path))
        for batch in batches:
            failed = job.run(batch["id"], lambda part, values: target.write(part, values, {}))
            yield pd.DataFrame(failed, columns=["part", "error"])

    rows = _numbers(spark, job, at_once).mapInPandas(written, "part bigint, error string").collect()
    return [f"{job.parts[row['part']]}: {row['error']}" for row in rows]


def table(spark: pyspark.sql.SparkSession, ds: xr.Dataset, *, tasks: int | None = None) -> pyspark.sql.DataFrame:
    """The pixels of a dataset as rows: a column for each dimension and coordinate along one, and for each variable.

    The pixels are read when Spark computes the table, as by ``.write.parquet(path)``; missing ones are null.

    Parameters
    ----------
    spark, ds, tasks
        As for `write_zarr`.

    Returns
    -------
    pyspark.sql.DataFrame

    Raises
    ------
    InputError
        If the dataset has Dask arrays, or has variables that differ in their dimensions.
    RequestError
        When Spark computes the table, within an exception of Spark's.

    Examples
    --------
    >>> from xee_lite.distributed.spark import table
    >>> def job(spark, points):
    ...     table(spark, points).write.parquet("/shared/samples.parquet")
    """
    if len({array.dims for array in ds.data_vars.values()}) != 1:
        raise InputError(
            "The variables differ in their dimensions, so that they are no columns of one table: select some."
        )
    job, at_once = _job(spark, ds, tasks)
    columns = _columns(ds)

    def rows(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            yield from _frames(job, batch["id"], list(columns))

    schema = ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
    return _numbers(spark, job, at_once).mapInPandas(rows, schema)


def _job(spark: Any, ds: xr.Dataset, tasks: int | None) -> tuple[Job, int]:  # noqa: ANN401 - of an untyped library
    """The job of a dataset, and how many tasks run at once."""
    lazy = [str(name) for name, array in ds.variables.items() if array.chunks is not None]
    if lazy:
        raise InputError(f"The dataset is of Dask (such as {brief(lazy[0])}): open it without chunks=.")
    if tasks is not None and (not isinstance(tasks, int) or isinstance(tasks, bool) or tasks < 1):
        raise InputError(f"tasks is {brief(tasks)}: pass how many tasks of Spark run at once, 1 or more.")
    at_once = tasks or int(spark.sparkContext.defaultParallelism)
    chunks = chunks_by_name(ds)
    parts = parts_of(ds, chunks, PART_BYTES, {})
    limits = next(
        (read.pixels.limits for array in ds.data_vars.values() for read in reads_of_corner(array.variable)), None
    )
    if limits is None:
        return Job(pickle.dumps(ds), tuple(parts), 1), at_once
    concurrency = max(1, OPTIONS.concurrency(limits.concurrent_requests) // at_once)
    rate = OPTIONS.rate(limits.requests_per_second) / at_once
    # Python processes of Spark do not know of each other: each gets its share of the limits.
    with set_options(max_concurrent_requests=concurrency, requests_per_second=rate):
        return Job(pickle.dumps(ds), tuple(parts), concurrency), at_once


def _numbers(spark: Any, job: Job, at_once: int) -> Any:  # noqa: ANN401 - of an untyped library
    """The numbers of the parts as rows, in several tasks for each that runs at once, so that all end about together."""
    count = len(job.parts)
    tasks = max(1, min(math.ceil(count / job.concurrency), _TASKS_EACH * at_once))
    return spark.range(0, count, 1, tasks)


def _columns(ds: xr.Dataset) -> dict[str, str]:
    """Names and types of the columns."""
    dims = next(iter(ds.data_vars.values())).dims
    along = [str(name) for name, array in ds.coords.items() if array.dims and set(array.dims) <= set(dims)]
    plain = [str(dim) for dim in dims if str(dim) not in along]
    names = [*plain, *along, *map(str, ds.data_vars)]
    return {name: "bigint" if name in plain else _type(ds[name].dtype) for name in names}


def _type(dtype: np.dtype[Any]) -> str:
    if dtype.kind == "M":
        return "timestamp_ntz"
    if dtype.kind in "OUT":
        return "string"
    if dtype.str[1:] not in _TYPES:
        raise InputError(f"Spark has no type for {dtype}: cast the variable with astype.")
    return _TYPES[dtype.str[1:]]


def _frames(job: Job, numbers: Iterable[int], columns: list[str]) -> list[pd.DataFrame]:
    """Parts as rows. One that fails makes the task fail, which Spark tries again by its own rules."""
    frames: list[pd.DataFrame] = []
    failed = job.run(numbers, lambda _, values: frames.append(_frame(values, columns)))
    if failed:
        raise RuntimeError(failed[0][1])
    return frames


def _frame(values: xr.Dataset, columns: list[str]) -> pd.DataFrame:
    frame = values.drop_vars([name for name, array in values.coords.items() if not array.dims]).to_dataframe()
    return frame.reset_index()[columns]
