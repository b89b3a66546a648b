"""The assets below a folder, as the service lists them: the API has no other catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import WireError
from ..traffic.concurrency import run_all
from ..traffic.events import RequestInfo
from .session import Session

PUBLIC = "projects/earthengine-public"
"""The project of the public catalogue (the REST reference names its folder LANDSAT as an example of one to list)."""

_FOLDER = "FOLDER"
_TEXTS = ("title", "description", "keywords", "tags", "provider")
"""Fields or properties with text about an asset."""


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset of a listing.

    Attributes
    ----------
    id : str
    kind : str
        "IMAGE", "IMAGE_COLLECTION", "TABLE" and so on.
    title : str
    text : str
        Its id and all texts about it, for a search.
    """

    id: str
    kind: str
    title: str
    text: str


def assets_below(parent: str) -> list[Asset]:
    """List the assets of a project or a folder, and of the folders in it, in the order of their ids.

    The images of a collection are not listed.

    Parameters
    ----------
    parent : str
        Such as "projects/my-project", "projects/my-project/assets/folder" or "LANDSAT".

    Raises
    ------
    RequestError
        If the service does not list it.
    """
    session, assets = Session.current(), list[Asset]()
    folders = seen = {parent}
    while folders:
        entries = _entries_of_all(session, sorted(folders))
        assets += [_asset(entry) for entry in entries if entry.get("type") != _FOLDER]
        inner = {str(entry.get("id") or entry["name"]) for entry in entries if entry.get("type") == _FOLDER}
        folders = inner - seen  # a folder that is listed within itself would have no end
        seen = seen | folders
    return sorted(assets, key=lambda asset: asset.id)


def _entries_of_all(session: Session, folders: list[str]) -> list[dict[str, Any]]:
    """The entries of some folders, which are listed side by side."""
    entries: list[dict[str, Any]] = []

    def look(folder: str) -> None:
        entries.extend(_entries(session, folder))

    run_all([partial(look, folder) for folder in folders], session.concurrency)
    return entries


def _entries(session: Session, folder: str) -> list[dict[str, Any]]:
    """The entries of all pages of a listing."""
    entries: list[dict[str, Any]] = []
    page: str | None = ""
    seen = set[str]()
    while page is not None:
        if page in seen:
            raise WireError(f"the listing of {folder} comes back to a page that it had")
        seen.add(page)
        reply = session.list_assets(folder, page, RequestInfo(asset=folder))
        entries += reply.get("assets", [])
        token = reply.get("nextPageToken")
        page = str(token) if token else None
    return entries


def _asset(entry: dict[str, Any]) -> Asset:
    properties = entry.get("properties") or {}
    own = {name: entry.get(name) or properties.get(name) or "" for name in _TEXTS}
    identity = str(entry.get("id") or entry.get("name") or "")
    spelled = {name: " ".join(value) if _is_texts(value) else str(value) for name, value in own.items()}
    title = " ".join(spelled["title"].split())
    return Asset(identity, str(entry.get("type", "")), title, " ".join([identity, *spelled.values()]))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)
