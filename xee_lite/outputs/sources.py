"""A dataset to take values from: one that was opened, or a source that is opened around the places that are wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import xarray as xr

from ..arguments import Arguments
from ..errors import InputError
from ..grids.georeference import grid_of
from ..grids.grid import METRES_PER_DEGREE, Grid, nominal_scale
from ..opened import without_dask
from ..opening import Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..grids.reprojection import Bounds

_GRID = ("grid", "like", "bbox", "geometry", "shape", "shape_2d")
"""Arguments by which the user says which part of a source is meant."""

_SLACK = 1e-4
"""Degrees around places, ten metres, by which images and pixels at their edges are found too."""

_PIXELS = 3
"""Around places, which neighbours are taken from."""


def dataset_of(
    source: object,
    bands: str | Sequence[str] | None,
    properties: str | Sequence[str] | None,
    arguments: Mapping[str, Any],
    bounds: Callable[[float], Bounds | None],
) -> xr.Dataset:
    """The dataset that is meant, without Dask where it is plainly read.

    Parameters
    ----------
    source : Dataset, DataArray, or whatever ``open_dataset`` takes
    bands, properties
        Of `Arguments`; of a dataset, bands are its variables.
    arguments : mapping
        The other arguments of ``open_dataset``.
    bounds : callable
        From a margin in degrees to the bounds of the places in degrees, None where there are none. A collection is
        opened there alone, unless the arguments say where.

    Raises
    ------
    InputError
        If the arguments do not suit the source.
    """
    if isinstance(source, (xr.Dataset, xr.DataArray)):
        return without_dask(_chosen(source, bands, properties, arguments))
    given = Arguments.of({"lazy_coords": True, **arguments, "bands": bands, "properties": properties})
    told = any(getattr(given, name) is not None for name in _GRID)
    around = None if told else bounds(_SLACK)
    opening = Opening.of(_asset(source), given if around is None else replace(given, bbox=around))
    stack = opening.source.stack
    if around is None:
        return opening.dataset()
    if stack.is_image and stack.finest_grid is not None:
        return replace(opening, arguments=replace(opening.arguments, bbox=None)).dataset()
    grid = grid_of(opening.dataset())
    margin = _SLACK + _PIXELS * nominal_scale(grid) / METRES_PER_DEGREE
    return replace(opening, arguments=replace(opening.arguments, bbox=bounds(margin))).dataset()


def _asset(source: object) -> object:
    return source.removeprefix("ee://") if isinstance(source, str) else source


def _chosen(
    source: xr.Dataset | xr.DataArray,
    bands: str | Sequence[str] | None,
    properties: object,
    arguments: Mapping[str, Any],
) -> xr.Dataset:
    """The variables of a dataset that have pixels."""
    unknown = [*arguments, *(["properties"] if properties is not None else [])]
    if unknown:
        raise InputError(f"{unknown[0]}= is an argument of opening, but a dataset is open: pass it to open_dataset.")
    dataset = source.to_dataset(name=source.name or "data") if isinstance(source, xr.DataArray) else source
    names = [bands] if isinstance(bands, str) else list(dataset.data_vars if bands is None else bands)
    missing = next((name for name in names if name not in dataset.data_vars), None)
    if missing is not None:
        raise InputError(f"bands={missing!r} is no variable of the dataset: it has {', '.join(map(str, dataset))}.")
    chosen = dataset[names]
    flat = [name for name in names if not {"y", "x"} <= set(chosen[name].dims)]
    if flat or not names:
        raise InputError(
            f"The dataset has no pixels in {', '.join(map(str, flat)) or 'it'}: its variables need y and x."
        )
    return chosen


def grid_of_dataset(dataset: xr.Dataset) -> Grid:
    """The grid of a dataset's pixels.

    Raises
    ------
    InputError
        If it has none.
    """
    try:
        return grid_of(dataset)
    except InputError as error:
        raise InputError(
            f"The dataset says no grid ({str(error).removeprefix('like= ')}): pass one that xee_lite opened, and that "
            "was indexed at most."
        ) from error
