"""The assets below a folder, as the service lists them: the only catalogue that the API has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import WireError
from ..options import OPTIONS
from ..traffic.concurrency import run_all
from ..traffic.events import RequestInfo
from .limits import EARTH_ENGINE
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLIC = "projects/earthengine-public"
"""The project of the public catalogue (the REST reference names its folder LANDSAT as an example of one to list)."""

_FOLDER = "FOLDER"
_TEXTS = ("title", "description", "keywords", "tags", "provider")
"""Properties that say what a dataset is."""


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset as a listing has it.

    Attributes
    ----------
    id : str
    kind : str
        "IMAGE", "IMAGE_COLLECTION", "TABLE" and so on.
    title : str
    text : str
        All words that say what it is.
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
    session, found = Session.current(), list[Asset]()
    folders: Sequence[str] = [parent]
    seen = {parent}
    while folders:
        inner: list[str] = []

        def look(folder: str, into: list[str] = inner) -> None:
            for entry in _entries(session, folder):
                if entry.get("type") == _FOLDER:
                    into.append(str(entry.get("id") or entry["name"]))
                else:
                    found.append(_asset(entry))

        tasks = [partial(look, folder) for folder in folders]
        run_all(tasks, OPTIONS.concurrency(EARTH_ENGINE.concurrent_requests))
        folders = sorted(set(inner) - seen)  # a folder that is said to be within itself would have no end
        seen.update(folders)
    return sorted(found, key=lambda asset: asset.id)


def _entries(session: Session, folder: str) -> list[dict[str, Any]]:
    """All pages of a listing."""
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
