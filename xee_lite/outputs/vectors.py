"""Points and polygons from files, tables, GeoJSON, geometries or numbers, as geometries with attributes and a CRS."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError, brief
from ..grids.crs import plane_crs
from ..grids.reprojection import DEGREES

if TYPE_CHECKING:
    from types import ModuleType

    Column = npt.NDArray[Any]

_TABLES = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet", ".geoparquet", ".pq")
"""Suffixes of tables of text and of GeoParquet; GDAL reads all other files."""
_LONGITUDES = ("lon", "longitude", "lng", "long")
_LATITUDES = ("lat", "latitude")
"""Names of columns, in lower case."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Geometries with their attributes.

    Attributes
    ----------
    source : str
        What messages call them.
    crs : str
        The CRS of their coordinates.
    geometries : sequence of shapely geometry, or None
        None for a feature without a geometry. Empty where there are ``positions``.
    positions : (x, y), optional
        The coordinates of points that came as numbers.
    attributes : mapping of str to ndarray
        By name, a value for each feature.
    index : ndarray, optional
        Labels of the features, where they have labels other than numbers in order.
    """

    source: str
    crs: str
    geometries: Sequence[Any] = ()
    positions: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None = None
    attributes: Mapping[str, Column] = field(default_factory=dict)
    index: Column | None = None

    def __len__(self) -> int:
        return len(self.geometries) if self.positions is None else len(self.positions[0])


def vectors_of(given: object, crs: object, *, argument: str) -> Vectors:
    """Read points or polygons.

    Parameters
    ----------
    given : path, GeoDataFrame or GeoSeries, DataFrame, GeoJSON mapping, shapely geometry, a list of these, or positions
        Positions are an array or a list of shape (n, 2), or a tuple of x and y. A path may end in ":layer".
    crs : str, int or pyproj.CRS, optional
        The CRS of coordinates without one. By default a file without a CRS is refused, and all else is in degrees.
    argument : str
        The argument of the user, "points" or "polygons", for messages.

    Raises
    ------
    InputError
        If it is none of these, is empty, or has no CRS.
    """
    if isinstance(given, (str, os.PathLike)):
        vectors = _of_file(os.fspath(given), crs, argument)
    elif hasattr(given, "geometry") and hasattr(given, "crs"):
        vectors = _of_frame(given, f"{argument}=", crs, argument)
    elif hasattr(given, "columns") and hasattr(given, "to_numpy"):
        vectors = _of_table(given, f"{argument}=", crs, argument)
    elif isinstance(given, Mapping):
        vectors = _of_geojson(given, crs, argument)
    elif hasattr(given, "__geo_interface__"):
        vectors = _of_shapes([given], crs)
    elif isinstance(given, list) and given and all(hasattr(shape, "geom_type") for shape in given):
        vectors = _of_shapes(given, crs)
    else:
        vectors = _of_positions(given, crs, argument)
    if not len(vectors):
        raise InputError(f"{vectors.source} has no {argument}: pass at least one.")
    return vectors


def _of_file(text: str, crs: object, argument: str) -> Vectors:
    path, layer = _file_and_layer(text, argument)
    if path.suffix.lower() in _TABLES:
        import pandas as pd  # noqa: PLC0415 - slow to import, and of use for tables alone

        try:
            table = pd.read_csv(path, sep="\t" if path.suffix.lower() == ".tsv" else ",")
        except (ValueError, OSError) as error:
            raise InputError(f"{path} is no table of text that pandas reads ({brief(str(error))}).") from error
        return _of_table(table, str(path), crs, argument)
    gpd = _geopandas()
    try:
        if path.suffix.lower() in _PARQUET:
            frame = gpd.read_parquet(path)
        else:
            frame = gpd.read_file(path, layer=_checked_layer(path, layer, argument))
    except InputError:
        raise
    except ImportError as error:
        raise _missing(error.name or "pyarrow") from error
    except Exception as error:  # GDAL and Arrow raise exceptions of many types
        raise InputError(f"{argument}={brief(text)} is no file that GeoPandas reads ({brief(str(error))}).") from error
    return _of_frame(frame, str(path) if layer is None else f"{path}:{layer}", crs, argument)


def _file_and_layer(text: str, argument: str) -> tuple[Path, str | None]:
    """The path and the layer of "FILE:LAYER"; the whole text is the path where such a file exists."""
    head, colon, layer = text.rpartition(":")
    path = Path(text)
    if path.exists():
        return path, None
    if colon and Path(head).exists():
        return Path(head), layer
    raise InputError(f"{argument}={brief(text)} does not exist: pass the path of a file, or FILE:LAYER.")


def _checked_layer(path: Path, layer: str | None, argument: str) -> str | None:
    """The layer to read: the named one, or else the only one with geometries."""
    import pyogrio  # noqa: PLC0415 - installed with GeoPandas

    layers = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    spatial = [name for name, kind in layers.items() if kind is not None]
    if layer is not None and layer not in layers:
        raise InputError(f"{path} has no layer {brief(layer)}: it has {', '.join(map(brief, layers))}.")
    if layer is None and len(spatial) > 1:
        raise InputError(
            f"{path} has several layers: pass {argument}='{path}:LAYER' with one of {', '.join(map(brief, spatial))}."
        )
    if layer is None and not spatial:
        raise InputError(f"{path} has no layer with geometries.")
    return layer or spatial[0]


def _geopandas() -> ModuleType:
    try:
        import geopandas as gpd  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _missing("geopandas") from error
    return gpd  # type: ignore[no-any-return] # it has no types


def _missing(name: str) -> InputError:
    """The error for a library that is not installed."""
    return InputError(
        f"{name} is not installed, which reads files of points and polygons: run  pip install 'xee_lite[geo]'."
    )


def _of_frame(frame: Any, source: str, crs: object, argument: str) -> Vectors:  # noqa: ANN401 - GeoPandas has no types
    """A GeoDataFrame or a GeoSeries."""
    own = frame.crs if frame.crs is not None else crs
    if own is None:
        raise InputError(
            f"{source} says no CRS, so that it is unknown where its {argument} lie: pass {argument}_crs=, such as "
            "'EPSG:4326' for longitude and latitude, or set it in the file."
        )
    geometry = frame.geometry
    table = frame.drop(columns=geometry.name) if hasattr(frame, "columns") else None
    attributes = {} if table is None else {str(name): _column(table[name]) for name in table.columns}
    return Vectors(source, plane_crs(own), list(geometry), None, attributes, _labels(frame.index))


def _of_table(table: Any, source: str, crs: object, argument: str) -> Vectors:  # noqa: ANN401 - a DataFrame
    """A DataFrame with columns of longitude and latitude, or of x and y in a CRS that is passed."""
    names = {str(name).strip().lower(): name for name in table.columns}
    x = next((names[name] for name in _LONGITUDES if name in names), None)
    y = next((names[name] for name in _LATITUDES if name in names), None)
    own: object = DEGREES
    if (x is None or y is None) and {"x", "y"} <= set(names):
        if crs is None:
            raise InputError(f"{source} has columns x and y, but says no CRS: pass {argument}_crs=.")
        x, y, own = names["x"], names["y"], crs
    if x is None or y is None:
        raise InputError(
            f"{source} has the columns {brief(list(table.columns))}: it needs lon and lat (or longitude and latitude) "
            f"in degrees, or x and y with {argument}_crs=."
        )
    try:
        positions = tuple(table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in (x, y))
    except (ValueError, TypeError) as error:
        raise InputError(f"{source} has no numbers in its columns {x} and {y} ({brief(str(error))}).") from error
    attributes = {str(name): _column(table[name]) for name in table.columns if name not in (x, y)}
    return Vectors(source, plane_crs(own), (), (positions[0], positions[1]), attributes, _labels(table.index))


def _column(column: Any) -> Column:  # noqa: ANN401 - a Series
    """An attribute as a NumPy array; text as Python objects, which all of xarray's writers take."""
    values: Column = column.to_numpy()
    return values if values.dtype.kind in "biufmM" else np.asarray(column.astype(object).to_numpy(), dtype=object)


