"""NPY files of the service's form: a structured array (y, x) with a field for each band, 0 where masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from .parts import Part
from .recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from .progress import Listener

_BLOCK_BYTES = 256 * 2**20
"""Bytes of the rows that are read and written at a time (chosen); a single row may have more."""


def write_npy(dataset: xr.Dataset, path: Path, tell: Listener | None = None) -> None:
    """Write bands to a file that `numpy.load` reads; it appears under its name when it is complete.

    Parameters
    ----------
    dataset : xarray.Dataset
        Variables (y, x), which become fields of their own types.
    path : path
        A file that is there is replaced.
    tell : callable or None
        Gets a `Progress` of the blocks of rows that are written one after the other.

    Raises
    ------
    RequestError
        When the service could not give a part; a file that was there before stays.
    OSError
        When the file could not be written.
    """
    dtype = np.dtype([(str(name), array.dtype.newbyteorder("<")) for name, array in dataset.data_vars.items()])
    height, width = dataset.sizes["y"], dataset.sizes["x"]
    rows = max(1, _BLOCK_BYTES // (width * dtype.itemsize))
    cuts = [(start, min(start + rows, height)) for start in range(0, height, rows)]
    names = tuple(map(str, dataset.data_vars))
    parts = [Part(names, (("y", *cut), ("x", 0, width)), (cut[1] - cut[0]) * width * dtype.itemsize) for cut in cuts]
    recorder = Recorder(parts, [], 2 * parts[0].bytes, tell)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file, recorder.running():
            _write_header(file, dtype, (height, width))
            for part in parts:
                values = dataset.isel(part.slices).load()
                block = np.empty((values.sizes["y"], width), dtype)
                for name, array in values.data_vars.items():
                    block[str(name)] = array.values
                file.write(block.view("u1").data)
                recorder.wrote(part)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write_header(file: BinaryIO, dtype: np.dtype[np.void], shape: tuple[int, int]) -> None:
    """Write a header of version 1.0, which every reader knows, or of 2.0 where the names of bands are too long."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    try:
        np.lib.format.write_array_header_1_0(file, header)
    except ValueError:
        np.lib.format.write_array_header_2_0(file, header)
