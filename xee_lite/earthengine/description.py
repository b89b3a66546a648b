"""What Earth Engine says about an image or a collection, asked for in one round trip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import ee

from ..errors import InputError, PermanentError, WireError, XeeLiteError, brief
from ..grids.region import spell_bounds
from ..items import datetimes
from ..options import OPTIONS
from ..planning.layout import COORDINATES
from ..planning.resampling import check_bands
from ..stack import Stack
from ..traffic.concurrency import run_all
from ..traffic.events import RequestInfo
from .bands import bands_of
from .footprints import touching
from .kinds import Kinds, kinds_of, types_of, ways_of
from .limits import EARTH_ENGINE
from .session import Session
from .source import EarthEngineSource
from .table import PAGE, columns_of, items_of, milliseconds_of, page_of, rows_of

if TYPE_CHECKING:
    from ..source import Query
    from .graph import Expression
    from .table import Properties, Rows

_BANDS = "xee_lite_bands"
"""A property that is put on every image where their band names are counted."""
_SEPARATOR = "|"
_SYSTEM = "system:"
_ASSET = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,498}[\x21-\x7e])?")
"""Printable, and shorter than any message gets."""
ID_NAME = "system:index of the image"


def describe(obj: object, query: Query) -> EarthEngineSource:
    """Ask a source about itself.

    Parameters
    ----------
    obj : ee.ImageCollection, ee.Image, asset id, or list of asset ids and ee.Image
    query : Query

    Raises
    ------
    InputError
        If ``ee`` is not initialised, the asset does not exist, the collection is empty, its images differ in their
        bands, a band is unknown, or no image has a property.
    """
    session = Session.current()
    for asset in [obj] if isinstance(obj, str) else obj if isinstance(obj, list | tuple) else ():
        if isinstance(asset, str) and not _ASSET.fullmatch(asset):
            raise InputError(
                f"{brief(asset)} is no asset id: pass one such as 'COPERNICUS/S2_SR_HARMONIZED', or an object of ee."
            )
    if isinstance(obj, ee.ImageCollection):
        return _describe_collection(session, obj, query)
    if isinstance(obj, ee.Image):
        return _describe_image(session, obj, query)
    if isinstance(obj, str):
        return _describe_asset(session, obj.strip("/"), query)
    if isinstance(obj, Sequence) and obj and all(isinstance(part, str | ee.Image) for part in obj):
        images = [ee.Image(part) for part in obj]
        return _describe_collection(session, ee.ImageCollection(images), query)
    raise InputError(
        f"{type(obj).__name__} is nothing that xee_lite opens: pass an ee.ImageCollection, an ee.Image, an asset id, "
        "'ee://ID', or a list of asset ids of images or of ee.Image."
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
    name = _name_of(ee.serializer.encode(collection, for_cloud_api=True))
    whole, ways = collection, ways_of(query, combined=True)
    if query.region is not None:
        collection = touching(collection, query.region)
    expression = ee.serializer.encode(collection, for_cloud_api=True)
    columns = columns_of(collection, query.properties)
    answer = ee.List([
        collection.size(),
        collection.first(),
        columns,
        rows_of(page_of(collection, 0), columns),
        kinds_of(collection, ways),
        ee.Dictionary(collection.toDictionary()),
    ])  # fmt: skip
    reply = session.compute_value(ee.serializer.encode(answer, for_cloud_api=True), RequestInfo(asset=name))
    with _understood(name):
        size, first, names, rows, kinds_found, attributes = reply
        if not size:
            raise _nothing(session, whole, name, query)
        if len(rows) == PAGE:  # else a wrong size would be asked for, page after page
            rows += _further_rows(session, collection, names, size, name)
        if len(rows) != size:
            raise WireError(f"{name} is said to have {size} images, but {len(rows)} are described.")
        kinds = Kinds.of(kinds_found, ways)
        if _unlike(kinds, query.bands):
            schemas = _schemas(session, collection, name)
            _check_schemas(name, schemas, query.bands)
        known = {**(attributes or {}), **first.get("properties", {})}
        stack = Stack(
            name,
            bands_of(first, lambda band: kinds.of_band(band, query), known),
            items_of(names, rows, source=name, strict=query.strict_times),
            _attributes(attributes),
            id_name=ID_NAME,
            crs_names=kinds.crs_names,
        )
        return EarthEngineSource(session, expression, _checked(stack, query))


def _describe_image(session: Session, image: ee.Image, query: Query) -> EarthEngineSource:
    expression = ee.serializer.encode(image, for_cloud_api=True)
    name, ways = _name_of(expression), ways_of(query, combined=False)
    answer = ee.List([image, [types_of(image, way) for way in ways]])
    reply = session.compute_value(ee.serializer.encode(answer, for_cloud_api=True), RequestInfo(asset=name))
    with _understood(name):
        described, types = reply
        kinds = Kinds.of([[*types, None]], ways)
        found = described.get("properties", {})
        own = sorted(key for key in found if not key.startswith(_SYSTEM))
        names = own if query.properties == "all" else query.properties
        values = [found.get(key) for key in names]
        row = [found.get("system:index", "0"), found.get("system:time_start"), *values]
        leading = ["system:index", "system:time_start", *names]
        items = items_of(leading, [row], source=name, strict=query.strict_times)
        bands = bands_of(described, lambda band: kinds.of_band(band, query), found)
        stack = Stack(name, bands, items, _attributes(found), is_image=True, id_name=ID_NAME)
        return EarthEngineSource(session, expression, _checked(stack, query))


def _checked(stack: Stack, query: Query) -> Stack:
    if not stack.bands:
        raise InputError(f"{stack.source} has no bands, so there is nothing to open.")
    check_bands(stack.bands, stack.source, query.resampling)
    _check_properties(stack, query.properties)
    return stack


def _nothing(session: Session, whole: ee.ImageCollection, name: str, query: Query) -> InputError:
    """Why no image is left: asked for only then."""
    if query.region is not None:
        some = ee.serializer.encode(whole.limit(1).size(), for_cloud_api=True)
        if session.compute_value(some, RequestInfo(asset=name)):
            return InputError(
                f"No image of {name} touches the region {spell_bounds(query.region)} in degrees: pass a region in "
                "which it has some; filter_bounds=False opens all images wherever they lie."
            )
    return InputError(
        f"{name} is empty: no image passes its filters, so there is nothing to open; check dates and place."
    )


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


def _check_properties(stack: Stack, properties: Properties) -> None:
    """Refuse a property whose name is taken, or that no image has; one that some lack is missing there."""
    taken = {*COORDINATES, *(band.name for band in stack.bands)}
    for name in stack.items.properties:
        if name in taken:
            raise InputError(
                f"properties={brief(name)} has the name of a band or coordinate of {stack.source}: pass other "
                "properties, or set it under another name with collection.map."
            )
    for name in properties if properties != "all" else ():
        if all(value is None for value in stack.items.properties[name]):
            raise InputError(
                f"properties={brief(name)} is a property of no image of {stack.source}: pass names of properties that "
                "its images have, or 'all'."
            )


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


def _unlike(kinds: Kinds, bands: tuple[str, ...] | None) -> bool:
    """Whether some image lacks a band that will be read."""
    sets = kinds.band_sets
    # Names that no image has are refused with all other unknown ones.
    needed = frozenset.union(*sets) if bands is None else frozenset.union(*sets) & frozenset(bands)
    return not all(needed <= own for own in sets)


def _schemas(session: Session, collection: ee.ImageCollection, name: str) -> Mapping[str, int]:
    """How many images have which bands; asked for only where they differ."""
    named = collection.map(lambda image: image.set(_BANDS, image.bandNames().join(_SEPARATOR)))
    counted = ee.serializer.encode(named.aggregate_histogram(_BANDS), for_cloud_api=True)
    found: Mapping[str, int] = session.compute_value(counted, RequestInfo(asset=name))
    return found


def _check_schemas(name: str, schemas: Mapping[str, int], bands: tuple[str, ...] | None) -> None:
    """Refuse a collection whose images do not all have the bands that will be read."""
    total = sum(schemas.values())
    if without := schemas.get("", 0):
        raise InputError(
            f"{without} of {total} images of {name} have no bands: filter them out, for example collection.map(lambda "
            "image: image.set('n', image.bandNames().size())).filter(ee.Filter.gt('n', 0))."
        )
    sets = [frozenset(schema.split(_SEPARATOR)) for schema in schemas]
    common = frozenset.intersection(*sets)
    needed = frozenset(bands) if bands is not None else frozenset.union(*sets)
    some = next(iter(schemas))
    shared = [band for band in some.split(_SEPARATOR) if band in common]
    missing = min(needed - common)
    count = sum(images for schema, images in schemas.items() if missing not in schema.split(_SEPARATOR))
    advice = (
        f"pass bands={brief(shared)}, or filter those images out" if shared else "filter the collection to like images"
    )
    raise InputError(
        f"The images of {name} differ in their bands: {brief(missing)} is absent from {count} of {total}; {advice}."
    )


def _dated(value: object) -> object:
    """An ``ee.Date`` as text, anything else as it is."""
    is_date = isinstance(value, dict) and value.get("type") == "Date"
    return str(datetimes([milliseconds_of(value)])[0].astype("datetime64[ms]")) if is_date else value


def _attributes(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    """Properties that NetCDF and Zarr can hold: text, numbers and lists of these."""
    kept = {}
    for name, found in (properties or {}).items():
        value = _dated(found)
        plain = value if isinstance(value, list) else [value]
        if all(isinstance(part, (str, int, float)) for part in plain) and plain and name != _BANDS:
            kept[name.replace(":", "_")] = int(value) if isinstance(value, bool) else value
    return kept
