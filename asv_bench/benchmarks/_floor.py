"""The floor of a read: the same requests over as many threads, with nothing but the standard library and NumPy.

What a client adds to this is its own.
"""

from __future__ import annotations

import ast
import http.client
import json
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httplib2

_BLOCK_BYTES = 2 * 2**20


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it went out, and how long its reply was."""

    path: str
    body: str
    received: int


class Recorder:
    """A transport that passes everything on and keeps the requests of one kind.

    Parameters
    ----------
    request : callable
        As ``httplib2.Http.request``.
    kind : str
        What their path ends with; pixels by default.
    """

    def __init__(self, request: Callable[..., tuple[httplib2.Response, bytes]], kind: str = "Pixels") -> None:
        self._request = request
        self._kind = kind
        self.requests: list[Request] = []

    def request(self, uri: str, *args: Any, body: Any = None, **kwargs: Any) -> tuple[httplib2.Response, bytes]:  # noqa: ANN401 - passed on
        """Pass a request on."""
        reply, content = self._request(uri, *args, body=body, **kwargs)
        path = urlsplit(uri).path
        if path.endswith(self._kind):
            self.requests.append(Request(path, body, len(content)))
        return reply, content


class Loopback:
    """Replays requests.

    Parameters
    ----------
    url : str
        Of the service.
    requests : sequence of Request
    threads : int
    """

    def __init__(self, url: str, requests: Sequence[Request], threads: int) -> None:
        self._host = urlsplit(url).netloc
        self._requests = requests
        self._threads = threads

    def bytes(self) -> int:
        """Receive every reply; returns how many bytes they had."""
        return sum(self._each(len))

    def arrays(self) -> list[npt.NDArray[np.generic]]:
        """Receive every reply and turn its values band-sequential, in the type in which they came; masks are left."""
        return self._each(_turned)

    def documents(self) -> list[Any]:
        """Receive every reply and parse it as JSON."""
        return self._each(json.loads)

    def _each(self, use: Callable[[bytes], Any]) -> list[Any]:
        local = threading.local()

        def fetch(request: Request) -> Any:  # noqa: ANN401 - what `use` gives
            if not hasattr(local, "connection"):
                local.connection = http.client.HTTPConnection(self._host)
            local.connection.request("POST", request.path, request.body, {"Content-Type": "application/json"})
            return use(local.connection.getresponse().read())

        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(fetch, self._requests))


def _turned(reply: bytes) -> npt.NDArray[np.generic]:
    """The value fields of an NPY reply, shape (field, height, width), copied in blocks that stay in the cache."""
    (length,) = struct.unpack_from("<H", reply, 8)
    header = ast.literal_eval(reply[10 : 10 + length].decode())
    dtype, shape = np.dtype(header["descr"]), header["shape"]
    pixels = np.frombuffer(reply, dtype, offset=10 + length).reshape(shape)
    assert dtype.names is not None
    values = [name for name in dtype.names if not name.endswith("m")]
    out = np.empty((len(values), *shape), dtype[values[0]])
    rows = max(1, _BLOCK_BYTES // (dtype.itemsize * shape[1]))
    for start in range(0, shape[0], rows):
        block = slice(start, start + rows)
        for plane, value in zip(out, values, strict=True):
            plane[block] = pixels[value][block]
    return out
