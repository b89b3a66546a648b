"""Beginning a session in a process that has only its recipe, such as a worker: with the retries and limits of a read.

``ee.Initialize`` asks for the description of the API twice and for the list of algorithms, with time-outs, retries and
pauses of the client library's own. Here it runs over an HTTP object that asks for each once, within the time that an
attempt may take, and whose exceptions the client library neither retries nor rewords; the gateway retries. Afterwards
``ee`` has the user's settings, and its own HTTP.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import random
import socket
import sys
import time
from typing import TYPE_CHECKING, Protocol

import ee
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError, InvalidOperation
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from ..decoding.plain_json import check_json
from ..errors import InputError, RequestError, WireError, redact
from ..traffic.cancellation import pause
from ..traffic.events import RequestInfo
from ..traffic.failures import Failure
from ..traffic.limiters import AdaptiveLimiter
from .credentials import credentials
from .failures import classify, judge
from .replies import refusal
from .transport import process_transport

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httplib2

    from ..traffic.gateway import Gateway
    from .replies import Http

    Reply = tuple[httplib2.Response, bytes | bytearray]

_SPREAD_SECONDS = 1.0
"""Within which a process begins, at random: a hundred workers that start together make two hundred requests, and the
service takes a hundred a second."""

_MAX_REPLY_BYTES = 2**26
"""Bytes of the list of algorithms (chosen): the client library's copy of it, ``ee/tests/algorithms.json``, has 0.75
MB."""

_MAX_JSON_VALUES = 1_000_000
"""JSON values within it (chosen): that copy has some 19 000."""


class Recipe(Protocol):
    """What a session is begun by: a `Session`, which imports this module."""

    @property
    def url(self) -> str:
        """Base URL of the service."""
        ...

    @property
    def project(self) -> str:
        """Cloud project that is asked and billed."""
        ...

    @property
    def anonymous(self) -> bool:
        """Whether the service takes anybody."""
        ...


class Starter:
    """Begins the session of this process, once, for however many threads."""

    def __init__(self) -> None:
        self.busy = False
        """Whether a thread is initialising ``ee``, which may already look initialised."""
        self._turn = AdaptiveLimiter(1)
        self._failure: tuple[float, Recipe, RequestError | InputError] | None = None

    def start(self, session: Recipe, gateway: Gateway) -> None:
        """Initialise ``ee`` by a recipe, unless another thread has meanwhile.

        Raises
        ------
        InputError
            If the process has no credentials.
        RequestError
            When the service could not be reached within `set_options(request_deadline=...)`, or refused. Threads
            that waited for one that failed get its error.
        CancelledError
            When the scope in which it is called was cancelled.
        """
        began = time.monotonic()
        with self._turn:
            if ee.data._get_state().initialized:
                return
            if self._failure is not None:
                failed, recipe, error = self._failure
                if failed >= began and recipe == session:
                    raise copy.copy(error) from error
            self.busy = True
            try:
                _start(session, gateway)
            except (RequestError, InputError) as error:
                self._failure = time.monotonic(), session, error
                raise
            finally:
                self.busy = False


def _start(session: Recipe, gateway: Gateway) -> None:
    worker = _worker()
    login = AnonymousCredentials() if session.anonymous else credentials(session.url, session.project, worker)
    http = _StartHttp(session.url)

    def attempt() -> None:
        state = ee.data._get_state()
        before = dataclasses.replace(state)
        http.begin(process_transport().expecting(_MAX_REPLY_BYTES))
        try:
            ee.Initialize(login, url=session.url, project=session.project, http_transport=http)
            if not ee.ApiFunction._api:
                raise LookupError("no algorithms")  # noqa: TRY301 - translated with the others
        except BaseException as error:  # a half initialised ee would pass for an initialised one
            for field in dataclasses.fields(before):
                setattr(state, field.name, getattr(before, field.name))
            raise http.translated(error) from error
        http.end()
        state.http_transport = None

    pause(random.random() * _SPREAD_SECONDS)  # noqa: S311 - no secret
    info = RequestInfo(f"a session with {session.url} for the project {session.project} on {worker}")
    gateway.call(attempt, info=info, judge=_judge)


def _worker() -> str:
    """The name of this process in messages, by which it is found in a cluster."""
    name = f"process {os.getpid()} on {socket.gethostname()}"
    distributed = sys.modules.get("distributed")
    try:
        return f"Dask worker {distributed.get_worker().address} ({name})" if distributed else name
    except (ValueError, AttributeError):  # this process is no worker of Dask
        return name


class _StartError(Exception):
    """A failed request at the start, as an exception that the client library neither retries nor rewords."""

    def __init__(self, failure: Failure | None) -> None:
        super().__init__(failure)
        self.failure = failure


def _judge(error: Exception) -> Failure | None:
    if isinstance(error, _StartError):
        return error.failure
    if isinstance(error, ee.EEException):
        return Failure(classify(400, str(error)), " ".join(str(error).split()))
    return judge(error)


class _StartHttp:
    """The HTTP object of ``ee`` while a session begins; afterwards it passes requests on to the one ``ee`` would have.

    Good replies of the service are kept for the next attempt, and for the second time that ``ee`` asks for them.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._http: Http | None = None
        self._kept: dict[str, Reply] = {}
        self._refused: Failure | None = None

    def begin(self, http: Http) -> None:
        """Begin an attempt."""
        self._http, self._refused = http, None

    def end(self) -> None:
        """The session has begun."""
        self._http, self._kept = None, {}

    def translated(self, error: BaseException) -> BaseException:
        """The failure behind an exception of the client library."""
        if isinstance(error, ee.EEException | InvalidOperation) and self._refused is not None:
            return _StartError(self._refused)
        parsing = ClientError, LookupError, TypeError, ValueError, AttributeError, RecursionError
        if isinstance(error, HttpError | GoogleAuthError) or not isinstance(error, parsing):
            return error
        self._kept = {}
        return WireError(f"the reply does not describe the service ({type(error).__name__})")

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> Reply:
        """Send one request and take the whole reply."""
        if self._http is None:
            state = ee.data._get_state()
            default = ee._cloud_api_utils._Http(state.requests_session, (state.deadline_ms / 1000) or None)
            reply: Reply = default.request(uri, method, body, headers)
            return reply
        if uri not in self._kept:
            try:
                answer, content = self._http.request(uri, method, body, headers)
            except OSError as error:
                raise _StartError(judge(error)) from error
            if not uri.startswith(self._url):  # a token is renewed, whose errors google-auth handles
                return answer, content
            if answer.status != 200:
                self._refuse(answer, content, uri)
                return answer, refusal(answer.status, content)
            _check(content)
            self._kept[uri] = answer, bytes(content)
        return self._kept[uri]

    def _refuse(self, answer: httplib2.Response, content: bytes | bytearray, uri: str) -> None:
        if not 400 <= answer.status < 600:
            raise WireError(f"the reply has the status {answer.status}, which neither answers nor refuses")
        self._refused = judge(HttpError(answer, refusal(answer.status, content), uri=redact(uri)))
        if answer.status != 401:  # at a 401 google-auth renews the token, and asks again
            raise _StartError(self._refused)


def _check(content: bytes | bytearray) -> None:
    check_json(content, _MAX_JSON_VALUES)
    try:
        json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the reply is no JSON ({type(error).__name__})") from error
