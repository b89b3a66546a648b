"""What Earth Engine says about an image or a collection, asked for in one round trip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import ee

from ..errors import InputError, PermanentError, WireError, XeeLiteError
from ..options import OPTIONS
from ..planning.layout import COORDINATES
from ..planning.resampling import REDUCERS, keeps_classes
from ..stack import Stack
from ..traffic.concurrency import run_all
from ..traffic.events import RequestInfo
from .bands import bands_of
from .limits import EARTH_ENGINE
from .session import Session
from .source import EarthEngineSource
from .table import PAGE, columns_of, items_of, page_of, rows_of

if TYPE_CHECKING:
    from ..source import Query
    from .graph import Expression
    from .table import Properties, Rows

_BANDS = "xee_lite_bands"
"""A property that is put on every image of the metadata request: its band names, joined."""
_SEPARATOR = "|"
_SYSTEM = "system:"
ID_NAME = "system:index of the image"


def describe(obj: object, query: Query) -> EarthEngineSource:
    """Ask a source about itself.

    Parameters
    ----------
    obj : ee.ImageCollection, ee.Image, asset id, or list of asset ids
    query : Query

    Raises
    ------
    InputError
        If ``ee`` is not initialised, the asset does not exist, the collection is empty, its images differ in their
        bands, a band is unknown, or no image has a property.
    """
    session = Session.current()
    if isinstance(obj, ee.ImageCollection):
        return _describe_collection(session, obj, query)
    if isinstance(obj, ee.Image):
        return _describe_image(session, obj, query)
    if isinstance(obj, str):
        return _describe_asset(session, obj.strip("/"), query)
    if isinstance(obj, Sequence) and obj and all(isinstance(name, str) for name in obj):
        images = [ee.Image(name) for name in obj]
        return _describe_collection(session, ee.ImageCollection(images), query)
    raise InputError(
        f"{type(obj).__name__} is nothing that xee_lite opens: pass an ee.ImageCollection, an ee.Image, an asset id, "
        "'ee://ID', or a list of asset ids of images."
    )


def _describe_asset(session: Session, asset: str, query: Query) -> EarthEngineSource:
    """An asset id does not tell what it is: a collection is tried first, then an image."""
    try:
        return _describe_collection(session, ee.ImageCollection(asset), query)
    except PermanentError as no_collection:
        try:
            return _describe_image(session, ee.Image(asset), query)
        except PermanentError as no_image:
            raise InputError(
                f"{asset!r} opens neither as an image collection ({no_collection.message.rstrip('.')}) nor as an image "
                f"({no_image.message.rstrip('.')}): check the id, and that the account may read it."
            ) from no_image


def _describe_collection(session: Session, collection: ee.ImageCollection, query: Query) -> EarthEngineSource:
    expression = ee.serializer.encode(collection, for_cloud_api=True)
    name = _name_of(expression)
    named = collection.map(lambda image: image.set(_BANDS, image.bandNames().join(_SEPARATOR)))
    columns = columns_of(collection, query.properties)
    answer = ee.List([
        collection.size(),
        collection.first(),
        columns,
        rows_of(page_of(collection, 0), columns),
        named.aggregate_histogram(_BANDS),
        ee.Dictionary(collection.toDictionary()),
        _types(ee.Image(collection.first()), query.resampling),
    ])  # fmt: skip
    reply = session.compute_value(ee.serializer.encode(answer, for_cloud_api=True), RequestInfo(asset=name))
    with _understood(name):
        size, first, names, rows, schemas, attributes, types = reply
        if not size:
            raise InputError(
                f"{name} is empty: no image passes its filters, so there is nothing to open; check dates and place."
            )
        if len(rows) == PAGE:  # else a wrong size would be asked for, page after page
            rows += _further_rows(session, collection, names, size, name)
        if len(rows) != size:
            raise WireError(f"{name} is said to have {size} images, but {len(rows)} are described.")
        _check_schemas(name, schemas, query.bands)
        known = {**(attributes or {}), **first.get("properties", {})} if keeps_classes(query.resampling) else {}
        stack = Stack(
            name, bands_of(first, types, known), items_of(names, rows), _attributes(attributes), id_name=ID_NAME
        )
        _check_properties(stack, query.properties)
        return EarthEngineSource(session, expression, _with_bands(stack))


def _describe_image(session: Session, image: ee.Image, query: Query) -> EarthEngineSource:
    expression = ee.serializer.encode(image, for_cloud_api=True)
    name = _name_of(expression)
    described = ee.serializer.encode(ee.List([image, _types(image, query.resampling)]), for_cloud_api=True)
    reply = session.compute_value(described, RequestInfo(asset=name))
    with _understood(name):
        answer, types = reply
        found = answer.get("properties", {})
        own = sorted(key for key in found if not key.startswith(_SYSTEM))
        names = own if query.properties == "all" else query.properties
        values = [found.get(key) for key in names]
        row = [found.get("system:index", "0"), found.get("system:time_start"), *values]
        items = items_of(["system:index", "system:time_start", *names], [row])
        bands_found = bands_of(answer, types, found if keeps_classes(query.resampling) else {})
        stack = Stack(name, bands_found, items, _attributes(found), is_image=True, id_name=ID_NAME)
        _check_properties(stack, query.properties)
        return EarthEngineSource(session, expression, _with_bands(stack))


def _further_rows(session: Session, collection: ee.ImageCollection, names: list[str], size: int, name: str) -> Rows:
    """The rows beyond the first page, a request for each page, side by side."""
    pages: dict[int, Rows] = {}

    def ask(start: int) -> None:
        rows = rows_of(page_of(collection, start), ee.List(names))
        pages[start] = session.compute_value(ee.serializer.encode(rows, for_cloud_api=True), RequestInfo(asset=name))

    tasks = [partial(ask, start) for start in range(PAGE, size, PAGE)]
    run_all(tasks, OPTIONS.concurrency(EARTH_ENGINE.concurrent_requests))
    return [row for start in sorted(pages) for row in pages[start]]


@contextmanager
def _understood(name: str) -> Iterator[None]:
    """Turn whatever goes wrong with an answer that is not made as expected into one error that names the source."""
    try:
        yield
    except XeeLiteError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise WireError(
            f"what the service answered about {name} is not the description of an image or a collection "
            f"({type(error).__name__}: {str(error)[:80]})"
        ) from error


def _types(image: ee.Image, resampling: str) -> ee.Dictionary:
    """The pixel types that resampling changes: a mean of integers is none, for example."""
    if resampling == "nearest":
        return ee.Dictionary({})
    if resampling in REDUCERS:
        return image.reduceResolution(getattr(ee.Reducer, resampling)()).bandTypes()
    return image.resample(resampling).bandTypes()


def _check_properties(stack: Stack, properties: Properties) -> None:
    """Refuse a property whose name is taken, or that no image has; one that some lack is missing there."""
    taken = {*COORDINATES, *(band.name for band in stack.bands)}
    for name in stack.items.properties:
        if name in taken:
            raise InputError(
                f"properties={name!r} has the name of a band or coordinate of {stack.source}: pass other properties, "
                "or set it under another name with collection.map."
            )
    for name in properties if properties != "all" else ():
        if all(value is None for value in stack.items.properties[name]):
            raise InputError(
                f"properties={name!r} is a property of no image of {stack.source}: pass names of properties that "
                "its images have, or 'all'."
            )


def _with_bands(stack: Stack) -> Stack:
    if not stack.bands:
        raise InputError(f"{stack.source} has no bands, so there is nothing to open.")
    return stack


def _name_of(expression: Expression) -> str:
    """The asset that a graph loads, with a word when more is done to it."""
    calls = [
        node["functionInvocationValue"] for node in _nodes(expression["values"]) if "functionInvocationValue" in node
    ]
    assets = [
        call["arguments"]["id"].get("constantValue")
        for call in calls
        if call.get("functionName") in ("ImageCollection.load", "Image.load")
    ]
    if len(assets) != 1 or not isinstance(assets[0], str):
        return "the computed source"
    return assets[0] if len(calls) == 1 else f"{assets[0]} (computed)"


def _nodes(tree: object) -> list[Mapping[str, Any]]:
    """Every JSON object within a graph."""
    if isinstance(tree, Mapping):
        return [tree, *(node for value in tree.values() for node in _nodes(value))]
    return [node for value in tree for node in _nodes(value)] if isinstance(tree, list) else []


def _check_schemas(name: str, schemas: Mapping[str, int], bands: tuple[str, ...] | None) -> None:
    """Refuse a collection whose images do not all have the bands that will be read."""
    if len(schemas) < 2:
        return
    sets = [frozenset(schema.split(_SEPARATOR)) for schema in schemas]
    common = frozenset.intersection(*sets)
    needed = frozenset(bands) if bands is not None else frozenset.union(*sets)
    if needed <= common:
        return
    some = next(iter(schemas))
    shared = [band for band in some.split(_SEPARATOR) if band in common]
    missing = min(needed - common)
    count = sum(images for schema, images in schemas.items() if missing not in schema.split(_SEPARATOR))
    advice = f"pass bands={shared}, or filter those images out" if shared else "filter the collection to like images"
    raise InputError(
        f"The images of {name} differ in their bands: {missing!r} is absent from {count} of "
        f"{sum(schemas.values())}; {advice}."
    )


def _attributes(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    """Properties that NetCDF and Zarr can hold: text, numbers and lists of these."""
    kept = {}
    for name, value in (properties or {}).items():
        plain = value if isinstance(value, list) else [value]
        if all(isinstance(part, (str, int, float)) for part in plain) and plain and name != _BANDS:
            kept[name.replace(":", "_")] = int(value) if isinstance(value, bool) else value
    return kept
