"""Collections in pages, and tables as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from ..catalogue.assets import Table
from ..catalogue.names import asset_id
from ..errors import EarthError
from ..evaluator.interpreter import evaluate
from ..images.image import Image
from ..values.collection import Collection
from . import payload
from .asset_filter import parse_filter
from .asset_json import asset_json
from .feature_json import feature_json
from .limits import PAGE_FULL
from .pages import Page
from .rest_assets import find_asset
from .rest_pixels import describe_kind, required_expression
from .table_formats import table_format

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from ..catalogue.assets import Catalogue
    from ..values.feature import Feature
    from .call import Call
    from .encode import Encoded
    from .payload import Json
    from .state import ServiceState

_PAGE_FIELDS = frozenset({"expression", "pageSize", "pageToken", "workloadTag"})
_TABLE_FIELDS = frozenset({"expression", "fileFormat", "selectors", "filename", "workloadTag"})


def compute_images(state: ServiceState, call: Call) -> Json:
    """Answer ``imageCollection:computeImages``."""
    images, following = _page(state, call)
    return _with_token({"images": [_image_json(image) for image in images]}, following)


def _image_json(image: object) -> Json:
    if not isinstance(image, Image):
        raise EarthError("An element of the collection is no image.")
    return asset_json(image, image.id)


def compute_features(state: ServiceState, call: Call) -> Json:
    """Answer ``table:computeFeatures``."""
    elements, following = _page(state, call)
    features = [feature_json(element) for element in elements]
    return _with_token({"type": "FeatureCollection", "features": features}, following)


def list_features(state: ServiceState, call: Call) -> Json:
    """Answer ``assets.listFeatures``."""
    page = Page.parse(call.query, PAGE_FULL)
    table = find_asset(state.catalogue, call.name)
    if not isinstance(table, Table):
        raise EarthError(f"Asset '{asset_id(call.name)[:500]}' is no table, so it has no features.")
    condition = parse_filter(call.query.get("filter", ""))
    region = _region(call.query.get("region", ""))

    def passes(feature: Feature) -> bool:
        footprint = feature.geometry
        if region is not None and (footprint is None or not shapely.intersects(footprint.shape, region)):
            return False
        return condition.matches(Image((), {**feature.properties, "system:footprint": footprint}))

    features, following = page.of(feature for feature in table.features() if passes(feature))
    out: Json = {"type": "FeatureCollection", "features": [feature_json(feature) for feature in features]}
    return _with_token(out, following)


def create_table(state: ServiceState, call: Call) -> Json:
    """Answer ``tables.create``."""
    body = call.body(*_TABLE_FIELDS)
    table_format(payload.given(body, "fileFormat", "CSV"))
    _file_name(body)
    parse_selectors(body)
    required_collection(state.catalogue, body)
    return {"name": state.requests.add(f"{call.project}/tables", body)}


def get_table(state: ServiceState, call: Call) -> Encoded:
    """Answer ``tables.getFeatures``."""
    body = state.requests[call.name]
    table = required_collection(state.catalogue, body)
    return table_format(payload.given(body, "fileFormat", "CSV")).download(
        table, parse_selectors(body), _file_name(body)
    )


def _file_name(body: Json) -> str:
    """The name asked for, never a path; the service's own is not known."""
    name = payload.text(payload.given(body, "filename", ""), "filename") or "table"
    return name.replace("/", "_").replace("\\", "_")


def parse_selectors(body: Json) -> tuple[str, ...] | None:
    """The columns that a table shall have; None is all of them."""
    return payload.texts(payload.given(body, "selectors", []), "selectors") or None


def required_collection(catalogue: Catalogue, body: Json) -> Collection:
    """The collection that a body's expression evaluates to."""
    found = evaluate(required_expression(body), catalogue)
    if not isinstance(found, Collection):
        raise EarthError(f"The expression is no collection but {describe_kind(found)}.")
    return found


def _page(state: ServiceState, call: Call) -> tuple[list[object], str | None]:
    body = call.body(*_PAGE_FIELDS)
    page = Page.parse(body, PAGE_FULL)
    return page.of(required_collection(state.catalogue, body))


def _with_token(out: Json, following: str | None) -> Json:
    return {**out, "nextPageToken": following} if following else out


def _region(text: str) -> BaseGeometry | None:
    if not text:
        return None
    try:
        return shape(json.loads(text))
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise EarthError(f"Invalid value at 'region': '{text[:200]}' is no GeoJSON geometry.") from error
