"""Tables of the data folder: GeoJSON and GeoPackage files as collections of features."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING, Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from ..errors import EarthError
from ..geometry.coordinates import transform
from ..geometry.geometry import Geometry
from ..types import parse_crs
from ..values.feature import Feature
from .assets import Table
from .memory import VERSION
from .sidecar import merge_sidecar, read_sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from .raster import Tell

TABLE_SUFFIXES = frozenset({".geojson", ".gpkg"})
_UNSOUND = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, struct.error)
_UNSOUND_TOO = (ShapelyError, sqlite3.Error)
_SQLITE = b"SQLite format 3\0"
"""What a GeoPackage begins with (the file format of SQLite)."""
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
"""Of a GeoPackage geometry's header, by the indicator in its flags (OGC 12-128, 2.1.3)."""


class TableFile:
    """One file; it is read when its features are first asked for.

    Features are known by their position, in 20 hexadecimal digits, as those of ingested tables are at the service.
    Edges are straight in longitude and latitude, as RFC 7946 has it; other reference systems are converted.
    """

    def __init__(self, path: Path, asset_id: str, tell: Tell) -> None:
        self._path = path
        self._id = asset_id
        self._tell = tell

    def asset(self) -> Table:
        """The table.

        Raises
        ------
        EarthError
            If the file does not begin as one of its kind does; more is seen when the features are read.
        """
        if not self._looks_sound:
            raise self._unsound()
        properties = merge_sidecar({}, read_sidecar(self._path))
        return Table(self._id, lambda: self._features, properties, VERSION, self._path.stat().st_size)

    @cached_property
    def _looks_sound(self) -> bool:
        try:
            with self._path.open("rb") as file:
                start = file.read(len(_SQLITE))
        except OSError:
            return False
        return start.lstrip().startswith(b"{") if self._is_json else start == _SQLITE

    @property
    def _is_json(self) -> bool:
        return self._path.suffix.lower() == ".geojson"

    def _unsound(self) -> EarthError:
        reason = f"Asset '{self._id}' can not be read: the file is no sound table."
        self._tell(self._path, reason)
        return EarthError(reason)

    @cached_property
    def _features(self) -> list[Feature]:
        read = _geo_json if self._is_json else _geo_package
        try:
            rows = list(read(self._path))
        except (*_UNSOUND, *_UNSOUND_TOO) as error:
            raise self._unsound() from error
        return [
            Feature(geometry, {"system:index": f"{number:020x}", **properties})
            for number, (geometry, properties) in enumerate(rows)
        ]


Row = tuple[Geometry | None, dict[str, Any]]


def _geo_json(path: Path) -> Iterator[Row]:
    content = json.loads(path.read_text(encoding="utf-8"))
    features = content["features"] if content["type"] == "FeatureCollection" else [content]
    for feature in features:
        geometry = feature.get("geometry")
        yield _planar(shape(geometry)) if geometry else None, _keep_known(feature.get("properties") or {})


def _geo_package(path: Path) -> Iterator[Row]:
    """The rows of the first table of features in a GeoPackage (OGC 12-128)."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        layer = database.execute(
            "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns AS g "
            "JOIN gpkg_contents AS c ON c.table_name = g.table_name WHERE c.data_type = 'features' "
            "ORDER BY g.table_name LIMIT 1"
        ).fetchone()
        if layer is None:
            raise ValueError("there is no table of features")
        table, column, srs = layer
        keys = {name for _, name, _, _, _, key in database.execute(f"PRAGMA table_info({_quote(table)})") if key}
        crs = _crs(database, srs)
        cursor = database.execute(f"SELECT * FROM {_quote(table)} ORDER BY rowid")  # noqa: S608 - quoted
        names = [entry[0] for entry in cursor.description]
        for values in cursor:
            row = dict(zip(names, values, strict=True))
            blob = row.pop(column)
            geometry = None if blob is None else _planar(_to_degrees(_decode(blob), crs))
            yield geometry, _keep_known({name: value for name, value in row.items() if name not in keys})


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _crs(database: sqlite3.Connection, srs: int) -> str:
    """The reference system; those of no authority are undefined ones, which are read as degrees."""
    organization, code = database.execute(
        "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (srs,)
    ).fetchone() or ("NONE", 0)
    crs = f"{organization}:{code}" if str(organization).upper() != "NONE" else "EPSG:4326"
    parse_crs(crs)
    return crs


def _decode(blob: bytes) -> shapely.Geometry:
    """A GeoPackage geometry: a header of 8 bytes, an envelope, then well-known binary."""
    if blob[:2] != b"GP":
        raise ValueError("this is no GeoPackage geometry")
    return shapely.from_wkb(blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :])


def _to_degrees(geometry: shapely.Geometry, crs: str) -> shapely.Geometry:
    if crs == "EPSG:4326":
        return geometry

    def moved(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        points[:, 0], points[:, 1] = transform(points[:, 0], points[:, 1], crs, "EPSG:4326")
        return points

    return shapely.transform(geometry, moved)


def _planar(geometry: Any) -> Geometry:  # noqa: ANN401 - shapely
    return Geometry(shapely.force_2d(geometry), geodesic=False)


def _keep_known(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties that a feature can have: a null is none, bytes are nothing that JSON knows."""
    return {
        str(name): value for name, value in properties.items() if value is not None and not isinstance(value, bytes)
    }
