"""The region of a file: its geometries with their CRS, checked to be valid."""

from __future__ import annotations

from typing import Any

from ..errors import InputError, brief

GeoJSON = dict[str, Any]


def read_aoi(name: str) -> GeoJSON:
    """Read the geometries of a file.

    Parameters
    ----------
    name : str
        A path, which ``:`` and a layer may follow.

    Returns
    -------
    dict
        A GeoJSON collection with the CRS of the file, for the argument ``geometry`` of `xr.open_dataset`.

    Raises
    ------
    InputError
        If there is no such file or layer, or it has no CRS, no geometry, or one that is invalid.
    """
    from ..outputs.vectors import vectors_of  # noqa: PLC0415 - with the machinery of grids

    try:
        vectors = vectors_of(name, None, argument="--aoi")
    except InputError as error:
        raise InputError(_as_an_option(str(error))) from error
    if vectors.positions is not None:
        points = [{"type": "Point", "coordinates": [x, y]} for x, y in zip(*vectors.positions, strict=True)]
        return _collection(points, vectors.crs)
    shapes = [(number, shape) for number, shape in enumerate(vectors.geometries) if shape is not None]
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
    return _collection([shape.__geo_interface__ for _, shape in shapes], vectors.crs)


def _as_an_option(message: str) -> str:
    """A message of `vectors_of` in the words of the option, beside which there is none for the CRS."""
    return message.replace("--aoi_crs=", "a file that says its CRS").replace("has no --aoi", "has no geometry")


def _collection(geometries: list[GeoJSON], crs: str) -> GeoJSON:
    named = {"type": "name", "properties": {"name": crs}}
    return {"type": "GeometryCollection", "geometries": geometries, "crs": named}
