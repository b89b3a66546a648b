"""NPY files as the service makes them: a structured array (y, x) with a field for each band, 0 where masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

_BLOCK = 256 * 2**20
"""Bytes of the rows that are read and written at once; a single row may have more."""


def write_npy(dataset: xr.Dataset, path: Path) -> None:
    """Write bands to a file that `numpy.load` reads, and put it in its place when it is whole.

    Parameters
    ----------
    dataset : xarray.Dataset
        Variables (y, x), which become fields of their own types.
    path : path
        What is there is replaced.

    Raises
    ------
    RequestError
        When the service could not give a part; what was there before stays.
    OSError
        When the file could not be written.
    """
    dtype = np.dtype([(str(name), array.dtype.newbyteorder("<")) for name, array in dataset.data_vars.items()])
    height, width = dataset.sizes["y"], dataset.sizes["x"]
    rows = max(1, _BLOCK // (width * dtype.itemsize))
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            _write_header(file, dtype, (height, width))
            for start in range(0, height, rows):
                part = dataset.isel(y=slice(start, start + rows)).load()
                block = np.empty((part.sizes["y"], width), dtype)
                for name, array in part.data_vars.items():
                    block[str(name)] = array.values
                file.write(block.view("u1").data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write_header(file: BinaryIO, dtype: np.dtype[np.void], shape: tuple[int, int]) -> None:
    """Version 1.0, the only one that every reader knows, unless the names of the bands are longer than it takes."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    try:
        np.lib.format.write_array_header_1_0(file, header)
    except ValueError:
        np.lib.format.write_array_header_2_0(file, header)
