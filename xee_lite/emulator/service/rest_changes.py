"""The part of the REST surface that changes assets: create, patch, delete, copy, move; and policies, without effect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..catalogue.names import asset_id, asset_name
from ..errors import EarthError, NotImplementedHereError
from . import payload
from .asset_filter import moment
from .rest_assets import find_asset, get_asset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..catalogue.assets import Catalogue
    from ..catalogue.workspace import Workspace
    from .payload import Json

_TIMES = {
    "startTime": "system:time_start",
    "start_time": "system:time_start",
    "endTime": "system:time_end",
    "end_time": "system:time_end",
}
_ASSET_FIELDS = frozenset({"name", "id", "type", "properties", "bands", *_TIMES})
_PROPERTY_PATH = re.compile(r'properties\.(?:"(?P<quoted>.+)"|(?P<plain>[^"]+))', re.DOTALL)


class Changes:
    """Changes of a workspace, answered with the catalogue's view of it."""

    def __init__(self, catalogue: Catalogue, workspace: Workspace) -> None:
        self._catalogue = catalogue
        self._workspace = workspace
        self._policies: dict[str, Json] = {}

    def create(self, parent: str, query: Mapping[str, str], body: Json) -> Json:
        """Answer ``assets.create``: of folders and image collections, as images are uploaded elsewhere."""
        kind = body.get("type")
        if kind not in ("FOLDER", "IMAGE_COLLECTION"):
            raise EarthError("What is created is a FOLDER or an IMAGE_COLLECTION; images and tables come by export.")
        payload.message(body, "", _ASSET_FIELDS)
        name = f"{parent}/assets/{query.get('assetId', '')}"
        self._workspace.create(asset_id(name), kind, _properties(body.get("properties", {})))
        return get_asset(self._catalogue, name)

    def update(self, name: str, query: Mapping[str, str], body: Json) -> Json:
        """Answer ``assets.patch``."""
        payload.message(body, "", frozenset({"asset", "updateMask"}))
        asset = payload.message(body.get("asset", {}), "asset", _ASSET_FIELDS)
        current = get_asset(self._catalogue, name).get("properties", {})
        changes: dict[str, Any] = {}
        for path in _mask(body.get("updateMask", query.get("updateMask", ""))) or ("properties", *list(_TIMES)[::2]):
            changes |= _change(path, asset, current)
        self._workspace.update(asset_id(name), changes)
        return get_asset(self._catalogue, name)

    def delete(self, name: str) -> Json:
        """Answer ``assets.delete``."""
        self._existing(name)
        self._workspace.delete(asset_id(name))
        return {}

    def copy(self, name: str, body: Json) -> Json:
        """Answer ``assets.copy``."""
        target = _destination(payload.message(body, "", frozenset({"destinationName", "overwrite", "bandIds"})))
        self._existing(name)
        self._workspace.copy(asset_id(name), asset_id(target), overwrite=body.get("overwrite") is True)
        return get_asset(self._catalogue, target)

    def move(self, name: str, body: Json) -> Json:
        """Answer ``assets.move``."""
        target = _destination(payload.message(body, "", frozenset({"destinationName"})))
        self._existing(name)
        self._workspace.move(asset_id(name), asset_id(target))
        return get_asset(self._catalogue, target)

    def get_policy(self, name: str, _body: Json) -> Json:
        """Answer ``getIamPolicy``: nobody is granted anything, until somebody says so."""
        return self._policies.get(self._existing(name), {"bindings": [], "etag": "ACAB"})

    def set_policy(self, name: str, body: Json) -> Json:
        """Answer ``setIamPolicy``: the policy is remembered as long as the server runs, and binds nobody."""
        payload.message(body, "", frozenset({"policy", "updateMask"}))
        policy = payload.message(body.get("policy", {}), "policy")
        self._policies[self._existing(name)] = {"etag": "ACAB", **policy}
        return self._policies[self._existing(name)]

    def test_permissions(self, name: str, body: Json) -> Json:
        """Answer ``testIamPermissions``: everybody may do everything."""
        payload.message(body, "", frozenset({"permissions"}))
        self._existing(name)
        return {"permissions": list(payload.texts(body.get("permissions", []), "permissions"))}

    def _existing(self, name: str) -> str:
        find_asset(self._catalogue, name)
        return asset_id(name)


def _destination(body: Json) -> str:
    return asset_name(asset_id(payload.text(body.get("destinationName", ""), "destinationName")))


def _mask(value: object) -> tuple[str, ...]:
    """A FieldMask: text with commas, or as the official client sends it, an object with its paths."""
    if isinstance(value, dict):
        return payload.texts(payload.message(value, "updateMask", frozenset({"paths"})).get("paths", []), "updateMask")
    return tuple(filter(None, payload.text(value, "updateMask").split(",")))


def _change(path: str, asset: Json, current: Mapping[str, Any]) -> dict[str, Any]:
    """What one path of a mask changes; a value that is not in the asset is removed."""
    properties = asset.get("properties") or {}
    if path == "properties":
        return {**dict.fromkeys(current), **_properties(properties)}
    if path in _TIMES:
        snake = re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", path)
        camel = re.sub(r"_(.)", lambda letter: letter[1].upper(), path)
        text = asset.get(camel, asset.get(snake))
        return {_TIMES[path]: None if text is None else moment(payload.text(text, f"asset.{path}"))}
    match = _PROPERTY_PATH.fullmatch(path)
    if match is None:
        if path == "bands":
            raise NotImplementedHereError("This emulator does not rename the bands of assets.")
        raise EarthError(f"Invalid value at 'updateMask': '{path[:100]}' is no field that can be updated.")
    name = match["quoted"] or match["plain"]
    return _properties({name: payload.message(properties, "asset.properties").get(name)})


def _properties(value: object) -> dict[str, Any]:
    """Properties as assets can have them: numbers, text and lists of those; null removes one."""
    found = payload.message(value, "properties")
    for name, entry in found.items():
        entries = entry if isinstance(entry, list) else [entry]
        if not all(item is None or isinstance(item, (str, int, float)) for item in entries):
            raise EarthError(f"Property '{name[:100]}' must be a number, a text, or a list of those.")
        if name in _TIMES.values() and entry is not None:
            payload.real(None if isinstance(entry, str) else entry, f"properties.{name}")
    return found
