"""The service that the live tests talk to: the real Earth Engine if a project is named, otherwise the local one."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee
import requests
from google.auth.transport.requests import AuthorizedSession
from requests.adapters import HTTPAdapter

from xee_lite.testing import local_earth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HIGH_VOLUME = "https://earthengine-highvolume.googleapis.com"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it came: no client library has judged it."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def error(self) -> Json:
        """The ``error`` of its JSON; empty if it has none."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return {}
        return found.get("error", {}) if isinstance(found, dict) else {}

    @property
    def result(self) -> Any:
        """The value that was computed."""
        if self.status != 200:
            raise ValueError(self.refusal)
        return json.loads(self.content)["result"]

    @property
    def refusal(self) -> str:
        """Status and text of an error, or that there was none."""
        if self.status == 200:
            return "200, no error"
        return (
            f"{self.status} {self.error.get('status', 'without a status')}: {self.error.get('message', 'no message')}"
        )


class Service:
    """A service by plain HTTP, beside the official client, which is initialised for it; it keeps the replies.

    Parameters
    ----------
    url : str
        Without the version.
    project : str
        That requests are made for.
    session : requests.Session
        Which adds credentials where there are some.
    """

    def __init__(self, url: str, project: str, session: requests.Session) -> None:
        self.replies: list[Reply] = []
        self._url = url
        self._project = project
        self._session = session
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=100))

    def post(self, method: str, body: Json) -> Reply:
        """Call a method of the project, such as ``value:compute``, or of an asset by its name."""
        where = method if method.startswith("projects/") else f"projects/{self._project}/{method}"
        return self._send("POST", f"v1/{where}", json=body)

    def get(self, path: str, **query: str) -> Reply:
        """Get a path, such as ``$discovery/rest``."""
        return self._send("GET", path, params=query)

    def compute(self, value: Any) -> Reply:
        """Compute a value of ``ee``."""
        return self.post("value:compute", {"expression": expression(value)})

    def pixels(self, image: Any, grid: Json, file_format: str = "NPY") -> Reply:
        """Compute pixels of an image of ``ee``."""
        body = {"expression": expression(image), "grid": grid, "fileFormat": file_format}
        return self.post("image:computePixels", body)

    def stored_pixels(self, asset: str, bands: list[str], grid: Json) -> Reply:
        """Get pixels of a stored public image."""
        name = f"projects/earthengine-public/assets/{asset}:getPixels"
        return self.post(name, {"fileFormat": "NPY", "bandIds": bands, "grid": grid})

    def _send(self, verb: str, path: str, **options: Any) -> Reply:
        got = self._session.request(verb, f"{self._url}/{path}", timeout=300, **options)
        self.replies.append(Reply(got.status_code, got.headers, got.content))
        return self.replies[-1]


def expression(value: Any) -> Json:
    """The graph of a value of ``ee``."""
    found: Json = json.loads(value.serialize(for_cloud_api=True))
    return found


@contextmanager
def connect(project: str | None, **local: Any) -> Iterator[Service]:
    """Initialise ``ee`` for the real service and a project, or for a local one that is started with these options."""
    if project is None:
        with local_earth(**local) as earth, requests.Session() as session:
            yield Service(earth.url, earth.project, session)
        return
    ee.Initialize(project=project, url=HIGH_VOLUME)
    try:
        with AuthorizedSession(ee.data.get_persistent_credentials()) as session:
            session.headers["x-goog-user-project"] = project
            yield Service(HIGH_VOLUME, project, session)
    finally:
        ee.Reset()
