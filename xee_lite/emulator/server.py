"""The server: one thread with an event loop, and a pool of threads that compute."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Literal, Self

import uvicorn

from . import algorithms
from .catalogue.memory import set_id
from .catalogue.names import asset_id as asset_id_of
from .catalogue.standin import StandIns
from .catalogue.tree import Layers
from .catalogue.workspace import Workspace
from .faults.live import LiveFaults
from .faults.plan import Faults
from .imageserver.app import PREFIX, ImageServer
from .imageserver.downloads import Downloads
from .imageserver.options import ImageServerOptions
from .imageserver.services import Services, service_name
from .imageserver.state import ImageServerState
from .imageserver.tokens import Tokens
from .request_limits import MEMORY
from .service.app import Service
from .service.connection import Connection
from .service.destinations import Destinations
from .service.log import RequestLog
from .service.operations import Operations
from .service.state import ServiceState

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from types import TracebackType

    from starlette.types import ASGIApp, Receive, Scope, Send

    from .catalogue.memory import MemoryCollection
    from .catalogue.tree import Loader
    from .images.image import Image

algorithms.load()

_START_SECONDS = 30
_PROJECT = re.compile(r"(?:[\w.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""An id that the official client takes for one, within an organisation's domain or not."""
_TOKEN = re.compile(r"[\w.~+/-]+=*", re.ASCII)
"""RFC 6750, section 2.1."""
_IDLE_SECONDS = 600
"""For which an idle connection stays open: a client that computes between its requests must not find it closed."""


def start(
    data: str | os.PathLike[str] | None = None,
    port: int = 0,
    project: str = "xee-lite",
    host: str = "127.0.0.1",
    *,
    assets: Mapping[str, Image | MemoryCollection] | None = None,
    cache_replies: bool = False,
    faults: Faults | None = None,
    exports: str | os.PathLike[str] | None = None,
    token: str | None = None,
    under_mask: Literal["zero", "junk"] = "zero",
    memory: int = MEMORY,
    image_server: ImageServerOptions | None = None,
) -> Emulator:
    """Start a local Earth Engine.

    Parameters
    ----------
    data : path, optional
        A folder of GeoTIFFs to serve as ``projects/<project>/assets/...``, STAC Items beside them.
    port : int
        0 takes a free one.
    project : str
        The project of the folder's assets, and of ``initialize``. As the client has it: 6 to 30 lower-case letters,
        digits and hyphens.
    host : str
        Address to listen at. The default is reached from this machine alone.
    assets : mapping of str to Image or MemoryCollection, optional
        Assets in memory by id, from `memory_image` and `memory_collection`.
    cache_replies : bool
        Whether to answer a repeated computation or read of pixels with the bytes of the first reply, all of which are
        kept: for benchmarks, so that the client is what is measured. Changes of assets are not seen then.
    faults : Faults, optional
        Faults to inject, and how often.
    exports : path, optional
        A folder for the files of exports: ``<exports>/<folder of Drive or bucket>/<prefix>.tif``. It is made when the
        first one is written. Exports to assets go to ``data``.
    token : str, optional
        The bearer token that requests must carry (``Authorization: Bearer <token>``); others get 401. Without one
        none is needed.
    under_mask : "zero" or "junk"
        What masked pixels are in NPY replies. The documentation says zero; in float bands of the service -3.4e38 and
        -inf have been seen too, which "junk" puts there, so that a client that takes them for pixels is found.
    memory : int
        Bytes that the values and arrays of one request may take together; one that needs more is refused ("User
        memory limit exceeded."). The service's own number is not known.
    image_server : ImageServerOptions, optional
        Limits and behaviours of the local ArcGIS Image Server, which serves the same assets under
        ``/arcgis/rest/services``.

    Returns
    -------
    Emulator
        Running; use it in a ``with`` statement, or call ``stop``.

    Raises
    ------
    ValueError
        If no project can be called ``project``, no header can carry ``token``, ``under_mask`` is neither, or ``memory``
        is no number of bytes.
    TypeError
        If ``faults`` are no `Faults`.
    FileNotFoundError
        If ``data`` is not a folder.
    OSError
        If the port is taken, or ``host`` is no address of this machine.

    Examples
    --------
    >>> from xee_lite import emulator
    >>> with emulator.start() as earth:
    ...     earth.initialize()
    """
    _check(project, token, memory)
    if under_mask not in ("zero", "junk"):
        raise ValueError(f"under_mask={under_mask!r}: pass 'zero' or 'junk'.")
    if not isinstance(faults, Faults | None):
        raise TypeError(f"`faults` is {faults!r}; pass emulator.Faults(...), or None.")
    in_memory: dict[str, Loader] = {
        asset_id: partial(_itself, set_id(asset, asset_id)) for asset_id, asset in (assets or {}).items()
    }
    workspace = Workspace(project, data, in_memory)
    catalogue = Layers(workspace, StandIns())
    requests = RequestLog()
    operations = Operations(memory)
    destinations = Destinations(exports)
    state = ServiceState(catalogue, workspace, destinations, operations, junk_under_masks=under_mask == "junk")
    live = LiveFaults(faults or Faults())
    app = Service(state, requests, live, cache_replies=cache_replies, token=token, memory=memory).app()
    options = image_server or ImageServerOptions()
    downloads = Downloads(workspace.file, options)
    images = ImageServerState(Services(catalogue, workspace, options), options, Tokens(options), downloads)
    both = _both(app, ImageServer(images, requests, live, memory, cache_replies=cache_replies).app())
    return Emulator(_Server(both, host, port, live), project, requests, live, operations, images, token)


