"""The region of a file: geometries with a CRS, from a layer of whatever GDAL's vector drivers read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, brief

if TYPE_CHECKING:
    import geopandas as gpd


def read_aoi(name: str) -> gpd.GeoDataFrame:
    """Read the geometries of a file.

    Parameters
    ----------
    name : str
        A path; ``:`` and a layer may follow.

    Returns
    -------
    geopandas.GeoDataFrame
        With a CRS and at least one geometry, all of them valid.

    Raises
    ------
    InputError
        If there is no such file or layer, or it has no CRS, no geometry, or one that is invalid.
    """
    path, layer = split_layer(name)
    frame = _read(path, layer)
    if frame.crs is None:
        raise InputError(
            f"--aoi {brief(name)} says no CRS, so that its positions may be anywhere: write it with one, such as "
            "EPSG:4326."
        )
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if frame.empty:
        raise InputError(f"--aoi {brief(name)} has no geometry: pass a file or a layer with at least one.")
    invalid = frame.index[~frame.geometry.is_valid]
    if len(invalid):
        reason = frame.geometry.loc[invalid[:1]].is_valid_reason().iloc[0]
        raise InputError(
            f"--aoi {brief(name)} has {len(invalid)} invalid of {len(frame)} geometries; feature {invalid[0]}: "
            f"{reason}. Repair them, for example with geopandas' make_valid()."
        )
    return frame


def split_layer(name: str) -> tuple[Path, str | None]:
    """The path and the layer; a file whose own name has a colon is taken for what it is.

    Raises
    ------
    InputError
        If there is no such file.
    """
    whole = Path(name)
    if whole.exists():
        return whole, None
    path, colon, layer = name.rpartition(":")
    if colon and layer and Path(path).exists():
        return Path(path), layer
    raise InputError(f"--aoi {brief(name)}: there is no such file.")


def _read(path: Path, layer: str | None) -> Any:  # noqa: ANN401 - geopandas is an extra, and untyped
    import geopandas as gpd  # noqa: PLC0415 - an extra
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415 - an extra

    try:
        layers = [str(found) for found in gpd.list_layers(path)["name"]]
        if layer is not None and layer not in layers:
            raise InputError(f"--aoi {brief(str(path))} has no layer {brief(layer)}: it has {', '.join(layers)}.")
        if layer is None and len(layers) > 1:
            raise InputError(
                f"--aoi {brief(str(path))} has {len(layers)} layers: pass one of {', '.join(layers)} as "
                f"{path}:{layers[0]}."
            )
        frame = gpd.read_file(path, layer=layer)
    except (DataSourceError, DataLayerError) as error:
        raise InputError(f"--aoi {brief(str(path))} is not a file of geometries: {brief(str(error))}.") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"--aoi {brief(str(path))} has no geometry column: pass a file or a layer with geometries.")
    return frame
