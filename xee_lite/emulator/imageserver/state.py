"""What a running Image Server holds, and one request to it."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .envelope import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..service.encode import Encoded
    from .options import ImageServerOptions
    from .parameters import Parameters
    from .services import ImageService, Services
    from .tokens import Tokens

_KEPT = 64
"""Exports that can be fetched afterwards."""


class Outputs:
    """Exports that were answered with a link, the latest of them."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Encoded] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, content: Encoded, suffix: str) -> str:
        """Keep a file under a new name."""
        name = f"_ags_{secrets.token_hex(16)}.{suffix}"
        with self._lock:
            self._files[name] = content
            while len(self._files) > _KEPT:
                self._files.popitem(last=False)
        return name

    def find(self, name: str) -> Encoded:
        """A file.

        Raises
        ------
        ServerError
            404 if there is none, or not any more.
        """
        with self._lock:
            if name not in self._files:
                raise ServerError("File not found", code=404, status=404)
            return self._files[name]


@dataclass(frozen=True, slots=True)
class ImageServerState:
    """What a running server holds.

    Attributes
    ----------
    services : Services
    options : ImageServerOptions
    tokens : Tokens
    outputs : Outputs
    """

    services: Services
    options: ImageServerOptions
    tokens: Tokens
    outputs: Outputs = field(default_factory=Outputs)


@dataclass(frozen=True, slots=True)
class ServerCall:
    """One request.

    Attributes
    ----------
    parameters : Parameters
    path : mapping of str to str
        What the path holds: ``service``, ``raster``, ``name``.
    root_url : str
        How the client calls this server, with ``/arcgis``, without a closing slash.
    headers : mapping of str to str
        In lower case.
    posted : bool
        Whether it came by POST.
    """

    parameters: Parameters
    path: Mapping[str, str]
    root_url: str
    headers: Mapping[str, str]
    posted: bool = False

    def service(self, state: ImageServerState) -> ImageService:
        """The service that the path names."""
        return state.services.find(self.path["service"])

    def service_url(self) -> str:
        """Of the service that the path names."""
        return f"{self.root_url}/rest/services/{self.path['service']}/ImageServer"
