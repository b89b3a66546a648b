"""The session with Earth Engine: calls through the client library, and a recipe by which a worker starts its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import ee
import google_auth_httplib2
from google.auth.credentials import AnonymousCredentials
from googleapiclient.errors import HttpError

from ..errors import InputError, WireError, redact
from ..traffic.gateway import Gateway, gateway_of
from .failures import judge
from .limits import EARTH_ENGINE
from .replies import CheckedHttp
from .transport import process_transport

if TYPE_CHECKING:
    from googleapiclient.discovery import Resource
    from googleapiclient.http import HttpRequest

    from ..traffic.events import RequestInfo

Expression = dict[str, Any]
"""An expression graph as JSON: {"result": key, "values": {key: node}}."""

_LONGEST_VALUE = 128 * 2**20
"""Bytes of JSON that a value may have: four times what a page of 20 000 images with 80 properties each is."""

_MOST_VALUES = 5_000_000
"""Values within it: three times those of such a page. Parsed they take at most some 600 MB."""

_starting = Lock()


@dataclass(frozen=True, slots=True)
class Session:
    """How to reach Earth Engine: plain data that travels with a dataset and holds no credential.

    Attributes
    ----------
    url : str
        Base URL of the service.
    project : str
        Cloud project that is asked and billed.
    anonymous : bool
        Whether the service takes anybody (a local one); else a worker initialises with the credentials it finds.
    """

    url: str
    project: str
    anonymous: bool

    @classmethod
    def current(cls) -> Session:
        """The session that ``ee.Initialize`` began in this process.

        Raises
        ------
        InputError
            If it did not.
        """
        state = ee.data._get_state()
        if not state.initialized:
            raise InputError(
                "Earth Engine is not initialised in this process: call ee.Initialize(project='your-project'), or "
                "xee_lite.emulator.start(...).initialize() for a local one, before opening."
            )
        anonymous = isinstance(state.credentials, AnonymousCredentials)
        return cls(state.cloud_api_base_url, state.cloud_api_user_project, anonymous)

    def ensure(self) -> None:
        """Initialise ``ee`` in this process by this recipe, if nobody has.

        Raises
        ------
        InputError
            If the process talks to another service: its pixels would be other ones.
        """
        with _starting:
            if not ee.data._get_state().initialized:
                credentials = AnonymousCredentials() if self.anonymous else "persistent"
                ee.Initialize(credentials, url=self.url, project=self.project)
        url = ee.data._get_state().cloud_api_base_url
        if url != self.url:
            raise InputError(
                f"This dataset was opened on {self.url}, but ee is now initialised for {url}: open it again, or "
                "initialise ee for the first."
            )

    def compute_value(self, expression: Expression, info: RequestInfo) -> Any:  # noqa: ANN401 - JSON
        """Evaluate an expression on the service; JSON comes back."""

        def call() -> Any:  # noqa: ANN401 - JSON
            self.ensure()
            method = ee.data._get_cloud_projects().value().compute
            request = method(body=_tagged({"expression": expression}), project=self._path, prettyPrint=False)
            try:
                return _execute(request, _LONGEST_VALUE, _MOST_VALUES)["result"]
            except (ValueError, LookupError, TypeError, RecursionError) as error:
                raise WireError(f"the reply is no JSON object with a 'result' ({type(error).__name__})") from error

        return self.gateway.call(call, info=info, judge=judge)

    def compute_pixels(self, body: dict[str, Any], max_bytes: int) -> bytes:
        """Send one ``image:computePixels``, whose reply has at most so many bytes; the caller stands in the gateway."""
        self.ensure()
        image, _ = _pixel_methods(ee.data._get_state().cloud_api_resource_raw)
        return bytes_of(image.computePixels(project=self._path, body=_tagged(body)), max_bytes)

    def get_pixels(self, asset: str, body: dict[str, Any], max_bytes: int) -> bytes:
        """Send one ``assets:getPixels``, whose reply has at most so many bytes; the caller stands in the gateway."""
        self.ensure()
        name = ee._cloud_api_utils.convert_asset_id_to_asset_name(asset)
        _, assets = _pixel_methods(ee.data._get_state().cloud_api_resource_raw)
        return bytes_of(assets.getPixels(name=name, body=_tagged(body)), max_bytes)

    @property
    def gateway(self) -> Gateway:
        """Through which all requests go that share the project's quota."""
        return gateway_of(f"{self.url} {self.project}", EARTH_ENGINE)

    @property
    def _path(self) -> str:
        return f"projects/{self.project}"


@lru_cache(maxsize=4)
def _pixel_methods(service: Resource) -> tuple[Resource, Resource]:
    """Where the client library has its methods for computed and for stored pixels.

    It makes them anew each time that it is asked, which takes a fifth of the time of a small request.
    """
    return service.projects().image(), service.projects().assets()


def bytes_of(request: HttpRequest, max_bytes: int) -> bytes:
    """Run a request whose reply is raw bytes, at most so many."""
    reply: bytes = _execute(request, max_bytes)
    return reply


def _execute(request: HttpRequest, max_bytes: int, most_values: int | None = None) -> Any:  # noqa: ANN401 - bytes or JSON, as the request's model says
    """Run one request of the client library once: retries are the gateway's, whatever the user has set for ee."""
    state = ee.data._get_state()
    transport = state.http_transport or process_transport().expecting(max_bytes)
    if state.credentials is not None and state.http_transport is None:
        transport = google_auth_httplib2.AuthorizedHttp(state.credentials, http=transport)
    try:
        return request.execute(http=CheckedHttp(transport, most_values), num_retries=0)
    except HttpError as error:
        error.uri = redact(error.uri)  # an API key is part of it, and this is the cause of what the user gets to see
        raise


def _tagged(body: dict[str, Any]) -> dict[str, Any]:
    """Add the workload tag that the user has set, as the client library does."""
    tag = ee.data._get_state().workload_tag.get()
    return {**body, "workloadTag": tag} if tag else body
