"""The region of a file: its geometries with their CRS, none of them invalid."""

from __future__ import annotations

from typing import Any

from ..errors import InputError, brief

GeoJSON = dict[str, Any]


def read_aoi(name: str) -> GeoJSON:
    """Read the geometries of a file.

    Parameters
    ----------
    name : str
        A path; ``:`` and a layer may follow.

    Returns
    -------
    dict
        A GeoJSON collection with the CRS of the file, as `xr.open_dataset` takes it for ``geometry``.

    Raises
    ------
    InputError
        If there is no such file or layer, or it has no CRS, no geometry, or one that is invalid.
    """
    from ..outputs.vectors import vectors_of  # noqa: PLC0415 - with the machinery of grids

    try:
        found = vectors_of(name, None, argument="--aoi")
    except InputError as error:
        raise InputError(_as_an_option(str(error))) from error
    if found.positions is not None:
        points = [{"type": "Point", "coordinates": [x, y]} for x, y in zip(*found.positions, strict=True)]
        return _collection(points, found.crs)
    shapes = [(number, shape) for number, shape in enumerate(found.geometries) if shape is not None]
    shapes = [(number, shape) for number, shape in shapes if not shape.is_empty]
    if not shapes:
        raise InputError(f"--aoi {brief(name)} has no geometry: pass a file or a layer with at least one.")
    invalid = [(number, shape) for number, shape in shapes if not shape.is_valid]
    if invalid:
        from shapely.validation import explain_validity  # noqa: PLC0415 - an extra

        number, shape = invalid[0]
        raise InputError(
            f"--aoi {brief(name)} has {len(invalid)} invalid of {len(shapes)} geometries; feature {number}: "
            f"{explain_validity(shape)}. Repair them, for example with geopandas' make_valid()."
        )
    return _collection([shape.__geo_interface__ for _, shape in shapes], found.crs)


def _as_an_option(message: str) -> str:
    """A message in the words of this option, which has no argument for the CRS beside it."""
    return message.replace("--aoi_crs=", "a file that says its CRS").replace("has no --aoi", "has no geometry")


def _collection(geometries: list[GeoJSON], crs: str) -> GeoJSON:
    named = {"type": "name", "properties": {"name": crs}}
    return {"type": "GeometryCollection", "geometries": geometries, "crs": named}