def _both(earth: ASGIApp, images: ASGIApp) -> ASGIApp:
    """Earth Engine, and the Image Server under its own prefix."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/")
        await (images if ours else earth)(scope, receive, send)

    return app


def _check(project: str, token: str | None, memory: int) -> None:
    if isinstance(memory, bool) or not isinstance(memory, int) or memory < 1:
        raise ValueError(f"{memory!r} is no number of bytes; pass a positive integer as `memory`.")
    if not _PROJECT.fullmatch(project):
        raise ValueError(f"{project!r} names no project; pass 6 to 30 lower-case letters, digits and hyphens.")
    if token is not None and not _TOKEN.fullmatch(token):
        raise ValueError(f"{token!r} is no bearer token; pass letters, digits and -._~+/ without spaces.")


def _itself(asset: Image | MemoryCollection) -> Image | MemoryCollection:
    return asset


class Emulator:
    """A running local Earth Engine; made by `start`.

    Attributes
    ----------
    url : str
        Base URL, without a closing slash.
    project : str
    requests : RequestLog
        What it was asked so far.
    faults : LiveFaults
        Sets the faults of the next requests.
    """

    def __init__(
        self,
        server: _Server,
        project: str,
        requests: RequestLog,
        faults: LiveFaults,
        operations: Operations,
        images: ImageServerState,
        token: str | None = None,
    ) -> None:
        self._server = server
        self._images = images
        self._token = token
        self._operations = operations
        self.project = project
        self.requests = requests
        self.faults = faults
        self.url = server.url

    def initialize(self) -> None:
        """Point the official client at this server: ``ee.Initialize`` with its token, or anonymously."""
        import ee  # noqa: PLC0415 - the emulator itself does without the client
        from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415 - as above
        from google.oauth2.credentials import Credentials  # noqa: PLC0415 - as above

        credentials = AnonymousCredentials() if self._token is None else Credentials(self._token)
        ee.Initialize(credentials=credentials, url=self.url, project=self.project)

    def image_server_url(self, asset_id: str) -> str:
        """Where the local Image Server serves an asset.

        Parameters
        ----------
        asset_id : str
            Of an image or an image collection.

        Returns
        -------
        str
            ``<url>/arcgis/rest/services/<name>/ImageServer``.

        Raises
        ------
        ValueError
            If there is no such asset, or another one has the same name there.

        Examples
        --------
        >>> from xee_lite import emulator
        >>> with emulator.start() as earth:
        ...     earth.image_server_url("USGS/SRTMGL1_003").removeprefix(earth.url)
        '/arcgis/rest/services/USGS_SRTMGL1_003/ImageServer'
        """
        short_id, name = asset_id_of(asset_id), service_name(asset_id_of(asset_id))
        if self._images.services.ids().get(name) != short_id:
            raise ValueError(f"{asset_id!r} is no asset with a service of its own; pass the id of another one.")
        return f"{self.url}{PREFIX}/rest/services/{name}/ImageServer"

    def revoke_tokens(self) -> None:
        """Make the Image Server forget all tokens, as when they are over."""
        self._images.tokens.revoke()

    def stop(self) -> None:
        """Stop serving: open connections are closed, operations cancelled."""
        self._operations.stop()
        self._server.stop()
        self._images.downloads.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """Uvicorn in a thread of its own, on a socket that is bound before the thread runs."""

    def __init__(self, app: ASGIApp, host: str, port: int, faults: LiveFaults) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                log_config=None,  # logging is the whole process's, and not ours
                log_level="error",
                access_log=False,
                lifespan="off",
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=2,
            )
        )
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=2048)
        except OSError as error:
            reason = (error.strerror or str(error)).partition(" (while")[0]
            raise OSError(
                error.errno,
                f"Nothing can listen at {host}, port {port} ({reason}); pass others, or port 0 for a free one.",
            ) from error
        # Accepted sockets inherit it; asyncio sets it only on sockets that name their protocol, which these do not.
        # Without it, a reply's body waits 40 ms for the client to acknowledge the headers.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"
        self._faults = faults
        self._ready = threading.Event()
        self._stopped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run_and_tell, name="emulator", daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_SECONDS) or not self.started:
            raise RuntimeError(f"The emulator did not start at {self.url}.")

    def _run_and_tell(self) -> None:
        try:
            self.run(sockets=[self._socket])
        finally:
            self._ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and wake the thread that waits for it."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._ready.set()

    async def main_loop(self) -> None:
        """As uvicorn's, but an end does not wait for the next tick, which comes every tenth of a second."""
        tasks = [asyncio.ensure_future(waiting) for waiting in (super().main_loop(), self._stopped.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, without waiting for replies that faults delay."""
        self._faults.stopping.set()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """Ask the loop to end, and wait for it."""
        self.should_exit = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()
        self._socket.close()
