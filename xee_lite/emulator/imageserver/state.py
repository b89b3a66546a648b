"""What a running Image Server holds, as the handlers of its operations see it."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .envelope import ServerError

if TYPE_CHECKING:
    from ..service.encode import Encoded
    from .call import ServerCall
    from .downloads import Downloads
    from .options import ImageServerOptions
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
    downloads : Downloads
    outputs : Outputs
    """

    services: Services
    options: ImageServerOptions
    tokens: Tokens
    downloads: Downloads
    outputs: Outputs = field(default_factory=Outputs)

    def service(self, call: ServerCall) -> ImageService:
        """The service that the path of a request names."""
        return self.services.find(call.path["service"])
