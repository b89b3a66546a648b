"""The attributes of points and polygons as coordinates of the values that were read there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xarray as xr

from ..grids.coordinates import GRID_MAPPING, LATTICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


def with_attributes(
    values: xr.Dataset, dim: str, attributes: Mapping[str, npt.NDArray[Any]], index: npt.NDArray[Any] | None
) -> xr.Dataset:
    """Attach attributes along a dimension.

    Parameters
    ----------
    values : Dataset
    dim : str
    attributes : mapping of str to ndarray
        An attribute whose name is taken gets the name of the dimension appended.
    index : ndarray, optional
        Labels of the dimension.
    """
    taken = {str(name) for name in (*values.variables, *values.dims)}
    coordinates: dict[str, Any] = {} if index is None else {dim: index}
    for name, column in attributes.items():
        while name in taken or name in coordinates:
            name = f"{name}_{dim}"  # noqa: PLW2901 - until it is free
        coordinates[name] = (dim, column)
    return _without_transform(values.assign_coords(coordinates))


def _without_transform(dataset: xr.Dataset) -> xr.Dataset:
    """The same with the CRS alone in the grid mapping: values at points or of polygons have no transform."""
    if GRID_MAPPING not in dataset.coords:
        return dataset
    mapping = dataset[GRID_MAPPING].variable
    attrs = {key: value for key, value in mapping.attrs.items() if key not in ("GeoTransform", LATTICE)}
    return dataset.assign_coords({GRID_MAPPING: xr.Variable(mapping.dims, mapping.values, attrs)})
