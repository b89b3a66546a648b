"""Reading assets: get and list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalogue.assets import Folder, Table
from ..catalogue.names import LEGACY, asset_id, is_root, root_id
from ..errors import EarthError
from ..images.image import Image
from .asset_filter import parse_filter
from .asset_json import asset_json
from .limits import PAGE_BASIC, PAGE_FULL
from .pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..catalogue.assets import Asset, Catalogue
    from ..catalogue.workspace import Workspace
    from ..values.stored import StoredCollection
    from .asset_filter import AssetFilter
    from .call import Call
    from .payload import Json
    from .state import ServiceState

_VIEWS = ("BASIC", "FULL", "BASIC_SYNC", "EARTH_ENGINE_ASSET_VIEW_UNSPECIFIED")


def find_asset(catalogue: Catalogue, name: str) -> Asset:
    """Look up an asset by its REST name.

    Raises
    ------
    EarthError
        404 where there is none. Of the two ways in which the service is known to answer (403 that does not tell, and
        404), this is the one that ``ee.data.getInfo`` understands.
    """
    found = catalogue.find(_short(name))
    if found is None:
        raise EarthError(_missing(name), 404, "NOT_FOUND")
    return found


def _missing(name: str) -> str:
    """The sentence of an asset that is not there: captured ones of the service (September 2026), of which it has three.

    That public assets have the first is a guess.
    """
    if is_root(name):
        return f"Resource projects/{name.split('/')[1][:100]} could not be found."
    if name.startswith(f"projects/{LEGACY}/"):
        return f'Asset "{name[:500]}" not found.'
    return f"Asset '{name[:500]}' does not exist or doesn't allow this operation."


def get_asset(state: ServiceState, call: Call) -> Json:
    """Answer ``assets.get``."""
    return stored_asset_json(state.catalogue, call.name) | _quota(call.name, state.workspace)


def stored_asset_json(catalogue: Catalogue, name: str) -> Json:
    """What the API says of an asset of a REST name."""
    asset = find_asset(catalogue, name)
    out = asset_json(asset, _short(name))
    if isinstance(asset, Table):  # a listing does without: its files would all have to be read
        out["featureCount"] = str(len(asset.features()))
    return out


def list_assets(state: ServiceState, call: Call) -> Json:
    """Answer ``listAssets`` for a collection, a folder, or the root of a project."""
    catalogue, name, query = state.catalogue, call.name, call.query
    full = _full(query)
    page = Page.parse(query, PAGE_FULL if full else PAGE_BASIC)
    parent = find_asset(catalogue, name)
    asset_filter = parse_filter(query.get("filter", ""))
    if isinstance(parent, (Image, Table)):
        kind = "an image" if isinstance(parent, Image) else "a table"
        raise EarthError(f"Asset '{name[:500]}' is {kind}; only folders and image collections can be listed.")
    if isinstance(parent, Folder):
        entries = _children(catalogue, parent, asset_filter, full=full)
    else:
        entries = _images(parent, asset_filter, full=full)
    assets, following = page.of(entries)
    out: Json = {"assets": assets} if assets else {}
    if following:
        out["nextPageToken"] = following
    return out


def _quota(name: str, workspace: Workspace) -> Json:
    """What a root folder says of its use; the limits are the service's (guide to usage)."""
    if not is_root(name):
        return {}
    count, size = workspace.usage()
    return {
        "quota": {
            "assetCount": str(count),
            "maxAssets": "10000",
            "sizeBytes": str(size),
            "maxSizeBytes": str(250 * 2**30),
        }
    }


def _short(name: str) -> str:
    return root_id(name.split("/")[1]) if is_root(name) else asset_id(name)


def _children(catalogue: Catalogue, folder: Folder, asset_filter: AssetFilter, *, full: bool) -> Iterator[Json]:
    for child in folder.children:
        try:
            asset = catalogue.find(child)
        except EarthError:  # a file that can not be served, of which the log tells
            continue
        if asset is None:
            continue
        # Times, positions and properties are those of images: nothing else passes a filter.
        if asset_filter.everything or (isinstance(asset, Image) and asset_filter.matches(asset)):
            yield asset_json(asset, child, full=full)


def _images(collection: StoredCollection, asset_filter: AssetFilter, *, full: bool) -> Iterator[Json]:
    for image in collection.images(asset_filter.query):
        if asset_filter.matches(image):
            yield asset_json(image, image.id or f"{collection.id}/{image.properties['system:index']}", full=full)


def _full(query: Mapping[str, str]) -> bool:
    view = query.get("view") or "FULL"
    if view not in _VIEWS:
        raise EarthError(f"Invalid value at 'view', \"{view[:50]}\"; it is one of {', '.join(_VIEWS)}.")
    return not view.startswith("BASIC")
