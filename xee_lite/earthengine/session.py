"""The session with Earth Engine: calls through the client library, and a recipe by which a worker starts its own."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import ee
import google_auth_httplib2
from google.auth.credentials import AnonymousCredentials
from googleapiclient.errors import HttpError

from ..errors import InputError, WireError, XeeLiteWarning, redact
from ..options import OPTIONS
from ..traffic.budget import admitted
from ..traffic.costs import CallRecord, recorded
from ..traffic.events import RequestInfo
from ..traffic.gateways import gateway_of
from .failures import judge
from .limits import EARTH_ENGINE, RESTRICTED_REQUESTS
from .profile import eecu_seconds
from .replies import CheckedHttp
from .starting import Starter
from .transport import process_transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from googleapiclient.discovery import Resource
    from googleapiclient.http import HttpRequest

    from ..traffic.gateway import Gateway
    from .graph import Expression

T = TypeVar("T")

_MAX_VALUE_BYTES = 128 * 2**20
"""Bytes of JSON that a value may have (chosen): four times a page of 20 000 images (`table.PAGE`) with 80
properties."""

_MAX_JSON_VALUES = 5_000_000
"""JSON values within it (chosen): three times those of such a page. Parsed they take at most some 600 MB."""

_PROJECT = re.compile(r"projects/([^/]+)(?:/assets/?)?")
"""A project as a parent of assets: the API lists these by ``projects.listAssets``, those of a folder by
``projects.assets.listAssets``."""

_starter = Starter()
_warned: set[str] = set()
_lock = Lock()


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

    def __dask_tokenize__(self) -> str:
        """The host of the service alone, which decides what the pixels are.

        A local service has another port at each start, and an export that the quota of one project ended may be
        continued under another.
        """
        return str(urlsplit(self.url).hostname)

    @classmethod
    def current(cls) -> Session:
        """The session that ``ee.Initialize`` began in this process.

        Raises
        ------
        InputError
            If ``ee`` is not initialised.
        """
        state = ee.data._get_state()
        if not state.initialized:
            raise InputError(
                "Earth Engine is not initialised in this process: call ee.Initialize(project='your-project'), or "
                "from xee_lite import emulator; emulator.start().initialize() for a local one, before opening."
            )
        anonymous = isinstance(state.credentials, AnonymousCredentials)
        return cls(state.cloud_api_base_url, state.cloud_api_user_project, anonymous)

    def ensure(self) -> None:
        """Initialise ``ee`` in this process by this recipe, unless it is initialised.

        This makes requests through the gateway, so it is not to be called within one of them.

        Raises
        ------
        InputError
            If the process talks to another service, whose pixels would be others, or if it has no credentials.
        RequestError
            When the session could not begin.

        Warns
        -----
        XeeLiteWarning
            Once, if the process is initialised for another project.
        """
        if not ee.data._get_state().initialized or _starter.busy:
            _starter.start(self, self.gateway)
        state = ee.data._get_state()
        if state.cloud_api_base_url != self.url:
            raise InputError(
                f"This dataset was opened on {self.url}, but ee is now initialised for {state.cloud_api_base_url}: "
                "open it again, or initialise ee for the first."
            )
        project = state.cloud_api_user_project
        if project != self.project and _is_first_warning(f"{self.url} {self.project} {project}"):
            warnings.warn(
                f"This dataset was opened for the project {self.project!r}, but ee is initialised for {project!r} in "
                f"this process: its requests are made in the first and name the second as the one to be billed. Call "
                f"ee.Initialize(project={self.project!r}) here, or open it again.",
                XeeLiteWarning,
                stacklevel=2,
            )

    def call(self, function: Callable[[], T], info: RequestInfo) -> T:
        """Run a function that makes one request through the gateway, within a session that has begun."""
        self.ensure()
        images = len(info.items) * len(info.bands) if info.window else 0
        fetch = partial(eecu_seconds, self.compute_value)
        with recorded(CallRecord(f"{self.url} {self.project}", info.asset, images, fetch), admitted):
            return self.gateway.call(function, info=info, judge=judge)

    def evaluate(self, value: ee.ComputedObject, asset: str) -> Any:  # noqa: ANN401 - JSON
        """What an object of ``ee`` stands for, as JSON; `asset` says in messages what is asked about."""
        return self.compute_value(ee.serializer.encode(value, for_cloud_api=True), RequestInfo(asset))

    def compute_value(self, expression: Expression, info: RequestInfo) -> Any:  # noqa: ANN401 - JSON
        """Evaluate an expression on the service, and give its value as JSON."""

        def call() -> Any:  # noqa: ANN401 - JSON
            method = _resources()[0].projects().value().compute
            request = method(body=_tagged({"expression": expression}), project=self._path, prettyPrint=False)
            try:
                return self._execute(request, _MAX_VALUE_BYTES, _MAX_JSON_VALUES)["result"]
            except (ValueError, LookupError, TypeError, RecursionError) as error:
                raise WireError(f"the reply is no JSON object with a 'result' ({type(error).__name__})") from error

        return self.call(call, info)

    def compute_table(self, expression: Expression, max_bytes: int) -> bytes:
        """Evaluate an expression whose value is a long table, and give its JSON unparsed; within `call`."""
        values = _resources()[1].projects().value()
        request = values.compute(body=_tagged({"expression": expression}), project=self._path, prettyPrint=False)
        reply: bytes = self._execute(request, max_bytes)
        return reply

    def compute_pixels(self, body: dict[str, Any], max_bytes: int) -> bytes:
        """Send one ``image:computePixels``, whose reply has at most so many bytes; within `call`."""
        image, _ = _pixel_methods(_resources()[1])
        pixels: bytes = self._execute(image.computePixels(project=self._path, body=_tagged(body)), max_bytes)
        return pixels

    def get_pixels(self, asset: str, body: dict[str, Any], max_bytes: int) -> bytes:
        """Send one ``assets:getPixels``, whose reply has at most so many bytes; within `call`."""
        name = ee._cloud_api_utils.convert_asset_id_to_asset_name(asset)
        _, assets = _pixel_methods(_resources()[1])
        pixels: bytes = self._execute(assets.getPixels(name=name, body=_tagged(body)), max_bytes)
        return pixels

    def list_assets(self, parent: str, page: str, info: RequestInfo) -> dict[str, Any]:
        """One page of what is in a project, a folder or a collection, as the API lists it; "" is the first page."""
        project = _PROJECT.fullmatch(parent)
        name = f"projects/{project[1]}" if project else ee._cloud_api_utils.convert_asset_id_to_asset_name(parent)

        def call() -> dict[str, Any]:
            projects = _resources()[0].projects()
            holder = projects if project else projects.assets()
            request = holder.listAssets(parent=name, pageToken=page or None, prettyPrint=False)
            reply = self._execute(request, _MAX_VALUE_BYTES, _MAX_JSON_VALUES)
            if not (isinstance(reply, dict) and _are_objects(reply.get("assets", []))):
                raise WireError("the reply is no listing of assets")
            return reply

        return self.call(call, info)

    @property
    def gateway(self) -> Gateway:
        """The gateway for all requests that share the project's quota."""
        return gateway_of(f"{self.url} {self.project}", EARTH_ENGINE)

    @property
    def concurrency(self) -> int:
        """Requests that may go out at once."""
        return OPTIONS.concurrency(EARTH_ENGINE.concurrent_requests)

    @property
    def _path(self) -> str:
        return f"projects/{self.project}"

    def _execute(self, request: HttpRequest, max_bytes: int, max_values: int | None = None) -> Any:  # noqa: ANN401 - bytes or JSON
        """Run one request of the client library once: retries are the gateway's, whatever the user has set for ee."""
        state = ee.data._get_state()
        transport = state.http_transport or process_transport().expecting(max_bytes)
        if state.credentials is not None and state.http_transport is None:
            transport = google_auth_httplib2.AuthorizedHttp(state.credentials, http=transport)
        try:
            return request.execute(http=CheckedHttp(transport, max_values, self._restrict), num_retries=0)
        except HttpError as error:
            error.uri = redact(error.uri)  # it may hold an API key, and users see this error as the cause of theirs
            raise

    def _restrict(self) -> None:
        """Lower how many requests go out at once, since a reply says that the project is in restricted mode."""
        if self.gateway.restrict(RESTRICTED_REQUESTS):
            warnings.warn(
                f"The project {self.project!r} has used up its quota of computing, so that Earth Engine takes fewer of "
                f"its requests at once (restricted mode): reads go on with {RESTRICTED_REQUESTS}, and with more where "
                "they pass. See https://developers.google.com/earth-engine/guides/noncommercial_tiers.",
                XeeLiteWarning,
                stacklevel=2,
            )


