"""Checking arguments against the served types, and promoting them as the service does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from shapely.errors import ShapelyError
from shapely.geometry import shape

from ..errors import EarthError
from ..geometry.error_margin import ErrorMargin
from ..geometry.geometry import NOWHERE, Geometry
from ..images.image import Image
from ..reducers.reduce import Reducer
from ..types import PixelType, Projection, crs_name
from ..values.array import Array
from ..values.collection import Collection, make_collection
from ..values.dates import Date, DateRange, parse_iso
from ..values.feature import Feature, geometry_of
from ..values.filter import Filter
from ..values.function import Function
from ..values.text import text_of
from ..values.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..value import Value
    from ..values.stored import Query

Coercion = Callable[[Any], Any]


class Mismatch(Exception):  # noqa: N818 - a signal between a coercion and its caller, no error by itself
    """The value is not, and cannot be made, of the type."""


def coerce(value: Value, type_: str, where: str) -> Value:
    """Check a value against a served type.

    Parameters
    ----------
    value : object
        Not None.
    type_ : str
        As in the signatures: ``Image<unknown bands>``, ``List<String>``, ``Object``.
    where : str
        What a message begins with: ``Image.select, argument 'input'``.

    Returns
    -------
    object
        The value, promoted: text becomes a Date, a feature its geometry, a list of images a collection. A number
        does not become an image: the client makes constants, and the service refuses them elsewhere
        (``Image.gte, argument 'image2': Invalid type.`` for a number was seen from it).

    Raises
    ------
    EarthError
        If it is of another type.
    """
    try:
        return _coercion(type_)(value)
    except Mismatch:
        message = f"{where}: Invalid type.\nExpected type: {type_}.\nActual type: {type_name(value)}."
        if isinstance(value, (bool, int, float, str)):
            message += f"\nActual value: {text_of(value)}"
        raise EarthError(message) from None


def coercion(*types: str) -> Callable[[Coercion], Coercion]:
    """Register a function that promotes a value to a served type, or raises Mismatch."""

    def register(function: Coercion) -> Coercion:
        _COERCIONS.update(dict.fromkeys(types, function))
        return function

    return register


def instance(*types: type) -> Coercion:
    """A coercion that only checks."""

    def check(value: Value) -> Value:
        if isinstance(value, types):
            return value
        raise Mismatch

    return check


def decode_default(default: Value, type_: str) -> Value:
    """The value that a signature gives as an argument's default."""
    if isinstance(default, dict) and default.get("type") == "Projection":
        return Projection(default["crs"], tuple(default["transform"]))
    if isinstance(default, dict) and default.get("type") == "ErrorMargin":
        return ErrorMargin(default["value"], default["unit"])
    if isinstance(default, float) and type_ in {"Integer", "Long"}:
        return int(default)
    return default


_COERCIONS: dict[str, Coercion] = {
    "Object": lambda value: value,
    "<any>": lambda value: value,
    "Algorithm": instance(Function),
    "Dictionary": instance(dict),
    "Feature": instance(Feature),
    "Filter": instance(Filter),
    "Image": instance(Image),
    "PixelType": instance(PixelType),
    "Reducer": instance(Reducer),
    "String": instance(str),
}


@cache
def _coercion(type_: str) -> Coercion:
    base, _, inner = type_.partition("<")
    if base == "List":
        return _list_of(_coercion(inner[:-1]) if inner else _COERCIONS["Object"], type_)
    if base == "Dictionary" and inner not in {"", "Object>"}:
        item = _coercion(inner[:-1])
        return lambda value: {key: item(entry) for key, entry in instance(dict)(value).items()}
    return _COERCIONS.get(type_) or _COERCIONS.get(base) or _COERCIONS["Object"]


def _list_of(item: Coercion, type_: str) -> Coercion:
    def convert(value: Value) -> list[Value]:
        if isinstance(value, Array) and value.values.ndim:
            return [item(entry) for entry in value.values.tolist()]
        if isinstance(value, str) and type_ == "List<String>":
            return [value]
        if isinstance(value, list):
            return [item(entry) for entry in value]
        raise Mismatch

    return convert


@coercion("Boolean")
def _boolean(value: Value) -> bool:
    if isinstance(value, (bool, int, float)):
        return bool(value)
    raise Mismatch


@coercion("Number", "Float")
def _number(value: Value) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    raise Mismatch


@coercion("Integer", "Long")
def _integer(value: Value) -> int:
    number = _number(value)
    if isinstance(number, float) and not number.is_integer():
        raise Mismatch
    return int(number)


@coercion("Element")
def _element(value: Value) -> Image | Feature | Collection:
    if isinstance(value, (Image, Feature, Collection)):
        return value
    if isinstance(value, Geometry):
        return Feature(value)
    raise Mismatch


@coercion("FeatureCollection")
def _collection(value: Value) -> Collection:
    if isinstance(value, Collection):
        return value
    if isinstance(value, Geometry):
        return make_collection([Feature(value)], "Feature")
    if isinstance(value, Feature):
        return make_collection([value], "Feature")
    if isinstance(value, list) and all(isinstance(item, (Image, Feature)) for item in value):
        return make_collection(value, "Image" if value and isinstance(value[0], Image) else "Feature")
    raise Mismatch


@coercion("ImageCollection")
def _image_collection(value: Value) -> Collection:
    if isinstance(value, Image):
        return make_collection([value], "Image")
    if isinstance(value, list) and all(isinstance(item, Image) for item in value):
        return make_collection(value, "Image")
    if isinstance(value, Collection) and value.kind == "Image":
        # The first element gave the kind of what is not declared; the others are checked when they are iterated.
        return value if value.declared else _only_images(value)
    raise Mismatch


def _only_images(collection: Collection) -> Collection:
    def source(query: Query) -> Iterator[Image]:
        for element in collection.scan(query):
            if not isinstance(element, Image):
                raise EarthError(
                    f"An ImageCollection holds images only; found an element of type {type_name(element)}."
                )
            yield element

    images = collection.with_source(source, collection.count)
    return replace(images, declared="Image")


@coercion("Geometry")
def _geometry(value: Value) -> Geometry:
    if isinstance(value, (Image, Feature, Collection)):
        return geometry_of(value) or NOWHERE
    if isinstance(value, dict) and {"type", "coordinates"} <= value.keys():
        try:
            return Geometry(shape(value))
        except (ShapelyError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise EarthError(f"Invalid GeoJSON geometry: {error}.") from error
    if isinstance(value, Geometry):
        return value
    raise Mismatch


@coercion("Projection")
def _projection(value: Value) -> Projection:
    if isinstance(value, str):
        return Projection(crs_name(value))
    if isinstance(value, Projection):
        return value
    raise Mismatch


@coercion("ErrorMargin")
def _margin(value: Value) -> ErrorMargin:
    return value if isinstance(value, ErrorMargin) else ErrorMargin(_number(value))


@coercion("Date")
def _date(value: Value) -> Date:
    if isinstance(value, Date):
        return value
    if isinstance(value, str):
        return parse_iso(value)
    return Date(_number(value))


@coercion("DateRange")
def _date_range(value: Value) -> DateRange:
    return value if isinstance(value, DateRange) else DateRange.instant(_date(value))


@coercion("Array")
def _array(value: Value) -> Array:
    if isinstance(value, Array):
        return value
    if isinstance(value, (bool, int, float, list)):
        return Array.of(value)
    raise Mismatch
