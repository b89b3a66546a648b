"""The identity of an export, in words: an interrupted export is recognized by it, and another one refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..grids.coordinates import GRID_MAPPING
from .reads import reads_of, reads_of_corner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from .journal import Identity
    from .parts import Part


CONTENT = "version of the images, or argument"
"""The word for the sources of the pixels and the computations on them."""

_PLAN = "plan of parts"
"""The word for the parts; its value begins with their number."""


def identity_of(dataset: xr.Dataset, parts: Sequence[Part], settings: Mapping[str, object]) -> Identity:
    """Describe an export.

    Parameters
    ----------
    dataset : xarray.Dataset
    parts : sequence of Part
    settings : mapping of str to object
        Settings of the target, such as a format and a compression.

    Returns
    -------
    mapping of str to str
        By word, such as "grid", a text that is the same for the same export in another process. The versions of the
        images are part of it, where the service says them.
    """
    source = dataset.encoding.get("source", dataset.attrs.get("source", "a dataset in memory"))
    variables = [f"{name} {array.dtype} {dict(array.sizes)}" for name, array in dataset.data_vars.items()]
    return {
        "source": str(source),
        "grid": _grid(dataset),
        "list of images": _images(dataset),
        "list of variables": "; ".join(variables),
        "setting": ", ".join(f"{name}={value}" for name, value in settings.items()),
        CONTENT: _tokenize(*contents_of(dataset)),
        _PLAN: f"{len(parts)} parts, {_tokenize([part.key for part in parts])}",
    }


def parts_in(identity: Identity) -> int:
    """The number of parts of an export, by its identity."""
    return int(identity[_PLAN].split()[0])


def _tokenize(*values: object) -> str:
    """A short text that is the same for the same values in every process."""
    from dask import base  # noqa: PLC0415 - slow to import, and few export

    return str(base.tokenize(*values))


def _grid(dataset: xr.Dataset) -> str:
    spatial = dataset.coords.get(GRID_MAPPING)
    attrs = {} if spatial is None else spatial.attrs
    where = _tokenize(*(dataset[name].values for name in ("x", "y") if name in dataset.coords))
    crs = str(attrs.get("crs_wkt", "no CRS")).split(",", 1)[0]
    return f"{crs}, GeoTransform {attrs.get('GeoTransform', 'unknown')}, {where}"


def _images(dataset: xr.Dataset) -> str:
    if "id" in dataset.coords:
        ids = np.atleast_1d(dataset["id"].values).tolist()
    elif "time" in dataset.coords:
        ids = np.atleast_1d(dataset["time"].values).astype(str).tolist()
    else:
        return "one image"
    return f"{len(ids)} from {ids[0]} to {ids[-1]}, {_tokenize(ids)}" if ids else "none"


def contents_of(dataset: xr.Dataset) -> list[str]:
    """For each variable a text that stands for the sources of its pixels and the computations on them."""
    return [_content(array.variable) for array in dataset.data_vars.values()]


def _content(variable: xr.Variable) -> str:
    if variable.chunks is not None:
        # The name of a Dask array stands for all computations, but not for the versions of the images.
        return _tokenize(variable.data.name, [read.pixels for read in reads_of_corner(variable)])
    reads = reads_of(variable)
    return _tokenize([(read.pixels, read.key.tuple) for read in reads] if reads else variable.values)
