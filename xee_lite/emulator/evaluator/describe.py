"""Values as JSON, as ``getInfo`` has them."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..classifiers.confusion import ConfusionMatrix
from ..errors import EarthError
from ..geometry.error_margin import ErrorMargin
from ..geometry.geometry import Geometry
from ..images.image import Band, Image
from ..request_limits import spend
from ..types import PixelType, Projection
from ..values.array import Array
from ..values.collection import Collection
from ..values.dates import Date, DateRange
from ..values.feature import Feature
from ..values.filter import Filter
from ..values.filter_json import filter_json
from ..values.kernel import Kernel
from ..values.text import plain
from ..values.type_names import type_name

if TYPE_CHECKING:
    from ..value import Value

LIMIT = 5000
"""Elements of a collection that one reply may hold (the service's guide to best practices)."""


def describe(value: Value) -> Value:
    """Turn a value into the JSON of getInfo.

    Parameters
    ----------
    value : object
        What an expression evaluates to.

    Returns
    -------
    JSON
        Numbers without a fraction are integers. What JSON has no number for is text, as the service's reference
        prints it for ``Array.pow`` and ``Number.digamma``: ``"NaN"``, ``"Infinity"``, ``"-Infinity"``.

    Raises
    ------
    EarthError
        If a collection has more than 5000 elements, or the value can not be sent or is too large.
    """
    return _collection(value) if isinstance(value, Collection) else _part(value)


def _part(value: Value) -> Value:
    """A value within others: of a collection there, no elements are given (the sample of FeatureCollection.flatten)."""
    spend(1)
    match value:
        case str():
            spend(len(value), 1)
            return value
        case None | bool():
            return value
        case int() | float() | np.generic():
            return _number(value)
        case list() | tuple():
            return [_part(item) for item in value]
        case Mapping():
            return {key: _part(item) for key, item in value.items()}
        case Image():
            return _image(value)
        case Feature():
            return _feature(value)
        case Collection():
            return _header(value, list(islice(value, 1)))
    return _small(value)


def _small(value: Value) -> Value:
    match value:
        case Geometry():
            return plain(value.to_json())
        case Projection() | PixelType() | Kernel() | ErrorMargin():
            return plain(value.to_json())
        case Filter():
            return {name: _part(item) for name, item in filter_json(value).items()}
        case Date():
            return {"type": "Date", "value": _number(value.millis)}
        case DateRange():
            return {"type": "DateRange", "dates": [_number(value.start), _number(value.end)]}
        case Array():
            return _part(value.values.tolist())
        case ConfusionMatrix():
            return _part(value.counts.tolist())
        case bytes():
            return base64.b64encode(value).decode("ascii")
    raise EarthError(f"A value of type {type_name(value)} can not be sent as JSON.")


def _number(value: Value) -> Value:
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, float) and not math.isfinite(number):
        return "NaN" if math.isnan(number) else f"{'-' * (number < 0)}Infinity"
    return plain(number)


def band_json(band: Band) -> dict[str, Any]:
    """One entry of an image's ``bands``."""
    out: dict[str, Any] = {"id": band.name, "data_type": plain(band.type.to_json())}
    if band.dimensions is not None:
        out["dimensions"] = list(band.dimensions)
        if band.origin != (0, 0):
            out["origin"] = list(band.origin)
    out["crs"] = band.projection.crs
    out["crs_transform"] = plain(list(band.projection.transform))
    return out


def _image(image: Image) -> dict[str, Any]:
    return {"type": "Image", "bands": [band_json(band) for band in image.bands], **_identity(image)}


def _identity(value: Image | Collection) -> dict[str, Any]:
    """Version, id and properties, as far as there are any; a property ``system:id`` that was set is the id."""
    out: dict[str, Any] = {}
    if value.version is not None:
        out["version"] = value.version
    properties = dict(value.properties)
    given = properties.pop("system:id", value.id)
    if given is not None:
        out["id"] = _part(given)
    if properties:
        out["properties"] = _part(properties)
    return out


def _feature(feature: Feature) -> dict[str, Any]:
    out: dict[str, Any] = {"type": "Feature", "geometry": _part(feature.geometry)}
    index = feature.properties.get("system:index")
    if index is not None:
        out["id"] = str(index)
    rest = {name: value for name, value in feature.properties.items() if name != "system:index"}
    return {**out, "properties": _part(rest)}


def _collection(collection: Collection) -> dict[str, Any]:
    elements = list(islice(collection, LIMIT + 1))
    if len(elements) > LIMIT:
        raise EarthError(f"Collection query aborted after accumulating over {LIMIT} elements.")
    spend(1)
    return {**_header(collection, elements), "features": [_part(element) for element in elements]}


def _header(collection: Collection, elements: list[Any]) -> dict[str, Any]:
    """The JSON of a collection besides its elements; the first element gives the columns."""
    named: dict[str, Any] = {"bands": []} if collection.kind == "Image" else {"columns": _columns(elements)}
    return {"type": f"{collection.kind}Collection", **named, **_identity(collection)}


def _columns(elements: list[Any]) -> dict[str, str]:
    """Types of the properties, as the first element has them."""
    first = elements[0].properties if elements else {}
    return {name: type_name(value).partition("<")[0] for name, value in first.items() if value is not None}
