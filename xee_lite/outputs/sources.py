"""The dataset that values are taken from: one that is open, or a source that is opened around points or polygons."""

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
"""Arguments that say which part of a source is opened."""

_MARGIN = 1e-4
"""Degrees around points or polygons (ten metres, chosen), so that images and pixels at their edges are found too."""

_MARGIN_PIXELS = 3
"""Pixels around them (chosen), for the neighbours of an interpolation."""


def dataset_of(
    source: object,
    bands: str | Sequence[str] | None,
    properties: str | Sequence[str] | None,
    arguments: Mapping[str, Any],
    bounds: Callable[[float], Bounds | None],
) -> xr.Dataset:
    """The dataset to take values from, without Dask where its variables are plain reads.

    Parameters
    ----------
    source : Dataset, DataArray, or whatever ``open_dataset`` takes
    bands, properties
        As in ``open_dataset``; the bands of a dataset are its variables.
    arguments : mapping
        The other arguments of ``open_dataset``.
    bounds : callable
        From a margin in degrees to the bounds in degrees of points or polygons with it; None where these have no
        positions. A collection is opened within them, unless the arguments say where.

    Raises
    ------
    InputError
        If the arguments do not suit the source.
    """
    if isinstance(source, (xr.Dataset, xr.DataArray)):
        return without_dask(_variables(source, bands, properties, arguments))
    given = Arguments.of({"lazy_coords": True, **arguments, "bands": bands, "properties": properties})
    has_grid = any(getattr(given, name) is not None for name in _GRID)
    around = None if has_grid else bounds(_MARGIN)
    opening = Opening.of(_asset(source), given if around is None else replace(given, bbox=around))
    stack = opening.source.stack
    if around is None:
        return opening.dataset()
    if stack.is_image and stack.finest_grid is not None:  # a dataset of the whole image costs nothing
        return replace(opening, arguments=replace(opening.arguments, bbox=None)).dataset()
    # The size of a pixel is known from the grid: the margin grows by some pixels.
    grid = grid_of(opening.dataset())
    margin = _MARGIN + _MARGIN_PIXELS * nominal_scale(grid) / METRES_PER_DEGREE
    return replace(opening, arguments=replace(opening.arguments, bbox=bounds(margin))).dataset()


def _asset(source: object) -> object:
    """The source, an id without "ee://" before it."""
    return source.removeprefix("ee://") if isinstance(source, str) else source


def _variables(
    source: xr.Dataset | xr.DataArray,
    bands: str | Sequence[str] | None,
    properties: object,
    arguments: Mapping[str, Any],
) -> xr.Dataset:
    """The chosen variables of a dataset, which must have pixels."""
    unknown = [*arguments, *(["properties"] if properties is not None else [])]
    if unknown:
        raise InputError(f"{unknown[0]}= is an argument of opening, but a dataset is open: pass it to open_dataset.")
    dataset = source.to_dataset(name=source.name or "data") if isinstance(source, xr.DataArray) else source
    names = [bands] if isinstance(bands, str) else list(dataset.data_vars if bands is None else bands)
    missing = next((name for name in names if name not in dataset.data_vars), None)
    if missing is not None:
        raise InputError(f"bands={missing!r} is no variable of the dataset: it has {', '.join(map(str, dataset))}.")
    chosen = dataset[names]
    without = [name for name in names if not {"y", "x"} <= set(chosen[name].dims)]
    if without or not names:
        raise InputError(
            f"The dataset has no pixels in {', '.join(map(str, without)) or 'it'}: its variables need y and x."
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
