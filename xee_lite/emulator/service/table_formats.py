"""The formats that tables are written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import payload
from .encode import Encoded, zip_files
from .feature_json import collection_json, csv_table
from .kml import kml_table, kmz_table
from .shapefiles import shapefile_parts
from .tf_record import tf_record_table

Rows = Iterable[object]
Selectors = Sequence[str] | None


@dataclass(frozen=True, slots=True)
class TableFormat:
    """A format.

    Attributes
    ----------
    parts : callable
        ``parts(elements, selectors)``: the files that a table becomes, by their suffixes.
    media_type : str
    """

    parts: Callable[[Rows, Selectors], Mapping[str, bytes]]
    media_type: str

    def download(self, elements: Rows, selectors: Selectors, name: str) -> Encoded:
        """Write a table as one file: where there are several, as a zip file of them, under a name."""
        parts = self.parts(elements, selectors)
        if len(parts) > 1:
            return zip_files((f"{name}{suffix}", content) for suffix, content in parts.items())
        (content,) = parts.values()
        return Encoded(content, self.media_type)


def _one(write: Callable[[Rows, Selectors], bytes], suffix: str, media_type: str) -> TableFormat:
    return TableFormat(lambda elements, selectors: {suffix: write(elements, selectors)}, media_type)


_GEO_JSON = _one(collection_json, ".geojson", "application/geo+json")
_TF_RECORD = _one(tf_record_table, ".tfrecord.gz", "application/gzip")
_FORMATS: Mapping[str, TableFormat] = {
    "CSV": _one(csv_table, ".csv", "text/csv"),
    "GEO_JSON": _GEO_JSON,
    "KML": _one(kml_table, ".kml", "application/vnd.google-earth.kml+xml"),
    "KMZ": _one(kmz_table, ".kmz", "application/vnd.google-earth.kmz"),
    "SHP": TableFormat(shapefile_parts, "application/zip"),
    "TF_RECORD_TABLE": _TF_RECORD,
    # What the documentation of downloads calls them, and the client passes on as they are.
    "JSON": _GEO_JSON,
    "TF_RECORD": _TF_RECORD,
}
"""By TableFileFormat."""


def table_format(value: object) -> TableFormat:
    """Read a TableFileFormat."""
    name = payload.text(value, "fileFormat")
    if name not in _FORMATS:
        raise payload.make_enum_error(name, "TableFileFormat", "file_format")
    return _FORMATS[name]