def _resources() -> tuple[Resource, Resource]:
    """The client library's methods: those whose replies it parses as JSON, and those whose replies stay bytes."""
    state = ee.data._get_state()
    if state.cloud_api_resource is None:
        raise InputError("ee was reset while a dataset was being read: call ee.Initialize() again.")
    return state.cloud_api_resource, state.cloud_api_resource_raw


@lru_cache(maxsize=4)
def _pixel_methods(service: Resource) -> tuple[Resource, Resource]:
    """The client library's methods for computed and for stored pixels.

    It makes them anew at each access, which was measured as a fifth of the time of a small request.
    """
    return service.projects().image(), service.projects().assets()


def _are_objects(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, dict) for value in values)


def _tagged(body: dict[str, Any]) -> dict[str, Any]:
    """Add the workload tag that the user has set, as the client library does."""
    tag = ee.data._get_state().workload_tag.get()
    return {**body, "workloadTag": tag} if tag else body


def _is_first_warning(key: str) -> bool:
    """Whether this process has not warned of this yet."""
    with _lock:
        is_first = key not in _warned
        _warned.add(key)
    return is_first


def _renew() -> None:
    """Start afresh in a forked child, where no thread of the parent will finish beginning a session."""
    global _starter, _lock
    _starter, _lock = Starter(), Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
