"""The parts of an export are read side by side, whatever Dask's scheduler is, and written as they come."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from ..argument_values import check_errors
from ..errors import InputError, OutputError, RequestError
from ..options import OPTIONS
from ..traffic.concurrency import run_all
from .dask_parts import compute_parts
from .reads import reads_of_corner, records_failures
from .recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import xarray as xr

    from ..argument_values import Errors
    from ..planning.limits import Limits
    from .parts import Part
    from .progress import ProgressArgument

PART_BYTES = 32 * 2**20
"""Bytes of the variables that share a part: as many as a request to Earth Engine counts at most by default."""

_COPIES = 3
"""A part takes so many times its bytes while it is read and written: the reply, the pixels, and their encoding.

One less where the pixels are written as they are."""


def check_export(dataset: xr.Dataset, errors: Errors) -> None:
    """Refuse a dataset that can not be exported, before anything is written.

    Raises
    ------
    InputError
        If `errors` is unknown, or the dataset was opened so that failed requests become missing pixels.
    """
    check_errors(errors)
    if records_failures(dataset):
        raise InputError(
            "The dataset was opened with errors='record', by which an export would keep missing pixels for good where "
            "a request failed: open it without, and pass errors='record' to the export, which asks for those again."
        )


def write_parts(
    dataset: xr.Dataset,
    parts: Sequence[Part],
    done: Collection[str],
    write: Callable[[Part, xr.Dataset], None],
    *,
    errors: Errors,
    progress: ProgressArgument,
    staged: bool = False,
) -> Recorder:
    """Read each part that is not done, and hand it to a writer.

    Parts without Dask are read side by side: as many as the service allows requests at once and as fit into twice
    ``set_options(read_ahead_bytes=...)``, by default 1 GiB, but at least two. Parts of Dask arrays are computed in one
    graph by Dask's threads; their reads are started ahead within ``read_ahead_bytes``.

    Parameters
    ----------
    dataset : xarray.Dataset
    parts : sequence of Part
    done : collection of str
        Keys of the parts that are written already.
    write : callable
        Called with a part and its variables in memory, in the thread that has read them.
    errors : "raise" or "record"
        Whether a part that fails for good ends the export, or is recorded.
    progress : True, callable or None
    staged : bool
        Whether the writer keeps pixels on disk as they are, which takes no copy of them, and may write a file of them:
        there is one thread more than requests, since a thread that writes a file asks for nothing.

    Raises
    ------
    RequestError
        When the service could not give a part.
    OutputError
        When a part could not be written.
    """
    missing = [part for part in parts if part.key not in done]
    by_dask = {str(name) for name, array in dataset.data_vars.items() if array.chunks is not None}
    plain = [part for part in missing if part.names[0] not in by_dask]
    chunked = [part for part in missing if part.names[0] in by_dask]
    concurrency, memory = _under_way(_limits(dataset), plain, chunked, staged=staged)
    recorder = Recorder(parts, [part for part in parts if part.key in done], memory, progress)
    bare = dataset.drop_vars(list(dataset.coords))
    written: set[str] = set()

    def keep(part: Part, values: xr.Dataset) -> None:
        with writing():
            write(part, values)
        written.add(part.key)
        recorder.wrote(part)

    def export(part: Part) -> None:
        try:
            # load() reads the bands of all variables of a window in one request. The scheduler is for variables that
            # are Dask arrays, where this runs after a failure.
            values = bare[list(part.names)].isel(part.slices).copy().load(scheduler="synchronous")
        except RequestError as error:
            if errors == "raise":
                raise
            recorder.missed(part, error)
            return
        keep(part, values)

    with recorder.running():
        run_all([partial(export, part) for part in plain], concurrency)
        if chunked:
            try:
                compute_parts(bare, [part for part in parts if part.names[0] in by_dask], chunked, keep)
            except RequestError:
                if errors == "raise":
                    raise
                # A failure ends the whole graph: the rest is computed part by part, to find the parts that fail.
                run_all([partial(export, part) for part in chunked if part.key not in written], concurrency)
    return recorder


def require(*modules: str) -> None:
    """Refuse an export whose libraries are not installed.

    Raises
    ------
    InputError
        It says what to install.
    """
    for name in modules:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            raise InputError(f"{name} is needed for this way out: pip install 'xee_lite[io]' brings it.") from error


@contextmanager
def writing() -> Iterator[None]:
    """Within this block a file that can not be written raises an error that says what to do.

    Raises
    ------
    OutputError
    """
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise unwritten(error) from error


def unwritten(error: OSError) -> OutputError:
    """The error for a file that could not be written, which says what to do."""
    where = f" {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"no space is left to write{where}: make room and run the same export again, which goes on.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"can not write{where} ({error.strerror}): pass a path that you may write to.")
    return OutputError(f"writing{where} failed ({error.strerror or error}): what was written stays, run it again.")


def _under_way(
    limits: Limits | None, plain: Sequence[Part], chunked: Sequence[Part], *, staged: bool
) -> tuple[int, int]:
    """How many parts are read at once, and the bytes of memory that all parts under way may take."""
    cores = os.cpu_count() or 1
    copies = _COPIES - staged
    max_plain, max_chunked = (copies * max((part.bytes for part in parts), default=0) for parts in (plain, chunked))
    allowed = cores if limits is None else OPTIONS.concurrency(limits.concurrent_requests)
    fitting = 2 * OPTIONS.read_ahead_bytes // max(1, max_plain, max_chunked)
    concurrency = min(min(allowed, max(2, fitting)) + staged, max(1, len(plain) + len(chunked)))
    by_dask = min(cores, len(chunked)) * max_chunked
    ahead = min(OPTIONS.read_ahead_bytes, copies * sum(part.bytes for part in chunked))
    return concurrency, max(min(concurrency, len(plain)) * max_plain, by_dask + ahead)


def _limits(dataset: xr.Dataset) -> Limits | None:
    """The limits of the service that is read; None where no service is."""
    for array in dataset.data_vars.values():
        for read in reads_of_corner(array.variable):
            return read.pixels.limits
    return None
