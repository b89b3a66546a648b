"""From Earth Engine's description of an image to the bands of a stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine

from ..grids.grid import Grid, Window
from ..stack import Band, Projection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NO_PROJECTION = ("EPSG:4326", [1, 0, 0, 0, 1, 0])
"""The projection that Earth Engine names for composites and constants, which have none (guide to projections)."""


@dataclass(frozen=True, slots=True)
class BandKinds:
    """The pixel types of one band over all images.

    Attributes
    ----------
    members : list of mapping
        Of the images one by one, resampled as they will be; each as ``getInfo`` gives it.
    results : list of mapping
        The same after they are combined, where they are.
    """

    members: list[Mapping[str, Any]]
    results: list[Mapping[str, Any]]


def bands_of(
    image: Mapping[str, Any], kinds: Callable[[str], BandKinds | None], properties: Mapping[str, Any]
) -> tuple[Band, ...]:
    """The bands of a described image.

    Parameters
    ----------
    image : mapping
        As ``getInfo`` gives it.
    kinds : callable
        The pixel types of a band over all images, by its name; None where only those of the image are known.
    properties : mapping
        Where names of classes are looked up, as ``<band>_class_values`` and ``<band>_class_names``.
    """
    bands = []
    for band in image.get("bands", ()):
        own = [band["data_type"]]
        bands.append(_band_of(band, kinds(band["id"]) or BandKinds(own, own), properties))
    return tuple(bands)


def _band_of(band: Mapping[str, Any], kinds: BandKinds, properties: Mapping[str, Any]) -> Band:
    name = band["id"]
    declared = [*kinds.members, *kinds.results]
    if any(kind.get("dimensions") for kind in declared):
        return Band(name, np.dtype("<f8"), is_array=True)
    dtype = _common(kinds.results)
    differ = any(kind != kinds.members[0] for kind in kinds.members)
    classes = class_table(dtype, properties.get(f"{name}_class_values"), properties.get(f"{name}_class_names"))
    return Band(
        name,
        dtype,
        _range_of(kinds.results),
        _grid_of(band),
        _projection_of(band),
        classes,
        _common(kinds.members) if differ else None,
    )


def _common(kinds: Sequence[Mapping[str, Any]]) -> np.dtype[Any]:
    """The type of NPY that holds the values of all."""
    dtypes = [pixel_dtype(kind) for kind in kinds]
    common = np.result_type(*dtypes)
    # uint32 beside int8 is int64, which Earth Engine does not send.
    return common if common.itemsize <= 4 or common.kind == "f" else np.dtype("<f8")


def _range_of(kinds: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Least and greatest value of all; None where one is no integer type or declares no range."""
    ends = [(kind.get("min"), kind.get("max")) for kind in kinds if kind["precision"] == "int"]
    lows, highs = zip(*ends, strict=True) if ends else ((None,), (None,))
    if len(ends) < len(kinds) or None in lows or None in highs:
        return None
    return min(lows), max(highs)


def pixel_dtype(kind: Mapping[str, Any]) -> np.dtype[Any]:
    """The dtype in which Earth Engine puts a pixel type into NPY.

    The table is that of GDAL's Earth Engine driver (BuildBandDescArray in frmts/eeda/eedacommon.cpp); an absent minimum
    is 0. A range beyond 32 bits is not in that table: it is asked for as double, which holds 53 bits.
    """
    if kind["precision"] == "double":
        return np.dtype("<f8")
    if kind["precision"] == "float":
        return np.dtype("<f4")
    low, high = kind.get("min", 0), kind.get("max", 2**32 - 1)
    for name in ("u1", "i1", "<u2", "<i2", "<u4", "<i4"):
        info = np.iinfo(name)
        if info.min <= low and high <= info.max:
            return np.dtype(name)
    return np.dtype("<f8")


def _grid_of(band: Mapping[str, Any]) -> Grid | None:
    """The band's own grid; None for composites and constants, which have no dimensions."""
    if "dimensions" not in band or "crs" not in band:
        return None
    width, height = band["dimensions"]
    column, row = band.get("origin", (0, 0))
    lattice = Grid(band["crs"], Affine(*band["crs_transform"]), (height, width))
    return lattice.window(Window(row, column, height, width)) if (row, column) != (0, 0) else lattice


def _projection_of(band: Mapping[str, Any]) -> Projection | None:
    if "crs" not in band or "crs_transform" not in band:
        return None
    if "dimensions" not in band and (band["crs"], band["crs_transform"]) == _NO_PROJECTION:
        return None
    return Projection(band["crs"], Affine(*band["crs_transform"]))


def class_table(dtype: np.dtype[Any], values: object, names: object) -> dict[int, str]:
    """Names of classes by their values.

    Parameters
    ----------
    dtype : numpy.dtype
        The band's type; values that it can not hold are left out.
    values, names : list
        Earth Engine's properties ``<band>_class_values`` and ``<band>_class_names``.

    Returns
    -------
    dict
        Empty where the two lists differ in length, are no whole numbers and texts, or have a value twice.
    """
    if not isinstance(values, list) or not isinstance(names, list) or len(values) != len(names):
        return {}
    if not all(isinstance(value, (int, float)) and float(value).is_integer() for value in values):
        return {}
    if not all(isinstance(name, str) for name in names) or len(set(values)) < len(values):
        return {}
    return {int(value): name for value, name in zip(values, names, strict=True) if _fits(dtype, int(value))}


def _fits(dtype: np.dtype[Any], value: int) -> bool:
    if dtype.kind == "f":
        return bool(abs(value) <= 2 ** (np.finfo(dtype).nmant + 1))
    info = np.iinfo(dtype)
    return bool(info.min <= value <= info.max)