def _labels(index: Any) -> Column | None:  # noqa: ANN401 - an Index
    """The labels of rows; None where they are numbers in order."""
    return None if type(index).__name__ in ("RangeIndex", "MultiIndex") else np.asarray(index)


def _of_geojson(geojson: Mapping[str, Any], crs: object, argument: str) -> Vectors:
    shapely = _shapely()
    member = geojson.get("crs")
    own = member["properties"]["name"] if isinstance(member, Mapping) else crs
    features = geojson.get("features", [geojson if "geometry" in geojson else {"geometry": geojson}])
    try:
        geometries = [
            shapely.geometry.shape(feature["geometry"]) if feature["geometry"] is not None else None
            for feature in features
        ]
        rows = [dict(feature.get("properties") or {}) for feature in features]
    except Exception as error:  # shapely raises exceptions of many types for a wrong nesting
        raise InputError(f"{argument}={brief(geojson)} is no GeoJSON ({brief(str(error))}).") from error
    names = dict.fromkeys(name for row in rows for name in row)
    attributes = {str(name): _as_column([row.get(name) for row in rows]) for name in names}
    return Vectors(f"{argument}=", plane_crs(own or DEGREES), geometries, None, attributes)


def _as_column(values: list[Any]) -> Column:
    """Numbers or booleans as an array of their type, anything else as Python objects."""
    kinds = {type(value) for value in values}
    if kinds <= {int, float} or kinds == {bool}:
        return np.array(values)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _of_shapes(given: list[Any], crs: object) -> Vectors:
    """Shapely geometries; a MultiPoint becomes its points."""
    shapely = _shapely()
    shapes = [
        shape if hasattr(shape, "geom_type") else shapely.geometry.shape(shape.__geo_interface__) for shape in given
    ]
    parts = [part for shape in shapes for part in (shape.geoms if shape.geom_type == "MultiPoint" else [shape])]
    return Vectors("the geometries", plane_crs(crs or DEGREES), parts)


def _shapely() -> ModuleType:
    try:
        import shapely.geometry  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _missing("shapely") from error
    return shapely  # type: ignore[no-any-return] # it has no types


def _of_positions(given: object, crs: object, argument: str) -> Vectors:
    """Numbers: a tuple of x and y, or rows of both."""
    try:
        if isinstance(given, tuple) and len(given) == 2:
            x, y = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in given)
        else:
            rows = np.asarray(given, dtype=np.float64)
            x, y = rows.T if rows.size else np.empty((2, 0))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{argument}={brief(given)} are no {argument}: pass a file, a GeoDataFrame, GeoJSON, shapely geometries, "
            "(longitudes, latitudes), or an array of shape (n, 2)."
        ) from error
    if argument != "points" or x.ndim != 1 or x.shape != y.shape:
        raise InputError(f"{argument}={brief(given)} are no {argument}: pass a file, a GeoDataFrame or GeoJSON.")
    return Vectors(f"{argument}=", plane_crs(crs or DEGREES), (), (x, y))
