"""Collections of images and of features."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from functools import reduce as fold
from itertools import islice
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import shapely

from ..catalogue.assets import Folder, Table
from ..errors import EarthError, reword_error
from ..evaluator.registry import algorithm
from ..geometry.geodesy import bounds as bounds_of
from ..geometry.geometry import NOWHERE, Geometry
from ..geometry.overlays import combine_geometries
from ..images.image import Image
from ..values.collection import Collection, make_collection, open_stored, set_index
from ..values.equality import are_equal, identity
from ..values.feature import Element, Feature, geometry_of
from ..values.feature import get_property as property_of
from ..values.filter import Filter, narrow
from ..values.filter_text import parse_filter
from ..values.ordering import sort_key
from ..values.stored import Query
from ..values.text import text_of
from .images import add_bands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..evaluator.context import Context
    from ..geometry.error_margin import ErrorMargin
    from ..reducers.reduce import Reducer
    from ..types import Projection
    from ..value import Value
    from ..values.function import Function


@algorithm("ImageCollection.load")
def load(asset_id: str, version: int | None, *, context: Context) -> Collection:
    where = "ImageCollection.load"
    asset = context.catalogue.find(asset_id)
    if asset is None or isinstance(asset, (Image, Folder, Table)):
        raise EarthError(
            f"{where}: ImageCollection asset '{asset_id}' not found (does not exist or caller does not have access)."
        )
    if version is not None and version not in {-1, asset.version}:
        raise EarthError(f"{where}: ImageCollection asset '{asset_id}' not found at version {version}.")
    return open_stored(asset)


@algorithm("Collection.loadTable")
def load_table(table_id: str, _geometry_column: str | None, _version: int, *, context: Context) -> Collection:
    """Load a table; a collection of images reads as one of features."""
    asset = context.catalogue.find(table_id)
    if isinstance(asset, Table):
        return Collection(lambda _: asset.features(), "Feature", asset.properties, asset.id, asset.version)
    if asset is None or isinstance(asset, (Image, Folder)):
        raise EarthError(
            f"Collection.loadTable: Collection asset '{table_id}' not found "
            f"(does not exist or caller does not have access)."
        )
    return open_stored(asset)


@algorithm("ImageCollection.fromImages")
def from_images(images: list[Image]) -> Collection:
    return make_collection(images, "Image")


@algorithm("Collection")
def collection(elements: list[Any]) -> Collection:
    for position, element in enumerate(elements):
        if not isinstance(element, Element):
            raise EarthError(f"Collection: Element {position} is no Feature, Image or Collection but {element!r:.100}.")
    return make_collection(elements)


@algorithm("Collection.fromColumns")
def from_columns(columns: list[list[Any]], names: list[str], _types: list[Any] | None) -> Collection:
    if len(columns) != len(names) or len({len(column) for column in columns}) > 1:
        raise EarthError("Collection.fromColumns: Need a column for each name, and columns of one length.")
    return make_collection(
        [Feature(None, dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)], "Feature"
    )


@algorithm("Collection.filter")
def filter_(elements: Collection, condition: Value) -> Collection:
    if isinstance(condition, str):
        condition = parse_filter(condition)
    if not isinstance(condition, Filter):
        raise EarthError("Collection.filter: The filter must be a Filter.")
    hint = condition.hint()

    def source(query: Query) -> Iterator[Element]:
        return (element for element in elements.scan(narrow(query, hint)) if condition.passes(element))

    counted = elements.count
    count = None if counted is None or not condition.is_its_hint else lambda query: counted(narrow(query, hint))
    return elements.with_source(source, count)


@algorithm("Collection.map")
def map_(elements: Collection, function: Function, drop_nulls: bool) -> Collection:
    uniform = elements.uniform and function.confined

    def source(query: Query) -> Iterator[Element]:
        asked = query if function.keeping else Query()
        for element in elements.scan(replace(asked, valid_in=query.valid_in if uniform else None)):
            mapped = _mapped(function, element)
            if mapped is None and drop_nulls:
                continue
            if not isinstance(mapped, Element):
                raise EarthError("Collection.map: A mapped algorithm must return a Feature or Image.")
            yield set_index(mapped, element.properties.get("system:index"))

    same = elements.declared or elements.otherwise
    return Collection(source, None, elements.properties, elements.id, elements.version, otherwise=same, uniform=uniform)


def _mapped(function: Function, element: Element) -> Value:
    try:
        return function(element)
    except EarthError as error:
        index = element.properties.get("system:index")
        raise reword_error(error, f"Error in map(ID={index}):\n{error.message}") from error


@algorithm("Collection.iterate")
def iterate(elements: Collection, function: Function, first: Value) -> Value:
    return fold(lambda state, element: function(element, state), elements, first)


@algorithm("Collection.limit")
def limit(elements: Collection, count: int | None, key: str | None, ascending: bool) -> Collection:
    """``sort`` is a limit without a count; elements without the key come last, whichever way it is sorted."""
    if count is not None and count < 0:
        raise EarthError(f"Collection.limit: The limit must not be negative; found {count}.")

    def source(_: Query) -> Iterable[Element]:
        chosen = elements if key is None else _sorted(elements, key, ascending)
        return islice(chosen, None if count is None else min(count, sys.maxsize))

    return elements.with_source(source)


def _sorted(elements: Collection, key: str, ascending: bool) -> list[Element]:
    keyed = [(property_of(element, key), element) for element in elements]
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=lambda pair: sort_key(pair[0]), reverse=not ascending)
    return [element for _, element in known] + [element for value, element in keyed if value is None]


@algorithm("Collection.merge", "ImageCollection.merge")
def merge(first: Collection, second: Collection) -> Collection:
    """Every system:index gets the prefix 1_ or 2_, as the service documents."""

    def source(query: Query) -> Iterator[Element]:
        inner = replace(query, index=None, indices=None)
        for prefix, part in (("1_", first), ("2_", second)):
            for element in part.scan(inner):
                yield _reindexed(element, f"{prefix}{element.properties.get('system:index')}")

    same = first.declared if first.declared == second.declared else None
    return Collection(source, same, first.properties, otherwise=first.declared or first.otherwise)


def _reindexed(element: Value, index: str) -> Value:
    return replace(element, properties={**element.properties, "system:index": index})


@algorithm("ImageCollection.combine")
def combine(primary: Collection, secondary: Collection, overwrite: bool) -> Collection:
    """Images are matched by their system:index; without a match they are left out."""

    def source(query: Query) -> Iterator[Element]:
        others = {image.properties.get("system:index"): image for image in secondary}
        for image in primary.scan(query):
            index = image.properties.get("system:index")
            if index in others:
                yield add_bands(image, others[index], None, overwrite)

    return Collection(source, "Image", primary.properties, primary.id, primary.version)


@algorithm("Collection.flatten")
def flatten(elements: Collection) -> Collection:
    """The index of what lies within is that of its collection and its own, joined by an underscore."""

    def source(_: Query) -> Iterator[Element]:
        for outer in elements:
            if not isinstance(outer, Collection):
                raise EarthError("Collection.flatten: Every element must be a collection.")
            prefix = outer.properties.get("system:index")
            for inner in outer:
                yield _reindexed(inner, f"{prefix}_{inner.properties.get('system:index')}")

    return Collection(source, None, elements.properties)


@algorithm("Collection.distinct")
def distinct(elements: Collection, properties: Value) -> Collection:
    names = [properties] if isinstance(properties, str) else properties
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise EarthError("Collection.distinct: The properties must be a name or a list of names.")

    def source(_: Query) -> Iterator[Element]:
        seen = set()
        for element in elements:
            key = identity([property_of(element, name) for name in names])
            if key not in seen:
                seen.add(key)
                yield element

    return elements.with_source(source)


@algorithm("Collection.size")
def size(elements: Collection) -> int:
    return sum(1 for _ in elements) if elements.count is None else elements.count(Query())


@algorithm("Collection.first")
def first(elements: Collection) -> Element | None:
    return next(iter(elements), None)


@algorithm("Collection.toList")
def to_list(elements: Collection, count: int, offset: int) -> list[Element]:
    if count <= 0:
        # The words of google/earthengine-api#38.
        raise EarthError(f"Collection.toList: The value of 'count' must be positive. Got: {count}.")
    if offset < 0:
        raise EarthError(f"Collection.toList: The offset must not be negative; found {offset}.")
    return list(islice(islice(elements, min(offset, sys.maxsize), None), min(count, sys.maxsize)))


@algorithm("Collection.cache")
def cache(elements: Collection) -> Collection:
    return elements


@algorithm("Collection.geometry")
def geometry(elements: Collection, _margin: ErrorMargin) -> Geometry:
    return geometry_of(elements) or NOWHERE


@algorithm("Collection.bounds")
def bounds(elements: Collection, _margin: ErrorMargin, projection: Projection) -> Geometry:
    return bounds_of(geometry_of(elements) or NOWHERE, projection)


@algorithm("Collection.union")
def union(elements: Collection, margin: ErrorMargin | None) -> Collection:
    parts = [part for part in map(geometry_of, elements) if part is not None]
    whole = next((part for part in parts if part.unbounded), None)
    if parts and whole is None:
        whole = combine_geometries(parts, lambda *shapes: shapely.union_all(shapes), margin)
    return make_collection([Feature(whole, {"system:index": "union_result"})], "Feature")


@algorithm("Collection.reduceColumns")
def reduce_columns(
    elements: Collection, reducer: Reducer, selectors: list[str], weight_selectors: list[str] | None
) -> dict[str, Any]:
    """Elements that lack a required input are left out altogether."""
    where = "Collection.reduceColumns"
    if len(selectors) != reducer.inputs:
        raise EarthError(f"{where}: Need {reducer.inputs} selectors for the reducer, got {len(selectors)}.")
    if weight_selectors is not None and len(weight_selectors) != reducer.inputs:
        raise EarthError(f"{where}: Need {reducer.inputs} weight selectors, got {len(weight_selectors)}.")
    required = reducer.inputs - reducer.optional
    names = [*selectors, *(weight_selectors or [])]
    rows = [row for row in _rows(elements, names) if None not in _required(row, required, reducer.inputs)]
    columns = [[row[i] for row in rows] for i in range(len(names))]
    weights = columns[reducer.inputs :] if weight_selectors is not None else None
    return reducer.columns(columns[: reducer.inputs], weights)


def _rows(elements: Collection, names: list[str]) -> Iterator[list[Any]]:
    return ([property_of(element, name) for name in names] for element in elements)


def _required(row: list[Any], required: int, inputs: int) -> list[Any]:
    """Which values of a row must not be null; compared by identity, since some compare like arrays."""
    return [value if value is None else 0 for value in [*row[:required], *row[inputs:]]]


@algorithm("Collection.remap")
def remap(elements: Collection, old: list[Any], new: list[int], column: str) -> Collection:
    if len(old) != len(new):
        raise EarthError(f"Collection.remap: lookupIn has {len(old)} values, but lookupOut has {len(new)}.")

    def source(_: Query) -> Iterator[Element]:
        for element in elements:
            value = property_of(element, column)
            found = next((there for here, there in zip(old, new, strict=True) if are_equal(here, value)), None)
            if found is not None:
                yield replace(element, properties={**element.properties, column: found})

    return Collection(source, elements.declared, elements.properties)


@algorithm("Collection.randomColumn")
def random_column(elements: Collection, column: str, seed: int, distribution: str, keys: list[str]) -> Collection:
    """Numbers that depend on the seed and the keys alone; not the service's own, whose hash is unknown."""
    if distribution not in {"uniform", "normal"}:
        raise EarthError(
            f"Collection.randomColumn: The distribution must be 'uniform' or 'normal'; found {distribution}."
        )

    def source(query: Query) -> Iterator[Element]:
        for element in elements.scan(query):
            text = text_of([seed, *(text_of(property_of(element, key)) for key in keys)])
            fraction = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) + 0.5) / 2**48
            value = fraction if distribution == "uniform" else NormalDist().inv_cdf(fraction)
            yield replace(element, properties={**element.properties, column: value})

    return elements.with_source(source)
