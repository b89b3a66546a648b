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
from ..planning.layout import COORDINATES
from ..planning.resampling import check_bands
from ..stack import Stack
from ..traffic.concurrency import run_all
from .bands import bands_of
from .footprints import touching
from .graph import objects_in
from .kinds import Kinds, kinds_of, types_of, ways_of
from .pinning import CARRIED, loads_of, pinned, version_of, versions_of, with_versions
from .schemas import check_schemas
from .session import Session
from .source import EarthEngineSource
from .system_properties import INDEX, SYSTEM, TIME_START
from .table import PAGE, columns_of, items_of, milliseconds_of, page_of, rows_of

if TYPE_CHECKING:
    from ..source import Query
    from .graph import Expression
    from .table import Properties, Rows

_ASSET_ID = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,498}[\x21-\x7e])?")
"""Printable characters, at most 500 (chosen): anything else is refused before it gets into requests and messages."""
_ID_NAME = f"{INDEX} of the image"
"""The long name of the coordinate ``id``."""


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
        if isinstance(asset, str) and not _ASSET_ID.fullmatch(asset):
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
    """An asset id does not say whether it is a collection or an image: both are tried, in this order."""
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
    unfiltered, ways = collection, ways_of(query, combined=True)
    if query.region is not None:
        collection = touching(collection, query.region)
    expression = ee.serializer.encode(collection, for_cloud_api=True)
    versioned, version = with_versions(collection) if query.pin else (collection, CARRIED)
    columns = columns_of(collection, query.properties, version)
    loads = loads_of(expression) if query.pin else []
    wanted = ee.List([
        collection.size(),
        collection.first(),
        columns,
        rows_of(page_of(versioned, 0), columns),
        kinds_of(collection, ways),
        ee.Dictionary(collection.toDictionary()),
        versions_of(loads),
    ])  # fmt: skip
    reply = session.evaluate(wanted, name)
    with _parsing(name):
        size, first, names, rows, kind_rows, attributes, versions = reply
        if not size:
            raise _empty(session, unfiltered, name, query)
        if len(rows) == PAGE:  # only then: a wrong size in the reply must not cause requests without end
            rows += _further_rows(session, versioned, names, size, name)
        if len(rows) != size:
            raise WireError(f"{name} is said to have {size} images, but {len(rows)} are described.")
        kinds = Kinds.of(kind_rows, ways)
        check_schemas(session, collection, name, kinds, query.bands)
        properties = {**(attributes or {}), **first.get("properties", {})}
        stack = Stack(
            name,
            bands_of(first, lambda band: kinds.of_band(band, query), properties),
            items_of(names, rows, source=name, strict=query.strict_times),
            _attributes(attributes),
            id_name=_ID_NAME,
            crs_names=kinds.crs_names,
        )
        return EarthEngineSource(session, _pinned(expression, loads, versions), _checked(stack, query))


def _describe_image(session: Session, image: ee.Image, query: Query) -> EarthEngineSource:
    expression = ee.serializer.encode(image, for_cloud_api=True)
    name, ways = _name_of(expression), ways_of(query, combined=False)
    loads = loads_of(expression) if query.pin else []
    wanted = ee.List([image, [types_of(image, way) for way in ways], versions_of(loads)])
    reply = session.evaluate(wanted, name)
    with _parsing(name):
        described, types, versions = reply
        kinds = Kinds.of([[*types, None]], ways)
        properties = described.get("properties", {})
        own = sorted(key for key in properties if not key.startswith(SYSTEM))
        names = own if query.properties == "all" else query.properties
        # A table of one row. An image has no version of its own here: its graph names those of what it loads.
        row = [properties.get(INDEX, "0"), properties.get(TIME_START), None, *(properties.get(key) for key in names)]
        columns = [INDEX, TIME_START, CARRIED, *names]
        items = items_of(columns, [row], source=name, strict=query.strict_times)
        bands = bands_of(described, lambda band: kinds.of_band(band, query), properties)
        stack = Stack(name, bands, items, _attributes(properties), is_image=True, id_name=_ID_NAME)
        return EarthEngineSource(session, _pinned(expression, loads, versions), _checked(stack, query))


def _pinned(expression: Expression, loads: list[str], versions: list[object]) -> Expression:
    """The graph, naming the versions of the images that it loads by their ids, where the service has said them."""
    known = {asset: version_of(value) for asset, value in zip(loads, versions, strict=True)}
    return pinned(expression, {asset: version for asset, version in known.items() if version is not None})


def _checked(stack: Stack, query: Query) -> Stack:
    if not stack.bands:
        raise InputError(f"{stack.source} has no bands, so there is nothing to open.")
    check_bands(stack.bands, stack.source, query.resampling)
    _check_properties(stack, query.properties)
    return stack


def _empty(session: Session, unfiltered: ee.ImageCollection, name: str, query: Query) -> InputError:
    """The error for a collection without images: whether the region left none, or there was none before."""
    if query.region is not None and session.evaluate(unfiltered.limit(1).size(), name):
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
        pages[start] = session.evaluate(rows_of(page_of(collection, start), ee.List(names)), name)

    run_all([partial(ask, start) for start in range(PAGE, size, PAGE)], session.concurrency)
    return [row for start in sorted(pages) for row in pages[start]]


@contextmanager
def _parsing(name: str) -> Iterator[None]:
    """Turn any exception over a reply of another form than expected into one error that names the source."""
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
    """Refuse a property whose name is taken, or that no image has; where only some have it, others get None."""
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
    """What a source is called in messages: the asset that its graph loads, marked where more is done to it."""
    calls = [
        node["functionInvocationValue"]
        for node in objects_in(expression["values"])
        if "functionInvocationValue" in node
    ]
    assets = [
        call["arguments"]["id"].get("constantValue")
        for call in calls
        if call.get("functionName") in ("ImageCollection.load", "Image.load")
    ]
    if len(assets) != 1 or not isinstance(assets[0], str):
        return "the computed source"
    return assets[0] if len(calls) == 1 else f"{assets[0]} (computed)"


def _dated(value: object) -> object:
    """An ``ee.Date`` as text, anything else as it is."""
    is_date = isinstance(value, dict) and value.get("type") == "Date"
    return str(datetimes([milliseconds_of(value)])[0].astype("datetime64[ms]")) if is_date else value


def _attributes(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    """The properties that NetCDF and Zarr can hold as attributes: texts, numbers and lists of these."""
    kept = {}
    for name, stored in (properties or {}).items():
        value = _dated(stored)
        parts = value if isinstance(value, list) else [value]
        if parts and all(isinstance(part, (str, int, float)) for part in parts):
            kept[name.replace(":", "_")] = int(value) if isinstance(value, bool) else value
    return kept
