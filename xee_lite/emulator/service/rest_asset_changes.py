"""Changes of assets: create, patch, delete, copy, move; and IAM policies, which have no effect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..catalogue.names import asset_id, asset_name
from ..errors import EarthError, NotImplementedHereError
from . import payload
from .asset_filter import parse_moment
from .rest_assets import find_asset, stored_asset_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .call import Call
    from .payload import Json
    from .state import ServiceState

_TIMES = {
    "startTime": "system:time_start",
    "start_time": "system:time_start",
    "endTime": "system:time_end",
    "end_time": "system:time_end",
}
_ASSET_FIELDS = frozenset({"name", "id", "type", "properties", "bands", *_TIMES})
_PROPERTY_PATH = re.compile(r'properties\.(?:"(?P<quoted>.+)"|(?P<plain>[^"]+))', re.DOTALL)


def create_asset(state: ServiceState, call: Call) -> Json:
    """Answer ``assets.create``: of folders and image collections, as images are uploaded elsewhere."""
    body = call.body()
    kind = body.get("type")
    if kind not in ("FOLDER", "IMAGE_COLLECTION"):
        raise EarthError("What is created is a FOLDER or an IMAGE_COLLECTION; images and tables come by export.")
    payload.message(body, "", _ASSET_FIELDS)
    name = f"{call.project}/assets/{call.query.get('assetId', '')}"
    state.workspace.create(asset_id(name), kind, _properties(body.get("properties") or {}))
    return stored_asset_json(state.catalogue, name)


def update_asset(state: ServiceState, call: Call) -> Json:
    """Answer ``assets.patch``."""
    body = call.body("asset", "updateMask")
    asset = payload.message(body.get("asset") or {}, "asset", _ASSET_FIELDS)
    current = stored_asset_json(state.catalogue, call.name).get("properties", {})
    mask = _mask(body.get("updateMask", call.query.get("updateMask", "")))
    changes: dict[str, Any] = {}
    for path in mask or ("properties", *list(_TIMES)[::2]):
        changes |= _change(path, asset, current)
    state.workspace.update(asset_id(call.name), changes)
    return stored_asset_json(state.catalogue, call.name)


def delete_asset(state: ServiceState, call: Call) -> Json:
    """Answer ``assets.delete``."""
    state.workspace.delete(_existing(state, call))
    return {}


def copy_asset(state: ServiceState, call: Call) -> Json:
    """Answer ``assets.copy``."""
    body = call.body("destinationName", "overwrite", "bandIds")
    target = _destination(body)
    state.workspace.copy(_existing(state, call), asset_id(target), overwrite=body.get("overwrite") is True)
    return stored_asset_json(state.catalogue, target)


def move_asset(state: ServiceState, call: Call) -> Json:
    """Answer ``assets.move``."""
    target = _destination(call.body("destinationName"))
    state.workspace.move(_existing(state, call), asset_id(target))
    return stored_asset_json(state.catalogue, target)


def get_policy(state: ServiceState, call: Call) -> Json:
    """Answer ``getIamPolicy``: nobody is granted anything until a policy is set."""
    call.body()
    return state.policies.get(_existing(state, call), {"bindings": [], "etag": "ACAB"})


def set_policy(state: ServiceState, call: Call) -> Json:
    """Answer ``setIamPolicy``: the policy is remembered as long as the server runs, and has no effect."""
    policy = payload.message(call.body("policy", "updateMask").get("policy") or {}, "policy")
    asset = _existing(state, call)
    state.policies[asset] = {"etag": "ACAB", **policy}
    return state.policies[asset]


def test_permissions(state: ServiceState, call: Call) -> Json:
    """Answer ``testIamPermissions``: everybody may do everything."""
    body = call.body("permissions")
    _existing(state, call)
    return {"permissions": list(payload.texts(payload.given(body, "permissions", []), "permissions"))}


def _existing(state: ServiceState, call: Call) -> str:
    """The short id of the asset that a request names, which must exist."""
    find_asset(state.catalogue, call.name)
    return asset_id(call.name)


def _destination(body: Json) -> str:
    return asset_name(asset_id(payload.text(payload.given(body, "destinationName", ""), "destinationName")))


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
        return {_TIMES[path]: None if text is None else parse_moment(payload.text(text, f"asset.{path}"))}
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
